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
}
