package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"provost/internal/commerce"
	"provost/partnercenter"
)

var orderPromises = []promise{
	{"any order comes back unharmed", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld))
		number := 0
		rapid.Check(t, func(r *rapid.T) {
			number++
			customer := newCustomer(theWorld, fmt.Sprintf("Customer-%d", number), noon)
			order := commerce.Order{
				World: theWorld, Customer: customer.Resource.ID, CreatedAt: noon, Resource: Order().Draw(r, "order"),
				Version: rapid.Int64().Draw(r, "version"), Legacy: rapid.Bool().Draw(r, "legacy"),
			}
			insert(r, s, customer, order)
			got := read(r, s, func(ctx context.Context, tx commerce.Tx) (commerce.Order, error) {
				return tx.Orders().ByID(ctx, theWorld, order.Customer, order.Resource.ID)
			})
			same(r, "order", got, order)
		})
	}},
	{"orders come by creation, then id", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), newOrder("c", noon), newOrder("B", noon), newOrder("a", noon.Add(100)), newOrder("d", noon.Add(-time.Hour)))...)
		same(t, "orders", orderIDs(t, s, ""), []string{"d", "B", "c", "a"})
	}},
	{"orders are picked by billing cycle", func(t *testing.T, s commerce.Store) {
		annual := newOrder("b", noon)
		annual.Resource.BillingCycle = partnercenter.BillingCycleAnnual
		insert(t, s, append(shop(), newOrder("a", noon), annual, newOrder("c", noon))...)
		same(t, "monthly", orderIDs(t, s, partnercenter.BillingCycleMonthly), []string{"a", "c"})
		same(t, "annual", orderIDs(t, s, partnercenter.BillingCycleAnnual), []string{"b"})
		same(t, "one time", orderIDs(t, s, partnercenter.BillingCycleOneTime), []string{})
	}},
	{"an order is updated at its version alone", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), newOrder("Order-1", noon))...)
		next := newOrder("Order-1", noon)
		next.Version, next.Resource.BillingCycle, next.Resource.LineItems = 2, partnercenter.BillingCycleAnnual, []partnercenter.OrderLineItem{{Quantity: 3}}
		update := func(version int64) func(context.Context, commerce.Tx) error {
			return func(ctx context.Context, tx commerce.Tx) error { return tx.Orders().Update(ctx, next, version) }
		}
		refused(t, s, commerce.ErrMissing, update(2))
		write(t, s, update(1))
		got := read(t, s, func(ctx context.Context, tx commerce.Tx) (commerce.Order, error) {
			return tx.Orders().ByID(ctx, theWorld, theCustomer, "ORDER-1")
		})
		same(t, "order", got, next)
	}},
}

func orderIDs(t *testing.T, s commerce.Store, cycle partnercenter.BillingCycle) []string {
	t.Helper()
	all := read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.Order, error) {
		return tx.Orders().List(ctx, theWorld, theCustomer, cycle)
	})
	return each(all, func(o commerce.Order) string { return o.Resource.ID })
}
