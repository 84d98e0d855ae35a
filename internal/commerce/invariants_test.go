package commerce_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// kept is all that a world has, as the store gives it.
type kept struct {
	orders        map[string]commerce.Order
	subscriptions map[string]commerce.Subscription
	changes       map[string]commerce.Change
	provisioned   map[string]int
	due           []commerce.Due
}

// heard is what the event log has said so far.
type heard struct {
	last    string // the id of the last event
	count   map[string]int
	written map[string]bool
	at      map[string]time.Time
	told    map[string][]shown
	// gone are customers that were deleted.
	gone map[string]bool
}

func newHeard() heard {
	return heard{count: map[string]int{}, written: map[string]bool{}, at: map[string]time.Time{}, told: map[string][]shown{}, gone: map[string]bool{}}
}

// check looks at each status, and now and then at everything.
func (m *model) check(rt *rapid.T) {
	if _, err := m.RunDue(rt.Context(), "shop"); err != nil { // what is due at this instant
		rt.Fatal(err)
	}
	if m.looked++; m.looked%8 == 0 {
		m.checkAll(rt)
		return
	}
	m.checkViews(rt)
}

// checkAll holds the shop to the model, and what it keeps to itself.
func (m *model) checkAll(rt *rapid.T) {
	k := m.keep(rt)
	m.checkChanges(rt, k)
	m.checkViews(rt)
	m.checkResources(rt, k)
	m.checkOrders(rt, k)
	m.checkDue(rt, k)
	m.checkEvents(rt, k)
	m.checkAudits(rt)
}

// checkViews: a status says what the rule says, and nothing of what has no seat
// yet. What it said before, it says until an outcome becomes visible.
func (m *model) checkViews(rt *rapid.T) {
	for _, s := range m.subs {
		status, _, err := m.ProvisioningStatus(rt.Context(), m.ada.Actor, s.customer, s.id)
		if !s.born {
			if !errors.Is(err, partnercenter.ErrSubscriptionNotFound) {
				rt.Fatalf("at %s subscription %s has no seat and its status is %+v, %v", m.now, s.id, status, err)
			}
			continue
		}
		got := seen{status.Quantity, status.EndDate.UTC(), status.SKUID}
		if s.last != nil && got != *s.last && !slices.ContainsFunc(s.outcomes, func(o shown) bool { return o.at.After(s.lastAt) && !o.at.After(m.now) }) &&
			!s.visibleAt.Equal(m.now) {
			rt.Fatalf("at %s the status of %s says %v, after %v at %s, and nothing has become visible", m.now, s.id, got, *s.last, s.lastAt)
		}
		s.last, s.lastAt = &got, m.now
		if state, want := s.view(m.now); err != nil || status.Status != state || got != want {
			rt.Fatalf("at %s the status of %s is %s of %v, to be %s of %v; %v", m.now, s.id, status.Status, got, state, want, err)
		}
	}
}

// all are the rows of a noun.
func all[T any](ctx context.Context, rows commerce.Rows[T]) ([]T, error) {
	found, _, err := rows.Page(ctx, nil, 100_000)
	return found, err
}

// keep reads all there is.
func (m *model) keep(rt *rapid.T) (k kept) {
	k.orders, k.subscriptions, k.changes = map[string]commerce.Order{}, map[string]commerce.Subscription{}, map[string]commerce.Change{}
	k.provisioned = map[string]int{}
	m.read(func(tx commerce.Tx) error {
		orders, err := all(rt.Context(), tx.Orders().All("shop"))
		if err != nil {
			return err
		}
		for _, o := range orders {
			k.orders[o.Resource.ID] = o
		}
		subscriptions, err := all(rt.Context(), tx.Subscriptions().All("shop"))
		if err != nil {
			return err
		}
		for _, s := range subscriptions {
			k.subscriptions[s.Resource.ID] = s
			k.provisioned[s.Resource.ID] = s.Provisioning.Provisioned.Quantity
		}
		changes, err := all(rt.Context(), tx.Changes().All("shop"))
		if err != nil {
			return err
		}
		for _, c := range changes {
			k.changes[c.ID] = c
		}
		k.due, err = all(rt.Context(), tx.Due().All("shop"))
		return err
	})
	return k
}

