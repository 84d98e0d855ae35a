package extension

import "provost/partnercenter"

// WorldsPath is where the operator's door keeps the worlds.
const WorldsPath = "/operator/v1/worlds"

// WorldKind is fixed when a world is created.
type WorldKind string

// The kinds of world: a development world's clock can be moved, and its
// refusals are explained.
const (
	ProductionWorld  WorldKind = "production"
	DevelopmentWorld WorldKind = "development"
)

// Worlds is a page of the worlds of a server, by name.
//
// GET /operator/v1/worlds
type Worlds struct {
	// Items are the worlds of this page; empty, never absent.
	Items []World `json:"items"`
	// Next is the "after" of the next page; absent: there is none.
	Next string `json:"next,omitempty"`
}

// World is one provider with its customers, roles, settings and clock.
//
// GET /operator/v1/worlds/{world}
type World struct {
	// Name stands in paths and flags; a tenant of one of its partners does so as
	// well.
	Name string `json:"name"`
	// Kind is "production" or "development".
	Kind WorldKind `json:"kind"`
	// Tenant, Company and MPNID are the provider's; a world that is being imported
	// may have none yet.
	Tenant  string `json:"tenant,omitempty"`
	Company string `json:"company"`
	MPNID   string `json:"mpnId,omitempty"`
	// Importing: it is being imported, and answers nothing until it is whole.
	Importing bool `json:"importing,omitempty"`
	// CreatedAt and Now are the world's time.
	CreatedAt partnercenter.Time `json:"createdAt"`
	Now       partnercenter.Time `json:"now"`
	// RefreshInterval is how far apart the instants are at which provisioning
	// becomes visible, such as "15m0s"; "0s": at once.
	RefreshInterval string `json:"refreshInterval"`
	// MFA says what App+User tokens without multifactor authentication meet:
	// "off", "report" or "enforce"; MFAShare for how many percent of the users.
	MFA      string `json:"mfa"`
	MFAShare int    `json:"mfaShare"`
	// KeepOmitted: the PATCH of a subscription keeps what it omits.
	KeepOmitted bool `json:"keepOmitted"`
	// PreconditionFailed: a stale etag is answered by 412 in the place of 400.
	PreconditionFailed bool `json:"preconditionFailed"`
	// RetryNextDay: a change while another is on its way is refused with 900278 in
	// the place of 800082.
	RetryNextDay bool `json:"retryNextDay"`
	// Throttle: more than 500 requests a minute for one kind of a customer's
	// resources are refused with 429.
	Throttle bool `json:"throttle"`
	// Issuers are those that this server lets speak for Tenant: without one, no
	// token reaches the world.
	Issuers []string `json:"issuers"`
	// Sandbox worlds hold 75 customers, 5 subscriptions a customer and 25 seats a
	// subscription, and let customers be deleted.
	Sandbox bool `json:"sandbox"`
	// AgreementRequired: a customer buys once its acceptance of an agreement is
	// recorded.
	AgreementRequired bool `json:"agreementRequired"`
	// EndOfTerm is what follows a term that is not renewed: "grace", "cancel" or
	// "extend".
	EndOfTerm string `json:"endOfTerm"`
	// Simulator holds the scripts of simulated deliveries, by what is delivered.
	Simulator map[string]string `json:"simulator,omitempty"`
	// Provisioner carries changes out: "simulator", or an outside system, as the
	// server's configuration names it.
	Provisioner string `json:"provisioner"`
	// Start, in the answer that creates a demo shop, is where to begin in it.
	Start *DemoStart `json:"start,omitempty"`
}

// DemoStart are the documents' own records in a new demo shop, under ids that
// no other shop has.
type DemoStart struct {
	// Customer, Subscription and Order are the ids to ask for.
	Customer     string `json:"customer"`
	Subscription string `json:"subscription"`
	Order        string `json:"order"`
	// User may make every call, and signs in with UserPrincipalName; App may make
	// every one that takes app-only tokens. A production world has none of them.
	User              string `json:"user,omitempty"`
	UserPrincipalName string `json:"userPrincipalName,omitempty"`
	App               string `json:"app,omitempty"`
	// Roles are those that User holds.
	Roles []string `json:"roles,omitempty"`
	// URL is the address of the API.
	URL string `json:"url"`
	// TokenCommand prints a token of User; absent: an issuer elsewhere gives tokens.
	TokenCommand string `json:"tokenCommand,omitempty"`
}

