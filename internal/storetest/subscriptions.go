package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"provost/internal/commerce"
	"provost/partnercenter"
)

func subscriptionByID(t tester, s commerce.Store, customer, id string) commerce.Subscription {
	t.Helper()
	return read(t, s, func(ctx context.Context, tx commerce.Tx) (commerce.Subscription, error) {
		return tx.Subscriptions().ByID(ctx, theWorld, customer, id)
	})
}

func subscriptionIDs(t *testing.T, s commerce.Store, q commerce.SubscriptionQuery) []string {
	t.Helper()
	q.World, q.Customer = theWorld, theCustomer
	all := read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.Subscription, error) {
		return tx.Subscriptions().List(ctx, q)
	})
	return each(all, func(s commerce.Subscription) string { return s.Resource.ID })
}

var subscriptionPromises = []promise{
	{"any subscription comes back unharmed", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld))
		number := 0
		rapid.Check(t, func(r *rapid.T) {
			sent, err := json.Marshal(Subscription().Draw(r, "subscription"))
			if err != nil {
				r.Fatal(err)
			}
			number++
			customer := newCustomer(theWorld, fmt.Sprintf("Customer-%d", number), noon)
			subscription := commerce.Subscription{
				World: theWorld, Customer: customer.Resource.ID, CreatedAt: times.Draw(r, "created").Time,
				Version: rapid.Int64().Draw(r, "version"), Legacy: rapid.Bool().Draw(r, "legacy"),
			}
			if err := json.Unmarshal(sent, &subscription.Resource); err != nil {
				r.Fatal(err)
			}
			insert(r, s, customer, subscription)
			got := subscriptionByID(r, s, subscription.Customer, subscription.Resource.ID)
			same(r, "subscription", got, subscription)
			answered, err := json.Marshal(got.Resource)
			if err != nil {
				r.Fatal(err)
			}
			same(r, "json", string(answered), string(sent))
		})
	}},
	{"a provisioning comes back whole, alone and with its subscription", func(t *testing.T, s commerce.Store) {
		full, bare, none := newSubscription("full", noon), newSubscription("bare", noon), newSubscription("none", noon)
		full.Provisioning, bare.Provisioning = newProvisioning(), &commerce.Provisioning{}
		insert(t, s, append(shop(), full, bare, none)...)
		for _, want := range []commerce.Subscription{full, bare, none} {
			same(t, "subscription", subscriptionByID(t, s, theCustomer, want.Resource.ID), want)
			alone := read(t, s, func(ctx context.Context, tx commerce.Tx) (*commerce.Provisioning, error) {
				return tx.Subscriptions().Provisioning(ctx, theWorld, "CUSTOMER-1", want.Resource.ID)
			})
			same(t, "provisioning", alone, want.Provisioning)
		}
	}},
	{"a provisioning comes with the clock of its world, and with the refresh interval while a change is on its way", func(t *testing.T, s commerce.Store) {
		frozen := newWorld("World-3")
		frozen.Clock = commerce.Clock{Offset: time.Hour, FrozenAt: after(time.Minute)}
		insert(t, s, append(shop(), frozen)...)
		for _, w := range []commerce.World{newWorld(theWorld), frozen} {
			customer := newCustomer(w.ID, "Customer-3", noon)
			settled, unsettled, none := newSubscription("settled", noon), newSubscription("unsettled", noon), newSubscription("none", noon)
			settled.Provisioning, unsettled.Provisioning = newProvisioning(), newProvisioning()
			settled.Provisioning.Unsettled, unsettled.Provisioning.Unsettled = false, true
			insert(t, s, customer)
			for _, one := range []commerce.Subscription{settled, unsettled, none} {
				one.World, one.Customer = w.ID, "Customer-3"
				insert(t, s, one)
				want := commerce.ProvisioningInWorld{Provisioning: one.Provisioning, Clock: w.Clock}
				if one.Resource.ID == "unsettled" {
					want.RefreshInterval = w.Settings.RefreshInterval
				}
				same(t, one.Resource.ID, read(t, s, func(ctx context.Context, tx commerce.Tx) (commerce.ProvisioningInWorld, error) {
					return tx.Subscriptions().ProvisioningIn(ctx, strings.ToUpper(w.ID), "CUSTOMER-3", strings.ToUpper(one.Resource.ID))
				}), want)
			}
		}
	}},
	{"subscriptions come by creation, then id", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), newSubscription("c", noon), newSubscription("B", noon),
			newSubscription("a", noon.Add(100)), newSubscription("d", noon.Add(-time.Hour)))...)
		same(t, "subscriptions", subscriptionIDs(t, s, commerce.SubscriptionQuery{}), []string{"d", "B", "c", "a"})
	}},
	{"subscriptions are picked by order, reseller of record and parent", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		for _, id := range []string{"a", "b", "c", "d"} {
			one := newSubscription(id, noon)
			text := func(v string) *string { return &v }
			switch id {
			case "a":
				one.Resource.OrderID = "Order-9"
			case "b":
				one.Resource.OrderID, one.Resource.PartnerID = "ORDER-9", text("MPN-9")
			case "c":
				one.Resource.PartnerID, one.Resource.ParentSubscriptionID = text("mpn-9"), text("A")
			}
			insert(t, s, one)
		}
		for q, want := range map[commerce.SubscriptionQuery][]string{
			{Order: "order-9"}:                 {"a", "b"},
			{MPNID: "Mpn-9"}:                   {"b", "c"},
			{Parent: "a"}:                      {"c"},
			{Order: "Order-9", MPNID: "MPN-9"}: {"b"},
			{Order: "none"}:                    {},
			{}:                                 {"a", "b", "c", "d"},
		} {
			same(t, fmt.Sprintf("%+v", q), subscriptionIDs(t, s, q), want)
		}
	}},
	{"a listed subscription is whole", func(t *testing.T, s commerce.Store) {
		want := newSubscription("Subscription-1", noon)
		want.Provisioning, want.Legacy, want.Version = newProvisioning(), true, 7
		want.Resource.Attributes = partnercenter.ResourceAttributes{ObjectType: "Subscription"}
		insert(t, s, append(shop(), want)...)
		all := read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.Subscription, error) {
			return tx.Subscriptions().List(ctx, commerce.SubscriptionQuery{World: theWorld, Customer: theCustomer})
		})
		same(t, "subscriptions", all, []commerce.Subscription{want})
	}},
	{"a subscription is updated at its version alone", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), newSubscription("Subscription-1", noon))...)
		next := newSubscription("Subscription-1", noon)
		next.Version, next.Resource.Quantity, next.Resource.PartnerID = 2, 9, new("MPN-1")
		next.Resource.Status, next.Provisioning = partnercenter.SubscriptionSuspended, newProvisioning()
		update := func(version int64) func(context.Context, commerce.Tx) error {
			return func(ctx context.Context, tx commerce.Tx) error { return tx.Subscriptions().Update(ctx, next, version) }
		}
		refused(t, s, commerce.ErrMissing, update(2))
		write(t, s, update(1))
		same(t, "subscription", subscriptionByID(t, s, theCustomer, "Subscription-1"), next)
		same(t, "by its new reseller", subscriptionIDs(t, s, commerce.SubscriptionQuery{MPNID: "mpn-1"}), []string{"Subscription-1"})
		refused(t, s, commerce.ErrMissing, update(1))
	}},
}
