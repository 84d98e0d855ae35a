package server

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"provost/internal/sqlstore"
)

// The files of a development server's data directory.
const (
	databaseFile = "provost.db"
	keyFile      = "authority.key"
	ignoreFile   = ".gitignore"
)

// openData makes the directory that keeps a development server's data, for its
// owner's eyes alone and out of git's sight. A directory that already holds
// something else is left as it is: its own files must not vanish from git.
func openData(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(filepath.Dir(filepath.Clean(dir)), 0o755); err != nil {
			return fmt.Errorf("make the data directory: %w", err)
		}
		if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
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
	if err := os.WriteFile(filepath.Join(dir, ignoreFile), []byte("*\n"), 0o600); err != nil {
		return fmt.Errorf("keep the data directory out of git: %w", err)
	}
	return nil
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
