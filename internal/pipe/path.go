package pipe

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"provost/partnercenter"
)

// fold brings a path into the form that the routes are written in: literal
// segments in their own spelling, no empty segment, no trailing slash. Ids stay
// as they are. Nothing is ever redirected, since clients lose a PATCH's body to
// a redirect.
type fold map[string]string

func newFold(paths []string) fold {
	f := fold{}
	for _, path := range paths {
		for segment := range strings.SplitSeq(path, "/") {
			if segment != "" && !strings.HasPrefix(segment, "{") {
				f[strings.ToLower(segment)] = segment
			}
		}
	}
	return f
}

// request returns the request under its folded path; a path that no route can
// have is refused.
func (f fold) request(r *http.Request) (*http.Request, error) {
	if f.isFolded(r.URL.EscapedPath()) {
		return r, nil
	}
	segments := strings.Split(r.URL.EscapedPath(), "/")
	kept := segments[:0:0]
	for _, escaped := range segments {
		if escaped == "" {
			continue
		}
		segment, err := url.PathUnescape(escaped)
		if err != nil || !utf8.ValidString(segment) || strings.ContainsFunc(segment, isControl) {
			return nil, partnercenter.ErrInput.About("path")
		}
		if segment == "." || segment == ".." {
			return nil, partnercenter.ErrNotFound
		}
		if literal, ok := f[strings.ToLower(segment)]; ok {
			segment = literal
		}
		kept = append(kept, url.PathEscape(segment))
	}
	folded := "/" + strings.Join(kept, "/")
	if folded == r.URL.EscapedPath() {
		return r, nil
	}
	path, err := url.PathUnescape(folded)
	if err != nil {
		return nil, partnercenter.ErrInput.About("path")
	}
	other := *r
	other.URL = &url.URL{Path: path, RawPath: folded, RawQuery: r.URL.RawQuery}
	return &other, nil
}

// isFolded says, of a path without anything unusual, whether it is in its form
// already. Of others it says that they are not.
func (f fold) isFolded(path string) bool {
	rest, ok := strings.CutPrefix(path, "/")
	if !ok {
		return false
	}
	for segment := range strings.SplitSeq(rest, "/") {
		if segment == "" || segment == "." || segment == ".." || strings.ContainsFunc(segment, isUnusual) {
			return false
		}
		if literal, ok := f[strings.ToLower(segment)]; ok && literal != segment {
			return false
		}
	}
	return true
}

// isUnusual says of a character that it may be written otherwise in a path.
func isUnusual(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("-._~", c)
}

func isControl(c rune) bool { return c < ' ' || c == 0x7f }
