package commerce

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"
)

// EventKind is what happened.
type EventKind string

// What happens to customers, orders, subscriptions and their changes.
const (
	OrderPlaced      EventKind = "order placed"
	OrderChanged     EventKind = "order changed"
	CartCreated      EventKind = "cart created"
	CartChanged      EventKind = "cart changed"
	CartCheckedOut   EventKind = "cart checked out"
	ChangeAsked      EventKind = "change asked"
	ChangeStarted    EventKind = "change started"
	PortionFulfilled EventKind = "portion fulfilled"
	PortionFailed    EventKind = "portion failed"
	ChangeSettled    EventKind = "settled"
	OutcomeVisible   EventKind = "became visible"
	// What becomes of a subscription: by a change that went well, or by time.
	Renewed     EventKind = "renewed"
	Suspended   EventKind = "suspended"
	Reactivated EventKind = "reactivated"
	Expired     EventKind = "expired"
	Disabled    EventKind = "disabled"
	Deleted     EventKind = "deleted"
	// MembersChanged: a resource has other words without a change of seats or
	// status.
	MembersChanged EventKind = "changed"

	CustomerCreated       EventKind = "customer created"
	CustomerDeleted       EventKind = "customer deleted"
	RelationshipEnded     EventKind = "relationship ended"
	BillingProfileChanged EventKind = "billing profile changed"
	AgreementRecorded     EventKind = "agreement recorded"
)

// Event is one transition, written in the transaction that caused it. All of
// them together are the history of a world.
type Event struct {
	World string `json:"-"`
	// ID sorts by when the event was written, as the database's clock has it: on
	// all servers that share it.
	ID string `json:"id"`
	// At is world time: when it happened, not when it was written.
	At time.Time `json:"at"`
	// RealAt is when it was written: what a server writes later is no earlier.
	RealAt time.Time `json:"realAt"`
	Kind   EventKind `json:"kind"`
	EventRecord
}

// EventRecord is what an event says beside when and what.
type EventRecord struct {
	Customer     string `json:"customer,omitempty"`
	Cart         string `json:"cart,omitempty"`
	Order        string `json:"order,omitempty"`
	Line         *int   `json:"line,omitempty"`
	Subscription string `json:"subscription,omitempty"`
	Change       string `json:"change,omitempty"`
	// ChangeKind is what the change does.
	ChangeKind ChangeKind `json:"changeKind,omitempty"`
	// Members are those of the resource that are different now.
	Members []string `json:"members,omitempty"`
	// Portion counts from 0.
	Portion *int `json:"portion,omitempty"`
	// Before and After are quantities; which ones, the kind says.
	Before *int `json:"before,omitempty"`
	After  *int `json:"after,omitempty"`
	// Cause is the event that led to this one.
	Cause string `json:"cause,omitempty"`
	// User and App are who asked for it; neither: the service itself.
	User          string `json:"user,omitempty"`
	App           string `json:"app,omitempty"`
	Partner       string `json:"partner,omitempty"`
	RequestID     string `json:"requestId,omitempty"`
	CorrelationID string `json:"correlationId,omitempty"`
	Reason        string `json:"reason,omitempty"`
}

// EventQuery picks events of one world; empty members take all.
type EventQuery struct {
	World, Customer, Subscription string
	// After is the id of the last event of the page before.
	After string
	Limit int
}

// EventTable keeps events. They are never changed and never removed.
type EventTable interface {
	Insert(ctx context.Context, e Event) error
	// InsertAll inserts many at once.
	InsertAll(ctx context.Context, all []Event) error
	// List gives events by id.
	List(ctx context.Context, q EventQuery) ([]Event, error)
	// All gives a world's, to walk through.
	All(world string) Rows[Event]
}

// eventIDs makes ids that sort by the database's time, then in the order in
// which they are made: UUIDs of version 7.
type eventIDs struct {
	mu sync.Mutex
	// last is the latest instant, and count the ids that were made.
	last  time.Time
	count uint32
}

// next gives an id, and the instant that it sorts by.
func (e *eventIDs) next(real time.Time) (string, time.Time) {
	e.mu.Lock()
	// What is told now may be of a transaction that began before another's, and
	// ends after now in any case.
	if real.Before(e.last) {
		real = e.last
	}
	e.last = real
	e.count++
	count := e.count
	e.mu.Unlock()
	const perMilli = 4096
	at := uint64(real.UnixMilli())*perMilli + uint64(real.Nanosecond()%1_000_000)*perMilli/1_000_000
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], at/perMilli<<16|7<<12|at%perMilli)
	binary.BigEndian.PutUint64(id[8:], 2<<62|uint64(count)<<30|rand.Uint64N(1<<30))
	return id.String(), real
}

// tell notes an event, for [writing.finish] to write, and gives its id, which is
// the cause of what follows from it.
func (w *writing) tell(_ context.Context, kind EventKind, r EventRecord) (string, error) {
	if r.Cause == "" {
		r.Cause = w.cause
	}
	r.User, r.App, r.Partner = w.by.User, w.by.App, w.by.Partner.ID
	r.RequestID, r.CorrelationID = w.by.RequestID, w.by.CorrelationID
	e := Event{World: w.World.ID, At: w.Now, Kind: kind, EventRecord: r}
	e.ID, e.RealAt = w.service.eventIDs.next(w.Real)
	w.told = append(w.told, e)
	return e.ID, nil
}

// tellOf is an event of a change.
func (w *writing) tellOf(ctx context.Context, c Change, kind EventKind, r EventRecord) (string, error) {
	r.Customer, r.Order, r.Subscription, r.Change, r.ChangeKind = c.Customer, c.Order, c.Subscription, c.ID, c.Kind
	if c.Order != "" {
		r.Line = &c.Line
	}
	return w.tell(ctx, kind, r)
}
