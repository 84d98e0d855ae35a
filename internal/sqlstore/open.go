package sqlstore

import (
	"context"
	"net/url"
	"strings"
)

// IsPostgres says whether a database is a PostgreSQL's, not a file.
func IsPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

// Open opens the database of a URL of PostgreSQL's, else of a SQLite file.
func Open(ctx context.Context, database string) (*Store, error) {
	if IsPostgres(database) {
		return OpenPostgres(ctx, Postgres{URL: database})
	}
	return OpenSQLite(ctx, SQLite{Path: database})
}

// Redacted is how a database is shown to those who may not know its password: in
// commands, as what has to be filled in.
func Redacted(database string) string {
	u, err := url.Parse(database)
	switch {
	case !IsPostgres(database):
		return database
	case err != nil:
		return "postgres://…"
	}
	q := u.Query()
	for _, secret := range []string{"password", "sslpassword"} {
		if q.Has(secret) {
			q.Set(secret, filledIn)
		}
	}
	u.RawQuery = q.Encode()
	if _, has := u.User.Password(); has {
		u.User = url.UserPassword(u.User.Username(), filledIn)
	}
	return u.String()
}

const filledIn = "PASSWORD"
