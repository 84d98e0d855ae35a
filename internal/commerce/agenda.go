package commerce

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// agenda is what is due in a world while a batch of it is carried out. What
// becomes of the batch's rows, and what is born meanwhile, is kept in mind and
// written in few pieces: a statement for each costs more than the rows do.
type agenda struct {
	DueTable
	world string
	// rows are yet to be carried out, in order.
	rows []Due
	// to is how far the batch goes; a full one leaves what is born at its last
	// instant to the next, since others of that instant may come before.
	to   time.Time
	full bool
	// born are not written yet, in the order of their ids, which are their own.
	born   []Due
	bornBy map[string][]Due // by subject
	// gone are the ids of rows that were removed or carried out.
	gone map[int64]bool
	// done are those carried out that the table still has.
	done []int64
	// held is what the rows work on, in hand; nil: they go to the tables.
	held *held
	// showing are the outcomes that are to show of those subjects that were looked
	// up, as the table has them.
	showing map[string][]Due
	// ahead reads what the rows begin with; nil: nobody does.
	ahead *ahead
}

// firstBorn is beyond the ids that a table gives.
const firstBorn = int64(1) << 62

// planned is a transaction in which a batch is carried out.
type planned struct {
	Tx
	agenda *agenda
}

// Due gives the batch's own view of what is due.
func (p planned) Due() DueTable { return p.agenda }

// begin gives the transaction in which the rows are carried out: each at the
// tables when they are to be told apart.
func (a *agenda) begin(ctx context.Context, tx Tx, apart bool) Tx {
	if !apart {
		a.ahead = readBeside(ctx, tx, a.world, a.rows)
		a.held, a.showing = newHeld(tx, a.world), map[string][]Due{}
		tx = a.held
	}
	return planned{tx, a}
}

// end has no more read.
func (a *agenda) end() {
	if a.ahead != nil {
		a.ahead.end()
	}
}

// ready says whether what a row begins with is in hand, or need not be.
func (a *agenda) ready(d Due) bool { return a.held == nil || a.held.has(d) }

// readAhead has what a row begins with in hand, and with it what those begin with
// that follow.
func (a *agenda) readAhead(ctx context.Context, d Due) error {
	for {
		p, there := a.ahead.until(d.ID)
		if !there {
			break
		}
		a.held.land(p)
		a.show(p)
	}
	if a.held.has(d) {
		return nil
	}
	p, err := a.held.readAhead(ctx, append([]Due{d}, a.rows[:min(len(a.rows), batchPiece-1)]...))
	a.show(p)
	return err
}

// show keeps in mind what is to show of those subjects that were not looked up
// before: what becomes of it in the batch, the agenda knows.
func (a *agenda) show(p piece) {
	known := map[string]bool{}
	for _, subject := range p.subjects {
		if _, known[subject] = a.showing[subject]; !known[subject] {
			a.showing[subject] = nil
		}
	}
	for _, row := range p.showing {
		if !known[row.Subject] {
			a.showing[row.Subject] = append(a.showing[row.Subject], row)
		}
	}
}

// newAgenda has the rows that are ready up to an instant, a limited number.
func newAgenda(ctx context.Context, w *writing, to time.Time, limit int) (*agenda, error) {
	rows, err := w.Due().Ready(ctx, w.World.ID, to, w.Real, limit)
	if err != nil {
		return nil, err
	}
	a := &agenda{DueTable: w.Due(), world: w.World.ID, rows: rows, to: to, full: len(rows) == limit, gone: map[int64]bool{}, bornBy: map[string][]Due{}}
	if a.full {
		a.to = rows[len(rows)-1].At
	}
	return a, nil
}

// next gives the next row to carry out, and whether there is one.
func (a *agenda) next() (Due, bool) {
	for len(a.rows) > 0 {
		d := a.rows[0]
		a.rows = a.rows[1:]
		if a.gone[d.ID] {
			continue // superseded by one of the rows before it
		}
		a.gone[d.ID] = true
		if d.ID < firstBorn {
			a.done = append(a.done, d.ID)
		}
		return d, true
	}
	return Due{}, false
}

// InsertAll keeps the rows in mind, as Insert does.
func (a *agenda) InsertAll(ctx context.Context, rows []Due) error {
	for _, d := range rows {
		if _, err := a.Insert(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// Insert keeps the row in mind, and has it take its place in the batch.
func (a *agenda) Insert(_ context.Context, d Due) (int64, error) {
	d.ID = firstBorn + int64(len(a.born))
	a.born = append(a.born, d)
	a.bornBy[d.Subject] = append(a.bornBy[d.Subject], d)
	if d.At.Before(a.to) || !a.full && d.At.Equal(a.to) {
		place, _ := slices.BinarySearchFunc(a.rows, d, inOrder)
		a.rows = slices.Insert(a.rows, place, d)
	}
	return d.ID, nil
}

func inOrder(a, b Due) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) }

// Of gives the rows of a subject that are still there.
func (a *agenda) Of(ctx context.Context, world string, kind DueKind, subject string) ([]Due, error) {
	rows, known := a.showing[subject]
	if kind != DueVisible || !known {
		var err error
		if rows, err = a.DueTable.Of(ctx, world, kind, subject); err != nil {
			return nil, err
		}
	}
	rows = slices.Clone(rows)
	for _, d := range a.bornBy[subject] {
		if d.Kind == kind {
			rows = append(rows, d)
		}
	}
	rows = slices.DeleteFunc(rows, func(d Due) bool { return a.gone[d.ID] })
	slices.SortFunc(rows, inOrder)
	return rows, nil
}

// Remove removes a row, wherever it is.
func (a *agenda) Remove(ctx context.Context, world string, id int64) (bool, error) {
	if a.gone[id] {
		return false, nil
	}
	a.gone[id] = true
	if id >= firstBorn {
		return true, nil
	}
	return a.DueTable.Remove(ctx, world, id)
}

// RemoveOf removes the rows of a subject.
func (a *agenda) RemoveOf(ctx context.Context, world string, kind DueKind, subject string) error {
	rows, err := a.Of(ctx, world, kind, subject)
	for i := 0; i < len(rows) && err == nil; i++ {
		_, err = a.Remove(ctx, world, rows[i].ID)
	}
	return err
}

// writeOut writes what has become of the rows so far. One that is not there any
// more was carried out by someone else, and the batch is not.
func (a *agenda) writeOut(ctx context.Context) error {
	if a.held != nil {
		if err := a.held.flush(ctx); err != nil {
			return err
		}
	}
	done := a.done
	a.done = nil
	removed, err := a.RemoveAll(ctx, a.world, done)
	if err == nil && removed != len(done) {
		err = fmt.Errorf("%d of %d rows were carried out by another runner", len(done)-removed, len(done))
	}
	return err
}

// finish writes what has become of the agenda.
func (a *agenda) finish(ctx context.Context) error {
	if err := a.writeOut(ctx); err != nil {
		return err
	}
	return a.DueTable.InsertAll(ctx, slices.DeleteFunc(slices.Clone(a.born), func(d Due) bool { return a.gone[d.ID] }))
}
