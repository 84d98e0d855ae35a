package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"provost/internal/commerce"
)

// Jobs are River's, which lives in this package alone. One is inserted in the
// transaction that wants it; whoever runs them finds and completes them through
// a handle of its own, so that it never waits behind a long write, nor keeps one
// waiting.

const (
	jobTime   = 30 * time.Second
	stuckTime = 35 * time.Second
	// jobsAtOnce is how many jobs one server runs side by side: they mostly wait
	// for others.
	jobsAtOnce = 64
	stopTime   = 5 * time.Second
)

// queue is an engine's side of jobs.
type queue interface {
	// enqueue inserts a job in a transaction.
	enqueue(ctx context.Context, in transaction, job jobArgs) error
	// run starts what carries jobs out.
	run(ctx context.Context, settings *river.Config) (stop func(context.Context) error, err error)
	close() error
}

// jobArgs are the job as River keeps it.
type jobArgs struct {
	What    commerce.JobKind `json:"what"`
	World   string           `json:"world"`
	Subject string           `json:"subject"`
}

// Kind is how River knows the job.
func (jobArgs) Kind() string { return "outside" }

// InsertOpts has a job be there once, as long as it has not ended.
func (jobArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
	}}}
}

// OpenJobs prepares for jobs: without it, nothing can be enqueued.
func (s *Store) OpenJobs(ctx context.Context, log *slog.Logger) error {
	queue, err := s.engine.openQueue(ctx, slog.New(serious{log.Handler()}))
	if err != nil {
		return fmt.Errorf("open jobs: %w", err)
	}
	s.queue = queue
	return nil
}

// Enqueue has a job done once the transaction is committed.
func (t *tx) Enqueue(ctx context.Context, job commerce.Job) error {
	if t.broken != nil {
		return t.broken
	}
	if t.store.queue == nil {
		return fmt.Errorf("enqueue %s of %s: this server runs no jobs, since its configuration describes no provisioner", job.Kind, job.Subject)
	}
	err := t.store.queue.enqueue(ctx, t.querier.(transaction), jobArgs{What: job.Kind, World: fold(job.World), Subject: fold(job.Subject)})
	if err != nil {
		return t.failed(ctx, "enqueue job", err)
	}
	return nil
}

// RunJobs carries jobs out until stop is called, which calls those under way
// off: they go on with the next start.
func (s *Store) RunJobs(ctx context.Context, workers map[commerce.JobKind]commerce.Worker, log *slog.Logger) (stop func() error, err error) {
	all := river.NewWorkers()
	river.AddWorker(all, &worker{of: workers, log: log})
	end, err := s.queue.run(ctx, &river.Config{
		Workers:       all,
		Queues:        map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: jobsAtOnce}},
		FetchCooldown: 10 * time.Millisecond, FetchPollInterval: time.Second,
		JobTimeout: jobTime, RescueStuckJobsAfter: stuckTime,
		Logger: slog.New(serious{log.Handler()}),
	})
	if err != nil {
		return nil, fmt.Errorf("run jobs: %w", err)
	}
	return func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		if err := end(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("stop jobs: %w", err)
		}
		return nil
	}, nil
}

// worker gives River's jobs to those who do them.
type worker struct {
	river.WorkerDefaults[jobArgs]
	of  map[commerce.JobKind]commerce.Worker
	log *slog.Logger
}

// Work runs a job once.
func (w *worker) Work(ctx context.Context, in *river.Job[jobArgs]) error {
	notes, err := notesOf(in)
	if err != nil {
		return err
	}
	job := commerce.Job{Kind: in.Args.What, World: in.Args.World, Subject: in.Args.Subject, Notes: notes}
	of, known := w.of[job.Kind]
	if !known {
		return fmt.Errorf("nobody does jobs of kind %q", job.Kind)
	}
	result, err := do(ctx, of, job)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return river.JobSnooze(0) // shutting down is not the job's fault
	case err != nil:
		w.log.Error("failed", "doing", "job", "kind", job.Kind, "world", job.World, "subject", job.Subject, "attempt", in.Attempt, "error", err)
		if in.Attempt >= in.MaxAttempts {
			return errors.Join(err, of.GiveUp(context.WithoutCancel(ctx), job))
		}
		return err
	case !result.Again:
		return nil
	}
	if err := river.RecordOutput(ctx, result.Notes); err != nil {
		return fmt.Errorf("keep what a job left: %w", err)
	}
	return river.JobSnooze(result.After)
}

// do takes a panic for a failure, so that the last one is given up as well.
func do(ctx context.Context, of commerce.Worker, job commerce.Job) (result commerce.JobResult, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("bug: %v\n%s", cause, debug.Stack())
		}
	}()
	return of.Do(ctx, job)
}

// notesOf are what the run before left. They are text to River, which would
// merge an object into the one before it.
func notesOf(in *river.Job[jobArgs]) (string, error) {
	kept := in.Output()
	if len(kept) == 0 {
		return "", nil
	}
	var notes string
	if err := json.Unmarshal(kept, &notes); err != nil {
		return "", fmt.Errorf("read what a job left: %w", err)
	}
	return notes, nil
}

// serious lets warnings and errors through: River tells much else.
type serious struct{ slog.Handler }

// Enabled says what is heard.
func (s serious) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && s.Handler.Enabled(ctx, level)
}

// WithAttrs keeps to it.
func (s serious) WithAttrs(attrs []slog.Attr) slog.Handler {
	return serious{s.Handler.WithAttrs(attrs)}
}

// WithGroup keeps to it.
func (s serious) WithGroup(name string) slog.Handler { return serious{s.Handler.WithGroup(name)} }
