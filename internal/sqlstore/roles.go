package sqlstore

import (
	"context"

	"provost/internal/commerce"
)

type roles struct{ *tx }

func (t roles) GrantAgent(ctx context.Context, g commerce.AgentGrant) error {
	_, err := t.change(ctx, "grant agent role",
		`INSERT INTO agent_roles (world, partner, user_id, role) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		fold(g.World), fold(g.Partner), fold(g.User), string(g.Role))
	return err
}

func (t roles) RevokeAgent(ctx context.Context, g commerce.AgentGrant) error {
	_, err := t.change(ctx, "revoke agent role",
		`DELETE FROM agent_roles WHERE world = $1 AND partner = $2 AND user_id = $3 AND role = $4`,
		fold(g.World), fold(g.Partner), fold(g.User), string(g.Role))
	return err
}

func (t roles) AgentRoles(ctx context.Context, world, partner, user string) ([]commerce.AgentRole, error) {
	return collect(ctx, t.tx, "list agent roles", value[commerce.AgentRole],
		`SELECT role FROM agent_roles WHERE world = $1 AND partner = $2 AND user_id = $3 ORDER BY role`,
		fold(world), fold(partner), fold(user))
}

func (t roles) GrantDirectory(ctx context.Context, g commerce.DirectoryGrant) error {
	_, err := t.change(ctx, "grant directory role",
		`INSERT INTO directory_roles (world, world_cased, partner, partner_cased, user_id, user_id_cased,
			customer, customer_cased, role, until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (world, partner, user_id, customer, role) DO UPDATE SET world_cased = excluded.world_cased,
			partner_cased = excluded.partner_cased, user_id_cased = excluded.user_id_cased,
			customer_cased = excluded.customer_cased, until = excluded.until`,
		fold(g.World), cased(g.World), fold(g.Partner), cased(g.Partner), fold(g.User), cased(g.User),
		fold(g.Customer), cased(g.Customer), string(g.Role), perhaps(g.Until))
	return err
}

func (t roles) RevokeDirectory(ctx context.Context, g commerce.DirectoryGrant) error {
	_, err := t.change(ctx, "revoke directory role",
		`DELETE FROM directory_roles WHERE world = $1 AND partner = $2 AND user_id = $3 AND customer = $4 AND role = $5`,
		fold(g.World), fold(g.Partner), fold(g.User), fold(g.Customer), string(g.Role))
	return err
}

func (t roles) DirectoryGrants(ctx context.Context, world, partner, user, customer string) ([]commerce.DirectoryGrant, error) {
	return collect(ctx, t.tx, "list directory roles", readDirectoryGrant,
		`SELECT COALESCE(world_cased, world), COALESCE(partner_cased, partner), COALESCE(user_id_cased, user_id),
			COALESCE(customer_cased, customer), role, until
		FROM directory_roles WHERE world = $1 AND partner = $2 AND user_id = $3 AND customer = $4 ORDER BY role`,
		fold(world), fold(partner), fold(user), fold(customer))
}

func readDirectoryGrant(row rows) (commerce.DirectoryGrant, error) {
	var (
		g     commerce.DirectoryGrant
		until *instant
	)
	err := row.Scan(&g.World, &g.Partner, &g.User, &g.Customer, &g.Role, &until)
	g.Until = until.pointer()
	return g, err
}
