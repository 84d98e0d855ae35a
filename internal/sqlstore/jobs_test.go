package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/internal/sqlstore"
	"provost/internal/storetest"
)

var silent = slog.New(slog.DiscardHandler)

// openWithJobs opens a store in which jobs can be enqueued.
func openWithJobs(t *testing.T, path string) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.OpenJobs(t.Context(), silent); err != nil {
		t.Fatal(err)
	}
	return s
}

// onBoth runs a test on a new database of each engine.
func onBoth(t *testing.T, test func(t *testing.T, database string)) {
	t.Run("SQLite", func(t *testing.T) { test(t, fresh(t)) })
	t.Run("Postgres", func(t *testing.T) { test(t, storetest.Postgres(t)) })
}

// runJobs has jobs done by do until stop.
func runJobs(t *testing.T, s *sqlstore.Store, do func(context.Context, commerce.Job) (commerce.JobResult, error)) (stop func()) {
	t.Helper()
	end, err := s.RunJobs(t.Context(), map[commerce.JobKind]commerce.Worker{commerce.ProvisionJob: {Do: do}}, silent)
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := end(); err != nil {
			t.Error(err)
		}
	}
}

func enqueue(t *testing.T, s *sqlstore.Store, subject string, fails error) {
	t.Helper()
	err := s.Write(t.Context(), func(tx commerce.Tx) error {
		if err := tx.Enqueue(t.Context(), commerce.Job{Kind: commerce.ProvisionJob, World: "shop", Subject: subject}); err != nil {
			return err
		}
		return fails
	})
	if !errors.Is(err, fails) {
		t.Fatal(err)
	}
}

func awaited[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("no job ran")
		panic("unreachable")
	}
}

func TestJobIsDoneOnlyIfItsTransactionIsCommitted(t *testing.T) {
	onBoth(t, jobIsDoneOnlyIfItsTransactionIsCommitted)
}

func jobIsDoneOnlyIfItsTransactionIsCommitted(t *testing.T, database string) {
	s := openWithJobs(t, database)
	done := make(chan commerce.Job, 10)
	defer runJobs(t, s, func(_ context.Context, job commerce.Job) (commerce.JobResult, error) {
		done <- job
		return commerce.JobResult{}, nil
	})()
	enqueue(t, s, "undone", errors.New("second thoughts"))
	enqueue(t, s, "done", nil)
	if job := awaited(t, done); job.Subject != "done" || job.World != "shop" || job.Kind != commerce.ProvisionJob || job.Notes != "" {
		t.Errorf("done is %+v", job)
	}
	select {
	case job := <-done:
		t.Errorf("done as well: %+v", job)
	case <-time.After(200 * time.Millisecond):
	}
}

func TestJobIsThereOnceUntilItHasEnded(t *testing.T) { onBoth(t, jobIsThereOnceUntilItHasEnded) }

func jobIsThereOnceUntilItHasEnded(t *testing.T, database string) {
	s := openWithJobs(t, database)
	done, finish := make(chan string, 10), make(chan struct{})
	defer runJobs(t, s, func(_ context.Context, job commerce.Job) (commerce.JobResult, error) {
		done <- job.Subject
		<-finish
		return commerce.JobResult{}, nil
	})()
	enqueue(t, s, "one", nil)
	awaited(t, done)
	for _, subject := range []string{"one", "ONE", "two"} { // while it runs
		enqueue(t, s, subject, nil)
	}
	close(finish)
	if got := awaited(t, done); got != "two" {
		t.Errorf("done next is %s", got)
	}
	for end := time.Now().Add(20 * time.Second); ; {
		enqueue(t, s, "one", nil) // which is nothing until the first is known to have ended
		select {
		case got := <-done:
			if got != "one" {
				t.Errorf("done next is %s", got)
			}
		case <-time.After(200 * time.Millisecond):
			if time.Now().Before(end) {
				continue
			}
			t.Error("it is never there again")
		}
		break
	}
	select {
	case got := <-done:
		t.Errorf("%s was done as well", got)
	case <-time.After(200 * time.Millisecond):
	}
}

func TestJobFindsWhatItsLastRunLeft(t *testing.T) { onBoth(t, jobFindsWhatItsLastRunLeft) }

