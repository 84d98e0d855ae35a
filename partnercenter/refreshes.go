package partnercenter

import (
	"math/rand/v2"
	"sync"
	"time"
)

// refreshes learn when the service renews its provisioning statuses, from the
// changes that those who wait see. The documents say that it is every fifteen
// minutes (documents 000 and 001), and not at which: whoever saw "pending" and
// later something else knows that a refresh lay in between.
type refreshes struct {
	mu sync.Mutex
	// from and to are the ends of an arc of the quarter of an hour that holds
	// the refresh; equal when nothing is known.
	from, to time.Duration
	// doubted says that changes have been seen which had no refresh in common; agreed
	// counts those that had one since.
	doubted bool
	agreed  int
	changed chan struct{}
}

const (
	refreshPeriod = 15 * time.Minute
	// knownWithin is how narrow the arc is when nothing more needs to be asked.
	knownWithin = time.Minute
	// convincing is how many changes have to agree once some did not: a service that
	// has changed its ways is believed again, one that has no common refresh never is.
	convincing = 4
	// probes is one in how many questions is asked at another time than right after
	// the refresh that is known: without, nobody would ever see that it has moved.
	probes = 8
)

func newRefreshes() *refreshes { return &refreshes{changed: make(chan struct{})} }

// saw takes note of a change between two instants.
func (r *refreshes) saw(pending, settled time.Time) {
	width := settled.Sub(pending)
	if width <= 0 || width >= refreshPeriod {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	from, was := phaseOf(pending), r.to-r.from
	if was > 0 {
		// The arc of before begins so much later than the new one, on the circle.
		later := (r.from - from + refreshPeriod) % refreshPeriod
		switch {
		case later < width: // it begins within
			from, width = r.from, min(was, width-later)
		case later+was > refreshPeriod: // it reaches over the new one's beginning
			width = min(width, later+was-refreshPeriod)
		default:
			// They have nothing in common: the service has changed its ways.
			r.doubted, r.agreed = true, -1
		}
		if settled.Sub(pending) <= refreshPeriod/2 {
			r.agreed++
		}
		if from == r.from && width == was && r.agreed != convincing {
			return
		}
	}
	r.from, r.to = from, from+width
	close(r.changed)
	r.changed = make(chan struct{})
}

// next is when a refresh has happened for certain that was not by then, and
// whether that is known well enough to ask at no other time; zero when nothing
// is known. A read at an instant inside of the arc may have come before it.
func (r *refreshes) next(read time.Time) (at time.Time, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	width := r.to - r.from
	if width == 0 {
		return time.Time{}, false
	}
	ahead := (r.to - phaseOf(read) + 2*refreshPeriod) % refreshPeriod
	if ahead == 0 {
		ahead = refreshPeriod
	}
	return read.Add(ahead), width <= knownWithin && (!r.doubted || r.agreed >= convincing)
}

// ask is when to ask who asked at an instant and would ask again then.
func (r *refreshes) ask(read, then time.Time, often bool) time.Time {
	at, known := r.next(read)
	if known && !often && rand.N(probes) == 0 {
		if between := at.Sub(read) - knownWithin; between > knownWithin {
			return read.Add(rand.N(between))
		}
	}
	if known && !often || !at.IsZero() && at.Before(then) {
		return at.Add(rand.N(3 * time.Second))
	}
	return then
}

// learned is closed when something more is known.
func (r *refreshes) learned() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed
}

func phaseOf(at time.Time) time.Duration {
	return time.Duration(at.UnixNano() % int64(refreshPeriod))
}

// spacings are the pauses between questions while nothing is known.
var spacings = []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute}

// spacing is the pause after so many questions, give or take a fifth.
func spacing(asked int) time.Duration {
	pause := spacings[min(max(asked, 1), len(spacings))-1]
	return pause + time.Duration((rand.Float64()-0.5)*0.4*float64(pause))
}
