package sqlstore

import (
	"context"
	"slices"

	"provost/internal/commerce"
)

type roles struct{ *tx }

// The kinds of principal.
const (
	userKind  = "user"
	groupKind = "group"
)

// principal is the kind and the id that a grant is kept under.
func principal(user, group string) (kind, id string) {
	if group != "" {
		return groupKind, group
	}
	return userKind, user
}

func (t roles) GrantAgent(ctx context.Context, g commerce.AgentGrant) error {
	kind, id := principal(g.User, g.Group)
	_, err := t.change(ctx, "grant agent role",
		`INSERT INTO agent_grants (world, world_cased, partner, partner_cased, kind, principal, principal_cased, role)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (world, partner, kind, principal, role) DO UPDATE SET world_cased = excluded.world_cased,
			partner_cased = excluded.partner_cased, principal_cased = excluded.principal_cased`,
		fold(g.World), cased(g.World), fold(g.Partner), cased(g.Partner), kind, fold(id), cased(id), string(g.Role))
	return err
}

func (t roles) RevokeAgent(ctx context.Context, g commerce.AgentGrant) error {
	kind, id := principal(g.User, g.Group)
	_, err := t.change(ctx, "revoke agent role",
		`DELETE FROM agent_grants WHERE world = $1 AND partner = $2 AND kind = $3 AND principal = $4 AND role = $5`,
		fold(g.World), fold(g.Partner), kind, fold(id), string(g.Role))
	return err
}

const selectAgentGrants = `SELECT COALESCE(world_cased, world), COALESCE(partner_cased, partner), kind,
	COALESCE(principal_cased, principal), role FROM agent_grants WHERE world = $1 AND partner = $2 `

func (t roles) AgentRoles(ctx context.Context, world, partner, user string, groups ...string) ([]commerce.AgentRole, error) {
	held, err := collect(ctx, t.tx, "list agent roles", value[commerce.AgentRole],
		`SELECT role FROM agent_grants WHERE world = $1 AND partner = $2 AND kind = 'user' AND principal = $3 ORDER BY role`,
		fold(world), fold(partner), fold(user))
	if err != nil || len(groups) == 0 {
		return held, err
	}
	// A token may name two hundred groups; few groups hold a role.
	grants, err := collect(ctx, t.tx, "list agent roles of groups", readAgentGrant,
		selectAgentGrants+"AND kind = 'group' ORDER BY principal, role", fold(world), fold(partner))
	in := folded(groups)
	for _, g := range grants {
		if in[fold(g.Group)] {
			held = append(held, g.Role)
		}
	}
	slices.Sort(held)
	return slices.Compact(held), err
}

func (t roles) AgentGrants(ctx context.Context, world, partner string) ([]commerce.AgentGrant, error) {
	return collect(ctx, t.tx, "list agent grants", readAgentGrant,
		selectAgentGrants+"ORDER BY kind, principal, role", fold(world), fold(partner))
}

func readAgentGrant(row rows) (commerce.AgentGrant, error) {
	var (
		g        commerce.AgentGrant
		kind, id string
	)
	err := row.Scan(&g.World, &g.Partner, &kind, &id, &g.Role)
	if kind == groupKind {
		g.Group = id
	} else {
		g.User = id
	}
	return g, err
}

func folded(ids []string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[fold(id)] = true
	}
	return set
}

func (t roles) GrantDirectory(ctx context.Context, g commerce.DirectoryGrant) error {
	kind, id := principal(g.User, g.Group)
	_, err := t.change(ctx, "grant directory role",
		`INSERT INTO directory_grants (world, world_cased, partner, partner_cased, kind, principal, principal_cased,
			customer, customer_cased, role, until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (world, partner, kind, principal, customer, role) DO UPDATE SET world_cased = excluded.world_cased,
			partner_cased = excluded.partner_cased, principal_cased = excluded.principal_cased,
			customer_cased = excluded.customer_cased, until = excluded.until`,
		fold(g.World), cased(g.World), fold(g.Partner), cased(g.Partner), kind, fold(id), cased(id),
		fold(g.Customer), cased(g.Customer), string(g.Role), perhaps(g.Until))
	return err
}

func (t roles) RevokeDirectory(ctx context.Context, g commerce.DirectoryGrant) error {
	kind, id := principal(g.User, g.Group)
	_, err := t.change(ctx, "revoke directory role",
		`DELETE FROM directory_grants
		WHERE world = $1 AND partner = $2 AND kind = $3 AND principal = $4 AND customer = $5 AND role = $6`,
		fold(g.World), fold(g.Partner), kind, fold(id), fold(g.Customer), string(g.Role))
	return err
}

const selectDirectoryGrants = `SELECT COALESCE(world_cased, world), COALESCE(partner_cased, partner), kind,
	COALESCE(principal_cased, principal), COALESCE(customer_cased, customer), role, until FROM directory_grants WHERE world = $1 `

func (t roles) DirectoryGrants(ctx context.Context, world, partner, user, customer string, groups ...string) ([]commerce.DirectoryGrant, error) {
	held, err := collect(ctx, t.tx, "list directory roles", readDirectoryGrant,
		selectDirectoryGrants+"AND partner = $2 AND kind = 'user' AND principal = $3 AND customer = $4 ORDER BY role",
		fold(world), fold(partner), fold(user), fold(customer))
	if err != nil || len(groups) == 0 {
		return held, err
	}
	grants, err := collect(ctx, t.tx, "list directory roles of groups", readDirectoryGrant,
		selectDirectoryGrants+"AND customer = $2 AND partner = $3 AND kind = 'group' ORDER BY principal, role",
		fold(world), fold(customer), fold(partner))
	in := folded(groups)
	for _, g := range grants {
		if in[fold(g.Group)] {
			held = append(held, g)
		}
	}
	return held, err
}

func (t roles) DirectoryGrantsOn(ctx context.Context, world, partner, customer string, limit int) ([]commerce.DirectoryGrant, error) {
	if customer == "" {
		return collect(ctx, t.tx, "list directory grants", readDirectoryGrant,
			selectDirectoryGrants+"AND partner = $2 ORDER BY kind, principal, customer, role LIMIT $3", fold(world), fold(partner), limit)
	}
	return collect(ctx, t.tx, "list directory grants on a customer", readDirectoryGrant,
		selectDirectoryGrants+"AND customer = $2 AND partner = $3 ORDER BY kind, principal, role LIMIT $4",
		fold(world), fold(customer), fold(partner), limit)
}

func readDirectoryGrant(row rows) (commerce.DirectoryGrant, error) {
	var (
		g        commerce.DirectoryGrant
		kind, id string
		until    *instant
	)
	err := row.Scan(&g.World, &g.Partner, &kind, &id, &g.Customer, &g.Role, &until)
	g.Until = until.pointer()
	if kind == groupKind {
		g.Group = id
	} else {
		g.User = id
	}
	return g, err
}
