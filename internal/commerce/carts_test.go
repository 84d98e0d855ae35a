package commerce_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// cart keeps a cart as somebody writes it down.
func (s *shop) cart(body string) partnercenter.Cart {
	s.t.Helper()
	cart, err := s.CreateCart(s.t.Context(), s.ada, shopCustomer, s.cartOf(body), true)
	if err != nil {
		s.t.Fatal(err)
	}
	return cart
}

func (s *shop) cartOf(body string) partnercenter.Cart {
	s.t.Helper()
	var asked partnercenter.Cart
	if err := json.Unmarshal([]byte(body), &asked); err != nil {
		s.t.Fatal(err)
	}
	return asked
}

func (s *shop) checkout(id string) (partnercenter.CartCheckoutResult, error) {
	s.t.Helper()
	return s.CheckoutCart(s.t.Context(), s.ada, shopCustomer, id, false)
}

// checkedOut is what a cart becomes that has to become something.
func (s *shop) checkedOut(id string) partnercenter.CartCheckoutResult {
	s.t.Helper()
	result, err := s.checkout(id)
	if err != nil {
		s.t.Fatal(err)
	}
	return result
}

const fullCart = `{"lineItems":[
	{"id":"0","catalogItemId":"` + businessBasic + `","quantity":5,"billingCycle":"monthly","termDuration":"P1Y","addonItems":[
		{"id":1,"catalogItemId":"` + teamsPhone + `","quantity":3,"billingCycle":"annual","termDuration":"P1Y"}]},
	{"id":2,"catalogItemId":"` + server + `","quantity":2,"billingCycle":"OneTime"},
	{"id":3,"catalogItemId":"` + exchange + `","quantity":4,"billingCycle":"Monthly","termDuration":"P1Y","participants":[{"key":"transaction_reseller","value":"` + shopResellerMPN + `"}]}]}`

func TestEachGroupOfACartCountsForTheNext(t *testing.T) {
	s := openShop(t, func(w *commerce.WorldSettings) { w.Sandbox = true })
	var lines []partnercenter.CartLineItem
	for i, term := range []string{"P1Y", "P1Y", "P1Y", "P1Y", "P1M", "P1M"} {
		lines = append(lines, partnercenter.CartLineItem{ID: partnercenter.CartLineItemID(i), CatalogItemID: businessBasic, Quantity: 1, TermDuration: new(term)})
	}
	cart, err := s.CreateCart(t.Context(), s.ada, shopCustomer, partnercenter.Cart{LineItems: lines}, false)
	if err != nil {
		t.Fatal(err)
	}
	result, err := s.CheckoutCart(t.Context(), s.ada, shopCustomer, cart.ID, false)
	if err != nil || len(result.Orders) != 1 || len(result.Orders[0].LineItems) != 4 || len(result.OrderErrors) != 1 || result.OrderErrors[0].Code != 800066 {
		t.Fatalf("%+v, %v", result, err)
	}
	// What was ordered can be read for good.
	s.advance("P8D")
	if again, err := s.Cart(t.Context(), s.ada.Actor, shopCustomer, cart.ID, false); err != nil || again.Status != partnercenter.CartOrdered {
		t.Errorf("a week later: %s, %v", again.Status, err)
	}
}

