package sqlstore

import (
	"context"
	"time"

	"provost/internal/commerce"
)

type due struct{ *tx }

func (t due) Insert(ctx context.Context, d commerce.Due) (int64, error) {
	return one(ctx, t.tx, "insert due row", value[int64],
		`INSERT INTO due (world, world_cased, at, kind, subject, cause)
		SELECT $1, $2, $3, $4, $5, $6 WHERE EXISTS (SELECT 1 FROM worlds WHERE world = $1) RETURNING id`,
		fold(d.World), cased(d.World), instant{d.At}, string(d.Kind), d.Subject, d.Cause)
}

func (t due) InsertAll(ctx context.Context, rows []commerce.Due) error {
	return insertMany(ctx, t.tx, "insert due rows", `INSERT INTO due (world, world_cased, at, kind, subject, cause)`, ``, 6,
		rows, func(d *commerce.Due) []any {
			return []any{fold(d.World), cased(d.World), instant{d.At}, string(d.Kind), d.Subject, d.Cause}
		})
}

func (t due) RemoveAll(ctx context.Context, world string, ids []int64) (int, error) {
	all := make(repeated, len(ids))
	for i, id := range ids {
		all[i] = []any{fold(world), id}
	}
	removed, err := t.repeat(ctx, "remove due rows", removeDue, all)
	return int(removed), err
}

const removeDue = `DELETE FROM due WHERE world = $1 AND id = $2`

func (t due) Until(ctx context.Context, world string, at time.Time, limit int) ([]commerce.Due, error) {
	return collect(ctx, t.tx, "list due rows", readDue,
		selectDue+`WHERE world = $1 AND at <= $2 ORDER BY at, id LIMIT $3`, fold(world), instant{at}, limit)
}

const selectDue = `SELECT id, COALESCE(world_cased, world), at, kind, subject, cause, failures FROM due `

func (t due) Ready(ctx context.Context, world string, at, real time.Time, limit int) ([]commerce.Due, error) {
	return collect(ctx, t.tx, "list due rows that are ready", readDue,
		selectDue+`WHERE world = $1 AND at <= $2 AND (retry_at IS NULL OR retry_at <= $3) ORDER BY at, id LIMIT $4`,
		fold(world), instant{at}, instant{real}, limit)
}

func (t due) Postpone(ctx context.Context, world string, id int64, failures int, retryAt time.Time) error {
	return t.update(ctx, "put off due row", `UPDATE due SET failures = $1, retry_at = $2 WHERE world = $3 AND id = $4`,
		failures, instant{retryAt}, fold(world), id)
}

func (t due) Failing(ctx context.Context) ([]commerce.FailingDue, error) {
	return collect(ctx, t.tx, "count due rows that failed", readFailing,
		`SELECT COALESCE(w.world_cased, w.world), (SELECT COUNT(*) FROM due d WHERE d.world = w.world AND d.retry_at IS NOT NULL)
		FROM worlds w WHERE EXISTS (SELECT 1 FROM due d WHERE d.world = w.world AND d.retry_at IS NOT NULL) ORDER BY w.name, w.world`)
}

func readFailing(row rows) (commerce.FailingDue, error) {
	var f commerce.FailingDue
	return f, row.Scan(&f.World, &f.Rows)
}

func (t due) Remove(ctx context.Context, world string, id int64) (bool, error) {
	removed, err := t.change(ctx, "remove due row", removeDue, fold(world), id)
	return removed > 0, err
}

func (t due) Of(ctx context.Context, world string, kind commerce.DueKind, subject string) ([]commerce.Due, error) {
	return collect(ctx, t.tx, "list due rows of a subject", readDue,
		selectDue+`WHERE world = $1 AND kind = $2 AND subject = $3 ORDER BY at, id`, fold(world), string(kind), subject)
}

func (t due) OfAll(ctx context.Context, world string, kind commerce.DueKind, subjects []string) ([]commerce.Due, error) {
	return collectMany(ctx, t.tx, "list due rows of subjects", readDue, as, selectDue+`WHERE world = $1 AND kind = $2 AND subject IN `, 1,
		[]any{fold(world), string(kind)}, subjects, func(subject string) []any { return []any{subject} })
}

func (t due) RemoveOf(ctx context.Context, world string, kind commerce.DueKind, subject string) error {
	_, err := t.change(ctx, "remove due rows of a subject", `DELETE FROM due WHERE world = $1 AND kind = $2 AND subject = $3`,
		fold(world), string(kind), subject)
	return err
}

func (t due) First(ctx context.Context) ([]commerce.FirstDue, error) {
	return collect(ctx, t.tx, "find what is due first", readFirstDue,
		`SELECT COALESCE(w.world_cased, w.world), w.clock_offset, w.frozen_at,
			(SELECT MIN(d.at) FROM due d WHERE d.world = w.world AND d.retry_at IS NULL),
			(SELECT MIN(d.retry_at) FROM due d WHERE d.world = w.world AND d.retry_at IS NOT NULL)
		FROM worlds w WHERE EXISTS (SELECT 1 FROM due d WHERE d.world = w.world)
			AND NOT EXISTS (SELECT 1 FROM imports i WHERE i.world = w.world)`)
}

func readFirstDue(row rows) (commerce.FirstDue, error) {
	var (
		f                 commerce.FirstDue
		offset            int64
		frozen, at, retry *instant
	)
	err := row.Scan(&f.World, &offset, &frozen, &at, &retry)
	f.Clock = commerce.Clock{Offset: time.Duration(offset), FrozenAt: frozen.pointer()}
	f.At, f.RetryAt = at.pointer(), retry.pointer()
	return f, err
}

func readDue(row rows) (commerce.Due, error) {
	var (
		d  commerce.Due
		at instant
	)
	err := row.Scan(&d.ID, &d.World, &at, &d.Kind, &d.Subject, &d.Cause, &d.Failures)
	d.At = at.Time
	return d, err
}
