package fulfillment_test

import (
	"database/sql"
	"net/http"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // under the name pgx

	"provost/internal/sqlstore"
)

// Whoever keeps jobs may give one up and tell nobody. Its change is taken up again,
// and one whose job is there is left to it.
func TestAChangeWhoseJobIsLostIsTakenUp(t *testing.T) {
	t.Parallel()
	w := newWarehouse(t, func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Retry-After", "3600")
		rw.WriteHeader(202)
	}, says(200, allAtOnce))
	s := openShop(t, w.system(0))
	order := s.buy(5)
	takeUp := func(wait time.Duration) {
		t.Helper()
		if err := s.TakeUpOutside(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(wait)
	}
	s.jobs("scheduled", 1)
	takeUp(300 * time.Millisecond) // nothing is lost yet
	if got := w.methods(); got != "PUT" {
		t.Fatalf("asked %s", got)
	}
	s.close()
	s.lose()
	s.start(w.system(0))
	takeUp(0)
	s.portions(order, "5 fulfilled")
	takeUp(300 * time.Millisecond) // nothing is left to do
	if got := w.methods(); got != "PUT PUT" {
		t.Errorf("asked %s", got)
	}
}

// jobs waits until so many jobs are in a state.
func (s *shop) jobs(state string, count int) {
	s.t.Helper()
	db := s.database()
	got := -1
	for end := time.Now().Add(10 * time.Second); got != count && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if err := db.QueryRow("SELECT count(*) FROM river_job WHERE state = $1", state).Scan(&got); err != nil {
			s.t.Fatal(err)
		}
	}
	if got != count {
		s.t.Fatalf("%d jobs are %s, want %d", got, state, count)
	}
}

// lose gives all jobs up.
func (s *shop) lose() {
	s.t.Helper()
	if _, err := s.database().Exec("UPDATE river_job SET state = 'discarded', finalized_at = CURRENT_TIMESTAMP"); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) database() *sql.DB {
	s.t.Helper()
	driver := "sqlite"
	if sqlstore.IsPostgres(s.path) {
		driver = "pgx"
	}
	db, err := sql.Open(driver, s.path)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = db.Close() })
	return db
}
