package storetest

import (
	"context"
	"testing"
	"time"

	"provost/internal/commerce"
)

func refreshToken(hash, family string) commerce.RefreshToken {
	return commerce.RefreshToken{Hash: hash, World: theWorld, Partner: theProvider, Family: family, IssuedAt: noon, ExpiresAt: *after(time.Hour)}
}

func refreshTokenByHash(t *testing.T, s commerce.Store, hash string) commerce.RefreshToken {
	t.Helper()
	return read(t, s, func(ctx context.Context, tx commerce.Tx) (commerce.RefreshToken, error) {
		return tx.RefreshTokens().ByHash(ctx, hash)
	})
}

func noRefreshToken(t *testing.T, s commerce.Store, hash string) {
	t.Helper()
	missing(t, s, "refresh token "+hash, func(ctx context.Context, tx commerce.Tx) (any, error) {
		return tx.RefreshTokens().ByHash(ctx, hash)
	})
}

func spend(t *testing.T, s commerce.Store, hash string, at time.Time) bool {
	t.Helper()
	var first bool
	write(t, s, func(ctx context.Context, tx commerce.Tx) (err error) {
		first, err = tx.RefreshTokens().Spend(ctx, hash, at)
		return err
	})
	return first
}

var refreshTokenPromises = []promise{
	{"a refresh token comes back whole", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		for _, want := range []commerce.RefreshToken{
			{Hash: "00ff", World: theWorld, Partner: theProvider, User: "User-1", App: "App-1", MFA: true, Confidential: true, Family: "Family-1",
				Audience: "https://Shop.example", Scope: "openid https://Shop.example/.default",
				IssuedAt: noon, ExpiresAt: *after(time.Hour), SpentAt: after(time.Minute)},
			{Hash: "ff00", World: theWorld, Partner: theReseller},
		} {
			insert(t, s, want)
			same(t, "refresh token", refreshTokenByHash(t, s, want.Hash), want)
		}
	}},
	{"a refresh token is spent once", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), refreshToken("1", "a"), refreshToken("2", "a"))...)
		same(t, "unknown", spend(t, s, "none", noon), false)
		same(t, "the first time", spend(t, s, "1", noon), true)
		same(t, "the second time", spend(t, s, "1", *after(time.Minute)), false)
		same(t, "spent at", refreshTokenByHash(t, s, "1").SpentAt, after(0))
		same(t, "another of the family", refreshTokenByHash(t, s, "2").SpentAt, (*time.Time)(nil))
	}},
	{"a family of refresh tokens ends as a whole and alone", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), shopIn("World-2", "Other")...)...)
		elsewhere := refreshToken("4", "a")
		elsewhere.World = "World-2"
		insert(t, s, refreshToken("1", "a"), refreshToken("2", "a"), refreshToken("3", "A"), elsewhere)
		spend(t, s, "1", noon)
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			return tx.RefreshTokens().EndFamily(ctx, "WORLD-1", "a")
		})
		noRefreshToken(t, s, "1")
		noRefreshToken(t, s, "2")
		refreshTokenByHash(t, s, "3")
		refreshTokenByHash(t, s, "4")
	}},
	{"spent refresh tokens are removed once they have expired", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), shopIn("World-2", "Other")...)...)
		later, elsewhere := refreshToken("later", "a"), refreshToken("elsewhere", "a")
		later.ExpiresAt = later.ExpiresAt.Add(100)
		elsewhere.World = "World-2"
		insert(t, s, refreshToken("spent", "a"), refreshToken("last", "a"), later, elsewhere)
		for _, hash := range []string{"spent", "later", "elsewhere"} {
			spend(t, s, hash, noon)
		}
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			return tx.RefreshTokens().RemoveSpent(ctx, "WORLD-1", *after(time.Hour))
		})
		noRefreshToken(t, s, "spent")
		for _, hash := range []string{"last", "later", "elsewhere"} {
			refreshTokenByHash(t, s, hash)
		}
	}},
}
