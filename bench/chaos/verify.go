package main

import (
	"fmt"
	"time"
)

// loss is one way in which what is there differs from what was promised.
type loss struct {
	// what is the kind of loss, as the report counts them.
	what, detail string
}

// The kinds of loss.
const (
	lostWrite    = "acknowledged writes lost"
	doneTwice    = "writes done more than once"
	doneAnyway   = "writes done though they were refused"
	doneInPart   = "writes done in part"
	unasked      = "things done that nobody asked for"
	missingEvent = "events missing or told twice"
	disorder     = "events out of order"
	missingAudit = "audit records missing or written twice"
	outcomes     = "changes without exactly one outcome"
	wrongSum     = "seats that do not add up"
	lostUpdate   = "two writes on one version"
	notShown     = "answers that differ from what is kept"
)

// verifier compares a ledger with a world.
type verifier struct {
	entries []*entry
	world   *world
	// refresh is how far apart outcomes become visible.
	refresh time.Duration
	losses  []loss

	changes map[string]changeRow
	orders  map[string]bool
	// asked are the changes that a request asked for, and so on.
	asked, placed, edited map[string][]eventRow
	audits                map[string][]auditRow
	// place is where in the log an event stands.
	place map[string]int
}

// verify says what of the ledger is not in the world as it should be.
func verify(entries []*entry, w *world, refresh time.Duration) []loss {
	v := &verifier{
		entries: entries, world: w, refresh: refresh,
		changes: map[string]changeRow{}, orders: map[string]bool{},
		asked: map[string][]eventRow{}, placed: map[string][]eventRow{}, edited: map[string][]eventRow{},
		audits: map[string][]auditRow{}, place: map[string]int{},
	}
	for _, c := range w.changes {
		v.changes[c.ID] = c
	}
	for _, o := range w.orders {
		v.orders[o.Resource.ID] = true
	}
	for i, e := range w.events {
		v.place[e.ID] = i
		switch e.Kind {
		case "order placed":
			v.placed[e.RequestID] = append(v.placed[e.RequestID], e)
		case "change asked":
			v.asked[e.RequestID] = append(v.asked[e.RequestID], e)
		case "changed":
			v.edited[e.RequestID] = append(v.edited[e.RequestID], e)
		}
	}
	for _, a := range w.audits {
		v.audits[a.Record.Correlation] = append(v.audits[a.Record.Correlation], a)
	}
	v.writes()
	v.strangers()
	v.versions()
	v.sequence()
	v.eachChange()
	v.eachSubscription()
	return v.losses
}

func (v *verifier) lose(what, format string, args ...any) {
	v.losses = append(v.losses, loss{what, fmt.Sprintf(format, args...)})
}

// traces is what a write leaves behind.
type traces struct{ placed, asked, edited, audits int }

func (t traces) most() int { return max(t.placed, t.asked, t.edited, t.audits) }

// leaves says what a write leaves when it is done once.
func (e *entry) leaves() traces {
	switch e.Kind {
	case placeOrder:
		return traces{placed: 1, asked: len(e.Quantities), audits: 1}
	case setName:
		return traces{edited: 1, audits: 1}
	default:
		return traces{asked: 1, audits: 1}
	}
}

// changeKind is what the world calls the change.
func (e *entry) changeKind() string {
	switch e.Kind {
	case placeOrder:
		return "purchase"
	case setSeats:
		return "seat change"
	default:
		return string(e.Kind)
	}
}

// writes holds each write to having been done as often as its client knows.
func (v *verifier) writes() {
	for _, e := range v.entries {
		left := traces{len(v.placed[e.ID]), len(v.asked[e.ID]), len(v.edited[e.ID]), len(v.audits[e.ID])}
		should := e.leaves()
		surely := e.Outcome == acknowledged
		// One that was refused may still have been done by an attempt of its own that
		// was held up on its way, and came after.
		never := e.Outcome == refused && e.Doubts == 0
		switch {
		case never && left != traces{}:
			v.lose(doneAnyway, "%s was refused (%d) and left %+v", e.name(), e.Status, left)
		case left == traces{} && surely:
			v.lose(lostWrite, "%s was answered with %d and left nothing", e.name(), e.Status)
		case left == traces{}, never:
		case left == should:
			v.rows(e)
		default:
			v.differs(e, left, should)
		}
	}
}

