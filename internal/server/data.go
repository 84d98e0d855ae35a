package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"provost/internal/disk"
	"provost/internal/sqlstore"
)

// The files of a development server's data directory.
const (
	databaseFile = "provost.db"
	keyFile      = "authority.key"
	ignoreFile   = ".gitignore"
)

// openData makes a development server's data directory, and lets no two servers
// that share it make its keys at once: the turn ends when this one has started.
func (s *Server) openData(ctx context.Context) (end func() error, err error) {
	end = func() error { return nil }
	if !s.settings.Development {
		return end, nil
	}
	if err := makeData(s.settings.Data); err != nil {
		return nil, err
	}
	if !sqlstore.IsPostgres(s.settings.Database) {
		return end, nil // its database is one server's alone
	}
	return sqlstore.Turn(ctx, s.settings.Data)
}

// makeData makes the directory that keeps a development server's data, for its
// owner's eyes alone and out of git's sight. A directory that already holds
// something else is left as it is: its own files must not vanish from git.
func makeData(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := makeDirectory(filepath.Clean(dir), 0o700); err != nil {
			return fmt.Errorf("make the data directory: %w", err)
		}
	case err != nil:
		return fmt.Errorf("read the data directory: %w", err)
	case len(entries) > 0:
		return nil
	default:
		if err := os.Chmod(dir, 0o700); err != nil {
			return fmt.Errorf("close the data directory to others: %w", err)
		}
	}
	if err := disk.Replace(filepath.Join(dir, ignoreFile), []byte("*\n")); err != nil {
		return fmt.Errorf("keep the data directory out of git: %w", err)
	}
	return nil
}

// makeDirectory makes a directory and those above it, safe from a power cut.
func makeDirectory(dir string, mode fs.FileMode) error {
	parent := filepath.Dir(dir)
	if _, err := os.Stat(parent); errors.Is(err, fs.ErrNotExist) {
		if err := makeDirectory(parent, 0o755); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, mode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return disk.SyncNames(parent)
}

// databaseProblem says why the text names no database; "" when it does.
func databaseProblem(database string) string {
	switch engine, _, isURL := strings.Cut(database, "://"); {
	case database == "":
		return "no store is named: --database provost.db, or PROVOST_DATABASE (a file, made when it is not there; or postgres://user@host/database)"
	case isURL && !sqlstore.IsPostgres(database):
		return fmt.Sprintf("--database %s: name a file for SQLite, such as --database provost.db, or a PostgreSQL, such as --database postgres://user@host/database",
			engine+"://…")
	}
	return ""
}
