package sqlstore_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"provost/internal/commerce"
	"provost/internal/sqlstore"
)

func worldsIn(t *testing.T, path string) (n int) {
	t.Helper()
	s := open(t, sqlstore.SQLite{Path: path})
	must(t, s.Read(t.Context(), func(tx commerce.Tx) error {
		worlds, err := tx.Worlds().List(t.Context())
		n = len(worlds)
		return err
	}))
	return n
}

// Each write makes two worlds: a copy that has an odd number of them is of no
// instant.
func TestBackupBesideAWriterIsOfOneInstant(t *testing.T) {
	path := fresh(t)
	s := open(t, sqlstore.SQLite{Path: path})
	ctx, stop := context.WithCancel(t.Context())
	written := make(chan int)
	go func() {
		n := 0
		for ; ctx.Err() == nil; n++ {
			_ = s.Write(t.Context(), func(tx commerce.Tx) error {
				for _, half := range []string{"a", "b"} {
					if err := tx.Worlds().Insert(t.Context(), commerce.World{ID: fmt.Sprint(n, half)}); err != nil {
						return err
					}
				}
				return nil
			})
		}
		written <- n
	}()
	var copies []string
	for i := range 5 {
		to := filepath.Join(t.TempDir(), fmt.Sprintf("copy-%d.db", i))
		must(t, sqlstore.Backup(t.Context(), path, to))
		copies = append(copies, to)
	}
	stop()
	if n := <-written; n == 0 {
		t.Error("nothing was written meanwhile")
	}
	for _, to := range copies {
		if n := worldsIn(t, to); n%2 != 0 {
			t.Errorf("%s holds %d worlds", to, n)
		}
		if info, err := os.Stat(to); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("its mode is %v (%v)", info.Mode(), err)
		}
	}
}

func TestBackupThatCannotBeMadeSaysWhatToDoAndLeavesNothing(t *testing.T) {
	path := fresh(t)
	made(t, path)
	theirs := fresh(t)
	raw(t, theirs, "CREATE TABLE theirs (id INTEGER)")
	there := filepath.Join(t.TempDir(), "there")
	must(t, os.WriteFile(there, []byte("mine"), 0o600))
	for _, c := range []struct{ from, to, says string }{
		{path, there, "is there already: name another file"},
		{path, filepath.Join(t.TempDir(), "no", "copy.db"), "does not exist: create it"},
		{filepath.Join(t.TempDir(), "none.db"), filepath.Join(t.TempDir(), "copy.db"), "does not exist"},
		{theirs, filepath.Join(t.TempDir(), "copy.db"), "no database of Provost's"},
		{"postgres://u:secret@db/x", filepath.Join(t.TempDir(), "copy.db"), "pg_dump"},
	} {
		err := sqlstore.Backup(t.Context(), c.from, c.to)
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "secret@") {
			t.Errorf("from %s to %s: %v, want %s", c.from, c.to, err, c.says)
		}
		if left, _ := filepath.Glob(c.to + "*"); c.to != there && len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
	if text, _ := os.ReadFile(there); string(text) != "mine" {
		t.Error("a file was replaced")
	}
}

// asBefore makes a database what the program before this one left.
func asBefore(t *testing.T, path string) {
	t.Helper()
	raw(t, path, "ALTER TABLE refresh_tokens DROP COLUMN scope", "ALTER TABLE refresh_tokens DROP COLUMN audience",
		"DELETE FROM goose_db_version WHERE version_id >= 6", "CREATE TABLE portions (world TEXT, change_id TEXT, part INTEGER, quantity INTEGER, status TEXT, reason TEXT)",
		"ALTER TABLE changes DROP COLUMN portions", "DROP TABLE schema_versions", "DROP TABLE request_counts")
}

func TestSchemaThatChangesIsCopiedBefore(t *testing.T) {
	path := fresh(t)
	made(t, path)
	before, err := sqlstore.SchemaOf(t.Context(), path)
	must(t, err)
	if before.Has != before.Knows || before.Has < 6 {
		t.Errorf("a new one has %+v", before)
	}
	asBefore(t, path)
	if old, err := sqlstore.SchemaOf(t.Context(), path); err != nil || old.Has != 5 {
		t.Errorf("it has %+v, %v", old, err)
	}
	made(t, path)
	copies, err := filepath.Glob(path + ".schema-5.*.backup")
	must(t, err)
	if len(copies) != 1 {
		t.Fatalf("there are the copies %v", copies)
	}
	if old, err := sqlstore.SchemaOf(t.Context(), copies[0]); err != nil || old.Has != 5 {
		t.Errorf("the copy has %+v, %v", old, err)
	}
	if now, err := sqlstore.SchemaOf(t.Context(), path); err != nil || now != before {
		t.Errorf("it became %+v, %v", now, err)
	}
}

// A server that cannot start is started again and again: the disk has no room for
// a copy each time.
func TestSchemaThatCannotBeChangedIsNotCopiedTimeAndAgain(t *testing.T) {
	path := fresh(t)
	made(t, path)
	asBefore(t, path)
	raw(t, path, "CREATE TABLE request_counts (other TEXT)") // in the way of the last step
	for range 3 {
		store, err := sqlstore.Open(t.Context(), path)
		if err == nil {
			must(t, store.Close())
		}
		if err == nil || !strings.Contains(err.Error(), "migrate schema") {
			t.Fatalf("it opens: %v", err)
		}
	}
	copies, err := filepath.Glob(path + ".schema-*")
	must(t, err)
	if len(copies) != 1 || !strings.HasPrefix(copies[0], path+".schema-5.") {
		t.Errorf("there are the copies %v", copies)
	}
	raw(t, path, "DROP TABLE request_counts")
	made(t, path)
}
