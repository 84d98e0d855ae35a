package storetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
)

// kept is one row of each table with a key, in a shop.
func kept() []any {
	return []any{
		newWorld("World-2"),
		newPartner(theWorld, "Reseller-2", "Tenant-2", commerce.Reseller),
		newAccount("Account-1", "Anna@Example.com"),
		newCustomer(theWorld, "Customer-2", noon),
		commerce.Relationship{World: theWorld, Partner: theReseller, Customer: theCustomer, Kind: commerce.ResellerOf},
		newOrder("Order-1", noon),
		newSubscription("Subscription-1", noon),
		newChange("Change-1"),
		commerce.RefreshToken{Hash: "0123abcd", World: theWorld, Partner: theProvider, User: theUser, App: "App-1", IssuedAt: noon, ExpiresAt: noon},
		newMFACalls("User-1"),
	}
}

var idPromises = []promise{
	{"an absent row is missing", func(t *testing.T, s commerce.Store) {
		for _, rows := range [][]any{nil, shop()} {
			insert(t, s, rows...)
			missing(t, s, "world", func(ctx context.Context, tx commerce.Tx) (any, error) { return tx.Worlds().ByID(ctx, "none") })
			missing(t, s, "partner", func(ctx context.Context, tx commerce.Tx) (any, error) { return tx.Partners().ByTenant(ctx, "none") })
			missing(t, s, "account", func(ctx context.Context, tx commerce.Tx) (any, error) {
				return tx.Accounts().ByID(ctx, theWorld, theProvider, "none")
			})
			missing(t, s, "sign-in name", func(ctx context.Context, tx commerce.Tx) (any, error) {
				return tx.Accounts().ByUPN(ctx, theWorld, theProvider, "none")
			})
			missing(t, s, "customer", func(ctx context.Context, tx commerce.Tx) (any, error) {
				return tx.Customers().ByID(ctx, theWorld, "none")
			})
			missing(t, s, "order", func(ctx context.Context, tx commerce.Tx) (any, error) {
				return tx.Orders().ByID(ctx, theWorld, theCustomer, "none")
			})
			missing(t, s, "subscription", func(ctx context.Context, tx commerce.Tx) (any, error) {
				return tx.Subscriptions().ByID(ctx, theWorld, theCustomer, "none")
			})
			missing(t, s, "provisioning", func(ctx context.Context, tx commerce.Tx) (any, error) {
				return tx.Subscriptions().Provisioning(ctx, theWorld, theCustomer, "none")
			})
			missing(t, s, "provisioning in its world", func(ctx context.Context, tx commerce.Tx) (any, error) {
				return tx.Subscriptions().ProvisioningIn(ctx, theWorld, theCustomer, "none")
			})
			missing(t, s, "refresh token", func(ctx context.Context, tx commerce.Tx) (any, error) {
				return tx.RefreshTokens().ByHash(ctx, "none")
			})
		}
	}},
	{"a key that exists is taken", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), kept()...)...)
		for _, row := range kept() {
			refused(t, s, commerce.ErrTaken, func(ctx context.Context, tx commerce.Tx) error { return add(ctx, tx, row) })
		}
	}},
	{"a key that exists is taken whatever its case", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), kept()...)...)
		loud := newSubscription("SUBSCRIPTION-1", noon)
		loud.World, loud.Customer = strings.ToUpper(theWorld), strings.ToUpper(theCustomer)
		for _, row := range []any{
			newWorld("WORLD-2"), newCustomer("WORLD-1", "CUSTOMER-2", noon), loud,
			newPartner("WORLD-1", "RESELLER-2", "another tenant", commerce.Reseller),
			newPartner("WORLD-1", "Reseller-3", "TENANT-2", commerce.Reseller),
			newAccount("ACCOUNT-1", ""), newAccount("Account-2", "ANNA@EXAMPLE.COM"), newOrder("ORDER-1", noon), newChange("CHANGE-1"),
			newMFACalls("USER-1"),
		} {
			refused(t, s, commerce.ErrTaken, func(ctx context.Context, tx commerce.Tx) error { return add(ctx, tx, row) })
		}
	}},
	{"a row that names an absent one is refused", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		order, subscription, change := newOrder("Order-1", noon), newSubscription("Subscription-1", noon), newChange("Change-1")
		order.Customer, subscription.Customer, change.Customer = "none", "none", "none"
		account := newAccount("Account-1", "")
		account.Partner = "none"
		for _, row := range []any{
			order, subscription, change, account,
			newPartner("none", "Partner-1", "Tenant-1", commerce.Provider),
			newCustomer("none", "Customer-2", noon),
			commerce.Relationship{World: theWorld, Partner: theProvider, Customer: "none", Kind: commerce.ResellerOf},
			commerce.Relationship{World: theWorld, Partner: "none", Customer: theCustomer, Kind: commerce.ResellerOf},
			commerce.AgentGrant{World: theWorld, Partner: "none", User: theUser, Role: commerce.AdminAgent},
			commerce.DirectoryGrant{World: theWorld, Partner: theProvider, User: theUser, Customer: "none", Role: commerce.GlobalReader},
			commerce.Due{World: "none", At: noon},
			commerce.MFACalls{World: "none", Partner: theProvider},
			commerce.RefreshToken{Hash: "1", World: theWorld, Partner: "none"},
		} {
			refused(t, s, commerce.ErrMissing, func(ctx context.Context, tx commerce.Tx) error { return add(ctx, tx, row) })
		}
	}},
	{"ids match whatever their case and come back as stored", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), kept()...)...)
		rows := kept()
		for _, as := range []func(string) string{strings.ToLower, strings.ToUpper} {
			w, p, c := as(theWorld), as(theProvider), as(theCustomer)
			read(t, s, func(ctx context.Context, tx commerce.Tx) (int, error) {
				was := func(want, got any, err error) {
					t.Helper()
					same(t, "row", got, want)
					if err != nil {
						t.Error(err)
					}
				}
				world, err := tx.Worlds().ByID(ctx, as("World-2"))
				was(rows[0], world, err)
				partner, err := tx.Partners().ByTenant(ctx, as("Tenant-2"))
				was(rows[1], partner, err)
				account, err := tx.Accounts().ByID(ctx, w, p, as("Account-1"))
				was(rows[2], account, err)
				account, err = tx.Accounts().ByUPN(ctx, w, p, as("Anna@Example.com"))
				was(rows[2], account, err)
				customer, err := tx.Customers().ByID(ctx, w, as("Customer-2"))
				was(rows[3], customer, err)
				kinds, err := tx.Relationships().Between(ctx, w, as(theReseller), c)
				was([]commerce.RelationshipKind{commerce.ResellerOf}, kinds, err)
				order, err := tx.Orders().ByID(ctx, w, c, as("Order-1"))
				was(rows[5], order, err)
				subscription, err := tx.Subscriptions().ByID(ctx, w, c, as("Subscription-1"))
				was(rows[6], subscription, err)
				changes, err := tx.Changes().Purchases(ctx, w, c, as("Order-1"))
				was([]commerce.Change{rows[7].(commerce.Change)}, changes, err)
				token, err := tx.RefreshTokens().ByHash(ctx, "0123abcd")
				was(rows[8], token, err)
				return 0, nil
			})
		}
	}},
	{"lists match ids whatever their case", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), kept()...)...)
		insert(t, s, commerce.Due{World: theWorld, At: noon})
		for _, as := range []func(string) string{strings.ToLower, strings.ToUpper} {
			w, p, c := as(theWorld), as(theProvider), as(theCustomer)
			read(t, s, func(ctx context.Context, tx commerce.Tx) (int, error) {
				partners, err1 := tx.Partners().List(ctx, w)
				accounts, err2 := tx.Accounts().List(ctx, w)
				orders, err3 := tx.Orders().List(ctx, w, c, "")
				subscriptions, err4 := tx.Subscriptions().List(ctx, commerce.SubscriptionQuery{World: w, Customer: c, Order: as("Order-of-Subscription-1")})
				customers, err5 := tx.Customers().Page(ctx, commerce.CustomerQuery{World: w, Partner: p, Limit: 10,
					After: &commerce.Cursor{CreatedAt: noon, ID: as("Customer-0")}})
				due, err6 := tx.Due().Until(ctx, w, noon, 10)
				if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil || !same(t, "sizes",
					[]int{len(partners), len(accounts), len(orders), len(subscriptions), len(customers), len(due)}, []int{3, 1, 1, 1, 1, 1}) {
					return 0, err
				}
				same(t, "worlds as stored", []string{partners[0].World, accounts[0].World, orders[0].World, subscriptions[0].World,
					customers[0].World, due[0].World}, []string{theWorld, theWorld, theWorld, theWorld, theWorld, theWorld})
				return 0, nil
			})
		}
	}},
	{"two worlds keep the same ids apart", func(t *testing.T, s commerce.Store) {
		for _, world := range []string{"World-1", "World-2"} {
			customer := newCustomer(world, "Customer-9", noon)
			customer.Resource.CompanyProfile.CompanyName = "The company in " + world
			order, subscription, change := newOrder("Order-1", noon), newSubscription("Subscription-1", noon), newChange("Change-1")
			order.World, subscription.World, change.World = world, world, world
			change.Subscription = "Subscription-1"
			change.Portions = []commerce.Portion{{Quantity: 1}}
			insert(t, s, append(shopIn(world, "Tenant-of-"+world), customer, order, subscription, change,
				commerce.AgentGrant{World: world, Partner: theProvider, User: theUser, Role: commerce.AgentRole("role in " + world)},
				commerce.Due{World: world, At: noon, Subject: world})...)
		}
		for _, world := range []string{"World-1", "World-2"} {
			same(t, "customer", customerByID(t, s, world, "Customer-9").Resource.CompanyProfile.CompanyName, "The company in "+world)
			read(t, s, func(ctx context.Context, tx commerce.Tx) (int, error) {
				orders, err1 := tx.Orders().List(ctx, world, theCustomer, "")
				subscriptions, err2 := tx.Subscriptions().List(ctx, commerce.SubscriptionQuery{World: world, Customer: theCustomer})
				changes, err3 := tx.Changes().Purchases(ctx, world, theCustomer, "")
				roles, err4 := tx.Roles().AgentRoles(ctx, world, theProvider, theUser)
				customers, err5 := tx.Customers().Page(ctx, commerce.CustomerQuery{World: world, Partner: theProvider, Limit: 10})
				partners, err6 := tx.Partners().List(ctx, world)
				if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil || !same(t, "sizes",
					[]int{len(orders), len(subscriptions), len(changes), len(roles), len(customers), len(partners)}, []int{1, 1, 1, 1, 1, 2}) {
					return 0, err
				}
				same(t, "portions", len(changes[0].Portions), 1)
				same(t, "role", roles[0], commerce.AgentRole("role in "+world))
				return 0, nil
			})
			rows := dueUntil(t, s, world, noon, 10)
			same(t, "due", each(rows, func(d commerce.Due) string { return d.Subject }), []string{world})
		}
		missing(t, s, "a customer of the other world", func(ctx context.Context, tx commerce.Tx) (any, error) {
			return tx.Customers().ByID(ctx, "World-3", "Customer-9")
		})
	}},
	{"a customer's orders and subscriptions are not another's", func(t *testing.T, s commerce.Store) {
		other := newCustomer(theWorld, "Customer-2", noon.Add(time.Hour))
		insert(t, s, append(shop(), other, newOrder("Order-1", noon), newSubscription("Subscription-1", noon), newChange("Change-1"))...)
		for what, find := range map[string]func(context.Context, commerce.Tx) (any, error){
			"order": func(ctx context.Context, tx commerce.Tx) (any, error) {
				return tx.Orders().ByID(ctx, theWorld, "Customer-2", "Order-1")
			},
			"subscription": func(ctx context.Context, tx commerce.Tx) (any, error) {
				return tx.Subscriptions().ByID(ctx, theWorld, "Customer-2", "Subscription-1")
			},
			"provisioning": func(ctx context.Context, tx commerce.Tx) (any, error) {
				return tx.Subscriptions().Provisioning(ctx, theWorld, "Customer-2", "Subscription-1")
			},
			"provisioning in its world": func(ctx context.Context, tx commerce.Tx) (any, error) {
				return tx.Subscriptions().ProvisioningIn(ctx, theWorld, "Customer-2", "Subscription-1")
			},
		} {
			missing(t, s, what, find)
		}
		read(t, s, func(ctx context.Context, tx commerce.Tx) (int, error) {
			orders, err1 := tx.Orders().List(ctx, theWorld, "Customer-2", "")
			subscriptions, err2 := tx.Subscriptions().List(ctx, commerce.SubscriptionQuery{World: theWorld, Customer: "Customer-2"})
			changes, err3 := tx.Changes().Purchases(ctx, theWorld, "Customer-2", "Order-1")
			same(t, "sizes", []int{len(orders), len(subscriptions), len(changes)}, []int{0, 0, 0})
			return 0, errors.Join(err1, err2, err3)
		})
	}},
}
