package commerce

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// aheadPiece is how many due rows are read for at once: few, since the first of a
// batch are waited for.
const aheadPiece = 64

// piece is what some due rows begin with, read in few statements.
type piece struct {
	// rows are the ids of the due rows.
	rows          []int64
	changes       []Change
	subscriptions []Subscription
	// subjects are those whose outcomes the rows may supersede, and showing the
	// outcomes that are to show of them.
	subjects []string
	showing  []Due
}

// readPiece reads changes, and the subscriptions that they and others are of.
func readPiece(ctx context.Context, tx Tx, world string, changes []string, subscriptions map[SubscriptionID]bool) (p piece, err error) {
	if p.changes, err = tx.Changes().ByIDs(ctx, world, changes); err != nil {
		return p, fmt.Errorf("read %d changes: %w", len(changes), err)
	}
	for _, c := range p.changes {
		subscriptions[c.of()] = true
		p.subjects = append(p.subjects, dueSubject(c.Customer, c.Subscription))
	}
	if p.subscriptions, err = tx.Subscriptions().ByIDs(ctx, world, slices.Collect(maps.Keys(subscriptions))); err != nil {
		return p, fmt.Errorf("read %d subscriptions: %w", len(subscriptions), err)
	}
	if p.showing, err = tx.Due().OfAll(ctx, world, DueVisible, p.subjects); err != nil {
		return p, fmt.Errorf("find what is to show of %d subscriptions: %w", len(p.subjects), err)
	}
	return p, nil
}

// startsWith sorts what due rows begin with.
func startsWith(rows []Due) (changes []string, subscriptions map[SubscriptionID]bool) {
	subscriptions = map[SubscriptionID]bool{}
	for _, d := range rows {
		if d.Kind == DueStep {
			changes = append(changes, d.Subject)
		} else {
			subscriptions[subscriptionOf(d.Subject)] = true
		}
	}
	return changes, subscriptions
}

// ahead reads pieces beside the transaction that carries their rows out, which
// has both processors busy. It sees what stood before the transaction: what that
// has touched since is not taken from here.
type ahead struct {
	// pieces end when the read does, whatever it came to.
	pieces <-chan piece
	// coming are the due rows whose pieces are yet to land.
	coming map[int64]bool
	end    func()
}

// readBeside begins to read what rows begin with, where that is worth another's
// while. What does not come, since the database cannot or the read has failed, the
// batch reads itself.
func readBeside(ctx context.Context, tx Tx, world string, rows []Due) *ahead {
	if len(rows) < 2 {
		return nil
	}
	rows = slices.Clone(rows) // the agenda moves its own about meanwhile
	ctx, cancel := context.WithCancel(ctx)
	pieces := make(chan piece, 4)
	var bug any
	go func() {
		defer close(pieces)
		defer func() { bug = recover() }()
		_ = tx.Before(ctx, func(tx Tx) error { return sendPieces(ctx, tx, world, rows, pieces) })
	}()
	a := &ahead{pieces: pieces, coming: make(map[int64]bool, len(rows))}
	for _, d := range rows {
		a.coming[d.ID] = true
	}
	a.end = func() {
		cancel()
		for range pieces { // those that nobody needs any more
		}
		if bug != nil {
			panic(bug) // a bug there is one here
		}
	}
	return a
}

func sendPieces(ctx context.Context, tx Tx, world string, rows []Due, to chan<- piece) error {
	for part := range slices.Chunk(rows, aheadPiece) {
		changes, subscriptions := startsWith(part)
		p, err := readPiece(ctx, tx, world, changes, subscriptions)
		if err != nil {
			return err
		}
		for _, d := range part {
			p.rows = append(p.rows, d.ID)
		}
		select {
		case to <- p:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// until gives the next piece while the one with a row is to come.
func (a *ahead) until(row int64) (piece, bool) {
	if a == nil || !a.coming[row] {
		return piece{}, false
	}
	p, there := <-a.pieces
	if !there {
		clear(a.coming)
		return piece{}, false
	}
	for _, id := range p.rows {
		delete(a.coming, id)
	}
	return p, true
}
