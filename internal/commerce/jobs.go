package commerce

import (
	"context"
	"time"
)

// JobKind says what is to be done outside.
type JobKind string

// ProvisionJob has an outside system carry a change out; the subject is the
// change's id.
const ProvisionJob JobKind = "provision"

// Job is something that is to be done outside, in real time, once the
// transaction that wants it is committed. It may be done twice.
type Job struct {
	Kind           JobKind
	World, Subject string
	// Notes are what the run before left for this one.
	Notes string
}

// JobResult is what a run of a job came to; the zero value: it is done.
type JobResult struct {
	// Again has the job run again, After so long, with Notes.
	Again bool
	After time.Duration
	Notes string
}

// Worker does jobs of one kind.
type Worker struct {
	// Do runs a job. An error is a failure of this server's own; the job runs
	// again later.
	Do func(ctx context.Context, job Job) (JobResult, error)
	// GiveUp is told of a job that failed too often to run again.
	GiveUp func(ctx context.Context, job Job) error
}
