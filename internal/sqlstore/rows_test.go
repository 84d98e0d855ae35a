package sqlstore

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A world is taken along table by table: a new one has to be among its lines,
// or be left out for a reason.
func TestEveryTableIsExportedOrLeftOut(t *testing.T) {
	lines := []string{
		"worlds", "partners", "accounts", "customers", "relationships", "agent_grants", "directory_grants", "agreements", "carts", "orders",
		"subscriptions", "changes", "due", "audit", "events",
	}
	leftOut := map[string]string{
		"imports": "no world is exported while it is imported", "answers": "they are for requests to this server", "leases": "this server's",
		"refresh_tokens": "tokens", "app_registrations": "what apps prove themselves with", "mfa_calls": "what this server saw",
		"operator_keys": "keys", "operator_log": "the server's own", "goose_db_version": "the schema's", "sqlite_sequence": "the engine's",
		"schema_versions": "the schema's", "request_counts": "of this minute",
	}
	apart := []string{"worlds", "operator_log"} // the last to go, and what stays
	s, err := OpenSQLite(t.Context(), SQLite{Path: filepath.Join(t.TempDir(), "provost.db"), Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	found, err := s.engine.(*sqliteEngine).writer.QueryContext(t.Context(),
		"SELECT m.name, EXISTS (SELECT 1 FROM pragma_table_info(m.name) c WHERE c.name = 'world') FROM sqlite_schema m WHERE m.type = 'table'")
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		var table string
		var ofAWorldToo bool
		if err := found.Scan(&table, &ofAWorldToo); err != nil {
			t.Fatal(err)
		}
		_, left := leftOut[table]
		left = left || strings.HasPrefix(table, "river_") // jobs are made again
		if left == slices.Contains(lines, table) {
			t.Errorf("the table %s is neither exported nor left out for a reason, or both", table)
		}
		if ofAWorldToo && !slices.Contains(apart, table) && !slices.Contains(ofAWorld, table) {
			t.Errorf("the table %s stays when its world is removed", table)
		}
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
}
