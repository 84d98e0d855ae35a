package operator_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/internal/operator"
	"provost/internal/pipe"
	"provost/internal/sqlstore"
	"provost/partnercenter/extension"
)

const (
	freeTenant  = "9f0c2f4e-6a0e-4a53-8d4b-3a9d3b9e6c01"
	koyama      = "baba9812-1316-443a-a13f-de7519ba2198"
	harbourLane = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
)

// management is /operator/v1 over a demo world.
type management struct {
	handler http.Handler
	shop    *commerce.Service
	key     string
}

func openManagement(t *testing.T, profile pipe.Profile) *management {
	t.Helper()
	return openManagementOver(t, profile, commerce.DefaultDemo(time.Now()))
}

func openManagementOver(t *testing.T, profile pipe.Profile, demo commerce.DemoWorld) *management {
	t.Helper()
	store, err := sqlstore.OpenSQLite(t.Context(), sqlstore.SQLite{Path: filepath.Join(t.TempDir(), "provost.db"), Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if err := commerce.InsertDemo(t.Context(), store, demo); err != nil {
		t.Fatal(err)
	}
	m := &management{shop: &commerce.Service{Store: store}}
	if _, m.key, err = m.shop.CreateOperatorKey(t.Context(), commerce.LocalOperator, "ann"); err != nil {
		t.Fatal(err)
	}
	m.open(pipe.Settings{Service: m.shop, Profile: profile, Version: "test"})
	return m
}

func (m *management) open(settings pipe.Settings) {
	p := pipe.New(settings)
	m.handler = p.Front(operator.NewManagement(p, m.shop, operator.Surroundings{
		OnCustomers: onCustomers, URL: "https://shop.example", Issuers: func(_ commerce.WorldKind, tenant string) []string {
			if tenant == freeTenant {
				return nil
			}
			return []string{"https://issuer.example/" + tenant}
		},
	}))
}

// onCustomers are calls of each kind that there is.
var onCustomers = []commerce.Call{
	{Name: "read", Access: commerce.Access{AppOnly: true, Roles: commerce.AgentRoles()}},
	{Name: "subscription status", Access: commerce.Access{Directory: []commerce.DirectoryRole{commerce.DirectoryReader, commerce.GlobalReader}}},
	{Name: "order status", Access: commerce.Access{Roles: []commerce.AgentRole{commerce.AdminAgent, commerce.GlobalAdmin}}},
	{Name: "anyone with a directory role", Access: commerce.Access{AppOnly: true, Directory: []commerce.DirectoryRole{commerce.DirectoryReader}}},
}

// ask makes a call with the key, and holds the answer against the contract.
func (m *management) ask(t *testing.T, method, path, body string, edit ...func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+m.key)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for _, change := range edit {
		change(request)
	}
	w := httptest.NewRecorder()
	m.handler.ServeHTTP(w, request)
	holdToContract(t, method, path, w)
	return w
}

// done asks for what has to succeed.
func done[T any](t *testing.T, m *management, status int, method, path, body string) T {
	t.Helper()
	w := m.ask(t, method, path, body)
	var into T
	if w.Code != status {
		t.Fatalf("%s %s answered %d %s (%s), want %d", method, path, w.Code, w.Body, explained(w), status)
	}
	if status != http.StatusNoContent {
		if err := json.Unmarshal(w.Body.Bytes(), &into); err != nil {
			t.Fatal(err)
		}
	}
	return into
}

func explained(w *httptest.ResponseRecorder) string {
	return strings.Join(w.Header()["Provost-Explain"], "")
}

func TestManagementTakesOperatorKeysAlone(t *testing.T) {
	m := openManagement(t, "")
	_, revoked, err := m.shop.CreateOperatorKey(t.Context(), commerce.LocalOperator, "gone")
	if err != nil {
		t.Fatal(err)
	}
	done[any](t, m, 204, "DELETE", "/operator/v1/keys/GONE", "")
	for name, header := range map[string][]string{
		"nothing":         nil,
		"another scheme":  {"Basic " + m.key},
		"two headers":     {"Bearer " + m.key, "Bearer " + m.key},
		"no key":          {"Bearer "},
		"a partner token": {"Bearer eyJhbGciOiJSUzI1NiJ9.eyJ0aWQiOiIxIn0.c2ln"},
		"an unknown id":   {"Bearer provost_op_000000000000_" + strings.Repeat("0", 64)},
		"a wrong secret":  {"Bearer " + m.key[:len(m.key)-64] + strings.Repeat("0", 64)},
		"a shorter one":   {"Bearer " + m.key[:len(m.key)-1]},
		"in upper case":   {"Bearer " + strings.ToUpper(m.key)},
		"a revoked one":   {"Bearer " + revoked},
	} {
		w := m.ask(t, "GET", "/operator/v1/worlds", "", func(r *http.Request) { r.Header["Authorization"] = header })
		if w.Code != 401 || !strings.Contains(w.Body.String(), `"code":"401"`) || !strings.Contains(explained(w), "provost operator key create") ||
			!carries(w.Header(), "WWW-Authenticate") {
			t.Errorf("%s: answered %d %s, %q", name, w.Code, w.Body, explained(w))
		}
	}
	done[extension.Worlds](t, m, 200, "GET", "/operator/v1/worlds", "")
}

func TestKeysAreShownOnceAndKeptAsHashes(t *testing.T) {
	m := openManagement(t, "")
	made := done[extension.OperatorKey](t, m, 201, "POST", "/operator/v1/keys", `{"NAME":"ci"}`)
	m.key = made.Key
	worlds := done[extension.Worlds](t, m, 200, "GET", "/operator/v1/worlds", "")
	if len(worlds.Items) != 1 {
		t.Fatalf("the new key sees %d worlds", len(worlds.Items))
	}
	listed := m.ask(t, "GET", "/operator/v1/keys", "").Body.String()
	log := m.ask(t, "GET", "/operator/v1/log", "").Body.String()
	for where, text := range map[string]string{"list": listed, "log": log} {
		if strings.Contains(text, made.Key) || strings.Contains(text, made.Key[len(made.Key)-64:]) {
			t.Errorf("the %s holds the key: %s", where, text)
		}
	}
	keys := done[extension.OperatorKeys](t, m, 200, "GET", "/operator/v1/keys", "")
	if k := keys.Items[1]; k.Name != "ci" || k.CreatedBy != "ann" || k.LastUsedAt == nil || k.RevokedAt != nil {
		t.Errorf("the key is listed as %+v", k)
	}
	if w := m.ask(t, "POST", "/operator/v1/keys", `{"name":"CI"}`); w.Code != 409 {
		t.Errorf("a name given twice: %d %s", w.Code, w.Body)
	}
	done[any](t, m, 204, "DELETE", "/operator/v1/keys/"+made.ID, "")
	if w := m.ask(t, "GET", "/operator/v1/worlds", ""); w.Code != 401 || !strings.Contains(explained(w), "ci was revoked") {
		t.Errorf("once revoked it answered %d %q", w.Code, explained(w))
	}
}

func TestWhatCannotBeIsRefusedWithItsReason(t *testing.T) {
	m := openManagement(t, "")
	const worlds = "/operator/v1/worlds"
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		says               string
	}{
		"no body":                {"POST", worlds, "", 400, "tenant"},
		"no object":              {"POST", worlds, "[]", 400, "a JSON object"},
		"unknown member":         {"POST", worlds, `{"tenat":"x"}`, 400, `"tenat"`},
		"a member twice":         {"POST", worlds, `{"kind":"production","KIND":"development"}`, 400, "twice"},
		"a number as text":       {"PATCH", worlds + "/demo", `{"mfaShare":"10"}`, 400, "mfaShare"},
		"no GUID":                {"POST", worlds, `{"kind":"production","tenant":"contoso"}`, 400, "GUID"},
		"no kind":                {"POST", worlds, `{"tenant":"` + freeTenant + `"}`, 400, "production"},
		"a bad name":             {"POST", worlds, `{"name":"Shop 1","kind":"production","tenant":"` + freeTenant + `"}`, 400, "lower-case"},
		"a bad MPN id":           {"POST", worlds, `{"mpnId":"x","kind":"production","tenant":"` + freeTenant + `"}`, 400, "MPN"},
		"a bad interval":         {"PATCH", worlds + "/demo", `{"refreshInterval":"15"}`, 400, "15m"},
		"too long an interval":   {"PATCH", worlds + "/demo", `{"refreshInterval":"25h"}`, 400, "24h"},
		"half a second":          {"PATCH", worlds + "/demo", `{"refreshInterval":"1500ms"}`, 400, "whole seconds"},
		"a bad MFA mode":         {"PATCH", worlds + "/demo", `{"mfa":"on"}`, 400, "enforce"},
		"too large a share":      {"PATCH", worlds + "/demo", `{"mfaShare":101}`, 400, "1 to 100"},
		"a script for nothing":   {"PATCH", worlds + "/demo", `{"simulator":{"CFQ7TTC0XXXX":"never"}}`, 400, "targetView=OnlineServices"},
		"no script":              {"PATCH", worlds + "/demo", `{"simulator":{"*":"sometimes"}}`, 400, "because of a strike"},
		"too long a script":      {"PATCH", worlds + "/demo", `{"simulator":{"*":"fail at once because ` + strings.Repeat("x", 1000) + `"}}`, 400, "1000"},
		"no such world":          {"GET", worlds + "/mars", "", 404, "provost world list"},
		"no such key":            {"DELETE", "/operator/v1/keys/none", "", 404, "provost operator key list"},
		"a bad key name":         {"POST", "/operator/v1/keys", `{"name":"a b"}`, 400, "letters"},
		"a key named like an id": {"POST", "/operator/v1/keys", `{"name":"622B3C50973e"}`, 400, "id of a key"},
		"a nameless partner":     {"POST", worlds + "/demo/partners", `{"tenant":"` + freeTenant + `"}`, 400, "name"},
		"no such partner":        {"DELETE", worlds + "/demo/partners/none", "", 404, "provost partner list"},
		"the provider":           {"DELETE", worlds + "/demo/partners/" + provider, "", 409, "provider"},
		"no such customer":       {"PUT", worlds + "/demo/relationships", `{"customer":"x","kind":"reseller"}`, 404, "no customer x"},
		"no such kind":           {"PUT", worlds + "/demo/relationships", `{"customer":"x","kind":"friend"}`, 400, "delegated-admin"},
		"admin before reseller":  {"PUT", worlds + "/demo/relationships", `{"customer":"` + koyama + `","partner":"` + reseller + `","kind":"delegated-admin"}`, 409, "--kind reseller"},
		"the provider's own":     {"DELETE", worlds + "/demo/relationships?customer=" + koyama, "", 409, "every customer"},
		"a slip in a parameter":  {"DELETE", worlds + "/demo/relationships?custmer=" + koyama, "", 400, `"custmer"`},
		"no such role":           {"PUT", worlds + "/demo/roles", `{"role":"boss","user":"x"}`, 400, "admin-agent"},
		"a role for nobody":      {"PUT", worlds + "/demo/roles", `{"role":"admin-agent"}`, 400, "--user"},
		"a role for two":         {"PUT", worlds + "/demo/roles", `{"role":"admin-agent","user":"x","group":"y"}`, 400, "one user or one group"},
		"an app's role":          {"PUT", worlds + "/demo/roles", `{"role":"admin-agent","app":"x"}`, 400, "one user or one group"},
		"a user as app":          {"PUT", worlds + "/demo/roles", `{"role":"app","app":"` + ada + `"}`, 409, "no app"},
		"a spaced id":            {"PUT", worlds + "/demo/roles", `{"role":"admin-agent","user":"x y"}`, 400, "visible"},
		"an unknown sign-in":     {"PUT", worlds + "/demo/roles", `{"role":"admin-agent","user":"x@y.example"}`, 404, "object id"},
		"a role on nothing":      {"PUT", worlds + "/demo/roles", `{"role":"directory-reader","user":"x"}`, 400, "--customer"},
		"an agent on a customer": {"PUT", worlds + "/demo/roles", `{"role":"admin-agent","user":"x","customer":"` + koyama + `"}`, 400, "directory roles alone"},
		"a role without sales":   {"PUT", worlds + "/demo/roles", `{"role":"directory-reader","user":"x","customer":"` + koyama + `","partner":"` + reseller + `"}`, 409, "provost relationship set " + koyama},
		"a role of the past":     {"PUT", worlds + "/demo/roles", `{"role":"directory-reader","user":"x","customer":"` + koyama + `","until":"2020-01-01T00:00:00Z"}`, 400, "is over"},
		"revoking half a role":   {"DELETE", worlds + "/demo/roles?role=directory-reader&user=x", "", 400, "--customer"},
		"who on nobody":          {"GET", worlds + "/demo/customers/none/who", "", 404, "no customer none"},
		"a size":                 {"GET", "/operator/v1/log?size=1001", "", 400, ""},
	} {
		w := m.ask(t, c.method, c.path, c.body)
		if w.Code != c.status || !strings.Contains(explained(w), c.says) {
			t.Errorf("%s: answered %d %s, %q; want %d and %q", name, w.Code, w.Body, explained(w), c.status, c.says)
		}
	}
	if log := done[extension.OperatorLog](t, m, 200, "GET", "/operator/v1/log", ""); len(log.Items) != 1 {
		t.Errorf("what was refused left traces: %+v", log.Items)
	}
}

