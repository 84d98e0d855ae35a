package sqlstore

import (
	"context"

	"provost/internal/commerce"
)

type refreshTokens struct{ *tx }

func (t refreshTokens) Insert(ctx context.Context, r commerce.RefreshToken) error {
	return t.insert(ctx, "insert refresh token",
		`INSERT INTO refresh_tokens (hash, world, world_cased, partner, partner_cased, user_id, app_id, mfa, issued_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
		r.Hash, fold(r.World), cased(r.World), fold(r.Partner), cased(r.Partner), r.User, r.App, r.MFA,
		instant{r.IssuedAt}, instant{r.ExpiresAt})
}

func (t refreshTokens) ByHash(ctx context.Context, hash string) (commerce.RefreshToken, error) {
	return one(ctx, t.tx, "find refresh token", readRefreshToken,
		`SELECT hash, COALESCE(world_cased, world), COALESCE(partner_cased, partner), user_id, app_id, mfa, issued_at, expires_at
		FROM refresh_tokens WHERE hash = $1`, hash)
}

func readRefreshToken(row rows) (commerce.RefreshToken, error) {
	var (
		r               commerce.RefreshToken
		issued, expires instant
	)
	err := row.Scan(&r.Hash, &r.World, &r.Partner, &r.User, &r.App, &r.MFA, &issued, &expires)
	r.IssuedAt, r.ExpiresAt = issued.Time, expires.Time
	return r, err
}
