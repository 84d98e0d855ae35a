package authority

import (
	"context"
	"crypto/rsa"
	"crypto/sha1" // RFC 7515 names certificates by it; nothing rests on it
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	// This fork of encoding/json refuses an object that has a name twice: no
	// assertion can say two things.
	"github.com/go-jose/go-jose/v4/json"

	"provost/internal/commerce"
)

const (
	// assertionLife is how long an assertion counts from when it is first seen.
	// Microsoft's libraries present theirs again and again for nearly as long.
	assertionLife = 10 * time.Minute
	// assertionSkew is how far apart the clocks of app and authority may be.
	assertionSkew = 5 * time.Minute
	// maxAssertions bounds what is remembered of those that were seen.
	maxAssertions = 10_000
)

// assertionAlgorithms are those that Microsoft's libraries sign with.
var assertionAlgorithms = []jose.SignatureAlgorithm{jose.RS256, jose.PS256}

func algorithmNames() []string {
	var names []string
	for _, algorithm := range assertionAlgorithms {
		names = append(names, string(algorithm))
	}
	return names
}

// An assertion that is refused is one of these, whoever its app is.
var (
	errAssertion = refuse(http.StatusUnauthorized, "invalid_client", 700027,
		"The client assertion is not signed (RS256 or PS256, with x5t or x5t#S256) by a certificate that the app has registered and that is in force.")
	errAssertionTime = refuse(http.StatusUnauthorized, "invalid_client", 700024,
		"The client assertion is not within its valid time range, or says no exp.")
	errAssertionAudience = refuse(http.StatusUnauthorized, "invalid_client", 700023,
		"The client assertion's aud is not the token endpoint that it was sent to.")
	errAssertionSubject = refuse(http.StatusUnauthorized, "invalid_client", 700021,
		"The client assertion's iss and sub are not the client_id.")
	errAssertionReplay = refuse(http.StatusUnauthorized, "invalid_client", 50013,
		"The client assertion was used before, or says no jti.")
)

// assertion is what one claims.
type assertion struct {
	Issuer    string          `json:"iss"`
	Subject   string          `json:"sub"`
	Audience  json.RawMessage `json:"aud"`
	ID        string          `json:"jti"`
	Expires   float64         `json:"exp"`
	NotBefore float64         `json:"nbf"`
}

// claimedBy is the app that an assertion says it is of, for clients that send
// no client_id beside it. Nothing is believed yet.
func claimedBy(raw string) string {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var said assertion
	if json.Unmarshal(payload, &said) != nil {
		return ""
	}
	return said.Subject
}

// asserted keeps the apps that the assertion is of.
func (a *Authority) asserted(ctx context.Context, apps []resident, c client, tenant string) ([]resident, error) {
	jws, err := jose.ParseSignedCompact(c.assertion, assertionAlgorithms)
	if err != nil || len(jws.Signatures) != 1 {
		return nil, errAssertion
	}
	var matched []resident
	var payload []byte
	singleUse := false
	err = a.store.Read(ctx, func(tx commerce.Tx) error {
		for _, app := range apps {
			kept, err := registration(ctx, tx, app)
			if err != nil {
				return fmt.Errorf("read registration of app %s: %w", app.ID, err)
			}
			if signed, ok := a.signedBy(jws, kept.Certificates); ok {
				payload, matched = signed, append(matched, app)
				singleUse = singleUse || kept.SingleUse
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(matched) == 0 {
		return nil, errAssertion
	}
	return matched, a.believe(payload, c, tenant, singleUse)
}

// signedBy checks the signature by the one certificate that its header names.
func (a *Authority) signedBy(jws *jose.JSONWebSignature, certificates [][]byte) ([]byte, bool) {
	header := jws.Signatures[0].Protected
	sha1Name, _ := header.ExtraHeaders["x5t"].(string)
	sha256Name, _ := header.ExtraHeaders["x5t#S256"].(string)
	// MSAL for Python pads what RFC 7515 writes without padding.
	sha1Name, sha256Name = strings.TrimRight(sha1Name, "="), strings.TrimRight(sha256Name, "=")
	for _, der := range certificates {
		one, two := thumbprints(der)
		if sha1Name == "" && sha256Name == "" || sha1Name != "" && sha1Name != one || sha256Name != "" && sha256Name != two {
			continue
		}
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			continue
		}
		key, ok := certificate.PublicKey.(*rsa.PublicKey)
		if now := a.now(); !ok || now.Before(certificate.NotBefore) || !now.Before(certificate.NotAfter) {
			continue
		}
		if payload, err := jws.Verify(key); err == nil {
			return payload, true
		}
	}
	return nil, false
}

// thumbprints name a certificate: x5t and x5t#S256.
func thumbprints(der []byte) (string, string) {
	one, two := sha1.Sum(der), sha256.Sum256(der)
	return base64.RawURLEncoding.EncodeToString(one[:]), base64.RawURLEncoding.EncodeToString(two[:])
}

// believe checks what a signed assertion claims.
func (a *Authority) believe(payload []byte, c client, tenant string, singleUse bool) error {
	var said assertion
	if json.Unmarshal(payload, &said) != nil {
		return errAssertion
	}
	if !strings.EqualFold(said.Issuer, c.id) || !strings.EqualFold(said.Subject, c.id) {
		return errAssertionSubject
	}
	if !a.meant(said.Audience, tenant) {
		return errAssertionAudience
	}
	now := a.now()
	expires, from := time.Unix(int64(said.Expires), 0), time.Unix(int64(said.NotBefore), 0)
	if said.Expires <= 0 || !now.Before(expires) || now.Add(assertionSkew).Before(from) || now.Add(longestLife).Before(expires) {
		return errAssertionTime
	}
	return a.assertions.admit(c.id, said.ID, c.assertion, expires, now, singleUse)
}

// meant says whether an assertion is for this authority, by the address of a
// token endpoint or an issuer of the tenant that it was sent to.
func (a *Authority) meant(audience json.RawMessage, tenant string) bool {
	var one string
	if json.Unmarshal(audience, &one) != nil {
		var several []string
		if json.Unmarshal(audience, &several) != nil || len(several) != 1 {
			return false
		}
		one = several[0]
	}
	for _, v := range []version{v1, v2} {
		if strings.EqualFold(one, a.tokenEndpoint(tenant, v)) || strings.EqualFold(one, a.issuer(tenant, v)) {
			return true
		}
	}
	return false
}

// assertions are those that were seen, by app and jti.
type assertions struct {
	seen *shelf[seenAssertion]
}

type seenAssertion struct {
	sum   [sha256.Size]byte
	first time.Time
}

func newAssertions() *assertions {
	return &assertions{seen: newShelf[seenAssertion](maxAssertions)}
}

// admit takes an assertion that comes for the first time. What comes again must
// be the very same, within its ten minutes, of an app whose assertions are not
// for single use.
func (s *assertions) admit(app, id, raw string, expires, now time.Time, singleUse bool) error {
	if id == "" {
		return errAssertionReplay
	}
	sum := sha256.Sum256([]byte(raw))
	before, known, err := s.seen.add(strings.ToLower(app)+"\n"+id, seenAssertion{sum, now}, expires, now)
	switch {
	case errors.Is(err, errFull):
		return errBusy
	case !known:
		return nil
	case singleUse || before.sum != sum || now.Sub(before.first) >= assertionLife:
		return errAssertionReplay
	}
	return nil
}
