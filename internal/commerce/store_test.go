package commerce_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"provost/internal/commerce"
	"provost/internal/sqlstore"
)

func TestMain(m *testing.M) {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if raced && !asked {
		_ = flag.Set("rapid.checks", "5")
	}
	os.Exit(m.Run())
}

// rounds are as many as asked for, and a tenth under the race detector.
func rounds(count int) int {
	if raced {
		return count / 10
	}
	return count
}

// filled makes a database once, for many tests to begin with a copy of it: under
// the race detector its making takes longer than most of them.
func filled(fill func(commerce.Store) error) func() ([]byte, error) {
	return sync.OnceValues(func() ([]byte, error) {
		directory, err := os.MkdirTemp("", "provost")
		if err != nil {
			return nil, err
		}
		defer func() { _ = os.RemoveAll(directory) }()
		path := filepath.Join(directory, "shop.db")
		store, err := sqlstore.OpenSQLite(context.Background(), sqlstore.SQLite{Path: path, Ephemeral: true})
		if err != nil {
			return nil, err
		}
		if err := errors.Join(fill(store), store.Close()); err != nil {
			return nil, err
		}
		return os.ReadFile(path)
	})
}

var empty = filled(func(commerce.Store) error { return nil })

// openStore opens the store that lies there, or else a new one.
func openStore(t testing.TB, path string) commerce.Store {
	t.Helper()
	return openCopy(t, path, empty)
}

func openCopy(t testing.TB, path string, of func() ([]byte, error)) commerce.Store {
	t.Helper()
	if _, err := os.Stat(path); os.IsNotExist(err) {
		file, err := of()
		if err == nil {
			err = os.WriteFile(path, file, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	store, err := sqlstore.OpenSQLite(t.Context(), sqlstore.SQLite{Path: path, Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	return store
}
