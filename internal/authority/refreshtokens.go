package authority

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"provost/internal/commerce"
)

// refreshLife is how long a refresh token is good for, in world time.
const refreshLife = 90 * 24 * time.Hour

// hashed is what is kept of a token. It needs no salt and no cost: 256 random
// bits cannot be guessed.
func hashed(token string) string {
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

// newRefresh makes a refresh token for who has signed in and keeps its hash. A
// sign-in without a family begins one.
func (a *Authority) newRefresh(ctx context.Context, s signIn) (string, error) {
	token := ""
	err := a.store.Write(ctx, func(tx commerce.Tx) (err error) {
		token, err = insertRefresh(ctx, tx, s)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("keep refresh token: %w", err)
	}
	return token, nil
}

func insertRefresh(ctx context.Context, tx commerce.Tx, s signIn) (string, error) {
	world, err := tx.Worlds().ByID(ctx, s.world.ID)
	if err != nil {
		return "", fmt.Errorf("read world %s: %w", s.world.ID, err)
	}
	now, err := worldTime(ctx, tx, world)
	if err != nil {
		return "", err
	}
	if s.family == "" {
		s.family = uuid.NewString()
	}
	if err := tx.RefreshTokens().RemoveSpent(ctx, world.ID, now); err != nil {
		return "", err
	}
	token := randomText(32)
	return token, tx.RefreshTokens().Insert(ctx, commerce.RefreshToken{
		Hash: hashed(token), World: s.world.ID, Partner: s.partner.ID,
		User: s.user.ID, App: s.app.ID, MFA: s.hadMFA, Confidential: s.proof != byNothing, Family: s.family,
		Audience: s.at.audience, Scope: strings.Join(s.at.scopes, " "),
		IssuedAt: now, ExpiresAt: now.Add(refreshLife),
	})
}

// byRefresh exchanges a refresh token for the next of its family, if the app is
// the one that was given it, in its own home. One that was exchanged before has
// two holders, of whom one is a thief: it ends the family.
func (a *Authority) byRefresh(ctx context.Context, token string, apps []resident, c client) (signIn, error) {
	var s signIn
	var refused error
	err := a.store.Write(ctx, func(tx commerce.Tx) error {
		kept, err := tx.RefreshTokens().ByHash(ctx, hashed(token))
		if errors.Is(err, commerce.ErrMissing) {
			refused = errRefresh
			return nil
		}
		if err != nil {
			return fmt.Errorf("find refresh token: %w", err)
		}
		if s, refused, err = admitRefresh(ctx, tx, kept, apps, c); refused != nil || err != nil {
			return err
		}
		now, err := worldTime(ctx, tx, s.world)
		if err != nil {
			return err
		}
		first, err := tx.RefreshTokens().Spend(ctx, kept.Hash, now)
		if err != nil {
			return err
		}
		if !first {
			refused = errReused // which has to be kept, as no refusal of the transaction is
			return tx.RefreshTokens().EndFamily(ctx, kept.World, kept.Family)
		}
		s.next, err = insertRefresh(ctx, tx, s)
		return err
	})
	if err == nil {
		err = refused
	}
	return s, err
}

func admitRefresh(ctx context.Context, tx commerce.Tx, kept commerce.RefreshToken, apps []resident, c client) (s signIn, refused, err error) {
	at := slices.IndexFunc(apps, func(app resident) bool {
		return app.world.ID == kept.World && app.partner.ID == kept.Partner && strings.EqualFold(app.ID, kept.App)
	})
	if at < 0 {
		return s, errRefresh, nil
	}
	if kept.Confidential && c.proof == byNothing {
		return s, errNoProof, nil
	}
	app := apps[at]
	now, err := worldTime(ctx, tx, app.world)
	if err != nil {
		return s, nil, err
	}
	if !now.Before(kept.ExpiresAt) {
		return s, refuse(http.StatusBadRequest, "invalid_grant", 700082,
			"The refresh token expired at %s of its world's time; sign in again.", kept.ExpiresAt.Format(time.RFC3339)), nil
	}
	user, err := tx.Accounts().ByID(ctx, kept.World, kept.Partner, kept.User)
	if errors.Is(err, commerce.ErrMissing) {
		return s, errRefresh, nil
	}
	if err != nil {
		return s, nil, fmt.Errorf("find account: %w", err)
	}
	s = signIn{subject: subject{home: app.home, app: app.Account, user: user, mfa: kept.MFA}, hadMFA: kept.MFA, family: kept.Family}
	s.proof = c.proof
	s.at = asked{audience: kept.Audience, scopes: strings.Fields(kept.Scope)}
	return s, nil, nil
}
