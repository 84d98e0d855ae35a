package restapi

import (
	"provost/internal/pipe"
	"provost/partnercenter"
)

// getProvisioningStatus says how the last provisioning of a subscription went
// (documents 000 and 001).
//
//	GET /v1/customers/{customer}/subscriptions/{subscription}/provisioningstatus
func (c calls) getProvisioningStatus(r *pipe.Request) (pipe.Reply, error) {
	status, outlook, err := c.shop.ProvisioningStatus(r.Context(), r.Actor, r.Customer, r.Subscription)
	return pipe.Reply{Body: &status, Outlook: &outlook}, err
}

// getOrderProvisioningStatus says how far each line of an order is provisioned
// (documents 002 and 003).
//
//	GET /v1/customers/{customer}/orders/{order}/provisioningstatus
func (c calls) getOrderProvisioningStatus(r *pipe.Request) (pipe.Reply, error) {
	lines, outlook, err := c.shop.OrderProvisioningStatus(r.Context(), r.Actor, r.Customer, r.Order)
	return pipe.Reply{Body: partnercenter.NewCollection(lines), Outlook: &outlook}, err
}
