package restapi

import (
	"provost/internal/pipe"
	"provost/partnercenter"
)

// listSKUs lists the forms in which a product is sold.
//
//	GET /v1/products/{product}/skus
func (c calls) listSKUs(r *pipe.Request) (pipe.Reply, error) {
	shelf, err := c.shelf(r)
	if err != nil {
		return pipe.Reply{}, err
	}
	segment, _, err := narrowed(r)
	if err != nil {
		return pipe.Reply{}, err
	}
	skus, err := shelf.SKUs(r.Product, segment)
	return pipe.Reply{Body: partnercenter.NewCollection(skus)}, err
}

// getSKU gives one of them.
//
//	GET /v1/products/{product}/skus/{sku}
func (c calls) getSKU(r *pipe.Request) (pipe.Reply, error) {
	shelf, err := c.shelf(r)
	if err != nil {
		return pipe.Reply{}, err
	}
	sku, err := shelf.SKU(r.Product, r.SKU)
	return pipe.Reply{Body: &sku}, err
}

// listCustomerSKUs lists the forms in which a product is sold to a customer.
//
//	GET /v1/customers/{customer}/products/{product}/skus
func (c calls) listCustomerSKUs(r *pipe.Request) (pipe.Reply, error) { return c.listSKUs(r) }

// getCustomerSKU gives one of them.
//
//	GET /v1/customers/{customer}/products/{product}/skus/{sku}
func (c calls) getCustomerSKU(r *pipe.Request) (pipe.Reply, error) { return c.getSKU(r) }
