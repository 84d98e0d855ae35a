// Package authority issues tokens for development: it speaks the part of
// Microsoft Entra's endpoints that clients use to sign in, for the users and
// apps of development worlds.
//
// It knows nothing of the calls that its tokens are for, and it is never part
// of a production server. What it issues is verified like anyone's tokens.
package authority

import (
	"crypto"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"provost/internal/commerce"
	"provost/internal/wall"
	"provost/partnercenter/extension"
)

// Settings are what an authority works with.
type Settings struct {
	Store commerce.Store
	// Key signs every token.
	Key *Key
	// BaseURL is where callers find the authority, such as
	// http://127.0.0.1:4177; issuers' names begin with it.
	BaseURL string
	// Log hears of failures; nil: slog.Default.
	Log *slog.Logger
	// Now is the real time; nil: [wall.Now].
	Now func() time.Time
	// Explain gives a text with the commands that it names as they are run here;
	// nil: as it is.
	Explain func(text string) string
}

// Authority is the handler of the endpoints.
type Authority struct {
	store     commerce.Store
	key       *Key
	base      string
	log       *slog.Logger
	now       func() time.Time
	explain   func(string) string
	endpoints map[string]endpoint

	// seal is what the sign-in pages' tickets are sealed with.
	seal       []byte
	codes      *codes
	devices    *devices
	assertions *assertions
}

// endpoint is what answers at a path behind the tenant.
type endpoint struct {
	methods []string
	serve   func(w http.ResponseWriter, r *http.Request, tenant string) error
}

// New makes an authority. It refuses a base that is no address.
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
	if s.Log == nil {
		s.Log = slog.Default()
	}
	if s.Now == nil {
		s.Now = wall.Now
	}
	if s.Explain == nil {
		s.Explain = func(text string) string { return text }
	}
	a := &Authority{
		store: s.Store, key: s.Key, base: strings.TrimSuffix(s.BaseURL, "/"), log: s.Log, now: s.Now, explain: s.Explain,
		seal: make([]byte, 32), codes: newCodes(), assertions: newAssertions(),
		devices: newDevices(rate.NewLimiter(rate.Every(guessEvery), guessBurst)),
	}
	rand.Read(a.seal)
	get, post := []string{http.MethodGet, http.MethodHead}, []string{http.MethodPost}
	both := append(slices.Clone(get), http.MethodPost)
	a.endpoints = map[string]endpoint{
		"oauth2/token":      {post, a.issue(v1)},
		"oauth2/v2.0/token": {post, a.issue(v2)},

		"oauth2/authorize":      {both, a.page(a.authorize(v1))},
		"oauth2/v2.0/authorize": {both, a.page(a.authorize(v2))},

		"oauth2/devicecode":      {post, a.startDevice(v1)},
		"oauth2/v2.0/devicecode": {post, a.startDevice(v2)},
		"oauth2/deviceauth":      {both, a.page(a.deviceAuth)},

		".well-known/openid-configuration":      {get, a.discovery(v1)},
		"v2.0/.well-known/openid-configuration": {get, a.discovery(v2)},
		"discovery/instance":                    {get, a.instance},
		"discovery/keys":                        {get, a.keys},
		"discovery/v2.0/keys":                   {get, a.keys},
	}
	return a, nil
}

// version tells the two forms of endpoints and tokens apart.
type version int

const (
	v1 version = 1
	v2 version = 2
)

// PublicKey verifies the authority's tokens, by whichever of its keys they are
// signed: it is a jose.OpaqueVerifier.
func (a *Authority) PublicKey() crypto.PublicKey { return live{a} }

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

// Paths are the addresses that the authority has beside those that begin with a
// tenant.
func Paths() []string { return []string{extension.AccountsPath, "/generatetoken", "/v3/generatetoken"} }

// ServeHTTP answers at /{tenant}/… and at the [Paths], whatever the case of the
// words.
func (a *Authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := a.key.look(a.now()); err != nil {
		a.log.ErrorContext(r.Context(), "the authority's key was not rotated", "error", err)
	}
	segments := strings.FieldsFunc(r.URL.Path, func(c rune) bool { return c == '/' })
	var (
		found  endpoint
		tenant string
	)
	switch path := strings.ToLower("/" + strings.Join(segments, "/")); {
	case path == extension.AccountsPath:
		found = endpoint{[]string{http.MethodGet, http.MethodHead, http.MethodPost}, a.accounts}
	case slices.Contains(Paths(), path):
		found = endpoint{[]string{http.MethodPost}, a.generate}
	case len(segments) > 1:
		tenant = segments[0]
		found = a.endpoints[strings.ToLower(strings.Join(segments[1:], "/"))]
	}
	err := refuse(http.StatusNotFound, "invalid_request", 90023, "There is no such endpoint.")
	if found.serve != nil {
		err = admitMethod(w, r, found.methods)
	}
	if err == nil {
		err = found.serve(w, r, tenant)
	}
	if err != nil {
		a.fail(w, r, err)
	}
}

func admitMethod(w http.ResponseWriter, r *http.Request, allowed []string) error {
	if slices.Contains(allowed, r.Method) {
		return nil
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	return refuse(http.StatusMethodNotAllowed, "invalid_request", 900561,
		"The endpoint only accepts %s requests. Received a %s request.", allowed[len(allowed)-1], clip(r.Method))
}

func writeJSON(w http.ResponseWriter, status int, body any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	return write(w, status, "application/json; charset=utf-8", encoded)
}

func write(w http.ResponseWriter, status int, mediaType string, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Length", fmt.Sprint(len(body)))
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	w.WriteHeader(status)
	_, _ = w.Write(body) // who has gone away needs no answer
	return nil
}
