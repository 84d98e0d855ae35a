package sqlstore

import (
	"context"

	"provost/internal/commerce"
)

type appRegistrations struct{ *tx }

func (t appRegistrations) Put(ctx context.Context, r commerce.AppRegistration) error {
	_, err := t.change(ctx, "put registration of app",
		`INSERT INTO app_registrations (world, world_cased, partner, partner_cased, app, app_cased, redirect_uris, certificates, single_use)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (world, partner, app) DO UPDATE
		SET redirect_uris = excluded.redirect_uris, certificates = excluded.certificates, single_use = excluded.single_use`,
		fold(r.World), cased(r.World), fold(r.Partner), cased(r.Partner), fold(r.App), cased(r.App),
		document[[]string]{&r.RedirectURIs}, document[[][]byte]{&r.Certificates}, r.SingleUse)
	return err
}

func (t appRegistrations) ByApp(ctx context.Context, world, partner, app string) (commerce.AppRegistration, error) {
	return one(ctx, t.tx, "find registration of app", readAppRegistration,
		`SELECT COALESCE(world_cased, world), COALESCE(partner_cased, partner), COALESCE(app_cased, app), redirect_uris, certificates, single_use
		FROM app_registrations WHERE world = $1 AND partner = $2 AND app = $3`, fold(world), fold(partner), fold(app))
}

func readAppRegistration(row rows) (commerce.AppRegistration, error) {
	var r commerce.AppRegistration
	err := row.Scan(&r.World, &r.Partner, &r.App, document[[]string]{&r.RedirectURIs}, document[[][]byte]{&r.Certificates}, &r.SingleUse)
	return r, err
}
