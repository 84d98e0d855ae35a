package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"time"

	_ "modernc.org/sqlite" // the driver that Provost writes with
)

// The bare change: its subscription has other seats, and it is a row itself. It
// is settled, so that the same subscription can have another one.
const (
	bareUpdate = `UPDATE subscriptions SET version = version + 1, published_quantity = %s, unsettled = %s, next_step_at = %s
		WHERE world = %s AND customer = %s AND subscription = %s`
	bareInsert = `INSERT INTO changes (world, change_id, kind, customer, order_id, line, subscription, asked_at, settled_at, offer, before, asked,
			undo, cycle, provisioner, portions)
		VALUES (%s, %s, 'seat change', %s, '', 0, %s, %s, %s, 'CFQ7TTC725M4', 25, 26, 'null', '', '', '[{"quantity": 1, "status": "fulfilled"}]')`
)

// bare writes through one connection, prepared once and for all: SQLite lets one
// writer in at a time, so that more of them would do no more.
type bare struct {
	pool                          *sql.DB
	conn                          *sql.Conn
	begin, update, insert, commit *sql.Stmt
	world                         string
	subscriptions, done           int
}

func openBare(ctx context.Context, path string, subscriptions int) (_ *bare, err error) {
	source := url.URL{Scheme: "file", Path: path, RawQuery: url.Values{"_pragma": {
		"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(on)", "cache_size(-65536)", "wal_autocheckpoint(8000)",
	}}.Encode()}
	b := &bare{subscriptions: subscriptions}
	if b.pool, err = sql.Open("sqlite", source.String()); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	if b.conn, err = b.pool.Conn(ctx); err != nil {
		return nil, err
	}
	if err := b.conn.QueryRowContext(ctx, "SELECT world FROM subscriptions WHERE subscription = ?", id(2, 0)).Scan(&b.world); err != nil {
		return nil, err
	}
	for into, text := range map[**sql.Stmt]string{
		&b.begin: "BEGIN IMMEDIATE", &b.commit: "COMMIT",
		&b.update: fmt.Sprintf(bareUpdate, "?", "?", "?", "?", "?", "?"),
		&b.insert: fmt.Sprintf(bareInsert, "?", "?", "?", "?", "?", "?"),
	} {
		if *into, err = b.conn.PrepareContext(ctx, text); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// run is a [bareWrites]: whoever they stand for, one writes.
func (b *bare) run(ctx context.Context, _ int, lasts time.Duration) (float64, error) {
	began, count := time.Now(), 0
	for ; time.Since(began) < lasts; count++ {
		if err := b.change(ctx); err != nil {
			return 0, err
		}
	}
	return float64(count) / time.Since(began).Seconds(), nil
}

func (b *bare) change(ctx context.Context) error {
	n := b.done * 7919 % b.subscriptions
	b.done++
	customer, subscription, now := id(1, n/perCustomer), id(2, n), time.Now().UnixNano()
	_, err := b.begin.ExecContext(ctx)
	if err == nil {
		_, err = b.update.ExecContext(ctx, 26, true, now, b.world, customer, subscription)
	}
	if err == nil {
		_, err = b.insert.ExecContext(ctx, b.world, id(9, b.done), customer, subscription, now, now)
	}
	if err == nil {
		_, err = b.commit.ExecContext(ctx)
	}
	return err
}

func (b *bare) close() {
	err := error(nil)
	if b.conn != nil {
		err = b.conn.Close()
	}
	_ = errors.Join(err, b.pool.Close()) // the file is thrown away
}
