package storetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// manyRows is beyond what any store takes with one statement, and no multiple of
// anything.
const manyRows = 77

func manySubscriptions() (all []commerce.Subscription) {
	for i := range manyRows {
		s := newSubscription(fmt.Sprintf("Subscription-%02d", i), noon.Add(time.Duration(i)*time.Second))
		s.Provisioning = new(commerce.NewProvisioning("SKU-1", noon))
		all = append(all, s)
	}
	return all
}

func manyChanges() (all []commerce.Change) {
	for i := range manyRows {
		c := seatChange(fmt.Sprintf("Change-%02d", i), fmt.Sprintf("Subscription-%02d", i), nil)
		c.Portions = []commerce.Portion{{Quantity: i, Status: partnercenter.PrefulfillmentPending}}
		all = append(all, c)
	}
	return all
}

func anyOf[T any](all []T) (rows []any) {
	for _, row := range all {
		rows = append(rows, row)
	}
	return rows
}

var manyPromises = []promise{
	{"many subscriptions are found by their ids, and those that are missing left out", func(t *testing.T, s commerce.Store) {
		all := manySubscriptions()
		insert(t, s, append(shop(), anyOf(all)...)...)
		ids := []commerce.SubscriptionID{{Customer: theCustomer, ID: "none"}, {Customer: "another", ID: "Subscription-01"}}
		for _, kept := range all[1:] {
			ids = append(ids, commerce.SubscriptionID{Customer: "CUSTOMER-1", ID: "SUBSCRIPTION" + kept.Resource.ID[len("subscription"):]})
		}
		for world, want := range map[string][]commerce.Subscription{"WORLD-1": all[1:], "World-2": nil} {
			found := read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.Subscription, error) {
				return tx.Subscriptions().ByIDs(ctx, world, ids)
			})
			slices.SortFunc(found, func(a, b commerce.Subscription) int { return cmp.Compare(a.Resource.ID, b.Resource.ID) })
			same(t, "in "+world, found, want)
		}
	}},
	{"many changes are found by their ids, with their portions", func(t *testing.T, s commerce.Store) {
		all := manyChanges()
		insert(t, s, append(shop(), anyOf(all)...)...)
		ids := each(all[1:], func(c commerce.Change) string { return "CHANGE" + c.ID[len("change"):] })
		for world, want := range map[string][]commerce.Change{"WORLD-1": all[1:], "World-2": nil} {
			found := read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.Change, error) {
				return tx.Changes().ByIDs(ctx, world, append(ids, "none"))
			})
			slices.SortFunc(found, func(a, b commerce.Change) int { return cmp.Compare(a.ID, b.ID) })
			same(t, "in "+world, found, want)
		}
	}},
	{"many subscriptions are updated at once, each from its version", func(t *testing.T, s commerce.Store) {
		all := manySubscriptions()
		insert(t, s, append(shop(), anyOf(all)...)...)
		var updates []commerce.SubscriptionUpdate
		for i := range all {
			was := all[i].Version
			all[i].Version += int64(i + 1)
			all[i].Resource.Quantity, all[i].Resource.Status = 100+i, partnercenter.SubscriptionSuspended
			all[i].Provisioning = new(*all[i].Provisioning)
			all[i].Provisioning.Provisioned.Quantity = i
			updates = append(updates, commerce.SubscriptionUpdate{Subscription: all[i], Was: was})
		}
		write(t, s, func(ctx context.Context, tx commerce.Tx) error { return tx.Subscriptions().UpdateAll(ctx, updates) })
		kept := func() []commerce.Subscription {
			return read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.Subscription, error) {
				return tx.Subscriptions().List(ctx, commerce.SubscriptionQuery{World: theWorld, Customer: theCustomer})
			})
		}
		same(t, "subscriptions", kept(), all)
		for i := range updates {
			updates[i].Was, updates[i].Version = updates[i].Version, updates[i].Version+1
		}
		updates[60].Was++
		refused(t, s, commerce.ErrMissing, func(ctx context.Context, tx commerce.Tx) error { return tx.Subscriptions().UpdateAll(ctx, updates) })
		same(t, "after one that was at another version", kept(), all)
	}},
	{"many changes are updated at once, unless one is settled", func(t *testing.T, s commerce.Store) {
		all := manyChanges()
		insert(t, s, append(shop(), anyOf(all)...)...)
		for i := range all {
			all[i].NextStepAt, all[i].Portions = nil, []commerce.Portion{{Quantity: -i, Status: partnercenter.Fulfilled}, {Reason: "none"}}
			if i%2 == 0 {
				all[i].SettledAt = after(time.Duration(i) * time.Second)
			}
		}
		update := func(changes []commerce.Change) func(ctx context.Context, tx commerce.Tx) error {
			return func(ctx context.Context, tx commerce.Tx) error { return tx.Changes().UpdateAll(ctx, changes) }
		}
		write(t, s, update(all))
		for _, want := range all {
			got := read(t, s, func(ctx context.Context, tx commerce.Tx) (commerce.Change, error) {
				return tx.Changes().ByID(ctx, theWorld, want.ID)
			})
			same(t, want.ID, got, want)
		}
		refused(t, s, commerce.ErrMissing, update(all))
		write(t, s, update(nil))
	}},
	{"the due rows of many subjects are found, of one kind", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld), newWorld("World-2"))
		var asked []string
		for i := range manyRows {
			asked = append(asked, fmt.Sprintf("subject-%02d", i))
			insert(t, s, commerce.Due{World: theWorld, At: noon, Kind: commerce.DueVisible, Subject: asked[i]},
				commerce.Due{World: theWorld, At: noon, Kind: commerce.DueStep, Subject: asked[i]},
				commerce.Due{World: "World-2", At: noon, Kind: commerce.DueVisible, Subject: asked[i]})
		}
		insert(t, s, commerce.Due{World: theWorld, At: noon.Add(time.Hour), Kind: commerce.DueVisible, Subject: asked[7]})
		found := read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.Due, error) {
			return tx.Due().OfAll(ctx, "WORLD-1", commerce.DueVisible, append(asked[1:], "none"))
		})
		got := subjects(found)
		slices.Sort(got)
		same(t, "subjects", got, slices.Sorted(slices.Values(append([]string{asked[7]}, asked[1:]...))))
		for _, d := range found {
			same(t, "kind and world", []string{string(d.Kind), d.World}, []string{string(commerce.DueVisible), theWorld})
		}
	}},
}
