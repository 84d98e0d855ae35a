package sqlstore

import (
	"context"

	"provost/internal/commerce"
)

type relationships struct{ *tx }

func (t relationships) Insert(ctx context.Context, r commerce.Relationship) error {
	t.concerns(r.World, r.Customer)
	return t.insert(ctx, "insert relationship",
		`INSERT INTO relationships (world, partner, customer, kind, customer_since, world_cased, partner_cased, customer_cased)
		VALUES ($1, $2, $3, $4, (SELECT created_at FROM customers WHERE world = $1 AND customer = $3), $5, $6, $7) ON CONFLICT DO NOTHING`,
		fold(r.World), fold(r.Partner), fold(r.Customer), string(r.Kind), cased(r.World), cased(r.Partner), cased(r.Customer))
}

func (t relationships) End(ctx context.Context, r commerce.Relationship) error {
	t.concerns(r.World, r.Customer)
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

const selectRelationships = `SELECT COALESCE(world_cased, world), COALESCE(partner_cased, partner), COALESCE(customer_cased, customer), kind
	FROM relationships WHERE world = $1 `

func (t relationships) Page(ctx context.Context, q commerce.RelationshipQuery) ([]commerce.Relationship, error) {
	var after commerce.Relationship
	if q.After != nil {
		after = *q.After
	}
	world, partner, customer := fold(q.World), fold(after.Partner), fold(after.Customer)
	switch {
	case q.Customer != "":
		return collect(ctx, t.tx, "list a customer's relationships", readRelationship,
			selectRelationships+"AND customer = $2 AND (kind, partner) > ($3, $4) AND ($5 = '' OR partner = $5) ORDER BY kind, partner LIMIT $6",
			world, fold(q.Customer), string(after.Kind), partner, fold(q.Partner), q.Limit)
	case q.Partner != "":
		return collect(ctx, t.tx, "list a partner's relationships", readRelationship,
			selectRelationships+"AND partner = $2 AND (customer, kind) > ($3, $4) ORDER BY customer, kind LIMIT $5",
			world, fold(q.Partner), customer, string(after.Kind), q.Limit)
	default:
		return collect(ctx, t.tx, "list a world's relationships", readRelationship,
			selectRelationships+"AND (partner, customer, kind) > ($2, $3, $4) ORDER BY partner, customer, kind LIMIT $5",
			world, partner, customer, string(after.Kind), q.Limit)
	}
}

func readRelationship(row rows) (commerce.Relationship, error) {
	var r commerce.Relationship
	err := row.Scan(&r.World, &r.Partner, &r.Customer, &r.Kind)
	return r, err
}
