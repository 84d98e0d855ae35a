package sqlstore

import (
	"context"

	"provost/internal/commerce"
)

type relationships struct{ *tx }

func (t relationships) Insert(ctx context.Context, r commerce.Relationship) error {
	return t.insert(ctx, "insert relationship",
		`INSERT INTO relationships (world, partner, customer, kind, customer_since)
		VALUES ($1, $2, $3, $4, (SELECT created_at FROM customers WHERE world = $1 AND customer = $3)) ON CONFLICT DO NOTHING`,
		fold(r.World), fold(r.Partner), fold(r.Customer), string(r.Kind))
}

func (t relationships) End(ctx context.Context, r commerce.Relationship) error {
	_, err := t.change(ctx, "end relationship",
		`DELETE FROM relationships WHERE world = $1 AND partner = $2 AND customer = $3 AND kind = $4`,
		fold(r.World), fold(r.Partner), fold(r.Customer), string(r.Kind))
	return err
}

func (t relationships) Between(ctx context.Context, world, partner, customer string) ([]commerce.RelationshipKind, error) {
	return collect(ctx, t.tx, "list relationships", value[commerce.RelationshipKind],
		`SELECT kind FROM relationships WHERE world = $1 AND partner = $2 AND customer = $3 ORDER BY kind`,
		fold(world), fold(partner), fold(customer))
}
