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
	// UserCredentials are the first administrator's, in the answer that creates
	// the customer and nowhere else.
	UserCredentials *UserCredentials `json:"userCredentials,omitempty"`
	// CustomDomains needs a directory role on the customer; else left out.
	CustomDomains []string `json:"customDomains,omitzero"`
	// AssociatedPartnerID is the MPN id of the indirect reseller.
	AssociatedPartnerID *string `json:"associatedPartnerId,omitempty"`
	// EnableGDAPByDefault asks, as the customer is created, for delegated
	// administration by the partner; false leaves it out.
	EnableGDAPByDefault *bool              `json:"enableGDAPByDefault,omitempty"`
	Links               *CustomerLinks     `json:"links,omitempty"`
	Attributes          ResourceAttributes `json:"attributes"`
}

// UserCredentials are what a user signs in with.
type UserCredentials struct {
	UserName string `json:"userName"`
	// Password is to be changed at the first sign-in.
	Password string `json:"password"`
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
	Links                          *ProfileLinks      `json:"links,omitempty"`
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
	Links          *ProfileLinks      `json:"links,omitempty"`
	Attributes     ResourceAttributes `json:"attributes"`
}

// ProfileLinks lead on from a profile that is answered by itself.
type ProfileLinks struct {
	Self *Link `json:"self,omitempty"`
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
