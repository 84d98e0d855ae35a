package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"provost/internal/commerce"
)

// Postgres says where a database is that several servers may share.
type Postgres struct {
	// URL is postgres://user:password@host:port/database, with libpq's parameters
	// and those of pgxpool (pool_max_conns).
	URL string
}

// What the database does for us, unless the URL says otherwise.
var postgresParameters = map[string]string{
	"application_name":  "provost",
	"statement_timeout": "30s",
	// Who waits for the same request on another server waits this long.
	"lock_timeout":                        "5s",
	"idle_in_transaction_session_timeout": "60s",
	// Every question is answered from an index. What reads a small table whole
	// would depend on each row of it, and be begun again for a stranger's sake.
	"enable_seqscan": "off",
	"jit":            "off",
}

const (
	connectTime = 5 * time.Second
	// acquireTime is how long a transaction waits for a connection.
	acquireTime = 5 * time.Second
	// answerTime is how long a statement may take until its connection is given
	// up: a little longer than the database itself would let it.
	answerTime = 35 * time.Second
	// retryTime is how long a transaction is begun again that others overtake.
	retryTime = 10 * time.Second
	// patientTries are tried side by side; further ones one after another.
	patientTries = 3
	// lostTries are how often a lost connection is replaced.
	lostTries = 2
)

// OpenPostgres opens the database and brings its schema up to date; of several
// servers that start at once, one does.
func OpenPostgres(ctx context.Context, settings Postgres) (*Store, error) {
	config, err := postgresConfig(settings.URL)
	if err != nil {
		return nil, err
	}
	at := postgresName(config.ConnConfig)
	if err := preparePostgres(ctx, config.ConnConfig); err != nil {
		return nil, fmt.Errorf("open database %s: %w", at, explainPostgres(err, at))
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", at, err)
	}
	return newStore(&postgresEngine{pool: pool, turn: make(chan struct{}, 1)}), nil
}

// postgresConfig reads the URL, and adds what it leaves open.
func postgresConfig(url string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("the URL of the database: %w", err) // it hides the password
	}
	if !named(url, "pool_max_conns") {
		config.MaxConns = int32(max(10, 4*runtime.GOMAXPROCS(0)))
	}
	if !named(url, "pool_max_conn_lifetime_jitter") {
		config.MaxConnLifetimeJitter = config.MaxConnLifetime / 10
	}
	config.PingTimeout = connectTime
	c := config.ConnConfig
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = connectTime
	}
	if c.ValidateConnect == nil {
		// After a failover, the one that was left behind still answers.
		c.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	for name, value := range postgresParameters {
		if _, given := c.RuntimeParams[name]; !given {
			c.RuntimeParams[name] = value
		}
	}
	return config, nil
}

// postgresEngine shares the database with others: a transaction that cannot
// stand beside another's is begun again.
type postgresEngine struct {
	pool *pgxpool.Pool
	// turn is held by the one transaction that others have overtaken too often.
	turn chan struct{}
}

// Reads see one snapshot. Writes are as if one came after the other, since
// that is what commerce counts on.
const (
	beginRead  = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
	beginWrite = "BEGIN ISOLATION LEVEL SERIALIZABLE"
	askTime    = "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT"
)

// begin takes a connection. What begins the transaction goes there with what is
// asked first; where work can take long, by itself, so that a connection that is
// stuck shows at once.
func (e *postgresEngine) begin(ctx context.Context, write bool, tries int, _ bool) (_ transaction, err error) {
	t := &postgresTx{ctx: ctx, start: beginRead, sure: tries > 0}
	switch {
	case write:
		t.start = beginWrite
	case commerce.IsBrief(ctx):
		t.start, t.brief = askTime, true
	}
	if tries >= patientTries {
		select {
		case e.turn <- struct{}{}:
			t.turn = e.turn
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	defer func() {
		if err != nil {
			t.rollback()
		}
	}()
	within, cancel := context.WithTimeout(ctx, acquireTime)
	defer cancel()
	if t.conn, err = e.pool.Acquire(within); err != nil {
		if within.Err() != nil && ctx.Err() == nil {
			return nil, fmt.Errorf("all connections are taken, or none can be made: %w", err)
		}
		return nil, err
	}
	if commerce.IsAlone(ctx) {
		err = t.send(within)
	}
	return t, err
}

// realTime is the instant at which the transaction, or a brief read, began, as the
// database's host has it.
func (e *postgresEngine) realTime(ctx context.Context, q querier) (time.Time, error) {
	t := q.(*postgresTx)
	var err error
	if t.start != "" {
		err = t.send(ctx)
	}
	return t.began, err
}

func (e *postgresEngine) close() error {
	e.pool.Close()
	return nil
}

// again waits until a transaction that failed may be begun anew, if that can
// help: when others were faster, or its connection is gone. Once a commit may
// have arrived, nobody knows; the caller's key finds out.
func (e *postgresEngine) again(ctx context.Context, err error, tries int, since time.Time, committing bool) bool {
	switch {
	case ctx.Err() != nil || time.Since(since) > retryTime:
		return false
	case overtaken(err):
	case committing && !pgconn.SafeToRetry(err), !lost(err), tries >= lostTries:
		return false
	default:
		e.pool.Reset() // where one was cut, others were
	}
	if tries == 0 {
		return true
	}
	pause := min(time.Millisecond<<min(tries, 6), 50*time.Millisecond)
	select {
	case <-time.After(pause/2 + rand.N(pause)):
		return true
	case <-ctx.Done():
		return false
	}
}

// overtaken says whether a transaction cannot stand beside others that were
// faster, or met a schema that is new since its connection prepared its texts.
func overtaken(err error) bool {
	switch sqlState(err) {
	case "40001", "40P01", // serialization_failure, deadlock_detected
		"0A000", "26000": // cached plan must not change result type, no such statement
		return true
	}
	return false
}

// lost says whether a connection that was there is gone.
func lost(err error) bool {
	if unreachable(err) {
		return false
	}
	state := sqlState(err)
	if state == "" {
		var network net.Error
		return pgconn.SafeToRetry(err) || broken(err) || errors.As(err, &network) && !network.Timeout()
	}
	return slices.Contains([]string{"57P01", "57P02", "25P03"}, state) || state[:2] == "08"
}

func (e *postgresEngine) readsBefore() bool { return false }

func (e *postgresEngine) reason(err error) error {
	switch state := sqlState(err); state {
	case "23505":
		return commerce.ErrTaken
	case "23503":
		return commerce.ErrMissing
	case "":
		var network net.Error
		if unreachable(err) || errors.As(err, &network) || pgconn.SafeToRetry(err) || broken(err) {
			return commerce.ErrUnavailable
		}
	default:
		// Connections, transactions (a standby since a failover), resources, locks,
		// its operator, its system.
		if overtaken(err) || slices.Contains([]string{"08", "25", "53", "55", "57", "58", "XX"}, state[:2]) {
			return commerce.ErrUnavailable
		}
	}
	return nil
}

// sqlState is PostgreSQL's code for an error; "" when it is none of its own.
func sqlState(err error) string {
	var failure *pgconn.PgError
	if errors.As(err, &failure) && len(failure.Code) == 5 {
		return failure.Code
	}
	return ""
}
