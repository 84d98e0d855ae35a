package auth_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"provost/internal/auth"
	"provost/internal/commerce"
	"provost/partnercenter"
)

// recorded is an identity provider in the discovery document that it publishes,
// with keys of the test's own in the shape of its.
type recorded struct {
	document []byte
	jwksURI  string
	keys     []any
	fetches  atomic.Int32
}

func record(t *testing.T, name string, keys ...any) *recorded {
	t.Helper()
	document, err := os.ReadFile(filepath.Join("testdata", "issuers", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		JWKSURI string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(document, &said); err != nil {
		t.Fatal(err)
	}
	return &recorded{document: document, jwksURI: said.JWKSURI, keys: keys}
}

func (r *recorded) RoundTrip(request *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	switch {
	case strings.HasSuffix(request.URL.Path, "/.well-known/openid-configuration"):
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(r.document)
	case request.URL.String() == r.jwksURI:
		r.fetches.Add(1)
		writeJSON(w, object{"keys": r.keys})
	default:
		w.WriteHeader(http.StatusNotFound)
	}
	return w.Result(), nil
}

// published is a key in a JWKS, with the members that an identity provider adds;
// its certificates are shortened here, since nobody may need them.
func published(t *testing.T, key any, more object) object {
	t.Helper()
	encoded, err := json.Marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	var members object
	if err := json.Unmarshal(encoded, &members); err != nil {
		t.Fatal(err)
	}
	return with(members, more)
}

const (
	keycloakURL = "https://keycloak.example/realms/shop"
	dexURL      = "https://dex.example/dex"
	entraV2URL  = "https://login.microsoftonline.com/" + tenant + "/v2.0"
	entraV1URL  = "https://sts.windows.net/" + tenant + "/"

	adminsGroup = "0f1e2d3c-4b5a-4697-8877-665544332211"
	dexSubject  = "CiQwOGE4Njg0Yi1kYjg4LTRiNzMtOTBhOS0zY2QxNjYxZjU0NjYSBWxvY2Fs"
)

// keycloakIssuer is Keycloak as docs/production.md sets it up.
func keycloakIssuer(t *testing.T) auth.Issuer {
	t.Helper()
	issuer, err := auth.DiscoverThrough(t.Context(), record(t, "keycloak",
		published(t, jwk("sealing", otherKey), object{"use": "enc", "alg": "RSA-OAEP"}),
		published(t, jwk("one", issuerKey), object{"x5c": []string{"MIIClzCCAX8"}, "x5t": "q0", "x5t#S256": "q1"})), keycloakURL, tenant)
	if err != nil {
		t.Fatal(err)
	}
	issuer.Tenant = tenant
	issuer.Audiences = []string{"provost"}
	issuer.Claims = auth.ClaimNames{User: "sub", App: "azp", Scope: "scope"}
	issuer.MFA = map[string][]string{"acr": {"2"}}
	issuer.Roles = map[string]map[string]commerce.AgentRole{
		"groups":             {"/partner/admins": commerce.AdminAgent, "/partner/sales": commerce.SalesAgent},
		"realm_access.roles": {"helpdesk": commerce.HelpdeskAgent},
	}
	return issuer
}

func keycloakUser() object {
	now := time.Now().Unix()
	return object{
		"exp": now + 300, "iat": now, "auth_time": now - 5, "jti": "onrtac:5f3b1c2a-7d1f-4b0e-9a51-0c6b5bb3e0aa",
		"iss": keycloakURL, "aud": []string{"provost", "account"}, "sub": user, "typ": "Bearer", "azp": "shop-portal",
		"sid": "3f8e7c55-6d0a-4c68-b2a7-5f4de1c7a001", "acr": "2", "allowed-origins": []string{"https://portal.example"},
		"realm_access":    object{"roles": []string{"default-roles-shop", "offline_access", "uma_authorization"}},
		"resource_access": object{"account": object{"roles": []string{"manage-account", "view-profile"}}},
		"scope":           "openid profile email", "email_verified": true, "name": "Ada Admin", "groups": []string{"/partner/admins"},
		"preferred_username": "ada", "given_name": "Ada", "family_name": "Admin", "email": "ada@northlight.example",
	}
}

func keycloakService() object {
	now := time.Now().Unix()
	return object{
		"exp": now + 300, "iat": now, "jti": "trrtcc:0a2b", "iss": keycloakURL, "aud": "provost", "sub": "71c3a6c4-2f0a-4ad5-8f5e-6a2f6b2f7a10",
		"typ": "Bearer", "azp": "Shop-Batch", "acr": "1", "realm_access": object{"roles": []string{"default-roles-shop"}}, "scope": "email profile",
		"email_verified": false, "clientHost": "192.0.2.9", "preferred_username": "service-account-shop-batch",
		"clientAddress": "192.0.2.9", "client_id": "Shop-Batch",
	}
}

func dexIssuer(t *testing.T) auth.Issuer {
	t.Helper()
	issuer, err := auth.DiscoverThrough(t.Context(), record(t, "dex", jwk("one", issuerKey)), dexURL, tenant)
	if err != nil {
		t.Fatal(err)
	}
	issuer.Tenant = tenant
	issuer.Audiences = []string{"provost", "shop-portal"}
	issuer.Claims = auth.ClaimNames{User: "sub", App: "aud"}
	issuer.Roles = map[string]map[string]commerce.AgentRole{"groups": {"northlight:admins": commerce.GlobalAdmin}}
	return issuer
}

func dexUser() object {
	now := time.Now().Unix()
	return object{
		"iss": dexURL, "sub": dexSubject, "aud": "shop-portal", "exp": now + 86400, "iat": now, "at_hash": "v4XXk9mHzVnCpDCTOV2kYA",
		"email": "ada@northlight.example", "email_verified": true, "groups": []string{"northlight:admins", "northlight"}, "name": "Ada Admin",
	}
}

func entraIssuers(t *testing.T) []auth.Issuer {
	t.Helper()
	v2, err := auth.DiscoverThrough(t.Context(), record(t, "entra-v2",
		published(t, jwk("one", issuerKey), object{"issuer": entraV2URL, "cloud_instance_name": "microsoftonline.com", "x5t": "one"}),
		published(t, jwk("consumers", otherKey), object{"issuer": "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"}),
		published(t, jwk("any", curveRSA), object{"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"}),
	), entraV2URL, tenant)
	if err != nil {
		t.Fatal(err)
	}
	v1, err := auth.DiscoverThrough(t.Context(), record(t, "entra-v1", published(t, jwk("one", issuerKey), object{"x5t": "one"})), entraV1URL, tenant)
	if err != nil {
		t.Fatal(err)
	}
	both := []auth.Issuer{v2, v1}
	for i := range both {
		both[i].Audiences = []string{"api://provost", "5d3f2c1b-aaaa-4bbb-8ccc-0d1e2f3a4b5c"}
		both[i].MFA = map[string][]string{"acrs": {"c1", "c2"}}
		both[i].Roles = map[string]map[string]commerce.AgentRole{
			"groups": {strings.ToUpper(adminsGroup): commerce.AdminAgent},
			"wids":   {"62e90394-69f5-4237-9190-012177145e10": commerce.GlobalAdmin},
			"roles":  {"Helpdesk": commerce.HelpdeskAgent},
		}
	}
	return both
}

// curveRSA is one more key of an issuer.
var curveRSA = newRSA(2048)

func entraV2User() object {
	return with(userClaims(), object{
		"iss": entraV2URL, "aud": "5d3f2c1b-aaaa-4bbb-8ccc-0d1e2f3a4b5c", "aio": "AWQAm/8ZAAAA", "azp": app, "azpacr": "1", "appid": nil, "appidacr": nil,
		"acr": nil, "amr": nil, "acrs": []string{"p1", "c1"}, "preferred_username": "ada@northlight.example", "rh": "0.AX0A", "sub": "Pq4x",
		"unique_name": nil, "upn": nil, "uti": "b0", "ver": "2.0", "wids": []string{"62e90394-69f5-4237-9190-012177145e10", "b79fbf4d-3ef9-4689-8143-76b194e85509"},
		"groups": []string{adminsGroup, "aaaaaaaa-1111-4222-8333-444444444444"},
	})
}

func TestTokensOfOtherIdentityProvidersSayWhoCalls(t *testing.T) {
	issuers := append([]auth.Issuer{keycloakIssuer(t), dexIssuer(t)}, entraIssuers(t)...)
	v := newVerifier(t, auth.Settings{Issuers: issuers, Log: slog.New(slog.DiscardHandler)})
	keycloak := commerce.Claims{
		Tenant: tenant, User: user, UPN: "ada", App: "shop-portal", MFA: true,
		Groups: []string{"/partner/admins"}, AgentRoles: []commerce.AgentRole{commerce.AdminAgent},
	}
	changed := func(c commerce.Claims, change func(*commerce.Claims)) commerce.Claims {
		change(&c)
		return c
	}
	entra := commerce.Claims{
		Tenant: tenant, User: user, UPN: "ada@northlight.example", App: app, MFA: true,
		Groups:     []string{adminsGroup, "aaaaaaaa-1111-4222-8333-444444444444"},
		AgentRoles: []commerce.AgentRole{commerce.AdminAgent, commerce.GlobalAdmin},
	}
	v1 := with(entraV2User(), object{"iss": entraV1URL, "aud": "api://provost", "azp": nil, "appid": app, "appidacr": "1", "upn": "ada@northlight.example", "preferred_username": nil, "ver": "1.0"})
	for name, c := range map[string]struct {
		claims object
		want   commerce.Claims
	}{
		"Keycloak, user": {keycloakUser(), keycloak},
		"Keycloak, one factor": {with(keycloakUser(), object{"acr": "1"}),
			changed(keycloak, func(c *commerce.Claims) { c.MFA = false })},
		"Keycloak, second factor by its reference": {with(keycloakUser(), object{"acr": "1", "amr": []string{"pwd", "mfa"}}), keycloak},
		"Keycloak, realm role": {with(keycloakUser(), object{"groups": nil, "realm_access": object{"roles": []string{"helpdesk"}}}),
			changed(keycloak, func(c *commerce.Claims) { c.Groups, c.AgentRoles = nil, []commerce.AgentRole{commerce.HelpdeskAgent} })},
		"Keycloak, service account": {keycloakService(), commerce.Claims{Tenant: tenant, App: "Shop-Batch"}},
		"Keycloak, service account whose client lacks the scope profile": {with(keycloakService(), object{"preferred_username": nil, "email_verified": nil, "scope": "provost"}),
			commerce.Claims{Tenant: tenant, App: "Shop-Batch"}},
		"Keycloak, service account that is behind no address": {with(keycloakService(), object{"clientHost": nil, "clientAddress": nil}),
			commerce.Claims{Tenant: tenant, App: "Shop-Batch"}},
		"a user whose issuer names the client for everyone": {with(keycloakUser(), object{"client_id": "shop-portal"}), keycloak},
		"Keycloak, user of a client that has a service account": {with(keycloakUser(), object{"azp": "Shop-Batch"}),
			changed(keycloak, func(c *commerce.Claims) { c.App = "Shop-Batch" })},
		"Keycloak, user who chose a service account's name": {with(keycloakUser(), object{"azp": "Shop-Batch", "preferred_username": "service-account-shop-batch"}),
			changed(keycloak, func(c *commerce.Claims) { c.App, c.UPN = "Shop-Batch", "service-account-shop-batch" })},
		"Keycloak, tenant by a mapper": {with(keycloakUser(), object{"tid": tenant}), keycloak},
		"Dex, more groups than anyone needs": {with(dexUser(), object{"groups": strings.Split(strings.Repeat("g ", 1000)+"g", " ")}),
			commerce.Claims{Tenant: tenant, User: dexSubject, UPN: "ada@northlight.example", App: "shop-portal"}},
		"Dex, user": {dexUser(), commerce.Claims{Tenant: tenant, User: dexSubject, UPN: "ada@northlight.example", App: "shop-portal",
			Groups: []string{"northlight:admins", "northlight"}, AgentRoles: []commerce.AgentRole{commerce.GlobalAdmin}}},
		"Entra v2, user": {entraV2User(), entra},
		"Entra v1, user": {v1, entra},
		"Entra v2, app role": {with(entraV2User(), object{"wids": nil, "groups": nil, "roles": []string{"Helpdesk", "Other"}}),
			changed(entra, func(c *commerce.Claims) { c.Groups, c.AgentRoles = nil, []commerce.AgentRole{commerce.HelpdeskAgent} })},
		"Entra v2, app alone, which no role is granted": {with(entraV2User(), object{"scp": nil, "preferred_username": nil, "name": nil, "idtyp": "app", "sub": user, "roles": []string{"Helpdesk"}}),
			commerce.Claims{Tenant: tenant, App: app}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := verify(t, v, "Bearer "+sign(issuerKey, rs256(), c.claims))
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("%+v, %v\nwant %+v", got, err, c.want)
			}
		})
	}
}

