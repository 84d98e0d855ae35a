package commerce

import (
	"context"
	"time"
)

// Due is something that is to happen in a world at an instant.
type Due struct {
	ID    int64
	World string
	// At is world time.
	At time.Time
	// RealAt is the real instant that At stands for; nil while the world's
	// clock is frozen.
	RealAt  *time.Time
	Kind    string
	Subject string
}

// DueTable keeps what is due.
type DueTable interface {
	// Insert gives the row its id.
	Insert(ctx context.Context, d Due) (int64, error)
	// Until gives the world's rows that are due at or before the instant, by
	// instant, then id.
	Until(ctx context.Context, world string, at time.Time, limit int) ([]Due, error)
	// Remove says whether the row was still there.
	Remove(ctx context.Context, world string, id int64) (bool, error)
}
