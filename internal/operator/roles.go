package operator

import (
	"net/http"
	"time"

	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// listRoles gives what was granted in a world, page by page.
//
// GET /operator/v1/worlds/{world}/roles
func (c calls) listRoles(r *pipe.Request) (pipe.Reply, error) {
	if err := r.Query.Only("partner", "customer", "user", "group", "app", "role", "size", "after"); err != nil {
		return pipe.Reply{}, err
	}
	size, place, err := readPage(r, 6)
	if err != nil {
		return pipe.Reply{}, err
	}
	query := commerce.GrantQuery{
		Partner: r.Query["partner"], Customer: r.Query["customer"], User: r.Query["user"], Group: r.Query["group"],
		App: r.Query["app"], Role: r.Query["role"], Limit: size + 1,
	}
	if place != nil {
		query.After = &commerce.Grant{
			Role: place[0], By: commerce.Partner{ID: place[1]}, User: place[2], Group: place[3], App: place[4], Customer: place[5],
		}
	}
	found, err := c.shop.Grants(r.Context(), r.PathValue("world"), query)
	if err != nil {
		return pipe.Reply{}, err
	}
	page, next := cut(found, size, func(g commerce.Grant) []string { return []string{g.Role, g.By.ID, g.User, g.Group, g.App, g.Customer} })
	list := extension.RoleGrants{Items: []extension.RoleGrant{}, Next: next}
	for _, g := range page {
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
