package sqlstore

import (
	"context"
	"time"

	"provost/internal/commerce"
)

type requestCounts struct{ *tx }

func (t requestCounts) Add(ctx context.Context, began time.Time, counts []commerce.RequestCount) error {
	return insertMany(ctx, t.tx, "add counts of requests", `INSERT INTO request_counts (began, kind, partner, customer, requests)`,
		` ON CONFLICT (began, kind, partner, customer) DO UPDATE SET requests = request_counts.requests + excluded.requests`, 5, counts,
		func(c *commerce.RequestCount) []any {
			return []any{instant{began}, c.Kind, fold(c.Partner), fold(c.Customer), c.Requests}
		})
}

func (t requestCounts) AtLeast(ctx context.Context, began time.Time, requests int) ([]commerce.RequestCount, error) {
	return collect(ctx, t.tx, "list counts of requests", func(row rows) (c commerce.RequestCount, err error) {
		return c, row.Scan(&c.Kind, &c.Partner, &c.Customer, &c.Requests)
	}, `SELECT kind, partner, customer, requests FROM request_counts WHERE began = $1 AND requests >= $2`, instant{began}, requests)
}

func (t requestCounts) Forget(ctx context.Context, before time.Time) error {
	_, err := t.change(ctx, "forget counts of requests", `DELETE FROM request_counts WHERE began < $1`, instant{before})
	return err
}
