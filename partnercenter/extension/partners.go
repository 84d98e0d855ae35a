package extension

// Partners is a page of a world's partners, the provider first, then by name.
//
// GET /operator/v1/worlds/{world}/partners
type Partners struct {
	Items []Partner `json:"items"`
	// Next is the "after" of the next page; absent: there is none.
	Next string `json:"next,omitempty"`
}

// Partner is a company that sells in a world.
type Partner struct {
	ID string `json:"id"`
	// Tenant is that of its tokens; it names the partner in flags.
	Tenant string `json:"tenant"`
	// Kind is "provider" or "reseller".
	Kind  string `json:"kind"`
	Name  string `json:"name"`
	MPNID string `json:"mpnId,omitempty"`
}

// NewPartner adds a reseller to a world.
//
// POST /operator/v1/worlds/{world}/partners
type NewPartner struct {
	// Tenant is one that the server does not know yet.
	Tenant string `json:"tenant"`
	Name   string `json:"name"`
	MPNID  string `json:"mpnId,omitempty"`
}
