package restapi_test

import (
	"database/sql"
	"testing"
)

// damage makes every stored resource unreadable, as a failing disk would.
func damage(t testing.TB, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{
		"UPDATE customers SET resource = '{damaged'",
		"UPDATE orders SET resource = '{damaged'",
		"UPDATE subscriptions SET resource = '{damaged'",
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
}
