package sqlstore

import (
	"context"
	"time"

	"provost/internal/commerce"
)

type due struct{ *tx }

func (t due) Insert(ctx context.Context, d commerce.Due) (int64, error) {
	return one(ctx, t.tx, "insert due row", value[int64],
		`INSERT INTO due (world, world_cased, at, real_at, kind, subject) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
		fold(d.World), cased(d.World), instant{d.At}, perhaps(d.RealAt), d.Kind, d.Subject)
}

func (t due) Until(ctx context.Context, world string, at time.Time, limit int) ([]commerce.Due, error) {
	return collect(ctx, t.tx, "list due rows", readDue,
		`SELECT id, COALESCE(world_cased, world), at, real_at, kind, subject
		FROM due WHERE world = $1 AND at <= $2 ORDER BY at, id LIMIT $3`,
		fold(world), instant{at}, limit)
}

func (t due) Remove(ctx context.Context, world string, id int64) (bool, error) {
	removed, err := t.change(ctx, "remove due row", `DELETE FROM due WHERE world = $1 AND id = $2`, fold(world), id)
	return removed > 0, err
}

func readDue(row rows) (commerce.Due, error) {
	var (
		d      commerce.Due
		at     instant
		realAt *instant
	)
	err := row.Scan(&d.ID, &d.World, &at, &realAt, &d.Kind, &d.Subject)
	d.At, d.RealAt = at.Time, realAt.pointer()
	return d, err
}
