package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"provost/internal/authority"
	"provost/internal/operator"
)

// door is one of the handlers behind a listener.
type door int

const (
	noDoor door = iota
	restDoor
	contractDoor
	authorityDoor
	operatorDoor
	bearerDoor
	managementDoor
)

// doors sends each request to the door that its path belongs to; a door that is
// not mounted here counts as none. Nothing is ever redirected.
type doors map[door]http.Handler

func (d doors) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	handler, mounted := d[doorOf(pathSegments(r.URL.Path))]
	if !mounted {
		handler = d[noDoor]
	}
	handler.ServeHTTP(w, r)
}

// straight asks a door of single pages by the path that its own mux knows.
func straight(handler http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		asked := *r
		asked.URL = &url.URL{Path: "/" + strings.Join(pathSegments(r.URL.Path), "/"), RawQuery: r.URL.RawQuery}
		handler.ServeHTTP(w, &asked)
	}
}

// pathSegments are the segments that are not empty, in lower case: `//`, a
// trailing `/` and the case of a word make no other address.
func pathSegments(path string) []string {
	return strings.FieldsFunc(strings.ToLower(path), func(c rune) bool { return c == '/' })
}

func doorOf(segments []string) door {
	switch {
	case len(segments) == 0:
		return contractDoor // whoever comes with a browser finds the calls
	case slices.Contains(authority.Paths(), "/"+strings.Join(segments, "/")):
		return authorityDoor
	case isVersion(segments[0]):
		return restDoor
	case len(segments) == 1 && (segments[0] == "openapi.json" || segments[0] == "docs"):
		return contractDoor
	case len(segments) == 1 && slices.Contains(operator.Paths(), "/"+segments[0]):
		return operatorDoor
	case isAuthority(segments):
		return authorityDoor
	case len(segments) > 1 && segments[0] == "provost" && segments[1] == "v1":
		return bearerDoor
	case len(segments) > 1 && segments[0] == "operator" && segments[1] == "v1":
		return managementDoor
	default:
		return noDoor
	}
}

// isVersion says whether the segment is the documents' v{version}.
func isVersion(segment string) bool {
	number, ok := strings.CutPrefix(segment, "v")
	return ok && number != "" && number[0] != '.' && strings.Trim(number, "0123456789.") == ""
}

// isAuthority says whether the path is one of Microsoft Entra's, which begin
// with a tenant.
func isAuthority(segments []string) bool {
	if len(segments) < 2 {
		return false
	}
	switch segments[1] {
	case "oauth2", ".well-known", "discovery":
		return true
	case "v2.0":
		return len(segments) > 2 && segments[2] == ".well-known"
	}
	return false
}