// checkResources: each subscription is what the rules make of it, and there is
// no other.
func (m *model) checkResources(rt *rapid.T, k kept) {
	for _, s := range m.subs {
		kept, there := k.subscriptions[s.id]
		if delete(k.subscriptions, s.id); there != s.born {
			rt.Fatalf("at %s subscription %s is there: %t; to be %+v", m.now, s.id, there, s)
		} else if !there {
			continue
		}
		r := kept.Resource
		got := fmt.Sprint(r.OfferID, r.Quantity, r.Status, r.AutoRenewEnabled, r.CommitmentEndDate.Format(time.DateOnly), planOf(r), slices.Contains(r.SuspensionReasons, "ParentSuspended"))
		want := fmt.Sprint(s.offer, s.quantity, s.status, s.renews, s.lastDay().Format(time.DateOnly), s.plan.words(), s.withParent)
		if got != want || s.name != "" && r.FriendlyName != s.name {
			rt.Fatalf("at %s subscription %s is %s, to be %s", m.now, s.id, got, want)
		}
		if s.parent != nil && s.status == partnercenter.SubscriptionActive && s.parent.status != partnercenter.SubscriptionActive {
			rt.Fatalf("at %s add-on %s is active, and what it goes onto is %s", m.now, s.id, s.parent.status)
		}
	}
	for id := range k.subscriptions {
		rt.Fatalf("nobody bought subscription %s", id)
	}
}

func (p *modelPlan) words() string {
	if p == nil {
		return "-"
	}
	return fmt.Sprint(p.seats, " ", modelOffers[p.offer].availability, " ", durations[p.months])
}

// planOf is what is scheduled; of a trial, what it could become is nothing.
func planOf(r partnercenter.Subscription) string {
	next := r.ScheduledNextTermInstructions
	if next == nil || r.IsTrial != nil && *r.IsTrial {
		return "-"
	}
	return fmt.Sprint(next.Quantity, " ", next.Product.AvailabilityID, " ", next.Product.TermDuration)
}

// checkChanges: what is provisioned is the sum of the fulfilled portions, one
// change at most is on its way, and each is of a subscription that somebody
// bought.
func (m *model) checkChanges(rt *rapid.T, k kept) {
	sum, count, unsettled := map[string]int{}, map[string]int{}, map[string]int{}
	for _, c := range k.changes {
		count[c.Subscription]++
		parts := 0
		for _, p := range c.Portions {
			parts += p.Quantity
		}
		if parts != c.Asked-c.Before {
			rt.Fatalf("the portions of change %+v make %d", c, parts)
		}
		if c.Settled() {
			sum[c.Subscription] += c.Provisioned()
		} else {
			unsettled[c.Subscription]++
		}
	}
	for _, s := range m.subs {
		if count[s.id] != s.changes || unsettled[s.id] > 1 || (unsettled[s.id] == 1) != (s.open != nil) {
			var all []string
			for _, c := range k.changes {
				if c.Subscription == s.id {
					all = append(all, fmt.Sprintf("%s, asked %s, settled %s", c.Kind, c.AskedAt, c.SettledAt))
				}
			}
			rt.Fatalf("at %s subscription %s, %s, is to have %d changes, one on its way: %t; it has\n%s", m.now, s.id, s.status, s.changes, s.open != nil, strings.Join(all, "\n"))
		}
		delete(count, s.id)
		if p := k.provisioned[s.id]; s.born && p != sum[s.id] {
			rt.Fatalf("of subscription %s %d are provisioned, the fulfilled portions make %d", s.id, p, sum[s.id])
		}
	}
	for id, n := range count {
		rt.Fatalf("%d changes are of nobody's subscription %s", n, id)
	}
}

// orderStatus is that of an order as its lines have it.
func (m *model) orderStatus(o *modelOrder) partnercenter.OrderStatus {
	pending, fulfilled, failed, cancelled := false, false, false, 0
	for _, s := range o.lines {
		switch {
		case s.cancelled:
			cancelled++
		case s.bought == nil:
			pending = true
		default:
			_, seats, _, fails := s.bought.ends()
			fulfilled, failed = fulfilled || seats > 0, failed || fails || s.bought.started == nil
		}
	}
	switch {
	case pending:
		return partnercenter.OrderPending
	case cancelled == len(o.lines):
		return partnercenter.OrderCancelled
	case fulfilled && failed:
		return partnercenter.OrderPartialSuccess
	case fulfilled:
		return partnercenter.OrderCompleted
	default:
		return partnercenter.OrderError
	}
}

