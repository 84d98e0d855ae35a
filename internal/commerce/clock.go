package commerce

import "time"

// Clock is a world's own time: real time plus an offset, or an instant at
// which it stands still.
type Clock struct {
	Offset   time.Duration
	FrozenAt *time.Time
}

// At is the world's time at a real instant.
func (c Clock) At(real time.Time) time.Time {
	if c.FrozenAt != nil {
		return c.FrozenAt.UTC()
	}
	return real.Add(c.Offset).UTC()
}

// Frozen says whether the clock stands still.
func (c Clock) Frozen() bool { return c.FrozenAt != nil }

// Equal says whether both clocks show the same time for good.
func (c Clock) Equal(other Clock) bool {
	if c.Frozen() != other.Frozen() {
		return false
	}
	return c.Offset == other.Offset && (!c.Frozen() || c.FrozenAt.Equal(*other.FrozenAt))
}

// tick is the first refresh at or after the instant: refreshes are multiples of
// the interval, in whole seconds, counted from the Unix epoch.
func tick(at time.Time, interval time.Duration) time.Time {
	seconds := int64(interval / time.Second)
	if seconds <= 0 {
		return at
	}
	past := at.Unix() % seconds
	if past < 0 {
		past += seconds
	}
	if past == 0 && at.Nanosecond() == 0 {
		return at
	}
	return time.Unix(at.Unix()-past+seconds, 0).UTC()
}
