package sqlstore

import (
	"context"

	"provost/internal/commerce"
	"provost/partnercenter"
)

type orders struct{ *tx }

const selectOrders = `SELECT COALESCE(world_cased, world), COALESCE(customer_cased, customer), created_at, version, legacy, resource
	FROM orders WHERE world = $1 AND customer = $2 `

func (t orders) Insert(ctx context.Context, o commerce.Order) error {
	t.concerns(o.World, o.Customer)
	return t.insert(ctx, "insert order",
		`INSERT INTO orders (world, world_cased, customer, customer_cased, order_id, created_at, billing_cycle, version, legacy, resource)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
		fold(o.World), cased(o.World), fold(o.Customer), cased(o.Customer), fold(o.Resource.ID), instant{o.CreatedAt},
		string(o.Resource.BillingCycle), o.Version, o.Legacy, document[partnercenter.Order]{&o.Resource})
}

func (t orders) Update(ctx context.Context, o commerce.Order, version int64) error {
	t.concerns(o.World, o.Customer)
	return t.update(ctx, "update order",
		`UPDATE orders SET billing_cycle = $1, version = $2, resource = $3 WHERE world = $4 AND customer = $5 AND order_id = $6 AND version = $7`,
		string(o.Resource.BillingCycle), o.Version, document[partnercenter.Order]{&o.Resource},
		fold(o.World), fold(o.Customer), fold(o.Resource.ID), version)
}

func (t orders) ByID(ctx context.Context, world, customer, id string) (commerce.Order, error) {
	return one(ctx, t.tx, "find order", readOrder, selectOrders+"AND order_id = $3", fold(world), fold(customer), fold(id))
}

func (t orders) List(ctx context.Context, world, customer string, cycle partnercenter.BillingCycle) ([]commerce.Order, error) {
	return collect(ctx, t.tx, "list orders", readOrder,
		selectOrders+"AND ($3 = '' OR billing_cycle = $3) ORDER BY created_at, order_id", fold(world), fold(customer), string(cycle))
}

func readOrder(row rows) (commerce.Order, error) {
	var (
		o       commerce.Order
		created instant
	)
	err := row.Scan(&o.World, &o.Customer, &created, &o.Version, &o.Legacy, document[partnercenter.Order]{&o.Resource})
	o.CreatedAt = created.Time
	return o, err
}
