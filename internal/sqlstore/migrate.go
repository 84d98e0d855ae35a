package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

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

// knows is the version of the last migration.
func knows(dialect goose.Dialect, db *sql.DB, all embed.FS, dir string) (int64, error) {
	provider, err := migrations(dialect, db, all, dir)
	if err != nil {
		return 0, err
	}
	sources := provider.ListSources()
	return sources[len(sources)-1].Version, nil
}

// migrate brings a schema up to date, and refuses one that it does not know.
// Before it changes one that holds something, it calls before.
func migrate(ctx context.Context, dialect goose.Dialect, db *sql.DB, all embed.FS, dir string, before func(has int64) error) error {
	provider, err := migrations(dialect, db, all, dir)
	if err != nil {
		return err
	}
	has, knows, err := provider.GetVersions(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("read schema version: %w", err)
	case has > knows:
		return fmt.Errorf("its schema is version %d, and this provost knows none after %d: use the provost that wrote it or a later one, or restore a backup from before", has, knows)
	case has == knows:
		return nil
	case has > 0:
		if err := before(has); err != nil {
			return fmt.Errorf("back up before migrating from version %d to %d: %w", has, knows, err)
		}
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate schema from version %d to %d: %w", has, knows, err)
	}
	return nil
}
