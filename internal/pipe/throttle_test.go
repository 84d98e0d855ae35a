package pipe

import (
	"strconv"
	"testing"
	"time"
)

func TestWindowsBeginTogetherAndForgetWhatWas(t *testing.T) {
	begun := time.Now()
	rates := throttle{begun: begun}
	mine, theirs := counted{"orders", "partner", "customer"}, counted{"orders", "partner", "other"}
	for i := range rateLimit {
		if _, ok := rates.admit(mine, begun.Add(time.Duration(i)*time.Millisecond)); !ok {
			t.Fatalf("request %d is refused", i+1)
		}
	}
	for after, want := range map[time.Duration]int{time.Second: 59, 59*time.Second + time.Millisecond: 1, rateWindow - time.Nanosecond: 1} {
		wait, ok := rates.admit(mine, begun.Add(after))
		if refused := (&tooMany{wait}); ok || refused.seconds() != want {
			t.Errorf("after %s: admitted is %t, wait %d, want %d", after, ok, refused.seconds(), want)
		}
	}
	if _, ok := rates.admit(theirs, begun.Add(time.Second)); !ok {
		t.Error("another customer is refused")
	}
	if wait, ok := rates.admit(mine, begun.Add(3*rateWindow+15*time.Second)); !ok || wait != 45*time.Second || len(rates.counts) != 1 {
		t.Errorf("in the fourth window: admitted is %t, %s to its end, %d counters", ok, wait, len(rates.counts))
	}
}

// Callers name customers at will: what they name beyond a bound is counted
// together.
func TestCountersAreBounded(t *testing.T) {
	begun := time.Now()
	rates := throttle{begun: begun}
	known := counted{"orders", "partner", "0"}
	for i := range maxCounters + 2*rateLimit {
		rates.admit(counted{"orders", "partner", strconv.Itoa(i)}, begun)
	}
	if len(rates.counts) != maxCounters+1 {
		t.Errorf("%d counters, want %d", len(rates.counts), maxCounters+1)
	}
	if _, ok := rates.admit(counted{"orders", "partner", "new"}, begun); ok {
		t.Error("a customer beyond the bound has a count of its own")
	}
	if _, ok := rates.admit(known, begun); !ok {
		t.Error("a customer that is counted pays for those that are not")
	}
	if _, ok := rates.admit(counted{"orders", "another partner", "new"}, begun); !ok {
		t.Error("another partner pays")
	}
}

func BenchmarkThrottle(b *testing.B) {
	rates := throttle{begun: time.Now()}
	key := counted{"orders", "1cb000fc-4a11-4fd3-a30d-65e5eccf7d56", "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"}
	b.ReportAllocs()
	for b.Loop() {
		rates.admit(key, time.Now())
	}
}
