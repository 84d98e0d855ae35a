package storetest

import (
	"context"
	"testing"
	"time"

	"provost/internal/commerce"
)

var refreshTokenPromises = []promise{
	{"a refresh token comes back whole", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		for _, want := range []commerce.RefreshToken{
			{Hash: "00ff", World: theWorld, Partner: theProvider, User: "User-1", App: "App-1", MFA: true, IssuedAt: noon, ExpiresAt: *after(time.Hour)},
			{Hash: "ff00", World: theWorld, Partner: theReseller},
		} {
			insert(t, s, want)
			got := read(t, s, func(ctx context.Context, tx commerce.Tx) (commerce.RefreshToken, error) {
				return tx.RefreshTokens().ByHash(ctx, want.Hash)
			})
			same(t, "refresh token", got, want)
		}
	}},
}
