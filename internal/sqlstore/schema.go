package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// Schema says which version of the tables a database has, and which this program
// knows.
type Schema struct {
	Has, Knows int64
	// Oldest is what the oldest program knows that works on the later of the two; 0
	// where they are equal.
	Oldest int64
}

// SchemaOf looks at a database and changes nothing, whoever is at work in it.
func SchemaOf(ctx context.Context, database string) (Schema, error) {
	look := schemaOfSQLite
	if IsPostgres(database) {
		look = schemaOfPostgres
	}
	s, err := look(ctx, database)
	if err != nil {
		return Schema{}, fmt.Errorf("look at database %s: %w", Redacted(database), err)
	}
	return s, nil
}

func schemaOfSQLite(ctx context.Context, database string) (s Schema, err error) {
	path, err := filepath.Abs(database)
	if err != nil {
		return s, err
	}
	if _, err := os.Stat(path); err != nil {
		return s, explain(path, err)
	}
	pool, err := connect(path, 1, url.Values{"_query_only": {"on"}})
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	has := "SELECT COALESCE((SELECT max(version_id) FROM goose_db_version WHERE is_applied), 0) WHERE EXISTS (SELECT 1 FROM pragma_application_id WHERE application_id = " +
		fmt.Sprint(applicationID) + ")"
	switch err := pool.QueryRowContext(ctx, has).Scan(&s.Has); {
	case errors.Is(err, sql.ErrNoRows):
		return s, errors.New("the file is no database of Provost's: name another")
	case err != nil:
		return s, advise(err)
	}
	return compare(ctx, goose.DialectSQLite3, pool, sqliteMigrations, "migrations/sqlite", s.Has)
}

func schemaOfPostgres(ctx context.Context, database string) (s Schema, err error) {
	config, err := postgresConfig(database)
	if err != nil {
		return s, err
	}
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return s, explainPostgres(err, postgresName(config.ConnConfig))
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	err = conn.QueryRow(ctx, "SELECT COALESCE(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&s.Has)
	if sqlState(err) == "42P01" { // there is no such table: it is empty yet
		err = nil
	}
	if err != nil {
		return s, explainPostgres(err, postgresName(config.ConnConfig))
	}
	db := stdlib.OpenDB(*config.ConnConfig)
	defer func() { err = errors.Join(err, db.Close()) }()
	return compare(ctx, goose.DialectPostgres, db, postgresMigrations, "migrations/postgres", s.Has)
}
