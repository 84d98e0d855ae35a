package operator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"provost/api"
	"provost/internal/commerce"
	"provost/internal/fulfillment"
	"provost/internal/operator"
	"provost/internal/pipe"
	"provost/internal/sqlstore"
	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// The demo shop's people and apps, and the tenants of its partners here and in
// a second world.
const (
	provider      = "1cb000fc-4a11-4fd3-a30d-65e5eccf7d56"
	reseller      = "624408d2-25d0-4d37-9514-ed2cd3572a05"
	otherProvider = "5e7c4a0e-0d2b-4c39-8d1f-3f4f6a3f1d10"

	ada, sam, hana = "88c855f3-4105-4913-97df-b1a2a6efee9f", "b7f9b955-f7ae-4ba1-8041-8d8de7411736", "f220e83d-e760-4d88-b5dc-25f72c7e0e42"
	greta, rita    = "2f6201d0-9ce7-4e83-8ab9-8eec2b9013c2", "ea0e8275-cd0d-45fd-9358-9fb6512ee3da"
	noor, rosa     = "a3a8c6e7-27ee-40c6-b322-16ec2fd9459c", "b1fdda9f-b502-413d-ac50-a8a158590099"
	theApp         = "199044aa-0019-4213-9c14-cbd49666a53f"
)

var bearers = map[string]commerce.Claims{
	"admin":        {Tenant: provider, User: ada, App: theApp, MFA: true},
	"global admin": {Tenant: provider, User: greta, App: theApp, MFA: true},
	"sales":        {Tenant: provider, User: sam, App: theApp, MFA: true},
	"helpdesk":     {Tenant: provider, User: hana, App: theApp, MFA: true},
	"reader":       {Tenant: provider, User: rita, App: theApp, MFA: true},
	"nobody":       {Tenant: provider, User: noor, App: theApp, MFA: true},
	"reseller":     {Tenant: reseller, User: rosa, App: theApp, MFA: true},
	"app":          {Tenant: provider, App: theApp},
	"elsewhere":    {Tenant: otherProvider, User: ada, App: theApp, MFA: true},
	"production":   {Tenant: freeTenant, User: ada, App: theApp, MFA: true},
	"weak sales":   {Tenant: provider, User: sam, UPN: "sam@northlight.example", App: theApp},
	"weak admin":   {Tenant: provider, User: ada, UPN: "ada@northlight.example", App: theApp},
	"weak rosa":    {Tenant: reseller, User: rosa, App: "brookside"},
	"weak hana":    {Tenant: provider, User: hana, UPN: "hana@northlight.example", App: theApp},
}

// door is /provost/v1 over two demo worlds, the first of which has the setting.
type door struct {
	handler http.Handler
	shop    *commerce.Service
	watch   *commerce.MFAWatch
	at      time.Time
}

func openDoor(t *testing.T, profile pipe.Profile, mode commerce.MFAMode, share int) *door {
	t.Helper()
	store, err := sqlstore.OpenSQLite(t.Context(), sqlstore.SQLite{Path: filepath.Join(t.TempDir(), "provost.db"), Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	at := time.Date(2026, 3, 2, 10, 7, 30, 0, time.UTC)
	demo := commerce.DefaultDemo(at)
	demo.Clock.FrozenAt = &at
	demo.Settings.MFA, demo.Settings.MFAShare = mode, share
	other := commerce.DefaultDemo(at)
	other.World, other.Name, other.ProviderTenant, other.ResellerTenant = "other", "other", otherProvider, "5e7c4a0e-0d2b-4c39-8d1f-3f4f6a3f1d11"
	for _, d := range []commerce.DemoWorld{demo, other} {
		if err := commerce.InsertDemo(t.Context(), store, d); err != nil {
			t.Fatal(err)
		}
	}
	d := &door{watch: commerce.NewMFAWatch(store), at: at}
	d.shop = &commerce.Service{Store: store, MFA: d.watch, Provisioner: fulfillment.Simulator{}, Holder: "test"}
	p := pipe.New(pipe.Settings{
		Service: d.shop, Profile: profile, Version: "test", Development: true,
		Verify: func(_ context.Context, r *http.Request) (commerce.Claims, error) {
			claims, known := bearers[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
			if !known {
				return claims, partnercenter.ErrUnauthenticated
			}
			return claims, nil
		},
	})
	d.handler = p.Front(operator.NewBearer(p, d.shop, nil))
	return d
}

// call asks for the report after all that was noted is written, and holds the
// answer against the contract.
func (d *door) call(t *testing.T, who string, edit ...func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	if err := d.watch.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequest(http.MethodGet, extension.MFAReportPath, nil)
	request.Header.Set("Authorization", "Bearer "+who)
	for _, change := range edit {
		change(request)
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, request)
	document, err := openapi3.NewLoader().LoadFromData(api.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	item := document.Paths.Value(extension.MFAReportPath)
	header := http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}} // which a server adds
	for name, values := range w.Header() {
		header.Set(name, values[0])
	}
	err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: request,
			Route:   &routers.Route{Spec: document, Path: extension.MFAReportPath, PathItem: item, Method: http.MethodGet, Operation: item.Get},
		},
		Status: w.Code, Header: header, Body: io.NopCloser(bytes.NewReader(w.Body.Bytes())),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		t.Errorf("%s: the answer breaks the contract: %v", who, err)
	}
	return w
}

