package pipe_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/internal/sqlstore"
)

// patching is a door whose one row reads a patch and a condition, and what they
// were.
func patching(t *testing.T) (send func(body string, ifMatch ...string) *httptest.ResponseRecorder, patch *commerce.Patch[wish], match *commerce.Condition) {
	t.Helper()
	store, err := sqlstore.OpenSQLite(t.Context(), sqlstore.SQLite{Path: filepath.Join(t.TempDir(), "provost.db"), Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	shop := &commerce.Service{Store: store}
	_, key, err := shop.CreateOperatorKey(t.Context(), commerce.LocalOperator, "ann")
	if err != nil {
		t.Fatal(err)
	}
	patch, match = &commerce.Patch[wish]{}, new(commerce.Condition)
	p := pipe.New(pipe.Settings{Service: shop})
	door := p.Front(p.Routes([]pipe.Route{{Method: "PATCH", Path: "/wishes/{wish}", Key: true, Serve: func(r *pipe.Request) (pipe.Reply, error) {
		var err error
		*match = r.Condition()
		*patch, err = pipe.DecodePatch[wish](r, "name", "count")
		return pipe.Reply{Status: http.StatusNoContent}, err
	}}}))
	return func(body string, ifMatch ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("PATCH", "/wishes/1", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+key)
		r.Header["If-Match"] = ifMatch
		w := httptest.NewRecorder()
		door.ServeHTTP(w, r)
		return w
	}, patch, match
}

func TestPatchKeepsWhichMembersItsBodyNames(t *testing.T) {
	send, patch, _ := patching(t)
	for body, want := range map[string]struct {
		name, count bool
		value       string
	}{
		`{}`:                          {},
		`{"name":null,"COUNT":null}`:  {},
		`{"NAME":"","Count":0}`:       {true, true, ""},
		`{"name":"a","parts":"text"}`: {true, false, "a"}, // parts cannot be changed, and are not read
		`{"name":"a","more":{"name":null},"Links":[]}`: {true, false, "a"},
	} {
		if w := send(body); w.Code != http.StatusNoContent {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
		if patch.Names("Name") != want.name || patch.Names("count") != want.count || patch.To.Name != want.value || len(patch.To.Parts) > 0 {
			t.Errorf("%s is read as %+v", body, *patch)
		}
	}
	for body, member := range map[string]string{
		``: "body", `[]`: "body", `null`: "body", `{"name":"a","NAME":"b"}`: "NAME", `{"count":"2"}`: "count", `{"count":2.5}`: "count",
	} {
		if w := send(body); w.Code != 400 || !strings.Contains(w.Body.String(), `"`+member+`"`) {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
}

func TestIfMatchHoldsForTheVersionsItNames(t *testing.T) {
	const etag, answers = "eyJpZCI6IjEifQ==", "3ddd0ee4c94b9fb8c8bea92b2a4a7b20"
	send, _, match := patching(t)
	for header, want := range map[string]bool{
		etag: true, `"` + etag + `"`: true, `W/"` + etag + `"`: true, "*": true, `"other", W/"` + etag + `"`: true,
		`"other"`: false, `"` + answers + `"`: false, strings.ToUpper(etag): false,
	} {
		send(`{}`, header)
		if *match == nil || (*match)(etag, &wish{Name: "a"}) != want {
			t.Errorf("%s is not %v", header, want)
		}
	}
	for _, none := range [][]string{nil, {""}, {`""`, `W/""`}} {
		if send(`{}`, none...); *match != nil {
			t.Errorf("%q is a condition", none)
		}
	}
}
