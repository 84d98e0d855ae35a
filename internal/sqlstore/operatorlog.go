package sqlstore

import (
	"context"
	"math"

	"provost/internal/commerce"
)

type operatorLog struct{ *tx }

const selectOperatorLog = `SELECT id, at, who, act, COALESCE(world_cased, world, ''), subject, was, became FROM operator_log `

func (t operatorLog) Append(ctx context.Context, a commerce.OperatorAct) error {
	_, err := t.change(ctx, "append to the operator log",
		`INSERT INTO operator_log (at, who, act, world, world_cased, subject, was, became) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		instant{a.At}, a.By, a.What, filled(fold(a.World)), cased(a.World), a.Subject,
		document[commerce.Words]{&a.Before}, document[commerce.Words]{&a.After})
	return err
}

func (t operatorLog) Page(ctx context.Context, world string, before int64, limit int) ([]commerce.OperatorAct, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	if world == "" {
		return collect(ctx, t.tx, "read the operator log", readOperatorAct,
			selectOperatorLog+"WHERE id < $1 ORDER BY id DESC LIMIT $2", before, limit)
	}
	return collect(ctx, t.tx, "read a world's operator log", readOperatorAct,
		selectOperatorLog+"WHERE world = $1 AND id < $2 ORDER BY id DESC LIMIT $3", fold(world), before, limit)
}

func readOperatorAct(row rows) (commerce.OperatorAct, error) {
	var (
		a  commerce.OperatorAct
		at instant
	)
	err := row.Scan(&a.ID, &at, &a.By, &a.What, &a.World, &a.Subject,
		document[commerce.Words]{&a.Before}, document[commerce.Words]{&a.After})
	a.At = at.Time
	return a, err
}
