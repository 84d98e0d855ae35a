package cli

import (
	"context"
	"errors"
	"strings"

	"provost/partnercenter"
)

// callSeen is a documented call, and whether the token may make it.
type callSeen struct {
	Call string `json:"call"`
	// May is "yes", "no", or "not tried".
	May string `json:"may"`
	Why string `json:"why,omitempty"`
}

// subject is what the calls are tried on; empty where nothing was found.
type subject struct{ customer, subscription, order string }

// mostSought is among how many customers one with an order is looked for.
const mostSought = 20

func (s *session) tryCalls(ctx context.Context, e *examined) {
	var on subject
	on.customer = s.soughtCustomer(ctx)
	s.seek(ctx, &on)
	for flag, into := range map[string]*string{"subscription": &on.subscription, "order": &on.order} {
		if named, _ := s.cmd.Flags().GetString(flag); named != "" {
			*into = named
		}
	}
	customer := s.Customers.ByID(on.customer)
	subscription, order := customer.Subscriptions.ByID(on.subscription), customer.Orders.ByID(on.order)
	const c = "/v1/customers/{customer}"
	for _, try := range []struct {
		call string
		on   string
		make func() error
	}{
		{"GET /v1/customers", "*", func() error { return failure(s.Customers.Page(ctx, partnercenter.CustomerQuery{Size: 1})) }},
		{"GET " + c, on.customer, func() error { return failure(customer.Get(ctx)) }},
		{"GET " + c + "/profiles/company", on.customer, func() error { return failure(customer.Profiles.Company.Get(ctx)) }},
		{"GET " + c + "/profiles/billing", on.customer, func() error { return failure(customer.Profiles.Billing.Get(ctx)) }},
		{"GET " + c + "/agreements", on.customer, func() error {
			for _, err := range customer.Agreements.List(ctx, partnercenter.AgreementQuery{}) {
				return err
			}
			return nil
		}},
		{"GET " + c + "/subscriptions", on.customer, func() error { return failure(customer.Subscriptions.Page(ctx, partnercenter.SubscriptionQuery{})) }},
		{"GET " + c + "/subscriptions/{subscription}", on.subscription, func() error { return failure(subscription.Get(ctx)) }},
		{"GET " + c + "/subscriptions/{subscription}/provisioningstatus", on.subscription, func() error { return failure(subscription.ProvisioningStatus.Get(ctx)) }},
		{"GET " + c + "/orders", on.customer, func() error { return failure(customer.Orders.Page(ctx, partnercenter.OrderQuery{})) }},
		{"GET " + c + "/orders/{order}", on.order, func() error { return failure(order.Get(ctx)) }},
		{"GET " + c + "/orders/{order}/provisioningstatus", on.order, func() error { return failure(order.ProvisioningStatus.Get(ctx)) }},
		{"GET /v1/products", "*", func() error {
			return failure(s.Products.ByCountry("US").Page(ctx, partnercenter.ProductQuery{View: partnercenter.ViewOnlineServices}))
		}},
		{"GET /v1/auditrecords", "*", func() error { return failure(s.AuditRecords.Page(ctx, partnercenter.AuditQuery{Size: 1})) }},
	} {
		seen := callSeen{Call: try.call, May: "not tried", Why: "nothing was found to try it on; flags name it"}
		if try.on != "" {
			seen = tried(try.call, try.make())
		}
		e.Calls = append(e.Calls, seen)
	}
}

func failure[T any](_ T, err error) error { return err }

func tried(call string, err error) callSeen {
	var refused *partnercenter.Error
	switch {
	case err == nil:
		return callSeen{Call: call, May: "yes"}
	case !errors.As(err, &refused):
		return callSeen{call, "not tried", firstLine(err)}
	case refused.StatusCode == 401 || refused.StatusCode == 403:
		return callSeen{call, "no", strings.TrimSpace(refused.Code + " " + refused.Description)}
	case refused.Temporary():
		return callSeen{call, "not tried", refused.Description}
	default:
		return callSeen{call, "yes", "it answered: " + refused.Description}
	}
}

// soughtCustomer is the one that the flag names, else none.
func (s *session) soughtCustomer(ctx context.Context) string {
	named, _ := s.cmd.Flags().GetString("customer")
	if named == "" {
		return ""
	}
	ids, err := s.resolve(ctx, []kind{aCustomer}, []string{named})
	if err != nil {
		return named
	}
	return ids[0]
}

// seek looks for a customer with a subscription and an order.
func (s *session) seek(ctx context.Context, on *subject) {
	if on.customer != "" {
		s.look(ctx, on)
		return
	}
	looked := 0
	for one, err := range s.Customers.List(ctx, partnercenter.CustomerQuery{Size: mostSought}) {
		if looked++; err != nil || looked > mostSought {
			return
		}
		here := subject{customer: one.ID}
		s.look(ctx, &here)
		if on.customer == "" || here.subscription != "" && here.order != "" {
			*on = here
		}
		if on.subscription != "" && on.order != "" {
			return
		}
	}
}

func (s *session) look(ctx context.Context, on *subject) {
	customer := s.Customers.ByID(on.customer)
	for one, err := range customer.Orders.List(ctx, partnercenter.OrderQuery{}) {
		if err == nil {
			on.order = one.ID
		}
		break
	}
	for one, err := range customer.Subscriptions.List(ctx, partnercenter.SubscriptionQuery{}) {
		if err == nil {
			on.subscription = one.ID
		}
		break
	}
}
