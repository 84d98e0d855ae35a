package sqlstore

import (
	"context"
	"database/sql/driver"
	"slices"
)

// foundRows are rows of SQLite that were read whole.
type foundRows struct {
	values [][]driver.Value
	at     int
}

// find reads the answer to a question.
func find(ctx context.Context, t transaction, q question) (*foundRows, error) {
	asked, err := t.query(ctx, q.text, q.args...)
	if err != nil {
		return nil, err
	}
	defer asked.Close()
	all, here := &foundRows{}, asked.(*readRows)
	for here.Next() {
		all.values = append(all.values, slices.Clone(here.values))
	}
	return all, here.Err()
}

func (r *foundRows) Next() bool {
	r.at++
	return r.at <= len(r.values)
}

func (r *foundRows) Scan(into ...any) error { return assignAll(into, r.values[r.at-1]) }

func (r *foundRows) Err() error { return nil }

func (r *foundRows) Close() error {
	r.at = 0 // for who asks again
	return nil
}
