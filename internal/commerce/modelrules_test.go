package commerce_test

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// The rules of a subscription's life as the model has them, written down anew
// from reference 7.10 and decisions 2 to 5.

const modelDay = 24 * time.Hour

// shown is an outcome that became visible.
type shown struct {
	at    time.Time
	seats int
}

// seen is what a view says beside its status.
type seen struct {
	seats int
	end   time.Time
	sku   string
}

// modelPlan is what is scheduled for the next term.
type modelPlan struct {
	seats, months int
	offer         string
}

// modelSubscription is one as the rules have it, and what was ever to be seen of
// it. It is born with its first seat.
type modelSubscription struct {
	id, customer, offer string
	parent              *modelSubscription
	open                *modelChange // on its way
	bought              *modelChange // once its purchase is settled
	born                bool
	status              partnercenter.SubscriptionStatus
	// withParent: it was suspended with it.
	withParent bool
	renews     bool
	plan       *modelPlan
	// back is how long its terms are again when it renews after months of
	// extension; 0: as long as they are.
	back int
	// unheard: time has led it further while a change was on its way, and who
	// delivers hears of it after that.
	unheard     bool
	name        string
	quantity    int
	months      int
	created     time.Time
	end         time.Time // the midnight at which the term does
	cancellable time.Time
	// disabled and deleted are when it is to be, if it is to be.
	disabled, deleted *time.Time
	cancelled         bool // which its order says of its line
	published         seen
	provisioned       seen
	visibleAt         time.Time
	outcome           partnercenter.ProvisioningState
	outcomes          []shown
	changes           int
	settled           int // of those that the view shows
	// last is what the view said when it was last looked at.
	last   *seen
	lastAt time.Time
}

// GoString is how it is told when it is drawn.
func (s *modelSubscription) GoString() string {
	return fmt.Sprintf("%s of %s, %s, %d seats until %s", s.id, s.offer, s.status, s.quantity, s.end.Format(time.DateOnly))
}

func (s *modelSubscription) sells() modelOffer { return modelOffers[s.offer] }

func (s *modelSubscription) inTerm() bool {
	return s.status == partnercenter.SubscriptionActive || s.status == partnercenter.SubscriptionSuspended
}

// lastDay is the term's end as the resource names it.
func (s *modelSubscription) lastDay() time.Time {
	if s.sells().legacy {
		return s.end
	}
	return s.end.Add(-modelDay)
}

