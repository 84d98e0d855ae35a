package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// migrate brings a schema up to date, and refuses one that it does not know.
func migrate(ctx context.Context, dialect goose.Dialect, db *sql.DB, all embed.FS, dir string) error {
	files, err := fs.Sub(all, dir)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(dialect, db, files,
		goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	has, knows, err := provider.GetVersions(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("read schema version: %w", err)
	case has > knows:
		return fmt.Errorf("its schema is version %d, and this provost knows none after %d: use the provost that wrote it or a later one, or restore a backup from before", has, knows)
	case has < knows:
		if _, err := provider.Up(ctx); err != nil {
			return fmt.Errorf("migrate schema from version %d to %d: %w", has, knows, err)
		}
	}
	return nil
}
