package e2e_test

import (
	"database/sql"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// alter changes a database behind the servers' backs.
func alter(t *testing.T, database string, texts ...string) {
	t.Helper()
	driver := "sqlite"
	if onPostgres {
		driver = "pgx"
	}
	db, err := sql.Open(driver, database)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		_, failed := db.Exec(text)
		err = errors.Join(err, failed)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// A later program has added to the schema, and says whom it has left room for.
func TestServerGoesOnThoughALaterOneHasChangedTheSchema(t *testing.T) {
	data := t.TempDir()
	database := shopIn(t, data)
	args := []string{"dev", "--data", data, "--listen", "127.0.0.1:0"}
	works := func(server *process, name string) {
		t.Helper()
		bearer := token(t, server.URL)
		a, err := send(server.URL+documentsSubscription, http.MethodPatch, bearer, "", `{"friendlyName":"`+name+`","autoRenewEnabled":true}`)
		if err != nil || a.status != http.StatusOK {
			t.Errorf("a write is answered %d %s, %v", a.status, a.body, err)
		}
		if got := get(t, server.URL+documentsSubscription, bearer); !strings.Contains(got.body, name) {
			t.Errorf("it reads %d %s", got.status, got.body)
		}
	}
	status := func() string {
		got := run(t, command(t, "migrate", "status", "--database", database))
		return got.stdout + got.stderr
	}
	server := start(t, args...)
	works(server, "before")
	alter(t, database, "ALTER TABLE subscriptions ADD COLUMN later TEXT", "ALTER TABLE changes ADD COLUMN later INTEGER NOT NULL DEFAULT 7",
		"CREATE TABLE later (id INTEGER)", "INSERT INTO schema_versions (version, oldest) VALUES (99, 8)",
		"INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, "+trueWord()+")")
	works(server, "while it runs")
	server.kill()
	if said := status(); !strings.Contains(said, "a later provost has changed it, and this one may serve it until it is replaced") {
		t.Errorf("the status is %q", said)
	}
	server = start(t, args...)
	works(server, "started again")
	server.kill()

	alter(t, database, "UPDATE schema_versions SET oldest = 99 WHERE version = 99")
	const refused = "its schema is version 99, which serves programs that know version 99, and this provost knows none after "
	if got := run(t, command(t, args...)); got.code == 0 || !strings.Contains(got.stderr, refused) || !strings.Contains(got.stderr, "use the provost that wrote it") {
		t.Errorf("it ended with %d: %s", got.code, got.stderr)
	}
	if said := status(); !strings.Contains(said, "and serves programs that know version 99; this one does not serve it") {
		t.Errorf("the status is %q", said)
	}
	alter(t, database, "DELETE FROM schema_versions WHERE version = 99")
	if got := run(t, command(t, args...)); got.code == 0 || !strings.Contains(got.stderr, refused) {
		t.Errorf("where nothing is said it ended with %d: %s", got.code, got.stderr)
	}
}

// trueWord is true to both engines.
func trueWord() string {
	if onPostgres {
		return "true"
	}
	return "1"
}

// What a later program will change is told before it does.
func TestStatusOfASchemaSaysWhetherServersMayRunMeanwhile(t *testing.T) {
	database := filepath.Join(t.TempDir(), "provost.db")
	if onPostgres {
		database = schemaOf(t, database)
	}
	if got := run(t, command(t, "migrate", "up", "--database", database)); got.code != 0 {
		t.Fatalf("it ended with %d: %s", got.code, got.stderr)
	}
	alter(t, database, "DROP TABLE schema_versions", "DROP TABLE request_counts", "DELETE FROM goose_db_version WHERE version_id > 7")
	if got := run(t, command(t, "migrate", "status", "--database", database)); got.code != 1 || !strings.Contains(got.stderr, "Stop all servers first: those that run cannot work on it") {
		t.Errorf("it ended with %d: %s", got.code, got.stderr)
	}
}

func TestServeTellsThatItChangedTheSchemaOrThatALaterOneDid(t *testing.T) {
	database := filepath.Join(t.TempDir(), "provost.db")
	if onPostgres {
		database = schemaOf(t, database)
	}
	_ = newOperatorKey(t, database, "ann")
	told := func(said string) {
		t.Helper()
		server := startOne(t, command(t, "serve", "--database", database, "--issuer", "http://127.0.0.1:1/"+provider+"/", "--listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0"))
		server.kill() // what it has logged is here by then
		if log := server.log.String(); !strings.Contains(log, said) {
			t.Errorf("the log has no %q:\n%s", said, log)
		}
	}
	if !onPostgres { // where the constraints that the migration drops are gone
		alter(t, database, "DROP TABLE schema_versions", "DROP TABLE request_counts", "DELETE FROM goose_db_version WHERE version_id > 7")
		told(`"msg":"the schema was brought up to date","from":7,"to":`)
	}
	alter(t, database, "INSERT INTO schema_versions (version, oldest) VALUES (99, 8)", "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, "+trueWord()+")")
	told("a later provost has changed the schema: this one serves until it is replaced")
}
