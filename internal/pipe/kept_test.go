package pipe

import (
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
