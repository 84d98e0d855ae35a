package authority

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"provost/internal/commerce"
)

// accessLife is how long an access token is good for, in real time.
const accessLife = time.Hour

// subject is who has signed in: a user with an app, or an app alone.
type subject struct {
	home
	app commerce.Account
	// user is the zero Account for an app alone.
	user commerce.Account
	// confidential apps have shown their secret.
	confidential bool
	mfa          bool
}

func (s subject) appOnly() bool { return s.user.ID == "" }

// claims are an access token's, in the names and the order of reference 5.2.
type claims struct {
	Audience  string `json:"aud"`
	Issuer    string `json:"iss"`
	IssuedAt  int64  `json:"iat"`
	NotBefore int64  `json:"nbf"`
	Expires   int64  `json:"exp"`

	ACR string `json:"acr,omitempty"`
	// AMR stands in v2 tokens as well, where Entra leaves it out: without it
	// no v2 token could show multifactor authentication here.
	AMR      []string `json:"amr,omitempty"`
	AppID    string   `json:"appid,omitempty"`
	AppIDACR string   `json:"appidacr,omitempty"`
	AZP      string   `json:"azp,omitempty"`
	AZPACR   string   `json:"azpacr,omitempty"`
	IDType   string   `json:"idtyp,omitempty"`
	Name     string   `json:"name,omitempty"`
	ObjectID string   `json:"oid"`

	PreferredUsername string `json:"preferred_username,omitempty"`
	// Roles is there in app-only tokens, if empty.
	Roles      []string `json:"roles,omitzero"`
	Scope      string   `json:"scp,omitempty"`
	Subject    string   `json:"sub"`
	Tenant     string   `json:"tid"`
	UniqueName string   `json:"unique_name,omitempty"`
	UPN        string   `json:"upn,omitempty"`
	TokenID    string   `json:"uti"`
	Version    string   `json:"ver"`
}

func (a *Authority) claimsOf(s subject, v version, audience string, now time.Time) claims {
	c := claims{
		Audience: audience, Issuer: a.issuer(s.partner.Tenant, v),
		IssuedAt: now.Unix(), NotBefore: now.Unix(), Expires: now.Add(accessLife).Unix(),
		Tenant: s.partner.Tenant, TokenID: tokenID(), Version: "1.0",
	}
	// 0: a public client, 1: one that has shown its secret.
	acr := "0"
	if s.confidential {
		acr = "1"
	}
	if v == v2 {
		c.Version, c.AZP, c.AZPACR = "2.0", s.app.ID, acr
	} else {
		c.AppID, c.AppIDACR = s.app.ID, acr
	}
	if s.appOnly() {
		c.IDType, c.Roles = "app", []string{}
		c.ObjectID = principalOf(s.partner.Tenant, s.app.ID)
		c.Subject = c.ObjectID
		return c
	}
	c.Name, c.ObjectID, c.Scope = s.user.Name, s.user.ID, delegatedScope
	c.Subject = pairwise(s.user.ID, s.app.ID)
	c.AMR = []string{"pwd"}
	if s.mfa {
		c.AMR = append(c.AMR, "mfa")
	}
	if v == v2 {
		c.PreferredUsername = s.user.UPN
	} else {
		c.ACR, c.UniqueName, c.UPN = "1", s.user.UPN, s.user.UPN
	}
	return c
}

func (a *Authority) sign(c claims) (string, error) {
	payload, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("encode claims: %w", err)
	}
	signed, err := a.signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return signed.CompactSerialize()
}

func tokenID() string {
	random := make([]byte, 16)
	rand.Read(random)
	return base64.RawURLEncoding.EncodeToString(random)
}

// principals is the name space of the object ids that apps have in tenants.
var principals = uuid.MustParse("4b1d6b83-5f0c-4a02-9a1e-0d6b8f7e2c55")

// principalOf is the object id by which a tenant knows an app; it is another
// than the app's own id, as in Entra.
func principalOf(tenant, app string) string {
	return uuid.NewSHA1(principals, []byte(strings.ToLower(tenant+"/"+app))).String()
}

// pairwise is how a user is known to one app.
func pairwise(user, app string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(user + "/" + app)))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
