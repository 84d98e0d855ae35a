package partnercenter

import (
	"context"
	"sync"
	"time"
)

// pacer hands out turns to everyone who waits, first come first served: never
// more in a minute than the budget, whatever minute is looked at. A turn is given
// when it is taken and not before, so that who leaves the queue costs nothing.
type pacer struct {
	// flying holds a place for each request on its way, or about to be. Who has one
	// is sent as soon as the turn has come, and is counted when it is sent.
	flying chan struct{}
	// head holds the place of the one whose turn is next.
	head chan struct{}

	mu sync.Mutex
	// given is a ring of the last turns, as many as a minute has.
	given []given
	next  int
	last  time.Time
	// held is when the service takes requests again.
	held time.Time
}

// given is a turn. A request arrives at some time until it is answered: a second
// one that is to arrive a minute after it waits for that.
type given struct {
	open bool
	done time.Time
}

const (
	// turnWindow is a little more than the minute that is counted, since clocks
	// differ.
	turnWindow = 61 * time.Second
	// turnRush is how much faster than the budget's own pace turns may follow
	// each other, so that a few need not wait for each other.
	turnRush   = 8
	mostFlying = 64
	// mostPerMinute is what no service was ever seen to allow.
	mostPerMinute = 100_000
	// turnPeek is how often somebody looks whether a request of a minute ago has
	// been answered at last.
	turnPeek = 100 * time.Millisecond
)

func newPacer(perMinute int) *pacer {
	return &pacer{given: make([]given, perMinute), flying: make(chan struct{}, mostFlying), head: make(chan struct{}, 1)}
}

// turn waits for a turn, whose end the caller tells.
func (p *pacer) turn(ctx context.Context) (done func(), err error) {
	if !enter(ctx, p.flying) {
		return nil, context.Cause(ctx)
	}
	if !enter(ctx, p.head) {
		<-p.flying
		return nil, context.Cause(ctx)
	}
	defer func() { <-p.head }()
	for {
		turn, pause := p.take(time.Now())
		if pause <= 0 {
			return func() { p.done(turn); <-p.flying }, nil
		}
		if !sleep(ctx, pause) {
			<-p.flying
			return nil, context.Cause(ctx)
		}
	}
}

func (p *pacer) done(turn int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.given[turn] = given{done: time.Now()}
}

// enter takes one of the places, and says whether the context lasted that long.
func enter(ctx context.Context, places chan struct{}) bool {
	select {
	case places <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// take takes a turn, or says how long it is until there may be one.
func (p *pacer) take(now time.Time) (turn int, pause time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := latest(now, p.held, p.last.Add(time.Minute/time.Duration(turnRush*len(p.given))))
	switch oldest := p.given[p.next]; {
	case oldest.open:
		at = latest(at, now.Add(turnPeek))
	case !oldest.done.IsZero():
		at = latest(at, oldest.done.Add(turnWindow))
	}
	if at.After(now) {
		return 0, at.Sub(now)
	}
	turn = p.next
	p.given[turn], p.last = given{open: true}, now
	p.next = (turn + 1) % len(p.given)
	return turn, 0
}

// hold keeps everyone back who waits: the service said so to one of them.
func (p *pacer) hold(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = latest(p.held, until)
}

func latest(first time.Time, others ...time.Time) time.Time {
	for _, other := range others {
		if other.After(first) {
			first = other
		}
	}
	return first
}
