package storetest

import (
	"context"
	"testing"

	"provost/internal/commerce"
)

var appRegistrationPromises = []promise{
	{"an app's registration comes back whole and takes the place of the last", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), newApp("App-1"), newApp("App-2"))...)
		of := func(app string) commerce.AppRegistration {
			return read(t, s, func(ctx context.Context, tx commerce.Tx) (commerce.AppRegistration, error) {
				return tx.AppRegistrations().ByApp(ctx, "WORLD-1", "PROVIDER-1", app)
			})
		}
		first := commerce.AppRegistration{World: theWorld, Partner: theProvider, App: "App-1"}
		insert(t, s, first)
		same(t, "empty", of("app-1"), first)
		second := first
		second.RedirectURIs, second.SingleUse = []string{"https://shop.example/a?b=<c>&d", "msauth://shop"}, true
		second.Certificates = [][]byte{{0x30, 0x00, 0xff}, {0x30}}
		insert(t, s, second)
		same(t, "replaced", of("APP-1"), second)
		missing(t, s, "another app's", func(ctx context.Context, tx commerce.Tx) (any, error) {
			return tx.AppRegistrations().ByApp(ctx, theWorld, theProvider, "App-2")
		})
	}},
	{"without its account an app's registration is not kept", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), newApp("App-1"))...)
		refused(t, s, commerce.ErrMissing, func(ctx context.Context, tx commerce.Tx) error {
			return tx.AppRegistrations().Put(ctx, commerce.AppRegistration{World: theWorld, Partner: theReseller, App: "App-1"})
		})
	}},
}
