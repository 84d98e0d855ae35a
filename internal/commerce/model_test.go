package commerce_test

import (
	"context"
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
	"provost/internal/fulfillment"
	"provost/partnercenter"
)

// scripts are what deliveries can do in the model: the words of the settings,
// and the same as the model reads it.
var scripts = map[string][]modelStep{
	"at once":                    {{0, 0, false}},
	"all at +90s":                {{90 * time.Second, 0, false}},
	"all at +16m":                {{16 * time.Minute, 0, false}},
	"2 at +1m; the rest at +15m": {{time.Minute, 2, false}, {15 * time.Minute, 0, false}},
	"1 at +5m; 1 fail at +5m because no; all at +20m": {{5 * time.Minute, 1, false}, {5 * time.Minute, 1, true}, {20 * time.Minute, 0, false}},
	"fail at +2m because no":                          {{2 * time.Minute, 0, true}},
	"2 at +1m; fail at +3h because no":                {{time.Minute, 2, false}, {3 * time.Hour, 0, true}},
	"never":                                           {},
}

// modelStep decides so many seats, or all that are left, so long after a change.
type modelStep struct {
	after time.Duration
	seats int
	fails bool
}

// modelChange is a change as the model carries it out.
type modelChange struct {
	asked  time.Time
	delta  int
	script []modelStep
}

// ends says when the change is settled, if ever, how many of its seats come, when
// the first of them does, and whether any fail.
func (c modelChange) ends() (settled *time.Time, seats int, first *time.Time, failed bool) {
	left, sign := c.delta, 1
	if left < 0 {
		left, sign = -left, -1
	}
	for _, step := range c.script {
		if left == 0 {
			break
		}
		at, part := c.asked.Add(step.after), step.seats
		if part == 0 || part > left {
			part = left
		}
		left -= part
		if step.fails {
			failed = true
		} else {
			seats += sign * part
			if first == nil {
				first = &at
			}
		}
		if left == 0 {
			settled = &at
		}
	}
	return settled, seats, first, failed
}

// shown is an outcome that became visible.
type shown struct {
	at    time.Time
	seats int
}

// modelSubscription is one as the rules have it, and what was ever to be seen of
// it. It is born with its first seat.
type modelSubscription struct {
	id, order    string
	asked        modelChange
	open         *modelChange // on its way
	born         bool
	published    int
	provisioned  int
	quantity     int
	visibleAt    time.Time
	outcome      partnercenter.ProvisioningState
	status       partnercenter.SubscriptionStatus
	name         string
	outcomes     []shown
	changes      int
	settledCount int
}

// settle is the rule of the view (documents 000 and 001, decisions 2 to 5).
func (m *modelSubscription) settle(at time.Time, seats int, failed bool, interval time.Duration) {
	refresh := at
	if interval > 0 {
		refresh = tickAfter(at, interval)
	}
	seats += m.provisioned
	switch {
	case at.Before(m.visibleAt): // superseded, its refresh stays
		m.outcomes[len(m.outcomes)-1].seats = seats
	default:
		m.published, m.visibleAt = m.provisioned, refresh
		m.outcomes = append(m.outcomes, shown{refresh, seats})
	}
	m.provisioned, m.quantity = seats, seats
	m.outcome = partnercenter.ProvisioningSuccess
	if failed {
		m.outcome = partnercenter.ProvisioningFailed
	}
	m.open = nil
	m.settledCount++
}

// live has happen to it what happens until an instant.
func (m *modelSubscription) live(now time.Time, interval time.Duration) {
	if m.open == nil {
		return
	}
	settled, seats, first, failed := m.open.ends()
	if !m.born && first != nil && !first.After(now) {
		m.born, m.quantity = true, m.open.delta
	}
	if settled == nil || settled.After(now) {
		return
	}
	if !m.born { // nothing of it came
		m.open = nil
		m.settledCount++
		return
	}
	m.settle(*settled, seats, failed, interval)
}

// view is what the provisioning status says at an instant.
func (m *modelSubscription) view(now time.Time) (partnercenter.ProvisioningState, int) {
	switch {
	case m.settledCount == 0 || now.Before(m.visibleAt):
		return partnercenter.ProvisioningPending, m.published
	case m.open != nil:
		return partnercenter.ProvisioningPending, m.provisioned
	default:
		return m.outcome, m.provisioned
	}
}

