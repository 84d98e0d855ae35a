package storetest

import (
	"context"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

func purchases(t *testing.T, s commerce.Store, order string) []commerce.Change {
	t.Helper()
	return read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.Change, error) {
		return tx.Changes().Purchases(ctx, theWorld, theCustomer, order)
	})
}

func seatChange(id, subscription string, settled *time.Time) commerce.Change {
	c := newChange(id)
	c.Kind, c.Order, c.Subscription, c.SettledAt = commerce.SeatChange, "", subscription, settled
	return c
}

var changePromises = []promise{
	{"a change comes back whole, with its portions in order", func(t *testing.T, s commerce.Store) {
		full := newChange("Change-1")
		full.Line, full.Subscription, full.SettledAt, full.NextStepAt = 1, "Subscription-1", after(time.Minute), after(time.Hour)
		full.Cycle, full.StartedAt = partnercenter.BillingCycleOneTime, after(time.Second)
		full.Portions = []commerce.Portion{
			{Quantity: 12, Status: partnercenter.Fulfilled},
			{Quantity: -3, Status: partnercenter.Unfulfilled, Reason: "out of \"stock\""},
			{Quantity: 12, Status: partnercenter.PrefulfillmentPending},
		}
		for range 12 {
			full.Portions = append(full.Portions, commerce.Portion{Quantity: len(full.Portions), Status: "unheardOf"})
		}
		insert(t, s, append(shop(), full, newChange("Change-2"))...)
		same(t, "changes", purchases(t, s, "Order-1"), []commerce.Change{newChange("Change-2"), full})
	}},
	{"one unsettled change per subscription", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), seatChange("Change-1", "Subscription-1", nil))...)
		refused(t, s, commerce.ErrTaken, func(ctx context.Context, tx commerce.Tx) error {
			return add(ctx, tx, seatChange("Change-2", "SUBSCRIPTION-1", nil))
		})
		insert(t, s, seatChange("Change-3", "Subscription-1", after(time.Hour)), seatChange("Change-4", "Subscription-1", after(time.Hour)),
			seatChange("Change-5", "Subscription-2", nil))
	}},
	{"a refused change leaves no portion", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), seatChange("Change-1", "Subscription-1", nil))...)
		late := newChange("Change-2")
		late.Subscription, late.Portions = "Subscription-1", []commerce.Portion{{Quantity: 1}}
		settled := late
		settled.SettledAt, settled.Portions = after(0), []commerce.Portion{{Quantity: 2}}
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			_ = add(ctx, tx, late)
			return add(ctx, tx, settled)
		})
		same(t, "changes", purchases(t, s, ""), []commerce.Change{settled})
	}},
	{"a change has the portions that were written last, more of them or fewer", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), newChange("Change-1"), newChange("Change-2"))...)
		for _, quantities := range [][]int{{5}, {3, 2}, {1, 1, 3}, {4, 1}, {5}, {}} {
			c := newChange("Change-1")
			for i, q := range quantities {
				c.Portions = append(c.Portions, commerce.Portion{Quantity: q, Status: partnercenter.PrefulfillmentPending, Reason: string(rune('a' + i))})
			}
			write(t, s, func(ctx context.Context, tx commerce.Tx) error { return tx.Changes().Update(ctx, c) })
			same(t, "changes", purchases(t, s, "Order-1"), []commerce.Change{c, newChange("Change-2")})
		}
	}},
	{"any number of purchases wait for their subscription", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), newChange("Change-1"), newChange("Change-2"))...)
		same(t, "changes", len(purchases(t, s, "Order-1")), 2)
	}},
	{"purchases come by order and line, without other changes", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), seatChange("Change-9", "Subscription-9", nil))...)
		for i, place := range []struct {
			order string
			line  int
		}{{"Order-2", 0}, {"ORDER-1", 10}, {"Order-1", 2}, {"Order-3", 0}, {"order-1", 0}} {
			c := newChange(string(rune('a' + i)))
			c.Order, c.Line, c.Portions = place.order, place.line, []commerce.Portion{{Quantity: i}, {Quantity: -i}}
			insert(t, s, c)
		}
		ids := func(order string) []string {
			return each(purchases(t, s, order), func(c commerce.Change) string { return c.ID })
		}
		same(t, "one order's", ids("oRDER-1"), []string{"e", "c", "b"})
		same(t, "all", ids(""), []string{"e", "c", "b", "a", "d"})
		same(t, "no order's", ids("none"), []string{})
		of := func(line int) func(ctx context.Context, tx commerce.Tx) (commerce.Change, error) {
			return func(ctx context.Context, tx commerce.Tx) (commerce.Change, error) {
				return tx.Changes().PurchaseOf(ctx, theWorld, theCustomer, "oRDER-1", line)
			}
		}
		one := read(t, s, of(10))
		same(t, "one line's", []any{one.ID, len(one.Portions)}, []any{"b", 2})
		refused(t, s, commerce.ErrMissing, func(ctx context.Context, tx commerce.Tx) error {
			_, err := of(1)(ctx, tx)
			return err
		})
	}},
	{"an unsettled change is updated, a settled one stays", func(t *testing.T, s commerce.Store) {
		c := seatChange("Change-1", "Subscription-1", nil)
		c.Offer, c.Before, c.Asked = "Offer-1", 5, 9
		c.Undo = &partnercenter.Subscription{ID: "Subscription-1", Status: "active", Quantity: 5, SuspensionReasons: []string{"none"}}
		c.Portions = []commerce.Portion{{Quantity: 4, Status: partnercenter.PrefulfillmentPending}}
		insert(t, s, append(shop(), c)...)
		update := func(ctx context.Context, tx commerce.Tx) error { return tx.Changes().Update(ctx, c) }
		c.NextStepAt = after(time.Minute)
		c.Portions = []commerce.Portion{{Quantity: 3, Status: partnercenter.Fulfilled}, {Quantity: 1, Status: partnercenter.PrefulfillmentPending}}
		write(t, s, update)
		c.NextStepAt, c.SettledAt = nil, after(time.Minute)
		c.Portions[1] = commerce.Portion{Quantity: 1, Status: partnercenter.Unfulfilled, Reason: "none left"}
		c.Undo = nil
		write(t, s, update)
		refused(t, s, commerce.ErrMissing, update)
		same(t, "by id", read(t, s, func(ctx context.Context, tx commerce.Tx) (commerce.Change, error) {
			return tx.Changes().ByID(ctx, theWorld, "CHANGE-1")
		}), c)
		missing(t, s, "another", func(ctx context.Context, tx commerce.Tx) (commerce.Change, error) {
			return tx.Changes().ByID(ctx, theWorld, "Change-2")
		})
	}},
	{"a subscription's unsettled change is seen, in its own world and customer alone", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), seatChange("Change-1", "Subscription-1", nil), seatChange("Change-2", "Subscription-2", after(time.Hour)))...)
		unsettled := func(world, customer, subscription string) bool {
			return read(t, s, func(ctx context.Context, tx commerce.Tx) (bool, error) {
				return tx.Changes().Unsettled(ctx, world, customer, subscription)
			})
		}
		same(t, "it", unsettled("WORLD-1", theCustomer, "SUBSCRIPTION-1"), true)
		same(t, "a settled one", unsettled(theWorld, theCustomer, "Subscription-2"), false)
		same(t, "another world's", unsettled("World-2", theCustomer, "Subscription-1"), false)
		same(t, "another customer's", unsettled(theWorld, "Customer-2", "Subscription-1"), false)
	}},
	{"a subscription's changes come by when they were asked for", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		for id, at := range map[string]time.Duration{"b": 0, "a": time.Minute, "c": -time.Minute} {
			c := seatChange(id, "Subscription-1", after(time.Hour))
			c.AskedAt = *after(at)
			insert(t, s, c)
		}
		insert(t, s, seatChange("d", "Subscription-2", nil))
		of := read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.Change, error) {
			return tx.Changes().Of(ctx, theWorld, theCustomer, "SUBSCRIPTION-1")
		})
		same(t, "changes", each(of, func(c commerce.Change) string { return c.ID }), []string{"c", "b", "a"})
	}},
	{"changes that are outside are counted and listed until they are settled", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		for id, change := range map[string]struct {
			provisioner string
			asked       time.Duration
			settled     *time.Time
		}{"b": {"warehouse", time.Minute, nil}, "a": {"warehouse", 2 * time.Minute, nil}, "c": {"", 0, nil}, "d": {"warehouse", 0, after(time.Hour)}} {
			c := seatChange(id, "Subscription-"+id, change.settled)
			c.AskedAt, c.StartedAt, c.Provisioner = *after(change.asked), after(change.asked), change.provisioner
			insert(t, s, c)
		}
		outside := read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.Change, error) {
			return tx.Changes().Outside(ctx, "WORLD-1")
		})
		same(t, "changes", each(outside, func(c commerce.Change) string { return c.ID + " " + c.Provisioner }), []string{"b warehouse", "a warehouse"})
		for world, want := range map[string]int{"WORLD-1": 2, "mars": 0} {
			same(t, world, read(t, s, func(ctx context.Context, tx commerce.Tx) (int, error) {
				return tx.Changes().Outstanding(ctx, world)
			}), want)
		}
	}},
}
