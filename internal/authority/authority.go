// Package authority issues tokens for development: it speaks the part of
// Microsoft Entra's endpoints that clients use to sign in, for the users and
// apps of development worlds.
//
// It knows nothing of the calls that its tokens are for, and it is never part
// of a production server. What it issues is verified like anyone's tokens.
package authority

import (
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"provost/internal/commerce"
	"provost/partnercenter/extension"
)

// Settings are what an authority works with.
type Settings struct {
	Store commerce.Store
	// Key signs every token.
	Key *rsa.PrivateKey
	// BaseURL is where callers find the authority, such as
	// http://127.0.0.1:4177; issuers' names begin with it.
	BaseURL string
	// Log hears of failures; nil: slog.Default.
	Log *slog.Logger
}

// Authority is the handler of the endpoints.
type Authority struct {
	store     commerce.Store
	key       *rsa.PrivateKey
	keyID     string
	signer    jose.Signer
	base      string
	log       *slog.Logger
	endpoints map[string]endpoint
}

// endpoint is what answers at a path behind the tenant.
type endpoint struct {
	method string
	serve  func(w http.ResponseWriter, r *http.Request, tenant string) error
}

// New makes an authority. It refuses a key that is too short and a base that
// is no address.
func New(s Settings) (*Authority, error) {
	base, err := url.Parse(s.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("read the authority's address: %w", err)
	}
	if (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("authority's address %q: not of the form https://host", s.BaseURL)
	}
	if s.Store == nil || s.Key == nil {
		return nil, errors.New("an authority needs a store and a key")
	}
	if s.Key.N.BitLen() < keyBits {
		return nil, fmt.Errorf("the authority's key has %d bits; it needs %d", s.Key.N.BitLen(), keyBits)
	}
	if s.Log == nil {
		s.Log = slog.Default()
	}
	a := &Authority{store: s.Store, key: s.Key, base: strings.TrimSuffix(s.BaseURL, "/"), log: s.Log}
	if a.keyID, err = thumbprint(&s.Key.PublicKey); err != nil {
		return nil, err
	}
	a.signer, err = jose.NewSigner(
		jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: s.Key, KeyID: a.keyID}},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, fmt.Errorf("prepare the authority's key: %w", err)
	}
	a.endpoints = map[string]endpoint{
		"oauth2/token":      {http.MethodPost, a.issue(v1)},
		"oauth2/v2.0/token": {http.MethodPost, a.issue(v2)},

		".well-known/openid-configuration":      {http.MethodGet, a.discovery(v1)},
		"v2.0/.well-known/openid-configuration": {http.MethodGet, a.discovery(v2)},
		"discovery/keys":                        {http.MethodGet, a.keys},
		"discovery/v2.0/keys":                   {http.MethodGet, a.keys},
	}
	return a, nil
}

// version tells the two forms of endpoints and tokens apart.
type version int

const (
	v1 version = 1
	v2 version = 2
)

// PublicKey is what the authority's tokens are verified with.
func (a *Authority) PublicKey() *rsa.PublicKey { return &a.key.PublicKey }

// Speaks says whether the authority goes by the name of this issuer for the
// tenant, in its v1 or its v2 tokens.
func (a *Authority) Speaks(iss, tenant string) bool {
	return tenant != "" && (iss == a.issuer(tenant, v1) || iss == a.issuer(tenant, v2))
}

func (a *Authority) issuer(tenant string, v version) string {
	if v == v2 {
		return a.base + "/" + tenant + "/v2.0"
	}
	return a.base + "/" + tenant + "/"
}

// ServeHTTP answers at /{tenant}/… and at /provost/v1/accounts, whatever the
// case of the words.
func (a *Authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	segments := strings.FieldsFunc(r.URL.Path, func(c rune) bool { return c == '/' })
	var (
		found  endpoint
		tenant string
	)
	switch path := strings.ToLower("/" + strings.Join(segments, "/")); {
	case path == extension.AccountsPath:
		found = endpoint{http.MethodGet, a.accounts}
	case len(segments) > 1:
		tenant = segments[0]
		found = a.endpoints[strings.ToLower(strings.Join(segments[1:], "/"))]
	}
	err := refuse(http.StatusNotFound, "invalid_request", 90023, "There is no such endpoint.")
	if found.serve != nil {
		err = admitMethod(w, r, found.method)
	}
	if err == nil {
		err = found.serve(w, r, tenant)
	}
	if err != nil {
		a.fail(w, r, err)
	}
}

func admitMethod(w http.ResponseWriter, r *http.Request, method string) error {
	allowed := []string{method}
	if method == http.MethodGet {
		allowed = append(allowed, http.MethodHead)
	}
	if slices.Contains(allowed, r.Method) {
		return nil
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	return refuse(http.StatusMethodNotAllowed, "invalid_request", 900561,
		"The endpoint only accepts %s requests. Received a %s request.", method, clip(r.Method))
}

func writeJSON(w http.ResponseWriter, status int, body any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", fmt.Sprint(len(encoded)))
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	w.WriteHeader(status)
	_, _ = w.Write(encoded) // who has gone away needs no answer
	return nil
}