func (d *door) report(t *testing.T, who string) extension.MFAReport {
	t.Helper()
	var report extension.MFAReport
	w := d.call(t, who)
	if err := json.Unmarshal(w.Body.Bytes(), &report); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s (%v)", who, w.Code, w.Body, err)
	}
	return report
}

func TestTheMFAReportIsForTheProvidersAdmins(t *testing.T) {
	d := openDoor(t, pipe.Modern, commerce.MFAEnforce, 100)
	for who, want := range map[string]string{
		"admin": "200", "global admin": "200", "elsewhere": "200",
		"sales": "900150", "helpdesk": "900150", "reader": "900150", "nobody": "900150", "reseller": "900150",
		"app": "900329", "weak admin": "900421", "a stranger": "800001",
	} {
		w, got := d.call(t, who), "200"
		if w.Code != http.StatusOK {
			var refusal partnercenter.Error
			if err := json.Unmarshal(w.Body.Bytes(), &refusal); err != nil {
				t.Fatal(err)
			}
			got = refusal.Code
		}
		if got != want {
			t.Errorf("%s gets %s, want %s", who, got, want)
		}
	}
}

func TestTheMFAReportTellsByAppUserAndRouteInEveryMode(t *testing.T) {
	for name, c := range map[string]struct {
		mode  commerce.MFAMode
		share int
		// refused says how many of Sam's two calls and Hana's one were.
		sam, hana int64
	}{
		"report":              {commerce.MFAReport, 100, 0, 0},
		"enforce for a share": {commerce.MFAEnforce, 25, 0, 1},
		"enforce":             {commerce.MFAEnforce, 100, 2, 1},
	} {
		t.Run(name, func(t *testing.T) {
			d := openDoor(t, pipe.Modern, c.mode, c.share)
			for _, who := range []string{"weak sales", "weak sales", "weak hana", "weak rosa"} {
				if w := d.call(t, who); w.Code == http.StatusOK {
					t.Errorf("%s got %d", who, w.Code)
				}
			}
			report := d.report(t, "admin")
			if report.World != "demo" || report.Mode != string(c.mode) || report.Share != c.share || !report.At.Equal(d.at) || len(report.Items) != 3 {
				t.Fatalf("the report is %+v", report)
			}
			seen := partnercenter.At(d.at)
			want := []extension.MFACalls{
				{Tenant: provider, App: theApp, User: sam, UserPrincipalName: "sam@northlight.example", Route: "GET /provost/v1/mfa/report",
					Calls: 2, Refused: c.sam, Enforced: c.sam > 0, FirstSeen: seen, LastSeen: seen},
				{Tenant: provider, App: theApp, User: hana, UserPrincipalName: "hana@northlight.example", Route: "GET /provost/v1/mfa/report",
					Calls: 1, Refused: c.hana, Enforced: c.hana > 0, FirstSeen: seen, LastSeen: seen},
			}
			for i, k := range report.Items[:2] {
				if k != want[i] {
					t.Errorf("item %d is\n%+v, want\n%+v", i, k, want[i])
				}
			}
			if third := report.Items[2]; third.Tenant != reseller || third.User != rosa || third.App != "brookside" || third.UserPrincipalName != "" {
				t.Errorf("the reseller's item is %+v", third)
			}
			if there := d.report(t, "elsewhere"); there.World != "other" || len(there.Items)+len(there.Others) != 0 {
				t.Errorf("another world's admin sees %+v", there)
			}
		})
	}
}

func TestTheMFAReportIsJSONWhateverIsAskedFor(t *testing.T) {
	for _, profile := range []pipe.Profile{pipe.Modern, pipe.Documents} {
		d := openDoor(t, profile, commerce.MFAReport, 100)
		w := httptest.NewRecorder()
		request := httptest.NewRequest(http.MethodGet, "//Provost/V1/MFA/report/", nil)
		request.Header.Set("Authorization", "Bearer admin")
		request.Header.Set("Accept", "application/xml")
		d.handler.ServeHTTP(w, request)
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json; charset=utf-8" || !json.Valid(w.Body.Bytes()) {
			t.Errorf("profile %s: %d %s %q", profile, w.Code, w.Header().Get("Content-Type"), w.Body)
		}
	}
}

func TestWhatIsNotThereIsRefusedWithTheEnvelope(t *testing.T) {
	d := openDoor(t, pipe.Modern, commerce.MFAReport, 100)
	for path, want := range map[string]int{"/provost/v1/mfa": 404, "/provost/v1/mfa/report/more": 404, "/provost/v1": 404} {
		w := ask(t, d.handler, http.MethodGet, path)
		if w.Code != want || !strings.Contains(w.Body.String(), `"code":"1000"`) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if w := ask(t, d.handler, http.MethodDelete, extension.MFAReportPath); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("DELETE: %d, Allow %s", w.Code, w.Header().Get("Allow"))
	}
}
