package sqlstore

import (
	"context"

	"provost/internal/commerce"
)

type imports struct{ *tx }

func (t imports) Put(ctx context.Context, i commerce.Import) error {
	_, err := t.change(ctx, "keep import",
		`INSERT INTO imports (world, state) VALUES ($1, $2) ON CONFLICT (world) DO UPDATE SET state = excluded.state`,
		fold(i.World), document[commerce.Import]{&i})
	return err
}

func (t imports) Of(ctx context.Context, world string) (commerce.Import, error) {
	return one(ctx, t.tx, "find import", readImport, `SELECT state FROM imports WHERE world = $1`, fold(world))
}

func (t imports) Remove(ctx context.Context, world string) error {
	return t.update(ctx, "end import", `DELETE FROM imports WHERE world = $1`, fold(world))
}

func readImport(row rows) (commerce.Import, error) {
	var i commerce.Import
	return i, row.Scan(document[commerce.Import]{&i})
}
