package commerce

import "context"

// Place is where a page of a world's rows ended, in words of the store's own;
// nil: before the first.
type Place []any

// Rows are all of a world's of one noun, in an order that stays.
type Rows[T any] interface {
	Count(ctx context.Context) (int64, error)
	// Page gives the rows that follow a place, and the place of the last of them.
	Page(ctx context.Context, after Place, limit int) ([]T, Place, error)
}

// pageOfRows is how many rows a walk holds at a time.
const pageOfRows = 500

// walk visits all rows, a page at a time.
func walk[T any](ctx context.Context, rows Rows[T], visit func(T) error) error {
	var place Place
	for {
		page, last, err := rows.Page(ctx, place, pageOfRows)
		if err != nil {
			return err
		}
		for _, row := range page {
			if err := visit(row); err != nil {
				return err
			}
		}
		if len(page) < pageOfRows {
			return nil
		}
		place = last
	}
}
