package auth

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/go-jose/go-jose/v4/json"
	"github.com/google/uuid"

	"provost/internal/commerce"
)

// claimSet is what a token says, by name.
type claimSet map[string]json.RawMessage

func (c claimSet) has(name string) bool {
	raw := c[name]
	return len(raw) > 0 && string(raw) != "null"
}

// text gives a claim that is one string; empty when there is none.
func (c claimSet) text(name string) (string, error) {
	if !c.has(name) {
		return "", nil
	}
	var s string
	if err := json.Unmarshal(c[name], &s); err != nil {
		return "", unauthenticated("the token's %s claim is not a string; a token whose is: provost token", name)
	}
	return s, nil
}

// words gives a claim that is a string or an array of strings.
func (c claimSet) words(name string) ([]string, error) {
	if !c.has(name) {
		return nil, nil
	}
	var one string
	if json.Unmarshal(c[name], &one) == nil {
		if one == "" {
			return nil, nil
		}
		return []string{one}, nil
	}
	var many []string
	if err := json.Unmarshal(c[name], &many); err != nil {
		return nil, unauthenticated("the token's %s claim is neither a string nor an array of strings; a token whose is: provost token", name)
	}
	return many, nil
}

// instant gives a claim that is a number of seconds since 1970.
func (c claimSet) instant(name string) (at time.Time, ok bool, err error) {
	if !c.has(name) {
		return time.Time{}, false, nil
	}
	const year9999 = 253402300799
	var seconds float64
	if err := json.Unmarshal(c[name], &seconds); err != nil || seconds < 0 || seconds > year9999 {
		return time.Time{}, false, unauthenticated("the token's %s claim is no number of seconds since 1970; a token whose is: provost token", name)
	}
	return time.Unix(int64(seconds), 0).UTC(), true, nil
}

// proves says whether a claim has the value, or holds it among others; true
// and 2 count as they are spelled.
func (c claimSet) proves(name, value string) bool {
	if words, err := c.words(name); err == nil {
		return slices.Contains(words, value)
	}
	return string(c[name]) == value
}

// bearerOf says who bears the token (reference 5.1): a user when it has a
// scope, or the name and object id of one; an app alone when it says so. A
// token that says neither, or both, is refused.
func (v *Verifier) bearerOf(c claimSet) (commerce.Claims, error) {
	said, err := c.read("scp", "idtyp", "oid", "sub", "upn", "unique_name", "preferred_username", "appid", "azp", "appidacr", "azpacr")
	if err != nil {
		return commerce.Claims{}, err
	}
	roles, err := c.words("roles")
	if err != nil {
		return commerce.Claims{}, err
	}
	claims := commerce.Claims{
		UPN: first(said["upn"], said["unique_name"], said["preferred_username"]),
		App: first(said["appid"], said["azp"]),
	}
	if !isID(claims.App) {
		return commerce.Claims{}, unauthenticated("the token names no app (appid or azp); one that does: provost token")
	}
	if strings.ContainsFunc(claims.UPN, unicode.IsControl) {
		return commerce.Claims{}, unauthenticated("the user's name in the token holds control characters; a token with a clean one: provost token")
	}
	user := said["scp"] != "" || claims.UPN != "" && said["oid"] != ""
	app := said["idtyp"] == "app" || said["scp"] == "" && claims.UPN == "" && (len(roles) > 0 || c.has("roles") || ownPrincipal(said))
	switch {
	case user && app:
		return commerce.Claims{}, unauthenticated("the token has both a user's claims and idtyp app; a clear one: provost token, or provost token --app-only")
	case user && !isID(said["oid"]):
		return commerce.Claims{}, unauthenticated("the user's token has no object id (oid); one that does: provost token")
	case user:
		claims.User = said["oid"]
		claims.MFA = v.showsMFA(c)
		return claims, nil
	case app:
		claims.UPN = ""
		return claims, nil
	}
	return commerce.Claims{}, unauthenticated("the token shows neither a user (scp, or upn and oid) nor an app alone (idtyp app, or roles); " +
		"a user's: provost token; an app's: provost token --app-only")
}

// ownPrincipal says whether a confidential app speaks for itself: its service
// principal is the token's object.
func ownPrincipal(said map[string]string) bool {
	confidential := first(said["appidacr"], said["azpacr"])
	return (confidential == "1" || confidential == "2") && said["oid"] != "" && said["oid"] == said["sub"]
}

func (v *Verifier) showsMFA(c claimSet) bool {
	if c.proves("amr", "mfa") {
		return true
	}
	for name, value := range v.mfaClaims {
		if c.proves(name, value) {
			return true
		}
	}
	return false
}

func (c claimSet) read(names ...string) (map[string]string, error) {
	said := make(map[string]string, len(names))
	for _, name := range names {
		text, err := c.text(name)
		if err != nil {
			return nil, err
		}
		said[name] = text
	}
	return said, nil
}

func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

func isGUID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }

// isID says whether a name can stand in the store and in a log line; not every
// issuer's are GUIDs.
func isID(s string) bool {
	return s != "" && len(s) <= 128 && !strings.ContainsFunc(s, func(r rune) bool { return r < 0x21 || r > 0x7e })
}
