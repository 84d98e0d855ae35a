package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"sync"

	"modernc.org/sqlite"

	"provost/internal/commerce"
)

// readers are the connections that read, each one reader's at a time. A pool of
// database/sql takes longer to hand one out, and to carry a row over, than SQLite
// takes to find the row.
type readers struct {
	connector driver.Connector
	// taken holds as many as are handed out; who waits stands in a line.
	taken chan struct{}

	mu sync.Mutex
	// idle are given out last in, first out: what the last one has read is at hand.
	idle []*connection
}

func newReaders(connector driver.Connector, most int) *readers {
	return &readers{connector: connector, taken: make(chan struct{}, most)}
}

// begin takes a connection, and begins a transaction unless the read is a brief
// one.
func (r *readers) begin(ctx context.Context) (_ transaction, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case r.taken <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	t := &readTx{readers: r, brief: commerce.IsBrief(ctx)}
	if t.conn, err = r.take(ctx); err != nil {
		<-r.taken
		return nil, err
	}
	if !t.brief {
		if err := t.conn.do("BEGIN"); err != nil {
			t.end(err)
			return nil, err
		}
	}
	return t, nil
}

func (r *readers) take(ctx context.Context) (*connection, error) {
	r.mu.Lock()
	if n := len(r.idle); n > 0 {
		c := r.idle[n-1]
		r.idle = r.idle[:n-1]
		r.mu.Unlock()
		return c, nil
	}
	r.mu.Unlock()
	opened, err := r.connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return opened.(*connection), nil
}

// Pages that a connection has read stay with it, as many as readerPages says, which
// SQLite holds it to only roughly: all connections share one list of pages that were
// not used for long. One whose share is full takes the next page from whichever
// other had not used it for longest, and that other gets itself a new one, until all
// together hold as many as all together may: the writer's 64 MiB in the hands of
// readers.
const (
	readerPages = 1000 << 10
	// mostPages is what a connection may come to before it is closed, which gives back
	// all that it holds, and lookUses how often it is asked.
	mostPages = readerPages * 3 / 2
	lookUses  = 64
)

// swollen says whether a connection holds more pages than it should.
func (c *connection) swollen() bool {
	if c.uses++; c.uses%lookUses != 0 {
		return false
	}
	held, _, err := c.Status(sqlite.DBStatusCacheUsed, false)
	return err != nil || held > mostPages
}

// giveBack keeps a connection that is as it was when it was taken, and closes
// another.
func (r *readers) giveBack(c *connection, sound bool) {
	if sound && c.IsValid() && !c.swollen() {
		r.mu.Lock()
		r.idle = append(r.idle, c)
		r.mu.Unlock()
	} else {
		_ = c.Close() // nobody uses it again
	}
	<-r.taken
}

// close is for when nobody reads any more.
func (r *readers) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for _, c := range r.idle {
		errs = append(errs, c.Close())
	}
	r.idle = nil
	return errors.Join(errs...)
}

// readTx is a transaction that reads, or a single question without one: SQLite
// answers that from one state.
type readTx struct {
	readers *readers
	conn    *connection
	brief   bool
}

// exec is refused by the connection itself, if the statement writes.
func (t *readTx) exec(ctx context.Context, text string, args ...any) (int64, error) {
	named, err := t.conn.named(args)
	if err != nil {
		return 0, err
	}
	result, err := t.conn.ExecContext(ctx, text, named)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (t *readTx) query(ctx context.Context, text string, args ...any) (rows, error) {
	named, err := t.conn.named(args)
	if err != nil {
		return nil, err
	}
	within := ctx
	if t.brief {
		// One row from an index is found before a context could end: nobody has to
		// stand by to interrupt that.
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		within = context.Background()
	}
	found, err := t.conn.QueryContext(within, text, named)
	if err != nil {
		return nil, err
	}
	return &readRows{ctx: ctx, found: found, values: make([]driver.Value, len(found.Columns()))}, nil
}

func (t *readTx) commit() error {
	t.rollback() // which leaves as little
	return nil
}

func (t *readTx) rollback() {
	if t.conn == nil {
		return
	}
	if t.brief {
		t.end(nil)
		return
	}
	t.end(t.conn.do("ROLLBACK"))
}

func (t *readTx) end(err error) {
	t.readers.giveBack(t.conn, err == nil)
	t.conn = nil
}

// readRows are rows as SQLite's driver gives them.
type readRows struct {
	ctx    context.Context
	found  driver.Rows
	values []driver.Value
	err    error
}

func (r *readRows) Next() bool {
	if r.err = r.ctx.Err(); r.err == nil {
		r.err = r.found.Next(r.values)
	}
	return r.err == nil
}

func (r *readRows) Scan(into ...any) error { return assignAll(into, r.values) }

func (r *readRows) Err() error {
	if errors.Is(r.err, io.EOF) {
		return nil
	}
	return r.err
}

func (r *readRows) Close() error { return r.found.Close() }
