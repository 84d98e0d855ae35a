package restapi_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"provost/internal/auth"
	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/internal/restapi"
	"provost/internal/sqlstore"
)

// fuzzDoor is the API without a socket.
func fuzzDoor(f *testing.F) http.Handler {
	f.Helper()
	store, err := sqlstore.OpenSQLite(f.Context(), sqlstore.SQLite{Path: f.TempDir() + "/provost.db", Ephemeral: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = store.Close() })
	fill(f, store)
	service := &commerce.Service{Store: store}
	verifier := auth.New(auth.Settings{Issuers: []auth.Issuer{
		auth.Static(func(iss, _ string) bool { return iss == testIssuer }, testKey().Public()),
	}})
	p := pipe.New(pipe.Settings{Service: service, Verify: verifier.Verify, Version: "fuzz", Development: true})
	return p.Front(restapi.New(p, service))
}

func hold(t *testing.T, handler http.Handler, r *http.Request) {
	t.Helper()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if w.Code >= 500 || (w.Code >= 300 && w.Code < 400 && w.Code != 304) {
		t.Fatalf("%s %s answers %d: %s", r.Method, r.URL, w.Code, w.Body)
	}
	for _, name := range []string{"MS-RequestId", "MS-CorrelationId", "MS-CV", "MS-ServerId"} {
		if w.Header()[name] == nil {
			t.Fatalf("%s %s: no %s", r.Method, r.URL, name)
		}
	}
}

// FuzzCall sends an admitted caller's request with any path, query and Accept.
func FuzzCall(f *testing.F) {
	handler := fuzzDoor(f)
	token := bearers["admin"].token(f, "")
	f.Add("GET", documentsStatus, "", "application/json")
	f.Add("GET", "/v1/customers", "size=1&seekOperation=Next", "*/*")
	f.Add("GET", "/v1/customers/x/orders/%00", "billingType=", "application/xml;q=0.1")
	f.Add("GET", "/v1/products", "country=US&targetView=Azure", "*/*")
	f.Add("GET", "/v1/customers/"+documentsCustomer+"/products/CFQ7TTC0LH18/skus/0001/availabilities/x", "", "text/xml")
	f.Add("PATCH", "/V1//customers/", "?=&;", "text/html")
	f.Fuzz(func(t *testing.T, method, path, query, accept string) {
		u, err := url.ParseRequestURI("/" + strings.TrimLeft(path, "/"))
		if err != nil || method == "" {
			return
		}
		u.RawQuery = query
		r := &http.Request{Method: method, URL: u, Header: http.Header{"Authorization": {"Bearer " + token}, "Accept": {accept}}, Body: http.NoBody}
		hold(t, handler, r)
	})
}

// FuzzFilter sends any text as the customers' filter.
func FuzzFilter(f *testing.F) {
	handler := fuzzDoor(f)
	token := bearers["admin"].token(f, "")
	for _, seed := range []string{
		`{"Field":"CompanyName","Value":"a","Operator":"starts_with"}`, `{"Field":"Domain","Value":"%_\\","Operator":"equals"}`,
		`[]`, `{"Value":"\u0000"}`, `{"Field":"IndirectReseller","Value":"'; DROP TABLE customers;--","Operator":"starts_with"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, filter string) {
		r := httptest.NewRequest(http.MethodGet, "/v1/customers?filter="+url.QueryEscape(filter), nil)
		r.Header.Set("Authorization", "Bearer "+token)
		hold(t, handler, r)
	})
}

// FuzzToken sends any text as Authorization: it must never be let in.
func FuzzToken(f *testing.F) {
	handler := fuzzDoor(f)
	good := bearers["admin"].token(f, "")
	f.Add("Bearer " + good[:len(good)-2])
	f.Add("Bearer eyJhbGciOiJub25lIn0.e30.")
	f.Add("bearer x.y.z")
	f.Fuzz(func(t *testing.T, authorization string) {
		r := httptest.NewRequest(http.MethodGet, documentsStatus, nil)
		r.Header["Authorization"] = []string{authorization}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized {
			t.Fatalf("%q answers %d", authorization, w.Code)
		}
	})
}
