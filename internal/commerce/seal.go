package commerce

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// SealBytes is the length of a seal's key.
const SealBytes = 32

// Seal keeps what the store must not tell: answers that hold a password. Its key
// is kept outside of the store, and all servers of a store have the same one.
type Seal struct{ aead cipher.AEAD }

// NewSeal gives the seal of a key of [SealBytes].
func NewSeal(key []byte) (*Seal, error) {
	if len(key) != SealBytes {
		return nil, fmt.Errorf("a seal's key has %d bytes, not %d", SealBytes, len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make a seal: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("make a seal: %w", err)
	}
	return &Seal{aead}, nil
}

// NewSealKey gives the key of a new seal.
func NewSealKey() []byte {
	key := make([]byte, SealBytes)
	_, _ = rand.Read(key) // never fails
	return key
}

// secret is an answer that must not be read in the store.
type secret interface{ secret() }

// sealMark begins what is sealed; no JSON does.
const sealMark = "sealed:"

var errSeal = errors.New("the answer is sealed with a key that this server does not have: give each server the same --seal-key-file")

// close seals an answer that is a secret; place is where it is kept, and it
// opens nowhere else.
func (s *Seal) close(answer any, text, place string) (string, error) {
	if _, is := answer.(secret); !is {
		return text, nil
	}
	if s == nil {
		return "", errors.New("seal an answer: there is no key")
	}
	return sealMark + base64.StdEncoding.EncodeToString(s.aead.Seal(nil, nil, []byte(text), []byte(place))), nil
}

// open gives what was kept.
func (s *Seal) open(kept, place string) (string, error) {
	text, sealed := strings.CutPrefix(kept, sealMark)
	if !sealed {
		return kept, nil
	}
	if s == nil {
		return "", errSeal
	}
	box, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return "", fmt.Errorf("read a sealed answer: %w", err)
	}
	opened, err := s.aead.Open(nil, nil, box, []byte(place))
	if err != nil {
		return "", errSeal
	}
	return string(opened), nil
}