func TestIssuersAreHeldToTheirOwnWords(t *testing.T) {
	v := newVerifier(t, auth.Settings{Issuers: append([]auth.Issuer{keycloakIssuer(t), dexIssuer(t)}, entraIssuers(t)...), Log: slog.New(slog.DiscardHandler)})
	no, audience := partnercenter.ErrUnauthenticated, partnercenter.ErrAudience
	for name, c := range map[string]struct {
		claims object
		want   error
		says   string
	}{
		"Keycloak for another tenant":        {with(keycloakUser(), object{"tid": app}), no, "speaks for tenant"},
		"Keycloak for another client":        {with(keycloakUser(), object{"aud": "account"}), audience, "provost"},
		"Keycloak for Entra's audience":      {with(keycloakUser(), object{"aud": "api://provost"}), audience, ""},
		"another realm":                      {with(keycloakUser(), object{"iss": "https://keycloak.example/realms/other"}), no, "no tenant (tid)"},
		"an id_token of Keycloak's":          {with(keycloakUser(), object{"typ": "ID", "aud": []string{"provost"}, "nonce": "n", "scope": nil}), no, "typ"},
		"Keycloak's refresh token":           {with(keycloakUser(), object{"typ": "Refresh"}), no, "typ"},
		"Keycloak's offline token":           {with(keycloakUser(), object{"typ": "Offline"}), no, "typ"},
		"Keycloak's logout token":            {with(keycloakUser(), object{"typ": "Logout"}), no, "typ"},
		"Keycloak without a client":          {with(keycloakUser(), object{"azp": nil}), no, "(azp)"},
		"Keycloak without a user":            {with(keycloakUser(), object{"sub": nil}), no, "(sub)"},
		"Keycloak, neither scope nor name":   {with(keycloakUser(), object{"scope": nil, "preferred_username": nil, "email": nil}), no, "neither"},
		"Keycloak, groups that are odd":      {with(keycloakUser(), object{"groups": []any{object{"name": "/partner/admins"}}}), no, "groups"},
		"Keycloak, scope that is odd":        {with(keycloakUser(), object{"scope": object{"a": 1}}), no, "scope"},
		"Dex for two clients":                {with(dexUser(), object{"aud": []string{"provost", "shop-portal"}}), no, "several"},
		"Dex for another client":             {with(dexUser(), object{"aud": "other"}), audience, ""},
		"Dex in Keycloak's name":             {with(dexUser(), object{"iss": keycloakURL}), audience, ""},
		"Entra v2 without a tenant":          {with(entraV2User(), object{"tid": nil}), no, "no tenant (tid)"},
		"Entra v2 for another tenant":        {with(entraV2User(), object{"tid": app}), no, "speaks for tenant"},
		"Entra v2 of another tenant":         {with(entraV2User(), object{"tid": app, "iss": "https://login.microsoftonline.com/" + app + "/v2.0"}), no, "no trusted issuer"},
		"Entra for any tenant":               {with(entraV2User(), object{"iss": "https://login.microsoftonline.com/{tenantid}/v2.0"}), no, "no trusted issuer"},
		"more groups than fit":               {with(entraV2User(), object{"groups": nil, "_claim_names": object{"groups": "src1"}, "_claim_sources": object{"src1": object{"endpoint": "https://graph.windows.net/x"}}}), no, "groups assigned to the application"},
		"more groups than fit, v1":           {with(entraV2User(), object{"groups": nil, "hasgroups": true}), no, "groups assigned to the application"},
		"more roles than fit":                {with(entraV2User(), object{"_claim_names": object{"wids": "src1"}}), no, "_claim_names"},
		"_claim_names that is a word":        {with(entraV2User(), object{"_claim_names": "groups"}), no, "_claim_names"},
		"groups as a number":                 {with(entraV2User(), object{"groups": 7}), no, "groups"},
		"wids in an object":                  {with(entraV2User(), object{"wids": object{"a": "b"}}), no, "wids"},
		"a user and an app, Entra":           {with(entraV2User(), object{"idtyp": "app"}), no, "both"},
		"another provider's user of no name": {with(dexUser(), object{"email": nil}), no, "neither"},
	} {
		t.Run(name, func(t *testing.T) {
			claims, err := verify(t, v, "Bearer "+sign(issuerKey, rs256(), c.claims))
			var refusal *commerce.Refusal
			if !errors.Is(err, c.want) || !errors.As(err, &refusal) || !strings.Contains(refusal.Cure, c.says) {
				t.Errorf("%+v, %v; want %v, %q", claims, err, c.want, c.says)
			}
		})
	}
}

