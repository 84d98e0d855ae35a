package authority_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"provost/internal/auth"
	"provost/internal/authority"
	"provost/internal/commerce"
	"provost/internal/sqlstore"
	"provost/partnercenter"
)

const (
	base = "http://127.0.0.1:4177"

	providerTenant   = "1cb000fc-4a11-4fd3-a30d-65e5eccf7d56"
	resellerTenant   = "624408d2-25d0-4d37-9514-ed2cd3572a05"
	productionTenant = "0a5ae9bb-15a2-4d6c-a1d1-2fa6a6d0a2c9"
	strangerTenant   = "9b1f3f05-91a3-4a0b-8c52-6f2f9c1f0c11"

	providerID = "43b4343a-65c4-4556-a059-d121c7fd99d7"
	resellerID = "57a46451-ec16-492d-93f1-788ab6ca61a5"

	ada         = "88c855f3-4105-4913-97df-b1a2a6efee9f"
	lockedUser  = "b7f9b955-f7ae-4ba1-8041-8d8de7411736"
	rosa        = "b1fdda9f-b502-413d-ac50-a8a158590099"
	app         = "199044aa-0019-4213-9c14-cbd49666a53f"
	lockedApp   = "6f45aedd-7961-4542-8600-39d309ba91e4"
	resellerApp = "67b7a5f7-ef01-4411-84cb-e419b7b4e32e"
	// everywhere is an app that both partners have.
	everywhere = "0d3a7a39-2a4c-4c2f-8f66-6f4b6a1f2d10"

	harbourLane = "d0b0ab3f-7a1c-4fd4-9a8c-0d5b3f1f7a01"
	secret      = "correct horse"
)

var (
	signingKey = mustKey(newKey())
	// secretHash is made once, as it takes its time.
	secretHash = mustHash(secret)
)

func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

func mustKey(key *rsa.PrivateKey) *authority.Key {
	k, err := authority.NewKey(key)
	if err != nil {
		panic(err)
	}
	return k
}

func mustHash(secret string) string {
	hash, err := commerce.HashSecret(secret)
	if err != nil {
		panic(err)
	}
	return hash
}

