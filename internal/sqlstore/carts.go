package sqlstore

import (
	"context"

	"provost/internal/commerce"
	"provost/partnercenter"
)

type carts struct{ *tx }

const selectCarts = `SELECT COALESCE(world_cased, world), COALESCE(customer_cased, customer), created_at, version, resource
	FROM carts WHERE world = $1 AND customer = $2 `

func (t carts) Insert(ctx context.Context, c commerce.Cart) error {
	t.concerns(c.World, c.Customer)
	return t.insert(ctx, "insert cart",
		`INSERT INTO carts (world, world_cased, customer, customer_cased, cart_id, created_at, version, resource)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
		fold(c.World), cased(c.World), fold(c.Customer), cased(c.Customer), fold(c.Resource.ID), instant{c.CreatedAt},
		c.Version, document[partnercenter.Cart]{&c.Resource})
}

func (t carts) Update(ctx context.Context, c commerce.Cart, version int64) error {
	t.concerns(c.World, c.Customer)
	return t.update(ctx, "update cart",
		`UPDATE carts SET version = $1, resource = $2 WHERE world = $3 AND customer = $4 AND cart_id = $5 AND version = $6`,
		c.Version, document[partnercenter.Cart]{&c.Resource}, fold(c.World), fold(c.Customer), fold(c.Resource.ID), version)
}

func (t carts) ByID(ctx context.Context, world, customer, id string) (commerce.Cart, error) {
	return one(ctx, t.tx, "find cart", readCart, selectCarts+"AND cart_id = $3", fold(world), fold(customer), fold(id))
}

func (t carts) List(ctx context.Context, world, customer string) ([]commerce.Cart, error) {
	return collect(ctx, t.tx, "list carts", readCart, selectCarts+"ORDER BY created_at, cart_id", fold(world), fold(customer))
}

func readCart(row rows) (commerce.Cart, error) {
	var (
		c       commerce.Cart
		created instant
	)
	err := row.Scan(&c.World, &c.Customer, &created, &c.Version, document[partnercenter.Cart]{&c.Resource})
	c.CreatedAt = created.Time
	return c, err
}
