package sqlstore

import (
	"context"
	"database/sql/driver"
)

// remembering gives connections that prepare each text once: preparing a point
// read costs SQLite more than carrying it out. The prepared statements of
// database/sql belong to a pool, which would wait for ever to prepare one while
// a transaction holds the only connection.
type remembering struct{ driver.Connector }

func (r remembering) Connect(ctx context.Context) (driver.Conn, error) {
	opened, err := r.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &connection{opened.(session), map[string]statement{}}, nil
}

// session is what SQLite's connections can do.
type session interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.SessionResetter
	driver.Validator
}

type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// connection keeps what it has prepared until it is closed: the texts of this
// package are few. One that is prepared runs once at a time, which holds
// because all rows of a query are read before the next.
type connection struct {
	session
	prepared map[string]statement
}

func (c *connection) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args)
}

func (c *connection) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args)
}

func (c *connection) Close() error {
	for _, s := range c.prepared {
		_ = s.Close()
	}
	return c.session.Close()
}

func (c *connection) statement(ctx context.Context, text string) (statement, error) {
	if s, ok := c.prepared[text]; ok {
		return s, nil
	}
	prepared, err := c.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s := prepared.(statement)
	c.prepared[text] = s
	return s, nil
}