func TestOtherGroupsElsewhereAreNoOverage(t *testing.T) {
	v := newVerifier(t, auth.Settings{Issuers: entraIssuers(t)})
	if _, err := verify(t, v, "Bearer "+sign(issuerKey, rs256(), with(entraV2User(), object{"_claim_names": object{"photo": "src1"}, "hasgroups": false}))); err != nil {
		t.Error(err)
	}
}

func TestOverageIsRefusedWhereTheStoreAloneGrantsToGroups(t *testing.T) {
	issuers := entraIssuers(t)
	for i := range issuers {
		issuers[i].Roles = nil
	}
	v := newVerifier(t, auth.Settings{Issuers: issuers})
	token := sign(issuerKey, rs256(), with(entraV2User(), object{"groups": nil, "_claim_names": object{"groups": "src1"}}))
	if claims, err := verify(t, v, "Bearer "+token); !errors.Is(err, partnercenter.ErrUnauthenticated) {
		t.Errorf("a user short of groups: %+v, %v", claims, err)
	}
}

func TestKeysSignForTheirOwnIssuer(t *testing.T) {
	v := newVerifier(t, auth.Settings{Issuers: entraIssuers(t)})
	if _, err := verify(t, v, "Bearer "+sign(curveRSA, with(rs256(), object{"kid": "any"}), entraV2User())); err != nil {
		t.Errorf("a key of every tenant: %v", err)
	}
	for name, token := range map[string]string{
		"consumers' key for a tenant":        sign(otherKey, with(rs256(), object{"kid": "consumers"}), entraV2User()),
		"consumers' key without a key id":    sign(otherKey, with(rs256(), object{"kid": nil}), entraV2User()),
		"v2's key of every tenant, for v1":   sign(curveRSA, with(rs256(), object{"kid": "any"}), with(entraV2User(), object{"iss": entraV1URL, "aud": "api://provost"})),
		"Keycloak's encryption key, renamed": sign(otherKey, rs256(), keycloakUser()),
	} {
		if _, err := verify(t, v, "Bearer "+token); !errors.Is(err, partnercenter.ErrUnauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHostileTokensCostOneFetchAMinuteAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer("https://issuer.example/" + tenant + "/")
		i.jwksURI = base + "/keys"
		found, err := auth.DiscoverThrough(t.Context(), i, i.url, tenant)
		if err != nil {
			t.Fatal(err)
		}
		v := auth.New(auth.Settings{Issuers: []auth.Issuer{found}})
		defer v.Close()
		synctest.Wait()
		if i.url != base+"/"+tenant+"/" {
			t.Fatal("the hostile tokens are another issuer's")
		}
		// Every row, and every row again under key ids that the issuer may have
		// made since, for a whole minute.
		before := i.fetches()
		for range 6 {
			for name, row := range hostile() {
				if _, err := verify(t, v, row.authorization...); !errors.Is(err, row.want) {
					t.Errorf("%s: %v", name, err)
				}
			}
			for _, id := range []string{"../../keys", "https://attacker.example/keys", "two\x00", strings.Repeat("k", 4096), "", "%2e%2e/x", "one "} {
				token := sign(otherKey, with(rs256(), object{"kid": id}), userClaims())
				if _, err := verify(t, v, "Bearer "+token); !errors.Is(err, partnercenter.ErrUnauthenticated) {
					t.Errorf("kid %.20q: %v", id, err)
				}
			}
			time.Sleep(9 * time.Second)
		}
		if got := i.fetches() - before; got != 1 {
			t.Errorf("a minute of hostile tokens cost %d fetches", got)
		}
		i.set(func() { i.down = true })
		asked := i.attempts()
		for range 5 {
			time.Sleep(time.Minute)
			for range 50 {
				_, _ = verify(t, v, "Bearer "+sign(otherKey, with(rs256(), object{"kid": "unknown"}), userClaims()))
			}
		}
		if got := i.attempts() - asked; got > 5*(1+6) {
			t.Errorf("five minutes of unknown keys cost an issuer that is down %d questions", got)
		}
	})
}
