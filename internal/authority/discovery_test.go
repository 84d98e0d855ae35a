package authority_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"provost/internal/auth"
	"provost/internal/authority"
	"provost/internal/commerce"
	"provost/partnercenter/extension"
)

func sha256Hex(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func TestDiscoveryNamesTheEndpoints(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	at := base + "/" + providerTenant
	for path, want := range map[string]map[string]any{
		"/" + providerTenant + "/.well-known/openid-configuration": {
			"issuer": at + "/", "token_endpoint": at + "/oauth2/token", "jwks_uri": at + "/discovery/keys",
			"authorization_endpoint": at + "/oauth2/authorize"},
		"/" + providerTenant + "/v2.0/.well-known/openid-configuration": {
			"issuer": at + "/v2.0", "token_endpoint": at + "/oauth2/v2.0/token", "jwks_uri": at + "/discovery/v2.0/keys",
			"authorization_endpoint": at + "/oauth2/v2.0/authorize", "device_authorization_endpoint": at + "/oauth2/v2.0/devicecode"},
		"/northlight.example/v2.0/.well-known/openid-configuration": {"issuer": at + "/v2.0", "token_endpoint": at + "/oauth2/v2.0/token"},
		"/common/.well-known/openid-configuration":                  {"issuer": base + "/{tenantid}/", "token_endpoint": base + "/common/oauth2/token"},
		"/organizations/v2.0/.well-known/openid-configuration":      {"issuer": base + "/{tenantid}/v2.0", "jwks_uri": base + "/organizations/discovery/v2.0/keys"},
	} {
		status, body, _ := serve(t, a, request(http.MethodGet, path, ""))
		if status != http.StatusOK {
			t.Errorf("%s: %d %v", path, status, body)
		}
		for member, value := range want {
			if body[member] != value {
				t.Errorf("%s: %s is %v, want %v", path, member, body[member], value)
			}
		}
		for _, member := range []string{"response_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported",
			"scopes_supported", "grant_types_supported", "token_endpoint_auth_methods_supported", "claims_supported"} {
			if list, ok := body[member].([]any); !ok || len(list) == 0 {
				t.Errorf("%s: %s is %v", path, member, body[member])
			}
		}
	}
	for _, path := range []string{"/" + strangerTenant + "/.well-known/openid-configuration", "/" + productionTenant + "/discovery/keys"} {
		if status, body, _ := serve(t, a, request(http.MethodGet, path, "")); status != http.StatusBadRequest || body["error_codes"].([]any)[0] != 90002.0 {
			t.Errorf("%s: %d %v", path, status, body)
		}
	}
	if status, _, h := serve(t, a, request(http.MethodPost, "/common/discovery/keys", "")); status != http.StatusMethodNotAllowed || h.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST to the keys: %d, Allow %q", status, h.Get("Allow"))
	}
}

