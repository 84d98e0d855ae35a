package extension

// Standings are all who may make a call on a customer, as the server has it at
// this moment. What an issuer's claims grant is not known here.
//
// GET /operator/v1/worlds/{world}/customers/{customer}/who
type Standings struct {
	// Customer and Company are the customer's id and name.
	Customer string `json:"customer"`
	// Calls are all calls on a customer, each a method and a path that names its
	// ids, such as "GET /v1/customers/{customer}/orders".
	Calls []string `json:"calls"`
	// Items are those who may do something; empty, never absent.
	Items []Standing `json:"items"`
}

// Standing is what someone may do on a customer, and why.
type Standing struct {
	// Partner is the tenant of the partner whose user, group or app it is.
	Partner string `json:"partner"`
	// PartnerName is that partner's name.
	PartnerName string `json:"partnerName"`
	// One of User, Group and App is there. Who is in a group, the token says.
	User  string `json:"user,omitempty"`
	Group string `json:"group,omitempty"`
	App   string `json:"app,omitempty"`
	// Name is what a known user signs in with, or the name of a known app.
	Name string `json:"name,omitempty"`
	// AgentRoles and DirectoryRoles are held; lapsed ones are left out.
	AgentRoles     []string `json:"agentRoles,omitempty"`
	DirectoryRoles []string `json:"directoryRoles,omitempty"`
	// Relationships are the partner's with the customer.
	Relationships []string `json:"relationships"`
	// Calls are those that are allowed.
	Calls []string `json:"calls"`
	// Why are the reasons, a sentence each.
	Why []string `json:"why"`
}
