package e2e_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// keyID is the name of the key that signed a token.
func keyID(t *testing.T, token string) string {
	t.Helper()
	head, _, _ := strings.Cut(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		t.Fatal(err)
	}
	var header struct {
		KeyID string `json:"kid"`
	}
	if err := json.Unmarshal(text, &header); err != nil || header.KeyID == "" {
		t.Fatalf("%s names no key: %v", text, err)
	}
	return header.KeyID
}

// byNobody is a token in the issuer's name by a key that it never had.
func byNobody(t *testing.T, issuer string) string {
	t.Helper()
	var parts []string
	for _, part := range []map[string]any{
		{"alg": "RS256", "kid": "nobody"},
		{"iss": issuer, "tid": provider, "aud": "https://api.partnercenter.microsoft.com", "exp": time.Now().Add(time.Hour).Unix()},
	} {
		text, err := json.Marshal(part)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, base64.RawURLEncoding.EncodeToString(text))
	}
	return strings.Join(append(parts, base64.RawURLEncoding.EncodeToString(make([]byte, 256))), ".")
}

func TestServeFollowsTheKeysOfASecondProvostAndOutlivesIt(t *testing.T) {
	ofOneServer(t, "which keys of its issuer it has seen")
	requireSignals(t)
	data, address := t.TempDir(), freeAddress(t)
	issuer := start(t, "dev", "--data", data, "--listen", address)
	_ = issuer.signal(os.Interrupt)
	issuer.wait(t, 15*time.Second)
	database := copyOfShop(t, data)
	issuer = start(t, "dev", "--data", data, "--listen", address)
	v1, v2 := issuer.URL+"/"+provider+"/", issuer.URL+"/"+provider+"/v2.0"
	server := start(t, "serve", "--database", database, "--issuer", v1, "--issuer", v2,
		"--listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0")
	accepted := func(what, bearer string) {
		t.Helper()
		if got := get(t, server.URL+documentsStatus, bearer); got.status != http.StatusOK {
			t.Errorf("%s is answered %d %s\n%s", what, got.status, got.body, server.log.String())
		}
	}
	ready := func() string { return get(t, operatorURL(server)+"/readyz", "").body }

	before, beforeToo := token(t, issuer.URL), token(t, issuer.URL)
	accepted("a token", before)
	if err := os.WriteFile(filepath.Join(data, "authority.key.rotate"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var after string
	eventually(t, "the issuer signs by another key", func() bool {
		after = token(t, issuer.URL)
		return keyID(t, after) != keyID(t, before)
	})
	accepted("a token by the new key", after)
	accepted("a token by the key before", beforeToo)

	// No token is asked twice from here on: those of before are remembered.
	unseen, unseenToo := token(t, issuer.URL), token(t, issuer.URL)
	issuer.kill()
	accepted("a token of an issuer that has gone", unseen)
	if got := get(t, server.URL+documentsStatus, byNobody(t, v2)); got.status != http.StatusUnauthorized {
		t.Errorf("a token by a key that cannot be had is answered %d %s", got.status, got.body)
	}
	if said := ready(); !strings.HasPrefix(said, `{"status":"ready",`) || !strings.Contains(said, `{"url":"`+v2+`","status":"stale","since":"`) {
		t.Errorf("readyz says %q", said)
	}
	accepted("a token of an issuer that is known to have gone", unseenToo)

	issuer = start(t, "dev", "--data", data, "--listen", address)
	eventually(t, "the issuer is found again without a restart", func() bool {
		said := ready()
		return strings.HasPrefix(said, `{"status":"ready",`) && !strings.Contains(said, "stale")
	})
	accepted("a token of the issuer that is back", token(t, issuer.URL))
}