// model is a shop and the rules that it has to keep.
type model struct {
	*shop
	path     string
	now      time.Time
	interval time.Duration
	scripts  map[string]string
	subs     []*modelSubscription
	writes   int // that were not refused
	keys     int
}

func newModel(t *testing.T, rt *rapid.T, path string) *model {
	words := slices.Sorted(maps.Keys(scripts))
	m := &model{path: path, now: opened, scripts: map[string]string{}}
	m.interval = rapid.SampledFrom([]time.Duration{15 * time.Minute, 0, time.Minute, 24 * time.Hour}).Draw(rt, "interval")
	for _, offer := range []string{businessBasic, microsoftE3} {
		m.scripts[offer] = rapid.SampledFrom(words).Draw(rt, "script")
	}
	m.shop = openShopAt(t, path, func(s *commerce.WorldSettings) { s.RefreshInterval, s.Simulator = m.interval, m.scripts })
	return m
}

// arrive takes the model to where the shop's clock is.
func (m *model) arrive() {
	m.now = m.shop.now()
	for _, s := range m.subs {
		s.live(m.now, m.interval)
	}
}

func (m *model) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"buy":       m.buySome,
		"seats":     m.changeSeats,
		"status":    m.changeStatus,
		"name":      m.rename,
		"advance":   m.advanceSome,
		"meet":      m.meet,
		"break off": m.breakOff,
		"restart":   func(*rapid.T) { m.restart() },
		"":          m.check,
	}
}

// buySome buys, at times twice under one key, which is once.
func (m *model) buySome(rt *rapid.T) {
	offer := rapid.SampledFrom([]string{businessBasic, microsoftE3}).Draw(rt, "offer")
	seats := rapid.IntRange(1, 6).Draw(rt, "seats")
	by := m.ada
	m.keys++
	by.Key = fmt.Sprint("key ", m.keys)
	var order partnercenter.Order
	for again := range rapid.IntRange(1, 2).Draw(rt, "times") {
		placed, err := m.PlaceOrder(rt.Context(), by, shopCustomer, partnercenter.Order{
			LineItems: []partnercenter.OrderLineItem{{OfferID: offer, Quantity: seats, TermDuration: new("P1Y")}},
		})
		if err != nil || again > 0 && placed.ID != order.ID {
			rt.Fatalf("buy %d of %s: order %q after %q, %v", seats, offer, placed.ID, order.ID, err)
		}
		order = placed
	}
	m.writes++
	s := &modelSubscription{order: order.ID, status: partnercenter.SubscriptionActive, changes: 1}
	s.open = &modelChange{m.now, seats, scripts[m.scripts[offer]]}
	m.read(func(tx commerce.Tx) error {
		changes, err := tx.Changes().Purchases(rt.Context(), "shop", shopCustomer, order.ID)
		if err == nil {
			s.id = changes[0].Subscription
		}
		return err
	})
	s.asked = *s.open
	s.live(m.now, m.interval)
	m.subs = append(m.subs, s)
}

// any is a subscription that is there; nil: none is.
func (m *model) any(rt *rapid.T) *modelSubscription {
	born := slices.DeleteFunc(slices.Clone(m.subs), func(s *modelSubscription) bool { return !s.born })
	if len(born) == 0 {
		return nil
	}
	return rapid.SampledFrom(born).Draw(rt, "subscription")
}

// patchOne changes a subscription, and says whether it was refused.
func (m *model) patchOne(rt *rapid.T, s *modelSubscription, body string, busy bool) bool {
	asked, err := commerce.ReadPatch[partnercenter.Subscription]([]byte(body), commerce.SubscriptionMembers()...)
	if err != nil {
		rt.Fatal(err)
	}
	_, err = m.PatchSubscription(rt.Context(), m.ada, shopCustomer, s.id, asked, nil)
	var refused *partnercenter.Error
	switch {
	case err == nil && !busy:
		m.writes++
		return false
	case err == nil:
		rt.Fatalf("%s is taken while a change is on its way", body)
	case !errors.As(err, &refused):
		rt.Fatalf("%s: %v", body, err)
	}
	return true
}

