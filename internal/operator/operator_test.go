package operator_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"provost/internal/operator"
)

func ask(t *testing.T, h http.Handler, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w
}

func TestHealthSaysOkWhateverTheStoreSays(t *testing.T) {
	door := operator.New(operator.Settings{Ready: func(context.Context) error { return operator.StoreUnready }})
	w := ask(t, door, "GET", "/healthz")
	if w.Code != http.StatusOK || w.Body.String() != "ok\n" {
		t.Errorf("healthz answered %d %q", w.Code, w.Body)
	}
}

func TestReadinessNamesTheReasonAndNothingElse(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		body   string
	}{
		"ready":    {nil, 200, "ok\n"},
		"stopping": {operator.Stopping, 503, "not ready: stopping\n"},
		"store":    {operator.StoreUnready, 503, "not ready: store\n"},
		"internal": {errors.New("dial secret-host:5432: refused"), 503, "not ready: store\n"},
	} {
		t.Run(name, func(t *testing.T) {
			door := operator.New(operator.Settings{Ready: func(context.Context) error { return c.err }})
			w := ask(t, door, "GET", "/readyz")
			if w.Code != c.status || w.Body.String() != c.body {
				t.Errorf("readyz answered %d %q, want %d %q", w.Code, w.Body, c.status, c.body)
			}
		})
	}
}

func TestMetricsCountAnswersByMethodRouteAndStatus(t *testing.T) {
	m := operator.NewMetrics("v1.2.3")
	m.Observe("GET", "/v1/customers/{customer}", 200, 3*time.Millisecond)
	m.Observe("GET", "/v1/customers/{customer}", 200, 3*time.Millisecond)
	m.Observe("BREW", "", 404, time.Millisecond)
	door := operator.New(operator.Settings{Ready: func(context.Context) error { return nil }, Metrics: m.Handler()})
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
