package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"provost/internal/commerce"
)

// querier runs statements; it is as much of a transaction as both engines have
// in common.
type querier interface {
	// exec says how many rows changed.
	exec(ctx context.Context, text string, args ...any) (int64, error)
	query(ctx context.Context, text string, args ...any) (rows, error)
}

// rows are what a query gives, one after another.
type rows interface {
	Next() bool
	Scan(into ...any) error
	Err() error
	Close() error
}

// tx is a transaction's view of the tables.
type tx struct {
	querier
	store *Store
	// ctx is the whole transaction's.
	ctx context.Context
	// broken is the first failure. PostgreSQL gives a transaction up at that,
	// SQLite does so for some failures alone; here, all of them do.
	broken error

	concerned concerned
	// answered says that something was asked, and answered.
	answered bool
	// brief is of reads that may ask once, and asked says that this one has.
	brief, asked bool
	// cause is the engine's own error that broke it.
	cause error
	// committing says that all there is left is to commit.
	committing bool
}

func (t *tx) RealTime(ctx context.Context) (time.Time, error) {
	if t.broken != nil {
		return time.Time{}, t.broken
	}
	now, err := t.store.engine.realTime(ctx, t.querier)
	if err != nil {
		return time.Time{}, t.failed(ctx, "read real time", err)
	}
	t.answered = true
	return now, nil
}

func (t *tx) Worlds() commerce.WorldTable                     { return worlds{t} }
func (t *tx) Imports() commerce.ImportTable                   { return imports{t} }
func (t *tx) Partners() commerce.PartnerTable                 { return partners{t} }
func (t *tx) Accounts() commerce.AccountTable                 { return accounts{t} }
func (t *tx) Roles() commerce.RoleTable                       { return roles{t} }
func (t *tx) Customers() commerce.CustomerTable               { return customers{t} }
func (t *tx) Agreements() commerce.AgreementTable             { return agreements{t} }
func (t *tx) Relationships() commerce.RelationshipTable       { return relationships{t} }
func (t *tx) Carts() commerce.CartTable                       { return carts{t} }
func (t *tx) Orders() commerce.OrderTable                     { return orders{t} }
func (t *tx) Subscriptions() commerce.SubscriptionTable       { return subscriptions{t} }
func (t *tx) Changes() commerce.ChangeTable                   { return changes{t} }
func (t *tx) Due() commerce.DueTable                          { return due{t} }
func (t *tx) Leases() commerce.LeaseTable                     { return leases{t} }
func (t *tx) Events() commerce.EventTable                     { return events{t} }
func (t *tx) Audit() commerce.AuditTable                      { return audit{t} }
func (t *tx) Answers() commerce.AnswerTable                   { return answers{t} }
func (t *tx) RefreshTokens() commerce.RefreshTokenTable       { return refreshTokens{t} }
func (t *tx) MFACalls() commerce.MFACallTable                 { return mfaCalls{t} }
func (t *tx) RequestCounts() commerce.RequestCountTable       { return requestCounts{t} }
func (t *tx) OperatorKeys() commerce.OperatorKeyTable         { return operatorKeys{t} }
func (t *tx) OperatorLog() commerce.OperatorLogTable          { return operatorLog{t} }
func (t *tx) AppRegistrations() commerce.AppRegistrationTable { return appRegistrations{t} }

// Before is for engines in which the one who writes is alone: what was committed
// last stands until that one commits.
func (t *tx) Before(ctx context.Context, read func(commerce.Tx) error) error {
	if !t.store.engine.readsBefore() {
		return errors.ErrUnsupported
	}
	return t.store.Read(ctx, read)
}

// Together asks at once what read asks for, where each way to the database takes
// time, or one who is in front of others does.
func (t *tx) Together(ctx context.Context, world, customer string, read func(commerce.Tx)) error {
	in, can := t.querier.(foreseer)
	if !can || t.broken != nil {
		return t.broken
	}
	var asked questions
	read(&tx{store: t.store, ctx: t.ctx, querier: &asked})
	if err := in.foresee(ctx, concern{world, customer}, asked); err != nil {
		return t.failed(ctx, "read together", err)
	}
	t.answered = true
	return nil
}

// foreseer is a transaction that can ask many things at once.
type foreseer interface {
	// foresee has the answers at hand when each is asked, as far as they are about
	// everyone or the customer.
	foresee(ctx context.Context, of concern, all []question) error
}

// question is what is asked of the tables.
type question struct {
	text string
	args []any
}

// questions notes what is asked, and finds nothing.
type questions []question

func (q *questions) exec(context.Context, string, ...any) (int64, error) {
	return 0, errors.New("nothing is written where reads are foreseen")
}

func (q *questions) query(_ context.Context, text string, args ...any) (rows, error) {
	*q = append(*q, question{text, args})
	return &foundRows{}, nil
}

// change runs a statement and says how many rows it changed.
func (t *tx) change(ctx context.Context, what, text string, args ...any) (int64, error) {
	if t.broken != nil {
		return 0, t.broken
	}
	if t.brief {
		return 0, t.failed(ctx, what, errors.New("a brief read writes nothing"))
	}
	t.touched(text)
	changed, err := t.exec(ctx, text, args...)
	if err != nil {
		return 0, t.failed(ctx, what, err)
	}
	return changed, nil
}