func TestOwnAnswersAreJSONWhateverIsAsked(t *testing.T) {
	m := openManagement(t, pipe.Documents)
	w := m.ask(t, "GET", "/operator/v1/worlds", "", func(r *http.Request) { r.Header.Set("Accept", "application/xml") })
	if w.Code != 200 || w.Body.Bytes()[0] != '{' || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		t.Errorf("answered %d %q as %s", w.Code, w.Body.Bytes()[:8], w.Header().Get("Content-Type"))
	}
	if w := m.ask(t, "GET", "/operator/v1/worlds/mars", ""); explained(w) == "" {
		t.Error("an operator was not told the cure")
	}
}

func TestRolesRelationshipsAndPartnersBiteAtOnce(t *testing.T) {
	m := openManagement(t, "")
	const world = "/operator/v1/worlds/demo"
	may := func(claims commerce.Claims, call int, customer string) bool {
		t.Helper()
		claims.App, claims.MFA = "some-app", true
		actor, err := m.shop.Identify(t.Context(), claims, "")
		if err != nil {
			return false
		}
		_, err = m.shop.Authorize(t.Context(), actor, onCustomers[call].Access, customer)
		return err == nil
	}
	steps := []struct {
		what, method, path, body string
		claims                   commerce.Claims
		call                     int
		customer                 string
		may                      bool
	}{
		{"nothing", "GET", world, "", commerce.Claims{Tenant: provider, User: noor}, 0, koyama, false},
		{"an agent role", "PUT", world + "/roles", `{"role":"sales-agent","user":"NOOR@northlight.example"}`, commerce.Claims{Tenant: provider, User: noor}, 0, koyama, true},
		{"its end", "DELETE", world + "/roles?role=sales-agent&user=" + strings.ToUpper(noor), "", commerce.Claims{Tenant: provider, User: noor}, 0, koyama, false},
		{"a group's role", "PUT", world + "/roles", `{"role":"admin-agent","group":"G-1"}`, commerce.Claims{Tenant: provider, User: noor, Groups: []string{"other", "g-1"}}, 2, koyama, true},
		{"no such group", "GET", world, "", commerce.Claims{Tenant: provider, User: noor, Groups: []string{"other"}}, 2, koyama, false},
		{"a user under the group's id", "GET", world, "", commerce.Claims{Tenant: provider, User: "G-1"}, 2, koyama, false},
		{"a group of another partner", "GET", world, "", commerce.Claims{Tenant: reseller, User: noor, Groups: []string{"G-1"}}, 2, koyama, false},
		{"a directory role of a group", "PUT", world + "/roles", `{"role":"global-reader","group":"G-2","customer":"` + koyama + `"}`, commerce.Claims{Tenant: provider, User: noor, Groups: []string{"G-2"}}, 1, koyama, true},
		{"elsewhere", "GET", world, "", commerce.Claims{Tenant: provider, User: noor, Groups: []string{"G-2"}}, 1, harbourLane, false},
		{"its end", "DELETE", world + "/roles?role=global-reader&group=g-2&customer=" + koyama, "", commerce.Claims{Tenant: provider, User: noor, Groups: []string{"G-2"}}, 1, koyama, false},
		{"no relationship", "GET", world, "", commerce.Claims{Tenant: reseller, User: rosa}, 0, koyama, false},
		{"a relationship", "PUT", world + "/relationships", `{"customer":"` + koyama + `","partner":"Brookside IT","kind":"reseller"}`, commerce.Claims{Tenant: reseller, User: rosa}, 0, koyama, true},
		{"no directory role", "GET", world, "", commerce.Claims{Tenant: reseller, User: rosa}, 1, koyama, false},
		{"a directory role", "PUT", world + "/roles", `{"role":"directory-reader","user":"` + rosa + `","partner":"` + reseller + `","customer":"` + koyama + `"}`, commerce.Claims{Tenant: reseller, User: rosa}, 1, koyama, true},
		{"the relationship's end", "DELETE", world + "/relationships?customer=" + koyama + "&partner=" + reseller, "", commerce.Claims{Tenant: reseller, User: rosa}, 0, koyama, false},
		{"a relationship once more brings no role back", "PUT", world + "/relationships", `{"customer":"` + koyama + `","partner":"Brookside IT","kind":"reseller"}`, commerce.Claims{Tenant: reseller, User: rosa}, 1, koyama, false},
		{"delegated administration does", "PUT", world + "/relationships", `{"customer":"` + koyama + `","partner":"Brookside IT","kind":"delegated-admin"}`, commerce.Claims{Tenant: reseller, User: rosa}, 1, koyama, true},
		{"until it ends", "DELETE", world + "/relationships?customer=" + koyama + "&partner=" + reseller + "&kind=delegated-admin", "", commerce.Claims{Tenant: reseller, User: rosa}, 1, koyama, false},
		{"the rest stays", "GET", world, "", commerce.Claims{Tenant: reseller, User: rosa}, 0, koyama, true},
		{"a removed partner", "DELETE", world + "/partners/brookside%20it", "", commerce.Claims{Tenant: reseller, User: rosa}, 0, koyama, false},
		{"an unknown app", "GET", world, "", commerce.Claims{Tenant: provider}, 0, koyama, false},
		{"a registered app", "PUT", world + "/roles", `{"role":"app","app":"some-app"}`, commerce.Claims{Tenant: provider}, 0, koyama, true},
		{"its end", "DELETE", world + "/roles?role=app&app=some-app", "", commerce.Claims{Tenant: provider}, 0, koyama, false},
		{"registered again", "PUT", world + "/roles", `{"role":"app","app":"SOME-APP"}`, commerce.Claims{Tenant: provider}, 0, koyama, true},
	}
	for _, s := range steps {
		if w := m.ask(t, s.method, s.path, s.body); w.Code >= 300 {
			t.Fatalf("%s: answered %d %s, %q", s.what, w.Code, w.Body, explained(w))
		}
		if got := may(s.claims, s.call, s.customer); got != s.may {
			t.Errorf("%s: %v, want %v", s.what, got, s.may)
		}
	}
}

