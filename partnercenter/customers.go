package partnercenter

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"strconv"
)

// Customer is a company that buys through the partner (reference 2.9). Lists
// carry the light form: ID, CompanyProfile and RelationshipToPartner.
type Customer struct {
	// ID is the customer's tenant id, a GUID.
	ID string `json:"id"`
	// CommerceID is a GUID of the commerce system's own, set by the service.
	CommerceID *string `json:"commerceId,omitempty"`
	// CompanyProfile is the company as its directory knows it; in lists, its names and
	// ids alone.
	CompanyProfile *CustomerCompanyProfile `json:"companyProfile,omitempty"`
	// BillingProfile is in the single form alone.
	BillingProfile *CustomerBillingProfile `json:"billingProfile,omitempty"`
	// RelationshipToPartner is what the customer is to the partner that asks; a PATCH
	// to "none" ends it.
	RelationshipToPartner CustomerRelationship `json:"relationshipToPartner"`
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
	EnableGDAPByDefault *bool `json:"enableGDAPByDefault,omitempty"`
	// Links lead to the customer itself.
	Links *CustomerLinks `json:"links,omitempty"`
	// Attributes name the type "Customer".
	Attributes ResourceAttributes `json:"attributes"`

	// Raw is the resource as the client read it. What is written back keeps those
	// members of it that this package does not know.
	Raw json.RawMessage `json:"-"`
}

// UserCredentials are what a user signs in with.
type UserCredentials struct {
	// UserName is the part of the sign-in name before the customer's domain.
	UserName string `json:"userName"`
	// Password is to be changed at the first sign-in.
	Password string `json:"password"`
}

// CustomerLinks lead on from a [Customer].
type CustomerLinks struct {
	// Self leads to the customer.
	Self *Link `json:"self,omitempty"`
}

// CustomerCompanyProfile is the company as its directory knows it.
type CustomerCompanyProfile struct {
	// TenantID is the customer's tenant, a GUID, and its id.
	TenantID string `json:"tenantId"`
	// Domain is the tenant's first, such as "contoso.onmicrosoft.com".
	Domain string `json:"domain"`
	// CompanyName is the company's name.
	CompanyName string `json:"companyName"`
	// Address and Email need a directory role on the customer; else left out.
	Address *Address `json:"address,omitempty"`
	Email   *string  `json:"email,omitempty"`
	// OrganizationRegistrationNumber is the company's in its country's register;
	// absent when none was given.
	OrganizationRegistrationNumber *string `json:"organizationRegistrationNumber,omitempty"`
	// Links lead to the profile itself.
	Links *ProfileLinks `json:"links,omitempty"`
	// Attributes name the type "CustomerCompanyProfile".
	Attributes ResourceAttributes `json:"attributes"`
}

// CustomerBillingProfile is whom bills go to.
type CustomerBillingProfile struct {
	// ID is the profile's, set by the service.
	ID string `json:"id"`
	// FirstName, LastName and Email are those of the person whom bills go to.
	FirstName *string `json:"firstName,omitempty"`
	LastName  *string `json:"lastName,omitempty"`
	Email     *string `json:"email,omitempty"`
	// Culture is such as "en-US"; Language such as "en".
	Culture  *string `json:"culture,omitempty"`
	Language *string `json:"language,omitempty"`
	// CompanyName is the name on the bill.
	CompanyName *string `json:"companyName,omitempty"`
	// DefaultAddress is where bills go; its country is the customer's market.
	DefaultAddress *Address `json:"defaultAddress,omitempty"`
	// Links lead to the profile itself.
	Links *ProfileLinks `json:"links,omitempty"`
	// Attributes hold the etag that a replacement is checked against.
	Attributes ResourceAttributes `json:"attributes"`

	// Raw is the resource as the client read it. What is written back keeps those
	// members of it that this package does not know.
	Raw json.RawMessage `json:"-"`
}

// ProfileLinks lead on from a profile that is answered by itself.
type ProfileLinks struct {
	// Self leads to the profile.
	Self *Link `json:"self,omitempty"`
}

// Address is a postal address and the person there.
type Address struct {
	// Country is two letters (ISO 3166).
	Country string `json:"country"`
	// Region is a part of the country, where one is told beside State.
	Region *string `json:"region,omitempty"`
	// City is the town's name.
	City *string `json:"city,omitempty"`
	// State is the state or province, two characters at most.
	State *string `json:"state,omitempty"`
	// AddressLine1 is the street and number, AddressLine2 what does not fit there.
	AddressLine1 *string `json:"addressLine1,omitempty"`
	AddressLine2 *string `json:"addressLine2,omitempty"`
	// PostalCode is in the country's own form.
	PostalCode *string `json:"postalCode,omitempty"`
	// FirstName, MiddleName, LastName and PhoneNumber are those of the person there.
	FirstName   *string `json:"firstName,omitempty"`
	MiddleName  *string `json:"middleName,omitempty"`
	LastName    *string `json:"lastName,omitempty"`
	PhoneNumber *string `json:"phoneNumber,omitempty"`
}

// CustomersClient asks for the partner's customers.
type CustomersClient struct{ at place }

// CustomerQuery narrows a list of customers.
type CustomerQuery struct {
	// Size is how many a page holds; 0 leaves that to the service.
	Size int
	// Filter narrows the list by the beginning of a member.
	Filter *CustomerFilter
	// Next is the link of the page before, links.next: the list begins after that
	// page, and the rest of the query does not count.
	Next *Link
}