func TestPublishedKeyIsPublicAndVerifiesTokens(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	token, err := jose.ParseSignedCompact(granted(t, a, atV2, asAda)["access_token"].(string), []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/common/discovery/keys", "/" + providerTenant + "/discovery/v2.0/keys"} {
		w := httptest.NewRecorder()
		a.ServeHTTP(w, request(http.MethodGet, path, ""))
		var set jose.JSONWebKeySet
		if err := json.Unmarshal(w.Body.Bytes(), &set); err != nil {
			t.Fatal(err)
		}
		if len(set.Keys) != 1 || !set.Keys[0].IsPublic() || set.Keys[0].Use != "sig" || set.Keys[0].Algorithm != "RS256" {
			t.Fatalf("%s: %s", path, w.Body)
		}
		if _, err := token.Verify(set); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestAnotherServerDiscoversTheAuthority(t *testing.T) {
	store := newStore(t, commerce.Clock{})
	var a *authority.Authority
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.ServeHTTP(w, r) }))
	defer server.Close()
	a, err := authority.New(authority.Settings{Store: store, Key: signingKey, BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	var issuers []auth.Issuer
	for _, name := range []string{"/", "/v2.0"} {
		issuer, err := auth.Discover(t.Context(), server.URL+"/"+providerTenant+name, providerTenant)
		if err != nil {
			t.Fatal(err)
		}
		issuers = append(issuers, issuer)
	}
	v := auth.New(auth.Settings{Issuers: issuers})
	t.Cleanup(v.Close)
	for _, path := range []string{atV1, atV2} {
		if claims, err := verify(t, v, granted(t, a, path, asAda)["access_token"]); err != nil || claims.User != ada {
			t.Errorf("%s: %+v, %v", path, claims, err)
		}
	}
	if _, err := verify(t, v, granted(t, a, "/"+resellerTenant+"/oauth2/token", asRosa)["access_token"]); err == nil {
		t.Error("a tenant that the issuers may not speak for passes")
	}
}

func TestSpeaksForItsOwnNamesAlone(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	for iss, want := range map[string]bool{
		base + "/" + providerTenant + "/":     true,
		base + "/" + providerTenant + "/v2.0": true,
		base + "/" + providerTenant:           false,
		base + "/" + resellerTenant + "/":     false,
		base + "//":                           false,
		"":                                    false,
		"http://127.0.0.1:4178/" + providerTenant + "/": false,
	} {
		if a.Speaks(iss, providerTenant) != want {
			t.Errorf("%s: %v", iss, !want)
		}
	}
	if a.Speaks(base+"//", "") {
		t.Error("speaks for no tenant")
	}
}

func TestAccountsListWhoCanSignIn(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	w := httptest.NewRecorder()
	a.ServeHTTP(w, request(http.MethodGet, extension.AccountsPath, ""))
	var list extension.Accounts
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	if len(list.Items) != 8 {
		t.Fatalf("%d accounts: %s", len(list.Items), w.Body)
	}
	first, err := json.Marshal(list.Items[0])
	if err != nil {
		t.Fatal(err)
	}
	want := `{"world":"demo","worldName":"Demo","tenant":"` + providerTenant + `","partner":"Northlight Cloud","partnerKind":"provider","id":"` + ada +
		`","kind":"user","name":"Ada Admin","userPrincipalName":"ada@northlight.example","roles":["admin-agent"],"directoryRoles":["directory-reader"]}`
	if string(first) != want {
		t.Errorf("%s\nwant %s", first, want)
	}
	for _, account := range list.Items {
		if account.World != "demo" {
			t.Errorf("an account of world %s", account.World)
		}
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	store := newStore(t, commerce.Clock{})
	for name, s := range map[string]authority.Settings{
		"no store":   {Key: signingKey, BaseURL: base},
		"no key":     {Store: store, BaseURL: base},
		"no address": {Store: store, Key: signingKey},
		"a path":     {Store: store, Key: signingKey, BaseURL: "/x"},
		"a query":    {Store: store, Key: signingKey, BaseURL: base + "?x=1"},
	} {
		s.Log = slog.New(slog.DiscardHandler)
		if _, err := authority.New(s); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestInstanceDiscoveryVouchesForItselfAlone(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	ask := func(host, endpoint, version string) (int, map[string]any) {
		r := request(http.MethodGet, "/common/discovery/instance?"+form{"authorization_endpoint": endpoint, "api-version": version}.encode(), "")
		r.Host = host
		status, body, _ := serve(t, a, r)
		return status, body
	}
	const own = "127.0.0.1:4177"
	status, body := ask(own, base+"/"+providerTenant+"/oauth2/v2.0/authorize", "1.1")
	metadata, _ := body["metadata"].([]any)
	if status != http.StatusOK || body["tenant_discovery_endpoint"] != base+"/"+providerTenant+"/v2.0/.well-known/openid-configuration" || len(metadata) != 1 {
		t.Fatalf("%d %v", status, body)
	}
	entry := metadata[0].(map[string]any)
	if entry["preferred_network"] != own || entry["preferred_cache"] != own || len(entry["aliases"].([]any)) != 1 || body["api-version"] != "1.1" {
		t.Errorf("%v", body)
	}
	status, body = ask(own, base+"/common/oauth2/authorize", "1.0")
	if status != http.StatusOK || body["tenant_discovery_endpoint"] != base+"/common/.well-known/openid-configuration" || body["metadata"] != nil {
		t.Errorf("1.0: %d %v", status, body)
	}
	_, body = ask("provost.example", "https://Provost.example/common/oauth2/authorize", "1.1")
	if aliases := body["metadata"].([]any)[0].(map[string]any)["aliases"].([]any); len(aliases) != 2 || aliases[1] != "provost.example" {
		t.Errorf("behind a proxy: %v", body)
	}
	if status, body = ask(own, "https://127.0.0.1/common/oauth2/v2.0/authorize", "1.1"); status != http.StatusOK {
		t.Errorf("without the port: %d %v", status, body)
	}
	for _, endpoint := range []string{"https://login.microsoftonline.com/common/oauth2/authorize", "http://127.0.0.1:4178/common/oauth2/authorize", "http:///common", "http://127.0.0.1:4177@evil.example/", "evil", "http://%zz"} {
		if status, body := ask(own, endpoint, "1.1"); status != http.StatusBadRequest || body["error"] != "invalid_instance" {
			t.Errorf("%s: %d %v", endpoint, status, body)
		}
	}
	for _, bad := range [][2]string{{"", "1.1"}, {base + "/common/oauth2/authorize", "2.0"}} {
		if status, body := ask(own, bad[0], bad[1]); status != http.StatusBadRequest || body["error"] != "invalid_request" {
			t.Errorf("%v: %d %v", bad, status, body)
		}
	}
}
