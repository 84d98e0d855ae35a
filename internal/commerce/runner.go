package commerce

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// runner runs what is due in one world, as long as it holds the lease.
type runner struct {
	service *Service
	world   string
	// epoch is the lease's; 0: it is yet to be taken.
	epoch int64
	// move, when there is one, takes the clock along to an instant, after the steps
	// of a batch; last: it is the one of arrival. It may be called again for the same
	// batch, and what it did is then undone.
	move func(ctx context.Context, w *writing, to time.Time, steps []Step, last bool) error
	// done hears of each batch that is committed, and of its steps.
	done func([]Step)
	// careful is how many batches of one row are to come, until the one that fails
	// is found.
	careful int
	// last is how many rows the last batch carried out, and overtaken how often the
	// batch under way was begun again since others were faster; small: the last
	// batches had to be.
	last, overtaken int
	small           bool
}

// batchFailure is one of which it cannot be told whose it is.
type batchFailure struct{ error }

// Unwrap gives what failed.
func (f *batchFailure) Unwrap() error { return f.error }

// DueFailure is the work of a due row that failed.
type DueFailure struct {
	Due Due
	Err error
	// Failures counts this and those before, and RetryAt is when it is tried
	// again, in real time.
	Failures int
	RetryAt  time.Time
	// born rows were written by the same batch, and are gone with it.
	born bool
}

// Error says what failed, and why.
func (f *DueFailure) Error() string {
	return fmt.Sprintf("%s of %s: %v", f.Due.Kind, f.Due.Subject, f.Err)
}

// Unwrap gives the reason.
func (f *DueFailure) Unwrap() error { return f.Err }

// retryAfter is how long work rests that has failed so many times: a second,
// twice as long each time, an hour at most (ADR 5).
func retryAfter(failures int) time.Duration {
	return min(time.Second<<min(failures-1, 12), time.Hour)
}

// take gets the world's lease, or keeps it.
func (r *runner) take(ctx context.Context, tx Tx, real time.Time) (err error) {
	if r.epoch == 0 {
		r.epoch, err = tx.Leases().Take(ctx, r.world, r.service.Holder, real, real.Add(leaseTime))
		return err
	}
	err = tx.Leases().Renew(ctx, r.world, r.epoch, real.Add(leaseTime))
	if errors.Is(err, ErrMissing) {
		return fmt.Errorf("%w: another runner has the lease since", ErrTaken)
	}
	return err
}

// under does a write under the lease. It is not cut when the context ends: a
// batch is short, and what it has begun it finishes.
func (r *runner) under(ctx context.Context, do func(context.Context, Tx, time.Time) error) error {
	ctx = Alone(context.WithoutCancel(ctx))
	epoch := r.epoch
	var lost error
	err := r.service.Store.Write(ctx, func(tx Tx) error {
		r.epoch = epoch
		real, err := tx.RealTime(ctx)
		if err != nil {
			return err
		}
		real = real.Truncate(precision)
		if lost = r.take(ctx, tx, real); lost != nil {
			return lost
		}
		return do(ctx, tx, real)
	})
	switch {
	case errors.Is(lost, ErrTaken):
		r.epoch = 0
	case err != nil:
		r.epoch = epoch // it was taken in vain, if it was
	}
	return err
}

// release lets others have the world at once.
func (r *runner) release(ctx context.Context) {
	if r.epoch == 0 {
		return
	}
	// Where it fails, the lease lapses.
	_ = r.under(ctx, func(ctx context.Context, tx Tx, real time.Time) error {
		return tx.Leases().Renew(ctx, r.world, r.epoch, real)
	})
	r.epoch = 0
}

// batch carries out rows up to an instant or to the world's now, whichever is
// later, and says whether there may be more of them. A row whose work fails is
// put off, and the others go on without it.
func (r *runner) batch(ctx context.Context, until *time.Time) (more bool, err error) {
	var steps []Step
	released := false
	r.overtaken = -1
	err = r.under(ctx, func(ctx context.Context, tx Tx, real time.Time) error {
		r.overtaken++
		w, err := r.writing(ctx, tx, real)
		if err != nil {
			return err
		}
		to := w.Now
		if until != nil && until.After(to) {
			to = *until
		}
		if steps, to, more, err = r.runUntil(ctx, w, to); err != nil {
			return err
		}
		if r.move != nil {
			if err := r.move(ctx, w, to, steps, !more); err != nil {
				return err
			}
		}
		if released = !more && until == nil; released {
			return tx.Leases().Renew(ctx, r.world, r.epoch, real)
		}
		return nil
	})
	r.small = r.overtaken > 0 || r.small && 2*r.last < batchPiece
	if err != nil {
		r.last = 0
	}
	var failed *DueFailure
	var unknown *batchFailure
	switch {
	case errors.As(err, &failed):
		return true, r.postpone(ctx, failed)
	case errors.As(err, &unknown) && !errors.Is(err, ErrUnavailable):
		r.careful = r.service.dueBatch()
		return true, nil
	case err != nil:
		return false, fmt.Errorf("run what is due in world %s: %w", r.world, err)
	}
	r.careful = max(r.careful-1, 0)
	if released {
		r.epoch = 0
	}
	r.done(steps)
	return more, nil
}

