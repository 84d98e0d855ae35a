package pipe_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/internal/sqlstore"
	"provost/partnercenter"
)

type wish struct {
	Name  string `json:"name"`
	Count *int   `json:"count,omitempty"`
	Parts []part `json:"parts,omitempty"`
}

type part struct {
	Of string `json:"of"`
}

// wishing is a door with one row that reads a body, and what the row was told.
func wishing(t *testing.T, own bool) (http.Handler, string, *wish, *error) {
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
	var read wish
	var refused error
	p := pipe.New(pipe.Settings{Service: shop})
	return p.Front(p.Routes([]pipe.Route{{Method: "PUT", Path: "/wishes/{wish}", Key: own, Own: own, Serve: func(r *pipe.Request) (pipe.Reply, error) {
		read, refused = pipe.Decode[wish](r)
		return pipe.Reply{Status: http.StatusNoContent}, refused
	}}})), key, &read, &refused
}

func TestBodyIsReadByNameInAnyCaseAndWithoutSlips(t *testing.T) {
	door, key, read, refused := wishing(t, true)
	for name, c := range map[string]struct {
		body string
		want string // of what data speaks; "" for success
	}{
		"plain":                    {`{"name":"a","count":2}`, ""},
		"in another case":          {` {"NAME":"a","Count":2,"PARTS":[{"Of":"x"},{"of":"y"}]} `, ""},
		"empty":                    {`{}`, ""},
		"names as values":          {`{"name":"name","parts":[{"of":"of"}]}`, ""},
		"none":                     {``, "body"},
		"null":                     {`null`, "body"},
		"an array":                 {`[]`, "body"},
		"an unknown member":        {`{"name":"a","cuont":2}`, "cuont"},
		"an unknown member inside": {`{"parts":[{"off":"x"}]}`, "off"},
		"twice":                    {`{"name":"a","NAME":"b"}`, "NAME"},
		"twice inside":             {`{"parts":[{"of":"x"},{"of":"x","OF":"y"}]}`, "OF"},
		"text for a number":        {`{"count":"2"}`, "count"},
		"a fraction":               {`{"count":1.5}`, "count"},
		"an object for text":       {`{"name":{}}`, "name"},
	} {
		t.Run(name, func(t *testing.T) {
			*read = wish{}
			r := httptest.NewRequest("PUT", "/wishes/1", strings.NewReader(c.body))
			r.Header.Set("Authorization", "bearer "+key)
			w := httptest.NewRecorder()
			door.ServeHTTP(w, r)
			if c.want == "" {
				if w.Code != http.StatusNoContent || w.Body.Len() > 0 {
					t.Errorf("answered %d %s", w.Code, w.Body)
				}
				return
			}
			if w.Code != 400 || !strings.Contains(w.Body.String(), `"`+c.want+`"`) || !errors.Is(*refused, partnercenter.ErrInput) {
				t.Errorf("answered %d %s (%v)", w.Code, w.Body, *refused)
			}
		})
	}
	*read = wish{}
	r := httptest.NewRequest("PUT", "/wishes/1", strings.NewReader(`{"NAME":"a","Count":2}`))
	r.Header.Set("Authorization", "Bearer "+key)
	door.ServeHTTP(httptest.NewRecorder(), r)
	if read.Name != "a" || read.Count == nil || *read.Count != 2 {
		t.Errorf("read %+v", *read)
	}
}

func TestQueryIsHeldToItsNames(t *testing.T) {
	for raw, names := range map[string][]string{"": nil, "A=1&b=2": {"a", "B", "c"}} {
		q, err := pipe.ParseQuery(raw)
		if err != nil || q.Only(names...) != nil {
			t.Errorf("%q is refused: %v", raw, q.Only(names...))
		}
	}
	q, _ := pipe.ParseQuery("a=1&custmer=2")
	if err := q.Only("a", "customer"); !errors.Is(err, partnercenter.ErrInput) || !strings.Contains(err.Error(), "custmer") {
		t.Errorf("a slip is taken: %v", err)
	}
}
