package commerce_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// What the shop sells beside, one of each kind.
const (
	facultyA3    = "CFQ7TTC0LHT4:0001:CFQ7TTCD8V7K" // wants an attestation
	exchange     = "CFQ7TTC0LH16:0001:CFQ7TTCW5JPL"
	shopStranger = "5550001"
)

// ask places an order as somebody writes it down.
func (s *shop) ask(by commerce.Caller, body string) (partnercenter.Order, error) {
	s.t.Helper()
	var asked partnercenter.Order
	if err := json.Unmarshal([]byte(body), &asked); err != nil {
		s.t.Fatal(err)
	}
	return s.PlaceOrder(s.t.Context(), by, shopCustomer, asked)
}

// placed is an order that is to be placed.
func (s *shop) placed(body string) partnercenter.Order {
	s.t.Helper()
	order, err := s.ask(s.ada, body)
	if err != nil {
		s.t.Fatal(err)
	}
	return order
}

// now reads an order again.
func (s *shop) again(id string) partnercenter.Order {
	s.t.Helper()
	order, err := s.Order(s.t.Context(), s.ada.Actor, shopCustomer, id, true)
	if err != nil {
		s.t.Fatal(err)
	}
	return order
}

// lines are how far an order's lines are.
func (s *shop) lines(id string) string {
	s.t.Helper()
	lines, _, err := s.OrderProvisioningStatus(s.t.Context(), s.ada.Actor, shopCustomer, id)
	if err != nil {
		s.t.Fatal(err)
	}
	var all []string
	for _, line := range lines {
		text := fmt.Sprintf("%d %s", line.LineItemNumber, line.Status)
		for _, part := range line.QuantityProvisioningInformation {
			text += fmt.Sprintf(" %d", part.Quantity)
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

func isRefused(t *testing.T, what string, err error, want *partnercenter.Error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %s", what, err, want.Code)
	}
}

func TestOneOrderMixesKindsAndEachLineIsDeliveredInItsTime(t *testing.T) {
	s := openShop(t)
	order := s.placed(`{"lineItems":[
		{"lineItemNumber":0,"offerId":"` + businessBasic + `","quantity":5},
		{"lineItemNumber":1,"offerId":"` + azurePlan + `","quantity":1},
		{"lineItemNumber":3,"offerId":"` + reservation + `","quantity":2,"termDuration":"P3Y"},
		{"lineItemNumber":2,"offerId":"` + server + `","quantity":4}]}`)
	if order.Status != partnercenter.OrderPending || order.LineItems[1].SubscriptionID == nil || order.LineItems[0].SubscriptionID != nil {
		t.Errorf("at once: %s, %v, %v", order.Status, order.LineItems[1].SubscriptionID, order.LineItems[0].SubscriptionID)
	}
	s.advance("PT90S")
	const pending, done = "0 fulfilled 5; 1 fulfilled 1; 2 fulfilled 4; 3 prefulfillmentPending 2", "0 fulfilled 5; 1 fulfilled 1; 2 fulfilled 4; 3 fulfilled 2"
	if got := s.lines(order.ID); got != pending {
		t.Errorf("after 90 s: %s", got)
	}
	s.advance("PT9M")
	if got := s.lines(order.ID); got != done || s.again(order.ID).Status != partnercenter.OrderCompleted {
		t.Errorf("after ten minutes: %s, %s", got, s.again(order.ID).Status)
	}
	cycles := []partnercenter.BillingCycle{partnercenter.BillingCycleMonthly, partnercenter.BillingCycleMonthly, partnercenter.BillingCycleOneTime, partnercenter.BillingCycleOneTime}
	for i, line := range s.again(order.ID).LineItems {
		bought := s.subscription(*line.SubscriptionID)
		if len(s.changes(bought.ID)) != 1 || *bought.BillingCycle != cycles[i] {
			t.Errorf("line %d: %d changes, paid %s", i, len(s.changes(bought.ID)), *bought.BillingCycle)
		}
	}
}

// A line says how much of it is in each state, each once.
func TestALineIsSplitByStateHoweverManyStepsItTook(t *testing.T) {
	s := openShop(t, func(w *commerce.WorldSettings) {
		w.Simulator = map[string]string{"*": "2 at +1m; 1 at +2m; 1 fail at +3m because of the flood; 2 at +4m; 1 fail at +5m because of the rain"}
	})
	order := s.placed(`{"lineItems":[{"lineItemNumber":0,"offerId":"` + businessBasic + `","quantity":7}]}`)
	for _, want := range []string{"2 5", "3 4", "3 1 3", "5 1 1", "5 2"} {
		s.advance("PT1M")
		if got := s.lines(order.ID); got != "0 prefulfillmentPending "+want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if got := s.again(order.ID).Status; got != partnercenter.OrderPartialSuccess {
		t.Errorf("the order is %s", got)
	}
}

func TestALegacyOrderIsCompletedAtOnce(t *testing.T) {
	s := openShop(t)
	order := s.placed(`{"billingCycle":"Annual","lineItems":[{"lineItemNumber":0,"offerId":"` + strings.ToLower(legacyOffice) + `","quantity":3}]}`)
	line := order.LineItems[0]
	if order.Status != partnercenter.OrderCompleted || line.OfferID != legacyOffice || line.SubscriptionID == nil {
		t.Fatalf("%s, %s, %v", order.Status, line.OfferID, line.SubscriptionID)
	}
	if status := s.provisioning(*line.SubscriptionID); status.Status != partnercenter.ProvisioningPending || status.Quantity != 0 {
		t.Errorf("before the refresh: %+v", status)
	}
	s.advance("PT3M")
	if status := s.provisioning(*line.SubscriptionID); status.Status != partnercenter.ProvisioningSuccess || status.Quantity != 3 {
		t.Errorf("after it: %+v", status)
	}
}

func TestEachWrongOrderHasItsRefusal(t *testing.T) {
	s := openShop(t)
	base := s.buy(exchange, 3)
	s.write(func(tx commerce.Tx) error {
		stranger := commerce.Partner{World: "shop", ID: "9c0d4c2e-8a9b-4f0e-b1a5-3f2d6c9e8b22", Tenant: "93d7cf1e-8a55-4d54-a1d6-6b6ffb0e1a01", Kind: commerce.Reseller, Name: "Stranger", MPNID: shopStranger}
		return tx.Partners().Insert(t.Context(), stranger)
	})
	line := func(members string) string {
		return `{"partnerOnRecordAttestationAccepted":true,"lineItems":[{"lineItemNumber":0,"quantity":1,` + members + `}]}`
	}
	offer := func(id, members string) string { return line(`"offerId":"` + id + `"` + members) }
	for _, x := range []struct {
		what, body string
		want       *partnercenter.Error
	}{
		{"no lines", `{}`, partnercenter.ErrInput},
		{"another customer's", `{"referenceCustomerId":"00000000-0000-4000-8000-00000000dead","lineItems":[{"offerId":"` + exchange + `","quantity":1}]}`, partnercenter.ErrInput},
		{"an offer that nobody knows", offer("CFQ7TTC0LH18:0001:NOTHING", ""), partnercenter.ErrOfferID},
		{"numbers from one", `{"lineItems":[{"lineItemNumber":1,"offerId":"` + exchange + `","quantity":1}]}`, partnercenter.ErrLineNumbers},
		{"one number twice", `{"lineItems":[{"offerId":"` + exchange + `","quantity":1},{"offerId":"` + exchange + `","quantity":1}]}`, partnercenter.ErrLineNumbers},
		{"too many", offer(businessBasic, `,"quantity":301`), partnercenter.ErrLineQuantity},
		{"none", offer(businessBasic, `,"quantity":0`), partnercenter.ErrLineQuantity},
		{"none of a legacy offer", offer(legacyOffice, `,"quantity":-1`), partnercenter.ErrQuantity},
		{"a term that is not sold", offer(businessBasic, `,"termDuration":"P3Y"`), partnercenter.ErrBillingCycle},
		{"a renewal that is not sold", offer(businessBasic, `,"renewsTo":{"termDuration":"P3Y"}`), partnercenter.ErrBillingCycle},
		{"an end before the start", offer(businessBasic, `,"customTermEndDate":"2026-03-02T00:00:00Z"`), partnercenter.ErrTermEnd},
		{"an end after the term's", offer(businessBasic, `,"customTermEndDate":"2027-03-02T00:00:00Z"`), partnercenter.ErrTermEnd},
		{"a word that is no cycle", `{"billingCycle":"weekly","lineItems":[{"offerId":"` + exchange + `","quantity":1}]}`, partnercenter.ErrEnum},
		{"a cycle that is not sold", `{"billingCycle":"triennial","lineItems":[{"offerId":"` + businessBasic + `","quantity":1}]}`, partnercenter.ErrBillingCycle},
		{"another currency", `{"currencyCode":"EUR","lineItems":[{"offerId":"` + exchange + `","quantity":1}]}`, partnercenter.ErrCurrency},
		{"an add-on alone", offer(teamsPhone, ""), partnercenter.ErrAddon},
		{"an add-on of nothing", offer(teamsPhone, `,"parentSubscriptionId":"00000000-0000-4000-8000-00000000dead"`), partnercenter.ErrAddon},
		{"an add-on of the wrong base", offer(teamsPhone, `,"parentSubscriptionId":"`+base.ID+`"`), partnercenter.ErrAddon},
		{"a base that names a parent", offer(businessBasic, `,"parentSubscriptionId":"`+base.ID+`"`), partnercenter.ErrAddon},
		{"no attestation", offer(facultyA3, ""), partnercenter.ErrAttestation},
		{"an attestation that is denied", offer(facultyA3, `,"attestationAccepted":false`), partnercenter.ErrAttestation},
		{"a renewal of a legacy offer", offer(legacyOffice, `,"renewsTo":{"termDuration":"P1Y"}`), partnercenter.ErrBillingCycle},
		{"an end of a legacy offer", offer(legacyOffice, `,"customTermEndDate":"2026-06-30T00:00:00Z"`), partnercenter.ErrTermEnd},
		{"an end of what has no term", offer(server, `,"customTermEndDate":"2026-06-30T00:00:00Z"`), partnercenter.ErrTermEnd},
		{"a partner without attestation", `{"lineItems":[{"offerId":"` + exchange + `","quantity":1,"partnerIdOnRecord":"` + shopResellerMPN + `"}]}`, partnercenter.ErrPartnerAttestation},
		{"a partner that nobody knows", offer(exchange, `,"partnerIdOnRecord":"777"`), partnercenter.ErrPartnerUnknown},
		{"a provider", offer(exchange, `,"partnerIdOnRecord":"`+shopProviderMPN+`"`), partnercenter.ErrReseller},
		{"a reseller of others", offer(exchange, `,"partnerIdOnRecord":"`+shopStranger+`"`), partnercenter.ErrPartnerID},
		{"a further reseller of others", offer(exchange, `,"additionalPartnerIdsOnRecord":["`+shopStranger+`"]`), partnercenter.ErrPartnerID},
		{"six further resellers", offer(exchange, `,"additionalPartnerIdsOnRecord":["1","2","3","4","5","6"]`), partnercenter.ErrInput},
		{"a name of two lines", offer(exchange, `,"friendlyName":"a\nb"`), partnercenter.ErrInput},
	} {
		before := len(s.events(""))
		_, err := s.ask(s.ada, x.body)
		isRefused(t, x.what, err, x.want)
		if len(s.events("")) != before {
			t.Errorf("%s leaves events", x.what)
		}
	}
	if _, err := s.patch(base.ID, `{"status":"suspended","autoRenewEnabled":true}`); err != nil {
		t.Fatal(err)
	}
	_, err := s.ask(s.ada, offer(archivingAdd, `,"parentSubscriptionId":"`+base.ID+`"`))
	isRefused(t, "an add-on of a suspended base", err, partnercenter.ErrAddon)
	isRefused(t, "a partner's line of another partner", func() error {
		_, err := s.ask(s.rosa, offer(exchange, `,"partnerIdOnRecord":"`+shopStranger+`"`))
		return err
	}(), partnercenter.ErrPartnerID)
}

func TestWhatAResellerOrdersIsItsOwn(t *testing.T) {
	s := openShop(t)
	order, err := s.ask(s.rosa, `{"lineItems":[{"offerId":"`+exchange+`","quantity":2}]}`)
	if err != nil || order.LineItems[0].PartnerIDOnRecord == nil || *order.LineItems[0].PartnerIDOnRecord != shopResellerMPN {
		t.Fatalf("%+v, %v", order.LineItems, err)
	}
	s.advance("PT2M")
	own, _, err := s.Subscriptions(t.Context(), s.rosa.Actor, commerce.SubscriptionQuery{Customer: shopCustomer, MPNID: shopResellerMPN})
	if err != nil || len(own) != 1 {
		t.Errorf("%d subscriptions with the reseller on record, %v", len(own), err)
	}
}

func TestALineSaysHowItsTermEndsAndWhatComesAfter(t *testing.T) {
	s := openShop(t)
	order := s.placed(`{"lineItems":[{"offerId":"` + businessBasic + `","quantity":2,"termDuration":"P1Y","friendlyName":" Front desk ",
		"customTermEndDate":"2026-09-30T00:00:00Z","renewsTo":[{"termDuration":"P1M"}]}]}`)
	s.advance("PT2M")
	bought := s.subscription(*s.again(order.ID).LineItems[0].SubscriptionID)
	if bought.CommitmentEndDate.String() != "2026-09-30T00:00:00Z" || *bought.RenewalTermDuration != "P1M" || bought.FriendlyName != "Front desk" {
		t.Errorf("ends %s, renews to %q, called %q", bought.CommitmentEndDate, *bought.RenewalTermDuration, bought.FriendlyName)
	}
}

func TestASavingsPlanPromisesWhatItsLineSays(t *testing.T) {
	s := openShop(t)
	order := s.placed(`{"lineItems":[{"offerId":"DZH318Z0DDN5:0003:DZH318Z0PQ6D","quantity":1,"purchaseCommitment":{"amount":"2.5","currency":"USD","grain":"Hourly"}}]}`)
	s.advance("PT10M")
	items := s.subscription(*s.again(order.ID).LineItems[0].SubscriptionID).LineItems
	if len(items) != 1 || items[0].PurchaseCommitment.Amount != 2.5 || items[0].Status != partnercenter.SubscriptionActive {
		t.Errorf("%+v", items)
	}
}

func TestAnOrderTellsItsPriceAndLeavesItsTrace(t *testing.T) {
	s := openShop(t)
	order := s.placed(`{"billingCycle":"annual","lineItems":[{"offerId":"` + businessBasic + `","quantity":5},{"lineItemNumber":1,"offerId":"` + exchange + `","quantity":2}]}`)
	if order.TotalPrice == nil || *order.TotalPrice != 5*72+2*48 || order.LineItems[1].Pricing.ExtendedPrice != 96 {
		t.Errorf("costs %v, of which %v", order.TotalPrice, order.LineItems[1].Pricing)
	}
	if silent := commerce.Priced(order, false); silent.TotalPrice != nil || silent.LineItems[0].Pricing != nil || order.LineItems[0].Pricing == nil {
		t.Errorf("unasked it costs %v", silent.TotalPrice)
	}
	unpriced, err := s.Order(t.Context(), s.ada.Actor, shopCustomer, order.ID, false)
	if err != nil || unpriced.TotalPrice != nil || unpriced.LineItems[0].Pricing != nil {
		t.Errorf("unasked it costs %v", unpriced.TotalPrice)
	}
	var kinds []string
	for _, e := range s.events("") {
		if e.Order == order.ID {
			kinds = append(kinds, string(e.Kind))
		}
	}
	if want := []string{"order placed", "change asked", "change asked"}; !slices.Equal(kinds, want) {
		t.Errorf("events %q, want %q", kinds, want)
	}
	records := s.audits()
	audit := records[slices.IndexFunc(records, func(r partnercenter.AuditRecord) bool { return strings.Contains(r.ID, order.ID) })]
	if audit.OperationType != partnercenter.AuditCreateOrder || !strings.Contains(*audit.ResourceNewValue, order.ID) ||
		!slices.ContainsFunc(audit.CustomizedData, func(v partnercenter.AuditValue) bool { return v.Key == "Quantity-1" && *v.Value == "2" }) {
		t.Errorf("audit record %+v", audit)
	}
}

func TestOneRequestOrdersOnceHoweverManyAsk(t *testing.T) {
	s := openShop(t)
	s.ada.Key = "one request"
	var all sync.Map
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() {
			order, err := s.PlaceOrder(t.Context(), s.ada, shopCustomer, partnercenter.Order{LineItems: []partnercenter.OrderLineItem{{OfferID: exchange, Quantity: 1}}})
			if err != nil {
				t.Error(err)
			}
			all.Store(order.ID, true)
		})
	}
	wait.Wait()
	orders, err := s.Orders(t.Context(), s.ada.Actor, commerce.OrderQuery{Customer: shopCustomer})
	if err != nil || len(orders) != 1 {
		t.Fatalf("%d orders, %v", len(orders), err)
	}
	all.Range(func(id, _ any) bool {
		if id != orders[0].ID {
			t.Errorf("somebody was told of order %v", id)
		}
		return true
	})
}

func TestASandboxHoldsAPurchaseToItsLimits(t *testing.T) {
	s := openShop(t, func(w *commerce.WorldSettings) { w.Sandbox = true })
	_, err := s.order(exchange, 26)
	isRefused(t, "26 seats", err, partnercenter.ErrSeatLimit)
	for range 5 {
		if _, err := s.order(exchange, 25); err != nil {
			t.Fatal(err)
		}
	}
	_, err = s.order(exchange, 1)
	isRefused(t, "a sixth subscription", err, partnercenter.ErrSubscriptionLimit)

	s = openShop(t, func(w *commerce.WorldSettings) { w.AgreementRequired = true })
	_, err = s.order(exchange, 1)
	isRefused(t, "no agreement", err, partnercenter.ErrAgreement)
}
