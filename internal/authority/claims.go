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

const (
	// accessLife is how long an access token is good for, in real time.
	accessLife = time.Hour
	// longestLife is the most that a request may choose instead.
	longestLife = 24 * time.Hour
)

// proof is how an app has shown itself, in the word of appidacr and azpacr.
type proof string

const (
	byNothing     proof = "0" // a public client
	bySecret      proof = "1"
	byCertificate proof = "2"
)

// subject is who has signed in: a user with an app, or an app alone.
type subject struct {
	home
	app commerce.Account
	// user is the zero Account for an app alone.
	user  commerce.Account
	proof proof
	mfa   bool
	// wids are the directory roles that the user holds in the own tenant.
	wids []string
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
	AMR        []string `json:"amr,omitempty"`
	AppID      string   `json:"appid,omitempty"`
	AppIDACR   string   `json:"appidacr,omitempty"`
	AZP        string   `json:"azp,omitempty"`
	AZPACR     string   `json:"azpacr,omitempty"`
	FamilyName string   `json:"family_name,omitempty"`
	GivenName  string   `json:"given_name,omitempty"`
	IDType     string   `json:"idtyp,omitempty"`
	Name       string   `json:"name,omitempty"`
	ObjectID   string   `json:"oid"`

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
	// WIDs are directory roles in the user's own tenant, by template.
	WIDs []string `json:"wids,omitempty"`
}

// Templates of directory roles, as Entra numbers them.
const (
	globalAdministrator = "62e90394-69f5-4237-9190-012177145e10"
	// memberUser is what every member of a tenant has.
	memberUser = "b79fbf4d-3ef9-4689-8143-76b194e85509"
)

func widsOf(agent []commerce.AgentRole) []string {
	for _, role := range agent {
		if role == commerce.GlobalAdmin {
			return []string{globalAdministrator, memberUser}
		}
	}
	return []string{memberUser}
}

// claimsOf writes an access token. One that has expired, which a request can
// ask for, was good for an hour before.
func (a *Authority) claimsOf(s subject, v version, audience string, life time.Duration) claims {
	now := a.now()
	from, until := now, now.Add(life)
	if life <= 0 {
		from = until.Add(-accessLife)
	}
	c := claims{
		Audience: audience, Issuer: a.issuer(s.partner.Tenant, v),
		IssuedAt: from.Unix(), NotBefore: from.Unix(), Expires: until.Unix(),
		Tenant: s.partner.Tenant, TokenID: randomText(16), Version: "1.0",
	}
	if v == v2 {
		c.Version, c.AZP, c.AZPACR = "2.0", s.app.ID, string(s.proof)
	} else {
		c.AppID, c.AppIDACR = s.app.ID, string(s.proof)
	}
	if s.appOnly() {
		c.IDType, c.Roles = "app", []string{}
		c.ObjectID = principalOf(s.partner.Tenant, s.app.ID)
		c.Subject = c.ObjectID
		return c
	}
	c.Name, c.ObjectID, c.Scope, c.WIDs = s.user.Name, s.user.ID, delegatedScope, s.wids
	c.Subject = pairwise(s.user.ID, s.app.ID)
	c.AMR = []string{"pwd"}
	if s.mfa {
		c.AMR = append(c.AMR, "mfa")
	}
	if v == v2 {
		c.PreferredUsername = s.user.UPN
	} else {
		c.ACR, c.UniqueName, c.UPN = "1", s.user.UPN, s.user.UPN
		c.GivenName, c.FamilyName, _ = strings.Cut(s.user.Name, " ")
	}
	return c
}

// identity is an id_token's claims.
type identity struct {
	Audience  string `json:"aud"`
	Issuer    string `json:"iss"`
	IssuedAt  int64  `json:"iat"`
	NotBefore int64  `json:"nbf"`
	Expires   int64  `json:"exp"`

	AMR               []string `json:"amr,omitempty"`
	Name              string   `json:"name,omitempty"`
	Nonce             string   `json:"nonce,omitempty"`
	ObjectID          string   `json:"oid"`
	PreferredUsername string   `json:"preferred_username,omitempty"`
	Subject           string   `json:"sub"`
	Tenant            string   `json:"tid"`
	UniqueName        string   `json:"unique_name,omitempty"`
	UPN               string   `json:"upn,omitempty"`
	TokenID           string   `json:"uti"`
	Version           string   `json:"ver"`
}

// identityOf tells the app who the user is whom an access token is for. It
// lives as long as tokens do by default, so that an app that asks for an
// expired access token can still read it.
func (a *Authority) identityOf(s subject, c claims, nonce string) identity {
	now := a.now()
	return identity{
		Audience: s.app.ID, Issuer: c.Issuer, IssuedAt: now.Unix(), NotBefore: now.Unix(), Expires: now.Add(accessLife).Unix(),
		AMR: c.AMR, Name: c.Name, Nonce: nonce, ObjectID: c.ObjectID, PreferredUsername: c.PreferredUsername, Subject: c.Subject,
		Tenant: c.Tenant, UniqueName: c.UniqueName, UPN: c.UPN, TokenID: c.TokenID, Version: c.Version,
	}
}

// clientInfo names the account in the way in which Microsoft's libraries key
// their caches.
func clientInfo(s subject) (string, error) {
	text, err := json.Marshal(struct {
		UID  string `json:"uid"`
		UTID string `json:"utid"`
	}{s.user.ID, s.partner.Tenant})
	if err != nil {
		return "", fmt.Errorf("encode client info: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(text), nil
}

func (a *Authority) sign(claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("encode claims: %w", err)
	}
	signed, err := a.key.signer().Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return signed.CompactSerialize()
}

// randomText gives that many random bytes as text that fits into a URL.
func randomText(bytes int) string {
	random := make([]byte, bytes)
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
