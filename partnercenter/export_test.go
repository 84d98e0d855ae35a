package partnercenter

import "time"

// Refreshes lets the tests see what waits have learned.
type Refreshes struct{ r *refreshes }

// NewRefreshes knows nothing yet.
func NewRefreshes() Refreshes { return Refreshes{newRefreshes()} }

// RefreshesOf are those that a partner's waits have learned of.
func RefreshesOf(p *Partner) Refreshes { return Refreshes{p.refreshes} }

// Saw takes note of a change between two instants.
func (r Refreshes) Saw(pending, settled time.Time) { r.r.saw(pending, settled) }

// Next is when to ask who asked at an instant.
func (r Refreshes) Next(read time.Time) (time.Time, bool) { return r.r.next(read) }

// Width is how much is not known.
func (r Refreshes) Width() time.Duration { return r.r.to - r.r.from }
