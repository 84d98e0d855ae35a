package storetest

import (
	"context"
	"testing"

	"provost/internal/commerce"
)

var partnerPromises = []promise{
	{"a partner comes back whole", func(t *testing.T, s commerce.Store) {
		plain := commerce.Partner{World: theWorld, ID: "Partner-9", Tenant: "Tenant-9", Kind: commerce.Reseller}
		insert(t, s, append(shop(), plain)...)
		for tenant, want := range map[string]commerce.Partner{
			"Tenant-p": newPartner(theWorld, theProvider, "Tenant-p", commerce.Provider),
			"Tenant-r": newPartner(theWorld, theReseller, "Tenant-r", commerce.Reseller),
			"Tenant-9": plain,
		} {
			got := read(t, s, func(ctx context.Context, tx commerce.Tx) (commerce.Partner, error) {
				return tx.Partners().ByTenant(ctx, tenant)
			})
			same(t, tenant, got, want)
		}
	}},
	{"a tenant belongs to one partner over all worlds", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), newWorld("World-2"))...)
		refused(t, s, commerce.ErrTaken, func(ctx context.Context, tx commerce.Tx) error {
			return add(ctx, tx, newPartner("World-2", "Partner-9", "TENANT-P", commerce.Provider))
		})
	}},
	{"a world has one provider", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		refused(t, s, commerce.ErrTaken, func(ctx context.Context, tx commerce.Tx) error {
			return add(ctx, tx, newPartner(theWorld, "Partner-9", "Tenant-9", commerce.Provider))
		})
	}},
	{"partners come with the provider first, then by name", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld))
		for id, name := range map[string]string{"Partner-1": "c", "Partner-2": "d", "Partner-3": "b"} {
			kind := commerce.Reseller
			if name == "d" {
				kind = commerce.Provider
			}
			p := newPartner(theWorld, id, "Tenant-"+id, kind)
			p.Name = name
			insert(t, s, p)
		}
		all := read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.Partner, error) {
			return tx.Partners().List(ctx, theWorld)
		})
		same(t, "partners", each(all, func(p commerce.Partner) string { return p.ID }), []string{"Partner-2", "Partner-3", "Partner-1"})
	}},
	{"a world's partners come page by page, the provider first, then by name", func(t *testing.T, s commerce.Store) {
		all := []commerce.Partner{
			newPartner(theWorld, "z", "1", commerce.Provider), newPartner(theWorld, "Y", "2", commerce.Reseller),
			newPartner(theWorld, "a", "3", commerce.Reseller), newPartner(theWorld, "B", "4", commerce.Reseller),
		}
		for i, name := range []string{"Zeta", "Alpha", "Beta", "Beta"} {
			all[i].Name = name
		}
		insert(t, s, newWorld(theWorld), all[3], all[2], all[1], all[0])
		paged(t, all, func(ctx context.Context, tx commerce.Tx, after *commerce.Partner, limit int) ([]commerce.Partner, error) {
			return tx.Partners().Page(ctx, "WORLD-1", after, limit)
		}, s)
		same(t, "at once", read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.Partner, error) {
			return tx.Partners().List(ctx, theWorld)
		}), all)
	}},
	{"a removed partner takes all of its own along, and nothing else", func(t *testing.T, s commerce.Store) {
		account := newAccount("Account-9", "x@example.com")
		account.Partner = theReseller
		agent, directory := agentGrant(commerce.AdminAgent), directoryGrant(commerce.GlobalReader, nil)
		agent.Partner, directory.Partner = theReseller, theReseller
		insert(t, s, append(shop(), account, agent, directory, agentGrant(commerce.SalesAgent), directoryGrant(commerce.GlobalReader, nil),
			commerce.Relationship{World: theWorld, Partner: theReseller, Customer: theCustomer, Kind: commerce.ResellerOf},
			commerce.RefreshToken{Hash: "1", World: theWorld, Partner: theReseller, User: "Account-9", App: "App-1", IssuedAt: noon, ExpiresAt: noon},
			commerce.AppRegistration{World: theWorld, Partner: theReseller, App: "Account-9"})...)
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			return tx.Partners().Remove(ctx, "WORLD-1", "RESELLER-1")
		})
		partners := read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.Partner, error) {
			return tx.Partners().List(ctx, theWorld)
		})
		same(t, "partners", each(partners, func(p commerce.Partner) string { return p.ID }), []string{theProvider})
		missing(t, s, "refresh token", func(ctx context.Context, tx commerce.Tx) (any, error) { return tx.RefreshTokens().ByHash(ctx, "1") })
		insert(t, s, newPartner(theWorld, theReseller, "Tenant-again", commerce.Reseller))
		same(t, "its roles", len(agentRoles(t, s, theReseller, theUser)), 0)
		same(t, "its directory roles", len(directoryGrants(t, s, theReseller, theUser, theCustomer)), 0)
		same(t, "its relationships", len(between(t, s, theReseller, theCustomer)), 0)
		same(t, "another's roles", agentRoles(t, s, theProvider, theUser), []commerce.AgentRole{commerce.SalesAgent})
		same(t, "another's directory roles", len(directoryGrants(t, s, theProvider, theUser, theCustomer)), 1)
		same(t, "another's relationships", len(between(t, s, theProvider, theCustomer)), 1)
		refused(t, s, commerce.ErrMissing, func(ctx context.Context, tx commerce.Tx) error { return tx.Partners().Remove(ctx, theWorld, "none") })
	}},
}
