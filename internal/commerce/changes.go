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
	Purchase     ChangeKind = "purchase"
	SeatChange   ChangeKind = "seat change"
	Renewal      ChangeKind = "renewal"
	Cancellation ChangeKind = "cancellation"
	Suspension   ChangeKind = "suspension"
	Reactivation ChangeKind = "reactivation"
	// TermChange starts another term before the current one ends.
	TermChange ChangeKind = "term change"
	// Expiry, Disabling and Deletion are what time does to a subscription; they
	// change no seats, and whoever delivers is told to take away what is used.
	Expiry    ChangeKind = "expiry"
	Disabling ChangeKind = "disabling"
	Deletion  ChangeKind = "deletion"
)

// changeKinds are all of them.
var changeKinds = []ChangeKind{
	Purchase, SeatChange, Renewal, Cancellation, Suspension, Reactivation, TermChange, Expiry, Disabling, Deletion,
}

// leadsTo is the status that such a change makes, if any.
func (k ChangeKind) leadsTo() partnercenter.SubscriptionStatus {
	switch k {
	case Suspension:
		return partnercenter.SubscriptionSuspended
	case Reactivation:
		return partnercenter.SubscriptionActive
	case Expiry:
		return partnercenter.SubscriptionExpired
	case Disabling:
		return partnercenter.SubscriptionDisabled
	case Cancellation, Deletion:
		return partnercenter.SubscriptionDeleted
	default:
		return ""
	}
}

// byTime says whether such a change is time's, and cannot be taken back.
func (k ChangeKind) byTime() bool { return k == Expiry || k == Disabling || k == Deletion }

// Change is one thing that is to happen to a subscription, carried out in
// portions. What changes no seats has one portion, of none.
type Change struct {
	World    string     `json:"-"`
	ID       string     `json:"id"`
	Kind     ChangeKind `json:"kind"`
	Customer string     `json:"customer"`
	// Order and Line name the order line that a purchase belongs to.
	Order string `json:"order,omitempty"`
	Line  int    `json:"line"`
	// Subscription exists from the first fulfilled portion.
	Subscription string `json:"subscription,omitempty"`
	// Offer is what it is a change of, by its id in the catalogue.
	Offer string `json:"offer,omitempty"`
	// Cycle is how a purchase is paid; empty: as its order is.
	Cycle partnercenter.BillingCycle `json:"cycle,omitempty"`
	// Provisioner is the outside system that carries it out, as the server's
	// settings name it; empty: the simulator.
	Provisioner string `json:"provisioner,omitempty"`
	// Before and Asked are the quantities from and to which it leads.
	Before  int       `json:"before"`
	Asked   int       `json:"asked"`
	AskedAt time.Time `json:"askedAt"`
	// StartedAt is when its delivery began; nil: it waits for what it goes onto.
	StartedAt *time.Time `json:"startedAt,omitempty"`
	// SettledAt is when the last portion was decided; nil while unsettled.
	SettledAt *time.Time `json:"settledAt,omitempty"`
	// NextStepAt is when something is known to happen next; nil: unknown.
	NextStepAt *time.Time `json:"nextStepAt,omitempty"`
	Portions   []Portion  `json:"portions,omitempty"`
	// Undo is the subscription from before a change that touches more than seats:
	// what a failed one gives back. A settled change has none.
	Undo *partnercenter.Subscription `json:"undo,omitempty"`
}

// Portion is a part of a change's quantity: signed, so that the fulfilled
// portions of all changes add up to what is provisioned.
type Portion struct {
	Quantity int                            `json:"quantity"`
	Status   partnercenter.FulfillmentState `json:"status"`
	// Reason says why a portion is unfulfilled.
	Reason string `json:"reason,omitempty"`
}

// Simulated says whether a simulated delivery takes time over the change; the
// others are done as soon as they are asked for.
func (c Change) Simulated() bool {
	return c.Kind == Purchase || c.Kind == SeatChange || c.Kind == Renewal && c.Asked != c.Before
}

// Settled says whether the change has reached its outcome.
func (c Change) Settled() bool { return c.SettledAt != nil }

// decided counts the portions that have reached their end; they come first.
func (c Change) decided() int {
	n := 0
	for n < len(c.Portions) && c.Portions[n].Status != partnercenter.PrefulfillmentPending {
		n++
	}
	return n
}

// Failed is the reason of the first portion that could not be carried out, and
// whether there is one.
func (c Change) Failed() (string, bool) {
	for _, p := range c.Portions {
		if p.Status == partnercenter.Unfulfilled {
			return p.Reason, true
		}
	}
	return "", false
}

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
	// Update writes an unsettled change's progress; any other is ErrMissing. What it
	// is a change of stays.
	Update(ctx context.Context, c Change) error
	// UpdateAll updates many; it is ErrMissing unless it has updated all.
	UpdateAll(ctx context.Context, all []Change) error
	ByID(ctx context.Context, world, id string) (Change, error)
	// ByIDs gives those of them that there are, in no order.
	ByIDs(ctx context.Context, world string, ids []string) ([]Change, error)
	// Unsettled says whether a change of the subscription is on its way.
	Unsettled(ctx context.Context, world, customer, subscription string) (bool, error)
	// Of gives a subscription's changes, oldest first.
	Of(ctx context.Context, world, customer, subscription string) ([]Change, error)
	// Outstanding counts a world's unsettled changes that outside systems carry
	// out.
	Outstanding(ctx context.Context, world string) (int, error)
	// Outside gives a world's unsettled changes that outside systems carry out,
	// oldest first.
	Outside(ctx context.Context, world string) ([]Change, error)
	// Purchases gives the purchases of one order, or of all the customer's
	// orders when the order is "", by order and line.
	Purchases(ctx context.Context, world, customer, order string) ([]Change, error)
	// PurchaseOf gives the purchase of one line of an order; none is ErrMissing.
	PurchaseOf(ctx context.Context, world, customer, order string, line int) (Change, error)
	// All gives a world's, to walk through.
	All(world string) Rows[Change]
}
