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

// tick is the first refresh at or after the instant: refreshes are multiples of
// the interval, counted from the Unix epoch.
func tick(at time.Time, interval time.Duration) time.Time {
	if interval <= 0 {
		return at
	}
	past := time.Duration(at.UnixNano() % int64(interval))
	if past == 0 {
		return at
	}
	if past < 0 {
		past += interval
	}
	return at.Add(interval - past).UTC()
}
