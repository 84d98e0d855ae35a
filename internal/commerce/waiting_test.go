package commerce_test

import (
	"context"
	"strings"
	"testing"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// simulating has a shop's simulator follow a script.
func simulating(name, script string) func(*commerce.WorldSettings) {
	return func(w *commerce.WorldSettings) {
		if w.Simulator == nil {
			w.Simulator = map[string]string{}
		}
		w.Simulator[name] = script
	}
}

// withAddon checks a cart out that holds a base and an add-on of it.
func (s *shop) withAddon(base, addon string) partnercenter.Order {
	s.t.Helper()
	line := partnercenter.CartLineItem{CatalogItemID: base, Quantity: 5, AddonItems: []partnercenter.CartLineItem{{CatalogItemID: addon, Quantity: 2}}}
	cart, err := s.CreateCart(s.t.Context(), s.ada, shopCustomer, partnercenter.Cart{LineItems: []partnercenter.CartLineItem{line}}, false)
	if err != nil {
		s.t.Fatal(err)
	}
	result, err := s.CheckoutCart(s.t.Context(), s.ada, shopCustomer, cart.ID, false)
	if err != nil || len(result.Orders) != 1 {
		s.t.Fatalf("%+v, %v", result, err)
	}
	return result.Orders[0]
}

func TestAddonStartsWithABaseThatIsThereAtOnce(t *testing.T) {
	for _, x := range []struct{ base, addon, script, at, later string }{
		{businessBasic, teamsPhone, "at once", "0 fulfilled 5; 1 prefulfillmentPending 2", "0 fulfilled 5; 1 fulfilled 2"},
		{businessBasic, teamsPhone, "3 at once", "0 prefulfillmentPending 3 2; 1 prefulfillmentPending 2", "0 prefulfillmentPending 3 2; 1 fulfilled 2"},
		{businessBasic, teamsPhone, "fail at once", "0 unfulfilled 5; 1 unfulfilled 2", "0 unfulfilled 5; 1 unfulfilled 2"},
		{legacyOffice, legacyArchive, "at once", "0 fulfilled 5; 1 fulfilled 2", "0 fulfilled 5; 1 fulfilled 2"},
	} {
		s := openShop(t, simulating(strings.Split(businessBasic, ":")[0], x.script))
		order := s.withAddon(x.base, x.addon)
		if got := s.lines(order.ID); got != x.at {
			t.Errorf("%s: %s, want %s", x.script, got, x.at)
		}
		s.advance("PT2M")
		if got := s.lines(order.ID); got != x.later {
			t.Errorf("%s: two minutes later %s, want %s", x.script, got, x.later)
		}
	}
}

// counted counts how often orders are read.
type counted struct {
	commerce.Store
	reads *int
}

func (c counted) Write(ctx context.Context, do func(commerce.Tx) error) error {
	return c.Store.Write(ctx, func(tx commerce.Tx) error { return do(countedTx{tx, c.reads}) })
}

type countedTx struct {
	commerce.Tx
	reads *int
}

func (c countedTx) Orders() commerce.OrderTable { return countedOrders{c.Tx.Orders(), c.reads} }

type countedOrders struct {
	commerce.OrderTable
	reads *int
}

func (c countedOrders) ByID(ctx context.Context, world, customer, id string) (commerce.Order, error) {
	*c.reads++
	return c.OrderTable.ByID(ctx, world, customer, id)
}

// An order of thousands of lines that was read once for each kept the world, and
// the database, for minutes.
func TestManyLinesAreDeliveredWithOneLookAtTheirOrder(t *testing.T) {
	const lines = 100
	s := openShop(t)
	asked := partnercenter.Order{}
	for n := range lines {
		asked.LineItems = append(asked.LineItems, partnercenter.OrderLineItem{LineItemNumber: n, OfferID: businessBasic, Quantity: 1, TermDuration: new("P1Y")})
	}
	order, err := s.PlaceOrder(t.Context(), s.ada, shopCustomer, asked)
	if err != nil {
		t.Fatal(err)
	}
	reads := 0
	s.Store = counted{s.Store, &reads}
	s.advance("PT90S")
	if got := s.again(order.ID); got.Status != partnercenter.OrderCompleted || reads > 2 {
		t.Errorf("%s after %d looks at the order", got.Status, reads)
	}
}

// An add-on cannot be used without its parent, however late it comes.
func TestAddonThatComesLateGoesWhereItsParentWent(t *testing.T) {
	for _, x := range []struct{ parent, late, want, year string }{
		{suspended, "1h", "suspended suspended", "deleted deleted"},
		{cancelled, "1h", "deleted deleted", "deleted deleted"},
		{ending, "1000h", "expired expired", "deleted deleted"},
		{suspended, "1000h", "disabled disabled", "deleted deleted"},
	} {
		s := openShop(t, simulating("CFQ7TTC0HD33", "all at +"+x.late))
		base := s.buy(businessBasic, 5, over("P1M")).ID
		order, err := s.order(teamsPhone, 2, onto(base), over("P1Y"))
		if err != nil {
			t.Fatal(err)
		}
		s.patched(base, x.parent)
		s.advance("PT" + strings.ToUpper(x.late))
		phone := *s.again(order.ID).LineItems[0].SubscriptionID
		s.statuses(x.want, base, phone)
		if x.want == "suspended suspended" {
			s.patched(base, activated)
			s.statuses("active active", base, phone)
			s.patched(base, suspended)
		}
		if status := s.again(order.ID).Status; (status == partnercenter.OrderCancelled) != (x.parent == cancelled) {
			t.Errorf("%s: the add-on's order is %s", x.parent, status)
		}
		if len(s.lives(phone)) == 0 {
			t.Errorf("%s: no event tells where the add-on went", x.parent)
		}
		s.advance("P1Y")
		s.statuses(x.year, base, phone)
	}
}