// newStore holds two partners of a development world and one of a production
// world.
func newStore(t *testing.T, clock commerce.Clock) commerce.Store {
	t.Helper()
	store, err := sqlstore.OpenSQLite(t.Context(), sqlstore.SQLite{Path: filepath.Join(t.TempDir(), "test.db"), Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	write(t, store, func(ctx context.Context, tx commerce.Tx) error {
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		yesterday := time.Now().Add(-24 * time.Hour)
		settings := commerce.DefaultSettings()
		user := func(partner, id, name, upn, hash string) commerce.Account {
			return commerce.Account{World: "demo", Partner: partner, ID: id, Kind: commerce.UserAccount, Name: name, UPN: upn, SecretHash: hash}
		}
		program := func(partner, id, name, hash string) commerce.Account {
			return commerce.Account{World: "demo", Partner: partner, ID: id, Kind: commerce.AppAccount, Name: name, SecretHash: hash, Registered: true}
		}
		grant := func(role commerce.DirectoryRole, until *time.Time) commerce.DirectoryGrant {
			return commerce.DirectoryGrant{World: "demo", Partner: providerID, User: ada, Customer: harbourLane, Role: role, Until: until}
		}
		for _, err := range []error{
			tx.Worlds().Insert(ctx, commerce.World{ID: "demo", Name: "Demo", Kind: commerce.Development, CreatedAt: at, Clock: clock, Settings: settings}),
			tx.Worlds().Insert(ctx, commerce.World{ID: "live", Name: "Live", Kind: commerce.Production, CreatedAt: at, Settings: settings}),
			tx.Partners().Insert(ctx, commerce.Partner{World: "demo", ID: providerID, Tenant: providerTenant, Kind: commerce.Provider, Name: "Northlight Cloud"}),
			tx.Partners().Insert(ctx, commerce.Partner{World: "demo", ID: resellerID, Tenant: resellerTenant, Kind: commerce.Reseller, Name: "Brookside IT"}),
			tx.Partners().Insert(ctx, commerce.Partner{World: "live", ID: providerID, Tenant: productionTenant, Kind: commerce.Provider, Name: "Real"}),
			tx.Accounts().Insert(ctx, user(providerID, ada, "Ada Admin", "ada@northlight.example", secretHash)),
			tx.Accounts().Insert(ctx, user(providerID, lockedUser, "Lou Locked", "lou@northlight.example", "")),
			tx.Accounts().Insert(ctx, program(providerID, app, "Automation", secretHash)),
			tx.Accounts().Insert(ctx, program(providerID, lockedApp, "Locked", "")),
			tx.Accounts().Insert(ctx, program(providerID, everywhere, "Everywhere", secretHash)),
			tx.Accounts().Insert(ctx, user(resellerID, rosa, "Rosa Reseller", "rosa@brookside.example", secretHash)),
			tx.Accounts().Insert(ctx, program(resellerID, resellerApp, "Sync", secretHash)),
			tx.Accounts().Insert(ctx, program(resellerID, everywhere, "Everywhere", secretHash)),
			tx.Accounts().Insert(ctx, commerce.Account{World: "live", Partner: providerID, ID: app, Kind: commerce.AppAccount, Name: "Real", SecretHash: secretHash}),
			tx.Roles().GrantAgent(ctx, commerce.AgentGrant{World: "demo", Partner: providerID, User: ada, Role: commerce.AdminAgent}),
			tx.Customers().Insert(ctx, commerce.Customer{World: "demo", CreatedAt: at, Resource: partnercenter.Customer{ID: harbourLane}}),
			tx.Relationships().Insert(ctx, commerce.Relationship{World: "demo", Partner: providerID, Customer: harbourLane, Kind: commerce.ResellerOf}),
			tx.Roles().GrantDirectory(ctx, grant(commerce.DirectoryReader, nil)),
			tx.Roles().GrantDirectory(ctx, grant(commerce.GlobalReader, &yesterday)),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	return store
}

func write(t *testing.T, store commerce.Store, fn func(context.Context, commerce.Tx) error) {
	t.Helper()
	if err := store.Write(t.Context(), func(tx commerce.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func newAuthority(t *testing.T, store commerce.Store) *authority.Authority {
	t.Helper()
	a, err := authority.New(authority.Settings{Store: store, Key: signingKey, BaseURL: base + "/", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func newVerifier(t *testing.T, a *authority.Authority) *auth.Verifier {
	t.Helper()
	v := auth.New(auth.Settings{Issuers: []auth.Issuer{auth.Static(a.Speaks, a.PublicKey())}})
	t.Cleanup(v.Close)
	return v
}

type form map[string]string

// and gives the form with some parameters changed; "-" leaves one out.
func (f form) and(changes form) form {
	changed := form{}
	for _, part := range []form{f, changes} {
		for name, value := range part {
			changed[name] = value
		}
	}
	for name, value := range changed {
		if value == "-" {
			delete(changed, name)
		}
	}
	return changed
}

func (f form) encode() string {
	values := url.Values{}
	for name, value := range f {
		values.Set(name, value)
	}
	return values.Encode()
}

var (
	asAda  = form{"grant_type": "password", "client_id": app, "username": "ada@northlight.example", "password": secret, "scope": "openid offline_access"}
	asRosa = form{"grant_type": "password", "client_id": resellerApp, "username": "rosa@brookside.example", "password": secret}
	asApp  = form{"grant_type": "client_credentials", "client_id": app, "client_secret": secret}
)

const (
	atV1 = "/" + providerTenant + "/oauth2/token"
	atV2 = "/" + providerTenant + "/oauth2/v2.0/token"
)

func request(method, path, body string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

func serve(t *testing.T, a http.Handler, r *http.Request) (status int, body map[string]any, h http.Header) {
	t.Helper()
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("%s %s answers %q: %v", r.Method, r.URL, w.Body, err)
	}
	if got := w.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("%s %s: Cache-Control %q", r.Method, r.URL, got)
	}
	if got := w.Header().Get("Content-Type"); got != "application/json; charset=utf-8" {
		t.Errorf("%s %s: Content-Type %q", r.Method, r.URL, got)
	}
	return w.Code, body, w.Header()
}

func post(t *testing.T, a http.Handler, path string, f form) (int, map[string]any) {
	t.Helper()
	status, body, _ := serve(t, a, request(http.MethodPost, path, f.encode()))
	return status, body
}

// granted posts a form that must be granted.
func granted(t *testing.T, a http.Handler, path string, f form) map[string]any {
	t.Helper()
	status, body := post(t, a, path, f)
	if status != http.StatusOK {
		t.Fatalf("%s: %d %v", path, status, body)
	}
	return body
}

// claimsIn reads a token without verifying it.
func claimsIn(t *testing.T, token any) map[string]any {
	t.Helper()
	parts := strings.Split(token.(string), ".")
	if len(parts) != 3 {
		t.Fatalf("%v is no token", token)
	}
	var claims map[string]any
	if err := json.Unmarshal(decode(t, parts[1]), &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func verify(t *testing.T, v *auth.Verifier, token any) (commerce.Claims, error) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/v1/customers", nil)
	r.Header.Set("Authorization", "Bearer "+token.(string))
	claims, err := v.Verify(t.Context(), r)
	claims.Token = [32]byte{} // who compares claims knows the token
	return claims, err
}
