package sqlstore

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"modernc.org/sqlite"

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

// Readers take turns with a file that is larger than all that they may hold.
func TestReadersHoldNoMorePagesThanTheyMay(t *testing.T) {
	s, r := openReaders(t)
	const rows, side = 8000, 3
	if _, err := s.engine.(*sqliteEngine).writer.ExecContext(t.Context(), `CREATE TABLE pages (n INTEGER PRIMARY KEY, filler BLOB)`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.engine.(*sqliteEngine).writer.ExecContext(t.Context(),
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) INSERT INTO pages SELECT i, zeroblob(3000) FROM n`, rows); err != nil {
		t.Fatal(err)
	}
	held := func() (all int) {
		for _, c := range r.idle {
			of, _, err := c.Status(sqlite.DBStatusCacheUsed, false)
			if err != nil {
				t.Fatal(err)
			}
			all += of
		}
		return all
	}
	for round := range rows {
		var beside [side]transaction
		for i := range beside {
			in, err := r.begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			// Whoever is first in this round was not in the last.
			found, err := in.query(t.Context(), "SELECT length(filler) FROM pages WHERE n = $1", 1+(round*side+i)*7919%rows)
			if err != nil || !found.Next() {
				t.Fatal(err)
			}
			_ = found.Close()
			beside[(i+round)%side] = in
		}
		for _, in := range beside {
			in.rollback()
		}
	}
	if len(r.idle) > side || held() > side*mostPages+side*lookUses*4096 {
		t.Errorf("%d connections hold %d KiB of pages", len(r.idle), held()>>10)
	}
}

// A migration may go through every page of a large file.
func TestWhatMigrationsWentThroughIsGivenBack(t *testing.T) {
	s, _ := openReaders(t)
	conn, err := s.engine.(*sqliteEngine).writer.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	err = conn.Raw(func(c any) error {
		held, _, err := c.(*connection).Status(sqlite.DBStatusCacheUsed, false)
		if held > 128<<10 {
			t.Errorf("%d KiB of pages are held after opening", held>>10)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
