package sqlstore

import (
	"context"
	"time"

	"provost/internal/commerce"
)

type answers struct{ *tx }

func (t answers) Claim(ctx context.Context, world, key string, at time.Time) error {
	return t.soon(ctx, "claim answer", commerce.ErrTaken, 1, claimAnswer, fold(world), key, instant{at}, "")
}

const claimAnswer = `INSERT INTO answers (world, key, at, answer) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`

func (t answers) Keep(ctx context.Context, world, key, answer string) error {
	kept := t.amended(claimAnswer, func(args []any) bool {
		if args[0] != fold(world) || args[1] != key {
			return false
		}
		args[3] = answer
		return true
	})
	if kept {
		return nil // with its claim
	}
	return t.soon(ctx, "keep answer", commerce.ErrMissing, 1, `UPDATE answers SET answer = $1 WHERE world = $2 AND key = $3`, answer, fold(world), key)
}

func (t answers) ByKey(ctx context.Context, world, key string) (commerce.Answer, error) {
	return one(ctx, t.tx, "find answer", readAnswer, `SELECT at, answer FROM answers WHERE world = $1 AND key = $2`, fold(world), key)
}

func (t answers) Reclaim(ctx context.Context, world, key string, at time.Time) error {
	return t.update(ctx, "claim answer anew", `UPDATE answers SET at = $1, answer = '' WHERE world = $2 AND key = $3`, instant{at}, fold(world), key)
}

func (t answers) Forget(ctx context.Context, before time.Time, most int) (int, error) {
	forgotten, err := t.change(ctx, "forget answers",
		`DELETE FROM answers WHERE (world, key) IN (SELECT world, key FROM answers WHERE at < $1 ORDER BY at LIMIT $2)`, instant{before}, most)
	return int(forgotten), err
}

func readAnswer(row rows) (commerce.Answer, error) {
	var (
		a  commerce.Answer
		at instant
	)
	err := row.Scan(&at, &a.Text)
	a.At = at.Time
	return a, err
}