// writing is what the rows of a batch write with.
func (r *runner) writing(ctx context.Context, tx Tx, real time.Time) (*writing, error) {
	world, err := tx.Worlds().ByID(ctx, r.world)
	if err != nil {
		return nil, fmt.Errorf("read world %s: %w", r.world, err)
	}
	if world.Importing {
		return nil, beingImported(world)
	}
	return &writing{Tx: tx, Moment: Moment{World: world, Now: world.Clock.At(real)}, Real: real, service: r.service}, nil
}

// runUntil carries out rows up to an instant in their order, with those that are
// born meanwhile in their place, and says how far it came. When one row alone is
// to be carried out, whatever fails is its failure.
func (r *runner) runUntil(ctx context.Context, w *writing, to time.Time) (steps []Step, came time.Time, more bool, err error) {
	limit, alone := r.size(), r.careful > 0
	plan, err := newAgenda(ctx, w, to, limit)
	if err != nil {
		return nil, to, false, err
	}
	var first Due
	if len(plan.rows) > 0 {
		first = plan.rows[0]
	}
	w.Tx = plan.begin(ctx, w.Tx, alone)
	defer plan.end()
	steps, came, more, err = w.carryOutAll(ctx, plan)
	r.last = len(steps)
	if err == nil {
		err = w.finish(ctx)
	}
	if err == nil {
		err = plan.finish(ctx)
	}
	var known *DueFailure
	switch {
	case err == nil, errors.Is(err, ErrUnavailable), errors.As(err, &known):
	case alone:
		err = &DueFailure{Due: first, Err: err}
	default:
		err = &batchFailure{err}
	}
	return steps, came, more, err
}

// size is how many rows the next batch takes from the table: as many as there
// was time for in the last, and again as many. The more it takes, the more of
// what others write meanwhile it meets; one that was overtaken takes half.
func (r *runner) size() int {
	if r.careful > 0 {
		return 1
	}
	rows := 2 * r.last
	if !r.small {
		rows = max(rows, batchPiece)
	}
	return max(min(rows, r.service.dueBatch())>>min(r.overtaken, 12), 1)
}

// carryOutAll carries out a plan's rows, or as many as there is time for.
func (w *writing) carryOutAll(ctx context.Context, plan *agenda) (steps []Step, came time.Time, more bool, err error) {
	for {
		if enough, err := w.enough(ctx, len(steps)); err != nil || enough {
			return steps, steps[len(steps)-1].At, true, err
		}
		d, there := plan.next()
		if !there {
			return steps, plan.to, plan.full, nil
		}
		if err := w.prepare(ctx, plan, d); err != nil {
			return nil, came, false, err
		}
		if err := w.attempt(ctx, d); err != nil {
			var unknown *batchFailure
			if errors.Is(err, ErrUnavailable) || errors.As(err, &unknown) {
				return nil, came, false, err // not the row's fault
			}
			return nil, came, false, &DueFailure{Due: d, Err: err, born: d.ID >= firstBorn}
		}
		steps = append(steps, Step{At: d.At, Kind: d.Kind, Subject: d.Subject})
	}
}

// prepare has in hand what a row begins with. While that is read beside, what
// became of the rows before it is written.
func (w *writing) prepare(ctx context.Context, plan *agenda, d Due) error {
	if plan.ready(d) {
		return nil
	}
	if err := w.writeOut(ctx, plan); err != nil {
		return err
	}
	return plan.readAhead(ctx, d)
}

func (w *writing) writeOut(ctx context.Context, plan *agenda) error {
	if err := w.finish(ctx); err != nil {
		return err
	}
	return plan.writeOut(ctx)
}

// enough says whether a batch has carried out as many rows as it may.
func (w *writing) enough(ctx context.Context, rows int) (bool, error) {
	if rows == 0 || rows%batchPiece != 0 {
		return false, nil
	}
	now, err := w.RealTime(ctx)
	return rows >= mostBatch || now.Sub(w.Real) >= batchTime, err
}

// dueBatch is how many due rows one transaction carries out at most.
func (s *Service) dueBatch() int { return cmp.Or(s.batch, dueBatch) }

// attempt carries a row out at its own instant. A bug in its work is its
// failure, and no one else's.
func (w *writing) attempt(ctx context.Context, d Due) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("bug: %v\n%s", cause, debug.Stack())
		}
	}()
	w.Now, w.cause = d.At, d.Cause
	return w.carryOut(ctx, d)
}

// postpone puts a row off whose work failed. One that was born in the batch is
// gone with it: what wrote it is carried out alone first.
func (r *runner) postpone(ctx context.Context, f *DueFailure) error {
	if f.born {
		r.careful = r.service.dueBatch()
		return nil
	}
	f.Failures = f.Due.Failures + 1
	err := r.under(ctx, func(ctx context.Context, tx Tx, real time.Time) error {
		f.RetryAt = real.Add(retryAfter(f.Failures))
		return tx.Due().Postpone(ctx, r.world, f.Due.ID, f.Failures, f.RetryAt)
	})
	if err != nil {
		return fmt.Errorf("put off %w in world %s: %w", f, r.world, err)
	}
	r.careful = 0
	if r.service.OnDueFailure != nil {
		r.service.OnDueFailure(*f)
	}
	return nil
}

// arrive waits for the lease of a world.
func (r *runner) arrive(ctx context.Context) error {
	for {
		err := r.under(ctx, func(context.Context, Tx, time.Time) error { return nil })
		if !errors.Is(err, ErrTaken) {
			return err
		}
		select {
		case <-ctx.Done():
			return r.busy()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (r *runner) busy() error {
	return fmt.Errorf("%w: another runner holds world %s: ask again", ErrUnavailable, r.world)
}
