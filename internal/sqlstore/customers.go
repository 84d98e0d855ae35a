package sqlstore

import (
	"context"
	"fmt"
	"math"

	"provost/internal/commerce"
	"provost/partnercenter"
)

type customers struct{ *tx }

const (
	customerColumns = `COALESCE(c.world_cased, c.world), c.created_at, c.version, c.resource`
	selectCustomers = `SELECT ` + customerColumns + ` FROM customers c `
)

func (t customers) Insert(ctx context.Context, c commerce.Customer) error {
	t.concerns(c.World, c.Resource.ID)
	var profile partnercenter.CustomerCompanyProfile
	if c.Resource.CompanyProfile != nil {
		profile = *c.Resource.CompanyProfile
	}
	return t.insert(ctx, "insert customer",
		`INSERT INTO customers (world, world_cased, customer, created_at, company_name, domain, version, resource)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
		fold(c.World), cased(c.World), fold(c.Resource.ID), instant{c.CreatedAt},
		fold(profile.CompanyName), fold(profile.Domain), c.Version, document[partnercenter.Customer]{&c.Resource})
}

func (t customers) Update(ctx context.Context, c commerce.Customer, version int64) error {
	t.concerns(c.World, c.Resource.ID)
	var profile partnercenter.CustomerCompanyProfile
	if c.Resource.CompanyProfile != nil {
		profile = *c.Resource.CompanyProfile
	}
	return t.update(ctx, "update customer",
		`UPDATE customers SET company_name = $1, domain = $2, version = $3, resource = $4
		WHERE world = $5 AND customer = $6 AND version = $7`,
		fold(profile.CompanyName), fold(profile.Domain), c.Version, document[partnercenter.Customer]{&c.Resource},
		fold(c.World), fold(c.Resource.ID), version)
}

// customersOwn are the tables whose rows go with their customer, each before
// those that its rows name.
var customersOwn = []string{"changes", "subscriptions", "orders", "carts", "agreements", "directory_grants", "relationships"}

func (t customers) Remove(ctx context.Context, world, id string) error {
	t.concerns(world, id)
	const changesOf = `(SELECT COALESCE(change_id_cased, change_id) FROM changes WHERE world = $1 AND customer = $2)`
	if _, err := t.change(ctx, "remove what is due for a customer",
		`DELETE FROM due WHERE world = $1 AND (LOWER(subject) LIKE $3 ESCAPE '\' OR subject IN `+changesOf+`)`,
		fold(world), fold(id), startsWith(id+"/")); err != nil {
		return err
	}
	for _, table := range customersOwn {
		if _, err := t.change(ctx, "remove a customer's "+table, `DELETE FROM `+table+` WHERE world = $1 AND customer = $2`, fold(world), fold(id)); err != nil {
			return err
		}
	}
	return t.update(ctx, "remove customer", `DELETE FROM customers WHERE world = $1 AND customer = $2`, fold(world), fold(id))
}

func (t customers) ByID(ctx context.Context, world, id string) (commerce.Customer, error) {
	return one(ctx, t.tx, "find customer", readCustomer,
		selectCustomers+`WHERE c.world = $1 AND c.customer = $2`, fold(world), fold(id))
}

func (t customers) ByDomain(ctx context.Context, world, domain string) (commerce.Customer, error) {
	return one(ctx, t.tx, "find customer of a domain", readCustomer,
		selectCustomers+`WHERE c.world = $1 AND c.domain = $2 ORDER BY c.created_at, c.customer LIMIT 1`, fold(world), fold(domain))
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
		`SELECT `+customerColumns+`
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
	err := row.Scan(&c.World, &created, &c.Version, document[partnercenter.Customer]{&c.Resource})
	c.CreatedAt = created.Time
	return c, err
}
