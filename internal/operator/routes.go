package operator

import (
	"context"
	"net/http"

	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/partnercenter"
	"provost/partnercenter/extension"
)

type calls struct {
	shop *commerce.Service
	here Surroundings
	// commands say how those are run that answers name.
	commands pipe.Commands
	// hear is told what outside systems say of changes.
	hear Hear
}

// Surroundings are what the door tells of the server that it belongs to.
type Surroundings struct {
	// OnCustomers are the calls on a customer, of which it tells who may make them.
	OnCustomers []commerce.Call
	// URL is where callers find the API.
	URL string
	// Issuers names those who speak for a tenant of a world of that kind.
	Issuers func(kind commerce.WorldKind, tenant string) []string
}

// Hear takes what an outside system says of a change, if its signature is to be
// believed.
type Hear func(ctx context.Context, world, change, signature string, body []byte) error

// NewBearer returns the part of the door that takes the callers' own tokens:
// /provost/v1.
func NewBearer(p *pipe.Pipe, shop *commerce.Service, hear Hear) http.Handler {
	return p.Routes(routes(calls{shop: shop, hear: hear}))
}

// admins are those who may read what concerns a whole world.
var admins = commerce.Access{Roles: []commerce.AgentRole{commerce.AdminAgent, commerce.GlobalAdmin}}

var (
	// readers are any agent, and the partner's registered apps.
	readers = commerce.Access{AppOnly: true, Roles: []commerce.AgentRole{
		commerce.AdminAgent, commerce.SalesAgent, commerce.HelpdeskAgent, commerce.GlobalAdmin,
	}}
	// movers may move a development world's clock.
	movers = commerce.Access{Roles: []commerce.AgentRole{commerce.AdminAgent}}
)

// routes is /provost/v1 and its authorisation, a row a call.
func routes(c calls) []pipe.Route {
	return []pipe.Route{
		{Method: "GET", Path: extension.ClockPath, Own: true, Access: readers, Serve: c.getClock},
		{Method: "POST", Path: extension.ClockPath, Own: true, Slow: true, Access: movers, Answers: []*partnercenter.Error{partnercenter.ErrNotHere}, Serve: c.moveClock},
		{Method: "POST", Path: "/provost/v1/worlds/{world}/changes/{change}/progress", Signed: true,
			Answers: []*partnercenter.Error{partnercenter.ErrConflict}, Serve: c.hearProgress},
		{Method: "GET", Path: "/provost/v1/mfa/report", Own: true, Access: admins, Serve: c.getMFAReport},
	}
}
