package sqlstore

import (
	"context"
	"crypto/tls"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/postgres/*.sql
var postgresMigrations embed.FS

const (
	// oldestPostgres is the first version that this is tested with.
	oldestPostgres = 15
	// migrationLock is the advisory lock of whoever changes the schema ("Prvt").
	migrationLock = applicationID
	lockPause     = 100 * time.Millisecond
)

// preparePostgres sees that the database will do, and brings its schema up to
// date.
func preparePostgres(ctx context.Context, config *pgx.ConnConfig) error {
	return alone(ctx, config, func(conn *pgx.Conn, db *sql.DB) error {
		if err := suits(ctx, conn); err != nil {
			return err
		}
		return migrate(ctx, goose.DialectPostgres, db, postgresMigrations, "migrations/postgres", func(int64) (func(), error) {
			return func() {}, nil // which its own tools do, for whoever wants it
		})
	})
}

// alone does what changes the schema, while no other server does. It may take
// its time.
func alone(ctx context.Context, config *pgx.ConnConfig, do func(conn *pgx.Conn, db *sql.DB) error) (err error) {
	config = config.Copy()
	for _, unlimited := range []string{"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"} {
		config.RuntimeParams[unlimited] = "0"
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	// The lock goes with its connection.
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	for mine := false; !mine; {
		// Who waits inside a statement would hold up an index that is built beside others.
		if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", int64(migrationLock)).Scan(&mine); err != nil {
			return err
		}
		if !mine {
			select {
			case <-ctx.Done():
				return fmt.Errorf("wait for another server that changes the schema: %w", ctx.Err())
			case <-time.After(lockPause):
			}
		}
	}
	db := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, db.Close()) }()
	return do(conn, db)
}

const makesNoTables = "this user may not make tables there: make it the owner (ALTER DATABASE … OWNER TO …), or GRANT CREATE ON SCHEMA"

const anothersTables = "its tables belong to another user, such as who restored them: restore it as this one, or ALTER TABLE … OWNER TO … for each"

// suits says why a database cannot be used.
func suits(ctx context.Context, conn *pgx.Conn) error {
	if version := conn.PgConn().ParameterStatus("server_version"); tooOld(version) {
		return fmt.Errorf("it is PostgreSQL %s, and at least %d is needed: upgrade it, or name another", version, oldestPostgres)
	}
	var encoding string
	var tables, ours, closed int
	var nowhere bool
	err := conn.QueryRow(ctx, `SELECT current_setting('server_encoding'), current_schema() IS NULL,
			count(*) FILTER (WHERE c.relname <> 'goose_db_version'), count(*) FILTER (WHERE c.relname = 'worlds'),
			count(*) FILTER (WHERE c.relname IN ('worlds', 'goose_db_version') AND NOT has_table_privilege(c.oid, 'SELECT'))
		FROM pg_class c WHERE c.relnamespace = to_regnamespace(current_schema()) AND c.relkind IN ('r', 'p')`).Scan(&encoding, &nowhere, &tables, &ours, &closed)
	switch {
	case err != nil:
		return err
	case nowhere:
		// Without a schema of its own it would look into those of others.
		return errors.New(makesNoTables)
	case encoding != "UTF8":
		return fmt.Errorf("its encoding is %s: make one with CREATE DATABASE provost ENCODING 'UTF8' TEMPLATE template0", encoding)
	case tables > 0 && ours == 0:
		return errors.New("it holds the tables of another program: make one for provost alone (CREATE DATABASE provost), or name an empty schema (?search_path=provost)")
	case closed > 0:
		return errors.New(anothersTables)
	}
	return nil
}

var leadingNumber = regexp.MustCompile(`^\d+`)

func tooOld(version string) bool {
	major, err := strconv.Atoi(leadingNumber.FindString(version))
	return err == nil && major < oldestPostgres
}

// postgresName is what a database is called in messages, without its secrets.
func postgresName(c *pgx.ConnConfig) string {
	return fmt.Sprintf("%s on %s", c.Database, net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port))))
}

// named says whether a URL or a list of settings names a parameter.
func named(url, parameter string) bool {
	return regexp.MustCompile(`(^|[?&\s])` + parameter + `\s*=`).MatchString(url)
}

// explainPostgres says what to do about a database that cannot be opened.
func explainPostgres(err error, at string) error {
	_, at, _ = strings.Cut(at, " on ")
	switch state := sqlState(err); {
	case state == "53300":
		return fmt.Errorf("it has no connection left: raise its max_connections, or let each server take fewer (?pool_max_conns=…): %w", err)
	case state == "3D000":
		return fmt.Errorf("there is no such database: make it (createdb), or name another: %w", err)
	case state == "28P01" || state == "28000":
		return fmt.Errorf("it does not let this user in: mend the user or the password, or its pg_hba.conf: %w", err)
	case state == "57P03":
		return fmt.Errorf("it is starting or stopping: try again in a moment: %w", err)
	case state == "42501" && strings.Contains(err.Error(), "for table"):
		return fmt.Errorf(anothersTables+": %w", err)
	case state == "42501" || state == "3F000":
		return fmt.Errorf(makesNoTables+": %w", err)
	case state == "25006" || readOnly(err):
		return fmt.Errorf("it is read-only, such as a standby: name its primary, or all of them with commas between: %w", err)
	case unreachable(err) && (state == "42704" || state == "22023"):
		return fmt.Errorf("its URL has a setting that it does not take: mend that, or leave it out: %w", err)
	case state == "" && strings.Contains(err.Error(), "server refused TLS"):
		return fmt.Errorf("it speaks no TLS: turn that on there (ssl = on), or, where nobody can listen in, name it with sslmode=disable: %w", err)
	case untrusted(err):
		return fmt.Errorf("its certificate does not prove who it is: name the authority that signed it with sslrootcert=ca.pem, and the host as the certificate does: %w", err)
	case state == "" && unreachable(err):
		return fmt.Errorf("no PostgreSQL answers at %s: start it, or mend the host and port: %w", at, err)
	}
	return err
}

// readOnly says whether the driver turned a server down that takes no writes; it
// has no value for that.
func readOnly(err error) bool {
	return strings.Contains(err.Error(), "read only connection") || strings.Contains(err.Error(), "read-only")
}

func untrusted(err error) bool {
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &certificate)
}

func unreachable(err error) bool {
	var dialing *pgconn.ConnectError
	return errors.As(err, &dialing)
}

// broken says whether a connection ended in the middle.
func broken(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		strings.Contains(err.Error(), "conn closed")
}
