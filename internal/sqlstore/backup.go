package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"provost/internal/disk"
)

// Backup copies a SQLite database as it is at one instant, by SQLite's own means:
// beside a server that goes on writing, of which it takes nothing but the time of
// its disk. The copy's file must not be there yet, and is there once it is whole.
func Backup(ctx context.Context, database, to string) error {
	if err := backup(ctx, database, to); err != nil {
		return fmt.Errorf("back up %s: %w", Redacted(database), err)
	}
	return nil
}

func backup(ctx context.Context, database, to string) error {
	if IsPostgres(database) {
		return errors.New("PostgreSQL's own tools do that: pg_dump --format custom --file provost.dump")
	}
	from, err := filepath.Abs(database)
	if err != nil {
		return err
	}
	if _, err := os.Stat(from); err != nil {
		return explain(from, err)
	}
	switch _, err := os.Stat(to); {
	case err == nil:
		return fmt.Errorf("%s is there already: name another file, or remove it", to)
	case !errors.Is(err, fs.ErrNotExist):
		return explain(to, err)
	}
	part, err := os.CreateTemp(filepath.Dir(to), filepath.Base(to)+".*.part") // for its owner's eyes only
	if err != nil {
		return explain(filepath.Dir(to), err)
	}
	defer func() { _ = os.Remove(part.Name()) }()
	defer part.Close()
	if err := copyDatabase(ctx, from, part.Name()); err != nil && code(err)&0xff == sqlite3.SQLITE_FULL {
		return fmt.Errorf("there is no room for the copy in %s: make some, or name a file elsewhere: %w", filepath.Dir(to), err)
	} else if err != nil {
		return advise(err)
	}
	if err := part.Sync(); err != nil {
		return fmt.Errorf("write the copy to disk: %w", err)
	}
	// Unlike a renaming, a link does not replace what has come to be there meanwhile.
	if err := os.Link(part.Name(), to); err != nil {
		return explain(to, err)
	}
	return disk.SyncNames(filepath.Dir(to))
}

// copyDatabase copies all pages in one step, during which others write on: what
// they write is in the log, and not in what this reads.
func copyDatabase(ctx context.Context, from, to string) (err error) {
	connector, err := sqlite.NewConnector(source(from, url.Values{"_query_only": {"on"}}))
	if err != nil {
		return err
	}
	pool := sql.OpenDB(connector)
	defer func() { err = errors.Join(err, pool.Close()) }()
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	var id int
	if err := conn.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return err
	}
	if id != applicationID {
		return errors.New("the file is no database of Provost's: name another")
	}
	return conn.Raw(func(raw any) error {
		copying, err := raw.(interface {
			NewBackup(to string) (*sqlite.Backup, error)
		}).NewBackup(to)
		if err != nil {
			return err
		}
		for more := true; more && err == nil; {
			more, err = copying.Step(-1)
		}
		if ended := copying.Finish(); err == nil { // it says once more why a step failed
			err = ended
		}
		return err
	})
}
