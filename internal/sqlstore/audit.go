package sqlstore

import (
	"context"

	"provost/internal/commerce"
	"provost/partnercenter"
)

type audit struct{ *tx }

const selectAudit = `SELECT COALESCE(world_cased, world), COALESCE(partner_cased, partner), at, record FROM audit `

func (t audit) Insert(ctx context.Context, a commerce.AuditEntry) error {
	return t.soon(ctx, "insert audit record", commerce.ErrTaken, 1,
		`INSERT INTO audit (world, world_cased, partner, partner_cased, record_id, at, customer, company_name, resource_type, record)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
		fold(a.World), cased(a.World), fold(a.Partner), cased(a.Partner), a.Record.ID, instant{a.At},
		foldOptional(a.Record.CustomerID), foldOptional(a.Record.CustomerName), string(a.Record.ResourceType),
		document[partnercenter.AuditRecord]{&a.Record})
}

func (t audit) Page(ctx context.Context, q commerce.AuditQuery) ([]commerce.AuditEntry, error) {
	after := commerce.Cursor{}
	if q.After != nil {
		after = *q.After
	}
	return collect(ctx, t.tx, "list audit records", readAudit,
		selectAudit+`WHERE world = $1 AND partner = $2 AND at >= $3 AND at < $4 AND (at, record_id) > ($5, $6)
			AND ($7 = '' OR customer = $7) AND ($8 = '' OR resource_type = $8) AND ($9 = '' OR company_name LIKE $9 ESCAPE '\')
		ORDER BY at, record_id LIMIT $10`,
		fold(q.World), fold(q.Partner), instant{q.From}, instant{q.To}, instant{after.CreatedAt}, after.ID,
		fold(q.Customer), string(q.ResourceType), contains(q.CompanyName), q.Limit)
}

func readAudit(row rows) (commerce.AuditEntry, error) {
	var (
		a  commerce.AuditEntry
		at instant
	)
	err := row.Scan(&a.World, &a.Partner, &at, document[partnercenter.AuditRecord]{&a.Record})
	a.At = at.Time
	return a, err
}
