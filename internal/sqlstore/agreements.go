package sqlstore

import (
	"context"

	"provost/internal/commerce"
	"provost/partnercenter"
)

type agreements struct{ *tx }

const selectAgreements = `SELECT COALESCE(world_cased, world), COALESCE(customer_cased, customer), created_at, resource FROM agreements `

func (t agreements) Insert(ctx context.Context, a commerce.Agreement) error {
	t.concerns(a.World, a.Customer)
	return t.insert(ctx, "insert agreement",
		`INSERT INTO agreements (world, world_cased, customer, customer_cased, number, created_at, resource)
		SELECT $1, $2, $3, $4, COALESCE(MAX(number), 0) + 1, $5, $6 FROM agreements WHERE world = $1 AND customer = $3
		ON CONFLICT DO NOTHING`,
		fold(a.World), cased(a.World), fold(a.Customer), cased(a.Customer), instant{a.CreatedAt}, document[partnercenter.Agreement]{&a.Resource})
}

func (t agreements) Of(ctx context.Context, world, customer string) ([]commerce.Agreement, error) {
	return collect(ctx, t.tx, "list agreements", readAgreement,
		selectAgreements+`WHERE world = $1 AND customer = $2 ORDER BY number`, fold(world), fold(customer))
}

func readAgreement(row rows) (commerce.Agreement, error) {
	var (
		a       commerce.Agreement
		created instant
	)
	err := row.Scan(&a.World, &a.Customer, &created, document[partnercenter.Agreement]{&a.Resource})
	a.CreatedAt = created.Time
	return a, err
}
