package storetest

import (
	"context"
	"testing"

	"provost/internal/commerce"
)

// grown says whether the generations of the customer, of another one and of what
// concerns no single one grew by a write.
func grown(t *testing.T, s commerce.Store, do func(context.Context, commerce.Tx) error) (its, others, everyones bool) {
	t.Helper()
	read := func() [3]uint64 {
		return [3]uint64{s.Generation(theWorld, theCustomer), s.Generation(theWorld, "Customer-2"), s.Generation("", "")}
	}
	before := read()
	write(t, s, do)
	after := read()
	return after[0] > before[0], after[1] > before[1], after[2] > before[2]
}

var generationPromises = []promise{
	{"a write of a customer's rows is told from the state before, and no other customer's", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), newSubscription("Subscription-0", noon))...)
		grant := commerce.DirectoryGrant{World: theWorld, Partner: theProvider, User: theUser, Customer: theCustomer, Role: commerce.GlobalReader}
		relationship := commerce.Relationship{World: theWorld, Partner: theProvider, Customer: theCustomer, Kind: commerce.DelegatedAdminOf}
		for name, do := range map[string]func(context.Context, commerce.Tx) error{
			"a subscription": func(ctx context.Context, tx commerce.Tx) error {
				return tx.Subscriptions().Insert(ctx, newSubscription("Subscription-1", noon))
			},
			"its update": func(ctx context.Context, tx commerce.Tx) error {
				return tx.Subscriptions().Update(ctx, newSubscription("Subscription-0", noon), 1)
			},
			"an order": func(ctx context.Context, tx commerce.Tx) error {
				return tx.Orders().Insert(ctx, newOrder("Order-1", noon))
			},
			"a relationship":    func(ctx context.Context, tx commerce.Tx) error { return tx.Relationships().Insert(ctx, relationship) },
			"a directory role":  func(ctx context.Context, tx commerce.Tx) error { return tx.Roles().GrantDirectory(ctx, grant) },
			"a role taken away": func(ctx context.Context, tx commerce.Tx) error { return tx.Roles().RevokeDirectory(ctx, grant) },
		} {
			its, others, everyones := grown(t, s, do)
			if !its || others || everyones {
				t.Errorf("%s: the customer's grew: %t, another's: %t, everyone's: %t", name, its, others, everyones)
			}
		}
	}},
	{"a write that concerns everyone is told from the state before", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		grant := commerce.AgentGrant{World: theWorld, Partner: theProvider, User: theUser, Role: commerce.AdminAgent}
		for name, do := range map[string]func(context.Context, commerce.Tx) error{
			"a clock": func(ctx context.Context, tx commerce.Tx) error {
				return tx.Worlds().SetClock(ctx, theWorld, commerce.Clock{Offset: 1})
			},
			"settings": func(ctx context.Context, tx commerce.Tx) error {
				return tx.Worlds().Update(ctx, theWorld, commerce.DefaultSettings())
			},
			"an agent role":     func(ctx context.Context, tx commerce.Tx) error { return tx.Roles().GrantAgent(ctx, grant) },
			"a role taken away": func(ctx context.Context, tx commerce.Tx) error { return tx.Roles().RevokeAgent(ctx, grant) },
			"an account": func(ctx context.Context, tx commerce.Tx) error {
				return tx.Accounts().Insert(ctx, newAccount("App-1", "app"))
			},
			"a partner that left": func(ctx context.Context, tx commerce.Tx) error {
				return tx.Partners().Remove(ctx, theWorld, theReseller)
			},
		} {
			its, others, everyones := grown(t, s, do)
			if !its || !others || !everyones {
				t.Errorf("%s: the customer's grew: %t, another's: %t, everyone's: %t", name, its, others, everyones)
			}
		}
	}},
	{"a customer's generation does not mind the case of ids", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		if s.Generation(theWorld, theCustomer) != s.Generation("wORLD-1", "cUSTOMER-1") {
			t.Error("it differs")
		}
	}},
}
