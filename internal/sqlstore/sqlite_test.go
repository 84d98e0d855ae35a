package sqlstore_test

import (
	"path/filepath"
	"testing"

	"provost/internal/commerce"
	"provost/internal/sqlstore"
	"provost/internal/storetest"
)

// lying is a store that knows where it lies.
type lying struct {
	commerce.Store
	settings sqlstore.SQLite
}

func (l lying) Reopen(t *testing.T) commerce.Store {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return open(t, l.settings)
}

func open(t testing.TB, settings sqlstore.SQLite) commerce.Store {
	t.Helper()
	s, err := sqlstore.OpenSQLite(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func fresh(t testing.TB) string { return filepath.Join(t.TempDir(), "provost.db") }

func TestSQLiteKeepsEveryPromise(t *testing.T) {
	storetest.Run(t, func(t *testing.T) commerce.Store {
		settings := sqlstore.SQLite{Path: sqlstore.Migrated(t)}
		return lying{open(t, settings), settings}
	})
}
