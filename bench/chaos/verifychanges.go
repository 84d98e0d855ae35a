package main

import (
	"slices"
	"time"
)

// follows is the event that tells what came of a subscription by a change that
// went well.
var follows = map[string]string{"suspension": "suspended", "reactivation": "reactivated", "cancellation": "deleted"}

// leadsTo is the status that such a change makes.
var leadsTo = map[string]string{"suspension": "suspended", "reactivation": "active", "cancellation": "deleted"}

// eachChange holds every change to one outcome, told once and in order.
func (v *verifier) eachChange() {
	of := map[string][]eventRow{}
	shown := map[string]int{}
	for i, e := range v.world.events {
		if e.Change != "" {
			of[e.Change] = append(of[e.Change], e)
		}
		if e.Kind == "became visible" {
			shown[e.Cause]++
		}
		if cause, there := v.place[e.Cause]; e.Cause != "" && (!there || cause > i) {
			v.lose(disorder, "event %s (%s) stands before its cause, %s", e.ID, e.Kind, e.Cause)
		}
	}
	for _, c := range v.world.changes {
		v.outcome(c, of[c.ID])
	}
	v.shown(shown)
}

// outcome holds a change to having been settled once, as its portions say.
func (v *verifier) outcome(c changeRow, events []eventRow) {
	if c.SettledAt == nil {
		v.lose(outcomes, "change %s (%s) is not settled", c.ID, c.Kind)
		return
	}
	sum := 0
	for _, p := range c.Portions {
		sum += p.Quantity
		if p.Status != "fulfilled" && p.Status != "unfulfilled" {
			v.lose(outcomes, "change %s (%s) is settled and has a portion that is %s", c.ID, c.Kind, p.Status)
		}
	}
	if sum != c.Asked-c.Before {
		v.lose(outcomes, "the portions of change %s (%s) make %d in place of %d", c.ID, c.Kind, sum, c.Asked-c.Before)
	}
	var kinds, should []string
	for _, e := range events {
		if e.Kind != "change started" && e.Kind != "order changed" {
			kinds = append(kinds, e.Kind)
		}
	}
	should = append(should, "change asked")
	for _, p := range c.Portions {
		if p.Status == "fulfilled" {
			should = append(should, "portion fulfilled")
		} else {
			should = append(should, "portion failed")
		}
	}
	should = append(should, "settled")
	if kind := follows[c.Kind]; kind != "" && !c.failed() {
		should = append(should, kind)
	}
	if slices.Equal(kinds, should) {
		return
	}
	count := func(kind string) (n int) {
		for _, k := range kinds {
			if k == kind {
				n++
			}
		}
		return n
	}
	sorted := func(all []string) []string { return slices.Sorted(slices.Values(all)) }
	switch {
	case count("settled") != 1:
		v.lose(outcomes, "change %s (%s) was settled %d times: %q", c.ID, c.Kind, count("settled"), kinds)
	case slices.Equal(sorted(kinds), sorted(should)):
		v.lose(disorder, "of change %s (%s) it is told in this order: %q", c.ID, c.Kind, kinds)
	default:
		v.lose(missingEvent, "of change %s (%s) it is told %q in place of %q", c.ID, c.Kind, kinds, should)
	}
}

// shown holds every outcome that the provisioning status shows to being told
// once; one whose place another took before it was shown need not be.
func (v *verifier) shown(times map[string]int) {
	settled := map[string][]eventRow{}
	for _, e := range v.world.events {
		if c := v.changes[e.Change]; e.Kind == "settled" && (c.Kind == "purchase" || c.Kind == "seat change") {
			if c.Kind == "seat change" || c.fulfilled() > 0 {
				settled[e.Subscription] = append(settled[e.Subscription], e)
			}
		}
	}
	for _, all := range settled {
		slices.SortFunc(all, func(a, b eventRow) int { return a.At.Compare(b.At) })
		for i, e := range all {
			n := times[e.ID]
			superseded := i+1 < len(all) && !all[i+1].At.After(e.At.Add(v.refresh))
			if n != 1 && (n != 0 || !superseded) {
				v.lose(missingEvent, "of the outcome of change %s it is told %d times that it became visible", e.Change, n)
			}
			delete(times, e.ID)
		}
	}
	for cause, n := range times {
		v.lose(missingEvent, "it is told %d times that an outcome became visible of which nothing is told (%s)", n, cause)
	}
}

// eachSubscription holds its changes to following one another, and the
// subscription to being what they made of it.
func (v *verifier) eachSubscription() {
	of := map[string][]changeRow{}
	for _, c := range v.world.changes {
		of[c.Subscription] = append(of[c.Subscription], c)
	}
	kept := map[string]subscriptionRow{}
	for _, s := range v.world.subscriptions {
		kept[s.Resource.ID] = s
		if len(of[s.Resource.ID]) == 0 {
			v.lose(unasked, "subscription %s is of no change", s.Resource.ID)
		}
	}
	for id, changes := range of {
		slices.SortFunc(changes, func(a, b changeRow) int { return a.AskedAt.Compare(b.AskedAt) })
		seats, status := v.chain(id, changes)
		s, there := kept[id]
		switch {
		case !there && changes[0].fulfilled() > 0:
			v.lose(lostWrite, "subscription %s is not there, though it was delivered", id)
		case !there:
		case s.Resource.Quantity != seats, s.Provisioning == nil, s.Provisioning.Provisioned.Quantity != seats, s.Provisioning.Unsettled:
			v.lose(wrongSum, "subscription %s has %d seats, and its changes make %d (provisioned: %+v)", id, s.Resource.Quantity, seats, s.Provisioning)
		case s.Resource.Status != status:
			v.lose(lostWrite, "subscription %s is %s, and its changes made it %s", id, s.Resource.Status, status)
		}
	}
	v.clocks()
}

// chain walks through the changes of a subscription, and gives its seats and
// status at the end.
func (v *verifier) chain(id string, changes []changeRow) (seats int, status string) {
	status = "active"
	var free time.Time
	for i, c := range changes {
		if (c.Kind == "purchase") != (i == 0) {
			v.lose(doneTwice, "change %d of subscription %s is a %s", i, id, c.Kind)
		}
		if c.Before != seats {
			v.lose(wrongSum, "change %s (%s) of subscription %s starts from %d, and there were %d", c.ID, c.Kind, id, c.Before, seats)
		}
		if c.AskedAt.Before(free) {
			v.lose(lostUpdate, "change %s of subscription %s was asked for while another was on its way", c.ID, id)
		}
		if c.SettledAt != nil {
			free = *c.SettledAt
		}
		seats += c.fulfilled()
		if made := leadsTo[c.Kind]; made != "" && !c.failed() {
			status = made
		}
	}
	return seats, status
}

// clocks holds the log of each subscription to the order in which its events
// were written.
func (v *verifier) clocks() {
	last := map[string]eventRow{}
	for _, e := range v.world.events {
		if e.Subscription == "" {
			continue
		}
		if before, there := last[e.Subscription]; there && e.RealAt.Before(before.RealAt) {
			v.lose(disorder, "event %s (%s) of subscription %s was written before %s (%s), and stands after it", e.ID, e.Kind, e.Subscription, before.ID, before.Kind)
		}
		last[e.Subscription] = e
	}
}