func jobFindsWhatItsLastRunLeft(t *testing.T, database string) {
	s := openWithJobs(t, database)
	var runs atomic.Int32
	done := make(chan string, 10)
	defer runJobs(t, s, func(_ context.Context, job commerce.Job) (commerce.JobResult, error) {
		done <- job.Notes
		switch runs.Add(1) {
		case 1:
			return commerce.JobResult{Again: true, Notes: `{"a":1,"b":2}`}, nil
		case 2:
			return commerce.JobResult{Again: true, After: 10 * time.Millisecond, Notes: `{"b":3}`}, nil
		}
		return commerce.JobResult{}, nil
	})()
	enqueue(t, s, "x", nil)
	for _, want := range []string{"", `{"a":1,"b":2}`, `{"b":3}`} {
		if got := awaited(t, done); got != want {
			t.Errorf("it finds %q, want %q", got, want)
		}
	}
}

func TestJobThatFailsOrPanicsRunsAgain(t *testing.T) { onBoth(t, jobThatFailsOrPanicsRunsAgain) }

func jobThatFailsOrPanicsRunsAgain(t *testing.T, database string) {
	s := openWithJobs(t, database)
	done := make(chan int32, 10)
	var runs atomic.Int32
	defer runJobs(t, s, func(context.Context, commerce.Job) (commerce.JobResult, error) {
		n := runs.Add(1)
		done <- n
		if n == 1 {
			panic("a bug")
		}
		return commerce.JobResult{}, nil
	})()
	enqueue(t, s, "x", nil)
	for want := range int32(2) {
		if got := awaited(t, done); got != want+1 {
			t.Errorf("run %d is counted as %d", want+1, got)
		}
	}
}

// What was running when the process was killed is taken up at the next start,
// not half a minute later.
func TestJobUnderWayGoesOnWithTheNextStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	s := openWithJobs(t, path)
	begun := make(chan struct{}, 1)
	stop := runJobs(t, s, func(ctx context.Context, _ commerce.Job) (commerce.JobResult, error) {
		begun <- struct{}{}
		<-ctx.Done()
		return commerce.JobResult{}, ctx.Err()
	})
	enqueue(t, s, "x", nil)
	awaited(t, begun)
	stop()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	leaveRunning(t, path)
	s = openWithJobs(t, path)
	done := make(chan commerce.Job, 1)
	defer runJobs(t, s, func(_ context.Context, job commerce.Job) (commerce.JobResult, error) {
		done <- job
		return commerce.JobResult{}, nil
	})()
	if job := awaited(t, done); job.Subject != "x" {
		t.Errorf("done is %+v", job)
	}
}

// leaveRunning makes the only job what a kill leaves behind.
func leaveRunning(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	result, err := db.Exec(`UPDATE river_job SET state = 'running', attempt = 1, attempted_at = CURRENT_TIMESTAMP WHERE state = 'available'`)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := result.RowsAffected(); n != 1 {
		t.Fatalf("%d jobs were called off", n)
	}
}

func TestLongWriteDoesNotKeepJobsFromEnding(t *testing.T) {
	onBoth(t, longWriteDoesNotKeepJobsFromEnding)
}

func longWriteDoesNotKeepJobsFromEnding(t *testing.T, database string) {
	s := openWithJobs(t, database)
	done := make(chan string, 100)
	defer runJobs(t, s, func(_ context.Context, job commerce.Job) (commerce.JobResult, error) {
		done <- job.Subject
		return commerce.JobResult{}, nil
	})()
	for i := range 20 {
		enqueue(t, s, fmt.Sprint("before ", i), nil)
	}
	err := s.Write(t.Context(), func(tx commerce.Tx) error {
		if err := tx.Worlds().Insert(t.Context(), commerce.World{ID: "slow", Name: "slow"}); err != nil {
			return err
		}
		time.Sleep(500 * time.Millisecond)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		awaited(t, done)
	}
}

func TestNothingIsEnqueuedWhereNobodyRunsJobs(t *testing.T) {
	s, err := sqlstore.OpenSQLite(t.Context(), sqlstore.SQLite{Path: filepath.Join(t.TempDir(), "shop.db"), Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.Write(t.Context(), func(tx commerce.Tx) error {
		return tx.Enqueue(t.Context(), commerce.Job{Kind: commerce.ProvisionJob, World: "shop", Subject: "x"})
	})
	if err == nil {
		t.Error("it was enqueued for nobody")
	}
}
