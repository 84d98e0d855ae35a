package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// postgresQueue keeps jobs beside the rows, shared out over all servers. Whoever
// runs them has connections of its own.
type postgresQueue struct {
	pool   *pgxpool.Pool
	insert *river.Client[pgx.Tx]
}

// jobConnections are what one server runs its jobs through: one of them listens.
const jobConnections = 4

func (e *postgresEngine) openQueue(ctx context.Context, log *slog.Logger) (queue, error) {
	config := e.pool.Config()
	config.MaxConns, config.MinConns, config.MinIdleConns = jobConnections, 0, 0
	delete(config.ConnConfig.RuntimeParams, "enable_seqscan") // River's texts are not ours
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	err = alone(ctx, config.ConnConfig, func(*pgx.Conn, *sql.DB) error {
		migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: log})
		if err == nil {
			_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
		}
		if err != nil {
			return fmt.Errorf("migrate its tables: %w", err)
		}
		return nil
	})
	q := &postgresQueue{pool: pool}
	if err == nil {
		q.insert, err = river.NewClient(riverpgxv5.New(nil), &river.Config{Logger: log})
	}
	if err != nil {
		pool.Close()
		return nil, err
	}
	return q, nil
}

func (q *postgresQueue) enqueue(ctx context.Context, in transaction, job jobArgs) error {
	// River wants a transaction of the driver's; this one stands inside ours and
	// ends with it.
	ours := in.(*postgresTx)
	if err := ours.send(ctx); err != nil {
		return err
	}
	inside, err := ours.conn.Conn().BeginTx(ctx, pgx.TxOptions{BeginQuery: "SAVEPOINT job"})
	if err == nil {
		_, err = q.insert.InsertTx(ctx, inside, job, nil)
	}
	return err
}

func (q *postgresQueue) run(ctx context.Context, settings *river.Config) (func(context.Context) error, error) {
	client, err := river.NewClient(riverpgxv5.New(q.pool), settings)
	if err != nil {
		return nil, err
	}
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	return client.StopAndCancel, nil
}

func (q *postgresQueue) close() error {
	q.pool.Close()
	return nil
}
