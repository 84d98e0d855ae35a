package restapi_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"provost/internal/auth"
	"provost/internal/commerce"
	"provost/internal/fulfillment"
	"provost/internal/pipe"
	"provost/internal/restapi"
	"provost/internal/sqlstore"
	"provost/partnercenter"
)

// The instant of the frozen world; the demo shop's dates hang on it.
var frozenAt = time.Date(2026, 3, 2, 10, 7, 30, 0, time.UTC)

// The tenants of the two worlds' providers and resellers. Both worlds hold the
// demo shop under the same ids.
const (
	frozenProvider  = "1cb000fc-4a11-4fd3-a30d-65e5eccf7d56"
	frozenReseller  = "624408d2-25d0-4d37-9514-ed2cd3572a05"
	runningProvider = "5e7c4a0e-0d2b-4c39-8d1f-3f4f6a3f1d10"
	runningReseller = "5e7c4a0e-0d2b-4c39-8d1f-3f4f6a3f1d11"
	strictProvider  = "5e7c4a0e-0d2b-4c39-8d1f-3f4f6a3f1d12"
	strictReseller  = "5e7c4a0e-0d2b-4c39-8d1f-3f4f6a3f1d13"
)

// expiring is a subscription of the frozen worlds whose term has just ended.
const expiring = "780d8908-1ddc-4f63-91cc-0508920b092d"

// foreignHost is a name that the door does not answer to, as one in development
// answers to its own alone.
const foreignHost = "rebound.example"

// bearers are whom the exchanges speak as.
var bearers = map[string]bearer{
	"admin":              {user: "88c855f3-4105-4913-97df-b1a2a6efee9f"},
	"sales":              {user: "b7f9b955-f7ae-4ba1-8041-8d8de7411736"},
	"helpdesk":           {user: "f220e83d-e760-4d88-b5dc-25f72c7e0e42"},
	"globaladmin":        {user: "2f6201d0-9ce7-4e83-8ab9-8eec2b9013c2"},
	"reader":             {user: "ea0e8275-cd0d-45fd-9358-9fb6512ee3da"},
	"stranger":           {user: "a3a8c6e7-27ee-40c6-b322-16ec2fd9459c"},
	"app":                {app: "199044aa-0019-4213-9c14-cbd49666a53f"},
	"unregistered":       {app: "6f45aedd-7961-4542-8600-39d309ba91e4"},
	"reseller":           {user: "b1fdda9f-b502-413d-ac50-a8a158590099", reseller: true},
	"resellerapp":        {app: "67b7a5f7-ef01-4411-84cb-e419b7b4e32e", reseller: true},
	"nomfa":              {user: "88c855f3-4105-4913-97df-b1a2a6efee9f", claims: map[string]any{"amr": []string{"pwd"}}},
	"oldaudience":        {user: "88c855f3-4105-4913-97df-b1a2a6efee9f", claims: map[string]any{"aud": "https://graph.windows.net"}},
	"expired":            {user: "88c855f3-4105-4913-97df-b1a2a6efee9f", claims: map[string]any{"exp": 1488369600}},
	"unknowntenant":      {user: "88c855f3-4105-4913-97df-b1a2a6efee9f", claims: map[string]any{"tid": "00000000-0000-4000-8000-000000000000"}},
	"anotherworldsadmin": {user: "88c855f3-4105-4913-97df-b1a2a6efee9f", claims: map[string]any{"tid": emptyProvider}},
}

// bearer is a token's worth of claims.
type bearer struct {
	user, app string
	reseller  bool
	claims    map[string]any
}

const testIssuer = "https://issuer.example/"

