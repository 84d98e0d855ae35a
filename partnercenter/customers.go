package partnercenter

// Customer is a company that buys through the partner (reference 2.9). Lists
// carry the light form: ID, CompanyProfile and RelationshipToPartner.
type Customer struct {
	// ID is the customer's tenant id, a GUID.
	ID             string                  `json:"id"`
	CommerceID     *string                 `json:"commerceId,omitempty"`
	CompanyProfile *CustomerCompanyProfile `json:"companyProfile,omitempty"`
	// BillingProfile is in the single form alone.
	BillingProfile        *CustomerBillingProfile `json:"billingProfile,omitempty"`
	RelationshipToPartner CustomerRelationship    `json:"relationshipToPartner"`
	// AllowDelegatedAccess says whether the partner administers the customer's
	// directory; in the single form alone.
	AllowDelegatedAccess *bool `json:"allowDelegatedAccess,omitempty"`
	// CustomDomains needs a directory role on the customer; else left out.
	CustomDomains []string `json:"customDomains,omitzero"`
	// AssociatedPartnerID is the MPN id of the indirect reseller.
	AssociatedPartnerID *string            `json:"associatedPartnerId,omitempty"`
	Links               *CustomerLinks     `json:"links,omitempty"`
	Attributes          ResourceAttributes `json:"attributes"`
}

// CustomerLinks lead on from a [Customer].
type CustomerLinks struct {
	Self *Link `json:"self,omitempty"`
}

// CustomerCompanyProfile is the company as its directory knows it.
type CustomerCompanyProfile struct {
	TenantID    string `json:"tenantId"`
	Domain      string `json:"domain"`
	CompanyName string `json:"companyName"`
	// Address and Email need a directory role on the customer; else left out.
	Address                        *Address           `json:"address,omitempty"`
	Email                          *string            `json:"email,omitempty"`
	OrganizationRegistrationNumber *string            `json:"organizationRegistrationNumber,omitempty"`
	Attributes                     ResourceAttributes `json:"attributes"`
}

// CustomerBillingProfile is whom bills go to.
type CustomerBillingProfile struct {
	ID        string  `json:"id"`
	FirstName *string `json:"firstName,omitempty"`
	LastName  *string `json:"lastName,omitempty"`
	Email     *string `json:"email,omitempty"`
	// Culture is such as "en-US"; Language such as "en".
	Culture        *string            `json:"culture,omitempty"`
	Language       *string            `json:"language,omitempty"`
	CompanyName    *string            `json:"companyName,omitempty"`
	DefaultAddress *Address           `json:"defaultAddress,omitempty"`
	Attributes     ResourceAttributes `json:"attributes"`
}

// Address is a postal address and the person there.
type Address struct {
	// Country is two letters (ISO 3166).
	Country      string  `json:"country"`
	Region       *string `json:"region,omitempty"`
	City         *string `json:"city,omitempty"`
	State        *string `json:"state,omitempty"`
	AddressLine1 *string `json:"addressLine1,omitempty"`
	AddressLine2 *string `json:"addressLine2,omitempty"`
	PostalCode   *string `json:"postalCode,omitempty"`
	FirstName    *string `json:"firstName,omitempty"`
	MiddleName   *string `json:"middleName,omitempty"`
	LastName     *string `json:"lastName,omitempty"`
	PhoneNumber  *string `json:"phoneNumber,omitempty"`
}
