package auth_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"provost/internal/auth"
	"provost/partnercenter"
)

const cachedFor = 5 * time.Minute

// countingKeys counts how often a signature is checked.
type countingKeys struct {
	auth.KeySet
	asked  atomic.Int32
	during func()
}

func (k *countingKeys) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	k.asked.Add(1)
	payload, err := k.KeySet.VerifySignature(ctx, raw)
	if k.during != nil {
		k.during()
	}
	return payload, err
}

// issuer is an identity provider in its two documents.
type issuer struct {
	mu      sync.Mutex
	url     string
	jwksURI string
	keys    []any
	latency time.Duration
	down    bool
	asked   int
	tried   int
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.tried++
	if i.down {
		http.Error(w, "down for maintenance", http.StatusBadGateway)
		return
	}
	switch {
	case strings.HasSuffix(r.URL.Path, "/.well-known/openid-configuration"):
		writeJSON(w, object{"issuer": i.url, "jwks_uri": i.jwksURI})
	case r.URL.Path == "/keys":
		i.asked++
		writeJSON(w, object{"keys": i.keys})
	default:
		http.NotFound(w, r)
	}
}

func (i *issuer) set(change func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change()
}

func (i *issuer) fetches() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked
}

// attempts counts every question, answered or not.
func (i *issuer) attempts() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.tried
}

// RoundTrip serves without a socket, so that time can be the test's own.
func (i *issuer) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(i.latency)
	w := httptest.NewRecorder()
	i.ServeHTTP(w, r)
	return w.Result(), nil
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func jwk(id string, key *rsa.PrivateKey) jose.JSONWebKey {
	return jose.JSONWebKey{Key: &key.PublicKey, KeyID: id, Use: "sig", Algorithm: "RS256"}
}

func newIssuer(url string) *issuer {
	return &issuer{url: url, jwksURI: strings.TrimSuffix(url, "/") + "/keys", keys: []any{jwk("one", issuerKey)}}
}

// tokenOf is a token of the issuer, signed by a key under an id.
func tokenOf(i *issuer, id string, key *rsa.PrivateKey) string {
	return "Bearer " + sign(key, with(rs256(), object{"kid": id}), with(userClaims(), object{"iss": i.url}))
}

