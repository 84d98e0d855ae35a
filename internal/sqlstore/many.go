package sqlstore

import (
	"context"
	"fmt"
	"strings"

	"provost/internal/commerce"
)

// manyAtOnce are how many rows one statement takes: few sizes, so that there are
// few texts to prepare, and none large, since SQLite's driver looks for each
// parameter among all of the statement's.
var manyAtOnce = []int{16, 4, 1}

// insertMany inserts rows of so many columns with few statements. The text is all
// that stands before and after VALUES.
func insertMany[T any](ctx context.Context, t *tx, what, before, after string, columns int, rows []T, values func(T) []any) error {
	return inParts(rows, func(part []T) error {
		var text strings.Builder
		text.WriteString(before + " VALUES ")
		args := make([]any, 0, len(part)*columns)
		for i, row := range part {
			if i > 0 {
				text.WriteString(", ")
			}
			text.WriteString(parameters(len(args)+1, columns))
			args = append(args, values(row)...)
		}
		inserted, err := t.change(ctx, what, text.String()+after, args...)
		if err == nil && int(inserted) != len(part) {
			return fmt.Errorf("%s: %w", what, commerce.ErrTaken)
		}
		return err
	})
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

// parameters are so many in parentheses, counted from the first.
func parameters(first, count int) string {
	var text strings.Builder
	for i := range count {
		text.WriteString([]string{"(", ", "}[min(i, 1)])
		fmt.Fprintf(&text, "$%d", first+i)
	}
	return text.String() + ")"
}
