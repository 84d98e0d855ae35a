package commerce

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	// dueBatch is how many due rows one transaction carries out.
	dueBatch = 200
	// leaseTime is how long a runner that says nothing more keeps its world.
	leaseTime = 15 * time.Second
)

// Step is one due row that was carried out.
type Step struct {
	At      time.Time
	Kind    DueKind
	Subject string
}

// runner runs what is due in one world, as long as it holds the lease.
type runner struct {
	service *Service
	world   string
	epoch   int64
	// move, when there is one, takes the clock along to an instant.
	move func(w *writing, to time.Time) error
	told func(Step)
}

// RunDue carries out what is due in a world now, in order. A world that another
// runner holds is ErrTaken.
func (s *Service) RunDue(ctx context.Context, world string) error {
	r := &runner{service: s, world: world, told: func(Step) {}}
	if err := r.take(ctx); err != nil {
		return err
	}
	for {
		more, err := r.batch(ctx, nil)
		if err != nil || !more {
			return err
		}
	}
}

// take gets the world's lease.
func (r *runner) take(ctx context.Context) error {
	err := r.service.Store.Write(ctx, func(tx Tx) error {
		now, err := tx.RealTime(ctx)
		if err != nil {
			return err
		}
		r.epoch, err = tx.Leases().Take(ctx, r.world, r.service.Holder, now, now.Add(leaseTime))
		return err
	})
	if err != nil {
		return fmt.Errorf("take the lease of world %s: %w", r.world, err)
	}
	return nil
}

// batch carries out rows up to an instant, or to the world's now, and says
// whether there may be more of them.
func (r *runner) batch(ctx context.Context, until *time.Time) (more bool, err error) {
	err = r.service.Store.Write(ctx, func(tx Tx) error {
		moment, real, err := momentsIn(ctx, tx, r.world)
		if err != nil {
			return err
		}
		if err := tx.Leases().Renew(ctx, r.world, r.epoch, real.Add(leaseTime)); err != nil {
			return fmt.Errorf("renew the lease of world %s: %w", r.world, err)
		}
		to := moment.Now
		if until != nil {
			to = *until
		}
		rows, err := tx.Due().Until(ctx, r.world, to, dueBatch)
		if err != nil {
			return err
		}
		more = len(rows) == dueBatch
		if more {
			to = rows[len(rows)-1].At
		}
		w := &writing{Tx: tx, Moment: moment, Real: real, service: r.service}
		if r.move != nil {
			if err := r.move(w, to); err != nil {
				return err
			}
		}
		return r.carryOut(ctx, w, rows, to, more)
	})
	if err != nil {
		return false, fmt.Errorf("run what is due in world %s: %w", r.world, err)
	}
	return more, nil
}

// carryOut does rows in their order, and those that are born meanwhile in
// their place among them. Rows that are born at the last instant of a full
// batch wait for the next, since others of that instant may come before them.
func (r *runner) carryOut(ctx context.Context, w *writing, rows []Due, to time.Time, full bool) error {
	w.born = func(d Due) {
		if d.At.After(to) || full && !d.At.Before(to) {
			return
		}
		place, _ := slices.BinarySearchFunc(rows, d, func(a, b Due) int {
			return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
		})
		rows = slices.Insert(rows, place, d)
	}
	for done := 0; len(rows) > 0; done++ {
		d := rows[0]
		rows = rows[1:]
		there, err := w.Due().Remove(ctx, w.World.ID, d.ID)
		if err != nil {
			return err
		}
		if !there {
			continue
		}
		w.Now, w.cause = d.At, d.Cause
		if err := w.carryOut(ctx, d); err != nil {
			return fmt.Errorf("%s of %s: %w", d.Kind, d.Subject, err)
		}
		r.told(Step{At: d.At, Kind: d.Kind, Subject: d.Subject})
	}
	return nil
}

// carryOut does what a row stands for.
func (w *writing) carryOut(ctx context.Context, d Due) error {
	switch d.Kind {
	case DueStep:
		return w.dueStep(ctx, d)
	case DueVisible:
		return w.dueVisible(ctx, d)
	case DueNextCharge:
		return w.dueNextCharge(ctx, d)
	case DueTermEnd:
		return w.duly(ctx, d, w.endTerm)
	case DueDisabled:
		return w.duly(ctx, d, w.disable)
	case DueDeleted:
		return w.duly(ctx, d, w.remove)
	default:
		return fmt.Errorf("nobody knows what that is")
	}
}

// Due gives the worlds in which something is due at this instant, and the real
// instant at which the next thing will be (zero: none).
func (s *Service) Due(ctx context.Context) (worlds []string, next time.Time, err error) {
	err = s.Store.Read(ctx, func(tx Tx) error {
		now, err := tx.RealTime(ctx)
		if err != nil {
			return err
		}
		firsts, err := tx.Due().First(ctx)
		for _, f := range firsts {
			at, comes := f.Real(now)
			switch {
			case !comes:
			case !at.After(now):
				worlds = append(worlds, f.World)
			case next.IsZero() || at.Before(next):
				next = at
			}
		}
		return err
	})
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("look at what is due: %w", err)
	}
	return worlds, next, nil
}

// arrive waits for the lease of a world, for as long as another runner may need.
func (r *runner) arrive(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*leaseTime)
	defer cancel()
	for {
		err := r.take(ctx)
		if !errors.Is(err, ErrTaken) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: another runner holds world %s", ErrUnavailable, r.world)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
