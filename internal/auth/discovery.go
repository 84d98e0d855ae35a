package auth

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const (
	// discoveryTimeout bounds how long a token waits for its issuer's keys.
	discoveryTimeout = 10 * time.Second
	// maxDocument bounds what an issuer can make the server read.
	maxDocument = 1 << 20
)

// Discover is an issuer found by OpenID Connect discovery, trusted to speak
// for the tenants and no other. It refuses an address that is not https,
// unless it is on this machine. The keys are fetched in the background and
// again when needed, until the context ends; an issuer that is down only has
// its tokens refused.
func Discover(ctx context.Context, issuerURL string, tenants ...string) (Issuer, error) {
	return discover(ctx, http.DefaultTransport, issuerURL, tenants...)
}

func discover(ctx context.Context, transport http.RoundTripper, issuerURL string, tenants ...string) (Issuer, error) {
	u, err := url.Parse(issuerURL)
	if err != nil {
		return Issuer{}, fmt.Errorf("read the issuer's address: %w", err)
	}
	if u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return Issuer{}, fmt.Errorf("issuer %s: not an address of the form https://host/path", u.Redacted())
	}
	if !confidential(u) {
		return Issuer{}, fmt.Errorf("issuer %s: its keys must come over https", issuerURL)
	}
	if len(tenants) == 0 {
		return Issuer{}, fmt.Errorf("issuer %s: name the tenants that it may speak for", issuerURL)
	}
	for _, tenant := range tenants {
		if !isGUID(tenant) {
			return Issuer{}, fmt.Errorf("issuer %s: tenant %q is not a GUID", issuerURL, tenant)
		}
	}
	tenants = slices.Clone(tenants)
	client := &http.Client{Transport: guarded{transport}, Timeout: discoveryTimeout}
	return Issuer{
		Name: issuerURL,
		Speaks: func(iss, tenant string) bool {
			return iss == issuerURL && slices.ContainsFunc(tenants, func(t string) bool { return strings.EqualFold(t, tenant) })
		},
		Keys: newPublishedKeys(ctx, issuerURL, func(ctx context.Context) ([]publishedKey, error) {
			return fetchKeys(ctx, client, issuerURL)
		}),
	}, nil
}

// fetchKeys asks for the discovery document each time, since the address of
// the keys may change too.
func fetchKeys(ctx context.Context, client *http.Client, issuerURL string) ([]publishedKey, error) {
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, client), issuerURL)
	if err != nil {
		return nil, fmt.Errorf("read the discovery document: %w", explain(err))
	}
	var document struct {
		JWKSURI string `json:"jwks_uri"`
	}
	if err := provider.Claims(&document); err != nil {
		return nil, fmt.Errorf("read the discovery document: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, document.JWKSURI, nil)
	if err != nil {
		return nil, fmt.Errorf("read the keys' address: %w", err)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("read the keys: %w", explain(err))
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("read the keys: %s from %s", response.Status, request.URL.Redacted())
	}
	var published struct {
		Keys []map[string]json.RawMessage `json:"keys"`
	}
	if err := json.NewDecoder(response.Body).Decode(&published); err != nil {
		return nil, fmt.Errorf("read the keys: %w", err)
	}
	var keys []publishedKey
	for _, members := range published.Keys {
		// One key of a kind not known here must not cost the issuer the others.
		if key, ok := readKey(members); ok {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%s publishes no key that signs by RS256 or ES256", request.URL.Redacted())
	}
	return keys, nil
}

// explain says what to do where the configuration, and not the issuer, is at
// fault.
func explain(err error) error {
	var mismatch *oidc.IssuerMismatchError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &mismatch):
		return fmt.Errorf("the issuer at %s calls itself %q: name it so, letter by letter, if it is the one that you mean",
			mismatch.Provided, mismatch.Discovered)
	case errors.As(err, &unknown):
		return fmt.Errorf("%w: if that is an authority of your own, start this server with SSL_CERT_FILE=ca.pem in its environment "+
			"(on Linux; elsewhere add it to those that the system trusts)", err)
	}
	return err
}

// readKey reads a published key that signs. The certificates that come with some
// are left aside: nobody here would believe them.
func readKey(members map[string]json.RawMessage) (publishedKey, bool) {
	var key publishedKey
	if owner, named := members["issuer"]; named && json.Unmarshal(owner, &key.issuer) != nil {
		return publishedKey{}, false
	}
	for _, certificate := range []string{"x5c", "x5t", "x5t#S256", "x5u"} {
		delete(members, certificate)
	}
	encoded, err := json.Marshal(members)
	if err != nil || json.Unmarshal(encoded, &key.JSONWebKey) != nil {
		return publishedKey{}, false
	}
	return key, signs(key.JSONWebKey)
}

// guarded holds every step to the rules of the first: the address of the keys
// and redirects are the issuer's to choose.
type guarded struct{ next http.RoundTripper }

func (g guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	if !confidential(r.URL) {
		return nil, fmt.Errorf("%s: an issuer's keys must come over https", r.URL.Redacted())
	}
	response, err := g.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(response.Body, maxDocument), response.Body}
	return response, nil
}

// confidential says whether what comes from the address cannot be changed on
// its way.
func confidential(u *url.URL) bool {
	switch u.Scheme {
	case "https":
		return true
	case "http":
		ip := net.ParseIP(u.Hostname())
		return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	}
	return false
}
