package commerce_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// kept is all that a world has, as the store gives it.
type kept struct {
	orders        []commerce.Order
	subscriptions map[string]commerce.Subscription
	changes       map[string]commerce.Change
	due           []commerce.Due
	events        []commerce.Event
	audits        []commerce.AuditEntry
}

// check holds the shop to the model, and what it keeps to itself.
func (m *model) check(rt *rapid.T) {
	if _, err := m.RunDue(rt.Context(), "shop"); err != nil { // what is due at this instant
		rt.Fatal(err)
	}
	for _, s := range m.subs {
		m.checkView(rt, s)
	}
	k := m.keep(rt)
	m.checkSubscriptions(rt, k)
	m.checkDue(rt, k)
	m.checkEvents(rt, k)
	m.checkAudits(rt, k)
}

// checkView: the status says what the rule says, and nothing of what has no seat
// yet.
func (m *model) checkView(rt *rapid.T, s *modelSubscription) {
	status, _, err := m.ProvisioningStatus(rt.Context(), m.ada.Actor, shopCustomer, s.id)
	if !s.born {
		if !errors.Is(err, partnercenter.ErrSubscriptionNotFound) {
			rt.Fatalf("at %s subscription %s has no seat and its status is %+v, %v", m.now, s.id, status, err)
		}
		return
	}
	want, seats := s.view(m.now)
	if err != nil || status.Status != want || status.Quantity != seats {
		rt.Fatalf("at %s the status of %s is %s of %d, to be %s of %d; %v", m.now, s.id, status.Status, status.Quantity, want, seats, err)
	}
	r, _, err := m.Subscription(rt.Context(), m.ada.Actor, shopCustomer, s.id)
	if err != nil || r.Quantity != s.quantity || r.Status != s.status || s.name != "" && r.FriendlyName != s.name {
		rt.Fatalf("at %s subscription %s has %d seats, is %s and called %q; to be %+v; %v", m.now, s.id, r.Quantity, r.Status, r.FriendlyName, s, err)
	}
}

// keep reads all there is.
func (m *model) keep(rt *rapid.T) (k kept) {
	k.subscriptions, k.changes = map[string]commerce.Subscription{}, map[string]commerce.Change{}
	m.read(func(tx commerce.Tx) error {
		ctx := rt.Context()
		orders, err := tx.Orders().List(ctx, "shop", shopCustomer, "")
		if err != nil {
			return err
		}
		k.orders = orders
		subscriptions, err := tx.Subscriptions().List(ctx, commerce.SubscriptionQuery{World: "shop", Customer: shopCustomer})
		if err != nil {
			return err
		}
		for _, s := range subscriptions {
			k.subscriptions[s.Resource.ID] = s
		}
		for _, s := range m.subs {
			changes, err := tx.Changes().Of(ctx, "shop", shopCustomer, s.id)
			if err != nil {
				return err
			}
			for _, c := range changes {
				k.changes[c.ID] = c
			}
		}
		if k.due, err = tx.Due().Until(ctx, "shop", opened.AddDate(200, 0, 0), 100_000); err != nil {
			return err
		}
		if k.events, err = tx.Events().List(ctx, commerce.EventQuery{World: "shop", Limit: 100_000}); err != nil {
			return err
		}
		k.audits, err = tx.Audit().Page(ctx, commerce.AuditQuery{World: "shop", Partner: m.ada.Partner.ID, To: opened.AddDate(200, 0, 0), Limit: 100_000})
		return err
	})
	return k
}

// checkSubscriptions: what is provisioned is the sum of the fulfilled portions,
// and one change at most is on its way.
func (m *model) checkSubscriptions(rt *rapid.T, k kept) {
	if len(k.orders) != len(m.subs) {
		rt.Fatalf("%d orders, of %d", len(k.orders), len(m.subs))
	}
	for _, s := range m.subs {
		sum, unsettled, count := 0, 0, 0
		for _, c := range k.changes {
			if c.Subscription != s.id {
				continue
			}
			count++
			if c.Settled() {
				sum += c.Provisioned()
			} else {
				unsettled++
			}
			if parts := 0; c.Settled() {
				for _, p := range c.Portions {
					parts += p.Quantity
				}
				if parts != c.Asked-c.Before {
					rt.Fatalf("the portions of change %+v make %d", c, parts)
				}
			}
		}
		there, exists := k.subscriptions[s.id]
		if exists != s.born || count != s.changes || unsettled > 1 || (unsettled == 1) != (s.open != nil) {
			rt.Fatalf("subscription %s is there: %t; %d changes, %d on their way; to be %+v", s.id, exists, count, unsettled, s)
		}
		if exists && (there.Provisioning.Provisioned.Quantity != sum || there.Resource.OrderID != s.order) {
			rt.Fatalf("of subscription %s %d are provisioned, the fulfilled portions make %d", s.id, there.Provisioning.Provisioned.Quantity, sum)
		}
	}
	for id := range k.subscriptions {
		if !slices.ContainsFunc(m.subs, func(s *modelSubscription) bool { return s.id == id }) {
			rt.Fatalf("nobody bought subscription %s", id)
		}
	}
}

