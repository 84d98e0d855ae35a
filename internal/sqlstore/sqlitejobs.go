package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"modernc.org/sqlite"
)

// sqliteQueue keeps jobs beside the rows. Its handle is its own; its
// connections remember nothing, since River writes its texts anew.
type sqliteQueue struct {
	pool   *sql.DB
	insert *river.Client[*sql.Tx]
}

func (e *sqliteEngine) openQueue(ctx context.Context, log *slog.Logger) (_ queue, err error) {
	source := source(e.path, url.Values{"_txlock": {"immediate"}, "_synchronous": {e.synchronous}})
	connector, err := sqlite.NewConnector(source)
	if err != nil {
		return nil, err
	}
	q := &sqliteQueue{pool: sql.OpenDB(connector)}
	q.pool.SetMaxOpenConns(1)
	q.pool.SetMaxIdleConns(1)
	defer func() {
		if err != nil {
			err = errors.Join(err, q.close())
		}
	}()
	driver := riversqlite.New(q.pool)
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: log})
	if err != nil {
		return nil, err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return nil, fmt.Errorf("migrate its tables: %w", err)
	}
	// The directory is this process's alone: what was running has ended with the
	// process before it, and need not be waited for.
	if _, err := q.pool.ExecContext(ctx, `UPDATE river_job SET state = 'available', attempt = max(attempt - 1, 0) WHERE state = 'running'`); err != nil {
		return nil, fmt.Errorf("take up what was under way: %w", err)
	}
	q.insert, err = river.NewClient(riversqlite.New(nil), &river.Config{Logger: log})
	return q, err
}

func (q *sqliteQueue) enqueue(ctx context.Context, in transaction, job jobArgs) error {
	// River wants a transaction of database/sql's; this one stands inside the
	// caller's part and ends with it.
	p := in.(*part)
	if err := p.left(ctx); err != nil { // it is in front after this
		return err
	}
	ctx = context.WithoutCancel(ctx)
	inside, err := p.group.conn.BeginTx(ctx, &sql.TxOptions{Isolation: withinPart})
	if err != nil {
		return err
	}
	_, err = q.insert.InsertTx(ctx, inside, job, nil)
	return errors.Join(err, inside.Commit())
}

func (q *sqliteQueue) run(ctx context.Context, settings *river.Config) (func(context.Context) error, error) {
	client, err := river.NewClient(riversqlite.New(q.pool), settings)
	if err != nil {
		return nil, err
	}
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	return client.StopAndCancel, nil
}

func (q *sqliteQueue) close() error { return q.pool.Close() }
