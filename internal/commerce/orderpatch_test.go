package commerce_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// change sends a PATCH of an order as somebody writes it down.
func (s *shop) change(id, body string) (partnercenter.Order, error) {
	s.t.Helper()
	asked, err := commerce.ReadPatch[partnercenter.Order]([]byte(body), commerce.OrderMembers()...)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.PatchOrder(s.t.Context(), s.ada, shopCustomer, id, asked, nil)
}

// ordered is an order of one line, delivered.
func (s *shop) ordered(offer string, seats int, lines ...line) partnercenter.Order {
	s.t.Helper()
	order, err := s.order(offer, seats, lines...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.advance("PT15M")
	return s.again(order.ID)
}

func TestAnAddOnIsBoughtByAppendingItsLine(t *testing.T) {
	s := openShop(t)
	order := s.ordered(businessBasic, 10)
	base := *order.LineItems[0].SubscriptionID
	body := `{"lineItems":[{"lineItemNumber":NUMBER,"offerId":"` + teamsPhone + `","quantity":4,"termDuration":"P1Y","parentSubscriptionId":"` + base + `"}]}`
	got, err := s.change(order.ID, strings.Replace(body, "NUMBER", "0", 1))
	if err != nil || len(got.LineItems) != 2 || got.LineItems[1].LineItemNumber != 1 || got.Status != partnercenter.OrderPending {
		t.Fatalf("%d lines, %s, %v", len(got.LineItems), got.Status, err)
	}
	_, err = s.change(order.ID, strings.Replace(body, "NUMBER", "2", 1))
	isRefused(t, "a further add-on while one is on its way", err, partnercenter.ErrOrderPending)
	s.advance("PT15M")
	got, err = s.change(order.ID, strings.Replace(body, `"lineItemNumber":NUMBER,"offerId":"`+teamsPhone, `"lineItemNumber":2,"offerId":"`+archivingAdd, 1))
	if err != nil || len(got.LineItems) != 3 {
		t.Fatalf("%d lines, %v", len(got.LineItems), err)
	}
	s.advance("PT15M")
	addons, err := s.Addons(t.Context(), s.ada.Actor, shopCustomer, base)
	if err != nil || len(addons) != 2 || addons[0].Quantity != 4 || addons[0].OrderID != order.ID {
		t.Errorf("%d add-ons, %v", len(addons), err)
	}
	if r := s.audited(partnercenter.AuditUpdateOrder); r.ResourceOldValue == nil || r.ResourceNewValue == nil || !strings.Contains(*r.ResourceNewValue, archivingAdd) {
		t.Errorf("%+v", r)
	}
	for what, x := range map[string]struct {
		number, offer, parent string
		want                  *partnercenter.Error
	}{
		"a number too far":      {"7", teamsPhone, base, partnercenter.ErrLineNumbers},
		"an add-on of nothing":  {"3", teamsPhone, "", partnercenter.ErrAddon},
		"a base":                {"3", exchange, "", partnercenter.ErrAddon},
		"a legacy add-on":       {"3", legacyArchive, base, partnercenter.ErrAddon},
		"what nobody knows":     {"3", "NOTHING", base, partnercenter.ErrOfferID},
		"seats of a line there": {"0", businessBasic, "", partnercenter.ErrPatchSubscription},
	} {
		_, err := s.change(order.ID, `{"lineItems":[{"lineItemNumber":`+x.number+`,"offerId":"`+x.offer+`","quantity":1,"parentSubscriptionId":"`+x.parent+`"}]}`)
		isRefused(t, what, err, x.want)
	}
}

func TestAnOrderSentBackChangesNothing(t *testing.T) {
	s := openShop(t)
	order := s.ordered(businessBasic, 10)
	whole, err := json.Marshal(order)
	if err != nil {
		t.Fatal(err)
	}
	events, audits := len(s.events("")), len(s.audits())
	got, err := s.change(order.ID, string(whole))
	if err != nil || *got.Attributes.ETag != *order.Attributes.ETag {
		t.Errorf("etag %v, was %v; %v", got.Attributes.ETag, order.Attributes.ETag, err)
	}
	if len(s.events("")) != events || len(s.audits()) != audits {
		t.Error("it left a trace")
	}
	base := *order.LineItems[0].SubscriptionID
	addon := `,"lineItems":[{"lineItemNumber":1,"offerId":"` + teamsPhone + `","quantity":1,"parentSubscriptionId":"` + base + `"}]}`
	if _, err := s.change(order.ID, `{"attributes":{"etag":"`+*order.Attributes.ETag+`"}`+addon); err != nil {
		t.Fatal(err)
	}
	s.advance("PT15M")
	_, err = s.change(order.ID, `{"attributes":{"etag":"`+*order.Attributes.ETag+`"}`+addon)
	isRefused(t, "an etag of before", err, partnercenter.ErrStale)
}

func TestALegacyOrderIsPaidAtAnotherPace(t *testing.T) {
	s := openShop(t)
	order := s.ordered(legacyOffice, 3)
	id := *order.LineItems[0].SubscriptionID
	got, err := s.change(order.ID, `{"billingCycle":"Annual"}`)
	if err != nil || got.BillingCycle != partnercenter.BillingCycleAnnual || *s.subscription(id).BillingCycle != partnercenter.BillingCycleAnnual {
		t.Fatalf("%s, %v", got.BillingCycle, err)
	}
	if now := s.again(order.ID); *now.TotalPrice != 720 {
		t.Errorf("it costs %v", *now.TotalPrice)
	}
	_, err = s.change(order.ID, `{"billingCycle":"triennial"}`)
	isRefused(t, "a cycle that is not sold", err, partnercenter.ErrCycleUnsold)
	_, err = s.change(order.ID, `{"billingCycle":"weekly"}`)
	isRefused(t, "a word that is no cycle", err, partnercenter.ErrEnum)
	if _, err := s.patch(id, `{"status":"suspended","autoRenewEnabled":true}`); err != nil {
		t.Fatal(err)
	}
	_, err = s.change(order.ID, `{"billingCycle":"monthly"}`)
	isRefused(t, "a suspended subscription", err, partnercenter.ErrCycleInactive)
	_, err = s.change(s.ordered(businessBasic, 1).ID, `{"billingCycle":"annual"}`)
	isRefused(t, "new commerce", err, partnercenter.ErrPatchSubscription)
}

func TestACancelledOrderIsUnfulfilledAndItsSubscriptionsDeleted(t *testing.T) {
	s := openShop(t, func(w *commerce.WorldSettings) { w.Sandbox = true })
	order := s.ordered(businessBasic, 10)
	base := *order.LineItems[0].SubscriptionID
	if _, err := s.change(order.ID, `{"lineItems":[{"lineItemNumber":1,"offerId":"`+teamsPhone+`","quantity":4,"parentSubscriptionId":"`+base+`"}]}`); err != nil {
		t.Fatal(err)
	}
	_, err := s.change(order.ID, `{"status":"cancelled"}`)
	isRefused(t, "an order on its way", err, partnercenter.ErrOrderPending)
	s.advance("PT15M")
	later := s.buy(archivingAdd, 2, onto(base))
	got, err := s.change(order.ID, `{"status":"Cancelled"}`)
	if err != nil || got.Status != partnercenter.OrderCancelled {
		t.Fatalf("%s, %v", got.Status, err)
	}
	if lines := s.lines(order.ID); lines != "0 unfulfilled 10; 1 unfulfilled 4" {
		t.Errorf("lines %s", lines)
	}
	for _, line := range got.LineItems {
		if found := s.subscription(*line.SubscriptionID); found.Status != partnercenter.SubscriptionDeleted || len(s.changes(found.ID)) != 2 {
			t.Errorf("line %d: %s after %d changes", line.LineItemNumber, found.Status, len(s.changes(found.ID)))
		}
	}
	if now := s.again(later.OrderID); now.Status != partnercenter.OrderCancelled || s.subscription(later.ID).Status != partnercenter.SubscriptionDeleted {
		t.Errorf("the add-on of another order is %s, its order %s", s.subscription(later.ID).Status, now.Status)
	}
	if _, err := s.change(order.ID, `{"status":"cancelled"}`); err != nil {
		t.Errorf("once more: %v", err)
	}
	late := s.ordered(exchange, 1)
	s.advance("P60D")
	_, err = s.change(late.ID, `{"status":"cancelled"}`)
	isRefused(t, "after 60 days", err, partnercenter.ErrNotCancellable)
}

func TestOutsideOfASandboxSoftwareAloneIsCancelledByItsOrder(t *testing.T) {
	s := openShop(t)
	for what, x := range map[string]struct {
		offer string
		want  *partnercenter.Error
	}{
		"a licence":      {businessBasic, partnercenter.ErrCancelSandbox},
		"a reservation":  {reservation, partnercenter.ErrCancelSandbox},
		"a legacy offer": {legacyOffice, partnercenter.ErrPatchSubscription},
		"a publisher's":  {meadowlark, partnercenter.ErrCancelSaaS},
	} {
		_, err := s.change(s.ordered(x.offer, 1).ID, `{"status":"cancelled"}`)
		isRefused(t, what, err, x.want)
	}
	soon, late := s.ordered(server, 2), s.ordered(server, 2)
	s.advance("P29D")
	if got, err := s.change(soon.ID, `{"status":"cancelled"}`); err != nil || got.Status != partnercenter.OrderCancelled {
		t.Errorf("after 29 days: %s, %v", got.Status, err)
	}
	s.advance("P1D")
	_, err := s.change(late.ID, `{"status":"cancelled"}`)
	isRefused(t, "after 30 days", err, partnercenter.ErrNotCancellable)
}

func TestAnOrderTakesAddonsOfItsOwnKindAlone(t *testing.T) {
	s := openShop(t, func(w *commerce.WorldSettings) { w.Sandbox = true })
	modern, legacy := s.ordered(businessBasic, 10), s.ordered(legacyOffice, 10)
	for what, x := range map[string]struct {
		order, onto partnercenter.Order
		offer       string
		seats       int
		want        *partnercenter.Error
	}{
		"a legacy one of a modern order":  {modern, legacy, legacyArchive, 1, partnercenter.ErrAddon},
		"a modern one of a legacy order":  {legacy, modern, teamsPhone, 1, partnercenter.ErrAddon},
		"more seats than a sandbox takes": {modern, modern, teamsPhone, 26, partnercenter.ErrSeatLimit},
	} {
		_, err := s.change(x.order.ID, fmt.Sprintf(`{"lineItems":[{"lineItemNumber":1,"offerId":"%s","quantity":%d,"parentSubscriptionId":"%s"}]}`,
			x.offer, x.seats, *x.onto.LineItems[0].SubscriptionID))
		isRefused(t, what, err, x.want)
	}
}

func TestAnOrderWaitsForTheSeatsOfItsLines(t *testing.T) {
	s := openShop(t, func(w *commerce.WorldSettings) { w.Sandbox = true })
	order := s.ordered(businessBasic, 10)
	s.patched(*order.LineItems[0].SubscriptionID, `{"quantity":11}`)
	_, err := s.change(order.ID, `{"status":"cancelled"}`)
	isRefused(t, "an order of which seats are on their way", err, partnercenter.ErrOrderPending)
	s.advance("PT15M")
	if got, err := s.change(order.ID, `{"status":"cancelled"}`); err != nil || got.Status != partnercenter.OrderCancelled {
		t.Errorf("once they are there: %s, %v", got.Status, err)
	}
}

func TestAnOrderOfNothingIsNotCancelled(t *testing.T) {
	s := openShop(t, func(w *commerce.WorldSettings) { w.Sandbox = true })
	s.script("fail at once because the warehouse is empty")
	_, err := s.change(s.ordered(businessBasic, 10).ID, `{"status":"cancelled"}`)
	isRefused(t, "an order of which nothing came", err, partnercenter.ErrNotCancellable)
}

func TestASubscriptionCancelledForItselfCancelsItsLine(t *testing.T) {
	s := openShop(t)
	order := s.placed(`{"lineItems":[{"offerId":"` + businessBasic + `","quantity":5},{"lineItemNumber":1,"offerId":"` + exchange + `","quantity":2}]}`)
	s.advance("PT15M")
	order = s.again(order.ID)
	if _, err := s.patch(*order.LineItems[1].SubscriptionID, `{"status":"deleted"}`); err != nil {
		t.Fatal(err)
	}
	if lines, now := s.lines(order.ID), s.again(order.ID); lines != "0 fulfilled 5; 1 unfulfilled 2" || now.Status != partnercenter.OrderCompleted || *now.LineItems[1].TransactionType != "Cancel" {
		t.Errorf("%s, %s", lines, now.Status)
	}
	if _, err := s.patch(*order.LineItems[0].SubscriptionID, `{"status":"deleted"}`); err != nil {
		t.Fatal(err)
	}
	if now := s.again(order.ID); now.Status != partnercenter.OrderCancelled {
		t.Errorf("with both: %s", now.Status)
	}
	changed := slices.DeleteFunc(s.events(""), func(e commerce.Event) bool { return e.Kind != commerce.OrderChanged })
	if len(changed) != 2 {
		t.Errorf("%d events tell of it", len(changed))
	}
}

// An imported order may be of what the catalogue lacks: it is cancelled and paid
// as its subscription says that it is sold.
func TestAnOrderOfWhatTheCatalogueLacksIsCancelledAndPaid(t *testing.T) {
	s := openShop(t, func(w *commerce.WorldSettings) { w.Sandbox = true })
	elsewhere := func(id, offer string) {
		s.alter(*s.again(id).LineItems[0].SubscriptionID, func(k *commerce.Subscription) { k.Resource.OfferID = offer })
		s.write(func(tx commerce.Tx) error {
			order, err := tx.Orders().ByID(t.Context(), "shop", shopCustomer, id)
			if err != nil {
				return err
			}
			order.Resource.LineItems[0].OfferID = offer
			return tx.Orders().Update(t.Context(), order, order.Version)
		})
	}
	order := s.ordered(businessBasic, 5)
	elsewhere(order.ID, "CFQ7TTC0XXXX:0001:CFQ7TTCXXXXX")
	if got, err := s.change(order.ID, `{"status":"cancelled"}`); err != nil || got.Status != partnercenter.OrderCancelled {
		t.Errorf("%s, %v", got.Status, err)
	}
	s.statuses("deleted", *order.LineItems[0].SubscriptionID)

	legacy := s.placed(`{"billingCycle":"annual","lineItems":[{"lineItemNumber":0,"offerId":"` + legacyOffice + `","quantity":3}]}`)
	elsewhere(legacy.ID, "00000000-5e0d-4d62-9d5c-1d9b8a3f7e11")
	_, err := s.change(legacy.ID, `{"billingCycle":"monthly"}`)
	isRefused(t, "a cycle that nobody knows of", err, partnercenter.ErrCycleUnsold)
	_, err = s.change(legacy.ID, `{"status":"cancelled"}`)
	isRefused(t, "a legacy order", err, partnercenter.ErrPatchSubscription)
}
