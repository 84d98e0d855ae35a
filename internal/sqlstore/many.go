package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"provost/internal/commerce"
)

// manyAtOnce are how many rows one statement takes: few sizes, so that there are
// few texts to prepare.
var manyAtOnce = []int{32, 8, 2, 1}

// few are so many rows that a goroutine of their own would cost more than it
// saves.
const few = 4

// insertMany inserts rows of so many columns with few statements. The text is all
// that stands before and after VALUES.
func insertMany[T any](ctx context.Context, t *tx, what, before, after string, columns int, rows []T, values func(*T) []any) error {
	parameters := func(part []T) (args []any, err error) {
		args = make([]any, 0, len(part)*columns)
		for i := range part {
			args = append(args, values(&part[i])...)
		}
		return args, plainAll(args)
	}
	if len(rows) <= few {
		return inParts(rows, func(part []T) error {
			args, err := parameters(part)
			if err != nil {
				return t.failed(ctx, what, err)
			}
			return t.soon(ctx, what, commerce.ErrTaken, len(part), list(before+" VALUES ", 1, len(part), columns)+after, args...)
		})
	}
	return ahead(rows, parameters, func(part []T, args []any, err error) error {
		if err != nil {
			return t.failed(ctx, what, err)
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
		return t.soon(ctx, what, commerce.ErrMissing, 1, text, values(&rows[0])...)
	}
	return ahead(rows, func(part []T) (all repeated, err error) {
		all = make(repeated, len(part))
		for i := range part {
			all[i] = values(&part[i])
			err = errors.Join(err, plainAll(all[i]))
		}
		return all, err
	}, func(part []T, all repeated, err error) error {
		if err != nil {
			return t.failed(ctx, what, err)
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
// What was read is made whole while what follows is read.
func collectMany[T, R, K any](ctx context.Context, t *tx, what string, read func(row rows) (R, error), whole func(R) (T, error),
	text string, columns int, first []any, keys []K, values func(K) []any,
) (all []T, err error) {
	before, after := text+"(VALUES ", ")"
	var parts []func() ([]T, error)
	err = inParts(keys, func(part []K) error {
		args := append([]any(nil), first...)
		for _, key := range part {
			args = append(args, values(key)...)
		}
		found, err := collect(ctx, t, what, read, list(before, len(first)+1, len(part), columns)+after, args...)
		parts = append(parts, inPassing(func() ([]T, error) {
			made := make([]T, len(found))
			for i, raw := range found {
				var err error
				if made[i], err = whole(raw); err != nil {
					return nil, err
				}
			}
			return made, nil
		}))
		return err
	})
	for _, part := range parts {
		made, failed := part()
		if failed != nil && err == nil {
			err = t.failed(ctx, what, failed)
		}
		all = append(all, made...)
	}
	return all, err
}

// as is what is whole as it was read.
func as[T any](read T) (T, error) { return read, nil }

// ahead makes something of each part of the rows and then does something with
// it, or with the failure to make it: while that is done, the next is made.
func ahead[T, M any](rows []T, make func(part []T) (M, error), do func(part []T, made M, err error) error) error {
	var parts [][]T
	_ = inParts(rows, func(part []T) error { parts = append(parts, part); return nil })
	if len(parts) == 0 {
		return nil
	}
	next := inPassing(func() (M, error) { return make(parts[0]) })
	for i, part := range parts {
		made, failed := next()
		if i+1 < len(parts) {
			next = inPassing(func() (M, error) { return make(parts[i+1]) })
		}
		if err := do(part, made, failed); err != nil {
			_, _ = next() // nothing goes on behind the caller's back
			return err
		}
	}
	return nil
}

// inPassing has something made by another goroutine, and gives what waits for it.
// A bug there is one here.
func inPassing[M any](make func() (M, error)) func() (M, error) {
	var (
		made M
		err  error
		bug  any
		done sync.WaitGroup
	)
	done.Go(func() {
		defer func() { bug = recover() }()
		made, err = make()
	})
	return func() (M, error) {
		if done.Wait(); bug != nil {
			panic(bug)
		}
		return made, err
	}
}

// plainAll makes all parameters plain.
func plainAll(args []any) (err error) {
	for i := range args {
		if args[i], err = plain(args[i]); err != nil {
			return err
		}
	}
	return nil
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
