package server

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// provider is an identity provider: its two documents, and tokens by its key.
type provider struct {
	*httptest.Server
	key *rsa.PrivateKey
	// silent has it say nothing to whoever asks for its keys.
	silent atomic.Bool
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{key: key}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var document any = map[string]any{"issuer": p.URL, "jwks_uri": p.URL + "/keys"}
		if r.URL.Path == "/keys" {
			if p.silent.Load() {
				<-r.Context().Done()
				return
			}
			document = jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "one", Use: "sig", Algorithm: "RS256"}}}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(document)
	}))
	t.Cleanup(p.Close)
	return p
}

// token is a user's, with more claims.
func (p *provider) token(t *testing.T, more map[string]any) string {
	t.Helper()
	claims := map[string]any{
		"iss": p.URL, "aud": "https://api.partnercenter.microsoft.com", "exp": time.Now().Add(time.Hour).Unix(),
		"oid": "88c855f3-4105-4913-97df-b1a2a6efee9f", "appid": "some-app", "scp": "user_impersonation", "amr": []string{"pwd", "mfa"},
	}
	for name, value := range more {
		claims[name] = value
	}
	return p.signed(t, "one", claims)
}

// signed are claims with a signature under the name of a key.
func (p *provider) signed(t *testing.T, key string, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: p.key, KeyID: key}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(text)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// producing runs a production server behind the provider until the test ends,
// and gives its log.
func producing(t *testing.T, p *provider, change func(*Settings)) (*Server, *safeBuffer) {
	t.Helper()
	var log safeBuffer
	settings := Settings{
		Database: filepath.Join(t.TempDir(), "provost.db"), Listen: "127.0.0.1:0", OperatorListen: "127.0.0.1:0", Version: "v0.0.0-test",
		Issuers:   []Issuer{{URL: p.URL, Tenant: "1cb000fc-4a11-4fd3-a30d-65e5eccf7d56"}},
		Audiences: DefaultAudiences(), Log: slog.New(slog.NewTextHandler(&log, nil)),
	}
	if change != nil {
		change(&settings)
	}
	s, err := Open(context.Background(), settings)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	return s, &log
}

func TestOperatorsDoorBeyondThisMachineIsWarnedOf(t *testing.T) {
	certificate, key := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	pair(t, certificate, key, "shop.example")
	for name, c := range map[string]struct {
		change           func(*Settings)
		reached, inPlain bool
		scheme           string
	}{
		"on this machine":        {nil, false, false, "http://"},
		"on this machine, https": {func(s *Settings) { s.TLSCert, s.TLSKey = certificate, key }, false, false, "http://"},
		"beyond it":              {func(s *Settings) { s.OperatorListen = "0.0.0.0:0" }, true, true, "http://"},
		"beyond it, https":       {func(s *Settings) { s.OperatorListen, s.TLSCert, s.TLSKey = "0.0.0.0:0", certificate, key }, true, false, "https://"},
	} {
		s, log := producing(t, newProvider(t), c.change)
		if line := lineOf(log, "no tenant is known yet"); line == "" {
			t.Fatalf("%s: the log says %s", name, log)
		}
		reached, inPlain := strings.Contains(log.String(), "the operator's door"), strings.Contains(log.String(), "operator keys can be read")
		if reached != c.reached || inPlain != c.inPlain || !strings.HasPrefix(s.OperatorURL(), c.scheme) {
			t.Errorf("%s: at %s, and the log says %s", name, s.OperatorURL(), log)
		}
	}
}

// What cures a production server's refusal is for its operator: it stands in
// the log under the answer's id, and nowhere in the answer.
func TestCuresOfAProductionServerAreInItsLogAlone(t *testing.T) {
	p := newProvider(t)
	s, log := producing(t, p, nil)
	for name, c := range map[string]struct {
		more map[string]any
		says string
	}{
		"more groups than fit": {map[string]any{"_claim_names": map[string]any{"groups": "src1"}}, "let the groups claim hold the groups assigned to the application alone"},
		"another tenant":       {map[string]any{"tid": "9f0c2f4e-6a0e-4a53-8d4b-3a9d3b9e6c01"}, "speaks for tenant 9f0c2f4e-6a0e-4a53-8d4b-3a9d3b9e6c01"},
		"no world":             {nil, "is no partner here"},
	} {
		request, err := http.NewRequest(http.MethodGet, s.URL()+"/v1/customers", nil)
		if err != nil {
			t.Fatal(err)
		}
		token := p.token(t, c.more)
		request.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != 401 || strings.Contains(fmt.Sprint(answer.Header), "Explain") {
			t.Errorf("%s: %s %v", name, answer.Status, answer.Header)
		}
		if line := lineOf(log, answer.Header.Get("MS-CorrelationId")); !strings.Contains(line, c.says) || strings.Contains(line, token[len(token)-40:]) {
			t.Errorf("%s: the log says %q", name, line)
		}
	}
}

// lineOf waits for the line of an answer: it is written after the answer.
func lineOf(log *safeBuffer, id string) string {
	for range 100 {
		for line := range strings.Lines(log.String()) {
			if id != "" && strings.Contains(line, id) {
				return line
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	return ""
}
