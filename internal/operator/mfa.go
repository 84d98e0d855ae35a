package operator

import (
	"strings"

	"provost/internal/pipe"
	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// getMFAReport gives what the caller's world has seen of calls without
// multifactor authentication.
//
// GET /provost/v1/mfa/report
func (c calls) getMFAReport(r *pipe.Request) (pipe.Reply, error) {
	seen, err := c.shop.MFASightings(r.Context(), r.Actor)
	if err != nil {
		return pipe.Reply{}, err
	}
	tenants := map[string]string{}
	for _, p := range seen.Partners {
		tenants[strings.ToLower(p.ID)] = p.Tenant
	}
	settings := seen.World.Settings
	report := extension.MFAReport{
		World: seen.World.ID, WorldName: seen.World.Name, At: partnercenter.At(seen.At),
		Mode: string(settings.MFA), Share: settings.MFAPercent(),
		Items: []extension.MFACalls{}, Others: []extension.MFACalls{},
	}
	for _, k := range seen.Calls {
		told := extension.MFACalls{
			Tenant: tenants[strings.ToLower(k.Partner)], App: k.App, User: k.User, UserPrincipalName: k.UPN, Route: k.Route,
			Calls: k.Calls, Refused: k.Refused, Enforced: k.User != "" && seen.World.EnforcesMFA(k.User),
			FirstSeen: partnercenter.At(k.FirstSeen), LastSeen: partnercenter.At(k.LastSeen),
		}
		if k.Route == "" {
			report.Others = append(report.Others, told)
		} else {
			report.Items = append(report.Items, told)
		}
	}
	return pipe.Reply{Body: report}, nil
}
