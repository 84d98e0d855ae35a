package commerce

import (
	"context"
	"time"
)

// Answer is what a write answered; empty while it is being made.
type Answer struct {
	At   time.Time // real time
	Text string
}

// AnswerTable keeps the answers of writes under their keys, so that the same
// request gets the same answer.
type AnswerTable interface {
	// Claim reserves a key; a taken one is ErrTaken. Another transaction that
	// holds the key is waited for.
	Claim(ctx context.Context, world, key string, at time.Time) error
	Keep(ctx context.Context, world, key, answer string) error
	ByKey(ctx context.Context, world, key string) (Answer, error)
	// Reclaim reserves a key anew whose answer is too old.
	Reclaim(ctx context.Context, world, key string, at time.Time) error
	// Forget drops the oldest answers from before an instant, so many at most, and
	// says how many.
	Forget(ctx context.Context, before time.Time, most int) (int, error)
}
