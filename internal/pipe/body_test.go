package pipe_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"provost/internal/pipe"
	"provost/partnercenter"
)

func TestBodiesAreHeldToWhatABodyMayBe(t *testing.T) {
	for name, c := range map[string]struct {
		body, mediaType, encoding string
		want                      error
	}{
		"none":                     {"", "", "", nil},
		"none, with a media type":  {"", "application/json", "", nil},
		"JSON without media type":  {`{"a":1}`, "", "", nil},
		"JSON":                     {`{"a":1}`, "application/json; charset=UTF-8", "", nil},
		"text/json":                {`[]`, "text/json", "", nil},
		"as deep as allowed":       {strings.Repeat("[", pipe.MaxDepth) + strings.Repeat("]", pipe.MaxDepth), "application/json", "", nil},
		"brackets inside a string": {`"` + strings.Repeat("[", 200) + `\"["`, "application/json", "", nil},
		"too deep":                 {strings.Repeat("[", pipe.MaxDepth+1) + strings.Repeat("]", pipe.MaxDepth+1), "application/json", "", partnercenter.ErrInput},
		"not JSON":                 {`{"a":`, "application/json", "", partnercenter.ErrInput},
		"not UTF-8":                {"\"\xff\"", "application/json", "", partnercenter.ErrInput},
		"XML":                      {`<a/>`, "application/xml", "", partnercenter.ErrMediaType},
		"a form":                   {`a=1`, "application/x-www-form-urlencoded", "", partnercenter.ErrMediaType},
		"another charset":          {`{}`, "application/json; charset=utf-16", "", partnercenter.ErrMediaType},
		"a broken media type":      {`{}`, "application/json; charset", "", partnercenter.ErrMediaType},
		"compressed":               {`{}`, "application/json", "gzip", partnercenter.ErrMediaType},
		"too large":                {strings.Repeat(" ", pipe.MaxBody+1), "application/json", "", partnercenter.ErrBodyTooLarge},
	} {
		for _, known := range []bool{true, false} {
			r := httptest.NewRequest("GET", "/", strings.NewReader(c.body))
			if !known {
				r.ContentLength = -1
			}
			r.Header.Set("Content-Type", c.mediaType)
			if c.mediaType == "" {
				r.Header.Del("Content-Type")
			}
			r.Header.Set("Content-Encoding", c.encoding)
			if _, err := pipe.ReadBody(httptest.NewRecorder(), r); !errors.Is(err, c.want) {
				t.Errorf("%s (length known: %v): %v, want %v", name, known, err, c.want)
			}
		}
	}
}

func FuzzJSONBody(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":[1,{"b":"]"}]}`, "\xff", `"\"`, strings.Repeat("[", 100), `{"a":1}{"b":2}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		_, err := pipe.ReadBody(httptest.NewRecorder(), httptest.NewRequest("GET", "/", bytes.NewReader(body)))
		if err != nil && !errors.Is(err, partnercenter.ErrInput) && !errors.Is(err, partnercenter.ErrBodyTooLarge) {
			t.Fatalf("%q: %v", body, err)
		}
		if err == nil && len(body) > 0 && !json.Valid(body) {
			t.Fatalf("%q passed", body)
		}
	})
}
