package restapi

import (
	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/partnercenter"
)

// shelf is what the call's answer is taken from: what is sold to the customer
// of the path, or else in the country of the query.
func (c calls) shelf(r *pipe.Request) (commerce.Shelf, error) {
	if r.Customer != "" {
		return c.shop.ShelfFor(r.Context(), r.Actor, r.Customer)
	}
	return c.shop.ShelfIn(r.Query["country"])
}

// narrowed reads the words that any list of the catalogue is narrowed by.
func narrowed(r *pipe.Request) (partnercenter.Segment, partnercenter.ReservationScope, error) {
	segment, err := pipe.QueryEnum[partnercenter.Segment](r.Query, "targetSegment")
	if err != nil {
		return "", "", err
	}
	scope, err := pipe.QueryEnum[partnercenter.ReservationScope](r.Query, "reservationScope")
	return segment, scope, err
}

// readView reads which part of the catalogue is asked for.
func readView(r *pipe.Request) (partnercenter.CatalogView, error) {
	text := r.Query["targetview"]
	view, known := partnercenter.ParseEnum[partnercenter.CatalogView](text)
	words := append([]string{"targetView"}, view.Words()...)
	switch {
	case text == "":
		return "", partnercenter.ErrInput.About(words...)
	case !known:
		return "", partnercenter.ErrView.About(words...)
	default:
		return view, nil
	}
}

// listProducts lists what is sold in a country, a view at a time.
//
//	GET /v1/products
func (c calls) listProducts(r *pipe.Request) (pipe.Reply, error) {
	shelf, err := c.shelf(r)
	if err != nil {
		return pipe.Reply{}, err
	}
	view, err := readView(r)
	if err != nil {
		return pipe.Reply{}, err
	}
	segment, scope, err := narrowed(r)
	if err != nil {
		return pipe.Reply{}, err
	}
	products, err := shelf.Products(commerce.ProductQuery{View: view, Segment: segment, Scope: scope})
	return pipe.Reply{Body: partnercenter.NewCollection(products)}, err
}

// getProduct gives one product.
//
//	GET /v1/products/{product}
func (c calls) getProduct(r *pipe.Request) (pipe.Reply, error) {
	shelf, err := c.shelf(r)
	if err != nil {
		return pipe.Reply{}, err
	}
	product, err := shelf.Product(r.Product)
	return pipe.Reply{Body: &product}, err
}

// listCustomerProducts lists what is sold to a customer, a view at a time.
//
//	GET /v1/customers/{customer}/products
func (c calls) listCustomerProducts(r *pipe.Request) (pipe.Reply, error) { return c.listProducts(r) }

// getCustomerProduct gives one product that is sold to a customer.
//
//	GET /v1/customers/{customer}/products/{product}
func (c calls) getCustomerProduct(r *pipe.Request) (pipe.Reply, error) { return c.getProduct(r) }
