package operator

import (
	"cmp"
	"net/http"
	"sync"
	"time"

	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// listWorlds gives the worlds, page by page.
//
// GET /operator/v1/worlds
func (c calls) listWorlds(r *pipe.Request) (pipe.Reply, error) {
	if err := r.Query.Only("size", "after"); err != nil {
		return pipe.Reply{}, err
	}
	size, place, err := readPage(r, 1)
	if err != nil {
		return pipe.Reply{}, err
	}
	after := ""
	if place != nil {
		after = place[0]
	}
	found, err := c.shop.Worlds(r.Context(), after, size+1)
	if err != nil {
		return pipe.Reply{}, err
	}
	page, next := cut(found, size, func(e commerce.WorldEntry) []string { return []string{e.World.ID} })
	list := extension.Worlds{Items: []extension.World{}, Next: next}
	for _, e := range page {
		list.Items = append(list.Items, c.worldOf(e))
	}
	return pipe.Reply{Body: list}, nil
}

// getWorld gives one world.
//
// GET /operator/v1/worlds/{world}
func (c calls) getWorld(r *pipe.Request) (pipe.Reply, error) {
	entry, err := c.shop.World(r.Context(), r.PathValue("world"))
	return pipe.Reply{Body: c.worldOf(entry)}, err
}

// createWorld makes a world with its provider.
//
// POST /operator/v1/worlds
func (c calls) createWorld(r *pipe.Request) (pipe.Reply, error) {
	asked, err := pipe.Decode[extension.NewWorld](r)
	if err != nil {
		return pipe.Reply{}, err
	}
	change, err := settingsOf(extension.WorldSettings{
		KeepOmitted: asked.KeepOmitted, PreconditionFailed: asked.PreconditionFailed, RetryNextDay: asked.RetryNextDay,
		Sandbox: asked.Sandbox, AgreementRequired: asked.AgreementRequired,
		Throttle:        asked.Throttle,
		RefreshInterval: asked.RefreshInterval, MFA: asked.MFA, MFAShare: asked.MFAShare, Simulator: asked.Simulator,
		Provisioner: asked.Provisioner, EndOfTerm: asked.EndOfTerm,
	})
	if err != nil {
		return pipe.Reply{}, err
	}
	n := commerce.NewWorld{
		Name: asked.Name, Kind: commerce.WorldKind(asked.Kind), Tenant: asked.Tenant, Company: asked.Company, MPNID: asked.MPNID,
		Settings: change.On(commerce.DefaultSettings()), Demo: asked.Demo,
	}
	if n.Demo && n.Kind == commerce.Development {
		if n.SecretHash, err = demoSecret(); err != nil {
			return pipe.Reply{}, err
		}
	}
	entry, start, err := c.shop.CreateWorld(r.Context(), r.Operator, n)
	if err != nil {
		return pipe.Reply{}, err
	}
	world := c.worldOf(entry)
	if start != nil {
		world.Start = &extension.DemoStart{
			Customer: start.Customer, Subscription: start.Subscription, Order: start.Order,
			User: start.Admin, UserPrincipalName: start.AdminUPN, App: start.App, Roles: start.AdminRoles, URL: c.here.URL,
		}
		if start.Admin != "" && c.commands.Tokens {
			world.Start.TokenCommand = c.commands.In("provost token") + " --world " + commerce.ShellWord(world.Name)
		}
	}
	return pipe.Reply{Body: world, Status: http.StatusCreated}, nil
}

// demoSecret is the hash of the secret that every demo world shares, made once:
// it takes a while on purpose.
var demoSecret = sync.OnceValues(func() (string, error) { return commerce.HashSecret(extension.DemoSecret) })

// setWorld changes a world's settings.
//
// PATCH /operator/v1/worlds/{world}
func (c calls) setWorld(r *pipe.Request) (pipe.Reply, error) {
	asked, err := pipe.Decode[extension.WorldSettings](r)
	if err != nil {
		return pipe.Reply{}, err
	}
	change, err := settingsOf(asked)
	if err != nil {
		return pipe.Reply{}, err
	}
	entry, err := c.shop.SetWorld(r.Context(), r.Operator, r.PathValue("world"), change)
	return pipe.Reply{Body: c.worldOf(entry)}, err
}

func settingsOf(asked extension.WorldSettings) (commerce.SettingsChange, error) {
	change := commerce.SettingsChange{
		MFAShare: asked.MFAShare, Simulator: asked.Simulator, Provisioner: asked.Provisioner,
		KeepOmitted: asked.KeepOmitted, PreconditionFailed: asked.PreconditionFailed, RetryNextDay: asked.RetryNextDay,
		Sandbox: asked.Sandbox, AgreementRequired: asked.AgreementRequired,
		Throttle: asked.Throttle,
	}
	if asked.MFA != nil {
		change.MFA = new(commerce.MFAMode(*asked.MFA))
	}
	if asked.EndOfTerm != nil {
		change.EndOfTerm = new(commerce.EndOfTerm(*asked.EndOfTerm))
	}
	if asked.RefreshInterval != nil {
		length, err := time.ParseDuration(*asked.RefreshInterval)
		if err != nil {
			return change, commerce.Refuse(partnercenter.ErrInput.About("refreshInterval"),
				"a refresh interval is written like 15m, 90s or 0; %q is not", *asked.RefreshInterval)
		}
		change.RefreshInterval = &length
	}
	return change, nil
}

func (c calls) worldOf(e commerce.WorldEntry) extension.World {
	return extension.World{
		Name: e.World.ID, Kind: extension.WorldKind(e.World.Kind),
		Tenant: e.Provider.Tenant, Company: e.Provider.Name, MPNID: e.Provider.MPNID,
		Importing: e.World.Importing,
		CreatedAt: partnercenter.At(e.World.CreatedAt), Now: partnercenter.At(e.Now),
		RefreshInterval: e.World.Settings.RefreshInterval.String(), MFA: string(e.World.Settings.MFA), MFAShare: e.World.Settings.MFAPercent(),
		KeepOmitted: e.World.Settings.KeepOmitted, PreconditionFailed: e.World.Settings.PreconditionFailed, RetryNextDay: e.World.Settings.RetryNextDay,
		Sandbox: e.World.Settings.Sandbox, AgreementRequired: e.World.Settings.AgreementRequired,
		Throttle:  e.World.Throttled(),
		EndOfTerm: string(cmp.Or(e.World.Settings.EndOfTerm, commerce.GraceAtEnd)),
		Issuers:   append([]string{}, c.here.Issuers(e.World.Kind, e.Provider.Tenant)...),
		Simulator: e.World.Settings.Simulator, Provisioner: cmp.Or(e.World.Settings.Provisioner, commerce.InHouse),
	}
}
