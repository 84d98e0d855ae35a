package extension

// Relationships are what partners are to customers, by partner, customer and
// kind.
//
// GET /operator/v1/worlds/{world}/relationships
type Relationships struct {
	Items []Relationship `json:"items"`
	// More says that there are others beyond these: name a partner or a customer.
	More bool `json:"more,omitempty"`
}

// Relationship lets a partner see a customer.
//
// PUT /operator/v1/worlds/{world}/relationships
type Relationship struct {
	// Partner is a partner's tenant; absent in a request: the provider's.
	Partner string `json:"partner,omitempty"`
	// PartnerName is the partner's name, in answers.
	PartnerName string `json:"partnerName,omitempty"`
	Customer    string `json:"customer"`
	// Company is the customer's name, in answers.
	Company string `json:"company,omitempty"`
	// Kind is "reseller" or "delegated-admin".
	Kind string `json:"kind"`
}
