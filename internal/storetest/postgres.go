package storetest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// PostgresVariable names the URL of a PostgreSQL that tests may fill.
const PostgresVariable = "PROVOST_TEST_POSTGRES"

// Postgres gives the URL of an empty schema of its own, which goes with the
// test; without a server to make it on, the test is skipped.
func Postgres(t testing.TB) string {
	t.Helper()
	server := os.Getenv(PostgresVariable)
	if server == "" {
		t.Skip(PostgresVariable + " names no PostgreSQL (postgres://…) to test on")
	}
	schema := "test_" + strings.ToLower(rand.Text())
	onPostgres(t, server, "CREATE SCHEMA "+schema)
	t.Cleanup(func() { onPostgres(t, server, "DROP SCHEMA "+schema+" CASCADE") })
	return WithParameter(t, server, "search_path", schema)
}

// WithParameter is a database's URL with one more parameter.
func WithParameter(t testing.TB, database, name, value string) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatalf("%s: %v", PostgresVariable, err)
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

func onPostgres(t testing.TB, database, text string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		t.Fatalf("%s: %v", PostgresVariable, err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}
