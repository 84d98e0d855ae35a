package authority

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"provost/internal/commerce"
)

// redirectable keeps the apps that people may be sent back to at an address:
// one of the app's own, letter by letter, or any on this machine by plain http,
// whose port and path native apps choose as they start (RFC 8252, 7.3).
func (a *Authority) redirectable(ctx context.Context, apps []resident, uri string) ([]resident, error) {
	if isLoopback(uri) {
		return apps, nil
	}
	var allowed []resident
	err := a.store.Read(ctx, func(tx commerce.Tx) error {
		for _, app := range apps {
			kept, err := registration(ctx, tx, app)
			if err != nil {
				return err
			}
			if slices.Contains(kept.RedirectURIs, uri) {
				allowed = append(allowed, app)
			}
		}
		return nil
	})
	if err == nil && len(allowed) == 0 {
		err = refuse(http.StatusBadRequest, "invalid_request", 50011,
			"The redirect_uri '%s' is neither http on this machine nor one that the app has registered, letter by letter.", clip(uri))
	}
	return allowed, err
}

// isLoopback says whether an address can only lead to this machine.
func isLoopback(uri string) bool {
	u, ok := plainURI(uri)
	if !ok || u.Scheme != "http" {
		return false
	}
	switch u.Hostname() {
	case "localhost", "127.0.0.1", "::1":
		return true
	}
	return false
}

// plainURI reads an address that everyone reads alike: absolute, without a
// fragment, a user's name, or anything that browsers mend.
func plainURI(uri string) (*url.URL, bool) {
	odd := func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune(`\"'<>^`+"`{|}", c) }
	u, err := url.Parse(uri)
	if err != nil || len(uri) > 2048 || strings.ContainsFunc(uri, odd) || strings.Contains(uri, "#") || u.User != nil || u.Opaque != "" {
		return nil, false
	}
	segments := strings.Split(u.Path, "/")
	if slices.Contains(segments, "..") || slices.Contains(segments, ".") || strings.ContainsAny(u.Path, `\`) {
		return nil, false
	}
	return u, true
}

// neverRedirected are the schemes of addresses that are code, or files.
var neverRedirected = []string{"", "javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source"}

// isRegistrable says whether an app may register an address.
func isRegistrable(uri string) bool {
	u, ok := plainURI(uri)
	return ok && !slices.Contains(neverRedirected, u.Scheme) && u.Host != "" && !strings.ContainsAny(u.Host, "*,;%")
}

// sourceOf names where an address leads, in the words of a content security
// policy.
func sourceOf(uri string) string {
	u, ok := plainURI(uri)
	if !ok {
		return ""
	}
	if u.Scheme == "http" || u.Scheme == "https" {
		return u.Scheme + "://" + u.Host
	}
	return u.Scheme + ":"
}
