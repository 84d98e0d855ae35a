package partnercenter

import (
	"context"
	"net/http"
)

// ProfilesClient leads to a customer's profiles.
type ProfilesClient struct {
	// Company is the company as its directory knows it.
	Company *CompanyProfileClient
	// Billing is whom bills go to.
	Billing *BillingProfileClient
}

// CompanyProfileClient asks for a customer's company profile.
type CompanyProfileClient struct{ at place }

// Get gives the company profile. Without a directory role on the customer,
// address and e-mail are left out.
//
// Tokens: App+User. Roles: any agent. Source: reference 1.2.
//
//	GET /v1/customers/{customer}/profiles/company
func (c *CompanyProfileClient) Get(ctx context.Context) (*CustomerCompanyProfile, error) {
	return get[CustomerCompanyProfile](ctx, c.at)
}

// BillingProfileClient asks for a customer's billing profile, and replaces it.
type BillingProfileClient struct{ at place }

// Get gives the billing profile.
//
// Tokens: App+User, app-only. Roles: any agent. Source: reference 1.2.
//
//	GET /v1/customers/{customer}/profiles/billing
func (c *BillingProfileClient) Get(ctx context.Context) (*CustomerBillingProfile, error) {
	return get[CustomerBillingProfile](ctx, c.at)
}

// Put replaces the billing profile; with an etag, only while it is what was read.
// [BillingProfileClient.Update] reads it first.
//
// Tokens: App+User, app-only. Roles: admin agent, sales agent, global admin.
// Errors: [ErrProperty], [ErrStale], [ErrPrecondition]. Source: reference 1.2.
//
//	PUT /v1/customers/{customer}/profiles/billing
func (c *BillingProfileClient) Put(ctx context.Context, profile *CustomerBillingProfile) (*CustomerBillingProfile, error) {
	return write(ctx, c.at, http.MethodPut, profile)
}

// Update reads the billing profile, lets the function change it, and writes it
// with its etag; when somebody else has written in between, it begins again.
// Tokens, roles and errors are those of Get and Put.
func (c *BillingProfileClient) Update(ctx context.Context, change func(*CustomerBillingProfile) error) (*CustomerBillingProfile, error) {
	return update(ctx, c.at.partner.retry, c.Get, c.Put, change)
}
