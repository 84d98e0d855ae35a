package commerce_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// modelOrder is an order and what its lines become.
type modelOrder struct {
	id, customer string
	created      time.Time
	lines        []*modelSubscription
}

// model is a shop and the rules that it has to keep.
type model struct {
	*shop
	path string
	// now is the shop's time; at is how far the model has lived.
	now, at   time.Time
	sandbox   bool
	interval  time.Duration
	endOfTerm commerce.EndOfTerm
	scripts   map[string]string
	customers []string
	orders    []*modelOrder
	subs      []*modelSubscription
	writes    int // that were not refused
	keys      int
	looked    int
	heard     heard
}

func newModel(t *testing.T, rt *rapid.T, path string) *model {
	words := slices.Sorted(maps.Keys(scripts))
	m := &model{path: path, now: opened, at: opened, scripts: map[string]string{}, customers: []string{shopCustomer}, heard: newHeard()}
	m.interval = rapid.SampledFrom(intervals).Draw(rt, "interval")
	m.sandbox = rapid.Bool().Draw(rt, "sandbox")
	m.endOfTerm = rapid.SampledFrom([]commerce.EndOfTerm{"", commerce.CancelAtEnd, commerce.ExtendAtEnd}).Draw(rt, "end of term")
	for _, offer := range slices.Sorted(maps.Keys(modelOffers)) {
		if rapid.Bool().Draw(rt, "scripted") {
			m.scripts[offer] = rapid.SampledFrom(words).Draw(rt, "script of "+offer)
		}
	}
	m.shop = openShopAt(t, path, func(s *commerce.WorldSettings) {
		s.RefreshInterval, s.Simulator, s.Sandbox, s.EndOfTerm = m.interval, m.scripts, m.sandbox, m.endOfTerm
	})
	return m
}

var intervals = []time.Duration{15 * time.Minute, 0, time.Minute, 24 * time.Hour}

// arrive takes the model to where the shop's clock is.
func (m *model) arrive() {
	m.now = m.shop.now()
	m.live(m.now)
	m.at = m.now
}

func (m *model) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"buy":        m.buySome,
		"add on":     m.addOn,
		"cart":       m.checkOut,
		"seats":      m.changeSeats,
		"status":     m.changeStatus,
		"cancel":     m.cancel,
		"renewal":    m.changeRenewal,
		"next term":  m.schedule,
		"term":       m.lengthen,
		"name":       m.rename,
		"order":      m.cancelOrder,
		"customer":   m.addCustomer,
		"no one":     m.dropCustomer,
		"refresh":    m.changeInterval,
		"advance":    m.advanceSome,
		"wait":       m.wait,
		"more seats": m.changeSeats,
		"meet":       m.meet,
		"meet again": m.meet,
		"lose":       m.loseLease,
		"break off":  m.breakOff,
		"restart":    func(*rapid.T) { m.restart() },
		"":           m.check,
	}
}

// most is how many subscriptions a model has.
const most = 10

// by is somebody who asks once.
func (m *model) by() commerce.Caller {
	m.keys++
	return keyed(m.ada, fmt.Sprint("key ", m.keys))
}

// refusal says whether a write was refused; where the rules say otherwise, it is
// the end.
func (m *model) refusal(rt *rapid.T, what string, err error, want bool) bool {
	var refused *partnercenter.Error
	if err != nil && !errors.As(err, &refused) {
		rt.Fatalf("at %s %s: %v", m.now, what, err)
	}
	if (err != nil) != want {
		rt.Fatalf("at %s %s is to be refused: %t; it is: %v", m.now, what, want, err)
	}
	return err != nil
}

// full says whether a customer of a sandbox can have no more.
func (m *model) full(customer string, more int) bool {
	held := 0
	for _, s := range m.subs {
		if s.customer == customer && (s.born && s.status != partnercenter.SubscriptionDeleted || !s.born && s.open != nil) {
			held++
		}
	}
	return m.sandbox && held+more > 5
}

