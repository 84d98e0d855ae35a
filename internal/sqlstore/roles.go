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
	COALESCE(principal_cased, principal), role FROM agent_grants WHERE world = $1 `

func (t roles) AgentRoles(ctx context.Context, world, partner, user string, groups ...string) ([]commerce.AgentRole, error) {
	held, err := collect(ctx, t.tx, "list agent roles", value[commerce.AgentRole],
		`SELECT role FROM agent_grants WHERE world = $1 AND partner = $2 AND kind = 'user' AND principal = $3 ORDER BY role`,
		fold(world), fold(partner), fold(user))
	if err != nil || len(groups) == 0 {
		return held, err
	}
	// A token may name two hundred groups; few groups hold a role.
	grants, err := collect(ctx, t.tx, "list agent roles of groups", readAgentGrant,
		selectAgentGrants+"AND partner = $2 AND kind = 'group' ORDER BY principal, role", fold(world), fold(partner))
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
		selectAgentGrants+"AND partner = $2 ORDER BY kind, principal, role", fold(world), fold(partner))
}

func (t roles) AgentGrantsPage(ctx context.Context, q commerce.AgentGrantQuery) ([]commerce.AgentGrant, error) {
	var after commerce.AgentGrant
	if q.After != nil {
		after = *q.After
	}
	kind, id := place(after.User, after.Group)
	if q.Partner != "" {
		return collect(ctx, t.tx, "list a page of a partner's agent grants", readAgentGrant,
			selectAgentGrants+"AND partner = $2 AND (kind, principal, role) > ($3, $4, $5) ORDER BY kind, principal, role LIMIT $6",
			fold(q.World), fold(q.Partner), kind, id, string(after.Role), q.Limit)
	}
	return collect(ctx, t.tx, "list a page of agent grants", readAgentGrant,
		selectAgentGrants+"AND (partner, kind, principal, role) > ($2, $3, $4, $5) ORDER BY partner, kind, principal, role LIMIT $6",
		fold(q.World), fold(after.Partner), kind, id, string(after.Role), q.Limit)
}

// place is where a list by kind and id goes on; without either it begins.
func place(user, group string) (kind, id string) {
	if user+group == "" {
		return "", ""
	}
	kind, id = principal(user, group)
	return kind, fold(id)
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
	t.concerns(g.World, g.Customer)
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
	t.concerns(g.World, g.Customer)
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

func (t roles) DirectoryGrantsOn(ctx context.Context, world, partner, customer string) ([]commerce.DirectoryGrant, error) {
	return collect(ctx, t.tx, "list directory grants on a customer", readDirectoryGrant,
		selectDirectoryGrants+"AND customer = $2 AND partner = $3 ORDER BY kind, principal, role",
		fold(world), fold(customer), fold(partner))
}

func (t roles) DirectoryGrantsPage(ctx context.Context, q commerce.DirectoryGrantQuery) ([]commerce.DirectoryGrant, error) {
	var after commerce.DirectoryGrant
	if q.After != nil {
		after = *q.After
	}
	world, partner, customer, role := fold(q.World), fold(after.Partner), fold(after.Customer), string(after.Role)
	kind, id := place(after.User, after.Group)
	switch {
	case q.Customer != "":
		return collect(ctx, t.tx, "list a page of directory grants on a customer", readDirectoryGrant,
			selectDirectoryGrants+`AND customer = $2 AND (partner, kind, principal, role) > ($3, $4, $5, $6) AND ($7 = '' OR partner = $7)
			ORDER BY partner, kind, principal, role LIMIT $8`,
			world, fold(q.Customer), partner, kind, id, role, fold(q.Partner), q.Limit)
	case q.Partner != "":
		return collect(ctx, t.tx, "list a page of a partner's directory grants", readDirectoryGrant,
			selectDirectoryGrants+`AND partner = $2 AND (kind, principal, customer, role) > ($3, $4, $5, $6)
			ORDER BY kind, principal, customer, role LIMIT $7`,
			world, fold(q.Partner), kind, id, customer, role, q.Limit)
	default:
		return collect(ctx, t.tx, "list a page of directory grants", readDirectoryGrant,
			selectDirectoryGrants+`AND (partner, kind, principal, customer, role) > ($2, $3, $4, $5, $6)
			ORDER BY partner, kind, principal, customer, role LIMIT $7`,
			world, partner, kind, id, customer, role, q.Limit)
	}
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
