package operator

import (
	"net/http"
	"time"

	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// listRoles gives what was granted in a world.
//
// GET /operator/v1/worlds/{world}/roles
func (c calls) listRoles(r *pipe.Request) (pipe.Reply, error) {
	if err := r.Query.Only("partner", "customer", "user", "group", "app", "role"); err != nil {
		return pipe.Reply{}, err
	}
	grants, err := c.shop.Grants(r.Context(), r.PathValue("world"), commerce.GrantQuery{
		Partner: r.Query["partner"], Customer: r.Query["customer"], User: r.Query["user"], Group: r.Query["group"],
		App: r.Query["app"], Role: r.Query["role"], Limit: maxListed + 1,
	})
	if err != nil {
		return pipe.Reply{}, err
	}
	list := extension.RoleGrants{Items: []extension.RoleGrant{}, More: len(grants) > maxListed}
	for _, g := range grants[:min(len(grants), maxListed)] {
		list.Items = append(list.Items, grantOf(g))
	}
	return pipe.Reply{Body: list}, nil
}

// grantRole grants a role, or registers an app.
//
// PUT /operator/v1/worlds/{world}/roles
func (c calls) grantRole(r *pipe.Request) (pipe.Reply, error) {
	asked, err := pipe.Decode[extension.RoleGrant](r)
	if err != nil {
		return pipe.Reply{}, err
	}
	grant := commerce.Grant{Role: asked.Role, User: asked.User, Group: asked.Group, App: asked.App, Customer: asked.Customer}
	if asked.Until != nil {
		grant.Until = new(asked.Until.Time)
	}
	grant, err = c.shop.GrantRole(r.Context(), r.Operator, r.PathValue("world"), asked.Partner, grant)
	return pipe.Reply{Body: grantOf(grant)}, err
}

// revokeRole takes a role or a registration away.
//
// DELETE /operator/v1/worlds/{world}/roles
func (c calls) revokeRole(r *pipe.Request) (pipe.Reply, error) {
	if err := r.Query.Only("partner", "customer", "user", "group", "app", "role"); err != nil {
		return pipe.Reply{}, err
	}
	grant := commerce.Grant{
		Role: r.Query["role"], User: r.Query["user"], Group: r.Query["group"], App: r.Query["app"], Customer: r.Query["customer"],
	}
	err := c.shop.RevokeRole(r.Context(), r.Operator, r.PathValue("world"), r.Query["partner"], grant)
	return pipe.Reply{Status: http.StatusNoContent}, err
}

func grantOf(g commerce.Grant) extension.RoleGrant {
	return extension.RoleGrant{
		Role: g.Role, Partner: g.By.Tenant, PartnerName: g.By.Name, User: g.User, Group: g.Group, App: g.App,
		Name: g.Name, Customer: g.Customer, Until: maybe(g.Until),
	}
}

func maybe(t *time.Time) *partnercenter.Time {
	if t == nil {
		return nil
	}
	return new(partnercenter.At(*t))
}
