// Package auth turns a request's bearer token into commerce.Claims: it checks
// the signature, the issuer, the audience and the times, and says whether a
// user or an app alone calls.
//
// It knows nothing of worlds, roles or relationships; those are asked of the
// store at each call, so that nothing cached here outlives a revocation.
package auth

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"provost/internal/commerce"
	"provost/internal/wall"
	"provost/partnercenter"
)

// The audiences that the service goes by: its address, and its id among
// Entra's applications, which v2 tokens carry instead.
const (
	ServiceAddress = "https://api.partnercenter.microsoft.com"
	ServiceID      = "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd"
)

const (
	// cachedTokens bounds the memory that tokens take, at about 500 bytes each.
	cachedTokens = 10_000
	// cachedFor bounds how long a token outlives its issuer's key.
	cachedFor = 5 * time.Minute
)

// Settings say whose tokens count, and for what.
type Settings struct {
	Issuers []Issuer
	// Audiences that a token may be for; empty: ServiceAddress and ServiceID.
	Audiences []string
	// Log hears of issuers whose keys cannot be had; nil: slog.Default.
	Log *slog.Logger
}

// Verifier verifies bearer tokens and remembers for a while which ones it has
// verified.
type Verifier struct {
	issuers    []Issuer
	stop       []func()
	cache      *otter.Cache[[sha256.Size]byte, verified]
	generation atomic.Uint64
}

// verified is what is remembered of a token.
type verified struct {
	claims  commerce.Claims
	expires time.Time
	// generation dates the entry: one that was under way during a flush is
	// older than the flush, whenever it is stored.
	generation uint64
}

// New makes a verifier and lets its discovered issuers fetch their keys.
func New(s Settings) *Verifier {
	if len(s.Audiences) == 0 {
		s.Audiences = []string{ServiceAddress, ServiceID}
	}
	if s.Log == nil {
		s.Log = slog.Default()
	}
	v := &Verifier{
		issuers: slices.Clone(s.Issuers),
		cache: otter.Must(&otter.Options[[sha256.Size]byte, verified]{
			MaximumSize: cachedTokens,
			ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[[sha256.Size]byte, verified]) time.Duration {
				return min(e.Value.expires.Sub(wall.Now()), cachedFor)
			}),
		}),
	}
	for i := range v.issuers {
		issuer := &v.issuers[i]
		if len(issuer.Audiences) == 0 {
			issuer.Audiences = s.Audiences
		}
		folded := make([]string, len(issuer.Audiences))
		for n, audience := range issuer.Audiences {
			folded[n] = foldAudience(audience)
		}
		issuer.Audiences = folded
		issuer.Roles = foldRoles(issuer.Roles)
		if keys, ok := issuer.Keys.(*publishedKeys); ok {
			v.stop = append(v.stop, keys.attach(s.Log, v.Flush))
		}
	}
	return v
}

// IssuerState says how it stands with an issuer whose keys are fetched.
type IssuerState struct {
	Name string
	// Speaks says whether its tokens can be verified.
	Speaks bool
	// Down is since when it cannot be asked; zero: it answers.
	Down time.Time
}

// Issuers says how it stands with each issuer.
func (v *Verifier) Issuers() []IssuerState {
	states := make([]IssuerState, len(v.issuers))
	for i, issuer := range v.issuers {
		states[i] = IssuerState{Name: issuer.Name, Speaks: true}
		if keys, ok := issuer.Keys.(*publishedKeys); ok {
			states[i].Speaks, states[i].Down = keys.state()
		}
	}
	return states
}

// Speakers names the issuers whose tokens may be for the tenant.
func (v *Verifier) Speakers(tenant string) []string {
	var names []string
	for _, issuer := range v.issuers {
		if issuer.Name != "" && issuer.Speaks(issuer.Name, tenant) {
			names = append(names, issuer.Name)
		}
	}
	return names
}

// Flush forgets every token, so that each is verified anew; for the rotation
// of keys.
func (v *Verifier) Flush() {
	v.generation.Add(1)
	v.cache.InvalidateAll()
}

// Close stops the clean-up of the cache and the refreshing of keys. A closed
// verifier still verifies.
func (v *Verifier) Close() {
	for _, stop := range v.stop {
		stop()
	}
	v.cache.StopAllGoroutines()
}

// Verify gives the claims of the request's bearer token. It refuses with
// partnercenter.ErrAudience a sound token for someone else, and with
// partnercenter.ErrUnauthenticated everything else that is wrong; both carry
// a cure and never the token.
func (v *Verifier) Verify(ctx context.Context, r *http.Request) (commerce.Claims, error) {
	raw, err := bearer(r.Header)
	if err != nil {
		return commerce.Claims{}, err
	}
	key := digest(raw)
	generation, now := v.generation.Load(), wall.Now()
	if claims, ok := v.remembered(key, generation, now); ok {
		return claims, nil
	}
	claims, expires, err := v.verify(ctx, raw, now)
	if err != nil {
		return commerce.Claims{}, err
	}
	claims.Token = key
	if now.Before(expires) {
		v.cache.Set(key, verified{claims: claims, expires: expires, generation: generation})
	}
	return claims, nil
}

// Known gives the claims of the request's bearer token if that was verified
// before and still holds: at once, whatever becomes of the issuer.
func (v *Verifier) Known(r *http.Request) (commerce.Claims, bool) {
	raw, err := bearer(r.Header)
	if err != nil {
		return commerce.Claims{}, false
	}
	return v.remembered(digest(raw), v.generation.Load(), wall.Now())
}

