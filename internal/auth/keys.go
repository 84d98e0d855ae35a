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
	"strings"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
	"golang.org/x/time/rate"

	"provost/internal/commerce"
)

// KeySet checks a signed token against the keys of its issuer and gives the
// token's payload.
type KeySet = oidc.KeySet

// Issuer is someone whose tokens count.
type Issuer struct {
	// Name is the issuer's own, for the log and the operator.
	Name string
	// Speaks says whether the issuer goes by this name (the token's iss) and
	// may speak for the tenant (its tid).
	Speaks func(iss, tenant string) bool
	Keys   KeySet
	// Tenant is the one that its tokens without a tid are for; empty: those are
	// refused.
	Tenant string
	// Audiences that its tokens may be for; empty: those of the Settings.
	Audiences []string
	Claims    ClaimNames
	// MFA are claims with the values that prove multifactor authentication, for
	// issuers that write no amr.
	MFA map[string][]string
	// Roles are the agent roles that the values of claims grant to a user.
	Roles map[string]map[string]commerce.AgentRole
}

// ClaimNames are the claims that name who calls. Where all are empty, the
// tokens are like Entra's: oid, appid or azp, scp.
type ClaimNames struct{ User, App, Scope string }

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
	// keysFor is how long keys are taken without a word from their issuer.
	keysFor = 24 * time.Hour
	// refreshEvery is how often an issuer that is up is asked what it publishes.
	refreshEvery = 10 * time.Minute
	// retryEvery is how often an issuer that is down is asked again.
	retryEvery = 10 * time.Second
	// askedEvery is how often a token can have its issuer asked for a key that
	// is not known.
	askedEvery = time.Minute
	// maxTold bounds what an issuer can make the log say.
	maxTold = 1000
)

var (
	errNoKeys    = errors.New("no keys of the issuer")
	errSignature = errors.New("the signature is by none of the issuer's keys")

	algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.ES256}
)

// publishedKeys are the keys that an issuer publishes at an address. They are
// fetched in the background, and at once when a token names one that is not
// there; while the issuer is down, the last ones go on.
type publishedKeys struct {
	fetch   func(context.Context) ([]publishedKey, error)
	issuer  string
	life    context.Context
	log     *slog.Logger
	rotated func()
	asked   *rate.Limiter

	// begun is closed after the first attempt; turn is held by who fetches; fell
	// tells who keeps the keys fresh that the issuer was found down.
	begun   chan struct{}
	turn    chan struct{}
	fell    chan struct{}
	current atomic.Pointer[generation]
	down    atomic.Pointer[time.Time]
}

// publishedKey is a key with the name of the issuer that it signs for, where
// the keys of several are published together.
type publishedKey struct {
	jose.JSONWebKey
	issuer string
}

// generation is the keys of one fetch.
type generation struct {
	keys []publishedKey
	at   time.Time
}

func newPublishedKeys(life context.Context, issuer string, fetch func(context.Context) ([]publishedKey, error)) *publishedKeys {
	return &publishedKeys{
		fetch:   fetch,
		issuer:  issuer,
		life:    life,
		log:     slog.Default(),
		rotated: func() {},
		asked:   rate.NewLimiter(rate.Every(askedEvery), 1),
		begun:   make(chan struct{}),
		turn:    make(chan struct{}, 1),
		fell:    make(chan struct{}, 1),
	}
}

// attach tells the keys whom to tell, and has them kept fresh until stopped, so
// that an issuer that is down is known before its tokens come.
func (p *publishedKeys) attach(log *slog.Logger, rotated func()) (stop func()) {
	p.log, p.rotated = log, rotated
	life, stop := context.WithCancel(p.life)
	go p.keep(life)
	return stop
}

func (p *publishedKeys) keep(life context.Context) {
	p.refresh(life, nil)
	close(p.begun)
	for {
		wait := time.NewTimer(refreshEvery)
		if p.down.Load() != nil {
			wait.Reset(retryEvery)
		}
		select {
		case <-life.Done():
			wait.Stop()
			return
		case <-p.fell: // by a token, perhaps: the next attempt is due sooner
			wait.Stop()
		case <-wait.C:
			p.refresh(life, p.current.Load())
		}
	}
}

