package operator

import (
	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/partnercenter/extension"
)

// who says who can do what on a customer, and why.
//
// GET /operator/v1/worlds/{world}/customers/{customer}/who
func (c calls) who(r *pipe.Request) (pipe.Reply, error) {
	found, err := c.shop.Who(r.Context(), r.PathValue("world"), r.PathValue("customer"), c.here.OnCustomers)
	if err != nil {
		return pipe.Reply{}, err
	}
	answer := extension.Standings{Customer: r.PathValue("customer"), Calls: []string{}, Items: []extension.Standing{}}
	for _, call := range c.here.OnCustomers {
		answer.Calls = append(answer.Calls, call.Name)
	}
	for _, s := range found {
		answer.Items = append(answer.Items, standingOf(s))
	}
	return pipe.Reply{Body: answer}, nil
}

func standingOf(s commerce.Standing) extension.Standing {
	told := extension.Standing{
		Partner: s.By.Tenant, PartnerName: s.By.Name, User: s.User, Group: s.Group, App: s.App, Name: s.Name,
		Calls: s.Calls, Why: s.Why,
	}
	for _, role := range s.Agent {
		told.AgentRoles = append(told.AgentRoles, string(role))
	}
	for _, role := range s.Directory {
		told.DirectoryRoles = append(told.DirectoryRoles, string(role))
	}
	for _, kind := range s.Relationships {
		told.Relationships = append(told.Relationships, kind.Word())
	}
	return told
}
