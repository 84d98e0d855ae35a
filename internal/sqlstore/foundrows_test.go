package sqlstore

import (
	"database/sql"
	"reflect"
	"testing"
	"time"
)

// What is read beforehand goes another way than what is read in front, and comes to
// the same.
func TestRowsThatAreReadWholeAreAsTheDriverHasThem(t *testing.T) {
	type word string
	type row struct {
		text      string
		named     word
		number    int64
		count     int
		yes, no   bool
		some      *string
		none      *string
		maybe     *bool
		at        instant
		past      *instant
		never     *instant
		whole     map[string]int
		something *int
	}
	columns := func(r *row) []any {
		return []any{&r.text, &r.named, &r.number, &r.count, &r.yes, &r.no, &r.some, &r.none, &r.maybe, &r.at, &r.past, &r.never,
			document[map[string]int]{&r.whole}, &r.something}
	}
	const text = `SELECT 'text', 'word', 9007199254740993, -3, 1, 0, 'some', NULL, 1, 636000000000000000, 10000000, NULL, '{"a":1}', 7`
	path := Migrated(t)
	pool, l := looking(t, path)
	var want, got row
	if err := pool.QueryRowContext(t.Context(), text).Scan(columns(&want)...); err != nil {
		t.Fatal(err)
	}
	tx, err := l.begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.rollback()
	read, err := find(t.Context(), tx, question{text: text})
	if err != nil || !read.Next() {
		t.Fatal("nothing was read", err)
	}
	if err := read.Scan(columns(&got)...); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) || got.at.Year() < 2016 || got.past.Sub(time.Time{}) != time.Second {
		t.Errorf("it is %+v, not %+v", got, want)
	}
	if read.Next() {
		t.Error("there is a second row")
	}
}

// looking opens a database for writes behind the store's back, and for those who
// look.
func looking(t *testing.T, path string) (*sql.DB, *lookers) {
	t.Helper()
	pool, err := connect(path, 1, map[string][]string{})
	if err != nil {
		t.Fatal(err)
	}
	connector, err := connectorTo(path, map[string][]string{})
	if err != nil {
		t.Fatal(err)
	}
	l := newLookers(connector)
	t.Cleanup(func() { _, _ = l.close(), pool.Close() })
	return pool, l
}

// What is about everyone is read once in a generation, and what no generation tells
// of is known to be so.
func TestAnswersAboutEveryoneStandForAGeneration(t *testing.T) {
	pool, l := looking(t, Migrated(t))
	add := func(world string) {
		if _, err := pool.ExecContext(t.Context(), `INSERT INTO worlds (world, name, kind, created_at, clock_offset) VALUES ($1, $1, '', 0, 0)`, world); err != nil {
			t.Fatal(err)
		}
	}
	worlds, customers := question{text: "SELECT world FROM worlds"}, question{text: "SELECT (SELECT COUNT(*) FROM worlds) FROM customers WHERE world = $1", args: []any{"w"}}
	count := func(generation uint64) int {
		answers, err := l.ask(t.Context(), generation, []question{worlds, customers})
		if err != nil || len(answers) != 2 {
			t.Fatalf("it knows %v, %v", answers, err)
		}
		found := 0
		for answers[0].rows.Next() {
			found++
		}
		return found
	}
	add("one")
	first := count(1)
	add("two")
	if again, next, before := count(1), count(2), count(1); first != 1 || again != 1 || next != 2 || before != 2 {
		t.Errorf("there were %d, and again %d; in the next generation %d, and for who is late %d", first, again, next, before)
	}
	if askedOf("SELECT a FROM worlds w JOIN answers USING (world)") != nobody || askedOf("SELECT 1") != nobody || askedOf(customers.text) != aCustomer {
		t.Error("a question is taken for another's")
	}
	if _, err := l.ask(t.Context(), 2, []question{{text: "SELECT 1 FROM nowhere"}}); err == nil {
		t.Error("a table that is not there was read")
	}
	if got := count(2); got != 2 {
		t.Errorf("after a failure it reads %d", got)
	}
}
