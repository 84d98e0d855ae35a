package authority

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"provost/internal/commerce"
)

// refreshLife is how long a refresh token is good for, in world time.
const refreshLife = 90 * 24 * time.Hour

// hashRefresh is what is kept of a refresh token. It needs no salt and no
// cost: 256 random bits cannot be guessed.
func hashRefresh(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func worldTime(ctx context.Context, tx commerce.Tx, world commerce.World) (time.Time, error) {
	real, err := tx.RealTime(ctx)
	if err != nil {
		return time.Time{}, fmt.Errorf("read real time: %w", err)
	}
	return world.Clock.At(real), nil
}

// newRefresh makes a refresh token for who has signed in and keeps its hash.
func (a *Authority) newRefresh(ctx context.Context, s subject) (string, error) {
	random := make([]byte, 32)
	rand.Read(random)
	token := base64.RawURLEncoding.EncodeToString(random)
	err := a.store.Write(ctx, func(tx commerce.Tx) error {
		world, err := tx.Worlds().ByID(ctx, s.world.ID)
		if err != nil {
			return fmt.Errorf("read world %s: %w", s.world.ID, err)
		}
		now, err := worldTime(ctx, tx, world)
		if err != nil {
			return err
		}
		return tx.RefreshTokens().Insert(ctx, commerce.RefreshToken{
			Hash: hashRefresh(token), World: s.world.ID, Partner: s.partner.ID,
			User: s.user.ID, App: s.app.ID, MFA: s.mfa,
			IssuedAt: now, ExpiresAt: now.Add(refreshLife),
		})
	})
	if err != nil {
		return "", fmt.Errorf("keep refresh token: %w", err)
	}
	return token, nil
}

// byRefresh says for whom a refresh token stands, if the app is the one that
// was given it, in its own home.
func (a *Authority) byRefresh(ctx context.Context, token string, apps []resident) (subject, error) {
	var s subject
	err := a.store.Read(ctx, func(tx commerce.Tx) error {
		kept, err := tx.RefreshTokens().ByHash(ctx, hashRefresh(token))
		if errors.Is(err, commerce.ErrMissing) {
			return errRefresh
		}
		if err != nil {
			return fmt.Errorf("find refresh token: %w", err)
		}
		at := slices.IndexFunc(apps, func(app resident) bool {
			return app.world.ID == kept.World && app.partner.ID == kept.Partner && strings.EqualFold(app.ID, kept.App)
		})
		if at < 0 {
			return errRefresh
		}
		app := apps[at]
		now, err := worldTime(ctx, tx, app.world)
		if err != nil {
			return err
		}
		if !now.Before(kept.ExpiresAt) {
			return refuse(http.StatusBadRequest, "invalid_grant", 700082,
				"The refresh token expired at %s of its world's time; sign in again.", kept.ExpiresAt.Format(time.RFC3339))
		}
		user, err := tx.Accounts().ByID(ctx, kept.World, kept.Partner, kept.User)
		if errors.Is(err, commerce.ErrMissing) {
			return errRefresh
		}
		if err != nil {
			return fmt.Errorf("find account: %w", err)
		}
		s = subject{home: app.home, app: app.Account, user: user, mfa: kept.MFA}
		return nil
	})
	return s, err
}
