package extension

// Relationships is a page of what partners are to customers, by partner,
// customer and kind; of one customer, by kind and partner.
//
// GET /operator/v1/worlds/{world}/relationships
type Relationships struct {
	// Items are the relationships of this page; empty, never absent.
	Items []Relationship `json:"items"`
	// Next is the "after" of the next page; absent: there is none.
	Next string `json:"next,omitempty"`
}

// Relationship lets a partner see a customer.
//
// PUT /operator/v1/worlds/{world}/relationships
type Relationship struct {
	// Partner is a partner's tenant; absent in a request: the provider's.
	Partner string `json:"partner,omitempty"`
	// PartnerName is the partner's name, in answers.
	PartnerName string `json:"partnerName,omitempty"`
	// Customer is the customer's id, a GUID.
	Customer string `json:"customer"`
	// Company is the customer's name, in answers.
	Company string `json:"company,omitempty"`
	// Kind is "reseller" or "delegated-admin".
	Kind string `json:"kind"`
}
