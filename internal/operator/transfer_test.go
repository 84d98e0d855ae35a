package operator_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"

	"provost/partnercenter/extension"
)

func init() {
	openapi3filter.RegisterBodyDecoder("application/x-ndjson", openapi3filter.RegisteredBodyDecoder("text/plain"))
}

func TestAWorldIsWrittenAndReadBack(t *testing.T) {
	m := openManagement(t, "")
	written := m.ask(t, "GET", "/operator/v1/worlds/demo/export", "")
	file := written.Body.String()
	if written.Code != 200 || written.Header().Get("Content-Type") != "application/x-ndjson; charset=utf-8" || len(file) < 64<<10 {
		t.Fatalf("answered %d %v with %d bytes", written.Code, written.Header(), len(file))
	}
	head := httptest.NewRequest("HEAD", "/operator/v1/worlds/demo/export", nil)
	head.Header.Set("Authorization", "Bearer "+m.key)
	w := httptest.NewRecorder()
	if m.handler.ServeHTTP(w, head); w.Code != 200 || w.Body.Len() != 0 {
		t.Errorf("HEAD answered %d with %d bytes", w.Code, w.Body.Len())
	}
	if w := m.ask(t, "GET", "/operator/v1/worlds/none/export", ""); w.Code != 404 || !strings.Contains(explained(w), "there is no world none") {
		t.Errorf("an absent world: %d %q", w.Code, explained(w))
	}
	lines := func(r *http.Request) { r.Header.Set("Content-Type", "application/x-ndjson") }
	const reseller = "7f0c2f4e-6a0e-4a53-8d4b-3a9d3b9e6c01"
	const path = "/operator/v1/worlds/import?as=copy&tenant=1cb000fc-4a11-4fd3-a30d-65e5eccf7d56=" + freeTenant + ",624408d2-25d0-4d37-9514-ed2cd3572a05=" + reseller
	if w := m.ask(t, "POST", "/operator/v1/worlds/import?as=copy", file, lines); w.Code != 409 || !strings.Contains(explained(w), "--tenant 1cb000fc") {
		t.Errorf("a taken tenant: %d %q", w.Code, explained(w))
	}
	if w := m.ask(t, "POST", path, file, lines, func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }); w.Code != 415 {
		t.Errorf("compressed: %d", w.Code)
	}
	first, _, _ := strings.Cut(file, "\n")
	part := done[extension.WorldImport](t, m, 200, "POST", path+"&more=true", first+"\n")
	if part.World != "copy" || part.Line != 1 || part.Done || part.Of["customer"] == 0 {
		t.Errorf("after a line: %+v", part)
	}
	if w := done[extension.World](t, m, 200, "GET", "/operator/v1/worlds/copy", ""); !w.Importing {
		t.Errorf("while it is imported: %+v", w)
	}
	if w := m.ask(t, "GET", "/operator/v1/worlds/copy/partners", ""); w.Code != 503 || w.Header().Get("Retry-After") == "" || !strings.Contains(explained(w), "being imported") {
		t.Errorf("what is not whole answered %d %v", w.Code, w.Header())
	}
	done[any](t, m, 204, "DELETE", "/operator/v1/worlds/import?world=copy", "")
	if w := m.ask(t, "DELETE", "/operator/v1/worlds/import?world=copy", ""); w.Code != 404 {
		t.Errorf("dropped twice: %d", w.Code)
	}
	whole := done[extension.WorldImport](t, m, 200, "POST", path, file)
	if !whole.Done || whole.Line != int64(strings.Count(file, "\n")) || whole.Rows["order"] != whole.Of["order"] {
		t.Errorf("the whole: %+v", whole)
	}
	if w := m.ask(t, "POST", "/operator/v1/worlds/import?as=other", "{}"); w.Code != 400 || !strings.Contains(explained(w), "line 1:") {
		t.Errorf("no header: %d %q", w.Code, explained(w))
	}
	for _, slip := range []string{"?more=yes", "?tenants=a=b", "?line=x"} {
		if w := m.ask(t, "POST", "/operator/v1/worlds/import"+slip, file); w.Code != 400 {
			t.Errorf("%s: %d", slip, w.Code)
		}
	}
}
