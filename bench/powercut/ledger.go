package main

import (
	"fmt"
	"sync"
	"time"
)

// ledger is what clients know: which writes were acknowledged, and which they are
// still waiting for. It is theirs, so that no power cut touches it.
type ledger struct {
	mu           sync.Mutex
	acknowledged int
	// before are the orders that were there before the first of ours.
	before map[string]bool
	orders map[string]bool
	// names and seats count what each subscription was told last.
	names, seats map[string]*count
	clock        time.Time
	open         map[string]*request
}

// count is the last acknowledged of numbered values.
type count struct{ last int }

// request is a write whose answer has not come. The same id goes with it each time.
type request struct {
	id, method, path, body string
	// answered takes what came with a success into the ledger.
	answered func(body []byte) error
	// may says that a refusal is no fault, and that nothing was written then.
	may bool

	kind         kind
	subscription string
	number       int
}

type kind int

const (
	ordering kind = iota
	renaming
	seating
	moving
)

func newLedger() *ledger {
	return &ledger{orders: map[string]bool{}, names: map[string]*count{}, seats: map[string]*count{}, open: map[string]*request{}}
}

func (l *ledger) begin(r *request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[r.id] = r
}

// end takes an answer into the ledger.
func (l *ledger) end(r *request, status int, body []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if status/100 == 5 { // it may be done, or not
		return nil
	}
	delete(l.open, r.id)
	if r.may && status == 409 {
		return nil
	}
	if status/100 != 2 {
		return fmt.Errorf("%s %s was answered %d %s", r.method, r.path, status, body)
	}
	l.acknowledged++
	return r.answered(body)
}

// waiting are the requests whose answer has not come.
func (l *ledger) waiting() []*request {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []*request
	for _, r := range l.open {
		all = append(all, r)
	}
	return all
}

// awaited is how many requests of a kind are open, and about what.
func (l *ledger) awaited(of kind, subscription string) (n int) {
	for _, r := range l.open {
		if r.kind == of && r.subscription == subscription {
			n++
		}
	}
	return n
}