func TestDiscoveredIssuerSpeaksForItsTenants(t *testing.T) {
	i := &issuer{}
	server := httptest.NewServer(i)
	defer server.Close()
	*i = issuer{url: server.URL, jwksURI: server.URL + "/keys", keys: []any{
		object{"kty": "OKP", "crv": "X448", "kid": "one", "x": "AAAA"},
		object{"kty": "oct", "kid": "one", "k": "c2VjcmV0"},
		object{"kty": 7},
		jose.JSONWebKey{Key: &otherKey.PublicKey, KeyID: "sealing", Use: "enc"},
		jose.JSONWebKey{Key: &otherKey.PublicKey, KeyID: "other", Algorithm: "RS512"},
		jose.JSONWebKey{Key: &weakKey.PublicKey, KeyID: "weak", Use: "sig"},
		jwk("one", issuerKey),
	}}
	found, err := auth.Discover(t.Context(), i.url, strings.ToUpper(tenant))
	if err != nil {
		t.Fatal(err)
	}
	v := newVerifier(t, auth.Settings{Issuers: []auth.Issuer{found}})
	if _, err := verify(t, v, tokenOf(i, "one", issuerKey)); err != nil {
		t.Errorf("a token of the issuer: %v", err)
	}
	for name, token := range map[string]string{
		"another tenant":       "Bearer " + sign(issuerKey, rs256(), with(userClaims(), object{"iss": i.url, "tid": app})),
		"another issuer":       "Bearer " + sign(issuerKey, rs256(), with(userClaims(), object{"iss": i.url + "/"})),
		"a key for encryption": tokenOf(i, "sealing", otherKey),
		"a key for RS512":      tokenOf(i, "other", otherKey),
		"a weak key":           tokenOf(i, "weak", weakKey),
		"someone else's key":   tokenOf(i, "one", otherKey),
	} {
		if _, err := verify(t, v, token); !errors.Is(err, partnercenter.ErrUnauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDiscoverRefusesWhatIsUnsafe(t *testing.T) {
	for name, c := range map[string]struct {
		url     string
		tenants []string
	}{
		"http":              {"http://issuer.example", []string{tenant}},
		"no scheme":         {"issuer.example", []string{tenant}},
		"a file":            {"file:///etc/keys", []string{tenant}},
		"a password":        {"https://user:secret@issuer.example", []string{tenant}},
		"a query":           {"https://issuer.example?x=1", []string{tenant}},
		"no tenant":         {"https://issuer.example", nil},
		"a tenant's domain": {"https://issuer.example", []string{"northlight.example"}},
	} {
		if _, err := auth.Discover(t.Context(), c.url, c.tenants...); err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, url := range []string{"https://issuer.example", "http://127.0.0.1:1/x", "http://[::1]:1", "http://localhost:1"} {
		if _, err := auth.Discover(t.Context(), url, tenant); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestKeysComeOverHTTPSAlone(t *testing.T) {
	i := newIssuer("https://issuer.example")
	i.jwksURI = "http://issuer.example/keys"
	found, err := auth.DiscoverThrough(t.Context(), i, i.url, tenant)
	if err != nil {
		t.Fatal(err)
	}
	v := newVerifier(t, auth.Settings{Issuers: []auth.Issuer{found}, Log: slog.New(slog.DiscardHandler)})
	if _, err := verify(t, v, tokenOf(i, "one", issuerKey)); !errors.Is(err, partnercenter.ErrUnauthenticated) || i.fetches() != 0 {
		t.Errorf("%v; %d fetches of keys over http", err, i.fetches())
	}
}

func TestUnknownKeyIDsCostFewFetches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer("https://issuer.example")
		found, err := auth.DiscoverThrough(t.Context(), i, i.url, tenant)
		if err != nil {
			t.Fatal(err)
		}
		v := auth.New(auth.Settings{Issuers: []auth.Issuer{found}})
		defer v.Close()
		hundred := func() {
			t.Helper()
			var refused sync.WaitGroup
			for n := range 100 {
				refused.Go(func() {
					if _, err := verify(t, v, tokenOf(i, fmt.Sprint("unknown", n), otherKey)); !errors.Is(err, partnercenter.ErrUnauthenticated) {
						t.Errorf("token %d: %v", n, err)
					}
				})
			}
			refused.Wait()
		}
		synctest.Wait()
		for minute := range 5 {
			before := i.fetches()
			hundred()
			hundred()
			if got := i.fetches() - before; got > 1 {
				t.Errorf("200 tokens with unknown key ids cost %d fetches in minute %d", got, minute)
			}
			time.Sleep(time.Minute)
		}
		if _, err := verify(t, v, tokenOf(i, "one", issuerKey)); err != nil {
			t.Errorf("a sound token among them: %v", err)
		}
	})
}

func TestWrongAddressAndUnknownAuthorityOfAnIssuerAreToldWithTheirCure(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	defer server.Close()
	elsewhere := newIssuer("https://issuer.example/" + strings.Repeat("long/", 40))
	for name, c := range map[string]struct {
		transport http.RoundTripper
		url, says string
	}{
		"a slash too few":   {elsewhere, strings.TrimSuffix(elsewhere.url, "/"), `calls itself "` + elsewhere.url + `": name it so`},
		"unknown authority": {&http.Transport{TLSClientConfig: &tls.Config{RootCAs: x509.NewCertPool()}}, server.URL, "SSL_CERT_FILE=ca.pem"},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := auth.DiscoverThrough(t.Context(), c.transport, c.url, tenant)
			if err != nil {
				t.Fatal(err)
			}
			var log logged
			v := auth.New(auth.Settings{Issuers: []auth.Issuer{found}, Log: slog.New(slog.NewJSONHandler(&log, nil))})
			defer v.Close()
			if _, err := verify(t, v, tokenOf(&issuer{url: c.url}, "one", issuerKey)); !errors.Is(err, partnercenter.ErrUnauthenticated) {
				t.Errorf("its token meets %v", err)
			}
			var line struct{ Error string }
			if err := json.Unmarshal([]byte(log.String()), &line); err != nil || !strings.Contains(line.Error, c.says) {
				t.Errorf("the log says %s (%v); want %s", log.String(), err, c.says)
			}
		})
	}
}

func TestIssuerThatIsDownAtStartIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer("https://issuer.example")
		i.down = true
		found, err := auth.DiscoverThrough(t.Context(), i, i.url, tenant)
		if err != nil {
			t.Fatal(err)
		}
		var log logged
		v := auth.New(auth.Settings{Issuers: []auth.Issuer{found}, Log: slog.New(slog.NewTextHandler(&log, nil))})
		defer v.Close()
		synctest.Wait()
		if text := log.String(); !strings.Contains(text, "cannot fetch the keys") || !strings.Contains(text, i.url) || !strings.Contains(text, "502") {
			t.Errorf("the log says %q", text)
		}
		token := tokenOf(i, "one", issuerKey)
		_, err = verify(t, v, token)
		if !errors.Is(err, partnercenter.ErrUnauthenticated) || !strings.Contains(err.Error(), "cannot be had at the moment") {
			t.Errorf("while the issuer is down: %v", err)
		}
		i.set(func() { i.down = false })
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if _, err := verify(t, v, token); err != nil {
			t.Errorf("once it is up: %v", err)
		}
	})
}

func TestKeysRotateWithoutARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer("https://issuer.example")
		found, err := auth.DiscoverThrough(t.Context(), i, i.url, tenant)
		if err != nil {
			t.Fatal(err)
		}
		v := auth.New(auth.Settings{Issuers: []auth.Issuer{found}, Log: slog.New(slog.DiscardHandler)})
		defer v.Close()
		old, next := tokenOf(i, "one", issuerKey), tokenOf(i, "two", otherKey)
		pass := func(token string) {
			t.Helper()
			if _, err := verify(t, v, token); err != nil {
				t.Fatal(err)
			}
		}
		pass(old)

		i.set(func() { i.keys = []any{jwk("one", issuerKey), jwk("two", otherKey)} })
		pass(next)
		pass(old)

		i.set(func() { i.keys = []any{jwk("two", otherKey)} })
		time.Sleep(2 * time.Minute)
		if _, err := verify(t, v, tokenOf(i, "three", otherKey)); err == nil {
			t.Fatal("an unknown key passes")
		}
		if _, err := verify(t, v, old); !errors.Is(err, partnercenter.ErrUnauthenticated) {
			t.Errorf("a token by a withdrawn key is remembered: %v", err)
		}
		pass(next)

		i.set(func() { i.keys = []any{jwk("three", issuerKey)} })
		time.Sleep(time.Hour)
		late := "Bearer " + sign(otherKey, with(rs256(), object{"kid": "two"}), with(userClaims(), object{"iss": i.url}))
		if _, err := verify(t, v, late); !errors.Is(err, partnercenter.ErrUnauthenticated) {
			t.Errorf("an hour after its key was withdrawn: %v", err)
		}
	})
}

func TestTokensByANewKeyWaitForOneFetch(t *testing.T) {
	i := newIssuer("https://issuer.example")
	i.latency = 20 * time.Millisecond
	found, err := auth.DiscoverThrough(t.Context(), i, i.url, tenant)
	if err != nil {
		t.Fatal(err)
	}
	v := newVerifier(t, auth.Settings{Issuers: []auth.Issuer{found}})
	for n, token := range []string{tokenOf(i, "one", issuerKey), tokenOf(i, "two", otherKey)} {
		var together sync.WaitGroup
		for range 20 {
			together.Go(func() {
				if _, err := verify(t, v, token); err != nil {
					t.Errorf("key %d: %v", n, err)
				}
			})
		}
		together.Wait()
		if i.fetches() != n+1 {
			t.Errorf("%d fetches for %d keys", i.fetches(), n+1)
		}
		i.set(func() { i.keys = []any{jwk("one", issuerKey), jwk("two", otherKey)} })
	}
}

