package commerce

import (
	"context"
	"errors"
	"fmt"
	"time"

	"provost/partnercenter"
)

// ClockReading is what a world's clock says.
type ClockReading struct {
	World string
	// Now is the world's time, Real the real one.
	Now, Real time.Time
	Clock     Clock
	// NextRefresh is the next instant at which provisioning becomes visible.
	NextRefresh time.Time
	// Due is the next instant at which something is to happen; nil: nothing is.
	Due *time.Time
	// Failing is how much has become due and failed; it is tried again.
	Failing int
	// Taken counts the steps of a move.
	Taken int
	// Outstanding counts the changes that outside systems carry out, in real time.
	Outstanding int
}

const (
	// maxSteps is how many steps of a move are told one by one.
	maxSteps = 1000
	// maxAhead is how far a clock can be moved ahead of real time: what is kept of
	// it is a distance in nanoseconds, of which there are enough for 292 years.
	maxAhead = 250 * 365 * day
)

// ClockMove is what a caller asks of a clock; one member is set.
type ClockMove struct {
	// By moves it forward, To sets it forward, NextRefresh takes it to the next
	// refresh.
	By          *Period
	To          *time.Time
	NextRefresh bool
	// Freeze stops it, Resume lets it run on from where it stands.
	Freeze, Resume bool
}

// ReadClock reads a world's clock.
func (s *Service) ReadClock(ctx context.Context, actor Actor) (reading ClockReading, err error) {
	err = s.Store.Read(ctx, func(tx Tx) (err error) {
		reading, err = readClock(ctx, tx, actor.World.ID)
		return err
	})
	return reading, err
}

func readClock(ctx context.Context, tx Tx, world string) (ClockReading, error) {
	m, real, err := momentsIn(ctx, tx, world)
	if err != nil {
		return ClockReading{}, err
	}
	reading := ClockReading{
		World: m.World.ID, Now: m.Now, Real: real, Clock: m.World.Clock, NextRefresh: m.nextRefresh(),
	}
	first, err := tx.Due().Until(ctx, world, neverEnds, 1)
	if err != nil {
		return reading, fmt.Errorf("find what is due first: %w", err)
	}
	if len(first) > 0 {
		reading.Due = &first[0].At
	}
	failing, err := tx.Due().Failing(ctx)
	if err != nil {
		return reading, fmt.Errorf("count what fails: %w", err)
	}
	for _, f := range failing {
		if folded(f.World) == folded(world) {
			reading.Failing = f.Rows
		}
	}
	reading.Outstanding, err = tx.Changes().Outstanding(ctx, world)
	return reading, err
}

// nextRefresh is the next instant at which provisioning becomes visible; now,
// where it does so at once.
func (m Moment) nextRefresh() time.Time {
	if m.World.Settings.RefreshInterval == 0 {
		return m.Now
	}
	return tick(m.Now.Add(precision), m.World.Settings.RefreshInterval)
}

// MoveClock moves a development world's clock, and carries out everything that
// becomes due on the way, each thing at its own instant. It returns when the
// world has arrived, with the first of the steps that it took. When the context
// ends on the way, the world stays where it has come to, and the same request
// again goes on to where the first was to lead.
func (s *Service) MoveClock(ctx context.Context, by Caller, move ClockMove) (ClockReading, []Step, error) {
	if by.World.Kind != Development {
		return ClockReading{}, nil, Refuse(partnercenter.ErrNotHere.About("clock"),
			"world %s is one of production: its time is the real one; a development world's clock can be moved", by.World.ID)
	}
	j, err := journey{}, error(nil)
	if by.Key == "" {
		j, err = s.travel(ctx, by, move)
	} else {
		j, err = alone(ctx, s, by, func() (journey, error) { return s.travel(ctx, by, move) })
	}
	return j.Reading, j.Steps, err
}

// travel takes a world to where it is to go, as soon as it is nobody else's. There
// may be no way left to go.
func (r *runner) travel(ctx context.Context, where func() (target time.Time, there bool, err error)) error {
	waiting, cancel := context.WithTimeout(ctx, 2*leaseTime)
	defer cancel()
	lane := r.service.lanes.of(r.world)
	select {
	case lane <- struct{}{}:
		defer func() { <-lane }()
	case <-waiting.Done():
		return r.busy()
	}
	defer r.release(ctx)
	if err := r.arrive(waiting); err != nil {
		return err
	}
	target, there, err := where()
	if err != nil || there {
		return err
	}
	for more := true; more; {
		if ctx.Err() != nil {
			return fmt.Errorf("move the clock of world %s: %w", r.world, ctx.Err())
		}
		more, err = r.batch(ctx, &target)
		if errors.Is(err, ErrTaken) { // after a pause as long as a lease
			more, err = true, r.arrive(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// target is where a move leads.
func (move ClockMove) target(m Moment, real time.Time) (time.Time, error) {
	target := m.Now
	switch {
	case move.By != nil:
		target = move.By.After(m.Now)
	case move.To != nil:
		target = move.To.UTC().Truncate(precision)
	case move.NextRefresh:
		target = m.nextRefresh()
	}
	if target.Before(m.Now) {
		return target, Refuse(partnercenter.ErrInput.About("clock"), "a clock goes forward alone: it is %s in world %s", m.Now.Format(time.RFC3339Nano), m.World.ID)
	}
	if end := real.Add(maxAhead).Truncate(day); target.After(end) {
		return target, Refuse(partnercenter.ErrInput.About("clock"), "a clock can be moved 250 years ahead of real time, to %s now", end.Format(time.DateOnly))
	}
	return target, nil
}

// moveClock sets the clock to an instant unless it is beyond already.
func (w *writing) moveClock(ctx context.Context, to time.Time, move ClockMove) error {
	clock := w.World.Clock
	if now := clock.At(w.Real); to.Before(now) {
		to = now
	}
	switch frozen := clock.Frozen(); {
	case move.Resume, !frozen && !move.Freeze:
		clock = Clock{Offset: to.Sub(w.Real)}
	default:
		clock = Clock{Offset: clock.Offset, FrozenAt: &to}
	}
	if clock.Equal(w.World.Clock) {
		return nil // whose new setting would take back whatever is kept of the world
	}
	if err := w.Worlds().SetClock(ctx, w.World.ID, clock); err != nil {
		return fmt.Errorf("set the clock of world %s: %w", w.World.ID, err)
	}
	w.World.Clock = clock
	return nil
}
