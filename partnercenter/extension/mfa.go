package extension

import "provost/partnercenter"

// MFAReportPath is where a world tells of calls without multifactor
// authentication.
const MFAReportPath = "/provost/v1/mfa/report"

// MFAReport is what a world has seen of App+User calls without multifactor
// authentication: those that its setting refuses, and those that "enforce" would
// refuse. Admin agents and global admins of its provider may read it.
//
// GET /provost/v1/mfa/report
type MFAReport struct {
	// World and WorldName are the id and the name of the world.
	World     string `json:"world"`
	WorldName string `json:"worldName"`
	// At is the world's time at which the report was made.
	At partnercenter.Time `json:"at"`
	// Mode is the world's setting: "off", "report" or "enforce".
	Mode string `json:"mode"`
	// Share is for how many percent of the users "enforce" refuses, 1 to 100.
	Share int `json:"share"`
	// Items are by app, user, route and tenant.
	Items []MFACalls `json:"items"`
	// Others are the calls beyond the 10,000 items that a world keeps, one for
	// each tenant.
	Others []MFACalls `json:"others"`
}

// MFACalls are the calls that an app made for a user to one route without
// multifactor authentication.
type MFACalls struct {
	// Tenant is that of the user's partner; empty when the partner is gone.
	Tenant string `json:"tenant,omitempty"`
	// App is the app's client id, User the user's object id.
	App  string `json:"app,omitempty"`
	User string `json:"user,omitempty"`
	// UserPrincipalName is the sign-in name in the latest token that had one.
	UserPrincipalName string `json:"userPrincipalName,omitempty"`
	// Route is a method and a path that names its ids, such as "GET
	// /v1/customers/{customer}".
	Route string `json:"route,omitempty"`
	// Calls counts them all, Refused those of them that were refused.
	Calls   int64 `json:"calls"`
	Refused int64 `json:"refused"`
	// Enforced says whether the setting, as it is now, refuses this user.
	Enforced bool `json:"enforced"`
	// FirstSeen and LastSeen are in the world's time.
	FirstSeen partnercenter.Time `json:"firstSeen"`
	LastSeen  partnercenter.Time `json:"lastSeen"`
}
