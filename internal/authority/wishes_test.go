package authority_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

func TestTokensOfEveryKindAreOneWishAway(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	v := newVerifier(t, a)
	for _, path := range []string{atV1, atV2} {
		for _, who := range []form{asAda, asApp} {
			expired := granted(t, a, path, who.and(form{"provost_lifetime": "-3600"}))["access_token"]
			if _, err := verify(t, v, expired); !errors.Is(err, partnercenter.ErrUnauthenticated) {
				t.Errorf("expired: %v", err)
			}
			if claims := claimsIn(t, expired); claims["nbf"].(float64) >= claims["exp"].(float64) || claims["exp"].(float64) > float64(time.Now().Unix()-3500) {
				t.Errorf("expired: %v", claims)
			}
			foreign := granted(t, a, path, who.and(form{"provost_audience": "https://graph.microsoft.com", "resource": "https://a.example"}))["access_token"]
			if _, err := verify(t, v, foreign); !errors.Is(err, partnercenter.ErrAudience) {
				t.Errorf("for another: %v", err)
			}
			short := granted(t, a, path, who.and(form{"provost_lifetime": "120"}))
			if claims := claimsIn(t, short["access_token"]); claims["exp"].(float64)-claims["nbf"].(float64) != 120 {
				t.Errorf("two minutes: %v", claims)
			}
			if _, err := verify(t, v, short["access_token"]); err != nil {
				t.Errorf("two minutes: %v", err)
			}
		}
	}
	if body := granted(t, a, atV2, asApp.and(form{"provost_lifetime": "-1"})); body["expires_in"] != 0.0 {
		t.Errorf("expires_in %v", body["expires_in"])
	}
}

func TestUsersRolesInTheirOwnTenantStandInWids(t *testing.T) {
	store := newStore(t, commerce.Clock{})
	a := newAuthority(t, store)
	wids := func(f form) any { return claimsIn(t, granted(t, a, atV1, f)["access_token"])["wids"] }
	if got, ok := wids(asAda).([]any); !ok || len(got) != 1 || got[0] != "b79fbf4d-3ef9-4689-8143-76b194e85509" {
		t.Errorf("a member: %v", got)
	}
	write(t, store, func(ctx context.Context, tx commerce.Tx) error {
		return tx.Roles().GrantAgent(ctx, commerce.AgentGrant{World: "demo", Partner: providerID, User: ada, Role: commerce.GlobalAdmin})
	})
	if got, ok := wids(asAda).([]any); !ok || len(got) != 2 || got[0] != "62e90394-69f5-4237-9190-012177145e10" {
		t.Errorf("a global admin: %v", got)
	}
	if got := wids(asApp); got != nil {
		t.Errorf("an app: %v", got)
	}
}

func TestIDTokenIsNoAccessToken(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	v := newVerifier(t, a)
	body := granted(t, a, atV2, asAda)
	if _, err := verify(t, v, body["id_token"]); err == nil {
		t.Error("it passes")
	}
	r := request(http.MethodPost, "/generatetoken", form{"grant_type": "jwt_token"}.encode())
	r.Header.Set("Authorization", "Bearer "+body["id_token"].(string))
	if status, body, _ := serve(t, a, r); status != http.StatusUnauthorized {
		t.Errorf("exchanged: %d %v", status, body)
	}
	if _, there := granted(t, a, atV2, asAda.and(form{"scope": "offline_access"}))["id_token"]; there {
		t.Error("an id_token nobody asked for")
	}
	if _, there := granted(t, a, atV2, asApp.and(form{"client_info": "1"}))["client_info"]; there {
		t.Error("an app alone is a user")
	}
}

func TestTokensOfOneWorldAreNothingInAnother(t *testing.T) {
	store := newStore(t, commerce.Clock{})
	addOtherWorld(t, store)
	a := newAuthority(t, store)
	v := newVerifier(t, a)
	service := commerce.Service{Store: store}
	elsewhere := "/" + otherTenant + "/oauth2/token"
	for path, world := range map[string]string{atV1: "demo", elsewhere: "other"} {
		body := granted(t, a, path, asAda)
		claims, err := verify(t, v, body["access_token"])
		if err != nil {
			t.Fatal(err)
		}
		actor, err := service.Identify(t.Context(), claims, "GET /")
		if err != nil || actor.World.ID != world {
			t.Errorf("%s: %+v, %v", path, actor, err)
		}
		other := elsewhere
		if world == "other" {
			other = atV1
		}
		refusedWith(t, a, other, again(body["refresh_token"]), "invalid_grant", 70000)
		granted(t, a, path, again(body["refresh_token"]))
	}
}
