package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// walked reads all of a world's rows of one noun in pages of two.
func walked[T any](rows commerce.Rows[T]) func(context.Context) ([]any, int64, error) {
	return func(ctx context.Context) ([]any, int64, error) {
		var found []any
		var place commerce.Place
		for {
			page, last, err := rows.Page(ctx, place, 2)
			if err != nil {
				return nil, 0, err
			}
			for _, row := range page {
				found = append(found, row)
			}
			if len(page) == 0 {
				count, err := rows.Count(ctx)
				return found, count, err
			}
			place = last
		}
	}
}

// allOf walks through the rows of every noun.
func allOf(tx commerce.Tx, world string) map[string]func(context.Context) ([]any, int64, error) {
	return map[string]func(context.Context) ([]any, int64, error){
		"partners":         walked(tx.Partners().All(world)),
		"accounts":         walked(tx.Accounts().All(world)),
		"customers":        walked(tx.Customers().All(world)),
		"relationships":    walked(tx.Relationships().All(world)),
		"agent grants":     walked(tx.Roles().AllAgentGrants(world)),
		"directory grants": walked(tx.Roles().AllDirectoryGrants(world)),
		"orders":           walked(tx.Orders().All(world)),
		"subscriptions":    walked(tx.Subscriptions().All(world)),
		"changes":          walked(tx.Changes().All(world)),
		"agreements":       walked(tx.Agreements().All(world)),
		"carts":            walked(tx.Carts().All(world)),
		"due rows":         walked(tx.Due().All(world)),
		"events":           walked(tx.Events().All(world)),
		"audit records":    walked(tx.Audit().All(world)),
	}
}

// manyIn are five rows of every noun, in a world with five customers, each in
// the order in which it is walked through.
func manyIn(world, tenant string) (rows []any, want map[string][]any) {
	want = map[string][]any{}
	keep := func(noun string, row any) {
		rows = append(rows, row)
		want[noun] = append(want[noun], row)
	}
	rows = append(rows, newWorld(world))
	for i := range 5 {
		kind := commerce.Reseller
		if i == 0 {
			kind = commerce.Provider
		}
		keep("partners", newPartner(world, fmt.Sprintf("Partner-%d", i), fmt.Sprintf("%s-%d", tenant, i), kind))
	}
	for i := range 5 {
		customer, at := fmt.Sprintf("Customer-%d", i), noon.Add(time.Duration(i)*time.Minute)
		account := newAccount(fmt.Sprintf("Account-%d", 5-i), fmt.Sprintf("User-%d@Example.com", i)) // as they were inserted
		account.World, account.Partner = world, "Partner-0"
		keep("accounts", account)
		keep("customers", newCustomer(world, customer, noon.Add(-at.Sub(noon))))
		keep("relationships", commerce.Relationship{World: world, Partner: "Partner-0", Customer: customer, Kind: commerce.ResellerOf})
		keep("agent grants", commerce.AgentGrant{World: world, Partner: "Partner-0", User: fmt.Sprintf("User-%d", i), Role: commerce.AdminAgent})
		keep("directory grants", commerce.DirectoryGrant{World: world, Partner: "Partner-0", Group: fmt.Sprintf("Group-%d", i), Customer: customer, Role: commerce.GlobalReader, Until: after(time.Hour)})
		order := newOrder(fmt.Sprintf("Order-%d", 5-i), at) // by age, not by id
		order.World, order.Customer = world, "Customer-0"
		keep("orders", order)
		subscription := newSubscription(fmt.Sprintf("Subscription-%d", 5-i), at)
		subscription.World, subscription.Customer, subscription.Provisioning = world, "Customer-0", newProvisioning()
		keep("subscriptions", subscription)
		change := newChange(fmt.Sprintf("Change-%d", i))
		change.World, change.Customer, change.Subscription, change.AskedAt = world, "Customer-0", subscription.Resource.ID, at
		for part := range i {
			change.Portions = append(change.Portions, commerce.Portion{Quantity: part + 1, Status: partnercenter.Fulfilled})
		}
		keep("changes", change)
		keep("agreements", commerce.Agreement{World: world, Customer: "Customer-0", CreatedAt: at, Resource: partnercenter.Agreement{TemplateID: fmt.Sprint(5 - i)}})
		keep("carts", commerce.Cart{World: world, Customer: "Customer-0", CreatedAt: at, Version: 1, Resource: partnercenter.Cart{ID: fmt.Sprint(5 - i)}})
		keep("due rows", commerce.Due{World: world, At: noon, Kind: commerce.DueStep, Subject: fmt.Sprintf("Change-%d", 5-i)})
		event := newEvent(fmt.Sprintf("event-%d", i))
		event.World = world
		keep("events", event)
		keep("audit records", commerce.AuditEntry{World: world, Partner: "Partner-0", At: at, Record: partnercenter.AuditRecord{ID: fmt.Sprintf("record-%d", 5-i)}})
	}
	return rows, want
}

var rowPromises = []promise{
	{"all rows of a world are walked through once, page by page, and those of no other", func(t *testing.T, s commerce.Store) {
		mine, want := manyIn(theWorld, "Tenant")
		others, _ := manyIn("World-2", "Other")
		insert(t, s, mine...)
		insert(t, s, others...)
		err := s.Read(t.Context(), func(tx commerce.Tx) error {
			for noun, rows := range allOf(tx, "WORLD-1") {
				found, count, err := rows(t.Context())
				if err != nil {
					return fmt.Errorf("%s: %w", noun, err)
				}
				for i, row := range found {
					if d, is := row.(commerce.Due); is {
						d.ID = 0
						found[i] = d
					}
				}
				same(t, noun, found, want[noun])
				same(t, "the count of "+noun, count, int64(5))
			}
			for noun, rows := range allOf(tx, "World-3") {
				found, count, err := rows(t.Context())
				if err != nil || count != 0 || len(found) != 0 {
					t.Errorf("%s of a world that is not there: %v, %d, %v", noun, found, count, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}},
}
