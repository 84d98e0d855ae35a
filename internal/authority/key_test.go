package authority_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"provost/internal/auth"
	"provost/internal/authority"
	"provost/internal/commerce"
)

func TestKeyIsMadeOnceAndKept(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "authority.pem")
	made, err := authority.OpenKey(path)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := authority.OpenKey(path)
	if err != nil {
		t.Fatal(err)
	}
	store := newStore(t, commerce.Clock{})
	before, after := keyIDs(t, withKey(t, store, made, nil)), keyIDs(t, withKey(t, store, kept, nil))
	if len(before) != 1 || !slices.Equal(before, after) {
		t.Fatalf("the key is another after a restart: %v, %v", before, after)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if _, err := authority.NewKey(nil); err == nil {
		t.Error("no key is taken for one")
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("%v beside the key, %v", files, err)
	}
}

func TestKeyRotatesWhenAFileAsksForItAndTheOldOneCountsUntilItsTokensAreOver(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "authority.key")
	key, err := authority.OpenKey(path)
	if err != nil {
		t.Fatal(err)
	}
	store := newStore(t, commerce.Clock{})
	now := time.Now()
	a := withKey(t, store, key, func() time.Time { return now })
	v := newVerifier(t, a)
	old := granted(t, a, atV1, asAda)["access_token"]
	first := keyIDs(t, a)
	if err := os.WriteFile(path+".rotate", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * time.Second)
	young := granted(t, a, atV1, asAda)["access_token"]
	second := keyIDs(t, a)
	if len(second) != 2 || second[0] == first[0] || second[1] != first[0] {
		t.Fatalf("published %v, then %v", first, second)
	}
	if _, err := os.Stat(path + ".rotate"); !os.IsNotExist(err) {
		t.Errorf("the wish stays: %v", err)
	}
	restarted, err := authority.OpenKey(path)
	if err != nil {
		t.Fatal(err)
	}
	b := withKey(t, store, restarted, func() time.Time { return now })
	if after := keyIDs(t, b); !slices.Equal(after, second) {
		t.Errorf("after a restart %v are published, not %v", after, second)
	}
	for name, token := range map[string]any{"old": old, "new": young} {
		for _, v := range []*auth.Verifier{v, newVerifier(t, b)} {
			if _, err := verify(t, v, token); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	now = now.Add(24*time.Hour + 6*time.Minute)
	if third := keyIDs(t, a); !slices.Equal(third, second[:1]) {
		t.Errorf("a day later %v are published, not %v", third, second[:1])
	}
	v.Flush()
	if _, err := verify(t, v, old); err == nil {
		t.Error("the old key still counts")
	}
	if _, err := verify(t, v, young); err != nil {
		t.Errorf("the new key: %v", err)
	}
}

func withKey(t *testing.T, store commerce.Store, key *authority.Key, now func() time.Time) *authority.Authority {
	t.Helper()
	a, err := authority.New(authority.Settings{Store: store, Key: key, BaseURL: base, Log: slog.New(slog.DiscardHandler), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func keyIDs(t *testing.T, a *authority.Authority) []string {
	t.Helper()
	_, body, _ := serve(t, a, request(http.MethodGet, "/common/discovery/keys", ""))
	var ids []string
	for _, key := range body["keys"].([]any) {
		ids = append(ids, key.(map[string]any)["kid"].(string))
	}
	return ids
}

func TestKeyFilesThatHoldNoKeyAreRefused(t *testing.T) {
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"empty":        nil,
		"no PEM":       []byte("hello"),
		"a public key": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte("x")}),
		"garbage":      pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}),
		"too short":    privatePEM(t, short),
		"a curve":      privatePEM(t, curve),
		"a retired key that says not until when": append(privatePEM(t, newKey()),
			pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: publicDER(t)})...),
	} {
		path := filepath.Join(t.TempDir(), "authority.pem")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := authority.OpenKey(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != string(content) {
			t.Errorf("%s: the file was changed", name)
		}
	}
	if _, err := authority.OpenKey(filepath.Join(t.TempDir(), "missing", "authority.pem")); err == nil {
		t.Error("a key in a directory that is not there")
	}
}

func publicDER(t *testing.T) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&newKey().PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func privatePEM(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}
