package extension

import "provost/partnercenter"

// RoleGrants is a page of what was granted in a world: agent roles, directory
// roles, then apps, each by partner.
//
// GET /operator/v1/worlds/{world}/roles
type RoleGrants struct {
	// Items are the grants of this page; empty, never absent.
	Items []RoleGrant `json:"items"`
	// Next is the "after" of the next page; absent: there is none.
	Next string `json:"next,omitempty"`
}

// RoleGrant gives a user or a group a role, or registers an app for its
// partner.
//
// PUT /operator/v1/worlds/{world}/roles
type RoleGrant struct {
	// Role is an agent role ("admin-agent", "sales-agent", "helpdesk-agent",
	// "global-admin"), a directory role ("directory-reader", "directory-writer",
	// "global-reader", "global-administrator"), or "app".
	Role string `json:"role"`
	// Partner is the tenant of the partner whose user, group or app it is; absent
	// in a request: the provider's.
	Partner string `json:"partner,omitempty"`
	// PartnerName is that partner's name, in answers.
	PartnerName string `json:"partnerName,omitempty"`
	// User and Group are object ids, as tokens name them; a user that the store
	// knows can be named by what it signs in with. App is a client id.
	User  string `json:"user,omitempty"`
	Group string `json:"group,omitempty"`
	App   string `json:"app,omitempty"`
	// Name is what a known user signs in with, or the name of a known app, in
	// answers.
	Name string `json:"name,omitempty"`
	// Customer is the one on which a directory role is held.
	Customer string `json:"customer,omitempty"`
	// Until is when a directory role lapses, in the world's time; absent: never.
	Until *partnercenter.Time `json:"until,omitempty"`
}
