package authority_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"provost/internal/commerce"
)

func TestRefreshTokenBringsANewPair(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	v := newVerifier(t, a)
	asRefresh := form{"grant_type": "refresh_token", "client_id": app}
	for _, c := range []struct {
		path string
		form form
	}{
		{atV1, asRefresh},
		{atV2, asRefresh.and(form{"client_secret": secret, "scope": "https://api.partnercenter.microsoft.com/.default openid"})},
		{"/common/oauth2/token", asRefresh},
		{"/northlight.example/oauth2/v2.0/token", asRefresh},
	} {
		first := granted(t, a, atV1, asAda)
		second := granted(t, a, c.path, c.form.and(form{"refresh_token": first["refresh_token"].(string)}))
		if second["refresh_token"] == nil || second["refresh_token"] == first["refresh_token"] {
			t.Errorf("%s: refresh_token %v", c.path, second["refresh_token"])
		}
		claims, err := verify(t, v, second["access_token"])
		if err != nil || claims.User != ada || claims.App != app || !claims.MFA {
			t.Errorf("%s: %+v, %v", c.path, claims, err)
		}
		granted(t, a, c.path, c.form.and(form{"refresh_token": second["refresh_token"].(string)}))
	}
}

func TestRefreshTokenKeepsHowTheUserSignedIn(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	v := newVerifier(t, a)
	for name, c := range map[string]struct {
		first, second string
		want          bool
	}{
		"two factors":                       {"true", "true", true},
		"one factor stays one":              {"false", "true", false},
		"two factors may be left out later": {"true", "false", false},
	} {
		token := granted(t, a, atV1, asAda.and(form{"provost_mfa": c.first}))["refresh_token"].(string)
		body := granted(t, a, atV1, form{"grant_type": "refresh_token", "client_id": app, "refresh_token": token, "provost_mfa": c.second})
		if claims, err := verify(t, v, body["access_token"]); err != nil || claims.MFA != c.want {
			t.Errorf("%s: %+v, %v", name, claims, err)
		}
	}
}

func TestRefreshThatDoesNotSayIsForWhatTheSignInWasFor(t *testing.T) {
	const graph, scope = "https://graph.windows.net", "openid offline_access https://graph.windows.net/.default"
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	refresh := form{"grant_type": "refresh_token", "client_id": app}
	for name, c := range map[string]struct {
		path  string
		first map[string]any
	}{
		"v1":           {atV1, granted(t, a, atV1, asAda.and(form{"resource": graph}))},
		"v2":           {atV2, granted(t, a, atV2, asAda.and(form{"scope": scope}))},
		"v2 by a code": {atV2, granted(t, a, atV2, redeeming.and(form{"code": codeOf(t, a, authorizeV2, asking.and(form{"scope": scope}))}))},
	} {
		body := c.first
		for range 2 {
			body = granted(t, a, c.path, refresh.and(form{"refresh_token": body["refresh_token"].(string)}))
			aud := claimsIn(t, body["access_token"])["aud"]
			if aud != graph || body["id_token"] == nil || body["scope"] != c.first["scope"] {
				t.Errorf("%s: for %v, scope %v, id_token %v", name, aud, body["scope"], body["id_token"])
			}
		}
	}
}

func TestRefreshThatSaysIsForThatAlone(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	refresh := form{"grant_type": "refresh_token", "client_id": app}
	body := granted(t, a, atV2, asAda.and(form{"scope": "openid offline_access https://graph.windows.net/.default"}))
	for _, c := range []struct{ scope, aud string }{
		{"https://api.partnercenter.microsoft.com/.default", "https://api.partnercenter.microsoft.com"},
		{"", "https://graph.windows.net"},
	} {
		body = granted(t, a, atV2, refresh.and(form{"scope": c.scope, "refresh_token": body["refresh_token"].(string)}))
		aud := claimsIn(t, body["access_token"])["aud"]
		if _, there := body["id_token"]; aud != c.aud || there != (c.scope == "") {
			t.Errorf("scope %q: for %v, id_token %v", c.scope, aud, body["id_token"])
		}
	}
}

