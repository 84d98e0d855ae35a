package auth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/time/rate"
)

// KeySet checks a signed token against the keys of its issuer and gives the
// token's payload.
type KeySet = oidc.KeySet

// Issuer is someone whose tokens count.
type Issuer struct {
	// Speaks says whether the issuer goes by this name (the token's iss) and
	// may speak for the tenant (its tid).
	Speaks func(iss, tenant string) bool
	Keys   KeySet
}

// Static is an issuer with keys that do not change: the embedded authority.
func Static(speaks func(iss, tenant string) bool, keys ...crypto.PublicKey) Issuer {
	return Issuer{Speaks: speaks, Keys: staticKeys(keys)}
}

type staticKeys []crypto.PublicKey

// VerifySignature checks the token against each key, whatever key id it names.
func (s staticKeys) VerifySignature(_ context.Context, raw string) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(raw, algorithms)
	if err != nil {
		return nil, err
	}
	for _, key := range s {
		if payload, err := jws.Verify(key); err == nil {
			return payload, nil
		}
	}
	return nil, errSignature
}

const (
	// keysFor is how long keys are taken without asking whether the issuer
	// still publishes them.
	keysFor = time.Hour
	// retryEvery is how often an issuer that is down is asked again.
	retryEvery = 10 * time.Second
	// renewEvery is how often an issuer that is up is asked for keys: tokens
	// with unknown key ids cost no more fetches than this.
	renewEvery = time.Minute
)

var (
	errNoKeys    = errors.New("no keys of the issuer yet")
	errSignature = errors.New("the signature is by none of the issuer's keys")

	algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.ES256}
)

// publishedKeys are the keys that an issuer publishes at an address. They are
// fetched when a token needs one that is not there, and anew once they are
// old; while the issuer is down, the last ones go on.
type publishedKeys struct {
	fetch    func() ([]jose.JSONWebKey, error)
	issuer   string
	log      *slog.Logger
	rotated  func()
	attempts *rate.Limiter
	renewals *rate.Limiter

	fetching sync.Mutex
	current  atomic.Pointer[generation]
}

// generation is the keys of one fetch.
type generation struct {
	keys []jose.JSONWebKey
	at   time.Time
}

func newPublishedKeys(issuer string, fetch func() ([]jose.JSONWebKey, error)) *publishedKeys {
	return &publishedKeys{
		fetch:    fetch,
		issuer:   issuer,
		log:      slog.Default(),
		rotated:  func() {},
		attempts: rate.NewLimiter(rate.Every(retryEvery), 2),
		renewals: rate.NewLimiter(rate.Every(renewEvery), 2),
	}
}

// attach tells the keys whom to tell, and has them fetched ahead of the first
// token, so that an issuer that is down is known at start.
func (p *publishedKeys) attach(log *slog.Logger, rotated func()) {
	p.log, p.rotated = log, rotated
	go p.renew(nil, true)
}

// VerifySignature checks the token against the issuer's keys.
func (p *publishedKeys) VerifySignature(_ context.Context, raw string) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(raw, algorithms)
	if err != nil {
		return nil, err
	}
	keys := p.current.Load()
	unknown := keys == nil || !keys.holds(jws)
	if unknown || time.Since(keys.at) >= keysFor {
		keys = p.renew(keys, unknown)
	}
	if keys == nil {
		return nil, errNoKeys
	}
	return keys.verify(jws)
}

// renew gives the keys that the issuer publishes now; those that were seen, if
// it was asked a moment ago or does not answer. Who can go on with those seen
// need not wait for another's fetch.
func (p *publishedKeys) renew(seen *generation, wait bool) *generation {
	if wait {
		p.fetching.Lock()
	} else if !p.fetching.TryLock() {
		return seen
	}
	defer p.fetching.Unlock()
	if now := p.current.Load(); now != seen {
		return now
	}
	if p.renewals.Tokens() < 1 || !p.attempts.Allow() {
		return seen
	}
	keys, err := p.fetch()
	if errors.Is(err, context.Canceled) {
		return seen // shutting down is not the issuer's fault
	}
	if err != nil {
		p.log.Warn("cannot fetch the keys of an issuer: its tokens are refused unless signed by a key known before",
			"issuer", p.issuer, "error", quote(err.Error()))
		return seen
	}
	p.renewals.Allow()
	next := &generation{keys: keys, at: time.Now()}
	p.current.Store(next)
	if seen != nil && seen.lost(next) {
		p.log.Info("an issuer has withdrawn keys: every token is verified anew", "issuer", p.issuer)
		p.rotated()
	}
	return next
}

// holds says whether a key of the token's key id is there.
func (g *generation) holds(jws *jose.JSONWebSignature) bool {
	return slices.ContainsFunc(g.keys, func(k jose.JSONWebKey) bool { return fits(k, jws) })
}

func (g *generation) verify(jws *jose.JSONWebSignature) ([]byte, error) {
	for _, key := range g.keys {
		if !fits(key, jws) {
			continue
		}
		if payload, err := jws.Verify(key.Key); err == nil {
			return payload, nil
		}
	}
	return nil, errSignature
}

// lost says whether a key of this generation is not in the next.
func (g *generation) lost(next *generation) bool {
	return slices.ContainsFunc(g.keys, func(old jose.JSONWebKey) bool {
		return !slices.ContainsFunc(next.keys, func(k jose.JSONWebKey) bool {
			same, ok := old.Key.(interface{ Equal(crypto.PublicKey) bool })
			return k.KeyID == old.KeyID && ok && same.Equal(k.Key)
		})
	})
}

func fits(k jose.JSONWebKey, jws *jose.JSONWebSignature) bool {
	h := jws.Signatures[0].Header
	return (h.KeyID == "" || h.KeyID == k.KeyID) && (k.Algorithm == "" || k.Algorithm == h.Algorithm)
}

// signs says whether a published key can be one that signs tokens: Keycloak
// publishes those that encrypt beside them.
func signs(k jose.JSONWebKey) bool {
	if k.Use != "" && k.Use != "sig" {
		return false
	}
	switch key := k.Key.(type) {
	case *rsa.PublicKey:
		return key.N.BitLen() >= 2048
	case *ecdsa.PublicKey:
		return key.Curve == elliptic.P256()
	}
	return false
}
