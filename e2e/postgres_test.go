package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"provost/internal/storetest"
	"provost/partnercenter/extension"
)

func TestOperatorKeyIsMadeWhileServersShareTheDatabase(t *testing.T) {
	database := storetest.WithParameter(t, storetest.Postgres(t), "password", "open-sesame")
	server := start(t, "serve", "--database", database, "--issuer", "http://127.0.0.1:1/"+provider+"/",
		"--listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0")
	if !strings.Contains(server.Banner, "operator key create NAME --database") || strings.Contains(server.Banner, "stop") {
		t.Errorf("it said %s", server.Banner)
	}
	if said := server.Banner + server.log.String(); strings.Contains(said, "open-sesame") {
		t.Errorf("it tells the password: %s", said)
	}
	key := newOperatorKey(t, database, "ann")
	if got := get(t, operatorDoor(server)+extension.OperatorKeysPath, key); got.status != http.StatusOK {
		t.Errorf("its door answered %d %s", got.status, got.body)
	}
}

// PROVOST_DATABASE that is set for serve is read by dev as well.
func TestDevLeavesADatabaseOfServeAlone(t *testing.T) {
	database := storetest.WithParameter(t, storetest.Postgres(t), "password", "open-sesame")
	_ = newOperatorKey(t, database, "ann")
	got := run(t, command(t, "dev", "--database", database, "--data", t.TempDir(), "--listen", "127.0.0.1:0"))
	if got.code != 2 || !strings.Contains(got.stderr, "holds worlds or operator keys, and no demo shop: leave it to provost serve") {
		t.Errorf("it ended with %d: %s", got.code, got.stderr)
	}
	own := start(t, "dev", "--database", storetest.WithParameter(t, storetest.Postgres(t), "password", "open-sesame"), "--data", t.TempDir(), "--listen", "127.0.0.1:0")
	if !strings.Contains(own.Banner, "Shop   postgres://") || strings.Contains(own.Banner, "open-sesame") {
		t.Errorf("it said %s", own.Banner)
	}
}

func TestServeSaysWhyItsPostgresCannotBeUsed(t *testing.T) {
	database := storetest.Postgres(t)
	elsewhere, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere.Path = "there_is_none"
	for said, named := range map[string]string{
		"no PostgreSQL answers at 127.0.0.1:1:":       "postgres://ann:open-sesame@127.0.0.1:1/provost",
		"there is no such database: make it":          elsewhere.String(),
		"the URL of the database":                     "postgres://ann:open-sesame@host:port/provost",
		"it is read-only, such as a standby: name it": storetest.WithParameter(t, database, "default_transaction_read_only", "on"),
	} {
		got := run(t, command(t, "serve", "--database", named, "--issuer", "http://127.0.0.1:1/"+provider+"/", "--listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0"))
		if got.code == 0 || !strings.Contains(got.stderr, said) || strings.Contains(got.stderr, "open-sesame") {
			t.Errorf("with %s it ended with %d: %s", named, got.code, got.stderr)
		}
	}
}
