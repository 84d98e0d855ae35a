package commerce

import (
	"context"
	"time"
)

// RequestCount is how often a partner has asked for one kind of resource of a
// customer, or of none.
type RequestCount struct {
	Kind, Partner, Customer string
	Requests                int
}

// RequestCountTable keeps what servers that share a database have been asked for
// in the minutes that began at an instant.
type RequestCountTable interface {
	// Add adds counts to those of the same kind, partner and customer.
	Add(ctx context.Context, began time.Time, counts []RequestCount) error
	// AtLeast gives a minute's counts of so many requests or more.
	AtLeast(ctx context.Context, began time.Time, requests int) ([]RequestCount, error)
	// Forget removes the counts of the minutes that began earlier.
	Forget(ctx context.Context, before time.Time) error
}
