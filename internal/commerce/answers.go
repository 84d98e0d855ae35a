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
	// Forget drops the answers from before an instant.
	Forget(ctx context.Context, before time.Time) error
}