// enter notes what an order has begun; the subscriptions come in the order of
// its lines.
func (m *model) enter(rt *rapid.T, id, customer string, lines ...*modelSubscription) {
	m.writes++
	m.read(func(tx commerce.Tx) error {
		changes, err := tx.Changes().Purchases(rt.Context(), "shop", customer, id)
		if err == nil && len(changes) != len(lines) {
			err = fmt.Errorf("%d purchases, of %d", len(changes), len(lines))
		}
		for i := 0; err == nil && i < len(lines); i++ {
			lines[i].id = changes[i].Subscription
		}
		return err
	})
	m.orders = append(m.orders, &modelOrder{id, customer, m.now, lines})
	for _, s := range lines {
		s.customer, s.name = customer, ""
		waits := s.parent != nil && !s.parent.born
		m.begin(s, commerce.Purchase, s.quantity, m.now)
		if waits {
			s.open.started = nil
		}
		m.subs = append(m.subs, s)
	}
	m.live(m.now)
}

// drawn is a subscription that is to be bought.
func (m *model) drawn(rt *rapid.T, offers ...string) *modelSubscription {
	s := &modelSubscription{offer: rapid.SampledFrom(offers).Draw(rt, "offer"), quantity: rapid.IntRange(1, 6).Draw(rt, "seats")}
	s.months = rapid.SampledFrom(s.sells().months).Draw(rt, "months")
	return s
}

func (s *modelSubscription) line(n int) partnercenter.OrderLineItem {
	l := partnercenter.OrderLineItem{LineItemNumber: n, OfferID: s.offer, Quantity: s.quantity}
	if !s.sells().legacy {
		l.TermDuration = new(durations[s.months])
	}
	if s.parent != nil {
		l.ParentSubscriptionID = &s.parent.id
	}
	return l
}

// buySome buys a line or two, at times twice under one key, which is once.
func (m *model) buySome(rt *rapid.T) {
	customer := rapid.SampledFrom(m.customers).Draw(rt, "customer")
	offers := rapid.SampledFrom([][]string{{businessBasic, microsoftE3, e5Trial}, {legacyOffice}}).Draw(rt, "offers")
	var lines []*modelSubscription
	asked := partnercenter.Order{}
	for n := range rapid.IntRange(1, 2).Draw(rt, "lines") {
		lines = append(lines, m.drawn(rt, offers...))
		asked.LineItems = append(asked.LineItems, lines[n].line(n))
	}
	if len(m.subs)+len(lines) <= most {
		m.place(rt, customer, asked, lines...)
	}
}

func (m *model) place(rt *rapid.T, customer string, asked partnercenter.Order, lines ...*modelSubscription) {
	by, refused := m.by(), m.full(customer, len(lines))
	var order partnercenter.Order
	for again := range rapid.IntRange(1, 2).Draw(rt, "times") {
		placed, err := m.PlaceOrder(rt.Context(), by, customer, asked)
		if m.refusal(rt, "an order", err, refused) {
			return
		}
		if again > 0 && placed.ID != order.ID {
			rt.Fatalf("one order is placed as %s and as %s", order.ID, placed.ID)
		}
		order = placed
	}
	m.enter(rt, order.ID, customer, lines...)
}

// addOn buys an add-on of a base that is there.
func (m *model) addOn(rt *rapid.T) {
	s := m.drawn(rt, teamsPhone, legacyArchive)
	s.parent = m.any(rt, func(p *modelSubscription) bool {
		return p.status == partnercenter.SubscriptionActive && slices.Contains(s.sells().bases, p.offer)
	})
	if s.parent != nil && len(m.subs) < most {
		m.place(rt, s.parent.customer, partnercenter.Order{LineItems: []partnercenter.OrderLineItem{s.line(0)}}, s)
	}
}

// checkOut buys a base with an add-on, which waits for it.
func (m *model) checkOut(rt *rapid.T) {
	customer := rapid.SampledFrom(m.customers).Draw(rt, "customer")
	base, addon := m.drawn(rt, businessBasic, microsoftE3), m.drawn(rt, teamsPhone)
	if addon.parent = base; len(m.subs)+2 > most {
		return
	}
	item := func(s *modelSubscription) partnercenter.CartLineItem {
		return partnercenter.CartLineItem{CatalogItemID: s.offer, Quantity: s.quantity, TermDuration: new(durations[s.months])}
	}
	asked := item(base)
	asked.AddonItems = []partnercenter.CartLineItem{item(addon)}
	cart, err := m.CreateCart(rt.Context(), m.by(), customer, partnercenter.Cart{LineItems: []partnercenter.CartLineItem{asked}}, false)
	if m.refusal(rt, "a cart", err, false) {
		return
	}
	result, err := m.CheckoutCart(rt.Context(), m.by(), customer, cart.ID, false)
	if m.refusal(rt, "a checkout", err, false) {
		return
	}
	if refused := m.full(customer, 2); refused != (len(result.Orders) == 0) || refused == (len(result.OrderErrors) == 0) {
		rt.Fatalf("a checkout, to be refused: %t, comes to %+v", refused, result)
	} else if !refused {
		m.enter(rt, result.Orders[0].ID, customer, base, addon)
	}
}

