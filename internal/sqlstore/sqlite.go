package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"provost/internal/commerce"
	"provost/internal/wall"
)

// SQLite says where a database lies and how it is kept.
type SQLite struct {
	// Path is the database file; it is created if its directory exists. The
	// directory is locked while the store is open.
	Path string
	// Ephemeral gives up durability for speed: what is acknowledged may be lost
	// when the machine stops, not when the process does.
	Ephemeral bool
}

//go:embed migrations/sqlite/*.sql
var sqliteMigrations embed.FS

// applicationID marks a database file as Provost's ("Prvt").
const applicationID = 0x50727674

// OpenSQLite opens the database, creates it where there is none, and brings its
// schema up to date.
func OpenSQLite(ctx context.Context, settings SQLite) (*Store, error) {
	path, err := filepath.Abs(settings.Path)
	if err != nil || settings.Path == "" {
		return nil, fmt.Errorf("open database %q: the path of a file is needed", settings.Path)
	}
	release, err := Lock(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	store, err := openSQLite(ctx, path, settings.Ephemeral, release)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), release())
	}
	return store, nil
}

func openSQLite(ctx context.Context, path string, ephemeral bool, release func() error) (_ *Store, err error) {
	if err := touch(path); err != nil {
		return nil, err
	}
	e := &sqliteEngine{release: release, path: path}
	defer func() {
		if err != nil {
			_ = e.shut() // the first error is the one to tell
		}
	}()
	e.synchronous = synchronous()
	if ephemeral {
		e.synchronous = "OFF"
	}
	if e.writer, err = connect(path, 1, url.Values{
		"_txlock":       {"immediate"},
		"_foreign_keys": {"on"},
		"_synchronous":  {e.synchronous},
		"_pragma": {
			// A long write leaves a long log, which would stay that long for ever.
			"journal_size_limit(67108864)",
			// What is due in a large world touches pages all over the file: 64 MiB of
			// them stay at hand. From the log they go back to it beside who writes.
			"cache_size(-65536)", fmt.Sprintf("wal_autocheckpoint(%d)", longestLog),
		},
	}); err != nil {
		return nil, err
	}
	if err := claim(ctx, e.writer); err != nil {
		return nil, err
	}
	if err := migrate(ctx, goose.DialectSQLite3, e.writer, sqliteMigrations, "migrations/sqlite", e.keepCopy(ctx)); err != nil {
		return nil, err
	}
	// What a part would put back stays in memory, not in a file beside the log. A
	// migration, which may have more to sort, is done, and leaves the pages that it
	// went through: 64 MiB of a large file, which the shop may never ask for.
	for _, text := range []string{"PRAGMA temp_store = MEMORY", "PRAGMA shrink_memory"} {
		if _, err := e.writer.ExecContext(ctx, text); err != nil {
			return nil, err
		}
	}
	e.writers.pool, e.writers.longest = e.writer, longestGroup
	connector, err := connectorTo(path, url.Values{"_query_only": {"on"}, "_pragma": {fmt.Sprintf("cache_size(-%d)", readerPages>>10)}})
	if err != nil {
		return nil, err
	}
	e.readers = newReaders(connector, max(4, 2*runtime.GOMAXPROCS(0)))
	e.writers.lookers = newLookers(connector)
	if e.writers.filer, err = startFiling(path, e.synchronous); err != nil {
		return nil, err
	}
	store := newStore(e)
	e.writers.generations = &store.generations
	return store, nil
}

// touch creates the file, for its owner's eyes only, and sees that it can be
// written.
func touch(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return explain(path, err)
	}
	return file.Close()
}

// connect prepares a pool whose connections stay open; none is opened yet.
func connect(path string, size int, parameters url.Values) (*sql.DB, error) {
	connector, err := connectorTo(path, parameters)
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(connector)
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	return pool, nil
}

// connectorTo opens connections that remember what they have prepared.
func connectorTo(path string, parameters url.Values) (driver.Connector, error) {
	connector, err := sqlite.NewConnector(source(path, parameters))
	if err != nil {
		return nil, err
	}
	return remembering{connector}, nil
}

