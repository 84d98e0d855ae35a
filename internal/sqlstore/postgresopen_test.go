package sqlstore_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"provost/internal/commerce"
	"provost/internal/sqlstore"
	"provost/internal/storetest"
)

// behind is a connection behind the store's back.
func behind(t *testing.T, database string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), database)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

func insertWorld(t *testing.T, s commerce.Store, id string) error {
	t.Helper()
	return s.Write(t.Context(), func(tx commerce.Tx) error {
		return tx.Worlds().Insert(t.Context(), commerce.World{ID: id, Name: id})
	})
}

func TestPostgresThatCannotBeUsedSaysWhatToDo(t *testing.T) {
	database := storetest.Postgres(t)
	server := os.Getenv(storetest.PostgresVariable)
	changed := func(change func(*url.URL)) string {
		u, err := url.Parse(database)
		must(t, err)
		change(u)
		return u.String()
	}
	admin := behind(t, server)
	do := func(text string) {
		_, err := admin.Exec(t.Context(), text)
		must(t, err)
	}
	for _, text := range []string{
		"DROP ROLE IF EXISTS test_nobody", "CREATE ROLE test_nobody LOGIN", "DROP ROLE IF EXISTS test_one", "CREATE ROLE test_one LOGIN CONNECTION LIMIT 0",
	} {
		do(text)
	}
	as := func(role string) string { return changed(func(u *url.URL) { u.User = url.User(role) }) }
	t.Cleanup(func() {
		for _, text := range []string{"DROP ROLE test_nobody", "DROP ROLE test_one"} {
			_, _ = admin.Exec(context.WithoutCancel(t.Context()), text)
		}
	})
	theirs := storetest.Postgres(t)
	_, err := behind(t, theirs).Exec(t.Context(), "CREATE TABLE theirs (id INT)")
	must(t, err)
	for is, c := range map[string]struct{ url, says string }{
		"nobody there":      {"postgres://ann:open-sesame@127.0.0.1:1/shop", "no PostgreSQL answers at 127.0.0.1:1: start it, or mend the host and port"},
		"no such database":  {changed(func(u *url.URL) { u.Path = "there_is_none" }), "there is no such database: make it (createdb), or name another"},
		"no such user":      {as("there_is_nobody"), "does not let this user in"},
		"another program's": {theirs, "it holds the tables of another program"},
		"read-only":         {storetest.WithParameter(t, database, "default_transaction_read_only", "on"), "it is read-only, such as a standby: name its primary"},
		"no permission":     {as("test_nobody"), "this user may not make tables there"},
		"no connections":    {as("test_one"), "it has no connection left: raise"},
		"no such setting":   {storetest.WithParameter(t, database, "no_such_setting", "on"), "its URL has a setting that it does not take"},
		"no such value":     {storetest.WithParameter(t, database, "jit", "soon"), "its URL has a setting that it does not take"},
		"no TLS":            {storetest.WithParameter(t, database, "sslmode", "require"), "it speaks no TLS: turn that on there"},
		"no URL":            {"postgres://ann:open-sesame@127.0.0.1:port/shop", "the URL of the database"},
	} {
		s, err := sqlstore.OpenPostgres(t.Context(), sqlstore.Postgres{URL: c.url})
		if err == nil {
			_ = s.Close()
			t.Errorf("%s: it was opened", is)
		} else if !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "open-sesame") {
			t.Errorf("%s: it says %q, not %q", is, err, c.says)
		}
	}
}

func TestPostgresThatSomebodyElseRestoredSaysWhatToDo(t *testing.T) {
	database := storetest.Postgres(t)
	_ = openPostgres(t, database)
	u, err := url.Parse(database)
	must(t, err)
	schema := u.Query().Get("search_path")
	admin := behind(t, database)
	for _, text := range []string{
		"DROP ROLE IF EXISTS test_restorer", "CREATE ROLE test_restorer LOGIN", "GRANT USAGE ON SCHEMA " + schema + " TO test_restorer",
		"GRANT ALL ON ALL TABLES IN SCHEMA " + schema + " TO test_restorer", "CREATE TABLE notes_of_an_administrator (id INT)",
	} {
		_, err := admin.Exec(t.Context(), text)
		must(t, err)
	}
	t.Cleanup(func() {
		_, _ = admin.Exec(context.WithoutCancel(t.Context()), "DROP OWNED BY test_restorer; DROP ROLE test_restorer")
	})
	u.User = url.User("test_restorer")
	granted, err := sqlstore.OpenPostgres(t.Context(), sqlstore.Postgres{URL: u.String()})
	if err != nil {
		t.Fatalf("beside somebody else's table: %v", err)
	}
	must(t, granted.Close())
	_, err = admin.Exec(t.Context(), "REVOKE ALL ON ALL TABLES IN SCHEMA "+schema+" FROM test_restorer")
	must(t, err)
	s, err := sqlstore.OpenPostgres(t.Context(), sqlstore.Postgres{URL: u.String()})
	if err == nil {
		_ = s.Close()
		t.Fatal("it was opened")
	}
	_, looking := sqlstore.SchemaOf(t.Context(), u.String())
	for _, err := range []error{err, looking} {
		if err == nil || !strings.Contains(err.Error(), "its tables belong to another user, such as who restored them") {
			t.Errorf("it says %v", err)
		}
	}
}

