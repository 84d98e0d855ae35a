package sqlstore

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// empty is a database with its schema, whose making takes longer than most tests
// do.
var empty = sync.OnceValues(func() ([]byte, error) {
	directory, err := os.MkdirTemp("", "provost")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(directory) }()
	path := filepath.Join(directory, "provost.db")
	s, err := OpenSQLite(context.Background(), SQLite{Path: path, Ephemeral: true})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// Migrated is the path of an empty database that has its schema.
func Migrated(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "provost.db")
	file, err := empty()
	if err == nil {
		err = os.WriteFile(path, file, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}