// CustomerFilter is a member of a customer and how its value begins (reference
// 7.7).
type CustomerFilter struct {
	// Field is "CompanyName", "Domain", "IndirectReseller" or
	// "IndirectCloudSolutionProvider".
	Field string `json:"Field"`
	// Value is how the field's value begins; case does not count.
	Value string `json:"Value"`
	// Operator is "starts_with" when it is empty.
	Operator string `json:"Operator"`
}

func (c *CustomersClient) list(q CustomerQuery) (place, error) {
	size, filter := "", ""
	if q.Size > 0 {
		size = strconv.Itoa(q.Size)
	}
	if q.Filter != nil {
		asked := *q.Filter
		asked.Operator = firstOf(asked.Operator, "starts_with")
		text, err := json.Marshal(asked)
		if err != nil {
			return place{}, err
		}
		filter = string(text)
	}
	return c.at.asked("size", size, "filter", filter), nil
}

// List walks the customers, page by page, in the light form.
//
// Tokens: App+User, app-only. Roles: any agent. Errors: [ErrFilter], [ErrEnum].
// Source: reference 1.2 and 7.7.
//
//	GET /v1/customers
func (c *CustomersClient) List(ctx context.Context, q CustomerQuery) iter.Seq2[*Customer, error] {
	first, err := c.list(q)
	if err != nil {
		return func(yield func(*Customer, error) bool) { yield(nil, err) }
	}
	return each[Customer](ctx, first, q.Next)
}

// Page gives one page of them: the first, or the one that q.Next leads to.
//
// Tokens: App+User, app-only. Roles: any agent. Errors: [ErrFilter], [ErrEnum].
// Source: reference 1.2 and 7.7.
//
//	GET /v1/customers
func (c *CustomersClient) Page(ctx context.Context, q CustomerQuery) (*Collection[Customer], error) {
	first, err := c.list(q)
	if err != nil {
		return nil, err
	}
	return page[Customer](ctx, first, q.Next)
}

// Create makes a customer: a tenant, its first administrator, and the partner's
// relationship with it. CompanyProfile needs Domain; BillingProfile the name,
// e-mail, culture, language and address. The answer holds the administrator's
// UserCredentials, once.
//
// Tokens: App+User, app-only. Roles: admin agent, sales agent, global admin.
// Errors: [ErrProperty], [ErrConflict], [ErrCustomerLimit], [ErrNotHere],
// [ErrReseller], [ErrNumberUnsupported], [ErrNumberMissing], [ErrNumberInvalid],
// [ErrPhoneMissing]. Source: reference 1.2.
//
//	POST /v1/customers
func (c *CustomersClient) Create(ctx context.Context, customer *Customer) (*Customer, error) {
	return write(ctx, c.at, http.MethodPost, customer)
}

// ByID leads to one customer.
func (c *CustomersClient) ByID(id string) *CustomerClient {
	at := c.at.id("customer", id)
	return &CustomerClient{
		at:            at,
		Subscriptions: &SubscriptionsClient{at: at.in("subscriptions")},
		Orders:        &OrdersClient{at: at.in("orders")},
		Carts:         &CartsClient{at: at.in("carts")},
		Products:      &ProductsClient{at: at.in("products")},
		Agreements:    &AgreementsClient{at: at.in("agreements")},
		Profiles: &ProfilesClient{
			Company: &CompanyProfileClient{at: at.in("profiles").in("company")},
			Billing: &BillingProfileClient{at: at.in("profiles").in("billing")},
		},
	}
}

// CustomerClient asks for one customer and what is the customer's.
type CustomerClient struct {
	// Subscriptions are what the customer holds.
	Subscriptions *SubscriptionsClient
	// Orders are what was bought for the customer.
	Orders *OrdersClient
	// Carts are what is about to be bought.
	Carts *CartsClient
	// Products are what is sold to the customer.
	Products *ProductsClient
	// Agreements are what the customer has accepted.
	Agreements *AgreementsClient
	// Profiles say who the customer is, and whom bills go to.
	Profiles *ProfilesClient

	at place
}

// Get gives the customer. Without a directory role on the customer, address,
// e-mail and custom domains are left out.
//
// Tokens: App+User, app-only. Roles: any agent. Source: reference 1.2.
//
//	GET /v1/customers/{customer}
func (c *CustomerClient) Get(ctx context.Context) (*Customer, error) {
	return get[Customer](ctx, c.at)
}

// Patch ends the relationship with the customer, where RelationshipToPartner is
// [RelationshipNone]; nothing else can be changed. Everything that the customer
// holds has to be suspended before.
//
// Tokens: App+User. Roles: admin agent, sales agent, global admin. Errors:
// [ErrEnum], [ErrConflict]. Source: reference 1.2.
//
//	PATCH /v1/customers/{customer}
func (c *CustomerClient) Patch(ctx context.Context, customer *Customer) (*Customer, error) {
	return write(ctx, c.at, http.MethodPatch, customer)
}

// Delete removes a customer of a sandbox.
//
// Tokens: App+User, app-only. Roles: admin agent, sales agent, global admin.
// Errors: [ErrNotHere], [ErrConflict]. Source: reference 1.2.
//
//	DELETE /v1/customers/{customer}
func (c *CustomerClient) Delete(ctx context.Context) error {
	_, err := c.at.send(ctx, call{method: http.MethodDelete})
	return err
}