func TestPostgresWhoseCertificateProvesNothingSaysWhatToDo(t *testing.T) {
	certified := httptest.NewTLSServer(http.NotFoundHandler())
	defer certified.Close()
	on, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	defer on.Close()
	go func() {
		for {
			conn, err := on.Accept()
			if err != nil {
				return
			}
			asked := make([]byte, 8) // whether there is TLS
			_, _ = io.ReadFull(conn, asked)
			_, _ = conn.Write([]byte("S"))
			_ = tls.Server(conn, &tls.Config{Certificates: certified.TLS.Certificates}).HandshakeContext(t.Context())
			_ = conn.Close()
		}
	}()
	_, err = sqlstore.OpenPostgres(t.Context(), sqlstore.Postgres{URL: "postgres://ann:open-sesame@" + on.Addr().String() + "/shop?sslmode=verify-full"})
	if err == nil || !strings.Contains(err.Error(), "its certificate does not prove who it is: name the authority") || strings.Contains(err.Error(), "open-sesame") {
		t.Errorf("it says %v", err)
	}
}

func TestServersThatStartAtOnceMigrateOnce(t *testing.T) {
	database := storetest.Postgres(t)
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			s, err := sqlstore.OpenPostgres(t.Context(), sqlstore.Postgres{URL: database})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			if err := s.OpenJobs(t.Context(), silent); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	var applied, versions int
	must(t, behind(t, database).QueryRow(t.Context(), "SELECT count(*), count(DISTINCT version_id) FROM goose_db_version").Scan(&applied, &versions))
	if applied != versions {
		t.Errorf("%d migrations were carried out %d times", versions, applied)
	}
}

func TestRestartOfTheDatabaseCostsAWriterNothing(t *testing.T) {
	database := storetest.WithParameter(t, storetest.Postgres(t), "application_name", t.Name())
	s := openPostgres(t, database)
	admin := behind(t, os.Getenv(storetest.PostgresVariable))
	cut := func() {
		t.Helper()
		_, err := admin.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1", t.Name())
		must(t, err)
	}
	must(t, insertWorld(t, s, "before"))
	cut()
	must(t, insertWorld(t, s, "after"))
	tries := 0
	must(t, s.Write(t.Context(), func(tx commerce.Tx) error {
		if tries++; tries == 1 {
			cut()
		}
		return tx.Worlds().Insert(t.Context(), commerce.World{ID: "in the middle"})
	}))
	if tries != 2 {
		t.Errorf("it was tried %d times", tries)
	}
	cut()
	must(t, s.Read(t.Context(), func(tx commerce.Tx) error {
		worlds, err := tx.Worlds().List(t.Context())
		if err == nil && len(worlds) != 3 {
			t.Errorf("there are %d worlds", len(worlds))
		}
		return err
	}))
}

// Two who count and then insert cannot both be right.
func TestWhoWasOvertakenBeginsAgainAndSeesWhatOthersDid(t *testing.T) {
	database := storetest.Postgres(t)
	one, other := openPostgres(t, database), openPostgres(t, database)
	var seen []int
	must(t, one.Write(t.Context(), func(tx commerce.Tx) error {
		worlds, err := tx.Worlds().List(t.Context())
		if err != nil {
			return err
		}
		if seen = append(seen, len(worlds)); len(seen) == 1 {
			must(t, other.Write(t.Context(), func(tx commerce.Tx) error {
				there, err := tx.Worlds().List(t.Context())
				if err != nil {
					return err
				}
				return tx.Worlds().Insert(t.Context(), commerce.World{ID: fmt.Sprint("theirs, after ", len(there))})
			}))
		}
		return tx.Worlds().Insert(t.Context(), commerce.World{ID: fmt.Sprint("ours, after ", len(worlds))})
	}))
	if fmt.Sprint(seen) != "[0 1]" {
		t.Errorf("it saw %v worlds", seen)
	}
}

// The same request on another server waits for the first, and not for ever.
func TestKeyThatAnotherServerHoldsMakesTheStoreUnavailable(t *testing.T) {
	database := storetest.WithParameter(t, storetest.Postgres(t), "lock_timeout", "100ms")
	one, other := openPostgres(t, database), openPostgres(t, database)
	must(t, insertWorld(t, one, "shop"))
	claim := func(s commerce.Store, then func()) error {
		return s.Write(t.Context(), func(tx commerce.Tx) error {
			if err := tx.Answers().Claim(t.Context(), "shop", "the same request", time.Now()); err != nil {
				return err
			}
			_, err := tx.Worlds().ByID(t.Context(), "shop") // whoever asks on has claimed it
			then()
			return err
		})
	}
	must(t, claim(one, func() {
		if err := claim(other, func() {}); !errors.Is(err, commerce.ErrUnavailable) {
			t.Errorf("meanwhile: %v", err)
		}
	}))
	if err := claim(other, func() {}); !errors.Is(err, commerce.ErrTaken) {
		t.Errorf("afterwards: %v", err)
	}
}

func TestDatabaseThatIsGoneMakesTheStoreUnavailableAtOnce(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	config, err := pgx.ParseConfig(storetest.Postgres(t))
	must(t, err)
	var conns sync.Map
	go passOn(server, net.JoinHostPort(config.Host, fmt.Sprint(config.Port)), &conns)
	database := strings.Replace(config.ConnString(), net.JoinHostPort(config.Host, fmt.Sprint(config.Port)), server.Addr().String(), 1)
	s := openPostgres(t, database)
	must(t, s.Ready(t.Context()))
	_ = server.Close()
	conns.Range(func(conn, _ any) bool { _ = conn.(net.Conn).Close(); return true })
	began := time.Now()
	for _, err := range []error{s.Ready(t.Context()), insertWorld(t, s, "shop")} {
		if !errors.Is(err, commerce.ErrUnavailable) {
			t.Errorf("it says %v", err)
		}
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("it took %v", took)
	}
}

// passOn gives connections on to an address.
func passOn(from net.Listener, to string, all *sync.Map) {
	for {
		in, err := from.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", to)
		if err != nil {
			_ = in.Close()
			continue
		}
		all.Store(in, true)
		all.Store(out, true)
		go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
		go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
	}
}
