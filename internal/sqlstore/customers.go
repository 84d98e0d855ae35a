package sqlstore

import (
	"context"
	"fmt"
	"math"

	"provost/internal/commerce"
	"provost/partnercenter"
)

type customers struct{ *tx }

func (t customers) Insert(ctx context.Context, c commerce.Customer) error {
	var profile partnercenter.CustomerCompanyProfile
	if c.Resource.CompanyProfile != nil {
		profile = *c.Resource.CompanyProfile
	}
	return t.insert(ctx, "insert customer",
		`INSERT INTO customers (world, world_cased, customer, created_at, company_name, domain, resource)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		fold(c.World), cased(c.World), fold(c.Resource.ID), instant{c.CreatedAt},
		fold(profile.CompanyName), fold(profile.Domain), document[partnercenter.Customer]{&c.Resource})
}

func (t customers) ByID(ctx context.Context, world, id string) (commerce.Customer, error) {
	return one(ctx, t.tx, "find customer", readCustomer,
		`SELECT COALESCE(world_cased, world), created_at, resource FROM customers WHERE world = $1 AND customer = $2`,
		fold(world), fold(id))
}

func (t customers) Page(ctx context.Context, q commerce.CustomerQuery) ([]commerce.Customer, error) {
	const what = "list customers"
	matches, value, err := matching(q.Filter)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	after := []any{int64(math.MinInt64), ""}
	if q.After != nil {
		after = []any{instant{q.After.CreatedAt}, fold(q.After.ID)}
	}
	return collect(ctx, t.tx, what, readCustomer,
		`SELECT COALESCE(c.world_cased, c.world), c.created_at, c.resource
		FROM relationships r JOIN customers c ON c.world = r.world AND c.customer = r.customer
		WHERE r.world = $1 AND r.partner = $2 AND r.kind = $3 AND (r.customer_since, r.customer) > ($4, $5) AND `+matches+`
		ORDER BY r.customer_since, r.customer LIMIT $7`,
		fold(q.World), fold(q.Partner), string(commerce.ResellerOf), after[0], after[1], value, q.Limit)
}

// matching gives a filter's condition and what $6 stands for in it.
func matching(f commerce.CustomerFilter) (condition, value string, err error) {
	compare, value := `LIKE $6 ESCAPE '\'`, startsWith(f.Value)
	if f.Whole {
		compare, value = `= $6`, fold(f.Value)
	}
	switch f.Field {
	case "":
		return `$6 = ''`, "", nil
	case commerce.ByCompanyName:
		return `c.company_name ` + compare, value, nil
	case commerce.ByDomain:
		return `c.domain ` + compare, value, nil
	case commerce.ByIndirectReseller:
		return `EXISTS (SELECT 1 FROM relationships s JOIN partners p ON p.world = s.world AND p.partner = s.partner
			WHERE s.world = r.world AND s.customer = r.customer AND s.kind = $3
			AND p.kind = 'reseller' AND (p.tenant ` + compare + ` OR p.mpn_id ` + compare + `))`, value, nil
	default:
		return "", "", fmt.Errorf("customers have no field %q to filter by", f.Field)
	}
}

func readCustomer(row rows) (commerce.Customer, error) {
	var (
		c       commerce.Customer
		created instant
	)
	err := row.Scan(&c.World, &created, document[partnercenter.Customer]{&c.Resource})
	c.CreatedAt = created.Time
	return c, err
}
