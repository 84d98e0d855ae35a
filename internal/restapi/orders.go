package restapi

import (
	"net/http"

	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/partnercenter"
)

// listOrders lists a customer's orders, all of them or those of one billing
// cycle.
//
//	GET /v1/customers/{customer}/orders
func (c calls) listOrders(r *pipe.Request) (pipe.Reply, error) {
	cycle, err := pipe.QueryEnum[partnercenter.BillingCycle](r.Query, "billingType")
	if err != nil {
		return pipe.Reply{}, err
	}
	prices, err := r.Query.Bool("include_price")
	if err != nil {
		return pipe.Reply{}, err
	}
	orders, err := c.shop.Orders(r.Context(), r.Actor, commerce.OrderQuery{
		Customer: r.Customer, BillingCycle: cycle, Prices: prices,
	})
	return pipe.Reply{Body: partnercenter.NewCollection(orders)}, err
}

// getOrder gives one order.
//
//	GET /v1/customers/{customer}/orders/{order}
func (c calls) getOrder(r *pipe.Request) (pipe.Reply, error) {
	prices, err := r.Query.Bool("include_price")
	if err != nil {
		return pipe.Reply{}, err
	}
	order, err := c.shop.Order(r.Context(), r.Actor, r.Customer, r.Order, prices)
	return pipe.Reply{Body: &order}, err
}

// createOrder buys what an order's lines name.
//
//	POST /v1/customers/{customer}/orders
func (c calls) createOrder(r *pipe.Request) (pipe.Reply, error) {
	prices, err := r.Query.Bool("include_price")
	if err != nil {
		return pipe.Reply{}, err
	}
	asked, err := pipe.Decode[partnercenter.Order](r)
	if err != nil {
		return pipe.Reply{}, err
	}
	order, err := c.shop.PlaceOrder(r.Context(), r.Caller(), r.Customer, asked)
	order = commerce.Priced(order, prices)
	return pipe.Reply{Status: http.StatusCreated, Body: &order}, err
}

// patchOrder buys add-ons, changes how a legacy order is paid, or cancels.
//
//	PATCH /v1/customers/{customer}/orders/{order}
func (c calls) patchOrder(r *pipe.Request) (pipe.Reply, error) {
	prices, err := r.Query.Bool("include_price")
	if err != nil {
		return pipe.Reply{}, err
	}
	asked, err := pipe.DecodePatch[partnercenter.Order](r, commerce.OrderMembers()...)
	if err != nil {
		return pipe.Reply{}, err
	}
	order, err := c.shop.PatchOrder(r.Context(), r.Caller(), r.Customer, r.Order, asked, r.Condition())
	order = commerce.Priced(order, prices)
	return pipe.Reply{Body: &order}, err
}