// checkOrders: an order's status follows from its lines, those from the portions
// of their purchases; and nobody has another order.
func (m *model) checkOrders(rt *rapid.T, k kept) {
	for _, o := range m.orders {
		delete(k.orders, o.id)
		got, err := m.Order(rt.Context(), m.ada.Actor, o.customer, o.id, false)
		if want := m.orderStatus(o); err != nil || got.Status != want {
			rt.Fatalf("at %s order %s is %s, to be %s; %v", m.now, o.id, got.Status, want, err)
		}
		lines, _, err := m.OrderProvisioningStatus(rt.Context(), m.ada.Actor, o.customer, o.id)
		if err != nil || len(lines) != len(o.lines) || len(got.LineItems) != len(o.lines) {
			rt.Fatalf("order %s has %d lines, %v", o.id, len(lines), err)
		}
		for i, s := range o.lines {
			if want := s.fulfillment(); lines[i].Status != want {
				rt.Fatalf("at %s line %d of order %s is %s, to be %s", m.now, i, o.id, lines[i].Status, want)
			}
			if id := got.LineItems[i].SubscriptionID; s.born != (id != nil) || s.born && *id != s.id {
				rt.Fatalf("at %s line %d of order %s names another subscription than %s", m.now, i, o.id, s.id)
			}
		}
	}
	for id := range k.orders {
		rt.Fatalf("nobody placed order %s", id)
	}
}

// fulfillment is the status of the line that bought it: fulfilled when all is,
// unfulfilled when all failed or was cancelled, else pending.
func (s *modelSubscription) fulfillment() partnercenter.FulfillmentState {
	if s.cancelled {
		return partnercenter.Unfulfilled
	}
	if s.bought == nil {
		return partnercenter.PrefulfillmentPending
	}
	_, seats, _, failed := s.bought.ends()
	switch {
	case seats == 0:
		return partnercenter.Unfulfilled
	case failed:
		return partnercenter.PrefulfillmentPending
	default:
		return partnercenter.Fulfilled
	}
}