// digest is what a token is known again by.
func digest(raw string) [sha256.Size]byte {
	var usual [2 << 10]byte // most tokens are copied to the stack
	return sha256.Sum256(append(usual[:0], raw...))
}

func (v *Verifier) remembered(key [sha256.Size]byte, generation uint64, now time.Time) (commerce.Claims, bool) {
	hit, ok := v.cache.GetIfPresent(key)
	return hit.claims, ok && hit.generation == generation && now.Before(hit.expires)
}

func (v *Verifier) verify(ctx context.Context, raw string, now time.Time) (commerce.Claims, time.Time, error) {
	token, err := parse(raw)
	if err != nil {
		return commerce.Claims{}, time.Time{}, err
	}
	issuer, tenant, err := v.signed(ctx, token)
	if err != nil {
		return commerce.Claims{}, time.Time{}, err
	}
	if err := issuer.admitAudience(token.claims); err != nil {
		return commerce.Claims{}, time.Time{}, err
	}
	expires, err := validity(token.claims, now)
	if err != nil {
		return commerce.Claims{}, time.Time{}, err
	}
	claims, err := issuer.bearer(token.claims)
	if err != nil {
		return commerce.Claims{}, time.Time{}, err
	}
	claims.Tenant = tenant
	return claims, expires, nil
}

// signed finds the issuer that may speak for the token's tenant and checks
// that one of its keys made the signature. What the token says of itself picks
// the keys and nothing more until the signature holds.
func (v *Verifier) signed(ctx context.Context, t token) (by Issuer, tenant string, err error) {
	iss, err := t.claims.text("iss")
	if err != nil {
		return Issuer{}, "", err
	}
	said, err := t.claims.text("tid")
	if err != nil {
		return Issuer{}, "", err
	}
	if said != "" && !isGUID(said) {
		return Issuer{}, "", unauthenticated("the token's tid claim is not a tenant's GUID; a token that has one: provost token")
	}
	var refused error
	for _, issuer := range v.issuers {
		tenant := said
		if tenant == "" {
			tenant = issuer.Tenant
		}
		if iss == "" || tenant == "" || !issuer.Speaks(iss, tenant) {
			continue
		}
		payload, err := issuer.Keys.VerifySignature(ctx, t.raw)
		switch {
		case err == nil && bytes.Equal(payload, t.payload):
			return issuer, tenant, nil
		case errors.Is(err, errNoKeys):
			refused = unauthenticated("the keys of issuer %s cannot be had at the moment; the server's log says why, "+
				"and the same token will do once they can", quote(iss))
		case ctx.Err() != nil:
			return Issuer{}, "", fmt.Errorf("wait for the keys of issuer %s: %w", quote(iss), ctx.Err())
		default:
			refused = unauthenticated("the token's signature is by none of the keys of issuer %s; "+
				"a token signed by this server's own issuer: provost token", quote(iss))
		}
	}
	switch {
	case refused != nil:
	case said == "":
		refused = unauthenticated("the token names no tenant (tid), and none is set for the tokens of issuer %s: "+
			"set it under issuers in the configuration (tenant); a token that has it: provost token", quote(iss))
	default:
		refused = unauthenticated("no trusted issuer is %s and speaks for tenant %s: provost serve trusts it once its configuration names it so "+
			"under issuers (url, tenants); a token of this server's own issuer: provost token", quote(iss), said)
	}
	return Issuer{}, "", refused
}

// retired are the audiences that Partner Center took until August 2025.
var retired = []string{"https://graph.windows.net", "https://graph.chinacloudapi.cn"}

func (i Issuer) admitAudience(c claimSet) error {
	audiences, err := c.words("aud")
	if err != nil {
		return err
	}
	if len(audiences) == 0 {
		return unauthenticated("the token names no audience (aud); a token for %s: provost token", i.Audiences[0])
	}
	for _, audience := range audiences {
		if slices.Contains(i.Audiences, foldAudience(audience)) {
			return nil
		}
	}
	for _, audience := range audiences {
		if slices.Contains(retired, foldAudience(audience)) {
			return commerce.Refuse(partnercenter.ErrAudience,
				"tokens for %s are no longer accepted: ask for resource %s, or scope %s/.default; such a token: provost token",
				foldAudience(audience), i.Audiences[0], i.Audiences[0])
		}
	}
	return commerce.Refuse(partnercenter.ErrAudience,
		"the token is for %s, and this issuer's count when they are for %s: ask for one of those, or, where the issuer is your own, "+
			"name it among its audiences in the configuration; one that counts: provost token",
		quote(audiences[0]), strings.Join(i.Audiences, " or "))
}

// foldAudience spells an audience in one way: Entra writes the slash that the
// client's resource ended in.
func foldAudience(audience string) string {
	return strings.ToLower(strings.TrimSuffix(audience, "/"))
}

func unauthenticated(cure string, args ...any) error {
	return commerce.Refuse(partnercenter.ErrUnauthenticated, cure, args...)
}

// quote makes a token's own words fit for a log line and a header.
func quote(s string) string {
	return fmt.Sprintf("%+q", clip(s, 200))
}

func clip(s string, most int) string {
	if len(s) > most {
		s = s[:most] + "…"
	}
	return s
}
