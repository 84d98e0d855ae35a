package commerce

import (
	"context"
	"time"

	"provost/partnercenter"
)

// ChangeKind is what a change does.
type ChangeKind string

// The kinds of change.
const (
	Purchase   ChangeKind = "purchase"
	SeatChange ChangeKind = "seat change"
)

// Change is one purchase or seat change of a subscription, carried out in
// portions.
type Change struct {
	World    string
	ID       string
	Kind     ChangeKind
	Customer string
	// Order and Line name the order line that a purchase belongs to.
	Order string
	Line  int
	// Subscription exists from the first fulfilled portion.
	Subscription string
	AskedAt      time.Time
	// SettledAt is when the last portion was decided; nil while unsettled.
	SettledAt *time.Time
	// NextStepAt is when something is known to happen next; nil: unknown.
	NextStepAt *time.Time
	Portions   []Portion
}

// Portion is a part of a change's quantity: signed, so that the fulfilled
// portions of all changes add up to what is provisioned.
type Portion struct {
	Quantity int
	Status   partnercenter.FulfillmentState
	// Reason says why a portion is unfulfilled.
	Reason string
}

// Settled says whether the change has reached its outcome.
func (c Change) Settled() bool { return c.SettledAt != nil }

// Provisioned is the sum of the fulfilled portions.
func (c Change) Provisioned() int {
	sum := 0
	for _, p := range c.Portions {
		if p.Status == partnercenter.Fulfilled {
			sum += p.Quantity
		}
	}
	return sum
}

// ChangeTable keeps changes with their portions.
type ChangeTable interface {
	// Insert refuses a second unsettled change of one subscription with
	// ErrTaken.
	Insert(ctx context.Context, c Change) error
	// Purchases gives the purchases of one order, or of all the customer's
	// orders when the order is "", by order and line.
	Purchases(ctx context.Context, world, customer, order string) ([]Change, error)
}
