package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"

	"github.com/pressly/goose/v3"
)

func migrations(dialect goose.Dialect, db *sql.DB, all embed.FS, dir string) (*goose.Provider, error) {
	files, err := fs.Sub(all, dir)
	if err != nil {
		return nil, err
	}
	provider, err := goose.NewProvider(dialect, db, files, goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return provider, nil
}

// compare says what this program's migrations are to a schema of that version.
func compare(ctx context.Context, dialect goose.Dialect, db *sql.DB, all embed.FS, dir string, has int64) (s Schema, err error) {
	provider, err := migrations(dialect, db, all, dir)
	if err != nil {
		return s, err
	}
	sources := provider.ListSources()
	s = Schema{Has: has, Knows: sources[len(sources)-1].Version}
	if s.Has > s.Knows {
		s.Oldest, err = oldestServed(ctx, db, has)
		return s, err
	}
	for _, source := range sources {
		if source.Version <= has {
			continue
		}
		text, err := fs.ReadFile(all, path.Join(dir, path.Base(source.Path)))
		if err != nil {
			return s, err
		}
		s.Oldest = max(s.Oldest, statedOldest(string(text), source.Version))
	}
	return s, nil
}

var oldestStated = regexp.MustCompile(`(?m)^INSERT INTO schema_versions \(version, oldest\) VALUES \((\d+), (\d+)\);`)

// statedOldest is the schema of the oldest program that a migration says may go
// on after it: its own when it says nothing.
func statedOldest(text string, version int64) int64 {
	found := oldestStated.FindStringSubmatch(text)
	if found == nil || found[1] != strconv.FormatInt(version, 10) {
		return version
	}
	oldest, err := strconv.ParseInt(found[2], 10, 64)
	if err != nil {
		return version
	}
	return oldest
}

// oldestServed is what a schema says that a later program made: its own version
// when it says nothing.
func oldestServed(ctx context.Context, db *sql.DB, version int64) (oldest int64, err error) {
	err = db.QueryRowContext(ctx, "SELECT oldest FROM schema_versions WHERE version = $1", version).Scan(&oldest)
	if errors.Is(err, sql.ErrNoRows) {
		return version, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read which programs its schema serves: %w", err)
	}
	return oldest, nil
}

// migrate brings a schema up to date, and calls before when that holds something;
// what that gives is called when nothing has come of it.
// One that a later program has changed it leaves as it is, and refuses it unless
// that program has left room for this.
func migrate(ctx context.Context, dialect goose.Dialect, db *sql.DB, all embed.FS, dir string, before func(has int64) (undo func(), err error)) error {
	provider, err := migrations(dialect, db, all, dir)
	if err != nil {
		return err
	}
	undo := func() {}
	has, knows, err := provider.GetVersions(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("read schema version: %w", err)
	case has > knows:
		oldest, err := oldestServed(ctx, db, has)
		if err != nil {
			return err
		}
		if oldest > knows {
			return fmt.Errorf("its schema is version %d, which serves programs that know version %d, and this provost knows none after %d: use the provost that wrote it or a later one, or restore a backup from before",
				has, oldest, knows)
		}
		return nil
	case has == knows:
		return nil
	case has > 0:
		if undo, err = before(has); err != nil {
			return fmt.Errorf("back up before migrating from version %d to %d: %w", has, knows, err)
		}
	}
	if _, err := provider.Up(ctx); err != nil {
		// Whoever starts a server that fails does so again, and again.
		if now, failed := provider.GetDBVersion(context.WithoutCancel(ctx)); failed == nil && now == has {
			undo()
		}
		return fmt.Errorf("migrate schema from version %d to %d: %w", has, knows, err)
	}
	return nil
}
