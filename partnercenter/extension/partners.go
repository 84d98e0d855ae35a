package extension

// Partners is a page of a world's partners, the provider first, then by name.
//
// GET /operator/v1/worlds/{world}/partners
type Partners struct {
	// Items are the partners of this page; empty, never absent.
	Items []Partner `json:"items"`
	// Next is the "after" of the next page; absent: there is none.
	Next string `json:"next,omitempty"`
}

// Partner is a company that sells in a world.
type Partner struct {
	// ID is the server's own for the partner, a GUID.
	ID string `json:"id"`
	// Tenant is that of its tokens; it names the partner in flags.
	Tenant string `json:"tenant"`
	// Kind is "provider" or "reseller".
	Kind string `json:"kind"`
	// Name is the company's name.
	Name string `json:"name"`
	// MPNID is the partner's number in Microsoft's network; absent: it has none.
	MPNID string `json:"mpnId,omitempty"`
}

// NewPartner adds a reseller to a world.
//
// POST /operator/v1/worlds/{world}/partners
type NewPartner struct {
	// Tenant is one that the server does not know yet.
	Tenant string `json:"tenant"`
	// Name is the company's name.
	Name string `json:"name"`
	// MPNID is its number in Microsoft's network, which orders name a reseller by.
	MPNID string `json:"mpnId,omitempty"`
}
