package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// postgresTx is a transaction on a connection of its own. Each way to the
// database and back costs more than most statements do, so that what can goes
// together.
type postgresTx struct {
	// ctx is the whole transaction's.
	ctx  context.Context
	conn *pgxpool.Conn
	// start is what begins it, until that was sent; began is when it did. Nothing
	// but the question for the time begins a brief one, which is no transaction.
	start string
	began time.Time
	brief bool
	turn  chan struct{}
	// pending are the statements that were put off; sure: none is.
	pending []postponed
	sure    bool
	known   known
	ended   bool
}

func (t *postgresTx) postpone(p postponed) bool {
	if t.sure {
		return false
	}
	t.known.forget(p.text)
	t.pending = append(t.pending, p)
	return true
}

func (t *postgresTx) amend(text string, amend func(args []any) bool) bool {
	return slices.ContainsFunc(t.pending, func(p postponed) bool { return p.text == text && amend(p.args) })
}

func (t *postgresTx) settle(ctx context.Context) error {
	if len(t.pending) == 0 {
		return nil
	}
	return t.send(ctx)
}

// send sends what begins the transaction, and what was put off.
func (t *postgresTx) send(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	results, err := t.sendWith(ctx, nil)
	if err == nil && results != nil {
		err = results.Close()
	}
	return err
}

// sendWith sends in one go what begins the transaction, what was put off, and
// more; the results are those of the latter. Nil: there was nothing to send.
func (t *postgresTx) sendWith(ctx context.Context, more []*pgx.QueuedQuery) (_ pgx.BatchResults, err error) {
	all, start, pending := &pgx.Batch{}, t.start, t.pending
	if start != "" && !t.brief {
		all.Queue(start)
	}
	if start != "" {
		all.Queue(askTime)
	}
	for _, p := range pending {
		all.Queue(guarded(p.text, p.rows), p.args...)
	}
	all.QueuedQueries = append(all.QueuedQueries, more...)
	if all.Len() == 0 {
		return nil, nil
	}
	t.start, t.pending = "", nil
	results := t.conn.SendBatch(ctx, all)
	defer func() {
		if err != nil {
			_ = results.Close() // it says the same
		}
	}()
	if start != "" {
		if !t.brief {
			if _, err := results.Exec(); err != nil {
				return nil, err
			}
		}
		var micros int64
		if err := results.QueryRow().Scan(&micros); err != nil {
			return nil, err
		}
		t.began = time.UnixMicro(micros).UTC()
	}
	for _, p := range pending {
		if _, err := results.Exec(); sqlState(err) == divisionByZero {
			return nil, &mistakenError{p.fail}
		} else if err != nil {
			return nil, err
		}
	}
	return results, nil
}

const divisionByZero = "22012"

// guardedTexts are those of guarded, each made once.
var guardedTexts sync.Map

// guarded fails unless the statement changes so many rows: what follows on the
// same way, be it the end of the transaction, is then not carried out.
func guarded(text string, rows int) string {
	type key struct {
		text string
		rows int
	}
	if known, ok := guardedTexts.Load(key{text, rows}); ok {
		return known.(string)
	}
	made := fmt.Sprintf("WITH changed AS (%s RETURNING 1) SELECT 1 / (count(*) = %d)::INT FROM changed", text, rows)
	guardedTexts.Store(key{text, rows}, made)
	return made
}

func (t *postgresTx) exec(ctx context.Context, text string, args ...any) (int64, error) {
	if t.start != "" || len(t.pending) > 0 {
		return t.repeat(ctx, text, repeated{args})
	}
	t.known.forget(text)
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	tag, err := t.conn.Exec(ctx, text, args...)
	return tag.RowsAffected(), err
}

// repeat sends all runs of the statement at once.
func (t *postgresTx) repeat(ctx context.Context, text string, all repeated) (changed int64, err error) {
	if len(all) == 0 {
		return 0, nil
	}
	t.known.forget(text)
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	batch := &pgx.Batch{}
	for _, args := range all {
		batch.Queue(text, args...)
	}
	results, err := t.sendWith(ctx, batch.QueuedQueries)
	if err != nil {
		return 0, err
	}
	for range all {
		tag, err := results.Exec()
		if err != nil {
			_ = results.Close() // it says the same
			return changed, err
		}
		changed += tag.RowsAffected()
	}
	return changed, results.Close()
}

