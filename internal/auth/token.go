package auth

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"

	// This fork of encoding/json matches names by case and refuses an object
	// that has one twice: no token can say two things.
	"github.com/go-jose/go-jose/v4/json"
)

const (
	// maxToken is above what any issuer makes and below what would cost.
	maxToken = 16 << 10
	// skew is how far apart the clocks of issuer and server may be.
	skew = time.Minute
)

// bearer gives the token of the one Authorization header.
func bearer(h http.Header) (string, error) {
	values := h.Values("Authorization")
	switch len(values) {
	case 0:
		return "", unauthenticated(`the request has no Authorization header; send "Authorization: Bearer" and the token that this prints: provost token`)
	case 1:
	default:
		return "", unauthenticated("the request has %d Authorization headers; send one, with the token that this prints: provost token", len(values))
	}
	scheme, raw, _ := strings.Cut(values[0], " ")
	raw = strings.TrimLeft(raw, " ")
	switch {
	case !strings.EqualFold(scheme, "Bearer"):
		return "", unauthenticated("the Authorization header's scheme is not Bearer; a token for it: provost token")
	case raw == "":
		return "", unauthenticated("the Authorization header holds no token; one: provost token")
	case len(raw) > maxToken:
		return "", unauthenticated("the token is longer than %d bytes; a shorter one: provost token", maxToken)
	}
	return raw, nil
}

// token is a signed token in its parts, before any of them is believed.
type token struct {
	raw     string
	payload []byte
	claims  claimSet
}

// header is a token's own account of how it was made.
type header struct {
	Alg string `json:"alg"`
	Typ string `json:"typ"`
	Cty string `json:"cty"`

	// What none of the issuers' tokens has: an extension that must be
	// understood, an encoding of its own, a key that the bearer brings along.
	Crit json.RawMessage `json:"crit"`
	B64  json.RawMessage `json:"b64"`
	Enc  json.RawMessage `json:"enc"`
	Zip  json.RawMessage `json:"zip"`
	JKU  json.RawMessage `json:"jku"`
	JWK  json.RawMessage `json:"jwk"`
	X5U  json.RawMessage `json:"x5u"`
	X5C  json.RawMessage `json:"x5c"`
}

func parse(raw string) (token, error) {
	for i := range len(raw) {
		if raw[i] < 0x21 || raw[i] > 0x7e {
			return token{}, unauthenticated("the token holds characters that are not visible ASCII; a clean one: provost token")
		}
	}
	malformed := unauthenticated("the token is not a signed JWT of three parts; one: provost token")
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return token{}, malformed
	}
	var decoded [3][]byte
	for i, part := range parts {
		// Strict, so that one token has one spelling and one place in the cache.
		text, err := base64.RawURLEncoding.Strict().DecodeString(part)
		if err != nil {
			return token{}, malformed
		}
		decoded[i] = text
	}
	var h header
	if err := json.Unmarshal(decoded[0], &h); err != nil {
		return token{}, malformed
	}
	if err := h.admit(); err != nil {
		return token{}, err
	}
	t := token{raw: raw, payload: decoded[1]}
	if err := json.Unmarshal(t.payload, &t.claims); err != nil || t.claims == nil {
		return token{}, unauthenticated("the token's claims are not one JSON object with each name once; a token that is: provost token")
	}
	return t, nil
}

func (h header) admit() error {
	if h.Alg != "RS256" && h.Alg != "ES256" {
		return unauthenticated("the token is not signed by RS256 or ES256; one that is: provost token")
	}
	if !slices.Contains([]string{"", "jwt", "at+jwt", "application/at+jwt"}, strings.ToLower(h.Typ)) {
		return unauthenticated("the token's typ is not that of an access token; one: provost token")
	}
	own := [][]byte{h.Crit, h.B64, h.Enc, h.Zip, h.JKU, h.JWK, h.X5U, h.X5C}
	if h.Cty != "" || slices.ContainsFunc(own, func(b []byte) bool { return b != nil }) {
		return unauthenticated("the token's header holds more than alg, typ, kid and x5t; a plain token: provost token")
	}
	return nil
}

// validity checks the token's times and says when it expires.
func validity(c claimSet, now time.Time) (expires time.Time, err error) {
	expires, ok, err := c.instant("exp")
	if err != nil {
		return time.Time{}, err
	}
	if !ok {
		return time.Time{}, unauthenticated("the token says not when it expires (exp); one that does: provost token")
	}
	if !now.Before(expires.Add(skew)) {
		return time.Time{}, unauthenticated("the token expired at %s, and it is %s by this server's clock; a fresh one: provost token",
			expires.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	from, ok, err := c.instant("nbf")
	if err != nil {
		return time.Time{}, err
	}
	if ok && now.Before(from.Add(-skew)) {
		return time.Time{}, unauthenticated("the token is not valid before %s, and it is %s by this server's clock: compare it with the issuer's; one of the server's own: provost token",
			from.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return expires, nil
}
