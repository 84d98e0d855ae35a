package main

import (
	"slices"
	"sync"
	"time"
)

// kind is what a write asks for.
type kind string

const (
	placeOrder kind = "order"
	setSeats   kind = "seats"
	setName    kind = "name"
	suspend    kind = "suspension"
	reactivate kind = "reactivation"
	cancel     kind = "cancellation"
)

// outcome is what a client knows of its write in the end.
type outcome string

const (
	// unknown: no attempt was answered, and the client has given up. It may have
	// been done, once, or not.
	unknown      outcome = "unknown"
	acknowledged outcome = "acknowledged"
	refused      outcome = "refused"
)

// entry is one write as its client knows it. All attempts at it have the same
// request id, body and etag.
type entry struct {
	ID           string // of the request, and its correlation id
	Kind         kind
	Method, Path string
	Body         string
	IfMatch      string `json:",omitempty"`
	Customer     string
	Subscription string `json:",omitempty"`
	Order        string `json:",omitempty"` // as the answer named it
	// Quantities are those that are asked for, of each line or of the
	// subscription.
	Quantities []int `json:",omitempty"`

	Sent, Answered time.Time
	Attempts       int
	// Doubts are attempts that ended without an answer: each may have been done,
	// or be done yet.
	Doubts  int
	Outcome outcome
	Status  int    // of the last answer
	Etag    string `json:",omitempty"` // as the answer named it
	Told    string `json:",omitempty"` // what a refusal said
}

// ledger is what the clients know.
type ledger struct {
	mu      sync.Mutex
	entries []*entry
	// broken are answers that no fault excuses, by what they were.
	broken map[string]int
	// unavailable counts attempts that were answered with 503.
	unavailable int
	// late counts writes that were not answered long after all faults had ended.
	late int
}

// note takes an entry that is about to be sent.
func (l *ledger) note(e *entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, e)
}

// change changes an entry, or anything else of the ledger.
func (l *ledger) change(do func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	do()
}

// mishap notes an answer that should not have been.
func (l *ledger) mishap(what string) {
	l.change(func() {
		if l.broken == nil {
			l.broken = map[string]int{}
		}
		l.broken[what]++
	})
}

// all are the entries once the clients have stopped.
func (l *ledger) all() []*entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.entries)
}

// tally counts a ledger's entries.
type tally struct {
	acknowledged, refused, unknown, attempts, doubts, unavailable int
}

func (l *ledger) tally() tally {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := tally{unavailable: l.unavailable}
	for _, e := range l.entries {
		t.attempts += e.Attempts
		t.doubts += e.Doubts
		switch e.Outcome {
		case acknowledged:
			t.acknowledged++
		case refused:
			t.refused++
		default:
			t.unknown++
		}
	}
	return t
}
