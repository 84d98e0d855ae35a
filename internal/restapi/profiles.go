package restapi

import (
	"provost/internal/pipe"
	"provost/partnercenter"
)

// getCompanyProfile gives a customer as its directory knows it.
//
//	GET /v1/customers/{customer}/profiles/company
func (c calls) getCompanyProfile(r *pipe.Request) (pipe.Reply, error) {
	profile, err := c.shop.CompanyProfile(r.Context(), r.Actor, r.Customer)
	return pipe.Reply{Body: &profile}, err
}

// getBillingProfile gives whom a customer's bills go to.
//
//	GET /v1/customers/{customer}/profiles/billing
func (c calls) getBillingProfile(r *pipe.Request) (pipe.Reply, error) {
	profile, err := c.shop.BillingProfile(r.Context(), r.Actor, r.Customer)
	return pipe.Reply{Body: &profile}, err
}

// putBillingProfile replaces a customer's billing profile.
//
//	PUT /v1/customers/{customer}/profiles/billing
func (c calls) putBillingProfile(r *pipe.Request) (pipe.Reply, error) {
	asked, err := pipe.Decode[partnercenter.CustomerBillingProfile](r)
	if err != nil {
		return pipe.Reply{}, err
	}
	profile, err := c.shop.PutBillingProfile(r.Context(), r.Caller(), r.Customer, asked, r.Condition())
	return pipe.Reply{Body: &profile}, err
}