// monthsOn is the same day so many months later, or the last of that month.
func monthsOn(from time.Time, months int) time.Time {
	to := time.Date(from.Year(), from.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	if last := to.AddDate(0, 1, -1).Day(); from.Day() > last {
		return to.AddDate(0, 0, last-1)
	}
	return to.AddDate(0, 0, from.Day()-1)
}

// termAfter is where the term ends that follows one: on the day of the purchase,
// as far as the one before did.
func (s *modelSubscription) termAfter(end time.Time, months int) time.Time {
	bought := s.created.Truncate(modelDay)
	for n := 1; !monthsOn(bought, n).After(end); n++ {
		if monthsOn(bought, n).Equal(end) {
			return monthsOn(bought, n+months)
		}
	}
	return monthsOn(end, months)
}

// view is what the provisioning status says at an instant.
func (s *modelSubscription) view(now time.Time) (partnercenter.ProvisioningState, seen) {
	switch {
	case s.settled == 0 || now.Before(s.visibleAt):
		return partnercenter.ProvisioningPending, s.published
	case s.open != nil:
		return partnercenter.ProvisioningPending, s.provisioned
	default:
		return s.outcome, s.provisioned
	}
}

// show is the rule of the view (documents 000 and 001, decisions 2 to 5).
func (s *modelSubscription) show(at time.Time, now seen, failed bool, interval time.Duration) {
	refresh := at
	if interval > 0 {
		refresh = tickAfter(at, interval)
	}
	switch {
	case at.Before(s.visibleAt): // superseded, its refresh stays
		s.outcomes[len(s.outcomes)-1].seats = now.seats
	default:
		s.published, s.visibleAt = s.provisioned, refresh
		s.outcomes = append(s.outcomes, shown{refresh, now.seats})
	}
	s.provisioned, s.quantity = now, now.seats
	s.outcome = partnercenter.ProvisioningSuccess
	if failed {
		s.outcome = partnercenter.ProvisioningFailed
	}
	s.settled++
}

// live has happen what happens until an instant, in the order of time; at one
// instant what arrives comes first, and what a subscription goes onto before it.
func (m *model) live(now time.Time) {
	for {
		var first *modelSubscription
		var what func(*modelSubscription, time.Time)
		at := now.Add(1)
		for _, s := range m.subs {
			for _, next := range m.nexts(s) {
				if next.at.Before(at) {
					first, at, what = s, next.at, next.what
				}
			}
		}
		if first == nil {
			return
		}
		m.at = at
		what(first, at)
	}
}

type modelNext struct {
	at   time.Time
	what func(*modelSubscription, time.Time)
}

// nexts are what can happen to a subscription next.
func (m *model) nexts(s *modelSubscription) (all []modelNext) {
	if s.open != nil {
		settled, _, first, _ := s.open.ends()
		switch {
		case !s.born && first != nil:
			all = append(all, modelNext{*first, m.arise})
		case settled != nil:
			all = append(all, modelNext{*settled, m.settle})
		}
	}
	switch {
	case !s.born:
	case s.inTerm() && s.open == nil:
		at := s.end
		if at.Before(m.at) {
			at = m.at // it was waited for what was on its way
		}
		all = append(all, modelNext{at, m.endTerm})
	}
	if s.disabled != nil {
		all = append(all, modelNext{*s.disabled, func(s *modelSubscription, at time.Time) { m.pass(s, partnercenter.SubscriptionDisabled, at) }})
	}
	if s.deleted != nil {
		all = append(all, modelNext{*s.deleted, func(s *modelSubscription, at time.Time) { m.pass(s, partnercenter.SubscriptionDeleted, at) }})
	}
	return all
}

// arise makes the subscription that is there with its first seat. What it goes
// onto may have left its term meanwhile; then it does, too.
func (m *model) arise(s *modelSubscription, at time.Time) {
	s.born, s.status, s.created = true, partnercenter.SubscriptionActive, at
	s.quantity, s.renews = s.open.delta, !s.sells().trial
	s.end = monthsOn(at.Truncate(modelDay), s.months)
	if !s.sells().legacy && !s.sells().trial {
		s.cancellable = at.Add(7 * modelDay)
	}
	s.published = seen{0, s.lastDay(), s.sells().provisioningID}
	s.provisioned = s.published
	if settled, _, _, _ := s.open.ends(); settled == nil || settled.After(at) {
		m.join(s, at)
	}
	for _, addon := range m.addons(s) {
		if addon.open != nil && addon.open.started == nil {
			addon.open.started = &at
		}
	}
}

// join takes an add-on where its base is; a purchase that is settled leaves room
// for a change of its own.
func (m *model) join(s *modelSubscription, at time.Time) {
	switch p := s.parent; {
	case p == nil || p.status == partnercenter.SubscriptionActive || s.status != partnercenter.SubscriptionActive:
	case p.status == partnercenter.SubscriptionSuspended && s.open == nil:
		m.turn(s, commerce.Suspension, at, true)
	case p.status == partnercenter.SubscriptionSuspended:
		m.suspend(s, at, true)
	case p.status == partnercenter.SubscriptionDeleted && s.open == nil:
		m.turn(s, commerce.Cancellation, at, true)
	default:
		m.pass(s, p.status, at)
	}
}

func (m *model) addons(s *modelSubscription) (all []*modelSubscription) {
	for _, a := range m.subs {
		if a.parent == s {
			all = append(all, a)
		}
	}
	return all
}

// settle gives a change its outcome.
func (m *model) settle(s *modelSubscription, at time.Time) {
	c := s.open
	_, seats, first, failed := c.ends()
	if s.open = nil; c.kind == commerce.Purchase {
		s.bought = c
	}
	if !s.born { // nothing of it came, nor of what waited for it
		s.settled++
		for _, addon := range m.addons(s) {
			if addon.open != nil && addon.open.started == nil {
				addon.bought, addon.open = addon.open, nil
			}
		}
		return
	}
	fruitless := failed && first == nil
	if c.kind == commerce.Renewal && fruitless {
		s.offer, s.months, s.back, s.end, s.cancellable = c.was.offer, c.was.months, c.was.back, c.was.end, c.was.cancellable
	}
	if failed && (c.kind == commerce.SeatChange || fruitless) && s.renews && s.plan == nil && c.was != nil {
		s.plan = c.was.plan // what was scheduled before
	}
	sku := s.provisioned.sku
	if c.kind == commerce.Renewal && !fruitless {
		sku = s.sells().provisioningID
	}
	s.show(at, seen{s.provisioned.seats + seats, s.lastDay(), sku}, failed, m.interval)
	if c.kind == commerce.Renewal && fruitless && s.inTerm() {
		m.pass(s, m.afterTerm(s), at)
	}
	if s.unheard {
		s.unheard = false
		s.changes++
	}
	if c.kind == commerce.Purchase {
		m.join(s, at)
	}
}

// endTerm has another term follow, or the end.
func (m *model) endTerm(s *modelSubscription, at time.Time) {
	was := *s
	plan := modelPlan{s.quantity, cmp.Or(s.back, s.months), s.offer}
	switch extends := m.endOfTerm == commerce.ExtendAtEnd && !s.sells().legacy && !s.sells().trial; {
	case s.status != partnercenter.SubscriptionActive || !s.renews && !extends:
		m.pass(s, m.afterTerm(s), at)
		return
	case !s.renews:
		plan.months = 1
		s.back = cmp.Or(s.back, s.months)
	case s.plan != nil:
		plan = *s.plan
	}
	if !s.sells().legacy {
		s.cancellable = s.end.Add(7 * modelDay)
	}
	s.plan, s.offer, s.months = nil, plan.offer, plan.months
	s.end = s.termAfter(s.end, plan.months)
	m.begin(s, commerce.Renewal, plan.seats-s.quantity, at)
	s.open.was, s.quantity = &was, plan.seats
}

// begin starts a change of so many seats.
func (m *model) begin(s *modelSubscription, kind commerce.ChangeKind, delta int, at time.Time) {
	s.open = &modelChange{kind: kind, started: &at, delta: delta, script: m.scriptFor(s.offer, kind)}
	s.changes++
}

// scriptFor is what deliveries of an offer do.
func (m *model) scriptFor(offer string, kind commerce.ChangeKind) []modelStep {
	if words, ok := m.scripts[offer]; ok {
		return scripts[words]
	}
	if o := modelOffers[offer]; o.trial || o.legacy && kind == commerce.Purchase {
		return scripts["at once"]
	}
	return scripts["all at +90s"]
}

// afterTerm is what follows a term that is not renewed.
func (m *model) afterTerm(s *modelSubscription) partnercenter.SubscriptionStatus {
	switch {
	case s.sells().legacy:
		return partnercenter.SubscriptionDeleted
	case s.status == partnercenter.SubscriptionSuspended, m.endOfTerm == commerce.CancelAtEnd && !s.sells().trial:
		return partnercenter.SubscriptionDisabled
	default:
		return partnercenter.SubscriptionExpired
	}
}

// downwards are the statuses as time leads through them.
var downwards = []partnercenter.SubscriptionStatus{
	partnercenter.SubscriptionActive, partnercenter.SubscriptionSuspended, partnercenter.SubscriptionExpired,
	partnercenter.SubscriptionDisabled, partnercenter.SubscriptionDeleted,
}

func isBelow(a, b partnercenter.SubscriptionStatus) bool {
	return slices.Index(downwards, a) > slices.Index(downwards, b)
}

// pass takes a subscription down, and those that go onto it.
func (m *model) pass(s *modelSubscription, to partnercenter.SubscriptionStatus, at time.Time) {
	from := s.status
	s.status, s.renews, s.plan, s.withParent, s.disabled, s.deleted = to, false, nil, false, nil, nil
	switch {
	case to == partnercenter.SubscriptionExpired:
		s.disabled = new(at.Add(30 * modelDay))
	case to == partnercenter.SubscriptionDisabled && (from == partnercenter.SubscriptionExpired || from == partnercenter.SubscriptionActive && m.endOfTerm == commerce.CancelAtEnd):
		s.deleted = new(at.Add(90 * modelDay))
	case to == partnercenter.SubscriptionDisabled:
		s.deleted = new(at.Add(120 * modelDay))
	}
	if s.open == nil {
		s.changes++ // by which who delivers hears of it
	} else {
		s.unheard = true
	}
	for _, addon := range m.addons(s) {
		if !addon.born || !isBelow(to, addon.status) {
			continue
		}
		with := to
		if after := m.afterTerm(addon); addon.inTerm() && isBelow(after, to) {
			with = after
		}
		m.pass(addon, with, at)
	}
}

func (m *model) suspend(s *modelSubscription, at time.Time, withParent bool) {
	s.status, s.plan, s.withParent = partnercenter.SubscriptionSuspended, nil, withParent
	if s.sells().legacy {
		s.deleted = new(at.Add(90 * modelDay))
	}
}

// turn changes a status at once, which the view does not show.
func (m *model) turn(s *modelSubscription, kind commerce.ChangeKind, at time.Time, withParent bool) {
	switch kind {
	case commerce.Suspension:
		m.suspend(s, at, withParent)
	case commerce.Reactivation:
		s.status, s.withParent, s.deleted = partnercenter.SubscriptionActive, false, nil
	case commerce.Cancellation:
		s.status, s.renews, s.plan, s.withParent, s.disabled, s.deleted = partnercenter.SubscriptionDeleted, false, nil, false, nil, nil
		s.cancelled = true
	}
	s.changes++
}

// along are the add-ons whose status turns with their base's.
func (m *model) along(s *modelSubscription, kind commerce.ChangeKind) (all []*modelSubscription) {
	for _, a := range m.addons(s) {
		follows := a.inTerm()
		switch kind {
		case commerce.Suspension:
			follows = a.status == partnercenter.SubscriptionActive
		case commerce.Reactivation:
			follows = a.status == partnercenter.SubscriptionSuspended && a.withParent
		}
		if a.born && follows {
			all = append(all, a)
		}
	}
	return all
}

// expiring: nothing can be asked on the day after a term's end that is not over.
func (s *modelSubscription) expiring(now time.Time) bool {
	end := s.end.Add(-time.Second)
	return !s.sells().legacy && s.inTerm() && now.After(end) && now.Before(end.Add(modelDay))
}
