package authority_test

import (
	"net/http"
	"testing"
	"time"

	"provost/internal/authority"
	"provost/internal/commerce"
)

func generated(t *testing.T, a http.Handler, path, grant string, bearers ...string) (int, map[string]any) {
	t.Helper()
	r := request(http.MethodPost, path, form{"grant_type": grant}.encode())
	for _, bearer := range bearers {
		r.Header.Add("Authorization", bearer)
	}
	status, body, _ := serve(t, a, r)
	return status, body
}

func TestGeneratedTokenSaysWhatTheOtherSaid(t *testing.T) {
	c := newClock()
	a := newAuthorityAt(t, newStore(t, commerce.Clock{}), c)
	v := newVerifier(t, a)
	for _, path := range []string{"/generatetoken", "/v3/generatetoken", "//V3/GenerateToken/"} {
		for _, who := range []form{asAda, asApp, asAda.and(form{"provost_mfa": "false"})} {
			token := granted(t, a, atV1, who)["access_token"]
			status, body := generated(t, a, path, "jwt_token", "Bearer "+token.(string))
			if status != http.StatusOK || body["token_type"] != "Bearer" || body["access_token"] == token {
				t.Fatalf("%s: %d %v", path, status, body)
			}
			before, err1 := verify(t, v, token)
			after, err2 := verify(t, v, body["access_token"])
			if err1 != nil || err2 != nil || before.User != after.User || before.App != after.App || before.MFA != after.MFA {
				t.Errorf("%+v, %v; %+v, %v", before, err1, after, err2)
			}
			if one, two := claimsIn(t, token), claimsIn(t, body["access_token"]); one["exp"] != two["exp"] {
				t.Errorf("it lives until %v, not %v", two["exp"], one["exp"])
			}
		}
	}
	token := granted(t, a, atV1, asAda)["access_token"].(string)
	c.pass(59 * time.Minute)
	if _, body := generated(t, a, "/generatetoken", "jwt_token", "Bearer "+token); body["expires_in"] != 60.0 {
		t.Errorf("expires_in %v", body["expires_in"])
	}
	c.pass(time.Minute)
	if status, body := generated(t, a, "/generatetoken", "jwt_token", "Bearer "+token); status != http.StatusUnauthorized {
		t.Errorf("an expired one: %d %v", status, body)
	}
}

func TestTokensThatAreNotExchanged(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	b := withKey(t, newStore(t, commerce.Clock{}), mustKey(newKey()), nil)
	elsewhere, err := authority.New(authority.Settings{Store: newStore(t, commerce.Clock{}), Key: signingKey, BaseURL: "https://shop.example"})
	if err != nil {
		t.Fatal(err)
	}
	late := newClock()
	late.pass(time.Hour)
	tomorrow := newAuthorityAt(t, newStore(t, commerce.Clock{}), late)
	good := "Bearer " + granted(t, a, atV1, asAda)["access_token"].(string)
	for name, c := range map[string]struct {
		grant   string
		bearers []string
		status  int
	}{
		"none":           {"jwt_token", nil, 401},
		"two":            {"jwt_token", []string{good, good}, 401},
		"null":           {"jwt_token", []string{"Bearer null"}, 401},
		"another scheme": {"jwt_token", []string{"Basic" + good[len("Bearer"):]}, 401},
		"another key's":  {"jwt_token", []string{"Bearer " + granted(t, b, atV1, asAda)["access_token"].(string)}, 401},
		"another name's": {"jwt_token", []string{"Bearer " + granted(t, elsewhere, atV1, asAda)["access_token"].(string)}, 401},
		"not yet valid":  {"jwt_token", []string{"Bearer " + granted(t, tomorrow, atV1, asAda)["access_token"].(string)}, 401},
		"another's":      {"jwt_token", []string{"Bearer " + granted(t, a, atV1, asAda.and(form{"resource": "https://graph.windows.net"}))["access_token"].(string)}, 401},
		"expired":        {"jwt_token", []string{"Bearer " + granted(t, a, atV1, asAda.and(form{"provost_lifetime": "-60"}))["access_token"].(string)}, 401},
		"changed":        {"jwt_token", []string{good[:len(good)-4] + "AAAA"}, 401},
		"no grant":       {"", []string{good}, 400},
		"another grant":  {"password", []string{good}, 400},
	} {
		if status, body := generated(t, a, "/generatetoken", c.grant, c.bearers...); status != c.status {
			t.Errorf("%s: %d %v", name, status, body)
		}
	}
	if status, _, h := serve(t, a, request(http.MethodGet, "/generatetoken", "")); status != http.StatusMethodNotAllowed || h.Get("Allow") != "POST" {
		t.Errorf("GET: %d, Allow %q", status, h.Get("Allow"))
	}
}
