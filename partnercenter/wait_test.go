package partnercenter_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"provost/partnercenter"
)

// microsoft is a service that refreshes its statuses every fifteen minutes at an
// odd instant, says nothing of it, and takes so many requests a minute.
type microsoft struct {
	phase     time.Duration
	perMinute int
	// settled is when each change has come to its end.
	settled map[string]time.Time

	mu     sync.Mutex
	asked  []time.Time
	over   int
	speaks bool
	delay  time.Duration
}

// visible is the first refresh at or after an instant.
func (m *microsoft) visible(at time.Time) time.Time {
	tick := at.Truncate(15 * time.Minute).Add(m.phase)
	for tick.Before(at) {
		tick = tick.Add(15 * time.Minute)
	}
	return tick
}

func (m *microsoft) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(m.delay)
	now := time.Now()
	m.mu.Lock()
	m.asked = append(m.asked, now)
	within := 0
	for i := len(m.asked) - 1; i >= 0 && now.Sub(m.asked[i]) < time.Minute; i-- {
		within++
	}
	if m.perMinute > 0 && within > m.perMinute {
		m.over++
	}
	m.mu.Unlock()
	if m.perMinute > 0 && within > m.perMinute {
		return answer(r, 429, `{"statusCode":429,"message":"Rate limit is exceeded. Try again in 60 seconds."}`, "Retry-After", "60"), nil
	}
	id := strings.Split(r.URL.Path, "/")[5]
	at, known := m.settled[id]
	visible := m.visible(at)
	switch {
	case !known:
		return answer(r, 404, `{"code":"20003","description":"none"}`), nil
	case now.Before(visible) && m.speaks:
		return answer(r, 200, strings.Replace(documentsStatus, "success", "pending", 1), "Retry-After", strconv.Itoa(int((visible.Sub(now)+time.Second-1)/time.Second))), nil
	case now.Before(visible):
		return answer(r, 200, strings.Replace(documentsStatus, "success", "pending", 1)), nil
	}
	return answer(r, 200, documentsStatus), nil
}

func (m *microsoft) partner(t *testing.T) *partnercenter.Partner {
	return alone(t, m, func(o *partnercenter.Options) { o.WaitRequestsPerMinute, o.Retry = m.perMinute, partnercenter.Retry{} })
}

func TestFiveThousandWaitsStayInTheBudgetAndEndAboutAsSoonAsItAllows(t *testing.T) {
	for name, spread := range map[string]time.Duration{"all at once": time.Second, "over a refresh": 14 * time.Minute, "over an hour": time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const n = 5000
				began := time.Now()
				m := &microsoft{phase: 7*time.Minute + 13*time.Second, perMinute: 500, settled: map[string]time.Time{}, delay: 120 * time.Millisecond}
				refs := make([]partnercenter.SubscriptionRef, n)
				per := map[time.Time]int{}
				for i := range refs {
					id := fmt.Sprint(i)
					refs[i] = partnercenter.SubscriptionRef{CustomerID: "c", SubscriptionID: id}
					m.settled[id] = began.Add(rand.N(spread))
					per[m.visible(m.settled[id])]++
				}
				ended := 0
				for ref, result := range m.partner(t).StatusMany(t.Context(), refs, partnercenter.WaitOptions{}) {
					if result.Err != nil || result.Status.Status != partnercenter.ProvisioningSuccess {
						t.Fatalf("%s: %+v", ref.SubscriptionID, result)
					}
					ended++
				}
				took, bound := time.Since(began), boundOf(began, per, 500)
				t.Logf("%d waits took %v of %v, with %d requests", ended, took.Round(time.Second), bound.Round(time.Second), len(m.asked))
				if ended != n || m.over > 0 || took > bound*12/10 {
					t.Errorf("%d waits ended after %v, the bound being %v; %d requests were beyond the budget", ended, took, bound, m.over)
				}
			})
		})
	}
}

// boundOf is when the last answer can be had by who knows everything and asks
// each once, after its refresh: so many a minute.
func boundOf(began time.Time, per map[time.Time]int, perMinute int) time.Duration {
	free := began
	for len(per) > 0 {
		var first time.Time
		for at := range per {
			if first.IsZero() || at.Before(first) {
				first = at
			}
		}
		if first.After(free) {
			free = first
		}
		free = free.Add(time.Duration(per[first]) * time.Minute / time.Duration(perMinute))
		delete(per, first)
	}
	return free.Sub(began)
}

func TestWaitSleepsAsLongAsTheServiceSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &microsoft{phase: 0, settled: map[string]time.Time{"s": time.Now().Add(20 * time.Minute)}, speaks: true}
		began := time.Now()
		status, err := m.partner(t).Customers.ByID("c").Subscriptions.ByID("s").ProvisioningStatus.Wait(t.Context(), partnercenter.WaitOptions{})
		if err != nil || status.Quantity != 5 || len(m.asked) != 2 || time.Since(began) != 30*time.Minute {
			t.Errorf("%+v, %v after %v and %d requests", status, err, time.Since(began), len(m.asked))
		}
	})
}

func TestRefreshesOnceLearnedCostOneRequestEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &microsoft{phase: 7*time.Minute + 13*time.Second, settled: map[string]time.Time{}, perMinute: 500}
		partner := m.partner(t)
		// Many short waits narrow the refresh down.
		teach := make([]partnercenter.SubscriptionRef, 300)
		for i := range teach {
			teach[i] = partnercenter.SubscriptionRef{CustomerID: "c", SubscriptionID: fmt.Sprint("t", i)}
			m.settled[teach[i].SubscriptionID] = time.Now().Add(time.Duration(i) * 6 * time.Second)
		}
		for range partner.StatusMany(t.Context(), teach, partnercenter.WaitOptions{}) {
		}
		learned, read := partnercenter.RefreshesOf(partner), time.Now()
		at, _ := learned.Next(read)
		if late := (at.Sub(m.visible(read)) + 30*time.Minute) % (15 * time.Minute); late > learned.Width() || learned.Width() == 0 {
			t.Errorf("they learned of a refresh in the %v up to %v, and it is at %v", learned.Width(), at, m.visible(read))
		}
		m.asked = nil
		settles := time.Now().Add(40 * time.Minute)
		m.settled["s"] = settles
		_, err := partner.Customers.ByID("c").Subscriptions.ByID("s").ProvisioningStatus.Wait(t.Context(), partnercenter.WaitOptions{})
		if late := time.Since(m.visible(settles)); err != nil || late > time.Minute || len(m.asked) > 9 {
			t.Errorf("%v: %v late, with %d requests", err, late, len(m.asked))
		}
	})
}

func TestWaitThatHasToEndSaysWhatIsPendingSinceWhen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &microsoft{settled: map[string]time.Time{"s": time.Now().Add(time.Hour)}}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		began := time.Now()
		_, err := m.partner(t).Customers.ByID("c").Subscriptions.ByID("s").ProvisioningStatus.Wait(ctx, partnercenter.WaitOptions{})
		var pending *partnercenter.PendingError
		if !errors.As(err, &pending) || !errors.Is(err, context.DeadlineExceeded) || pending.Status != "pending" || !pending.Since.Equal(began) ||
			pending.What != "/v1/customers/c/subscriptions/s/provisioningstatus" || pending.Asked != len(m.asked) || time.Since(began) != 10*time.Minute {
			t.Errorf("%+v after %v", err, time.Since(began))
		}
		if !strings.Contains(err.Error(), "pending since 2000-01-01T00:00:00Z") {
			t.Error(err)
		}
	})
}

func TestWaitOutlivesWhatFailsForAWhileAndNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var steps []trip
		say := func(status int, body string) trip {
			return func(r *http.Request) (*http.Response, error) { return answer(r, status, body), nil }
		}
		n := 0
		partner := alone(t, trip(func(r *http.Request) (*http.Response, error) {
			n++
			return steps[min(n, len(steps))-1](r)
		}), func(o *partnercenter.Options) { o.Retry = partnercenter.Retry{} })
		pending := say(200, strings.Replace(documentsStatus, "success", "pending", 1))
		odd := say(200, strings.Replace(documentsStatus, "success", "odd", 1))
		gone := func(*http.Request) (*http.Response, error) { return nil, errors.New("connection reset") }
		wait := func() (*partnercenter.SubscriptionProvisioningStatus, error) {
			n = 0
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Hour)
			defer cancel()
			return statusOf(partner).Wait(ctx, partnercenter.WaitOptions{})
		}

		steps = []trip{gone, say(429, ""), pending, gone, say(503, "<html>"), gone, gone, gone, gone, gone, gone, say(429, `{"code":"429"}`), odd, say(200, documentsStatus)}
		if status, err := wait(); err != nil || status.Status != partnercenter.ProvisioningSuccess || n != len(steps) {
			t.Errorf("%+v, %v after %d requests", status, err, n)
		}
		steps = []trip{pending, say(403, `{"code":"900308"}`)}
		if _, err := wait(); !errors.Is(err, partnercenter.ErrPrivileges) || n != 2 {
			t.Errorf("%v after %d requests", err, n)
		}
		steps = []trip{gone}
		if _, err := wait(); err == nil || n != 5 || errors.As(err, new(*partnercenter.PendingError)) {
			t.Errorf("%v after %d requests: nothing ever answered", err, n)
		}
		for _, end := range []string{"failed", "none", "FAILED"} {
			steps = []trip{say(200, strings.Replace(documentsStatus, "success", end, 1))}
			if status, err := wait(); err != nil || string(status.Status) != strings.ToLower(end) || n != 1 {
				t.Errorf("%+v, %v", status, err)
			}
		}
	})
}

