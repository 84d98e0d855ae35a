package authority

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"provost/internal/commerce"
)

const (
	// codeLife is how long an authorization code waits for its app, in real time.
	codeLife = 10 * time.Minute
	maxCodes = 10_000

	// challengeMethod is the one way to prove that who redeems a code began the
	// sign-in (RFC 7636). The other, plain, proves nothing to who can read along.
	challengeMethod = "S256"
)

// code is what an authorization code stands for.
type code struct {
	signIn
	redirectURI string
	// challenge is empty where the app began without one.
	challenge string
	spent     bool
	// replayed says that it came once more after it was spent.
	replayed bool
}

// codes are those that were given out, by hash.
type codes struct{ given *shelf[code] }

func newCodes() *codes { return &codes{newShelf[code](maxCodes)} }

// newCode gives an app a code for who has signed in. The family of the refresh
// tokens has its name already, so that it can end if the code comes twice.
func (a *Authority) newCode(c code) (string, error) {
	c.family = uuid.NewString()
	text := randomText(32)
	now := a.now()
	_, _, err := a.codes.given.add(hashed(text), c, now.Add(codeLife), now)
	if errors.Is(err, errFull) {
		return "", errBusy
	}
	return text, err
}

// byCode redeems a code, for the app that it was given to and from where that
// app is. A code is spent by the attempt, whatever comes of it; who brings one
// a second time ends what the first has got.
func (a *Authority) byCode(ctx context.Context, form url.Values, apps []resident) (signIn, error) {
	text := form.Get("code")
	if text == "" {
		return signIn{}, errMissing("code")
	}
	var kept code
	var late, spent bool
	known := a.codes.given.change(hashed(text), a.now(), func(c *code, expired bool) {
		kept, late, spent = *c, expired, c.spent
		c.spent, c.replayed = true, c.spent
	})
	if !known {
		return signIn{}, refuse(http.StatusBadRequest, "invalid_grant", 70000, "The code is not one that was given out here.")
	}
	if spent {
		return signIn{}, a.endReplayed(ctx, kept.signIn)
	}
	if late {
		return signIn{}, refuse(http.StatusBadRequest, "invalid_grant", 70008, "The code has expired; sign in again.")
	}
	kept.code = hashed(text)
	return kept.signIn, admitCode(kept, form, apps)
}

var errReplayed = refuse(http.StatusBadRequest, "invalid_grant", 54005,
	"The code was redeemed before; the refresh tokens that it led to have ended. Sign in again.")

// endReplayed ends what a code has led to that came twice.
func (a *Authority) endReplayed(ctx context.Context, s signIn) error {
	err := a.store.Write(ctx, func(tx commerce.Tx) error {
		return tx.RefreshTokens().EndFamily(ctx, s.world.ID, s.family)
	})
	if err != nil {
		return err
	}
	return errReplayed
}

// admitKept refuses a refresh token that was kept while its code came a second
// time: whoever brought that found nothing yet to end.
func (a *Authority) admitKept(ctx context.Context, s signIn) error {
	replayed := false
	a.codes.given.change(s.code, a.now(), func(c *code, _ bool) { replayed = c.replayed })
	if replayed {
		return a.endReplayed(ctx, s)
	}
	return nil
}

func admitCode(kept code, form url.Values, apps []resident) error {
	own := slices.ContainsFunc(apps, func(app resident) bool {
		return app.world.ID == kept.world.ID && app.partner.ID == kept.partner.ID && strings.EqualFold(app.ID, kept.app.ID)
	})
	if !own {
		return refuse(http.StatusBadRequest, "invalid_grant", 700005, "The code was given to another app, or in another tenant.")
	}
	if form.Get("redirect_uri") != kept.redirectURI {
		return refuse(http.StatusBadRequest, "invalid_grant", 500112,
			"The redirect_uri '%s' is not the one that the code was asked for with.", clip(form.Get("redirect_uri")))
	}
	verifier := form.Get("code_verifier")
	switch {
	case kept.challenge == "" && verifier == "":
		return nil
	case kept.challenge == "":
		return refuse(http.StatusBadRequest, "invalid_grant", 501481,
			"A code_verifier was sent, but the code was asked for without a code_challenge: someone has left it out on the way.")
	case verifier == "":
		return refuse(http.StatusBadRequest, "invalid_grant", 501481, "The code was asked for with a code_challenge: the code_verifier is missing.")
	}
	sum := sha256.Sum256([]byte(verifier))
	if !isVerifier(verifier) || subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(kept.challenge)) != 1 {
		return refuse(http.StatusBadRequest, "invalid_grant", 501481, "The code_verifier does not match the code_challenge.")
	}
	return nil
}

// isVerifier says whether a text has the form of RFC 7636, 4.1.
func isVerifier(s string) bool {
	const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	return len(s) >= 43 && len(s) <= 128 && strings.Trim(s, unreserved) == ""
}

// isChallenge says whether a text is a SHA-256 in base64url.
func isChallenge(s string) bool {
	sum, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil && len(sum) == sha256.Size
}
