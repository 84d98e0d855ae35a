package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"provost/internal/commerce"
)

// manyAtOnce are how many rows one statement takes: few sizes, so that there are
// few texts to prepare.
var manyAtOnce = []int{32, 8, 1}

// insertMany inserts rows of so many columns with few statements. The text is all
// that stands before and after VALUES.
func insertMany[T any](ctx context.Context, t *tx, what, before, after string, columns int, rows []T, values func(*T) []any) error {
	return inParts(rows, func(part []T) error {
		args := make([]any, 0, len(part)*columns)
		for i := range part {
			args = append(args, values(&part[i])...)
		}
		inserted, err := t.change(ctx, what, list(before+" VALUES ", 1, len(part), columns)+after, args...)
		if err == nil && int(inserted) != len(part) {
			return fmt.Errorf("%s: %w", what, commerce.ErrTaken)
		}
		return err
	})
}

// updateMany runs a statement that changes one row for each; where one changes
// none, the row is missing, and it cannot be told what has become of the others.
func updateMany[T any](ctx context.Context, t *tx, what, text string, rows []T, values func(*T) []any) error {
	if len(rows) == 1 {
		return t.update(ctx, what, text, values(&rows[0])...)
	}
	return inParts(rows, func(part []T) error {
		all := make(repeated, len(part))
		for i := range part {
			all[i] = values(&part[i])
		}
		changed, err := t.repeat(ctx, what, text, all)
		if err == nil && int(changed) != len(part) {
			return fmt.Errorf("%s: %w", what, commerce.ErrMissing)
		}
		return err
	})
}

// collectMany reads the rows that have one of many keys, in no order. The text
// ends where the keys are to stand; what stands before has the first parameters.
func collectMany[T, K any](ctx context.Context, t *tx, what string, read func(row rows) (T, error), text string, columns int, first []any, keys []K, values func(K) []any) (all []T, err error) {
	before, after := text+"(VALUES ", ")"
	err = inParts(keys, func(part []K) error {
		args := append([]any(nil), first...)
		for _, key := range part {
			args = append(args, values(key)...)
		}
		found, err := collect(ctx, t, what, read, list(before, len(first)+1, len(part), columns)+after, args...)
		all = append(all, found...)
		return err
	})
	return all, err
}

// inParts deals rows out in the sizes of manyAtOnce.
func inParts[T any](rows []T, do func(part []T) error) error {
	for _, size := range manyAtOnce {
		for ; len(rows) >= size; rows = rows[size:] {
			if err := do(rows[:size]); err != nil {
				return err
			}
		}
	}
	return nil
}

// repeated are the parameters with which a statement is run, time after time: a
// driver that has them all at hand is done sooner.
type repeated [][]any

// repeater is a transaction that runs a statement many times in one go.
type repeater interface {
	// repeat says how many rows changed in all.
	repeat(ctx context.Context, text string, all repeated) (int64, error)
}

// repeat runs a statement with each of many parameters.
func (t *tx) repeat(ctx context.Context, what, text string, all repeated) (changed int64, err error) {
	atOnce, ok := t.querier.(repeater)
	if !ok {
		for _, args := range all {
			count, err := t.change(ctx, what, text, args...)
			if err != nil {
				return 0, err
			}
			changed += count
		}
		return changed, nil
	}
	if t.broken != nil {
		return 0, t.broken
	}
	t.touched(text)
	if changed, err = atOnce.repeat(ctx, text, all); err != nil {
		return 0, t.failed(ctx, what, err)
	}
	return changed, nil
}

// lists are the texts of list, each made once.
var lists sync.Map

type listKey struct {
	before               string
	first, rows, columns int
}

// list gives what stands before, and parameters for so many rows of so many
// columns.
func list(before string, first, rows, columns int) string {
	key := listKey{before, first, rows, columns}
	if text, ok := lists.Load(key); ok {
		return text.(string)
	}
	var text strings.Builder
	text.WriteString(before)
	for i := range rows {
		if i > 0 {
			text.WriteString(", ")
		}
		text.WriteString(parameters(first+i*columns, columns))
	}
	lists.Store(key, text.String())
	return text.String()
}

// parameters are so many in parentheses, counted from the first.
func parameters(first, count int) string {
	var text strings.Builder
	for i := range count {
		text.WriteString([]string{"(", ", "}[min(i, 1)])
		fmt.Fprintf(&text, "$%d", first+i)
	}
	return text.String() + ")"
}
