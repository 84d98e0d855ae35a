package sqlstore

import (
	"context"

	"provost/internal/commerce"
)

type partners struct{ *tx }

const selectPartners = `SELECT COALESCE(world_cased, world), COALESCE(partner_cased, partner), COALESCE(tenant_cased, tenant),
	kind, name, COALESCE(mpn_id_cased, mpn_id, '') FROM partners `

func (t partners) Insert(ctx context.Context, p commerce.Partner) error {
	return t.insert(ctx, "insert partner",
		`INSERT INTO partners (world, world_cased, partner, partner_cased, tenant, tenant_cased, kind, name, mpn_id, mpn_id_cased)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
		fold(p.World), cased(p.World), fold(p.ID), cased(p.ID), fold(p.Tenant), cased(p.Tenant),
		string(p.Kind), p.Name, filled(fold(p.MPNID)), cased(p.MPNID))
}

func (t partners) ByTenant(ctx context.Context, tenant string) (commerce.Partner, error) {
	return one(ctx, t.tx, "find partner by tenant", readPartner, selectPartners+"WHERE tenant = $1", fold(tenant))
}

// By its name, a provider's kind comes before a reseller's.
func (t partners) List(ctx context.Context, world string) ([]commerce.Partner, error) {
	return collect(ctx, t.tx, "list partners", readPartner, selectPartners+"WHERE world = $1 ORDER BY kind, name, partner", fold(world))
}

func (t partners) Page(ctx context.Context, world string, after *commerce.Partner, limit int) ([]commerce.Partner, error) {
	if after == nil {
		after = &commerce.Partner{}
	}
	return collect(ctx, t.tx, "list a page of partners", readPartner,
		selectPartners+"WHERE world = $1 AND (kind, name, partner) > ($2, $3, $4) ORDER BY kind, name, partner LIMIT $5",
		fold(world), string(after.Kind), after.Name, fold(after.ID), limit)
}

func (t partners) Remove(ctx context.Context, world, id string) error {
	const what = "remove partner"
	for _, table := range []string{"refresh_tokens", "app_registrations", "accounts", "agent_grants", "directory_grants", "relationships"} {
		if _, err := t.change(ctx, what, "DELETE FROM "+table+" WHERE world = $1 AND partner = $2", fold(world), fold(id)); err != nil {
			return err
		}
	}
	return t.update(ctx, what, `DELETE FROM partners WHERE world = $1 AND partner = $2`, fold(world), fold(id))
}

func readPartner(row rows) (commerce.Partner, error) {
	var p commerce.Partner
	err := row.Scan(&p.World, &p.ID, &p.Tenant, &p.Kind, &p.Name, &p.MPNID)
	return p, err
}
