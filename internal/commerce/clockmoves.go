package commerce

import (
	"context"
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
}

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
		World: m.World.ID, Now: m.Now, Real: real, Clock: m.World.Clock,
		NextRefresh: tick(m.Now.Add(precision), m.World.Settings.RefreshInterval),
	}
	first, err := tx.Due().Until(ctx, world, neverEnds, 1)
	if err == nil && len(first) > 0 {
		reading.Due = &first[0].At
	}
	return reading, err
}

// MoveClock moves a development world's clock, and carries out everything that
// becomes due on the way, each thing at its own instant. It returns when the
// world has arrived, with the steps that it took.
func (s *Service) MoveClock(ctx context.Context, actor Actor, move ClockMove) (ClockReading, []Step, error) {
	if actor.World.Kind != Development {
		return ClockReading{}, nil, Refuse(partnercenter.ErrNotHere.About("clock"),
			"world %s is one of production: its time is the real one; a development world's clock can be moved", actor.World.ID)
	}
	var steps []Step
	r := &runner{service: s, world: actor.World.ID, told: func(step Step) { steps = append(steps, step) }}
	if err := r.arrive(ctx); err != nil {
		return ClockReading{}, nil, err
	}
	target, err := s.target(ctx, actor.World.ID, move)
	if err != nil {
		return ClockReading{}, nil, err
	}
	r.move = func(w *writing, to time.Time) error { return w.moveClock(ctx, to, move) }
	for more := true; more; {
		if more, err = r.batch(ctx, &target); err != nil {
			return ClockReading{}, nil, err
		}
	}
	s.Wake()
	reading, err := s.ReadClock(ctx, actor)
	return reading, steps, err
}

// target is where a move leads.
func (s *Service) target(ctx context.Context, world string, move ClockMove) (time.Time, error) {
	var target time.Time
	err := s.inWorld(ctx, world, func(_ Tx, m Moment) error {
		target = m.Now
		switch {
		case move.By != nil:
			target = move.By.After(m.Now)
		case move.To != nil:
			target = move.To.UTC().Truncate(precision)
		case move.NextRefresh:
			target = tick(m.Now.Add(precision), m.World.Settings.RefreshInterval)
		}
		if target.Before(m.Now) {
			return Refuse(partnercenter.ErrInput.About("clock"), "a clock goes forward alone: it is %s in world %s", m.Now.Format(time.RFC3339Nano), world)
		}
		if target.After(neverEnds) {
			return Refuse(partnercenter.ErrInput.About("clock"), "time ends at %s", neverEnds.Format(time.RFC3339))
		}
		return nil
	})
	return target, err
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
	if err := w.Worlds().SetClock(ctx, w.World.ID, clock); err != nil {
		return fmt.Errorf("set the clock of world %s: %w", w.World.ID, err)
	}
	w.World.Clock = clock
	return nil
}
