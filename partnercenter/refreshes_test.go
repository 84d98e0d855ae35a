package partnercenter_test

import (
	"math/rand/v2"
	"testing"
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
	r.Saw(moved.Add(-time.Second), moved.Add(time.Second))
	if at, known := r.Next(tick.Add(time.Minute)); !known || !at.Equal(moved.Add(time.Second)) {
		t.Errorf("%v, %t", at, known)
	}
}
