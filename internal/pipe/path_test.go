package pipe_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"provost/internal/pipe"
)

var paths = []string{"/v1/customers/{customer}/subscriptions/{subscription}/provisioningstatus", "/v1/customers/{customer}/subscriptions/customTermEndDates"}

func TestPathsFoldTheirLiteralsAndKeepTheirIDs(t *testing.T) {
	for given, want := range map[string]string{
		"/v1/customers":                                    "/v1/customers",
		"/V1//Customers/":                                  "/v1/customers",
		"//v1/CUSTOMERS/AbC/Subscriptions///":              "/v1/customers/AbC/subscriptions",
		"/v1/customers/x/subscriptions/CUSTOMtermenddates": "/v1/customers/x/subscriptions/customTermEndDates",
		"/v1/customers/a%2Fb/subscriptions":                "/v1/customers/a%2Fb/subscriptions",
		"/v1/customers/%41bc":                              "/v1/customers/Abc",
		"/":                                                "/",
	} {
		r := httptest.NewRequest(http.MethodGet, given, nil)
		folded, err := pipe.FoldRequest(paths, r)
		if err != nil || folded.URL.EscapedPath() != want {
			t.Errorf("%s became %v (%v), want %s", given, folded, err, want)
		}
	}
}

// Nearly all requests come as their route is written.
func TestAPathInItsFormIsLeftAsItIs(t *testing.T) {
	for path, left := range map[string]bool{
		"/v1/customers/AbC-1_2.3~4/subscriptions": true, "/v1/other": true,
		"/v1/Customers": false, "/v1/customers/": false, "/v1//customers": false, "/v1/customers/%41": false,
	} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		folded, err := pipe.FoldRequest(paths, r)
		if err != nil || (folded == r) != left {
			t.Errorf("%s is left as it is: %t (%v)", path, folded == r, err)
		}
	}
}

func TestPathsThatNoRouteCanHaveAreRefused(t *testing.T) {
	for _, given := range []string{"/v1/../etc", "/v1/./customers", "/v1/customers/%00", "/v1/customers/%ff", "/v1/customers/%0d%0aX", "/v1/%2e%2e/x"} {
		r := httptest.NewRequest(http.MethodGet, given, nil)
		if folded, err := pipe.FoldRequest(paths, r); err == nil {
			t.Errorf("%s became %s, want a refusal", given, folded.URL.Path)
		}
	}
}

func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/v1/customers", "//v1///Customers/%41/", "/v1/../x", "/%ff", "/a%2fb/../c", "/v1/customers/\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		u, err := url.ParseRequestURI(path)
		if err != nil {
			return
		}
		folded, err := pipe.FoldRequest(paths, &http.Request{Method: http.MethodGet, URL: u})
		if err != nil {
			return
		}
		escaped := folded.URL.EscapedPath()
		if !strings.HasPrefix(escaped, "/") || strings.Contains(escaped, "//") || (len(escaped) > 1 && strings.HasSuffix(escaped, "/")) {
			t.Fatalf("%q folded to %q", path, escaped)
		}
		again, err := pipe.FoldRequest(paths, folded)
		if err != nil || again.URL.EscapedPath() != escaped {
			t.Fatalf("%q folded to %q, and that to %v (%v)", path, escaped, again, err)
		}
	})
}
