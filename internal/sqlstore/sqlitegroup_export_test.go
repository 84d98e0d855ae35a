package sqlstore

import (
	"context"
	"time"

	"provost/internal/commerce"
)

// Waiting is how many stand in the line of those who write to a SQLite.
func Waiting(s commerce.Store) int {
	w := &s.(*Store).engine.(*sqliteEngine).writers
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.waiting)
}

// Patient has groups grow as old as they like, for tests on a slow machine. The
// store is not in use yet.
func Patient(s commerce.Store) { s.(*Store).engine.(*sqliteEngine).writers.longest = time.Hour }

// ShortLog has a log taken into its file when it is so many pages long. The store is
// not in use yet.
func ShortLog(s commerce.Store, pages int) {
	s.(*Store).engine.(*sqliteEngine).writers.filer.long = pages
}

// Behind runs a statement behind the back of the transaction that runs.
func Behind(tx commerce.Tx, text string) error {
	_, err := tx.(interface{ behind() querier }).behind().exec(context.Background(), text)
	return err
}

func (t *tx) behind() querier { return t.querier }
