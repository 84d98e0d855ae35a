package commerce

import (
	"context"
	"errors"
	"strings"
	"time"
)

// What a store answers when it cannot do as asked; compare with errors.Is.
var (
	// ErrMissing: there is no such row.
	ErrMissing = errors.New("no such row")
	// ErrTaken: the key belongs to another row.
	ErrTaken = errors.New("key already taken")
	// ErrUnavailable: the store cannot work right now; asking again may help.
	ErrUnavailable = errors.New("store unavailable")
)

// Store keeps the shop. Its promises are spelled out in internal/storetest.
type Store interface {
	// Read runs fn on one snapshot; it sees no later write.
	Read(ctx context.Context, fn func(Tx) error) error
	// Write runs fn as one atomic unit: all of it is durable once Write
	// returns nil, none of it when fn or the commit fails. Where another was
	// faster, fn runs again, and what it left outside must not matter.
	Write(ctx context.Context, fn func(Tx) error) error
	// Generation tells the state of a customer ("" for what concerns no single one)
	// from every earlier one: it grows before a write is acknowledged that changes
	// what can be read of the customer, or whose reading is allowed.
	Generation(world, customer string) uint64
	// Ready says whether the store can answer.
	Ready(ctx context.Context) error
	Close() error
}

type aloneKey struct{}

// Alone marks writes that take long: they share their commit with no other,
// which would have to wait for them.
func Alone(ctx context.Context) context.Context { return context.WithValue(ctx, aloneKey{}, true) }

// IsAlone says whether a write is so marked.
func IsAlone(ctx context.Context) bool { return ctx.Value(aloneKey{}) != nil }

type briefKey struct{}

// Brief marks reads that ask the tables one question: what it finds is of one
// state by itself, and no transaction has to be made around it.
func Brief(ctx context.Context) context.Context { return context.WithValue(ctx, briefKey{}, true) }

// IsBrief says whether a read is so marked.
func IsBrief(ctx context.Context) bool { return ctx.Value(briefKey{}) != nil }

// Tx is one transaction's view of the tables. Ids match whatever their case
// and are given back as stored; an absent row is ErrMissing, a key that exists
// is ErrTaken.
type Tx interface {
	// RealTime is the instant on the database's host.
	RealTime(ctx context.Context) (time.Time, error)

	Worlds() WorldTable
	Imports() ImportTable
	Partners() PartnerTable
	Accounts() AccountTable
	Roles() RoleTable
	Customers() CustomerTable
	Agreements() AgreementTable
	Relationships() RelationshipTable
	Carts() CartTable
	Orders() OrderTable
	Subscriptions() SubscriptionTable
	Changes() ChangeTable
	Due() DueTable
	Leases() LeaseTable
	Events() EventTable
	Audit() AuditTable
	Answers() AnswerTable
	AppRegistrations() AppRegistrationTable
	RefreshTokens() RefreshTokenTable
	MFACalls() MFACallTable
	RequestCounts() RequestCountTable
	OperatorKeys() OperatorKeyTable
	OperatorLog() OperatorLogTable

	// Enqueue has a job done once the transaction is committed. One that is yet to
	// end is not enqueued a second time.
	Enqueue(ctx context.Context, job Job) error
	// Together has at hand what read asks for: it asks tables alone, and finds
	// nothing; whatever is about a single customer is about this one ("": nothing is).
	// What is written after it is seen all the same. From where the database is a way
	// off, all comes in one; where writes stand in a line, it is asked before that.
	Together(ctx context.Context, world, customer string, read func(Tx)) error
	// Before reads what stood before this transaction, beside it: it is for another
	// goroutine, and must be done before the transaction ends. Where the database
	// cannot, it is [errors.ErrUnsupported].
	Before(ctx context.Context, read func(Tx) error) error
}

// folded makes ids comparable: a row names another in the case in which it was
// given.
func folded(id string) string { return strings.ToLower(id) }

// Cursor is a place in a list that is ordered by creation, then id.
type Cursor struct {
	CreatedAt time.Time
	ID        string
}
