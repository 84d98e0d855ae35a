package sqlstore

import (
	"context"
	"time"

	"provost/internal/commerce"
)

type due struct{ *tx }

func (t due) Insert(ctx context.Context, d commerce.Due) (int64, error) {
	return one(ctx, t.tx, "insert due row", value[int64],
		`INSERT INTO due (world, world_cased, at, kind, subject, cause) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
		fold(d.World), cased(d.World), instant{d.At}, string(d.Kind), d.Subject, d.Cause)
}

func (t due) Until(ctx context.Context, world string, at time.Time, limit int) ([]commerce.Due, error) {
	return collect(ctx, t.tx, "list due rows", readDue,
		`SELECT id, COALESCE(world_cased, world), at, kind, subject, cause
		FROM due WHERE world = $1 AND at <= $2 ORDER BY at, id LIMIT $3`,
		fold(world), instant{at}, limit)
}

func (t due) Remove(ctx context.Context, world string, id int64) (bool, error) {
	removed, err := t.change(ctx, "remove due row", `DELETE FROM due WHERE world = $1 AND id = $2`, fold(world), id)
	return removed > 0, err
}

func (t due) RemoveOf(ctx context.Context, world string, kind commerce.DueKind, subject string) error {
	_, err := t.change(ctx, "remove due rows of a subject", `DELETE FROM due WHERE world = $1 AND kind = $2 AND subject = $3`,
		fold(world), string(kind), subject)
	return err
}

func (t due) First(ctx context.Context) ([]commerce.FirstDue, error) {
	return collect(ctx, t.tx, "find what is due first", readFirstDue,
		`SELECT COALESCE(w.world_cased, w.world), w.clock_offset, w.frozen_at, (SELECT MIN(d.at) FROM due d WHERE d.world = w.world)
		FROM worlds w WHERE EXISTS (SELECT 1 FROM due d WHERE d.world = w.world)`)
}

func readFirstDue(row rows) (commerce.FirstDue, error) {
	var (
		f      commerce.FirstDue
		offset int64
		frozen *instant
		at     instant
	)
	err := row.Scan(&f.World, &offset, &frozen, &at)
	f.Clock, f.At = commerce.Clock{Offset: time.Duration(offset), FrozenAt: frozen.pointer()}, at.Time
	return f, err
}

func readDue(row rows) (commerce.Due, error) {
	var (
		d  commerce.Due
		at instant
	)
	err := row.Scan(&d.ID, &d.World, &at, &d.Kind, &d.Subject, &d.Cause)
	d.At = at.Time
	return d, err
}