func (m *model) changeSeats(rt *rapid.T) {
	s := m.any(rt)
	if s == nil {
		return
	}
	seats := rapid.IntRange(1, 12).Draw(rt, "seats")
	if seats == s.quantity {
		return
	}
	refused := m.patchOne(rt, s, fmt.Sprintf(`{"quantity":%d}`, seats), s.open != nil)
	if refused {
		if seats > s.quantity && s.open == nil && s.status == partnercenter.SubscriptionActive {
			rt.Fatalf("more seats, %d for %d, are refused", seats, s.quantity)
		}
		return
	}
	s.open = &modelChange{m.now, seats - s.provisioned, s.asked.script}
	s.quantity = seats
	s.changes++
	s.live(m.now, m.interval)
}

// changeStatus suspends or reactivates, which the view does not show.
func (m *model) changeStatus(rt *rapid.T) {
	s := m.any(rt)
	if s == nil {
		return
	}
	other := partnercenter.SubscriptionSuspended
	if s.status == other {
		other = partnercenter.SubscriptionActive
	}
	if m.patchOne(rt, s, fmt.Sprintf(`{"status":%q}`, other), s.open != nil) {
		if s.open == nil {
			rt.Fatalf("%s is refused after %s", other, s.status)
		}
		return
	}
	s.status = other
	s.changes++
	s.settledCount++
}

func (m *model) rename(rt *rapid.T) {
	s := m.any(rt)
	if s == nil {
		return
	}
	m.keys++
	name := fmt.Sprint("name ", m.keys)
	if !m.patchOne(rt, s, fmt.Sprintf(`{"friendlyName":%q}`, name), false) {
		s.name = name
	}
}

func (m *model) advanceSome(rt *rapid.T) {
	by := rapid.SampledFrom([]string{"PT1S", "PT30S", "PT90S", "PT5M", "PT16M", "PT1H", "P1D", "P8D"}).Draw(rt, "by")
	m.advance(by)
	m.arrive()
}

// meet goes to where something becomes visible, or to just before it.
func (m *model) meet(rt *rapid.T) {
	var instants []time.Time
	for _, s := range m.subs {
		instants = append(instants, s.visibleAt)
		if s.open != nil {
			if settled, _, _, _ := s.open.ends(); settled != nil {
				instants = append(instants, *settled)
			}
		}
	}
	instants = slices.DeleteFunc(instants, func(at time.Time) bool { return !at.After(m.now) })
	if len(instants) == 0 {
		return
	}
	at := rapid.SampledFrom(instants).Draw(rt, "at")
	if rapid.Bool().Draw(rt, "before") {
		at = at.Add(-100)
	}
	m.advanceTo(at)
	m.arrive()
}

// breakOff begins a move and is cut off in one of its first writes.
func (m *model) breakOff(rt *rapid.T) {
	ctx, cancel := context.WithCancel(rt.Context())
	defer cancel()
	store, last := m.Store, rapid.IntRange(1, 4).Draw(rt, "write")
	m.Store = &interrupted{Store: store, between: func(nth int) {
		if nth == last {
			cancel()
		}
	}}
	_, _, err := m.MoveClock(ctx, m.ada, commerce.ClockMove{By: &commerce.Period{Rest: 20 * time.Minute}})
	m.Store = store
	if err != nil && !errors.Is(err, context.Canceled) {
		rt.Fatalf("a move that was cut off: %v", err)
	}
	m.restart()
	m.advance("PT0S")
	m.arrive()
}

// restart has another server take over what the first has left.
func (m *model) restart() {
	if err := m.Store.Close(); err != nil {
		m.t.Fatal(err)
	}
	store := openStore(m.t, m.path)
	m.Service = &commerce.Service{Store: store, Provisioner: fulfillment.Simulator{}, Holder: "test"}
}

func TestNoSequenceOfWritesAndMovesBreaksTheRules(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	count := 0
	rapid.Check(t, func(rt *rapid.T) {
		count++
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
		m.check(rt)
	})
}