// differs says what is wrong with what a write has left.
func (v *verifier) differs(e *entry, left, should traces) {
	switch {
	case left.placed > should.placed, left.asked > should.asked, left.edited > should.edited:
		v.lose(doneTwice, "%s left %+v in place of %+v", e.name(), left, should)
	case left.audits != should.audits:
		v.lose(missingAudit, "%s left %d audit records in place of %d", e.name(), left.audits, should.audits)
	case left.most() > 0 && (left.placed < should.placed || left.asked < should.asked || left.edited < should.edited):
		v.lose(missingEvent, "%s left %+v in place of %+v", e.name(), left, should)
	default:
		v.lose(doneInPart, "%s left %+v in place of %+v", e.name(), left, should)
	}
}

// rows holds a write that was done to the rows that its events tell of.
func (v *verifier) rows(e *entry) {
	if e.Kind == placeOrder {
		id := v.placed[e.ID][0].Order
		if e.Outcome == acknowledged && id != e.Order {
			v.lose(doneTwice, "%s was answered as order %s and is order %s", e.name(), e.Order, id)
		}
		if !v.orders[id] {
			v.lose(lostWrite, "%s: there is no order %s", e.name(), id)
		}
	}
	for i, asked := range v.asked[e.ID] {
		c, there := v.changes[asked.Change]
		switch {
		case !there:
			v.lose(lostWrite, "%s: there is no change %s", e.name(), asked.Change)
		case c.Kind != e.changeKind(), len(e.Quantities) > 0 && c.Asked != e.Quantities[i], e.Subscription != "" && c.Subscription != e.Subscription:
			v.lose(doneInPart, "%s became %s of %s to %d", e.name(), c.Kind, c.Subscription, c.Asked)
		}
	}
}

// strangers finds what no client has asked for.
func (v *verifier) strangers() {
	known := map[string]bool{"": true}
	for _, e := range v.entries {
		known[e.ID] = true
	}
	told, changed := map[string]bool{}, map[string]bool{}
	for _, e := range v.world.events {
		if !known[e.RequestID] {
			v.lose(unasked, "event %s (%s) by request %s", e.ID, e.Kind, e.RequestID)
		}
		if e.Kind == "order placed" {
			told[e.Order] = true
		}
		if e.Kind == "change asked" {
			changed[e.Change] = true
		}
	}
	for id := range v.orders {
		if !told[id] {
			v.lose(missingEvent, "order %s is there, and nothing tells of its being placed", id)
		}
	}
	for id := range v.changes {
		if !changed[id] {
			v.lose(missingEvent, "change %s is there, and nothing tells of its being asked for", id)
		}
	}
	for request, records := range v.audits {
		if !known[request] {
			v.lose(unasked, "audit record %s by request %s", records[0].Record.ID, request)
		}
	}
}

// versions holds writes that name the version they are based on to being alone
// on it, and those that made one to having made one of their own.
func (v *verifier) versions() {
	based, made := map[string]*entry{}, map[string]*entry{}
	for _, e := range v.entries {
		if e.Outcome != acknowledged {
			continue
		}
		if e.IfMatch != "" {
			if other := based[e.IfMatch]; other != nil {
				v.lose(lostUpdate, "%s and %s are both based on %s", other.name(), e.name(), e.IfMatch)
			}
			based[e.IfMatch] = e
		}
		if e.Etag != "" {
			if other := made[e.Etag]; other != nil {
				v.lose(lostUpdate, "%s and %s both made %s", other.name(), e.name(), e.Etag)
			}
			made[e.Etag] = e
		}
	}
}

// sequence holds the log to the order in which the clients were answered: what
// was sent after another's answer comes after it.
func (v *verifier) sequence() {
	type done struct {
		entry *entry
		place int
	}
	of := map[string][]done{}
	for _, e := range v.entries {
		if e.Outcome != acknowledged || e.Subscription == "" {
			continue
		}
		for _, event := range append(v.asked[e.ID], v.edited[e.ID]...) {
			of[e.Subscription] = append(of[e.Subscription], done{e, v.place[event.ID]})
		}
	}
	for _, all := range of {
		for _, one := range all {
			for _, other := range all {
				if one.place < other.place && one.entry.Sent.After(other.entry.Answered) {
					v.lose(disorder, "%s was sent after %s was answered, and stands before it", one.entry.name(), other.entry.name())
				}
			}
		}
	}
}

// name tells a write from others, in a line.
func (e *entry) name() string {
	return fmt.Sprintf("%s %s %v of %s (%s after %d attempts)", e.Kind, e.ID, e.Quantities, e.Subscription, e.Outcome, e.Attempts)
}
