package commerce_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"

	"provost/internal/commerce"
)

func TestSecretMatchesItsOwnHashAlone(t *testing.T) {
	hash, err := commerce.HashSecret("provost")
	if err != nil {
		t.Fatal(err)
	}
	again, err := commerce.HashSecret("provost")
	if err != nil || hash == again || !commerce.SecretMatches(again, "provost") {
		t.Errorf("two hashes of one secret: %s and %s, %v", hash, again, err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(hash, "provost") {
		t.Errorf("hash %s", hash)
	}
	for name, c := range map[string]struct {
		hash, secret string
		want         bool
	}{
		"its own":          {hash, "provost", true},
		"another":          {hash, "Provost", false},
		"longer":           {hash, "provost ", false},
		"empty":            {hash, "", false},
		"no hash":          {"", "provost", false},
		"neither":          {"", "", false},
		"hash as secret":   {hash, hash, false},
		"plain text":       {"provost", "provost", false},
		"truncated hash":   {hash[:len(hash)-4], "provost", false},
		"no sum":           {hash[:strings.LastIndex(hash, "$")+1], "provost", false},
		"no passes":        {strings.Replace(hash, "t=2", "t=0", 1), "provost", false},
		"absurd memory":    {strings.Replace(hash, "m=19456", "m=4294967295", 1), "provost", false},
		"another version":  {strings.Replace(hash, "v=19", "v=16", 1), "provost", false},
		"another function": {strings.Replace(hash, "argon2id", "argon2i", 1), "provost", false},
	} {
		if got := commerce.SecretMatches(c.hash, c.secret); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestEmptySecretNeverMatches(t *testing.T) {
	salt := []byte("sixteen bytes...")
	encode := base64.RawStdEncoding.EncodeToString
	hash := "$argon2id$v=19$m=8,t=1,p=1$" + encode(salt) + "$" + encode(argon2.IDKey(nil, salt, 1, 8, 1, 32))
	if commerce.SecretMatches(hash, "") {
		t.Error("an empty secret matches its hash")
	}
}

func TestEmptySecretHasNoHash(t *testing.T) {
	if hash, err := commerce.HashSecret(""); !errors.Is(err, commerce.ErrNoSecret) || hash != "" {
		t.Errorf("%q, %v", hash, err)
	}
}
