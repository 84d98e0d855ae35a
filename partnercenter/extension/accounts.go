// Package extension holds Provost's own words: what its doors speak beyond
// the Partner Center API, under /provost/v1.
//
// It knows nothing of servers or stores, and imports the standard library and
// partnercenter alone.
package extension

// DemoSecret is the password of every user and the secret of every app of a
// demo world. It is public: those worlds hold nothing that is worth a secret.
const DemoSecret = "provost-demo"

// AccountsPath is where a development server lists its accounts.
const AccountsPath = "/provost/v1/accounts"

// Accounts are the users and apps that the issuer of a development server
// knows. They are listed without a token, since they are how one is had.
//
// An app that shows its secret says by the form members redirect_uri,
// certificate (PEM; both may be repeated) and assertions what it registers.
//
// GET /provost/v1/accounts
// POST /provost/v1/accounts
type Accounts struct {
	// Items are the accounts of all worlds; empty, never absent.
	Items []Account `json:"items"`
}

// AccountKind tells people from programs.
type AccountKind string

// The kinds of account.
const (
	UserAccount AccountKind = "user"
	AppAccount  AccountKind = "app"
)

// Account is a user or an app of a partner in a world.
type Account struct {
	// World and WorldName are the id and the name of the account's world.
	World     string `json:"world"`
	WorldName string `json:"worldName"`
	// Tenant is where the account signs in: its partner's tenant.
	Tenant string `json:"tenant"`
	// Partner is the partner's name, PartnerKind "provider" or "reseller".
	Partner     string `json:"partner"`
	PartnerKind string `json:"partnerKind"`

	// ID is a user's object id or an app's client id.
	ID string `json:"id"`
	// Kind is "user" or "app".
	Kind AccountKind `json:"kind"`
	// Name is what people call the user or the app.
	Name string `json:"name"`
	// UserPrincipalName is a user's sign-in name.
	UserPrincipalName string `json:"userPrincipalName,omitempty"`
	// Roles are a user's agent roles; DirectoryRoles those that the user holds
	// on one customer at least, of the partner's first 50.
	Roles          []string `json:"roles,omitempty"`
	DirectoryRoles []string `json:"directoryRoles,omitempty"`
	// Registered apps may call for their partner with app-only tokens.
	Registered bool `json:"registered,omitempty"`
	// Description says what the account is for; absent when nobody said.
	Description string `json:"description,omitempty"`

	// RedirectURIs are where an app has users sent back to, beside plain http on
	// the user's own machine. Certificates are what it proves itself with, beside
	// its secret; its Assertions are "single-use", or empty where they may come
	// again within ten minutes.
	RedirectURIs []string      `json:"redirectUris,omitempty"`
	Certificates []Certificate `json:"certificates,omitempty"`
	Assertions   string        `json:"assertions,omitempty"`
}

// Certificate names a certificate of an app as JSON Web Signatures do.
type Certificate struct {
	// X5T and X5TS256 are the SHA-1 and the SHA-256 of the certificate, in
	// base64url.
	X5T     string `json:"x5t"`
	X5TS256 string `json:"x5t#S256"`
}