// any is a subscription that is there and suits; nil: none does.
func (m *model) any(rt *rapid.T, suits func(*modelSubscription) bool) *modelSubscription {
	fit := slices.DeleteFunc(slices.Clone(m.subs), func(s *modelSubscription) bool { return !s.born || suits != nil && !suits(s) })
	if len(fit) == 0 {
		return nil
	}
	return rapid.SampledFrom(fit).Draw(rt, "subscription")
}

// patchOne changes a subscription; a body names whether it renews, as those of
// real clients do.
func (m *model) patchOne(rt *rapid.T, s *modelSubscription, renews bool, members string) error {
	body := fmt.Sprintf(`{"autoRenewEnabled":%t%s}`, renews, members)
	asked, err := commerce.ReadPatch[partnercenter.Subscription]([]byte(body), commerce.SubscriptionMembers()...)
	if err != nil {
		rt.Fatal(err)
	}
	_, err = m.PatchSubscription(rt.Context(), m.by(), s.customer, s.id, asked, nil)
	return err
}

// closed says whether nothing at all can be asked of it.
func (m *model) closed(s *modelSubscription) bool {
	return s.status == partnercenter.SubscriptionDeleted || s.expiring(m.now)
}

func (m *model) changeSeats(rt *rapid.T) {
	s := m.any(rt, nil)
	seats := rapid.IntRange(1, 12).Draw(rt, "seats")
	if s == nil || seats == s.quantity {
		return
	}
	err := m.patchOne(rt, s, s.renews, fmt.Sprintf(`,"quantity":%d`, seats))
	want := m.closed(s) || s.open != nil || s.status != partnercenter.SubscriptionActive || s.sells().trial && seats < s.quantity
	if errors.Is(err, partnercenter.ErrReductionWindow) && seats < s.quantity && !s.sells().legacy {
		return // which seats can be given back is for other tests
	}
	if m.refusal(rt, fmt.Sprintf("%d seats for %d of %s", seats, s.quantity, s.id), err, want) {
		return
	}
	m.writes++
	was := *s
	m.begin(s, commerce.SeatChange, seats-s.quantity, m.now)
	s.open.was, s.quantity, s.plan = &was, seats, nil
	m.live(m.now)
}

// changeStatus suspends or reactivates, and takes the add-ons along.
func (m *model) changeStatus(rt *rapid.T) {
	s := m.any(rt, nil)
	if s == nil {
		return
	}
	to, kind := partnercenter.SubscriptionSuspended, commerce.Suspension
	if s.status == to {
		to, kind = partnercenter.SubscriptionActive, commerce.Reactivation
	}
	m.turnOne(rt, s, to, kind, !s.inTerm() ||
		kind == commerce.Reactivation && (!m.now.Before(s.end) || s.parent != nil && s.parent.status != partnercenter.SubscriptionActive))
}

// cancel deletes within the days that there are for it.
func (m *model) cancel(rt *rapid.T) {
	if s := m.any(rt, nil); s != nil {
		m.turnOne(rt, s, partnercenter.SubscriptionDeleted, commerce.Cancellation, !s.inTerm() || s.sells().legacy || !m.now.Before(s.cancellable))
	}
}

