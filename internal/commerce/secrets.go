package commerce

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The cost of a new hash, kept within it: 25 ms and 19 MiB, OWASP's least for
// argon2id.
const (
	secretPasses = 2
	secretKiB    = 19 << 10
	secretBytes  = 32
)

// ErrNoSecret: there is nothing to hash; an empty secret would be anyone's.
var ErrNoSecret = errors.New("the secret is empty")

// hashing bounds the memory that sign-ins take at the same time.
var hashing = make(chan struct{}, 4)

// HashSecret gives what is kept of a secret: a salted argon2id hash in the
// usual notation.
func HashSecret(secret string) (string, error) {
	if secret == "" {
		return "", ErrNoSecret
	}
	h := secretHash{passes: secretPasses, kib: secretKiB, salt: make([]byte, 16)}
	rand.Read(h.salt)
	h.sum = h.of(secret)
	return h.String(), nil
}

// SecretMatches says whether the hash was made of the secret. An empty or
// unreadable hash and an empty secret never match, and take as long as any
// other, so that a sign-in does not tell who has an account.
func SecretMatches(hash, secret string) bool {
	h, ok := parseSecretHash(hash)
	if !ok {
		h = secretHash{passes: secretPasses, kib: secretKiB, salt: make([]byte, 16), sum: make([]byte, secretBytes)}
	}
	same := subtle.ConstantTimeCompare(h.of(secret), h.sum) == 1
	return same && ok && secret != ""
}

type secretHash struct {
	passes, kib uint32
	salt, sum   []byte
}

func (h secretHash) of(secret string) []byte {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(secret), h.salt, h.passes, h.kib, 1, secretBytes)
}

func (h secretHash) String() string {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, h.kib, h.passes, encode(h.salt), encode(h.sum))
}

func parseSecretHash(text string) (secretHash, bool) {
	var h secretHash
	var version int
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return h, false
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return h, false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=1", &h.kib, &h.passes); err != nil {
		return h, false
	}
	var errSalt, errSum error
	h.salt, errSalt = base64.RawStdEncoding.DecodeString(parts[4])
	h.sum, errSum = base64.RawStdEncoding.DecodeString(parts[5])
	sound := errSalt == nil && errSum == nil && len(h.salt) >= 8 && len(h.sum) == secretBytes &&
		h.passes >= 1 && h.passes <= 10 && h.kib >= 8 && h.kib <= math.MaxUint16*4
	return h, sound
}
