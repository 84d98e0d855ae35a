package operator

import (
	"net/http"

	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// NewManagement returns the part of the door that takes operator keys:
// /operator/v1.
func NewManagement(p *pipe.Pipe, shop *commerce.Service, here Surroundings) http.Handler {
	return p.Routes(managementRoutes(calls{shop: shop, here: here, commands: p.Commands}))
}

// managementRoutes is /operator/v1, a row a call. An operator's key opens all
// of them.
func managementRoutes(c calls) []pipe.Route {
	refuses := func(refusals ...*partnercenter.Error) []*partnercenter.Error { return refusals }
	var (
		noSuch   = partnercenter.ErrNoSuch
		conflict = partnercenter.ErrConflict
		noWord   = partnercenter.ErrEnum
	)
	return []pipe.Route{
		{Method: "GET", Path: "/operator/v1/worlds", Key: true, Serve: c.listWorlds},
		{Method: "POST", Path: "/operator/v1/worlds", Key: true, Answers: refuses(noWord, conflict), Serve: c.createWorld},
		{Method: "GET", Path: "/operator/v1/worlds/{world}", Key: true, Answers: refuses(noSuch), Serve: c.getWorld},
		{Method: "PATCH", Path: "/operator/v1/worlds/{world}", Key: true, Answers: refuses(noSuch, noWord), Serve: c.setWorld},

		{Method: "GET", Path: "/operator/v1/worlds/{world}/export", Key: true, Stream: true, Answers: refuses(noSuch), Serve: c.exportWorld},
		{Method: "POST", Path: extension.ImportPath, Key: true, Stream: true, Answers: refuses(noSuch, conflict), Serve: c.importWorld},
		{Method: "DELETE", Path: extension.ImportPath, Key: true, Answers: refuses(noSuch), Serve: c.dropImport},

		{Method: "GET", Path: "/operator/v1/worlds/{world}/partners", Key: true, Answers: refuses(noSuch), Serve: c.listPartners},
		{Method: "POST", Path: "/operator/v1/worlds/{world}/partners", Key: true, Answers: refuses(noSuch, conflict), Serve: c.addPartner},
		{Method: "DELETE", Path: "/operator/v1/worlds/{world}/partners/{partner}", Key: true, Answers: refuses(noSuch, conflict), Serve: c.removePartner},

		{Method: "GET", Path: "/operator/v1/worlds/{world}/relationships", Key: true, Answers: refuses(noSuch), Serve: c.listRelationships},
		{Method: "PUT", Path: "/operator/v1/worlds/{world}/relationships", Key: true, Answers: refuses(noSuch, noWord, conflict), Serve: c.setRelationship},
		{Method: "DELETE", Path: "/operator/v1/worlds/{world}/relationships", Key: true, Answers: refuses(noSuch, noWord, conflict), Serve: c.endRelationship},

		{Method: "GET", Path: "/operator/v1/worlds/{world}/roles", Key: true, Answers: refuses(noSuch, noWord), Serve: c.listRoles},
		{Method: "PUT", Path: "/operator/v1/worlds/{world}/roles", Key: true, Answers: refuses(noSuch, noWord, conflict), Serve: c.grantRole},
		{Method: "DELETE", Path: "/operator/v1/worlds/{world}/roles", Key: true, Answers: refuses(noSuch, noWord, conflict), Serve: c.revokeRole},

		{Method: "GET", Path: "/operator/v1/worlds/{world}/customers/{customer}/who", Key: true, Answers: refuses(noSuch), Serve: c.who},

		{Method: "GET", Path: "/operator/v1/keys", Key: true, Serve: c.listOperatorKeys},
		{Method: "POST", Path: "/operator/v1/keys", Key: true, Answers: refuses(conflict), Serve: c.createOperatorKey},
		{Method: "DELETE", Path: "/operator/v1/keys/{key}", Key: true, Answers: refuses(noSuch), Serve: c.revokeOperatorKey},

		{Method: "GET", Path: "/operator/v1/log", Key: true, Serve: c.listOperatorLog},
	}
}