// NewWorld is what a world is made of.
//
// POST /operator/v1/worlds
type NewWorld struct {
	// Name is up to 63 lower-case letters, digits and hyphens; absent: the tenant.
	Name string `json:"name,omitempty"`
	// Kind is "production" or "development", and stays so.
	Kind WorldKind `json:"kind"`
	// Tenant is the provider's; a server knows each tenant once.
	Tenant string `json:"tenant"`
	// Company and MPNID are the provider's name and its number in Microsoft's network.
	Company string `json:"company,omitempty"`
	MPNID   string `json:"mpnId,omitempty"`
	// RefreshInterval, MFA and MFAShare are those of [World]; absent: 15m, enforce
	// and 100.
	RefreshInterval *string `json:"refreshInterval,omitempty"`
	MFA             *string `json:"mfa,omitempty"`
	MFAShare        *int    `json:"mfaShare,omitempty"`

	// KeepOmitted, PreconditionFailed, RetryNextDay, Sandbox, AgreementRequired and
	// Throttle are those of [World]; absent: off, but for Throttle, which production
	// worlds have on.
	KeepOmitted        *bool `json:"keepOmitted,omitempty"`
	PreconditionFailed *bool `json:"preconditionFailed,omitempty"`
	RetryNextDay       *bool `json:"retryNextDay,omitempty"`
	Sandbox            *bool `json:"sandbox,omitempty"`
	AgreementRequired  *bool `json:"agreementRequired,omitempty"`
	Throttle           *bool `json:"throttle,omitempty"`
	// EndOfTerm, Simulator and Provisioner are those of [WorldSettings].
	EndOfTerm   *string           `json:"endOfTerm,omitempty"`
	Simulator   map[string]string `json:"simulator,omitempty"`
	Provisioner *string           `json:"provisioner,omitempty"`
	// Demo fills the world with a shop to try.
	Demo bool `json:"demo,omitempty"`
}

// WorldSettings are what can be changed of a world; what is absent stays.
//
// PATCH /operator/v1/worlds/{world}
type WorldSettings struct {
	// RefreshInterval, MFA and MFAShare are those of [World]; absent: as they are.
	RefreshInterval *string `json:"refreshInterval,omitempty"`
	MFA             *string `json:"mfa,omitempty"`
	MFAShare        *int    `json:"mfaShare,omitempty"`

	// KeepOmitted, PreconditionFailed, RetryNextDay, Sandbox, AgreementRequired and
	// Throttle are those of [World]; absent: as they are.
	KeepOmitted        *bool `json:"keepOmitted,omitempty"`
	PreconditionFailed *bool `json:"preconditionFailed,omitempty"`
	RetryNextDay       *bool `json:"retryNextDay,omitempty"`
	Sandbox            *bool `json:"sandbox,omitempty"`
	AgreementRequired  *bool `json:"agreementRequired,omitempty"`
	Throttle           *bool `json:"throttle,omitempty"`
	// EndOfTerm is what follows a term that is not renewed: "grace", thirty days in
	// which the service goes on; "cancel", its end at once; "extend", the service by
	// the month until it is renewed or cancelled.
	EndOfTerm *string `json:"endOfTerm,omitempty"`
	// Simulator holds scripts such as "3 at +5m; 2 fail at +15m because no
	// licences are left", by what is delivered: an offer's id ("product:sku:
	// availability", or a legacy one), "product:sku", a product's id, or "*" for
	// all that none of these names. An empty script takes it away; what is not
	// named stays.
	Simulator map[string]string `json:"simulator,omitempty"`
	// Provisioner is who carries changes out from now on: "simulator", or an
	// outside system, as the server's configuration names it.
	Provisioner *string `json:"provisioner,omitempty"`
}
