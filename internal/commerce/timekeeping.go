package commerce

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// dueBatch is how many due rows one transaction carries out, and mostBatch how
	// many with those that are born meanwhile: many, since each transaction is
	// made durable, and writes pages that the next one writes again.
	dueBatch, mostBatch = 1000, 2000
	// batchTime is when a batch ends though it has not come to its last row: all
	// other writes wait for it. That is looked at after each piece of so many rows,
	// of which no batch has fewer.
	batchTime, batchPiece = 50 * time.Millisecond, 200
	// runBatches is how many batches a world gets before others have their turn.
	runBatches = 10
	// leaseTime is how long a runner that says nothing more keeps its world.
	leaseTime = 15 * time.Second
)

// Step is one due row that was carried out.
type Step struct {
	At      time.Time
	Kind    DueKind
	Subject string
}

// lanes let one runner at a time into a world, on this server; between servers,
// leases do.
type lanes struct {
	mu  sync.Mutex
	all map[string]chan struct{}
}

// of is the lane of a world: who can send is in, and receives to leave.
func (l *lanes) of(world string) chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	world = folded(world)
	if l.all[world] == nil {
		if l.all == nil {
			l.all = map[string]chan struct{}{}
		}
		l.all[world] = make(chan struct{}, 1)
	}
	return l.all[world]
}

// RunDue carries out what is due in a world now, in order, and says whether
// there may be more: a world gets a turn of some batches, so that none keeps the
// others waiting. A world that another runner holds is ErrTaken. When the
// context ends, the batch under way is finished.
func (s *Service) RunDue(ctx context.Context, world string) (more bool, err error) {
	lane := s.lanes.of(world)
	select {
	case lane <- struct{}{}:
		defer func() { <-lane }()
	default:
		return true, fmt.Errorf("run what is due in world %s: %w", world, ErrTaken)
	}
	r := &runner{service: s, world: world, done: func([]Step) {}}
	defer r.release(ctx)
	for turn := 0; turn < runBatches && ctx.Err() == nil; turn++ {
		if more, err = r.batch(ctx, nil); err != nil || !more {
			return more, err
		}
	}
	return true, nil
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

// Due gives the worlds in which something is due now, and how long it is until
// the next thing will be ([ForEver]: there is none). It is a span, and no instant:
// the database's clock says so, and the caller's own may be wrong.
func (s *Service) Due(ctx context.Context) (worlds []string, wait time.Duration, err error) {
	wait = ForEver
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
			default:
				wait = min(wait, at.Sub(now))
			}
		}
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("look at what is due: %w", err)
	}
	return worlds, wait, nil
}

// FailingDue counts, by world, the due rows whose work has failed and is tried
// again.
func (s *Service) FailingDue(ctx context.Context) (failing []FailingDue, err error) {
	err = s.Store.Read(ctx, func(tx Tx) (err error) {
		failing, err = tx.Due().Failing(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count what fails: %w", err)
	}
	return failing, nil
}
