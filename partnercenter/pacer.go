package partnercenter

import (
	"context"
	"sync"
	"time"
)

// pacer hands out turns to everyone who waits, first come first served: never
// more in a minute than the budget, whatever minute is looked at.
type pacer struct {
	mu sync.Mutex
	// given is a ring of the last turns, as many as a minute has.
	given []time.Time
	next  int
	last  time.Time
	// held is when the service takes requests again.
	held time.Time
	// flying holds a place for each request on its way.
	flying chan struct{}
}

const (
	// turnWindow is a little more than the minute that is counted, since requests
	// take differently long to arrive.
	turnWindow = 61 * time.Second
	// turnRush is how much faster than the budget's own pace turns may follow
	// each other, so that a few need not wait for each other.
	turnRush   = 8
	mostFlying = 16
)

func newPacer(perMinute int) *pacer {
	return &pacer{given: make([]time.Time, perMinute), flying: make(chan struct{}, mostFlying)}
}

// turn waits for a turn. The caller ends it by done.
func (p *pacer) turn(ctx context.Context) error {
	for {
		at := p.reserve(time.Now())
		if pause := time.Until(at); pause > 0 && !sleep(ctx, pause) {
			return context.Cause(ctx)
		}
		if !p.isHeld(time.Now()) {
			break
		}
	}
	select {
	case p.flying <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (p *pacer) done() { <-p.flying }

func (p *pacer) reserve(now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := latest(now, p.held, p.last.Add(time.Minute/time.Duration(turnRush*len(p.given))))
	if oldest := p.given[p.next]; !oldest.IsZero() {
		at = latest(at, oldest.Add(turnWindow))
	}
	p.given[p.next], p.last = at, at
	p.next = (p.next + 1) % len(p.given)
	return at
}

// hold keeps everyone back who waits: the service said so to one of them.
func (p *pacer) hold(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = latest(p.held, until)
}

func (p *pacer) isHeld(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return now.Before(p.held)
}

func latest(first time.Time, others ...time.Time) time.Time {
	for _, other := range others {
		if other.After(first) {
			first = other
		}
	}
	return first
}