// known are answers to what is yet to be asked.
type known []knownAnswer

type knownAnswer struct {
	question
	rows rows
}

// to gives the answer to a question, unless it has not come.
func (k known) to(text string, args []any) (rows, bool) {
	for i := range k {
		if k[i].text == text && slices.EqualFunc(k[i].args, args, sameArg) {
			return k[i].rows, true
		}
	}
	return nil, false
}

// sameArg compares texts, which most are, without a detour.
func sameArg(a, b any) bool {
	if text, ok := a.(string); ok {
		other, ok := b.(string)
		return ok && text == other
	}
	return reflect.DeepEqual(a, b)
}

// forget forgets what was known of the table that a statement changes.
func (k *known) forget(text string) {
	if len(*k) == 0 {
		return
	}
	found := changedTable.FindStringSubmatch(text)
	*k = slices.DeleteFunc(*k, func(a knownAnswer) bool { return found == nil || strings.Contains(a.text, found[1]) })
}

// postponer is a transaction that can put statements off until it is next asked
// something, or ends, and then sends all of them at once.
type postponer interface {
	// postpone says whether it does.
	postpone(p postponed) bool
	// amend changes parameters of a statement that is put off, if there is one whose
	// parameters are those.
	amend(text string, amend func(args []any) bool) bool
	// settle sends what was put off, if anything was.
	settle(ctx context.Context) error
}

// postponed is a statement that is to change so many rows; if it does not, it
// fails the transaction.
type postponed struct {
	text string
	args []any
	rows int
	fail error
}

// mistakenError is the failure of a statement after it was said that it had
// succeeded. Its transaction is done anew, and hears of each at once. It hides what
// it was, which would be taken for the failure of whatever is asked next.
type mistakenError struct{ fail error }

func (e *mistakenError) Error() string { return "taken to have succeeded: " + e.fail.Error() }

// soon runs a statement that is to change so many rows, or to fail so. Where each
// way to the database takes time, it goes along with what follows, and is taken to
// succeed meanwhile.
func (t *tx) soon(ctx context.Context, what string, fail error, rows int, text string, args ...any) error {
	if t.broken != nil {
		return t.broken
	}
	fail = fmt.Errorf("%s: %w", what, fail)
	if in, can := t.querier.(postponer); can && in.postpone(postponed{text, args, rows, fail}) {
		t.touched(text)
		return nil
	}
	changed, err := t.change(ctx, what, text, args...)
	if err == nil && int(changed) != rows {
		return fail
	}
	return err
}

// amended changes parameters of a statement that is put off, and says whether
// there is one.
func (t *tx) amended(text string, amend func(args []any) bool) bool {
	in, can := t.querier.(postponer)
	return can && in.amend(text, amend)
}

// insert runs a statement that ends in ON CONFLICT DO NOTHING. A key that is
// taken is thereby no failure of the transaction, in which PostgreSQL would
// carry out nothing more.
func (t *tx) insert(ctx context.Context, what, text string, args ...any) error {
	changed, err := t.change(ctx, what, text, args...)
	if err == nil && changed == 0 {
		return fmt.Errorf("%s: %w", what, commerce.ErrTaken)
	}
	return err
}

// update runs a statement that changes one row.
func (t *tx) update(ctx context.Context, what, text string, args ...any) error {
	changed, err := t.change(ctx, what, text, args...)
	if err == nil && changed == 0 {
		return fmt.Errorf("%s: %w", what, commerce.ErrMissing)
	}
	return err
}

// collect reads all rows of a query.
func collect[T any](ctx context.Context, t *tx, what string, read func(row rows) (T, error), text string, args ...any) ([]T, error) {
	if t.broken != nil {
		return nil, t.broken
	}
	if t.brief && t.asked {
		return nil, t.failed(ctx, what, errors.New("a brief read asks once: what a second question finds may be of another state"))
	}
	t.asked = true
	found, err := t.query(ctx, text, args...)
	if err != nil {
		return nil, t.failed(ctx, what, err)
	}
	defer found.Close()
	var all []T
	for found.Next() {
		row, err := read(found)
		if err != nil {
			return nil, t.failed(ctx, what, err)
		}
		all = append(all, row)
	}
	if err := found.Err(); err != nil {
		return nil, t.failed(ctx, what, err)
	}
	t.answered = true
	return all, nil
}

// one reads the only row of a query.
func one[T any](ctx context.Context, t *tx, what string, read func(row rows) (T, error), text string, args ...any) (T, error) {
	all, err := collect(ctx, t, what, read, text, args...)
	if err != nil || len(all) == 0 {
		var none T
		if err == nil {
			err = fmt.Errorf("%s: %w", what, commerce.ErrMissing)
		}
		return none, err
	}
	return all[0], nil
}

// value reads a row of a single column.
func value[T any](row rows) (T, error) {
	var v T
	return v, row.Scan(&v)
}

// failed breaks the transaction.
func (t *tx) failed(ctx context.Context, what string, err error) error {
	if errors.Is(err, sql.ErrTxDone) && t.ctx.Err() != nil {
		ctx = t.ctx
	}
	cause := err
	err = t.store.failure(ctx, what, err)
	if t.broken == nil {
		t.broken, t.cause = err, cause
	}
	return err
}
