package operator_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"provost/internal/operator"
	"provost/partnercenter"
	"provost/partnercenter/extension"
)

func ask(t *testing.T, h http.Handler, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w
}

func saying(told extension.Readiness) operator.Settings {
	return operator.Settings{Ready: func(context.Context) extension.Readiness { return told }}
}

func TestHealthSaysOkWhateverTheStoreSays(t *testing.T) {
	w := ask(t, operator.New(saying(extension.Readiness{Status: extension.Unavailable, Store: extension.Unavailable})), "GET", "/healthz")
	if w.Code != http.StatusOK || w.Body.String() != "ok\n" {
		t.Errorf("healthz answered %d %q", w.Code, w.Body)
	}
}

func TestReadinessTellsHowEachPartStands(t *testing.T) {
	since := partnercenter.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	none := []extension.IssuerReadiness{}
	for name, c := range map[string]struct {
		told   extension.Readiness
		status int
		body   string
	}{
		"ready": {
			extension.Readiness{Status: extension.Ready, Store: extension.Ready, Issuers: none}, 200,
			`{"status":"ready","store":"ready","issuers":[]}`,
		},
		"with issuers": {
			extension.Readiness{Status: extension.Ready, Store: extension.Ready, Issuers: []extension.IssuerReadiness{
				{URL: "https://a.example/?b&c", Status: extension.Ready}, {URL: "https://b.example", Status: extension.Stale, Since: &since},
			}}, 200,
			`{"status":"ready","store":"ready","issuers":[{"url":"https://a.example/?b&c","status":"ready"},` +
				`{"url":"https://b.example","status":"stale","since":"2026-03-01T12:00:00Z"}]}`,
		},
		"stopping": {
			extension.Readiness{Status: extension.Stopping, Store: extension.Ready, Issuers: none}, 503,
			`{"status":"stopping","store":"ready","issuers":[]}`,
		},
		"store": {
			extension.Readiness{Status: extension.Unavailable, Store: extension.Unavailable, Issuers: none}, 503,
			`{"status":"unavailable","store":"unavailable","issuers":[]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := ask(t, operator.New(saying(c.told)), "GET", "/readyz")
			if w.Code != c.status || w.Body.String() != c.body+"\n" || w.Header().Get("Content-Type") != "application/json; charset=utf-8" {
				t.Errorf("readyz answered %d %q as %s, want %d %q", w.Code, w.Body, w.Header().Get("Content-Type"), c.status, c.body)
			}
			if retry := w.Header().Get("Retry-After"); (retry != "") != (c.status == 503) {
				t.Errorf("Retry-After is %q", retry)
			}
			for header, value := range map[string]string{
				"MS-RequestId": "1", "MS-CorrelationId": "1", "MS-CV": "AAAAAAAAAAAAAAAA.0", "MS-ServerId": "123456789",
			} {
				w.Header()[header] = []string{value} // which the pipe adds
			}
			holdToContract(t, "GET", "/readyz", w)
		})
	}
}

func TestMetricsCountAnswersByMethodRouteAndStatus(t *testing.T) {
	m := operator.NewMetrics("v1.2.3")
	m.Observe("GET", "/v1/customers/{customer}", 200, 3*time.Millisecond)
	m.Observe("GET", "/v1/customers/{customer}", 200, 3*time.Millisecond)
	m.Observe("BREW", "", 404, time.Millisecond)
	door := operator.New(operator.Settings{Metrics: m.Handler()})
	text := ask(t, door, "GET", "/metrics").Body.String()
	for _, line := range []string{
		`provost_http_requests_total{method="GET",route="/v1/customers/{customer}",status="200"} 2`,
		`provost_http_requests_total{method="other",route="other",status="404"} 1`,
		`provost_http_request_duration_seconds_count{route="/v1/customers/{customer}"} 2`,
		`version="v1.2.3"`,
		"go_goroutines ",
		"process_start_time_seconds ",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("metrics lack %s", line)
		}
	}
	if strings.Contains(text, "BREW") {
		t.Error("an invented method became a series of its own")
	}
}