// checkDue: what is to happen is due, once, at its instant; and nothing else is.
func (m *model) checkDue(rt *rapid.T, k kept) {
	var got, want []string
	word := func(kind commerce.DueKind, subject string, at time.Time) string {
		return fmt.Sprint(strings.ToLower(subject), " ", kind, " at ", at.UTC().Format(time.RFC3339Nano))
	}
	for _, d := range k.due {
		if !d.At.After(m.now) || d.Failures > 0 {
			rt.Fatalf("at %s it is left: %+v", m.now, d)
		}
		got = append(got, word(d.Kind, d.Subject, d.At))
	}
	open := map[string]commerce.Change{}
	for _, c := range k.changes {
		if c.Settled() {
			continue
		}
		open[c.Subscription] = c
	}
	for _, s := range m.subs {
		subject := s.customer + "/" + s.id
		if s.open != nil {
			if next := s.open.next(m.now); next != nil {
				want = append(want, word(commerce.DueStep, open[s.id].ID, *next))
			}
		}
		if s.visibleAt.After(m.now) {
			want = append(want, word(commerce.DueVisible, subject, s.visibleAt))
		}
		if s.born && s.inTerm() && s.end.After(m.now) && (s.open == nil || s.open.kind != commerce.Renewal) {
			want = append(want, word(commerce.DueTermEnd, subject, s.end))
		}
		if s.disabled != nil {
			want = append(want, word(commerce.DueDisabled, subject, *s.disabled))
		}
		if s.deleted != nil {
			want = append(want, word(commerce.DueDeleted, subject, *s.deleted))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		rt.Fatalf("at %s it is due:\n%s\nto be:\n%s", m.now, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// next is the change's next step.
func (c modelChange) next(now time.Time) *time.Time {
	if c.started == nil {
		return nil
	}
	left := max(c.delta, -c.delta)
	for _, step := range c.script {
		if at := c.started.Add(step.after); left > 0 && at.After(now) {
			return &at
		}
		part := cmp.Or(step.seats, left)
		left -= min(part, left)
	}
	return nil
}

// checkEvents: each change was asked once and settled once, each portion decided
// once, each outcome that showed told at its refresh; what follows is written
// after what it follows from, and of one subscription in the order of time.
func (m *model) checkEvents(rt *rapid.T, k kept) {
	h := &m.heard
	var events []commerce.Event
	m.read(func(tx commerce.Tx) (err error) {
		events, err = tx.Events().List(rt.Context(), commerce.EventQuery{World: "shop", After: h.last, Limit: 100_000})
		return err
	})
	mine := map[string]bool{}
	for _, s := range m.subs {
		mine[s.id] = true
	}
	for _, e := range events {
		h.last = e.ID
		if e.Cause != "" && !h.written[e.Cause] {
			rt.Fatalf("event %+v follows from one that is not there, or later", e)
		}
		if h.written[e.ID] = true; e.User != "ada" && e.Cause == "" {
			rt.Fatalf("event %+v has neither a cause nor someone who asked", e)
		}
		if e.Subscription == "" {
			continue
		}
		if e.At.Before(h.at[e.Subscription]) {
			rt.Fatalf("event %+v was written after one of %s", e, h.at[e.Subscription])
		}
		h.at[e.Subscription] = e.At
		if !mine[e.Subscription] && !h.gone[e.Customer] {
			rt.Fatalf("event %+v is of no subscription", e)
		}
		if e.Change != "" {
			if k.changes[e.Change].ID == "" && !h.gone[e.Customer] {
				rt.Fatalf("event %+v is of no change", e)
			}
			h.count[fmt.Sprint(e.Change, e.Kind)]++
		}
		if e.Kind == commerce.OutcomeVisible {
			h.told[e.Subscription] = append(h.told[e.Subscription], shown{e.At, *e.After})
		}
	}
	for _, c := range k.changes {
		of := func(kind commerce.EventKind) int { return h.count[fmt.Sprint(c.ID, kind)] }
		decided, failed := 0, 0
		for _, p := range c.Portions {
			switch p.Status {
			case partnercenter.Fulfilled:
				decided++
			case partnercenter.Unfulfilled:
				failed++
			}
		}
		if of(commerce.ChangeAsked) != 1 || (of(commerce.ChangeSettled) == 1) != c.Settled() || of(commerce.ChangeSettled) > 1 ||
			of(commerce.PortionFulfilled) != decided || of(commerce.PortionFailed) != failed {
			rt.Fatalf("of change %+v it is told %v", c, h.count)
		}
	}
	for _, s := range m.subs {
		want := slices.DeleteFunc(slices.Clone(s.outcomes), func(o shown) bool { return o.at.After(m.now) })
		if !slices.EqualFunc(lastOfEach(want), lastOfEach(h.told[s.id]), func(a, b shown) bool { return a.at.Equal(b.at) && a.seats == b.seats }) {
			rt.Fatalf("at %s it is told that %v of subscription %s became visible, to be %v", m.now, h.told[s.id], s.id, want)
		}
	}
}

// lastOfEach leaves the last outcome of each instant: of two that settle at the
// refresh at which both show, the first may be told or superseded.
func lastOfEach(all []shown) (last []shown) {
	for i, o := range all {
		if i+1 == len(all) || !all[i+1].at.Equal(o.at) {
			last = append(last, o)
		}
	}
	return last
}

// checkAudits: each write that was not refused has left one record, of a
// customer that is or was there.
func (m *model) checkAudits(rt *rapid.T) {
	var audits []commerce.AuditEntry
	m.read(func(tx commerce.Tx) (err error) {
		audits, err = all(rt.Context(), tx.Audit().All("shop"))
		return err
	})
	if len(audits) != m.writes {
		rt.Fatalf("%d writes left %d records", m.writes, len(audits))
	}
	for _, a := range audits {
		if id := a.Record.CustomerID; id == nil || !slices.Contains(m.customers, *id) && !m.heard.gone[*id] || a.Record.ResourceNewValue == nil && a.Record.ResourceOldValue == nil {
			rt.Fatalf("record %+v is nobody's", a)
		}
	}
}
