package authority

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"provost/internal/disk"
)

const (
	keyBits    = 2048
	pemType    = "PRIVATE KEY"
	pemRetired = "PUBLIC KEY"
	// pemUntil is the header that says how long a retired key still counts.
	pemUntil = "Until"

	// rotateSuffix makes the name of the file that asks for a new key.
	rotateSuffix = ".rotate"
	// lookEvery is how often that file is looked for.
	lookEvery = time.Second
	// retiredFor is how long a retired key still counts: as long as the longest
	// of its tokens, and the verifiers' patience with clocks.
	retiredFor = longestLife + 5*time.Minute
)

// Key is what the authority signs with: one RSA key, and those before it for
// as long as a token of theirs may live.
type Key struct {
	// path is the file that keeps it; empty: it is kept nowhere and never changes.
	path string

	mu      sync.Mutex
	looked  time.Time
	current *signing
	retired []retired
}

// signing is a key that is ready to sign.
type signing struct {
	key    *rsa.PrivateKey
	id     string
	signer jose.Signer
}

// retired is a key that signs no more.
type retired struct {
	key   *rsa.PublicKey
	id    string
	until time.Time
}

// NewKey gives a key that is kept nowhere. It refuses one that is too short.
func NewKey(key *rsa.PrivateKey) (*Key, error) {
	if key == nil || key.N.BitLen() < keyBits {
		return nil, fmt.Errorf("the authority needs an RSA key of %d bits", keyBits)
	}
	s, err := newSigning(key)
	if err != nil {
		return nil, err
	}
	return &Key{current: s}, nil
}

func newSigning(key *rsa.PrivateKey) (*signing, error) {
	id, err := thumbprint(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: id}},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, fmt.Errorf("prepare the authority's key: %w", err)
	}
	return &signing{key, id, signer}, nil
}

// OpenKey reads the authority's key from a file; where there is none, it makes
// the key and keeps it there, for its owner alone. Tokens outlive a restart
// with it.
//
// A file beside it with the name's ending .rotate asks for a new key: it is
// removed once the new key signs. The old key stays published until its last
// token has expired.
func OpenKey(path string) (*Key, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		made, err := rsa.GenerateKey(rand.Reader, keyBits)
		if err != nil {
			return nil, fmt.Errorf("make the authority's key: %w", err)
		}
		k, err := NewKey(made)
		if err != nil {
			return nil, err
		}
		k.path = path
		return k, k.keep(k.current, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("read the authority's key: %w", err)
	}
	block, rest := pem.Decode(text)
	if block == nil || block.Type != pemType {
		return nil, fmt.Errorf("%s holds no private key; remove it to have a new one made", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read the authority's key in %s: %w; remove it to have a new one made", path, err)
	}
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok || private.N.BitLen() < keyBits {
		return nil, fmt.Errorf("%s holds no RSA key of %d bits; remove it to have a new one made", path, keyBits)
	}
	k, err := NewKey(private)
	if err != nil {
		return nil, err
	}
	k.path = path
	if k.retired, err = readRetired(rest); err != nil {
		return nil, fmt.Errorf("read the retired keys in %s: %w; remove it to have a new one made", path, err)
	}
	return k, nil
}

func readRetired(text []byte) ([]retired, error) {
	var all []retired
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil, err
		}
		key, ok := parsed.(*rsa.PublicKey)
		if block.Type != pemRetired || !ok {
			return nil, fmt.Errorf("there is a %s among them", block.Type)
		}
		until, err := time.Parse(time.RFC3339, block.Headers[pemUntil])
		if err != nil {
			return nil, err
		}
		id, err := thumbprint(key)
		if err != nil {
			return nil, err
		}
		all = append(all, retired{key, id, until})
	}
	return all, nil
}

// keep writes the keys to their file.
func (k *Key) keep(current *signing, old []retired) error {
	der, err := x509.MarshalPKCS8PrivateKey(current.key)
	if err != nil {
		return fmt.Errorf("encode the authority's key: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der})
	for _, r := range old {
		der, err := x509.MarshalPKIXPublicKey(r.key)
		if err != nil {
			return fmt.Errorf("encode a retired key: %w", err)
		}
		text = append(text, pem.EncodeToMemory(&pem.Block{
			Type: pemRetired, Bytes: der, Headers: map[string]string{pemUntil: r.until.UTC().Format(time.RFC3339)},
		})...)
	}
	if err := disk.Replace(k.path, text); err != nil {
		return fmt.Errorf("keep the authority's key: %w", err)
	}
	return nil
}

// look rotates when that is asked for.
func (k *Key) look(now time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.path == "" || now.Sub(k.looked).Abs() < lookEvery {
		return nil
	}
	k.looked = now
	asked := k.path + rotateSuffix
	if _, err := os.Stat(asked); err != nil {
		return nil // nobody asks
	}
	made, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return fmt.Errorf("make the authority's next key: %w", err)
	}
	next, err := newSigning(made)
	if err != nil {
		return err
	}
	old := append([]retired{{&k.current.key.PublicKey, k.current.id, now.Add(retiredFor)}}, k.retired...)
	if err := k.keep(next, old); err != nil {
		return err
	}
	k.current, k.retired = next, old
	if err := os.Remove(asked); err != nil {
		return fmt.Errorf("note that the authority's key was rotated: %w", err)
	}
	return nil
}

// signer signs with the key in force.
func (k *Key) signer() jose.Signer {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.current.signer
}

// published are the public keys whose tokens count, the one in force first.
func (k *Key) published(now time.Time) []jose.JSONWebKey {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.retired = slices.DeleteFunc(k.retired, func(r retired) bool { return !now.Before(r.until) })
	current, old := k.current, k.retired
	publish := func(key *rsa.PublicKey, id string) jose.JSONWebKey {
		return jose.JSONWebKey{Key: key, KeyID: id, Use: "sig", Algorithm: string(jose.RS256)}
	}
	keys := []jose.JSONWebKey{publish(&current.key.PublicKey, current.id)}
	for _, r := range old {
		keys = append(keys, publish(r.key, r.id))
	}
	return keys
}

// live verifies with the keys that are published at the time; it is a
// [jose.OpaqueVerifier].
type live struct{ of *Authority }

func (l live) VerifyPayload(payload, signature []byte, alg jose.SignatureAlgorithm) error {
	if alg != jose.RS256 {
		return jose.ErrUnsupportedAlgorithm
	}
	digest := sha256.Sum256(payload)
	for _, key := range l.of.key.published(l.of.now()) {
		if rsa.VerifyPKCS1v15(key.Key.(*rsa.PublicKey), crypto.SHA256, digest[:], signature) == nil {
			return nil
		}
	}
	return jose.ErrCryptoFailure
}

// thumbprint names a key after itself (RFC 7638).
func thumbprint(key *rsa.PublicKey) (string, error) {
	sum, err := (&jose.JSONWebKey{Key: key}).Thumbprint(crypto.SHA256)
	if err != nil {
		return "", fmt.Errorf("name the authority's key: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sum), nil
}
