package sqlstore

import (
	"context"
	"time"

	"provost/internal/commerce"
)

type refreshTokens struct{ *tx }

func (t refreshTokens) Insert(ctx context.Context, r commerce.RefreshToken) error {
	return t.insert(ctx, "insert refresh token",
		`INSERT INTO refresh_tokens (hash, world, world_cased, partner, partner_cased, user_id, app_id, mfa,
			confidential, family, audience, scope, issued_at, expires_at, spent_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING`,
		r.Hash, fold(r.World), cased(r.World), fold(r.Partner), cased(r.Partner), r.User, r.App, r.MFA,
		r.Confidential, r.Family, r.Audience, r.Scope, instant{r.IssuedAt}, instant{r.ExpiresAt}, perhaps(r.SpentAt))
}

func (t refreshTokens) ByHash(ctx context.Context, hash string) (commerce.RefreshToken, error) {
	return one(ctx, t.tx, "find refresh token", readRefreshToken,
		`SELECT hash, COALESCE(world_cased, world), COALESCE(partner_cased, partner), user_id, app_id, mfa,
			confidential, family, audience, scope, issued_at, expires_at, spent_at
		FROM refresh_tokens WHERE hash = $1`, hash)
}

func (t refreshTokens) Spend(ctx context.Context, hash string, at time.Time) (bool, error) {
	changed, err := t.change(ctx, "spend refresh token",
		"UPDATE refresh_tokens SET spent_at = $2 WHERE hash = $1 AND spent_at IS NULL", hash, instant{at})
	return changed > 0, err
}

func (t refreshTokens) EndFamily(ctx context.Context, world, family string) error {
	_, err := t.change(ctx, "end family of refresh tokens",
		"DELETE FROM refresh_tokens WHERE world = $1 AND family = $2", fold(world), family)
	return err
}

func (t refreshTokens) RemoveSpent(ctx context.Context, world string, by time.Time) error {
	_, err := t.change(ctx, "remove spent refresh tokens",
		"DELETE FROM refresh_tokens WHERE world = $1 AND expires_at <= $2 AND spent_at IS NOT NULL", fold(world), instant{by})
	return err
}

func readRefreshToken(row rows) (commerce.RefreshToken, error) {
	var (
		r               commerce.RefreshToken
		issued, expires instant
		spent           *instant
	)
	err := row.Scan(&r.Hash, &r.World, &r.Partner, &r.User, &r.App, &r.MFA, &r.Confidential, &r.Family, &r.Audience, &r.Scope,
		&issued, &expires, &spent)
	r.IssuedAt, r.ExpiresAt, r.SpentAt = issued.Time, expires.Time, spent.pointer()
	return r, err
}