// checkDue: each change that goes on has one row at its next step, each outcome
// that is to show one at its refresh; and no row is anything else's.
func (m *model) checkDue(rt *rapid.T, k kept) {
	steps, visible := map[string]commerce.Due{}, map[string]commerce.Due{}
	for _, d := range k.due {
		if !d.At.After(m.now) || d.Failures > 0 {
			rt.Fatalf("at %s it is left: %+v", m.now, d)
		}
		if d.Kind != commerce.DueStep && d.Kind != commerce.DueVisible {
			if _, id, _ := strings.Cut(d.Subject, "/"); k.subscriptions[id].World == "" {
				rt.Fatalf("nobody's: %+v", d)
			}
			continue
		}
		rows := map[commerce.DueKind]map[string]commerce.Due{commerce.DueStep: steps, commerce.DueVisible: visible}[d.Kind]
		if _, twice := rows[d.Subject]; twice {
			rt.Fatalf("it is due twice: %+v", d)
		}
		rows[d.Subject] = d
	}
	for _, c := range k.changes {
		d, due := steps[c.ID]
		delete(steps, c.ID)
		if due != (c.NextStepAt != nil) || due && (!d.At.Equal(*c.NextStepAt) || c.Settled()) {
			rt.Fatalf("change %+v has the row %+v", c, d)
		}
	}
	for _, s := range m.subs {
		subject := shopCustomer + "/" + s.id
		d, due := visible[subject]
		delete(visible, subject)
		if due != s.visibleAt.After(m.now) || due && !d.At.Equal(s.visibleAt) {
			rt.Fatalf("at %s subscription %+v has the row %+v", m.now, s, d)
		}
	}
	if len(steps)+len(visible) > 0 {
		rt.Fatalf("nobody's are %v and %v", steps, visible)
	}
}

// checkEvents: each change was asked once and settled once, each portion decided
// once, each outcome that showed told at its refresh; what follows is written
// after what it follows from, and of one subscription in the order of time.
func (m *model) checkEvents(rt *rapid.T, k kept) {
	count := map[string]int{}
	written := map[string]bool{}
	last := map[string]commerce.Event{}
	told := map[string][]shown{}
	for _, e := range k.events {
		if e.Cause != "" && !written[e.Cause] {
			rt.Fatalf("event %+v follows from one that is not there, or later", e)
		}
		written[e.ID] = true
		if before := last[e.Subscription]; e.Subscription != "" && e.At.Before(before.At) {
			rt.Fatalf("event %+v was written after %+v", e, before)
		}
		last[e.Subscription] = e
		if e.Subscription != "" && k.subscriptions[e.Subscription].World == "" && e.Kind != commerce.ChangeAsked && e.Kind != commerce.PortionFailed && e.Kind != commerce.ChangeSettled {
			rt.Fatalf("event %+v is of no subscription", e)
		}
		if e.Change != "" {
			if k.changes[e.Change].ID == "" {
				rt.Fatalf("event %+v is of no change", e)
			}
			count[fmt.Sprint(e.Change, e.Kind)]++
		}
		if e.User != "ada" && e.Cause == "" {
			rt.Fatalf("event %+v has neither a cause nor someone who asked", e)
		}
		if e.Kind == commerce.OutcomeVisible {
			told[e.Subscription] = append(told[e.Subscription], shown{e.At, *e.After})
		}
	}
	for _, c := range k.changes {
		of := func(kind commerce.EventKind) int { return count[fmt.Sprint(c.ID, kind)] }
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
			rt.Fatalf("of change %+v it is told %v", c, count)
		}
	}
	for _, s := range m.subs {
		want := slices.DeleteFunc(slices.Clone(s.outcomes), func(o shown) bool { return o.at.After(m.now) })
		if !slices.EqualFunc(want, told[s.id], func(a, b shown) bool { return a.at.Equal(b.at) && a.seats == b.seats }) {
			rt.Fatalf("at %s it is told that %v of subscription %s became visible, to be %v", m.now, told[s.id], s.id, want)
		}
	}
}

// checkAudits: each write that was not refused has left one record, of someone
// who is there.
func (m *model) checkAudits(rt *rapid.T, k kept) {
	if len(k.audits) != m.writes {
		rt.Fatalf("%d writes left %d records", m.writes, len(k.audits))
	}
	for _, a := range k.audits {
		if a.Record.CustomerID == nil || !strings.EqualFold(*a.Record.CustomerID, shopCustomer) || a.Record.ResourceNewValue == nil {
			rt.Fatalf("record %+v is nobody's", a)
		}
	}
}
