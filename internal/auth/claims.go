package auth

import (
	"maps"
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

func (c claimSet) has(name string) bool { return isSaid(c.at(name)) }

func isSaid(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// at gives the claim of a name, or, where a name with dots is no claim's, what
// lies on that way into one: Keycloak's roles are at realm_access.roles.
func (c claimSet) at(name string) json.RawMessage {
	raw, found := c[name]
	if found {
		return raw
	}
	outer, inner, deeper := strings.Cut(name, ".")
	if !deeper {
		return nil
	}
	var within claimSet
	if json.Unmarshal(c[outer], &within) != nil {
		return nil
	}
	return within.at(inner)
}

// text gives a claim that is one string; empty when there is none.
func (c claimSet) text(name string) (string, error) {
	if !c.has(name) {
		return "", nil
	}
	var s string
	if err := json.Unmarshal(c.at(name), &s); err != nil {
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
	if json.Unmarshal(c.at(name), &one) == nil {
		if one == "" {
			return nil, nil
		}
		return []string{one}, nil
	}
	var many []string
	if err := json.Unmarshal(c.at(name), &many); err != nil {
		return nil, unauthenticated("the token's %s claim is neither a string nor an array of strings; a token whose is: provost token", name)
	}
	return many, nil
}

// one gives a claim that is a string, or an array of exactly one.
func (c claimSet) one(name string) (string, error) {
	words, err := c.words(name)
	switch {
	case err != nil:
		return "", err
	case len(words) > 1:
		return "", unauthenticated("the token's %s claim names several; a token whose names one: provost token", name)
	case len(words) == 0:
		return "", nil
	}
	return words[0], nil
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
	return string(c.at(name)) == value
}

// bearer says who bears the token, what the issuer's claims grant the user, and
// whether a second factor was shown.
func (i Issuer) bearer(c claimSet) (commerce.Claims, error) {
	if err := i.admitOverage(c); err != nil {
		return commerce.Claims{}, err
	}
	identify := i.entraBearer
	if i.Claims != (ClaimNames{}) {
		identify = i.namedBearer
	}
	claims, err := identify(c)
	if err != nil || claims.AppOnly() {
		return claims, err
	}
	claims.MFA = i.showsMFA(c)
	claims.Groups = c.groups()
	claims.AgentRoles, err = i.grants(c)
	return claims, err
}

// entraBearer tells Entra's tokens apart (reference 5.1): a user's has a scope,
// or the name and object id of one; an app's says that it is. A token that says
// neither, or both, is refused.
func (i Issuer) entraBearer(c claimSet) (commerce.Claims, error) {
	said, err := c.read("scp", "idtyp", "oid", "sub", "upn", "unique_name", "preferred_username", "appid", "azp", "appidacr", "azpacr")
	if err != nil {
		return commerce.Claims{}, err
	}
	roles, err := c.words("roles")
	if err != nil {
		return commerce.Claims{}, err
	}
	claims, err := named(first(said["appid"], said["azp"]), first(said["upn"], said["unique_name"], said["preferred_username"]), "appid or azp")
	if err != nil {
		return commerce.Claims{}, err
	}
	user := said["scp"] != "" || claims.UPN != "" && said["oid"] != ""
	confidential := first(said["appidacr"], said["azpacr"])
	app := said["idtyp"] == "app" || said["scp"] == "" && claims.UPN == "" &&
		(len(roles) > 0 || c.has("roles") || (confidential == "1" || confidential == "2") && said["oid"] != "" && said["oid"] == said["sub"])
	if user && app {
		return commerce.Claims{}, unauthenticated("the token has both a user's claims and idtyp app; a clear one: provost token, or provost token --app-only")
	}
	return claims.of(user, app, said["oid"], "oid", "scp, or upn and oid")
}

// notAccess are the kinds of Keycloak's tokens, by their typ claim, that say who
// someone is but are no leave to call.
var notAccess = []string{"id", "refresh", "offline", "logout"}

// namedBearer tells the tokens of other issuers apart by the claims that the
// settings name. Many of them give apps a scope as well, so that what says app
// counts first.
func (i Issuer) namedBearer(c claimSet) (commerce.Claims, error) {
	userClaim, scopeClaim := first(i.Claims.User, "oid"), first(i.Claims.Scope, "scp")
	said, err := c.read("idtyp", "upn", "unique_name", "preferred_username", "email", "client_id", "clientAddress", "typ")
	if err != nil {
		return commerce.Claims{}, err
	}
	if slices.Contains(notAccess, strings.ToLower(said["typ"])) {
		return commerce.Claims{}, unauthenticated("the token's typ claim says %s: send the access token that came with it; one: provost token", quote(said["typ"]))
	}
	user, err := c.one(userClaim)
	if err != nil {
		return commerce.Claims{}, err
	}
	scopes, err := c.words(scopeClaim)
	if err != nil {
		return commerce.Claims{}, err
	}
	var app string
	for _, claim := range i.appClaims() {
		if app == "" {
			if app, err = c.one(claim); err != nil {
				return commerce.Claims{}, err
			}
		}
	}
	name := first(said["upn"], said["unique_name"], said["preferred_username"], said["email"])
	claims, err := named(app, name, strings.Join(i.appClaims(), " or "))
	if err != nil {
		return commerce.Claims{}, err
	}
	// Keycloak's service accounts are users whom nobody can sign in as. The
	// claims client_id and clientAddress together are theirs alone; a client
	// without the scope profile leaves their names out, other issuers write a
	// client_id for people as well.
	alone := said["idtyp"] == "app" || said["client_id"] != "" && said["client_id"] == app &&
		(said["clientAddress"] != "" || said["preferred_username"] == "service-account-"+strings.ToLower(app))
	return claims.of(!alone && (len(scopes) > 0 || name != "" && user != ""), alone, user, userClaim, scopeClaim+", or a name and "+userClaim)
}

func (i Issuer) appClaims() []string {
	if i.Claims.App != "" {
		return []string{i.Claims.App}
	}
	return []string{"appid", "azp"}
}

// bearerClaims are the claims of someone who is yet to be found a user or an
// app alone.
type bearerClaims struct{ commerce.Claims }

func named(app, name, appClaim string) (bearerClaims, error) {
	if !isID(app) {
		return bearerClaims{}, unauthenticated("the token names no app (%s): claims (app) under issuers in the configuration says which claim does; "+
			"one that has it: provost token", appClaim)
	}
	if strings.ContainsFunc(name, unicode.IsControl) {
		return bearerClaims{}, unauthenticated("the user's name in the token holds control characters; a token with a clean one: provost token")
	}
	return bearerClaims{commerce.Claims{App: app, UPN: name}}, nil
}

func (b bearerClaims) of(user, app bool, id, idClaim, evidence string) (commerce.Claims, error) {
	switch {
	case user && !isID(id):
		return commerce.Claims{}, unauthenticated("the user's token has no object id (%s): claims (user) under issuers in the configuration says which claim is it; "+
			"one that has it: provost token", idClaim)
	case user:
		b.User = id
		return b.Claims, nil
	case app:
		b.UPN = ""
		return b.Claims, nil
	}
	return commerce.Claims{}, unauthenticated("the token shows neither a user (%s) nor an app alone (idtyp app, or roles): "+
		"claims (user, scope) under issuers in the configuration says where it does; "+
		"a user's: provost token; an app's: provost token --app-only", evidence)
}

// admitOverage refuses a token that leaves groups out: its bearer would be short
// of rights and nobody would know why.
func (i Issuer) admitOverage(c claimSet) error {
	var elsewhere map[string]json.RawMessage
	if c.has("_claim_names") {
		if err := json.Unmarshal(c["_claim_names"], &elsewhere); err != nil {
			return unauthenticated("the token's _claim_names claim is no object; a token whose is: provost token")
		}
	}
	_, left := elsewhere["groups"]
	for name := range i.Roles {
		if _, out := elsewhere[name]; out {
			left = true
		}
	}
	if left || string(c["hasgroups"]) == "true" {
		return unauthenticated("the user is in more groups than the token can hold (_claim_names), so that it names none; " +
			"in Entra's app registration, under token configuration, let the groups claim hold the groups assigned to the application alone, " +
			"or map app roles (roles) in place of groups")
	}
	return nil
}

const (
	maxGroups    = 1000
	maxGroupName = 256
)

// groups are the user's, where they are written as names; others grant nothing.
func (c claimSet) groups() []string {
	all, err := c.words("groups")
	if err != nil || len(all) > maxGroups {
		return nil
	}
	return slices.DeleteFunc(all, func(name string) bool {
		return name == "" || len(name) > maxGroupName || strings.ContainsFunc(name, unicode.IsControl)
	})
}

// grants are the agent roles that the token's claims stand for.
func (i Issuer) grants(c claimSet) ([]commerce.AgentRole, error) {
	var granted []commerce.AgentRole
	for _, claim := range slices.Sorted(maps.Keys(i.Roles)) {
		values, err := c.words(claim)
		if err != nil {
			return nil, err
		}
		for _, value := range values {
			if role, ok := i.Roles[claim][foldGUID(value)]; ok && !slices.Contains(granted, role) {
				granted = append(granted, role)
			}
		}
	}
	return granted, nil
}

// foldGUID spells a GUID in one way, and leaves other names as they are.
func foldGUID(name string) string {
	if isGUID(name) {
		return strings.ToLower(name)
	}
	return name
}

func foldRoles(of map[string]map[string]commerce.AgentRole) map[string]map[string]commerce.AgentRole {
	folded := make(map[string]map[string]commerce.AgentRole, len(of))
	for claim, roles := range of {
		folded[claim] = make(map[string]commerce.AgentRole, len(roles))
		for value, role := range roles {
			folded[claim][foldGUID(value)] = role
		}
	}
	return folded
}

func (i Issuer) showsMFA(c claimSet) bool {
	if c.proves("amr", "mfa") {
		return true
	}
	for name, values := range i.MFA {
		if slices.ContainsFunc(values, func(value string) bool { return c.proves(name, value) }) {
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
