package restapi

import (
	"net/http"

	"provost/internal/pipe"
	"provost/partnercenter"
)

// createCart keeps what a customer may buy.
//
//	POST /v1/customers/{customer}/carts
func (c calls) createCart(r *pipe.Request) (pipe.Reply, error) {
	asked, prices, err := readCart(r)
	if err != nil {
		return pipe.Reply{}, err
	}
	cart, err := c.shop.CreateCart(r.Context(), r.Caller(), r.Customer, asked, prices)
	return pipe.Reply{Status: http.StatusCreated, Body: &cart}, err
}

// getCart gives a cart.
//
//	GET /v1/customers/{customer}/carts/{cart}
func (c calls) getCart(r *pipe.Request) (pipe.Reply, error) {
	prices, err := r.Query.Bool("include_price")
	if err != nil {
		return pipe.Reply{}, err
	}
	cart, err := c.shop.Cart(r.Context(), r.Actor, r.Customer, r.Cart, prices)
	return pipe.Reply{Body: &cart}, err
}

// replaceCart keeps other lines in the place of a cart's own.
//
//	PUT /v1/customers/{customer}/carts/{cart}
func (c calls) replaceCart(r *pipe.Request) (pipe.Reply, error) {
	asked, prices, err := readCart(r)
	if err != nil {
		return pipe.Reply{}, err
	}
	cart, err := c.shop.ReplaceCart(r.Context(), r.Caller(), r.Customer, r.Cart, asked, prices)
	return pipe.Reply{Body: &cart}, err
}

// checkoutCart orders what a cart holds; the body says nothing.
//
//	POST /v1/customers/{customer}/carts/{cart}/checkout
func (c calls) checkoutCart(r *pipe.Request) (pipe.Reply, error) {
	prices, err := r.Query.Bool("include_price")
	if err != nil {
		return pipe.Reply{}, err
	}
	result, err := c.shop.CheckoutCart(r.Context(), r.Caller(), r.Customer, r.Cart, prices)
	return pipe.Reply{Status: http.StatusCreated, Body: &result}, err
}

func readCart(r *pipe.Request) (asked partnercenter.Cart, prices bool, err error) {
	if prices, err = r.Query.Bool("include_price"); err != nil {
		return asked, false, err
	}
	asked, err = pipe.Decode[partnercenter.Cart](r)
	return asked, prices, err
}
