package sqlstore_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/internal/sqlstore"
)

// raw runs SQL on a database file behind the store's back.
func raw(t *testing.T, path string, statements ...string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for _, text := range statements {
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

func made(t *testing.T, path string) {
	t.Helper()
	s, err := sqlstore.OpenSQLite(t.Context(), sqlstore.SQLite{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestWhatCannotBeOpenedSaysWhatToDo(t *testing.T) {
	for _, c := range []struct {
		is      string
		prepare func(path string)
		says    string
	}{
		{"a missing directory", func(path string) { must(t, os.Remove(filepath.Dir(path))) }, "does not exist: create it"},
		{"a directory that is a file", func(path string) {
			must(t, os.Remove(filepath.Dir(path)))
			must(t, os.WriteFile(filepath.Dir(path), nil, 0o600))
		}, "cannot be used: "},
		{"a file that is a directory", func(path string) { must(t, os.Mkdir(path, 0o700)) }, "cannot be used: "},
		{"a file that is no database", func(path string) {
			must(t, os.WriteFile(path, []byte(strings.Repeat("not a database. ", 512)), 0o600))
		}, "not an intact SQLite database: name another"},
		{"a damaged database", func(path string) {
			made(t, path)
			body, err := os.ReadFile(path)
			must(t, err)
			must(t, os.WriteFile(path, append(body[:200], make([]byte, 8192)...), 0o600))
		}, "not an intact SQLite database: name another, or restore a backup"},
		{"another program's database", func(path string) { raw(t, path, "CREATE TABLE theirs (id INTEGER)") }, "of another program: name another"},
		{"another program's database with a mark", func(path string) { raw(t, path, "PRAGMA application_id = 7") }, "of another program: name another"},
		{"a database newer than the binary", func(path string) {
			made(t, path)
			raw(t, path, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)")
		}, "its schema is version 99, which serves programs that know version 99, and this provost knows none after "},
	} {
		t.Run(c.is, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			must(t, os.Mkdir(dir, 0o700))
			path := filepath.Join(dir, "provost.db")
			c.prepare(path)
			s, err := sqlstore.OpenSQLite(t.Context(), sqlstore.SQLite{Path: path})
			if err == nil {
				_ = s.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("it says %q, not %q", err, c.says)
			}
			if info, err := os.Stat(dir); err == nil && info.IsDir() {
				release, err := sqlstore.Lock(dir)
				if err != nil {
					t.Fatalf("the directory stays locked: %v", err)
				}
				must(t, release())
			}
		})
	}
}

func TestADatabaseNeedsAPath(t *testing.T) {
	if _, err := sqlstore.OpenSQLite(t.Context(), sqlstore.SQLite{}); err == nil {
		t.Error("none was opened")
	}
}

func TestADatabaseThatIsNotOursStaysAsItWas(t *testing.T) {
	path := fresh(t)
	raw(t, path, "CREATE TABLE theirs (id INTEGER)")
	before, err := os.ReadFile(path)
	must(t, err)
	if _, err := sqlstore.OpenSQLite(t.Context(), sqlstore.SQLite{Path: path}); err == nil {
		t.Fatal("it was opened")
	}
	after, err := os.ReadFile(path)
	must(t, err)
	if string(before) != string(after) {
		t.Error("it was changed")
	}
}

func TestAPathMayHoldAnyCharacter(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "100% of Größe? #1 & 'more'")
	must(t, os.Mkdir(dir, 0o700))
	path := filepath.Join(dir, "a b?mode=memory#.db")
	made(t, path)
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		t.Errorf("the database lies elsewhere: %v, %v", info, err)
	}
}

func TestTheFilesAreTheirOwnersAlone(t *testing.T) {
	path := fresh(t)
	open(t, sqlstore.SQLite{Path: path})
	entries, err := os.ReadDir(filepath.Dir(path))
	must(t, err)
	if len(entries) != 4 {
		t.Errorf("there are %v, not the database, its two companions and the lock", entries)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", entry.Name(), info.Mode())
		}
	}
}

func TestAClosedStoreLeavesOneFileToCopy(t *testing.T) {
	path := fresh(t)
	made(t, path)
	companions, err := filepath.Glob(path + "-*")
	if err != nil || len(companions) > 0 {
		t.Errorf("beside the database lie %v, %v", companions, err)
	}
}

func TestADatabaseLockedByAnotherProgramIsUnavailable(t *testing.T) {
	t.Parallel()
	path := fresh(t)
	s := open(t, sqlstore.SQLite{Path: path})
	other := raw(t, path)
	other.SetMaxOpenConns(1)
	_, err := other.Exec("BEGIN IMMEDIATE")
	must(t, err)
	something := func(tx commerce.Tx) error { return tx.Worlds().Insert(t.Context(), commerce.World{ID: "w", Name: "w"}) }
	if err := s.Write(t.Context(), something); !errors.Is(err, commerce.ErrUnavailable) {
		t.Errorf("write: %v", err)
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("read: %v", err)
	}
	_, err = other.Exec("ROLLBACK")
	must(t, err)
	if err := s.Write(t.Context(), something); err != nil {
		t.Errorf("write after it: %v", err)
	}
}

func TestEveryKeyStartsWithItsWorld(t *testing.T) {
	path := fresh(t)
	made(t, path)
	found, err := raw(t, path).Query(`SELECT t.name, (SELECT c.name FROM pragma_table_info(t.name) c WHERE c.pk = 1)
		FROM sqlite_schema t WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND t.name <> 'goose_db_version'`)
	must(t, err)
	defer found.Close()
	exempt := map[string]string{"due": "id", "refresh_tokens": "hash", "operator_keys": "key_id", "operator_log": "id",
		"schema_versions": "version", "request_counts": "began"}
	tables := 0
	for ; found.Next(); tables++ {
		var table, key string
		must(t, found.Scan(&table, &key))
		want := "world"
		if exempt[table] != "" {
			want = exempt[table]
		}
		if key != want {
			t.Errorf("the key of %s starts with %s", table, key)
		}
	}
	must(t, found.Err())
	if tables < 14 {
		t.Errorf("there are %d tables", tables)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Before version 7, portions had a table of their own.
func TestPortionsComeAlongIntoTheirChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "provost.db")
	made(t, path)
	raw(t, path, `ALTER TABLE changes DROP COLUMN portions`,
		`CREATE TABLE portions (world TEXT NOT NULL, change_id TEXT NOT NULL, part INTEGER NOT NULL, quantity INTEGER NOT NULL,
			status TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (world, change_id, part)) STRICT, WITHOUT ROWID`,
		`DELETE FROM goose_db_version WHERE version_id >= 7`, `DROP TABLE schema_versions`, `DROP TABLE request_counts`,
		`INSERT INTO worlds (world, name, kind, created_at, clock_offset) VALUES ('w', 'w', 'development', 0, 0)`,
		`INSERT INTO customers (world, customer, created_at, company_name, domain, resource) VALUES ('w', 'c', 0, '', '', '{}')`,
		`INSERT INTO changes (world, change_id, kind, customer, order_id, line, asked_at)
			VALUES ('w', 'one', 'seat change', 'c', '', 0, 0), ('w', 'two', 'purchase', 'c', '', 0, 0), ('w', 'none', 'purchase', 'c', '', 0, 0)`,
		`INSERT INTO portions VALUES ('w', 'one', 10, -2, 'unfulfilled', 'no "stock"'), ('w', 'one', 2, 7, 'fulfilled', ''), ('w', 'two', 0, 1, 'fulfilled', '')`)
	s, err := sqlstore.OpenSQLite(t.Context(), sqlstore.SQLite{Path: path})
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	for id, want := range map[string][]commerce.Portion{
		"one":  {{Quantity: 7, Status: "fulfilled"}, {Quantity: -2, Status: "unfulfilled", Reason: `no "stock"`}},
		"two":  {{Quantity: 1, Status: "fulfilled"}},
		"none": nil,
	} {
		must(t, s.Read(t.Context(), func(tx commerce.Tx) error {
			c, err := tx.Changes().ByID(t.Context(), "w", id)
			if !slices.Equal(c.Portions, want) {
				t.Errorf("change %s has %v", id, c.Portions)
			}
			return err
		}))
	}
}

func TestDatabaseIsShownWithItsPasswordLeftToFillIn(t *testing.T) {
	for database, want := range map[string]string{
		"shop/provost.db":                           "shop/provost.db",
		"postgres://db/shop":                        "postgres://db/shop",
		"postgres://ann:open-sesame@db/shop":        "postgres://ann:PASSWORD@db/shop",
		"postgres://ann@db/shop?password=open&a=b":  "postgres://ann@db/shop?a=b&password=PASSWORD",
		"postgres://ann:open-sesame@host:port/shop": "postgres://…",
	} {
		if got := sqlstore.Redacted(database); got != want {
			t.Errorf("%s is shown as %s, want %s", database, got, want)
		}
	}
}

// Before version 10, the rows of two tables lay otherwise.
func TestRecordsAndAnswersComeAlongIntoTheirNewOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "provost.db")
	made(t, path)
	raw(t, path, `DROP TABLE audit`, `DROP TABLE answers`, `DELETE FROM schema_versions WHERE version >= 10`, `DELETE FROM goose_db_version WHERE version_id >= 10`,
		`CREATE TABLE audit (world TEXT NOT NULL REFERENCES worlds, world_cased TEXT, partner TEXT NOT NULL, partner_cased TEXT, record_id TEXT NOT NULL,
			at INTEGER NOT NULL, customer TEXT NOT NULL, company_name TEXT NOT NULL, resource_type TEXT NOT NULL, record TEXT NOT NULL,
			PRIMARY KEY (world, partner, record_id)) STRICT`,
		`CREATE INDEX audit_by_age ON audit (world, partner, at, record_id)`,
		`CREATE TABLE answers (world TEXT NOT NULL REFERENCES worlds, key TEXT NOT NULL, at INTEGER NOT NULL, answer TEXT NOT NULL,
			PRIMARY KEY (world, key)) STRICT, WITHOUT ROWID`,
		`CREATE INDEX answers_by_age ON answers (at)`,
		`INSERT INTO worlds (world, world_cased, name, kind, created_at, clock_offset) VALUES ('w', 'W', 'w', 'development', 0, 0)`,
		`INSERT INTO audit VALUES ('w', 'W', 'p', 'P', 'a_2', 2, 'c', 'name', 'order', '{"id":"a_2"}'), ('w', NULL, 'p', NULL, 'b_1', 1, 'c', 'name', 'order', '{"id":"b_1"}')`,
		`INSERT INTO answers VALUES ('w', 'two', 2, 'second'), ('w', 'one', 1, 'first')`)
	s, err := sqlstore.OpenSQLite(t.Context(), sqlstore.SQLite{Path: path})
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	must(t, s.Read(t.Context(), func(tx commerce.Tx) error {
		var told []string
		records, err := tx.Audit().Page(t.Context(), commerce.AuditQuery{World: "w", Partner: "p", To: time.Now(), Limit: 10})
		for _, a := range records {
			told = append(told, a.World+a.Partner+a.Record.ID)
		}
		if want := []string{"wpb_1", "WPa_2"}; !slices.Equal(told, want) {
			t.Errorf("the records are %v, want %v", told, want)
		}
		for key, want := range map[string]string{"one": "first", "two": "second"} {
			answer, failed := tx.Answers().ByKey(t.Context(), "w", key)
			if err = errors.Join(err, failed); answer.Text != want {
				t.Errorf("the answer of %s is %q", key, answer.Text)
			}
		}
		return err
	}))
}
