// Package sqlstore keeps the shop in SQLite or PostgreSQL.
//
// Every query is written once, in words that both understand: $1, RETURNING, ON
// CONFLICT and row values. Only opening a database and its schema belong to one
// engine. It has never heard of HTTP, and of the rules it knows
// what must be unique.
package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"sync"
	"time"

	"provost/internal/commerce"
)

// Store is a [commerce.Store] in a database.
type Store struct {
	engine engine
	// queue is nil while there are no jobs.
	queue queue

	generations generations

	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
}

func newStore(e engine) *Store {
	return &Store{engine: e, generations: generations{seed: maphash.MakeSeed()}}
}

// engine is what differs between databases once one is open.
type engine interface {
	// begin begins a transaction that was tried so often before; mistaken: the last
	// time, something was taken for granted that was not so.
	begin(ctx context.Context, write bool, tries int, mistaken bool) (transaction, error)
	// again waits until a transaction that failed may be begun anew, and says
	// whether it may.
	again(ctx context.Context, err error, tries int, since time.Time, committing bool) bool
	realTime(ctx context.Context, q querier) (time.Time, error)
	// reason is the error of commerce that one of the engine's stands for; nil
	// when there is none.
	reason(err error) error
	// readsBefore says whether others can read, while one writes, what stood before.
	readsBefore() bool
	openQueue(ctx context.Context, log *slog.Logger) (queue, error)
	close() error
}

// sharer is a transaction that has seen what others wrote and that was not durable
// yet.
type sharer interface {
	// misled takes it back, and says why what it has seen may never have been.
	misled() error
}

// grower is a transaction that has the generations grow itself.
type grower interface {
	// changes says what of, before it is committed.
	changes(of concerned)
}

type transaction interface {
	querier
	commit() error
	// rollback has no effect after a commit.
	rollback()
}

// Read runs fn on one snapshot, taken when it first looks at a table.
func (s *Store) Read(ctx context.Context, fn func(commerce.Tx) error) error {
	return s.run(ctx, false, fn)
}

// Write runs fn as one atomic unit; where servers share the database, it runs fn
// again when another was faster. A statement that fails, other than by a
// missing row or a taken key, fails the whole, whatever fn makes of it.
func (s *Store) Write(ctx context.Context, fn func(commerce.Tx) error) error {
	return s.run(ctx, true, fn)
}

// Ready reads something.
func (s *Store) Ready(ctx context.Context) error {
	return s.Read(commerce.Brief(ctx), func(t commerce.Tx) error {
		_, err := collect(ctx, t.(*tx), "look at the database", value[int], "SELECT 1 FROM worlds LIMIT 1")
		return err
	})
}

// Close waits for the transactions that run, and refuses others.
func (s *Store) Close() error {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	if closed {
		return nil
	}
	s.running.Wait()
	var errs []error
	if s.queue != nil {
		errs = append(errs, s.queue.close())
	}
	if err := errors.Join(append(errs, s.engine.close())...); err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}

func (s *Store) run(ctx context.Context, write bool, fn func(commerce.Tx) error) error {
	if !s.enter() {
		return fmt.Errorf("begin transaction: %w: it is closed", commerce.ErrUnavailable)
	}
	defer s.running.Done()
	since := time.Now()
	again := false
	for tries := 0; ; tries++ {
		t := &tx{store: s, ctx: ctx, brief: !write && commerce.IsBrief(ctx)}
		err := s.try(t, write, tries, again, fn)
		var mistaken *mistakenError
		if again = errors.As(t.cause, &mistaken); again {
			continue
		}
		// A read may have passed on already what it found.
		if t.cause == nil || !write && t.answered || !s.engine.again(ctx, t.cause, tries, since, t.committing) {
			return err
		}
	}
}

// try runs fn in a transaction once.
func (s *Store) try(t *tx, write bool, tries int, mistaken bool, fn func(commerce.Tx) error) error {
	in, err := s.engine.begin(t.ctx, write, tries, mistaken)
	if err != nil {
		return t.failed(t.ctx, "begin transaction", err)
	}
	defer in.rollback()
	t.querier = in
	err = fn(t)
	if p, ok := in.(postponer); ok && write && err != nil && t.broken == nil {
		// What it says counts only if what it took for granted is so.
		if err := p.settle(t.ctx); err != nil {
			return t.failed(t.ctx, "carry out what was put off", err)
		}
	}
	if err != nil {
		if shared, ok := in.(sharer); ok && t.cause == nil {
			t.cause = shared.misled()
		}
		return err
	}
	if t.broken != nil {
		return t.broken
	}
	if !write {
		return nil
	}
	t.committing = true
	itself, can := in.(grower)
	if can {
		itself.changes(t.concerned)
	}
	err = in.commit()
	if !can {
		s.generations.grow(t.concerned) // whatever became of it: a commit that failed may have been carried out
	}
	if err != nil {
		return t.failed(t.ctx, "commit", err)
	}
	return nil
}

func (s *Store) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.running.Add(1)
	return true
}

// failure says what was being done when the engine failed, and what that means
// to commerce.
func (s *Store) failure(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		err = ctx.Err() // whatever the engine calls it
	}
	switch reason := s.engine.reason(err); {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", what, err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s: %w: %w", what, commerce.ErrUnavailable, err)
	case reason != nil:
		return fmt.Errorf("%s: %w: %w", what, reason, err)
	default:
		return fmt.Errorf("%s: %w", what, err)
	}
}