func (m *model) turnOne(rt *rapid.T, s *modelSubscription, to partnercenter.SubscriptionStatus, kind commerce.ChangeKind, refused bool) {
	if s.status == to {
		return
	}
	along := m.along(s, kind)
	refused = refused || m.closed(s) || s.open != nil || slices.ContainsFunc(along, func(a *modelSubscription) bool { return a.open != nil })
	err := m.patchOne(rt, s, s.renews && kind != commerce.Cancellation, fmt.Sprintf(`,"status":%q`, to))
	if m.refusal(rt, fmt.Sprintf("%s of %s after %s", to, s.id, s.status), err, refused) {
		return
	}
	m.writes += 1 + len(along)
	m.turn(s, kind, m.now, false)
	for _, a := range along {
		m.turn(a, kind, m.now, true)
	}
	m.live(m.now)
}

func (m *model) changeRenewal(rt *rapid.T) {
	s := m.any(rt, nil)
	if s == nil {
		return
	}
	err := m.patchOne(rt, s, !s.renews, "")
	if m.refusal(rt, fmt.Sprintf("renewal, %t, of %s", !s.renews, s.id), err, m.closed(s) || !s.renews && (s.sells().trial || !s.inTerm())) {
		return
	}
	m.writes++
	if s.renews = !s.renews; !s.renews {
		s.plan = nil
	}
}

// schedule says what the next term is to be: a quantity, a length, another
// product; or nothing.
func (m *model) schedule(rt *rapid.T) {
	s := m.any(rt, func(s *modelSubscription) bool { return !s.sells().trial && !s.sells().legacy })
	if s == nil {
		return
	}
	plan := modelPlan{rapid.IntRange(1, 9).Draw(rt, "seats"), s.months, s.offer}
	if s.offer == microsoftE3 && rapid.Bool().Draw(rt, "another product") {
		plan.offer = microsoftE5
	}
	plan.months = rapid.SampledFrom(modelOffers[plan.offer].months).Draw(rt, "months")
	words := fmt.Sprintf(`{"quantity":%d,"product":{"productId":%q,"skuId":%q,"availabilityId":%q,"termDuration":%q}}`,
		plan.seats, modelOffers[plan.offer].id, modelOffers[plan.offer].sku, modelOffers[plan.offer].availability, durations[plan.months])
	if s.plan != nil && rapid.Bool().Draw(rt, "nothing") {
		words = `{}`
	}
	err := m.patchOne(rt, s, s.renews, `,"scheduledNextTermInstructions":`+words)
	if m.refusal(rt, "the next term of "+s.id, err, m.closed(s) || words != `{}` && (s.status != partnercenter.SubscriptionActive || !s.renews)) {
		return
	}
	m.writes++
	if s.plan = &plan; words == `{}` {
		s.plan = nil
	}
}

// lengthen starts a longer term now.
func (m *model) lengthen(rt *rapid.T) {
	s := m.any(rt, func(s *modelSubscription) bool { return s.months == 1 || s.sells().legacy })
	if s == nil {
		return
	}
	refused := m.closed(s) || s.sells().legacy || s.sells().trial || s.open != nil || s.status != partnercenter.SubscriptionActive
	if m.refusal(rt, "a longer term of "+s.id, m.patchOne(rt, s, s.renews, `,"termDuration":"P1Y"`), refused) {
		return
	}
	m.writes++
	s.months, s.plan, s.end = 12, nil, monthsOn(m.now.Truncate(modelDay), 12)
	m.begin(s, commerce.TermChange, 0, m.now)
	m.live(m.now)
}

func (m *model) rename(rt *rapid.T) {
	s := m.any(rt, nil)
	if s == nil {
		return
	}
	name := fmt.Sprint("name ", m.keys)
	if !m.refusal(rt, "a name for "+s.id, m.patchOne(rt, s, s.renews, fmt.Sprintf(`,"friendlyName":%q`, name)), m.closed(s)) {
		m.writes++
		s.name = name
	}
}

func TestNoSequenceOfWritesAndMovesBreaksTheRules(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	count := 0
	rapid.Check(t, func(rt *rapid.T) {
		if count++; count%500 == 0 {
			t.Logf("%d sequences", count)
		}
		path := filepath.Join(directory, fmt.Sprint(count))
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		m := newModel(t, rt, filepath.Join(path, "shop.db"))
		rt.Cleanup(func() {
			_ = m.Store.Close()
			_ = os.RemoveAll(path)
		})
		rt.Repeat(m.actions())
		m.advance("P2D") // by when whatever is to settle has, and shows
		m.arrive()
		m.checkAll(rt)
	})
}