func TestAnAddonInACartFitsItsBase(t *testing.T) {
	s := openShop(t)
	line := partnercenter.CartLineItem{CatalogItemID: exchange, Quantity: 1, AddonItems: []partnercenter.CartLineItem{{CatalogItemID: teamsPhone, Quantity: 1}}}
	cart, err := s.CreateCart(t.Context(), s.ada, shopCustomer, partnercenter.Cart{LineItems: []partnercenter.CartLineItem{line}}, false)
	if err != nil || cart.LineItems[0].Error != nil || cart.LineItems[0].AddonItems[0].Error == nil {
		t.Fatalf("%+v, %v", cart.LineItems, err)
	}
	result, err := s.CheckoutCart(t.Context(), s.ada, shopCustomer, cart.ID, false)
	if err != nil || len(result.Orders) != 0 || len(result.OrderErrors) != 1 || result.OrderErrors[0].Code != 800029 {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestACartBecomesAnOrderForEachGroup(t *testing.T) {
	s := openShop(t)
	cart := s.cart(fullCart)
	var groups []string
	for _, line := range cart.LineItems {
		groups = append(groups, *line.OrderGroup)
	}
	if fmt.Sprint(groups) != "[0 1 0]" || *cart.LineItems[0].AddonItems[0].OrderGroup != "0" || cart.Status != partnercenter.CartActive {
		t.Fatalf("groups %v, %s", groups, cart.Status)
	}
	result := s.checkedOut(cart.ID)
	if len(result.Orders) != 2 || len(result.OrderErrors) != 0 || len(result.Orders[0].LineItems) != 3 {
		t.Fatalf("%+v", result)
	}
	first := result.Orders[0]
	if first.LineItems[1].ParentSubscriptionID == nil || *first.LineItems[2].PartnerIDOnRecord != shopResellerMPN {
		t.Errorf("lines %+v", first.LineItems)
	}
	_, err := s.checkout(cart.ID)
	isRefused(t, "once more", err, partnercenter.ErrCartOrdered)
	_, err = s.ReplaceCart(t.Context(), s.ada, shopCustomer, cart.ID, s.cartOf(fullCart), false)
	isRefused(t, "other lines", err, partnercenter.ErrCartOrdered)
	if got, err := s.Cart(t.Context(), s.ada.Actor, shopCustomer, cart.ID, false); err != nil || got.Status != partnercenter.CartOrdered {
		t.Errorf("%s, %v", got.Status, err)
	}
}

func TestAnAddOnOfTheSameOrderWaitsForItsBase(t *testing.T) {
	s := openShop(t)
	id := s.checkedOut(s.cart(fullCart).ID).Orders[0].ID
	s.advance("PT90S")
	if got := s.lines(id); got != "0 fulfilled 5; 1 prefulfillmentPending 3; 2 fulfilled 4" {
		t.Errorf("when the base is there: %s", got)
	}
	base := s.again(id).LineItems[0].SubscriptionID
	s.advance("PT89S")
	if got := s.lines(id); got != "0 fulfilled 5; 1 prefulfillmentPending 3; 2 fulfilled 4" {
		t.Errorf("89 seconds later: %s", got)
	}
	s.advance("PT1S")
	addons, err := s.Addons(t.Context(), s.ada.Actor, shopCustomer, *base)
	if err != nil || len(addons) != 1 || addons[0].Quantity != 3 || *addons[0].BillingCycle != partnercenter.BillingCycleAnnual {
		t.Fatalf("%d add-ons, %v", len(addons), err)
	}
	if s.again(id).Status != partnercenter.OrderCompleted || *s.again(id).LineItems[1].ParentSubscriptionID != *base {
		t.Errorf("the order is %s", s.again(id).Status)
	}
	var kinds []string
	for _, e := range s.events(addons[0].ID) {
		kinds = append(kinds, string(e.Kind))
	}
	if got := strings.Join(kinds[:4], ", "); got != "change asked, change started, portion fulfilled, settled" {
		t.Errorf("events %s", got)
	}
}

func TestAnAddOnIsNotDeliveredWithoutItsBase(t *testing.T) {
	s := openShop(t, func(w *commerce.WorldSettings) {
		w.Simulator = map[string]string{businessBasic: "fail at +5m because no licences are left"}
	})
	id := s.checkedOut(s.cart(fullCart).ID).Orders[0].ID
	s.advance("PT10M")
	if got := s.lines(id); got != "0 unfulfilled 5; 1 unfulfilled 3; 2 fulfilled 4" || s.again(id).Status != partnercenter.OrderPartialSuccess {
		t.Errorf("%s, %s", got, s.again(id).Status)
	}
}

func TestALineOfACartSaysWhatIsWrongWithIt(t *testing.T) {
	s := openShop(t, func(w *commerce.WorldSettings) { w.Sandbox = true })
	for what, x := range map[string]struct {
		members string
		want    partnercenter.CartErrorCode
	}{
		"an item that nobody knows":  {`"catalogItemId":"A:B:C"`, partnercenter.CartCatalogItem},
		"another currency":           {`"catalogItemId":"` + exchange + `","currencyCode":"EUR"`, partnercenter.CartCurrency},
		"too many seats":             {`"catalogItemId":"` + e5Trial + `","quantity":26`, partnercenter.CartMaxSeatsSubscription},
		"none":                       {`"catalogItemId":"` + exchange + `","quantity":0`, partnercenter.CartInvalidInput},
		"more than a sandbox allows": {`"catalogItemId":"` + exchange + `","quantity":26`, partnercenter.CartSandboxLimit},
		"a term that is not sold":    {`"catalogItemId":"` + businessBasic + `","termDuration":"P3Y"`, partnercenter.CartInvalidInput},
		"a reseller of others":       {`"catalogItemId":"` + exchange + `","participants":[{"key":"TransactionReseller","value":"777"}]`, partnercenter.CartParticipants},
		"a participant of no kind":   {`"catalogItemId":"` + exchange + `","participants":[{"key":"friend","value":"777"}]`, partnercenter.CartInvalidInput},
		"no attestation":             {`"catalogItemId":"` + facultyA3 + `"`, partnercenter.CartAttestation},
		"an add-on alone":            {`"catalogItemId":"` + teamsPhone + `"`, partnercenter.CartInvalidInput},
		"an add-on of nothing":       {`"catalogItemId":"` + teamsPhone + `","provisioningContext":{"ParentSubscriptionId":"00000000-0000-4000-8000-00000000dead"}`, partnercenter.CartSubscription},
	} {
		cart := s.cart(`{"lineItems":[{"quantity":1,` + x.members + `}]}`)
		e := cart.LineItems[0].Error
		if e == nil || e.ErrorCode != x.want {
			t.Errorf("%s: %+v, want %s", what, e, x.want)
		}
		result := s.checkedOut(cart.ID)
		if len(result.Orders) != 0 || len(result.OrderErrors) != 1 || result.OrderErrors[0].Code == 0 {
			t.Errorf("%s: checked out as %+v", what, result)
		}
		if got, err := s.Cart(t.Context(), s.ada.Actor, shopCustomer, cart.ID, false); err != nil || got.Status != partnercenter.CartActive {
			t.Errorf("%s: the cart is %s, %v", what, got.Status, err)
		}
	}
	if orders, err := s.Orders(t.Context(), s.ada.Actor, commerce.OrderQuery{Customer: shopCustomer}); err != nil || len(orders) != 0 {
		t.Errorf("%d orders, %v", len(orders), err)
	}
}

func TestAGroupThatIsRefusedLeavesTheOthersAlone(t *testing.T) {
	s := openShop(t)
	cart := s.cart(`{"lineItems":[{"catalogItemId":"A:B:C","quantity":1},{"catalogItemId":"` + exchange + `","quantity":1}]}`)
	if cart.LineItems[0].ID != 0 || cart.LineItems[1].ID != 1 {
		t.Errorf("lines without ids are numbered %d and %d", cart.LineItems[0].ID, cart.LineItems[1].ID)
	}
	result := s.checkedOut(cart.ID)
	if len(result.Orders) != 1 || len(result.OrderErrors) != 1 || result.OrderErrors[0].Code != 400019 || result.OrderErrors[0].OrderGroupID != "0" {
		t.Errorf("%+v", result)
	}
}

func TestACartIsRepairedUntilItExpires(t *testing.T) {
	s := openShop(t)
	cart := s.cart(`{"lineItems":[{"catalogItemId":"A:B:C","quantity":1}]}`)
	s.advance("P6D")
	whole, err := json.Marshal(cart)
	if err != nil {
		t.Fatal(err)
	}
	cart, err = s.ReplaceCart(t.Context(), s.ada, shopCustomer, cart.ID, s.cartOf(strings.Replace(string(whole), "A:B:C", exchange, 1)), true)
	if err != nil || cart.LineItems[0].Error != nil || cart.LineItems[0].Pricing.ListPrice != 4 || !cart.LastModifiedTimestamp.After(cart.CreationTimestamp.Time) {
		t.Fatalf("%+v, %v", cart, err)
	}
	s.advance("PT23H59M59S")
	if _, err := s.Cart(t.Context(), s.ada.Actor, shopCustomer, cart.ID, false); err != nil {
		t.Error(err)
	}
	s.advance("PT1S")
	_, err = s.Cart(t.Context(), s.ada.Actor, shopCustomer, cart.ID, false)
	isRefused(t, "to read an expired cart", err, partnercenter.ErrCartNotFound)
	_, err = s.checkout(cart.ID)
	isRefused(t, "to check out an expired cart", err, partnercenter.ErrCartNotFound)
	_, err = s.CreateCart(t.Context(), s.ada, shopCustomer, partnercenter.Cart{}, false)
	isRefused(t, "an empty cart", err, partnercenter.ErrInput)
}

func TestOneRequestChecksOutOnce(t *testing.T) {
	s := openShop(t)
	cart := s.cart(fullCart)
	s.ada.Key = "one request"
	first, second := s.checkedOut(cart.ID), s.checkedOut(cart.ID)
	if first.Orders[0].ID != second.Orders[0].ID {
		t.Errorf("orders %s and %s", first.Orders[0].ID, second.Orders[0].ID)
	}
}