func TestRefreshTokenLastsNinetyDaysOfWorldTime(t *testing.T) {
	const day = 24 * time.Hour
	issued := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	store := newStore(t, commerce.Clock{FrozenAt: &issued})
	a := newAuthority(t, store)
	granted(t, a, atV1, asAda)
	for name, c := range map[string]struct {
		age    time.Duration
		status int
	}{
		"on its last day": {90*day - time.Second, http.StatusOK},
		"after it":        {90 * day, http.StatusBadRequest},
	} {
		aged := "a refresh token " + name
		write(t, store, func(ctx context.Context, tx commerce.Tx) error {
			return tx.RefreshTokens().Insert(ctx, commerce.RefreshToken{
				Hash: sha256Hex(aged), World: "demo", Partner: providerID, User: ada, App: app, MFA: true,
				IssuedAt: issued.Add(-c.age), ExpiresAt: issued.Add(90*day - c.age),
			})
		})
		status, body := post(t, a, atV1, form{"grant_type": "refresh_token", "client_id": app, "refresh_token": aged})
		if status != c.status {
			t.Errorf("%s: %d %v", name, status, body)
		}
	}
}

// A token without its user must not become one of the app alone.
func TestRefreshTokenOfNobodyIsNone(t *testing.T) {
	store := newStore(t, commerce.Clock{})
	a := newAuthority(t, store)
	for _, user := range []string{strangerTenant, ""} {
		left := "a refresh token of " + user
		write(t, store, func(ctx context.Context, tx commerce.Tx) error {
			return tx.RefreshTokens().Insert(ctx, commerce.RefreshToken{
				Hash: sha256Hex(left), World: "demo", Partner: providerID, User: user, App: app,
				IssuedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour),
			})
		})
		refusedWith(t, a, atV1, again(left), "invalid_grant", 70000)
	}
}

func TestOnlyTheHashOfARefreshTokenIsKept(t *testing.T) {
	issued := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	store := newStore(t, commerce.Clock{FrozenAt: &issued})
	token := granted(t, newAuthority(t, store), atV1, asAda)["refresh_token"].(string)
	err := store.Read(t.Context(), func(tx commerce.Tx) error {
		if _, err := tx.RefreshTokens().ByHash(t.Context(), token); err == nil {
			t.Error("the token itself is kept")
		}
		kept, err := tx.RefreshTokens().ByHash(t.Context(), sha256Hex(token))
		if err != nil {
			return err
		}
		if kept.User != ada || kept.App != app || !kept.MFA || !kept.IssuedAt.Equal(issued) || !kept.ExpiresAt.Equal(issued.AddDate(0, 0, 90)) {
			t.Errorf("kept: %+v", kept)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// again exchanges a refresh token without showing anything else.
func again(token any) form {
	return form{"grant_type": "refresh_token", "client_id": app, "refresh_token": token.(string)}
}

func TestRefreshTokenThatComesASecondTimeEndsItsFamily(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	other := granted(t, a, atV1, asAda)["refresh_token"]
	first := granted(t, a, atV1, asAda)["refresh_token"]
	second := granted(t, a, atV1, again(first))["refresh_token"]
	third := granted(t, a, atV1, again(second))["refresh_token"]
	for _, token := range []any{first, third, second} {
		if status, body := post(t, a, atV1, again(token)); status != http.StatusBadRequest || body["error"] != "invalid_grant" {
			t.Errorf("%d %v", status, body)
		}
	}
	granted(t, a, atV1, again(other))
}

func TestRefreshTokenOfAConfidentialAppTakesItsSecret(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	token := granted(t, a, atV1, asAda.and(form{"client_secret": secret}))["refresh_token"]
	if status, body := post(t, a, atV1, again(token)); status != http.StatusUnauthorized || body["error_codes"].([]any)[0] != 7000218.0 {
		t.Errorf("without the secret: %d %v", status, body)
	}
	// The secure application model: an app exchanges what a person's sign-in with
	// two factors has left in its vault.
	body := granted(t, a, atV1, again(token).and(form{"client_secret": secret, "resource": "https://api.partnercenter.microsoft.com"}))
	claims := claimsIn(t, body["access_token"])
	if claims["appidacr"] != "1" || len(claims["amr"].([]any)) != 2 {
		t.Errorf("%v", claims)
	}
}
