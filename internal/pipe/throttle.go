package pipe

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"provost/partnercenter"
)

const (
	// rateLimit is how many requests a tenant has in each window for one kind of
	// resource (reference 7.12).
	rateLimit  = 500
	rateWindow = time.Minute
	// maxCounters bounds the memory of counters: callers choose the customers that
	// they ask for.
	maxCounters = 1 << 16
)

// counted is what requests are counted by: the partner's tenant, and the
// customer's where the path names one.
type counted struct{ kind, partner, customer string }

// throttle counts requests in windows that begin together, so that all counters
// can be thrown away at once.
type throttle struct {
	mu     sync.Mutex
	begun  time.Time
	counts map[counted]counter
	// shared is nil where no other server counts.
	shared *sharing
}

// counter is what was asked for here, how much of that others know of, and what was
// asked of them.
type counter struct{ own, told, others int }

// admit counts a request, and says how long to wait when it is one too many.
func (t *throttle) admit(key counted, now time.Time) (wait time.Duration, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.shared != nil {
		now = now.Add(t.shared.ahead)
		t.shared.note()
	}
	if past := now.Sub(t.begun); past >= rateWindow || past <= -rateWindow || t.counts == nil {
		t.counts, t.begun = map[counted]counter{}, t.begun.Add(past.Truncate(rateWindow))
	}
	if _, known := t.counts[key]; !known && len(t.counts) >= maxCounters {
		key.customer = "" // customers that are new now share what their partner has left
	}
	count := t.counts[key]
	count.own++
	t.counts[key] = count
	return min(t.begun.Add(rateWindow).Sub(now), rateWindow), count.own+count.others <= rateLimit
}

// tooMany is the refusal of a request that is one too many.
type tooMany struct{ wait time.Duration }

func (e *tooMany) Error() string { return "try again in " + e.wait.String() }

func (e *tooMany) Unwrap() error { return partnercenter.ErrTooManyRequests }

// seconds are whole, and never 0: clients wait that long and no longer.
func (e *tooMany) seconds() int { return max(1, int((e.wait+time.Second-1)/time.Second)) }

// throttled refuses what is too much for the rows of one kind. Every request
// counts, those that are refused as well.
func (p *Pipe) throttled(rt *Route, x *exchange, customer string) error {
	if rt.Throttle == "" || !x.actor.World.Throttled() {
		return nil
	}
	key := counted{kind: rt.Throttle, partner: strings.ToLower(x.actor.Partner.Tenant)}
	if IsGUID(customer) {
		key.customer = strings.ToLower(customer)
	}
	if wait, ok := p.rates.admit(key, x.started); !ok {
		return &tooMany{wait}
	}
	return nil
}

// sendTooMany answers as the service's gateway does, which knows neither media
// types nor the envelope of refusals (reference 4.1, form C).
func (p *Pipe) sendTooMany(w http.ResponseWriter, e *tooMany) {
	buf := borrow()
	defer buffers.Put(buf)
	_ = encode(buf, jsonType, partnercenter.RateLimited{ // a number and a text always encode
		StatusCode: http.StatusTooManyRequests,
		Message:    fmt.Sprintf("Rate limit is exceeded. Try again in %d seconds.", e.seconds()),
	})
	h := w.Header()
	set(h, "Retry-After", strconv.Itoa(e.seconds()))
	set(h, "Content-Type", jsonType)
	set(h, "Content-Length", strconv.Itoa(buf.Len()))
	w.WriteHeader(http.StatusTooManyRequests)
	_, _ = w.Write(buf.Bytes()) // a caller who is gone reads no error either
}
