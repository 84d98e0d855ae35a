package sqlstore

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"provost/internal/commerce"
)

// openReaders opens a store, and gives its connections that read.
func openReaders(t *testing.T) (*Store, *readers) {
	t.Helper()
	s, err := OpenSQLite(t.Context(), SQLite{Path: filepath.Join(t.TempDir(), "provost.db"), Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, s.engine.(*sqliteEngine).readers
}

func listWorlds(ctx context.Context, s *Store) error {
	return s.Read(ctx, func(tx commerce.Tx) error {
		_, err := tx.Worlds().List(ctx)
		return err
	})
}

// What a connection has read stays at hand in it alone: one reader after another
// needs one, however many there may be.
func TestReadersTakeTheConnectionThatWasUsedLast(t *testing.T) {
	s, r := openReaders(t)
	for range 20 {
		if err := listWorlds(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if err := s.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.idle) != 1 || len(r.taken) != 0 {
		t.Errorf("%d connections are idle and %d taken", len(r.idle), len(r.taken))
	}
}

func TestAReaderWaitsForAConnectionAndNotForEver(t *testing.T) {
	s, r := openReaders(t)
	for range cap(r.taken) {
		in, err := r.begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(in.rollback)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := listWorlds(ctx, s); !errors.Is(err, commerce.ErrUnavailable) {
		t.Errorf("%v, where no connection becomes free in its time", err)
	}
}

// A count reads on before it shows a row: whoever hangs up ends that, and what
// is left of the connection is not used again.
func TestAReadEndsWithItsContext(t *testing.T) {
	s, r := openReaders(t)
	const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := s.Read(ctx, func(t commerce.Tx) error {
		_, err := one(ctx, t.(*tx), "count for ever", value[int], endless)
		return err
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	seen := 0
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	err = s.Read(ctx, func(t commerce.Tx) error {
		_, err := collect(ctx, t.(*tx), "list for ever", func(row rows) (int, error) {
			if seen++; seen == 10 {
				cancel()
			}
			return value[int](row)
		}, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n")
		return err
	})
	if !errors.Is(err, context.Canceled) || seen != 10 {
		t.Errorf("after %d rows: %v", seen, err)
	}
	if len(r.taken) != 0 {
		t.Errorf("%d connections are not given back", len(r.taken))
	}
	if err := listWorlds(t.Context(), s); err != nil {
		t.Errorf("the next read: %v", err)
	}
}