var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// token signs what the bearer claims, for the frozen world or the running one.
func (b bearer) token(t testing.TB, world string) string {
	t.Helper()
	tenant := map[bool]string{false: frozenProvider, true: frozenReseller}[b.reseller]
	switch world {
	case "running":
		tenant = map[bool]string{false: runningProvider, true: runningReseller}[b.reseller]
	case "strict":
		tenant = map[bool]string{false: strictProvider, true: strictReseller}[b.reseller]
	}
	now := time.Now()
	claims := map[string]any{
		"aud": "https://api.partnercenter.microsoft.com", "iss": testIssuer, "tid": tenant,
		"iat": now.Unix(), "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix(), "ver": "1.0",
	}
	if b.user != "" {
		claims["oid"], claims["upn"], claims["scp"] = b.user, b.user+"@demo.example", "user_impersonation"
		claims["amr"], claims["appid"] = []string{"pwd", "mfa"}, "199044aa-0019-4213-9c14-cbd49666a53f"
	} else {
		claims["oid"], claims["appid"], claims["idtyp"] = b.app, b.app, "app"
	}
	for name, value := range b.claims {
		claims[name] = value
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: testKey()}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// door is the API on a socket, over a store with a frozen and a running demo
// world and an empty one.
type door struct {
	address string
	handler http.Handler
	store   commerce.Store
	path    string
	// service may be given another provisioner before the first call.
	service *commerce.Service
}

// emptyProvider is the tenant of a third world, which has one admin and no
// customers.
const emptyProvider = "5e7c4a0e-0d2b-4c39-8d1f-3f4f6a3f1d20"

func openDoor(t testing.TB, profile, fault string) *door {
	t.Helper()
	d := &door{path: filepath.Join(t.TempDir(), "provost.db")}
	if err := os.WriteFile(d.path, filled(t), 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := sqlstore.OpenSQLite(t.Context(), sqlstore.SQLite{Path: d.path, Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	d.store = store
	d.fail(t, fault)
	service := &commerce.Service{
		Store: store, LegacyETagsOnly: profile == "documents", Provisioner: fulfillment.Simulator{}, Holder: "test",
	}
	if fault != "unsealed" {
		service.Seal, _ = commerce.NewSeal(make([]byte, commerce.SealBytes))
	}
	d.service = service
	verifier := auth.New(auth.Settings{Issuers: []auth.Issuer{
		auth.Static(func(iss, _ string) bool { return iss == testIssuer }, testKey().Public()),
	}})
	log := slog.New(slog.DiscardHandler)
	if os.Getenv("PROVOST_TEST_LOG") != "" {
		log = slog.Default()
	}
	p := pipe.New(pipe.Settings{
		Service: service, Verify: verifier.Verify, Known: verifier.Known, Profile: pipe.Profile(profile),
		Version: "test", Development: true, Commands: pipe.Commands{Tokens: true}, Log: log, Keep: 1 << 20,
		AllowHost: func(host string) bool { return host != foreignHost },
	})
	d.handler = p.Front(restapi.New(p, service))
	server := httptest.NewUnstartedServer(d.handler)
	server.Config.MaxHeaderBytes = 64 << 10
	server.Start()
	t.Cleanup(server.Close)
	d.address = server.Listener.Addr().String()
	return d
}

var (
	template      []byte
	fillsTemplate sync.Once
)

// filled is a database with the worlds in it, made once: each exchange that
// writes has one of its own.
func filled(t testing.TB) []byte {
	t.Helper()
	fillsTemplate.Do(func() {
		path := filepath.Join(t.TempDir(), "template.db")
		store, err := sqlstore.OpenSQLite(t.Context(), sqlstore.SQLite{Path: path, Ephemeral: true})
		if err != nil {
			t.Fatal(err)
		}
		fill(t, store)
		fillAudit(t, store)
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		if template, err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	})
	return template
}

func fill(t testing.TB, store commerce.Store) {
	t.Helper()
	frozen := commerce.DefaultDemo(frozenAt)
	frozen.Clock = commerce.Clock{FrozenAt: &frozenAt}
	running := commerce.DefaultDemo(time.Now().UTC().Truncate(time.Second))
	running.World, running.Name = "running", "running"
	running.ProviderTenant, running.ResellerTenant = runningProvider, runningReseller
	strict := commerce.DefaultDemo(frozenAt)
	strict.World, strict.Name, strict.Clock = "strict", "strict", frozen.Clock
	strict.ProviderTenant, strict.ResellerTenant = strictProvider, strictReseller
	strict.Settings.PreconditionFailed, strict.Settings.RetryNextDay, strict.Settings.KeepOmitted = true, true, true
	for _, demo := range []commerce.DemoWorld{frozen, running, strict} {
		if err := commerce.InsertDemo(t.Context(), store, demo); err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	err := store.Write(ctx, func(tx commerce.Tx) error {
		ending, err := tx.Subscriptions().ByID(ctx, "demo", "96ba4b40-b4b2-4ee6-9a11-bfd31c354445", expiring)
		if err != nil {
			return err
		}
		ending.Resource.CommitmentEndDateTime = new(partnercenter.At(frozenAt.Truncate(24 * time.Hour).Add(-time.Second)))
		if err := tx.Subscriptions().Update(ctx, ending, ending.Version); err != nil {
			return err
		}
		world := commerce.World{ID: "empty", Name: "empty", Kind: commerce.Development, CreatedAt: frozenAt, Settings: commerce.DefaultSettings()}
		if err := tx.Worlds().Insert(ctx, world); err != nil {
			return err
		}
		partner := commerce.Partner{World: "empty", ID: "00000000-0000-4000-8000-0000000000e0", Tenant: emptyProvider, Kind: commerce.Provider, Name: "Elsewhere"}
		if err := tx.Partners().Insert(ctx, partner); err != nil {
			return err
		}
		admin := bearers["anotherworldsadmin"].user
		err = tx.Accounts().Insert(ctx, commerce.Account{World: "empty", Partner: partner.ID, ID: admin, Kind: commerce.UserAccount, Name: "Admin", UPN: "admin@rebound.example"})
		if err != nil {
			return err
		}
		return tx.Roles().GrantAgent(ctx, commerce.AgentGrant{World: "empty", Partner: partner.ID, User: admin, Role: commerce.AdminAgent})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// fail makes the store fail: "closed" cannot answer, "damaged" answers with
// rows that nobody can read.
func (d *door) fail(t testing.TB, fault string) {
	t.Helper()
	switch fault {
	case "", "unsealed":
	case "closed":
		if err := d.store.Close(); err != nil {
			t.Fatal(err)
		}
	case "damaged":
		damage(t, d.path)
	default:
		t.Fatalf("no such fault: %s", fault)
	}
}

// bear puts a token where the request names a bearer.
func (d *door) bear(t testing.TB, request message, world string) message {
	t.Helper()
	for i, h := range request.headers {
		if name, ok := strings.CutPrefix(h[1], "Bearer <"); ok {
			b, known := bearers[strings.TrimSuffix(name, ">")]
			if !known {
				t.Fatalf("no such bearer: %s", name)
			}
			request.headers[i][1] = "Bearer " + b.token(t, world)
		}
	}
	return request
}

// call sends the request and holds its answer against the contract.
func (d *door) call(t *testing.T, request message) message {
	t.Helper()
	answer := send(t, d.address, request)
	holdToContract(t, request, answer)
	return answer
}

// get is a call with nothing but a bearer.
func (d *door) get(t *testing.T, who, path string, headers ...[2]string) message {
	t.Helper()
	request := message{first: "GET " + path + " HTTP/1.1", headers: append([][2]string{{"Authorization", "Bearer <" + who + ">"}}, headers...)}
	return d.call(t, d.bear(t, request, ""))
}

func rows() []pipe.Route { return restapi.Rows() }

func always() []*partnercenter.Error { return pipe.Always() }

// handlerName is the name of the function that answers a row.
func handlerName(rt pipe.Route) string {
	name := runtime.FuncForPC(reflect.ValueOf(rt.Serve).Pointer()).Name()
	name = name[strings.LastIndex(name, ".")+1:]
	return strings.TrimSuffix(name, "-fm")
}

var _ = context.Background
