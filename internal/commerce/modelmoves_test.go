package commerce_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"provost/internal/commerce"
	"provost/internal/fulfillment"
	"provost/partnercenter"
)

// cancelOrder cancels all that an order bought, which a sandbox lets do.
func (m *model) cancelOrder(rt *rapid.T) {
	if len(m.orders) == 0 {
		return
	}
	o := rapid.SampledFrom(m.orders).Draw(rt, "order")
	there := slices.DeleteFunc(slices.Clone(o.lines), func(s *modelSubscription) bool {
		return !s.born || s.status == partnercenter.SubscriptionDeleted
	})
	if m.orderStatus(o) == partnercenter.OrderCancelled {
		return
	}
	refused := !m.sandbox || len(there) == 0 || !m.now.Before(o.created.Add(60*modelDay)) ||
		slices.ContainsFunc(o.lines, func(s *modelSubscription) bool { return s.open != nil || s.sells().legacy })
	asked, err := commerce.ReadPatch[partnercenter.Order]([]byte(`{"status":"cancelled"}`), commerce.OrderMembers()...)
	if err != nil {
		rt.Fatal(err)
	}
	for _, s := range there {
		refused = refused || slices.ContainsFunc(m.along(s, commerce.Cancellation), func(a *modelSubscription) bool { return a.open != nil })
	}
	_, err = m.PatchOrder(rt.Context(), m.by(), o.customer, o.id, asked, nil)
	if m.refusal(rt, "the cancelling of order "+o.id, err, refused) {
		return
	}
	m.writes++
	for _, s := range there {
		if s.status == partnercenter.SubscriptionDeleted {
			continue // gone with its base
		}
		for _, a := range m.along(s, commerce.Cancellation) {
			m.writes++
			m.turn(a, commerce.Cancellation, m.now, true)
		}
		m.turn(s, commerce.Cancellation, m.now, false)
	}
}

// addCustomer makes a customer, up to three of them.
func (m *model) addCustomer(rt *rapid.T) {
	if len(m.customers) > 2 {
		return
	}
	by := m.by()
	made, err := m.CreateCustomer(rt.Context(), by, wingtip(domain(fmt.Sprintf("c%d.example", m.keys))))
	if !m.refusal(rt, "a customer", err, false) {
		m.customers = append(m.customers, made.ID)
		m.writes++
	}
}

// dropCustomer deletes one with all that it has.
func (m *model) dropCustomer(rt *rapid.T) {
	if len(m.customers) < 2 {
		return
	}
	id := rapid.SampledFrom(m.customers).Draw(rt, "customer")
	if m.refusal(rt, "the deletion of "+id, m.DeleteCustomer(rt.Context(), m.by(), id), !m.sandbox) {
		return
	}
	m.writes++
	m.customers = slices.DeleteFunc(m.customers, func(c string) bool { return c == id })
	m.subs = slices.DeleteFunc(m.subs, func(s *modelSubscription) bool { return s.customer == id })
	m.orders = slices.DeleteFunc(m.orders, func(o *modelOrder) bool { return o.customer == id })
	m.heard.gone[id] = true
}

// changeInterval has later outcomes show at other refreshes.
func (m *model) changeInterval(rt *rapid.T) {
	m.interval = rapid.SampledFrom(intervals).Draw(rt, "interval")
	m.write(func(tx commerce.Tx) error {
		world, err := tx.Worlds().ByID(rt.Context(), "shop")
		if err != nil {
			return err
		}
		world.Settings.RefreshInterval = m.interval
		return tx.Worlds().Update(rt.Context(), "shop", world.Settings)
	})
}

// wait moves the clock a little.
func (m *model) wait(rt *rapid.T) {
	m.advance(rapid.SampledFrom([]string{"PT1S", "PT30S", "PT90S", "PT5M", "PT16M", "PT1H"}).Draw(rt, "by"))
	m.arrive()
}

// advanceSome moves the clock, by years while there are some left.
func (m *model) advanceSome(rt *rapid.T) {
	by := rapid.SampledFrom([]string{"P1D", "P8D", "P1M", "P7M", "P1Y", "P3Y"}).Draw(rt, "by")
	if long := by == "P1Y" || by == "P3Y"; long && m.now.After(opened.AddDate(8, 0, 0)) {
		return
	}
	m.advance(by)
	m.arrive()
}

// meet goes to where something happens, or to just before it.
func (m *model) meet(rt *rapid.T) {
	var instants []time.Time
	for _, s := range m.subs {
		instants = append(instants, s.visibleAt, s.end, s.end.Add(-time.Second), s.cancellable)
		for _, next := range m.nexts(s) {
			instants = append(instants, next.at)
		}
	}
	latest := m.now.AddDate(1, 1, 0)
	instants = slices.DeleteFunc(instants, func(at time.Time) bool { return !at.After(m.now) || at.After(latest) })
	if len(instants) == 0 {
		return
	}
	at := rapid.SampledFrom(instants).Draw(rt, "at")
	if before := at.Add(-100); rapid.Bool().Draw(rt, "before") && before.After(m.now) {
		at = before
	}
	m.advanceTo(at)
	m.arrive()
}

// breakOff has a move cut off, by an end of the server as it were.
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

// loseLease has another runner take the world away from a move, for a moment.
func (m *model) loseLease(rt *rapid.T) {
	store, last := m.Store, rapid.IntRange(1, 3).Draw(rt, "write")
	m.Store = &interrupted{Store: store, between: func(nth int) {
		if nth == last {
			other := *m.shop
			other.Service = m.beside(store)
			other.steal("thief", time.Millisecond)
		}
	}}
	_, _, err := m.MoveClock(rt.Context(), m.ada, commerce.ClockMove{By: &commerce.Period{Rest: 20 * time.Minute}})
	m.Store = store
	if err != nil {
		rt.Fatalf("a move that lost its lease: %v", err)
	}
	time.Sleep(2 * time.Millisecond) // the thief may have come last
	m.arrive()
}

// restart has another server take over what the first has left.
func (m *model) restart() {
	if err := m.Store.Close(); err != nil {
		m.t.Fatal(err)
	}
	m.Service = &commerce.Service{Store: openStore(m.t, m.path), Provisioner: fulfillment.Simulator{}, Holder: "test", Seal: testSeal}
}
