package partnercenter_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"provost/partnercenter"
)

// Whatever is seen of a refresh, what is learned holds it, and is never less.
func TestWhatIsLearnedOfTheRefreshesHoldsThem(t *testing.T) {
	const period = 15 * time.Minute
	for range 300 {
		m := &microsoft{phase: rand.N(period)}
		r := partnercenter.NewRefreshes()
		start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(rand.N(24 * time.Hour))
		if at, known := r.Next(start); known || !at.IsZero() {
			t.Fatal("something is known before anything was seen")
		}
		width, narrowest := period, period
		for range 40 {
			tick := m.visible(start.Add(rand.N(48 * time.Hour)))
			before, behind := 1+rand.N(7*time.Minute), rand.N(7*time.Minute)
			r.Saw(tick.Add(-before), tick.Add(behind))
			narrowest = min(narrowest, before+behind)
			if r.Width() > width || r.Width() > narrowest || r.Width() <= 0 {
				t.Fatalf("the width grew from %v to %v; the narrowest seen is %v", width, r.Width(), narrowest)
			}
			width = r.Width()
			read := start.Add(rand.N(48 * time.Hour))
			at, _ := r.Next(read)
			if late := (at.Sub(m.visible(read)) + 2*period) % period; at.Before(read) || at.Sub(read) > period || late > width {
				t.Fatalf("who asked at %v is told to ask at %v, the refresh being at %v, known to %v", read, at, m.visible(read), width)
			}
		}
		if _, known := r.Next(start); width <= time.Minute != known {
			t.Errorf("known to %v, and that is %t", width, known)
		}
	}
}

func TestServiceThatChangesItsRefreshesIsLearnedAnew(t *testing.T) {
	r := partnercenter.NewRefreshes()
	tick := time.Date(2026, 3, 1, 12, 7, 13, 0, time.UTC)
	r.Saw(tick.Add(-time.Second), tick.Add(time.Second))
	for _, wide := range [][2]time.Duration{{-time.Hour, time.Second}, {time.Second, -time.Second}, {0, 0}} {
		r.Saw(tick.Add(wide[0]), tick.Add(wide[1]))
	}
	if at, known := r.Next(tick.Add(time.Minute)); !known || !at.Equal(tick.Add(15*time.Minute+time.Second)) {
		t.Errorf("%v, %t: what says nothing is to teach nothing", at, known)
	}
	moved := tick.Add(5 * time.Minute)
	for i, want := range []bool{false, false, false, false, true, true} { // once is no proof after that
		r.Saw(moved.Add(-time.Second), moved.Add(time.Second))
		if at, known := r.Next(tick.Add(time.Minute)); known != want || !at.Equal(moved.Add(time.Second)) {
			t.Errorf("seen %d times: %v, %t", i+1, at, known)
		}
	}
}

// lateness is how much later than it could five at a time end, over many rounds.
func lateness(t *testing.T, m *microsoft, partner *partnercenter.Partner, rounds int, unsteady bool) time.Duration {
	t.Helper()
	var mu sync.Mutex
	var sum time.Duration
	for range rounds {
		visible := map[string]time.Time{}
		for range 5 {
			id, settles := fmt.Sprint(len(m.settled)), time.Now().Add(rand.N(10*time.Minute))
			m.settled[id], visible[id] = settles, m.visible(settles)
		}
		var all sync.WaitGroup
		for id := range visible {
			all.Go(func() {
				if _, err := partner.Customers.ByID("c").Subscriptions.ByID(id).ProvisioningStatus.Wait(t.Context(), partnercenter.WaitOptions{}); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				sum += time.Since(visible[id])
			})
		}
		all.Wait()
		if unsteady {
			m.phase = rand.N(15 * time.Minute)
		}
		time.Sleep(rand.N(20 * time.Minute))
	}
	return sum / time.Duration(5*rounds)
}

// Those who ask right after a refresh alone would never see that it has moved.
func TestWaitsFindOutThatTheRefreshesHaveMoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &microsoft{phase: 7*time.Minute + 13*time.Second, settled: map[string]time.Time{}}
		partner := m.partner(t)
		if late := lateness(t, m, partner, 30, false); late > 90*time.Second {
			t.Errorf("%v late before", late)
		}
		m.phase = 2 * time.Minute
		lateness(t, m, partner, 60, false)
		if late := lateness(t, m, partner, 30, false); late > 2*time.Minute {
			t.Errorf("%v late once it has moved", late)
		}
	})
}

func TestServiceWithoutCommonRefreshesIsNotTakenForOneWithThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &microsoft{settled: map[string]time.Time{}}
		if late := lateness(t, m, m.partner(t), 60, true); late > 7*time.Minute {
			t.Errorf("%v late", late)
		}
	})
}
