package storetest

import (
	"context"
	"testing"

	"provost/internal/commerce"
)

func between(t *testing.T, s commerce.Store, partner, customer string) []commerce.RelationshipKind {
	t.Helper()
	return read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.RelationshipKind, error) {
		return tx.Relationships().Between(ctx, theWorld, partner, customer)
	})
}

var relationshipPromises = []promise{
	{"a partner is all that it is to a customer", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), commerce.Relationship{World: theWorld, Partner: theProvider, Customer: theCustomer, Kind: commerce.DelegatedAdminOf})...)
		same(t, "kinds", between(t, s, theProvider, theCustomer), []commerce.RelationshipKind{commerce.DelegatedAdminOf, commerce.ResellerOf})
	}},
	{"a partner is nothing to a stranger", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		same(t, "another partner", len(between(t, s, theReseller, theCustomer)), 0)
		same(t, "no such customer", len(between(t, s, theProvider, "none")), 0)
		same(t, "no such partner", len(between(t, s, "none", theCustomer)), 0)
	}},
	{"an ended relationship is gone and the others stay", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), commerce.Relationship{World: theWorld, Partner: theProvider, Customer: theCustomer, Kind: commerce.DelegatedAdminOf})...)
		end := commerce.Relationship{World: "WORLD-1", Partner: "PROVIDER-1", Customer: "CUSTOMER-1", Kind: commerce.ResellerOf}
		for range 2 {
			write(t, s, func(ctx context.Context, tx commerce.Tx) error { return tx.Relationships().End(ctx, end) })
		}
		same(t, "kinds", between(t, s, theProvider, theCustomer), []commerce.RelationshipKind{commerce.DelegatedAdminOf})
	}},
	{"ending what is not there is no error", func(t *testing.T, s commerce.Store) {
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			return tx.Relationships().End(ctx, commerce.Relationship{World: "none", Partner: "none", Customer: "none", Kind: commerce.ResellerOf})
		})
	}},
	{"relationships come page by page: by partner, customer and kind; one customer's by kind and partner", func(t *testing.T, s commerce.Store) {
		relate := func(partner, customer string, kind commerce.RelationshipKind) commerce.Relationship {
			return commerce.Relationship{World: theWorld, Partner: partner, Customer: customer, Kind: kind}
		}
		insert(t, s, append(append(shop(), shopIn("World-2", "Other")...), newCustomer(theWorld, "Customer-0", noon), newCustomer(theWorld, "Customer-2", noon))...)
		all := []commerce.Relationship{
			relate(theProvider, theCustomer, commerce.DelegatedAdminOf), relate(theProvider, theCustomer, commerce.ResellerOf),
			relate(theReseller, "Customer-0", commerce.DelegatedAdminOf), relate(theReseller, "Customer-0", commerce.ResellerOf),
			relate(theReseller, theCustomer, commerce.ResellerOf), relate(theReseller, "Customer-2", commerce.ResellerOf),
		}
		insert(t, s, all[5], all[4], all[3], all[2], all[0])
		for _, c := range []struct {
			partner, customer string
			want              []commerce.Relationship
		}{
			{"", "", all},
			{"PROVIDER-1", "", all[:2]},
			{theReseller, "", all[2:]},
			{"", "CUSTOMER-1", []commerce.Relationship{all[0], all[1], all[4]}},
			{"PROVIDER-1", "Customer-1", all[:2]},
			{theProvider, "Customer-2", nil},
		} {
			paged(t, c.want, func(ctx context.Context, tx commerce.Tx, after *commerce.Relationship, limit int) ([]commerce.Relationship, error) {
				return tx.Relationships().Page(ctx, commerce.RelationshipQuery{
					World: "WORLD-1", Partner: c.partner, Customer: c.customer, After: after, Limit: limit,
				})
			}, s)
		}
	}},
}
