package commerce

import (
	"context"
	"time"
)

// DueKind says what is to happen.
type DueKind string

// What can be due, and what its subject names.
const (
	// DueStep: a change goes on; the subject is its id.
	DueStep DueKind = "step"
	// DueVisible: an outcome becomes visible; the subject is the subscription's
	// customer and id.
	DueVisible DueKind = "visible"
	// DueNextCharge: a subscription is billed at another pace from now on; the
	// subject is its customer and id.
	DueNextCharge DueKind = "next charge"
	// DueTermEnd: a term ends, and another follows or none does; the subject is
	// the subscription's customer and id, as for those that follow.
	DueTermEnd DueKind = "term end"
	// DueDisabled: an expired subscription is disabled.
	DueDisabled DueKind = "disabled"
	// DueDeleted: a disabled subscription is deleted, or one from before new
	// commerce that has been suspended for too long.
	DueDeleted DueKind = "deleted"
)

// dueKinds are all of them.
var dueKinds = []DueKind{DueStep, DueVisible, DueNextCharge, DueTermEnd, DueDisabled, DueDeleted}

// Due is something that is to happen in a world at an instant of its time.
type Due struct {
	ID      int64     `json:"-"`
	World   string    `json:"-"`
	At      time.Time `json:"at"`
	Kind    DueKind   `json:"kind"`
	Subject string    `json:"subject"`
	// Cause is the event from which this followed.
	Cause string `json:"cause,omitempty"`
	// Failures is how many times its work has failed.
	Failures int `json:"-"`
}

// FirstDue is when a world's first due row is due.
type FirstDue struct {
	World string
	Clock Clock
	// At is the first instant of those whose work has not failed, RetryAt the
	// first, in real time, of those that are tried again; nil: there are none.
	At, RetryAt *time.Time
}

// Real is the real instant that it stands for, and whether there is one: a
// frozen clock never gets there.
func (f FirstDue) Real(now time.Time) (first time.Time, comes bool) {
	switch {
	case f.At == nil:
	case !f.Clock.Frozen():
		first, comes = f.At.Add(-f.Clock.Offset), true
	case !f.At.After(f.Clock.At(now)):
		first, comes = now, true
	}
	if f.RetryAt != nil && (!comes || f.RetryAt.Before(first)) {
		first, comes = *f.RetryAt, true
	}
	return first, comes
}

// FailingDue counts a world's rows whose work has failed and is tried again.
type FailingDue struct {
	World string
	Rows  int
}

// DueTable keeps what is due.
type DueTable interface {
	// Insert gives the row its id.
	Insert(ctx context.Context, d Due) (int64, error)
	// Until gives the world's rows that are due at or before the instant, by
	// instant, then id.
	Until(ctx context.Context, world string, at time.Time, limit int) ([]Due, error)
	// Ready gives those of them whose work has not failed, or is to be tried again
	// at the real instant.
	Ready(ctx context.Context, world string, at, real time.Time, limit int) ([]Due, error)
	// Postpone notes that a row's work has failed so many times and is not to be
	// tried before a real instant; an absent row is ErrMissing.
	Postpone(ctx context.Context, world string, id int64, failures int, retryAt time.Time) error
	// Failing counts the rows whose work has failed, by world.
	Failing(ctx context.Context) ([]FailingDue, error)
	// First gives the first instants of each world that has anything due, and is
	// not being imported.
	First(ctx context.Context) ([]FirstDue, error)
	// Remove says whether the row was still there.
	Remove(ctx context.Context, world string, id int64) (bool, error)
	// InsertAll gives the rows ids in their order.
	InsertAll(ctx context.Context, rows []Due) error
	// RemoveAll removes rows by id, and says how many were still there.
	RemoveAll(ctx context.Context, world string, ids []int64) (int, error)
	// Of gives all rows of one kind and subject, by instant, then id.
	Of(ctx context.Context, world string, kind DueKind, subject string) ([]Due, error)
	// OfAll gives all rows of one kind and many subjects, in no order.
	OfAll(ctx context.Context, world string, kind DueKind, subjects []string) ([]Due, error)
	// RemoveOf removes all rows of one kind and subject.
	RemoveOf(ctx context.Context, world string, kind DueKind, subject string) error
	// All gives a world's, to walk through.
	All(world string) Rows[Due]
}