// VerifySignature checks the token against the issuer's keys.
func (p *publishedKeys) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(raw, algorithms)
	if err != nil {
		return nil, err
	}
	keys := p.current.Load()
	if keys == nil {
		select {
		case <-p.begun:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		keys = p.current.Load()
	}
	if keys == nil || !keys.holds(jws) {
		keys = p.ask(ctx, keys)
	}
	if keys == nil || time.Since(keys.at) >= keysFor {
		return nil, errNoKeys
	}
	return keys.verify(jws)
}

// ask gives the keys that the issuer publishes now; those that were seen, if
// it was asked a moment ago or does not answer.
func (p *publishedKeys) ask(ctx context.Context, seen *generation) *generation {
	if !p.take(ctx) {
		return seen
	}
	defer p.give()
	if now := p.current.Load(); now != seen {
		return now
	}
	if p.asked.Allow() {
		p.renew(p.life)
	}
	return p.current.Load()
}

// refresh fetches the keys unless someone else has since.
func (p *publishedKeys) refresh(ctx context.Context, seen *generation) {
	if !p.take(ctx) {
		return
	}
	defer p.give()
	if p.current.Load() == seen {
		p.renew(ctx)
	}
}

func (p *publishedKeys) take(ctx context.Context) bool {
	select {
	case p.turn <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (p *publishedKeys) give() { <-p.turn }

func (p *publishedKeys) renew(ctx context.Context) {
	keys, err := p.fetch(ctx)
	if ctx.Err() != nil {
		return // shutting down is not the issuer's fault
	}
	now := time.Now()
	if err != nil {
		level := slog.LevelDebug // said once, then the operator's door has it
		if p.down.CompareAndSwap(nil, &now) {
			level = slog.LevelWarn
			select {
			case p.fell <- struct{}{}:
			default:
			}
		}
		p.log.Log(ctx, level, "cannot fetch the keys of an issuer: its tokens are refused unless signed by a key known before",
			"issuer", p.issuer, "error", clip(err.Error(), maxTold))
		return
	}
	if since := p.down.Swap(nil); since != nil {
		p.log.Info("the keys of an issuer can be had again", "issuer", p.issuer, "down", now.Sub(*since).Round(time.Second).String())
	}
	next, last := &generation{keys: keys, at: now}, p.current.Load()
	p.current.Store(next)
	if last != nil && last.lost(next) {
		p.log.Info("an issuer has withdrawn keys: every token is verified anew", "issuer", p.issuer)
		p.rotated()
	}
}

// state says whether tokens can be verified, and since when the issuer is down.
func (p *publishedKeys) state() (speaks bool, down time.Time) {
	if since := p.down.Load(); since != nil {
		down = *since
	}
	keys := p.current.Load()
	return keys != nil && time.Since(keys.at) < keysFor, down
}

// holds says whether a key of the token's key id is there.
func (g *generation) holds(jws *jose.JSONWebSignature) bool {
	return slices.ContainsFunc(g.keys, func(k publishedKey) bool { return fits(k.JSONWebKey, jws) })
}

func (g *generation) verify(jws *jose.JSONWebSignature) ([]byte, error) {
	for _, key := range g.keys {
		if !fits(key.JSONWebKey, jws) {
			continue
		}
		if payload, err := jws.Verify(key.Key); err == nil && key.signsFor(payload) {
			return payload, nil
		}
	}
	return nil, errSignature
}

// signsFor says whether the key may sign for the issuer that the claims name:
// Entra publishes beside a tenant's keys those of its accounts for consumers,
// each with its issuer, in which {tenantid} stands for the token's tid.
func (k publishedKey) signsFor(payload []byte) bool {
	if k.issuer == "" {
		return true
	}
	var said struct {
		Issuer string `json:"iss"`
		Tenant string `json:"tid"`
	}
	return json.Unmarshal(payload, &said) == nil && said.Issuer == strings.ReplaceAll(k.issuer, "{tenantid}", said.Tenant)
}

// lost says whether a key of this generation is not in the next.
func (g *generation) lost(next *generation) bool {
	return slices.ContainsFunc(g.keys, func(old publishedKey) bool {
		return !slices.ContainsFunc(next.keys, func(k publishedKey) bool {
			same, ok := old.Key.(interface{ Equal(crypto.PublicKey) bool })
			return k.KeyID == old.KeyID && k.issuer == old.issuer && ok && same.Equal(k.Key)
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