func (t *postgresTx) query(ctx context.Context, text string, args ...any) (rows, error) {
	if answer, there := t.known.to(text, args); there {
		return answer, nil
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	if t.start == "" && len(t.pending) == 0 {
		found, err := t.conn.Query(ctx, text, args...)
		if err != nil {
			cancel()
			return nil, err
		}
		return postgresRows{found, func() error { cancel(); return nil }}, nil
	}
	batch := &pgx.Batch{}
	batch.Queue(text, args...)
	results, err := t.sendWith(ctx, batch.QueuedQueries)
	if err != nil {
		cancel()
		return nil, err
	}
	found, _ := results.Query() // its rows have its error
	return postgresRows{found, func() error { defer cancel(); return results.Close() }}, nil
}

// foresee asks all questions at once, and knows the answers until their tables are
// changed.
func (t *postgresTx) foresee(ctx context.Context, _ concern, all []question) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	batch := &pgx.Batch{}
	for _, q := range all {
		batch.Queue(q.text, q.args...)
	}
	results, err := t.sendWith(ctx, batch.QueuedQueries)
	if err != nil || results == nil {
		return err
	}
	t.known = make(known, len(all))
	for i, q := range all {
		answer := &knownRows{}
		t.known[i] = knownAnswer{q, answer}
		if err := answer.read(results, t.conn.Conn().TypeMap()); err != nil {
			_ = results.Close() // it says the same
			return err
		}
	}
	return results.Close()
}

func (t *postgresTx) commit() error {
	if t.start != "" && len(t.pending) == 0 {
		t.end() // nothing was done
		return nil
	}
	ctx, cancel := context.WithTimeout(t.ctx, answerTime)
	defer cancel()
	batch := &pgx.Batch{}
	batch.Queue("COMMIT")
	results, err := t.sendWith(ctx, batch.QueuedQueries)
	if err != nil {
		return err
	}
	tag, err := results.Exec()
	if closed := results.Close(); err == nil {
		err = closed
	}
	if err == nil && tag.String() == "ROLLBACK" {
		err = pgx.ErrTxCommitRollback
	}
	if err == nil {
		t.end()
	}
	return err
}

func (t *postgresTx) rollback() {
	if t.ended {
		return
	}
	defer t.end()
	if t.conn == nil || t.start != "" || t.brief || t.conn.Conn().IsClosed() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), connectTime)
	defer cancel()
	_, _ = t.conn.Exec(ctx, "ROLLBACK") // a connection that cannot is not used again
}

func (t *postgresTx) end() {
	t.ended = true
	if t.conn != nil {
		t.conn.Release()
	}
	if t.turn != nil {
		<-t.turn
	}
}

// postgresRows are rows as they come.
type postgresRows struct {
	pgx.Rows
	end func() error
}

func (r postgresRows) Close() error {
	r.Rows.Close()
	if err := r.end(); err != nil {
		return err
	}
	return r.Err()
}

// knownRows are rows that have come.
type knownRows struct {
	types  *pgtype.Map
	fields []pgconn.FieldDescription
	values [][][]byte
	at     int
}

// read takes the next result whole: what it is read from is used again.
func (r *knownRows) read(results pgx.BatchResults, types *pgtype.Map) error {
	found, err := results.Query()
	if err != nil {
		return err
	}
	defer found.Close()
	r.types, r.fields = types, slices.Clone(found.FieldDescriptions())
	for found.Next() {
		row := make([][]byte, len(r.fields))
		for i, value := range found.RawValues() {
			row[i] = slices.Clone(value) // which keeps NULL apart from what is empty
		}
		r.values = append(r.values, row)
	}
	found.Close()
	return found.Err()
}

func (r *knownRows) Next() bool {
	r.at++
	return r.at <= len(r.values)
}

func (r *knownRows) Scan(into ...any) error {
	return pgx.ScanRow(r.types, r.fields, r.values[r.at-1], into...)
}

func (r *knownRows) Err() error { return nil }

func (r *knownRows) Close() error {
	r.at = 0 // for who asks again
	return nil
}