// source names the database to SQLite.
func source(path string, parameters url.Values) string {
	parameters.Set("mode", "rw")
	parameters.Set("_busy_timeout", "5000")
	parameters.Set("_dqs", "0")
	parameters.Set("_error_rc", "1")
	name := filepath.ToSlash(path)
	if !strings.HasPrefix(name, "/") {
		name = "/" + name // a drive letter
	}
	source := url.URL{Scheme: "file", Path: name, RawQuery: parameters.Encode()}
	return source.String()
}

// claim makes an empty database Provost's and refuses another program's.
func claim(ctx context.Context, writer *sql.DB) error {
	var id, tables int
	err := writer.QueryRowContext(ctx, "SELECT (SELECT application_id FROM pragma_application_id), count(*) FROM sqlite_schema").Scan(&id, &tables)
	switch {
	case err != nil:
		return advise(err)
	case id == 0 && tables == 0:
		if _, err := writer.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID)); err != nil {
			return advise(err)
		}
	case id != applicationID:
		return errors.New("the file is a database of another program: name another")
	}
	_, err = writer.ExecContext(ctx, "PRAGMA journal_mode = WAL")
	return advise(err)
}

// advise says what to do about a file that SQLite cannot use.
func advise(err error) error {
	switch code(err) & 0xff {
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("the file is not an intact SQLite database: name another, or restore a backup: %w", err)
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return fmt.Errorf("SQLite cannot write the file and its companions: give their directory to this user, on a file system that can be written: %w", err)
	case sqlite3.SQLITE_BUSY:
		return fmt.Errorf("another program holds the database: end it: %w", err)
	default:
		return err
	}
}

// keepCopy copies the database as it is before its schema changes; if that then
// stays, there is nothing to go back to, and the copy goes.
func (e *sqliteEngine) keepCopy(ctx context.Context) func(has int64) (func(), error) {
	return func(has int64) (undo func(), err error) {
		to := fmt.Sprintf("%s.schema-%d.%s.backup", e.path, has, time.Now().UTC().Format("20060102T150405.000"))
		return func() { _ = os.Remove(to) }, backup(ctx, e.path, to)
	}
}

// sqliteEngine keeps the one connection that writes apart from those that read,
// so that neither waits for the other.
type sqliteEngine struct {
	writer  *sql.DB
	writers writers
	readers *readers
	release func() error

	path, synchronous string
}

func (e *sqliteEngine) begin(ctx context.Context, write bool, tries int, mistaken bool) (transaction, error) {
	if write {
		// What was lost with another's is done alone; what was mistaken, in front.
		alone := commerce.IsAlone(ctx) || tries > 0 && !mistaken
		return e.writers.begin(ctx, alone, alone || mistaken)
	}
	return e.readers.begin(ctx)
}

// again is when another has taken a transaction along that was shared: then
// alone.
func (e *sqliteEngine) again(ctx context.Context, err error, _ int, _ time.Time, _ bool) bool {
	return errors.Is(err, errLost) && ctx.Err() == nil
}

func (e *sqliteEngine) realTime(context.Context, querier) (time.Time, error) {
	return wall.Now().UTC().Round(0), nil
}

func (e *sqliteEngine) readsBefore() bool { return true }

func (e *sqliteEngine) reason(err error) error {
	switch c := code(err); c {
	case sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return commerce.ErrTaken
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return commerce.ErrMissing
	default:
		switch c & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_CANTOPEN,
			sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM:
			return commerce.ErrUnavailable
		}
		return nil
	}
}

// code is SQLite's own for an error, with what it says beyond the low byte.
func code(err error) int {
	var failure *sqlite.Error
	if errors.As(err, &failure) {
		return failure.Code()
	}
	return sqlite3.SQLITE_OK
}

// close ends with the writer, which then takes the log into the database.
func (e *sqliteEngine) close() error { return errors.Join(e.shut(), e.release()) }

func (e *sqliteEngine) shut() error {
	errs := []error{e.writers.filer.close()}
	if e.readers != nil {
		errs = append(errs, e.readers.close(), e.writers.lookers.close())
	}
	if e.writer != nil {
		errs = append(errs, e.writer.Close())
	}
	return errors.Join(errs...)
}