func TestEachActIsLoggedByTheNameOfItsKey(t *testing.T) {
	m := openManagement(t, "")
	const world = "/operator/v1/worlds/demo"
	for range 2 { // the second time nothing is left to do, and nothing to log
		m.ask(t, "PUT", world+"/roles", `{"role":"directory-reader","user":"u","customer":"`+koyama+`","until":"2999-01-01T00:00:00Z"}`)
	}
	m.ask(t, "PUT", world+"/roles", `{"role":"directory-reader","user":"u","customer":"`+koyama+`"}`)
	for range 2 {
		m.ask(t, "DELETE", world+"/roles?role=directory-reader&user=u&customer="+koyama, "")
		m.ask(t, "PATCH", world, `{"mfa":"off"}`)
		m.ask(t, "PUT", world+"/relationships", `{"customer":"`+koyama+`","partner":"`+reseller+`","kind":"reseller"}`)
	}
	for range 2 {
		m.ask(t, "DELETE", world+"/relationships?customer="+koyama+"&partner="+reseller, "")
	}
	m.ask(t, "POST", world+"/partners", `{"tenant":"`+freeTenant+`","name":"Third"}`)
	m.ask(t, "DELETE", world+"/partners/Third", "")
	m.ask(t, "POST", "/operator/v1/worlds", `{"tenant":"`+freeTenant+`","kind":"production","name":"shop"}`)
	var got []string
	log := done[extension.OperatorLog](t, m, 200, "GET", "/operator/v1/log?size=4", "")
	for {
		for _, a := range log.Items {
			if a.By != "ann" && a.By != commerce.LocalOperator.Name {
				t.Errorf("%+v", a)
			}
			got = append(got, a.What+" "+a.Subject+" "+a.Before["until"]+a.Before["mfa"]+">"+a.After["until"]+a.After["mfa"])
		}
		if log.Next == 0 {
			break
		}
		log = done[extension.OperatorLog](t, m, 200, "GET", "/operator/v1/log?size=4&before="+json.Number(jsonOf(log.Next)).String(), "")
	}
	want := []string{
		"create world shop >enforce", "remove partner Third >", "add partner Third >", "end relationship " + koyama + " >",
		"set relationship " + koyama + " >", "set world demo enforce>off", "revoke role directory-reader >",
		"grant role directory-reader 2999-01-01T00:00:00Z>", "grant role directory-reader >2999-01-01T00:00:00Z", "create operator key ann >",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the log is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if only := done[extension.OperatorLog](t, m, 200, "GET", "/operator/v1/log?world=SHOP", ""); len(only.Items) != 1 {
		t.Errorf("of the world shop there are %+v", only.Items)
	}
}

func jsonOf(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}
