package restapi

import (
	"provost/internal/pipe"
	"provost/partnercenter"
)

// listAvailabilities lists the ways in which a SKU can be bought.
//
//	GET /v1/products/{product}/skus/{sku}/availabilities
func (c calls) listAvailabilities(r *pipe.Request) (pipe.Reply, error) {
	shelf, err := c.shelf(r)
	if err != nil {
		return pipe.Reply{}, err
	}
	segment, _, err := narrowed(r)
	if err != nil {
		return pipe.Reply{}, err
	}
	availabilities, err := shelf.Availabilities(r.Product, r.SKU, segment)
	return pipe.Reply{Body: partnercenter.NewCollection(availabilities)}, err
}

// getAvailability gives one of them, with its product and SKU.
//
//	GET /v1/products/{product}/skus/{sku}/availabilities/{availability}
func (c calls) getAvailability(r *pipe.Request) (pipe.Reply, error) {
	shelf, err := c.shelf(r)
	if err != nil {
		return pipe.Reply{}, err
	}
	availability, err := shelf.Availability(r.Product, r.SKU, r.Availability)
	return pipe.Reply{Body: &availability}, err
}

// listCustomerAvailabilities lists the ways in which a customer can buy a SKU.
//
//	GET /v1/customers/{customer}/products/{product}/skus/{sku}/availabilities
func (c calls) listCustomerAvailabilities(r *pipe.Request) (pipe.Reply, error) {
	return c.listAvailabilities(r)
}

// getCustomerAvailability gives one of them, with its product and SKU.
//
//	GET /v1/customers/{customer}/products/{product}/skus/{sku}/availabilities/{availability}
func (c calls) getCustomerAvailability(r *pipe.Request) (pipe.Reply, error) {
	return c.getAvailability(r)
}
