package cli

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
)

// partnerCenterID is the service's app id, which some tokens name as their
// audience.
const partnerCenterID = "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd"

// tokenClaims are what a token says of itself. Nothing is verified: it is the
// service that has to believe it.
type tokenClaims struct {
	Audience  json.RawMessage `json:"aud"`
	Expires   int64           `json:"exp"`
	Tenant    string          `json:"tid"`
	Object    string          `json:"oid"`
	App       string          `json:"appid"`
	Party     string          `json:"azp"`
	Kind      string          `json:"idtyp"`
	Scopes    string          `json:"scp"`
	Name      string          `json:"upn"`
	Preferred string          `json:"preferred_username"`
	Unique    string          `json:"unique_name"`
	Methods   []string        `json:"amr"`
	Roles     []string        `json:"roles"`
}

func readClaims(token string) (*tokenClaims, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, errors.New("it is no JSON Web Token")
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, err
	}
	var claims tokenClaims
	return &claims, json.Unmarshal(body, &claims)
}

func (c *tokenClaims) user() string { return firstText(c.Name, c.Preferred, c.Unique) }

func (c *tokenClaims) appOnly() bool {
	return c.Kind == "app" || c.Kind == "" && c.Scopes == "" && c.user() == ""
}

func (c *tokenClaims) mfa() bool {
	return slices.Contains(c.Methods, "mfa") || slices.Contains(c.Methods, "ngcmfa")
}

func (c *tokenClaims) expires() time.Time { return time.Unix(c.Expires, 0) }

func (c *tokenClaims) who() string {
	app := firstText(c.App, c.Party)
	switch {
	case c.appOnly():
		return "of app " + app + ", tenant " + c.Tenant
	default:
		return "of " + firstText(c.user(), c.Object) + " with app " + app + ", tenant " + c.Tenant
	}
}

// audience is the first of the token's.
func (c *tokenClaims) audience() string {
	var one string
	var several []string
	if json.Unmarshal(c.Audience, &one) == nil {
		return one
	}
	if json.Unmarshal(c.Audience, &several) == nil && len(several) > 0 {
		return several[0]
	}
	return "nobody"
}
