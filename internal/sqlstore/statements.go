package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strconv"
	"strings"

	"modernc.org/sqlite"
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
	return &connection{session: opened.(session), prepared: map[string]statement{}}, nil
}

// session is what SQLite's connections can do.
type session interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.SessionResetter
	driver.Validator
	sqlite.DBStatus
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
	// arguments are those of the statement that runs.
	arguments []driver.NamedValue
	// uses counts the readers that have had it.
	uses int
}

// named are arguments as the driver takes them, until the next statement.
func (c *connection) named(args []any) (_ []driver.NamedValue, err error) {
	c.arguments = c.arguments[:0]
	for i, arg := range args {
		one := driver.NamedValue{Ordinal: i + 1}
		if one.Value, err = plain(arg); err != nil {
			return nil, err
		}
		c.arguments = append(c.arguments, one)
	}
	return c.arguments, nil
}

// do carries out what begins or ends a transaction.
func (c *connection) do(text string) error {
	_, err := c.ExecContext(context.Background(), text, nil)
	return err
}

// CheckNamedValue lets the parameters of a repeated statement through whole.
func (c *connection) CheckNamedValue(arg *driver.NamedValue) (err error) {
	if _, ok := arg.Value.(repeated); ok {
		return nil
	}
	arg.Value, err = plain(arg.Value)
	return err
}

// plain is a value as SQLite takes it. What this package uses most goes without
// the detour by which [driver.DefaultParameterConverter] gets to the same.
func plain(value any) (driver.Value, error) {
	switch v := value.(type) {
	case nil, string, int64:
		return v, nil
	case int:
		return int64(v), nil
	case instant:
		return v.Value()
	case *instant:
		if v == nil {
			return nil, nil
		}
		return v.Value()
	case *string:
		if v == nil {
			return nil, nil
		}
		return *v, nil
	default:
		return driver.DefaultParameterConverter.ConvertValue(value)
	}
}

func (c *connection) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	if len(args) == 1 {
		if all, ok := args[0].Value.(repeated); ok {
			return repeat(ctx, s, all)
		}
	}
	return s.ExecContext(ctx, args)
}

// repeat runs a statement with each of many parameters.
func repeat(ctx context.Context, s statement, all repeated) (driver.Result, error) {
	var changed int64
	var named []driver.NamedValue
	for _, args := range all {
		named = named[:0]
		for i, arg := range args {
			value, err := plain(arg)
			if err != nil {
				return nil, err
			}
			named = append(named, driver.NamedValue{Ordinal: i + 1, Value: value})
		}
		result, err := s.ExecContext(ctx, named)
		if err != nil {
			return nil, err
		}
		count, err := result.RowsAffected()
		if err != nil {
			return nil, err
		}
		changed += count
	}
	return driver.RowsAffected(changed), nil
}

func (c *connection) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args)
}

// withinPart is the isolation of what begins within a transaction and ends with
// it.
const withinPart = sql.LevelLinearizable

// BeginTx begins a transaction, or what looks like one.
func (c *connection) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if options.Isolation == driver.IsolationLevel(withinPart) {
		return within{}, nil
	}
	return c.session.BeginTx(ctx, options)
}

// within is a transaction that another commits or takes back.
type within struct{}

// Commit leaves it to the other.
func (within) Commit() error { return nil }

// Rollback leaves it to the other.
func (within) Rollback() error { return nil }

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
	prepared, err := c.PrepareContext(ctx, positional(text))
	if err != nil {
		return nil, err
	}
	s := prepared.(statement)
	c.prepared[text] = s
	return s, nil
}

// positional writes ? for $1, $2 and so on where each stands once and in order:
// the driver takes $1 for a name, and looks names up, the later the longer.
func positional(text string) string {
	var plain strings.Builder
	rest := text
	for next := 1; ; next++ {
		before, after, found := strings.Cut(rest, "$")
		plain.WriteString(before)
		if !found {
			return plain.String()
		}
		number := strconv.Itoa(next)
		if !strings.HasPrefix(after, number) || strings.Contains(before, "'") {
			return text
		}
		rest = after[len(number):]
		if rest != "" && rest[0] >= '0' && rest[0] <= '9' {
			return text
		}
		plain.WriteByte('?')
	}
}