func TestSpacingGrowsFromOneMinuteToFifteen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &microsoft{settled: map[string]time.Time{"s": time.Now().Add(72 * time.Hour)}}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
		defer cancel()
		status := m.partner(t).Customers.ByID("c").Subscriptions.ByID("s").ProvisioningStatus
		_, _ = status.Wait(ctx, partnercenter.WaitOptions{})
		for i, want := range []float64{1, 2, 4, 8, 15, 15, 15} {
			if got := m.asked[i+1].Sub(m.asked[i]).Minutes(); got < want*0.79 || got > want*1.21 {
				t.Errorf("pause %d is %.1f minutes, want about %v", i+1, got, want)
			}
		}
		m.asked = nil
		ctx, cancel = context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_, _ = status.Wait(ctx, partnercenter.WaitOptions{Every: 30 * time.Second})
		if n := len(m.asked); n != 121 && n != 120 {
			t.Errorf("%d requests in an hour of every half minute", n)
		}
	})
}

func TestOrdersAreWaitedForUntilNothingIsOnItsWay(t *testing.T) {
	const half = `{"totalCount":1,"items":[{"lineItemNumber":0,"status":"PrefulfillmentPending","quantityProvisioningInformation":[{"quantity":3,"status":"Fulfilled"},{"quantity":2,"status":"%s"}]}]}`
	synctest.Test(t, func(t *testing.T) {
		n := 0
		partner := alone(t, trip(func(r *http.Request) (*http.Response, error) {
			n++
			return answer(r, 200, fmt.Sprintf(half, []string{"prefulfillment_pending", "brand new", "Unfulfilled"}[min(n, 3)-1]), "Retry-After", "60"), nil
		}))
		status, err := partner.Customers.ByID("c").Orders.ByID("o").ProvisioningStatus.Wait(t.Context(), partnercenter.WaitOptions{})
		if err != nil || n != 3 || partnercenter.RollUp(status.Items).Outcome() != partnercenter.OutcomePartial {
			t.Errorf("%+v, %v after %d requests", status, err, n)
		}
	})
}

func TestLinesRollUp(t *testing.T) {
	line := func(status partnercenter.FulfillmentState, parts ...partnercenter.QuantityProvisioningStatus) partnercenter.OrderLineItemProvisioningStatus {
		return partnercenter.OrderLineItemProvisioningStatus{Status: status, QuantityProvisioningInformation: parts}
	}
	part := func(n int, status partnercenter.FulfillmentState) partnercenter.QuantityProvisioningStatus {
		return partnercenter.QuantityProvisioningStatus{Quantity: n, Status: status}
	}
	const ok, no, soon = partnercenter.Fulfilled, partnercenter.Unfulfilled, partnercenter.PrefulfillmentPending
	type lines = []partnercenter.OrderLineItemProvisioningStatus
	for want, all := range map[partnercenter.Outcome][]lines{
		partnercenter.OutcomePending:     {nil, {line(soon)}, {line(ok, part(1, ok)), line("new")}, {line(soon, part(5, ok), part(1, soon))}, {line(ok, part(1, "odd"))}},
		partnercenter.OutcomePartial:     {{line(ok), line(no)}, {line(soon, part(3, ok), part(2, no))}},
		partnercenter.OutcomeFulfilled:   {{line(ok)}, {line(ok, part(3, ok)), line(ok, part(1, ok), part(1, ok))}, {line(soon, part(2, ok))}},
		partnercenter.OutcomeUnfulfilled: {{line(no)}, {line(no, part(3, no)), line(no)}},
	} {
		for _, l := range all {
			if got := partnercenter.RollUp(l).Outcome(); got != want {
				t.Errorf("%+v is %s, want %s", l, got, want)
			}
		}
	}
}

func TestWatchYieldsEachChangeOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		words := []string{"pending", "pending", "success", "success", "pending", "failed"}
		n := 0
		partner := alone(t, trip(func(r *http.Request) (*http.Response, error) {
			n++
			return answer(r, 200, strings.Replace(documentsStatus, "success", words[min(n, len(words))-1], 1)), nil
		}))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Hour)
		defer cancel()
		var seen []string
		var last error
		for status, err := range statusOf(partner).Watch(ctx, partnercenter.WaitOptions{}) {
			if last = err; err == nil {
				seen = append(seen, string(status.Status))
			}
		}
		if got := strings.Join(seen, " "); got != "pending success pending failed" || !errors.Is(last, context.DeadlineExceeded) {
			t.Errorf("%s, then %v", got, last)
		}
		n = 0
		for _, err := range statusOf(partner).Watch(t.Context(), partnercenter.WaitOptions{}) {
			if err != nil {
				t.Error(err)
			}
			break
		}
		if n != 1 {
			t.Errorf("a loop that ends asked %d times", n)
		}
	})
}

func TestManyWaitsLeaveNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // which fails when a goroutine is left
		m := &microsoft{phase: time.Minute, perMinute: 500, settled: map[string]time.Time{"a": time.Now(), "b": time.Now().Add(100 * time.Hour)}}
		refs := []partnercenter.SubscriptionRef{{CustomerID: "c", SubscriptionID: "a"}, {CustomerID: "c", SubscriptionID: "b"}, {CustomerID: "c", SubscriptionID: "none"}, {CustomerID: "c"}}
		for range m.partner(t).StatusMany(t.Context(), refs, partnercenter.WaitOptions{}) {
			break
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		got := map[string]error{}
		for ref, result := range m.partner(t).StatusMany(ctx, refs, partnercenter.WaitOptions{}) {
			got[ref.SubscriptionID] = result.Err
		}
		if len(got) != 4 || got["a"] != nil || !errors.As(got["b"], new(*partnercenter.PendingError)) || !errors.Is(got["none"], partnercenter.ErrSubscriptionNotFound) || got[""] == nil {
			t.Errorf("%v", got)
		}
	})
}

// What the service tells one of them holds for all who wait.
func TestThrottledWaitHoldsAllOfThemBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked []time.Duration
		began := time.Now()
		partner := alone(t, trip(func(r *http.Request) (*http.Response, error) {
			asked = append(asked, time.Since(began))
			if len(asked) == 5 {
				return answer(r, 429, "", "Retry-After", "60"), nil
			}
			return answer(r, 200, documentsStatus), nil
		}))
		refs := make([]partnercenter.SubscriptionRef, 20)
		for i := range refs {
			refs[i] = partnercenter.SubscriptionRef{CustomerID: "c", SubscriptionID: fmt.Sprint(i)}
		}
		for ref, result := range partner.StatusMany(t.Context(), refs, partnercenter.WaitOptions{}) {
			if result.Err != nil {
				t.Errorf("%s: %v", ref.SubscriptionID, result.Err)
			}
		}
		if len(asked) != 21 || asked[5] < 60*time.Second || asked[20] > 65*time.Second {
			t.Errorf("asked at %v", asked)
		}
	})
}

func TestOneWaitTeachesNoMoreThanItHasSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 20 {
			m := &microsoft{phase: rand.N(15 * time.Minute), settled: map[string]time.Time{"s": time.Now().Add(20 * time.Minute)}}
			partner := m.partner(t)
			if _, err := partner.Customers.ByID("c").Subscriptions.ByID("s").ProvisioningStatus.Wait(t.Context(), partnercenter.WaitOptions{Every: 4 * time.Minute}); err != nil {
				t.Fatal(err)
			}
			learned, read := partnercenter.RefreshesOf(partner), time.Now()
			at, _ := learned.Next(read)
			if late := (at.Sub(m.visible(read)) + 30*time.Minute) % (15 * time.Minute); late > learned.Width() || learned.Width() != 4*time.Minute {
				t.Errorf("it learned of a refresh in the %v up to %v, and that is at %v", learned.Width(), at, m.visible(read))
			}
		}
	})
}