func TestKnownKeysGoOnWhileTheIssuerIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer("https://issuer.example")
		found, err := auth.DiscoverThrough(t.Context(), i, i.url, tenant)
		if err != nil {
			t.Fatal(err)
		}
		v := auth.New(auth.Settings{Issuers: []auth.Issuer{found}, Log: slog.New(slog.DiscardHandler)})
		defer v.Close()
		if _, err := verify(t, v, tokenOf(i, "one", issuerKey)); err != nil {
			t.Fatal(err)
		}
		i.set(func() { i.down = true })
		time.Sleep(3 * time.Hour)
		if _, err := verify(t, v, tokenOf(i, "one", issuerKey)); err != nil {
			t.Errorf("a key that was known before: %v", err)
		}
		state := v.Issuers()[0]
		if down := time.Since(state.Down); !state.Speaks || state.Name != i.url || down < 2*time.Hour+45*time.Minute || down > 3*time.Hour {
			t.Errorf("after 3 hours it stands as %+v", state)
		}
		time.Sleep(21 * time.Hour)
		if _, err := verify(t, v, tokenOf(i, "one", issuerKey)); !errors.Is(err, partnercenter.ErrUnauthenticated) || v.Issuers()[0].Speaks {
			t.Errorf("a day without a word from the issuer: %v", err)
		}
		i.set(func() { i.down = false })
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if _, err := verify(t, v, tokenOf(i, "one", issuerKey)); err != nil {
			t.Errorf("once it is up again: %v", err)
		}
		if state := v.Issuers()[0]; !state.Speaks || !state.Down.IsZero() {
			t.Errorf("once it is up again it stands as %+v", state)
		}
	})
}

func TestIssuerThatATokenFindsDownIsAskedAgainSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer("https://issuer.example")
		found, err := auth.DiscoverThrough(t.Context(), i, i.url, tenant)
		if err != nil {
			t.Fatal(err)
		}
		v := auth.New(auth.Settings{Issuers: []auth.Issuer{found}, Log: slog.New(slog.DiscardHandler)})
		defer v.Close()
		time.Sleep(2 * time.Minute) // the next round of questions is eight minutes off
		i.set(func() { i.down = true })
		if _, err := verify(t, v, tokenOf(i, "two", otherKey)); !errors.Is(err, partnercenter.ErrUnauthenticated) {
			t.Fatalf("a token by a key that cannot be had: %v", err)
		}
		if v.Issuers()[0].Down.IsZero() {
			t.Fatal("it is not known to be down")
		}
		i.set(func() { i.down, i.keys = false, []any{jwk("two", otherKey)} })
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if state := v.Issuers()[0]; !state.Down.IsZero() {
			t.Errorf("ten seconds after it is up again it stands as %+v", state)
		}
		asked := i.attempts()
		time.Sleep(9 * time.Minute)
		synctest.Wait()
		if more := i.attempts() - asked; more != 0 {
			t.Errorf("while it is up it is asked %d times in nine minutes", more)
		}
	})
}

func TestDocumentsOfAnIssuerAreBounded(t *testing.T) {
	endlessly := &repeating{}
	endless := roundTrip(func(*http.Request) (*http.Response, error) {
		body := io.MultiReader(strings.NewReader(`{"issuer":"`), io.LimitReader(endlessly, 64<<20))
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(body)}, nil
	})
	found, err := auth.DiscoverThrough(t.Context(), endless, "https://issuer.example", tenant)
	if err != nil {
		t.Fatal(err)
	}
	var log logged
	v := newVerifier(t, auth.Settings{Issuers: []auth.Issuer{found}, Log: slog.New(slog.NewTextHandler(&log, nil))})
	_, err = verify(t, v, "Bearer "+sign(issuerKey, rs256(), with(userClaims(), object{"iss": "https://issuer.example"})))
	if !errors.Is(err, partnercenter.ErrUnauthenticated) {
		t.Error(err)
	}
	if read := endlessly.read.Load(); read > 3<<20 {
		t.Errorf("%d bytes were read in two attempts", read)
	}
	if len(log.String()) > 2000 {
		t.Errorf("the log repeats %d bytes of the issuer's document", len(log.String()))
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type repeating struct{ read atomic.Int64 }

func (r *repeating) Read(p []byte) (int, error) {
	r.read.Add(int64(len(p)))
	for n := range p {
		p[n] = 'a'
	}
	return len(p), nil
}

// logged is a log that several goroutines may write.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
