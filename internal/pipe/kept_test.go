package pipe

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
)

// The bound on what other servers have written unseen is real time's, whatever the
// machine's clock is set to.
func TestKeptAnswerGrowsNoOlderWhenTheClockIsSetBack(t *testing.T) {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) // of the wall clock alone
	shared, alone := (&kept{age: time.Second}), &kept{}
	for name, c := range map[string]struct {
		kept  *kept
		holds time.Duration
		after time.Duration
		given bool
	}{
		"in its second":                {shared, commerce.ForEver, 999 * time.Millisecond, true},
		"after its second":             {shared, commerce.ForEver, time.Second, false},
		"the clock is an hour back":    {shared, commerce.ForEver, -time.Hour, false},
		"it holds for less":            {shared, time.Millisecond, 2 * time.Millisecond, false},
		"one server, for ever":         {alone, commerce.ForEver, 24 * time.Hour, true},
		"one server, until it changes": {alone, time.Minute, time.Minute, false},
		"one server, the clock back":   {alone, time.Minute, -time.Hour, true}, // as is the time of its worlds
	} {
		h := c.kept.held(read{at: noon, generation: 7}, c.holds)
		if given := h.holds(noon.Add(c.after), 7); given != c.given {
			t.Errorf("%s: given again: %t", name, given)
		}
		if h.holds(noon.Add(c.after), 8) {
			t.Errorf("%s: given again after a write", name)
		}
	}
}

// stillStore is a store in which nothing changes.
type stillStore struct{ commerce.Store }

func (stillStore) Generation(string, string) uint64 { return 1 }

// keeping is a pipe that keeps so many bytes, and what its requests come as.
func keeping(bytes int) (*Pipe, *exchange) {
	p := New(Settings{
		Service: &commerce.Service{Store: stillStore{}}, Keep: bytes,
		Known:  func(*http.Request) (commerce.Claims, bool) { return commerce.Claims{Tenant: "tenant"}, true },
		Verify: func(context.Context, *http.Request) (commerce.Claims, error) { return commerce.Claims{}, nil },
	})
	actor := &commerce.Actor{Claims: commerce.Claims{Tenant: "tenant", MFA: true, User: "user"}, World: commerce.World{ID: "world"}}
	return p, &exchange{row: &Route{Kept: true}, actor: actor, mediaType: jsonType, sound: true, read: read{at: time.Now(), generation: 1}}
}

// A request as a server has it: its address is a part of what was read.
func longRequest(customer, subscription int) (r *http.Request, id string) {
	line := strings.Repeat("-", 200) + fmt.Sprintf("/v1/customers/00000001-0000-4000-8000-%012x/subscriptions/00000002-0000-4000-8000-%012x/provisioningstatus", customer, subscription)
	r = httptest.NewRequest(http.MethodGet, line[200:], nil)
	r.RequestURI = line[200:]
	return r, r.RequestURI[len("/v1/customers/"):][:36]
}

// The bound on what is kept is one on memory, as far as its weights tell the truth.
func TestKeptAnswersTakeWhatTheyWeigh(t *testing.T) {
	alive := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	const bound = 8 << 20
	body, tag := []byte(strings.Repeat("x", 260)), []string{`"0123456789abcdef0123456789abcdef"`}
	before := alive()
	p, x := keeping(bound)
	for n := range 30_000 {
		r, customer := longRequest(n/50, n)
		x.customer = customer
		p.keepAnswer(r, x, Reply{Outlook: &commerce.Outlook{Holds: commerce.ForEver}}, body, tag)
	}
	p.kept.answers.CleanUp()
	took, count := alive()-before, p.kept.answers.EstimatedSize()
	t.Logf("%d answers, %d KiB", count, took>>10)
	if took < bound*8/10 || took > bound*12/10 || count < 8000 {
		t.Errorf("%d answers take %d KiB where %d KiB are theirs", count, took>>10, bound>>10)
	}
	runtime.KeepAlive(p)
}

// Retry-After is counted from when the answer was made.
func TestKeptAnswerSaysHowLongItIsToWait(t *testing.T) {
	p, x := keeping(1 << 20)
	for _, wait := range []*time.Duration{nil, new(90 * time.Second)} {
		r, customer := longRequest(1, 1)
		x.customer = customer
		p.keepAnswer(r, x, Reply{Outlook: &commerce.Outlook{Holds: commerce.ForEver, RetryAfter: wait}}, []byte("{}"), []string{`"tag"`})
		a, ok := p.kept.answers.GetIfPresent(answerKey{"tenant", r.RequestURI, jsonType})
		if !ok {
			t.Fatal("it is not kept")
		}
		if a.customer != customer || string(a.body) != "{}" || a.tag[0] != `"tag"` {
			t.Errorf("kept: %+v", a)
		}
		later := a.outlook(x.read.at.Add(30 * time.Second))
		if (later.RetryAfter == nil) != (wait == nil) || wait != nil && later.Seconds() != 60 {
			t.Errorf("of %v, %v are left after 30 s", wait, later.RetryAfter)
		}
	}
}
