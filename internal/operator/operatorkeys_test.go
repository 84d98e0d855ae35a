package operator_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"provost/internal/pipe"
	"provost/partnercenter/extension"
)

// watch gives what is logged from now on.
func (m *management) watch(t *testing.T) *bytes.Buffer {
	t.Helper()
	var log bytes.Buffer
	m.open(pipe.Settings{Service: m.shop, Version: "test", Log: slog.New(slog.NewTextHandler(&log, nil))})
	return &log
}

// People paste a key where its name is asked for.
func TestPastedKeysAreHidden(t *testing.T) {
	m := openManagement(t, "")
	log := m.watch(t)
	for i, where := range []struct{ method, path, body string }{
		{"DELETE", "/operator/v1/keys/%s0", ""},
		{"DELETE", "/operator/v1/worlds/demo/partners/%s", ""},
		{"GET", "/operator/v1/worlds/%s", ""},
		{"POST", "/operator/v1/keys", `{"name":"%s"}`},
	} {
		w := m.ask(t, where.method, strings.ReplaceAll(where.path, "%s", m.key), strings.ReplaceAll(where.body, "%s", m.key))
		secret := m.key[len(m.key)-64:]
		if w.Code < 400 || strings.Contains(explained(w), secret) || strings.Contains(log.String(), secret) {
			t.Errorf("%d: answered %d %q, and the log says %s", i, w.Code, explained(w), log)
		}
	}
	found := done[extension.OperatorKey](t, m, 201, "POST", "/operator/v1/keys", `{"name":"leaked"}`)
	done[any](t, m, 204, "DELETE", "/operator/v1/keys/"+found.Key, "")
	if strings.Contains(log.String(), found.Key) || !strings.Contains(log.String(), "provost_op_"+found.ID+"_…") {
		t.Errorf("the log says %s", log)
	}
	m.key = found.Key
	if w := m.ask(t, "GET", "/operator/v1/worlds", ""); w.Code != 401 {
		t.Errorf("a key revoked by its own text answered %d", w.Code)
	}
}
