package sqlstore

import (
	"context"
	"fmt"

	"provost/internal/commerce"
)

type mfaCalls struct{ *tx }

func (t mfaCalls) Insert(ctx context.Context, c commerce.MFACalls) error {
	return t.insert(ctx, "insert calls without multifactor authentication",
		`INSERT INTO mfa_calls (world, world_cased, partner, partner_cased, app, app_cased, user_id, user_id_cased,
			route, upn, calls, refused, first_seen, last_seen)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING`,
		fold(c.World), cased(c.World), fold(c.Partner), cased(c.Partner), fold(c.App), cased(c.App), fold(c.User), cased(c.User),
		c.Route, c.UPN, c.Calls, c.Refused, instant{c.FirstSeen}, instant{c.LastSeen})
}

func (t mfaCalls) Add(ctx context.Context, c commerce.MFACalls) error {
	const what = "add calls without multifactor authentication"
	changed, err := t.change(ctx, what,
		`UPDATE mfa_calls SET calls = calls + $1, refused = refused + $2,
			first_seen = CASE WHEN first_seen < $3 THEN first_seen ELSE $3 END,
			last_seen = CASE WHEN last_seen > $4 THEN last_seen ELSE $4 END,
			upn = CASE WHEN $5 = '' THEN upn ELSE $5 END
		WHERE world = $6 AND app = $7 AND user_id = $8 AND route = $9 AND partner = $10`,
		c.Calls, c.Refused, instant{c.FirstSeen}, instant{c.LastSeen}, c.UPN,
		fold(c.World), fold(c.App), fold(c.User), c.Route, fold(c.Partner))
	if err == nil && changed == 0 {
		return fmt.Errorf("%s: %w", what, commerce.ErrMissing)
	}
	return err
}

func (t mfaCalls) Count(ctx context.Context, world string) (int, error) {
	return one(ctx, t.tx, "count calls without multifactor authentication", value[int],
		`SELECT count(*) FROM mfa_calls WHERE world = $1`, fold(world))
}

func (t mfaCalls) List(ctx context.Context, world string) ([]commerce.MFACalls, error) {
	return collect(ctx, t.tx, "list calls without multifactor authentication", readMFACalls,
		`SELECT COALESCE(world_cased, world), COALESCE(partner_cased, partner), COALESCE(app_cased, app),
			COALESCE(user_id_cased, user_id), route, upn, calls, refused, first_seen, last_seen
		FROM mfa_calls WHERE world = $1 ORDER BY app, user_id, route, partner`, fold(world))
}

func readMFACalls(row rows) (commerce.MFACalls, error) {
	var (
		c           commerce.MFACalls
		first, last instant
	)
	err := row.Scan(&c.World, &c.Partner, &c.App, &c.User, &c.Route, &c.UPN, &c.Calls, &c.Refused, &first, &last)
	c.FirstSeen, c.LastSeen = first.Time, last.Time
	return c, err
}
