// Package restapi is door 1: the Partner Center protocol for customers, orders,
// subscriptions and their provisioning status.
//
// Each call is one row of routes() and one function. It knows neither SQL nor
// how answers are written.
package restapi

import (
	"net/http"
	"strings"

	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/partnercenter"
)

type calls struct{ shop *commerce.Service }

// New returns the door.
func New(p *pipe.Pipe, shop *commerce.Service) http.Handler {
	return p.Routes(throttle(routes(calls{shop})), reserved...)
}

// OnCustomers are the calls on one customer, by method and path, and what they
// ask of their callers.
func OnCustomers() []commerce.Call {
	var named []commerce.Call
	for _, rt := range routes(calls{}) {
		if strings.Contains(rt.Path, "{customer}") {
			named = append(named, commerce.Call{Name: rt.Method + " " + rt.Path, Access: rt.Access})
		}
	}
	return named
}

// Who may make a call (decisions 10 and 11 of the documents' open questions,
// docs/adr/0002).
var (
	// agents: any agent of the partner, and its registered apps.
	agents = commerce.Access{AppOnly: true, Roles: []commerce.AgentRole{
		commerce.AdminAgent, commerce.SalesAgent, commerce.HelpdeskAgent, commerce.GlobalAdmin,
	}}
	// sellers: who may write (decision 11), and the partner's registered apps.
	sellers = commerce.Access{AppOnly: true, Roles: []commerce.AgentRole{commerce.AdminAgent, commerce.SalesAgent, commerce.GlobalAdmin}}
	// people and sellingPeople: the same without apps (App+User alone).
	people        = commerce.Access{Roles: agents.Roles}
	sellingPeople = commerce.Access{Roles: sellers.Roles}
	// admins: documents 002 and 003, "Global admin | Admin agent".
	admins = commerce.Access{Roles: []commerce.AgentRole{commerce.AdminAgent, commerce.GlobalAdmin}}
	// readers: document 001, "Directory Reader" or "Global Reader".
	readers = commerce.Access{Directory: []commerce.DirectoryRole{commerce.DirectoryReader, commerce.GlobalReader}}
)

// refuses names the refusals of a row's own.
func refuses(refusals ...*partnercenter.Error) []*partnercenter.Error { return refusals }

// unsold are the refusals of whatever sells by the line.
func unsold() []*partnercenter.Error {
	return refuses(partnercenter.ErrEnum, partnercenter.ErrOfferID, partnercenter.ErrNotInCountry,
		partnercenter.ErrBillingCycle, partnercenter.ErrTermEnd, partnercenter.ErrQuantity, partnercenter.ErrLineQuantity, partnercenter.ErrAddon,
		partnercenter.ErrAttestation, partnercenter.ErrPartnerAttestation, partnercenter.ErrPartnerUnknown, partnercenter.ErrReseller, partnercenter.ErrPartnerID,
		partnercenter.ErrAgreement, partnercenter.ErrSubscriptionLimit, partnercenter.ErrSeatLimit)
}

// routes is the API and its authorisation, a row a call.
func routes(c calls) []pipe.Route {
	var (
		noFilter       = partnercenter.ErrFilter
		noWord         = partnercenter.ErrEnum
		noSubscription = partnercenter.ErrSubscriptionNotFound
		noOrder        = partnercenter.ErrOrderNotFound
		noProvisioning = partnercenter.ErrNoProvisioning
		noLine         = partnercenter.ErrLineNumbers
		noCountry      = partnercenter.ErrNotInCountry
		noCart         = partnercenter.ErrCartNotFound
		cartOrdered    = partnercenter.ErrCartOrdered
		staleStrict    = partnercenter.ErrPrecondition
		notHere        = partnercenter.ErrNotHere
		invalid        = partnercenter.ErrProperty
		taken          = partnercenter.ErrConflict
		full           = partnercenter.ErrCustomerLimit
		stale          = partnercenter.ErrStale
		noReseller     = partnercenter.ErrReseller
		noMarket       = partnercenter.ErrMarket
		noView         = partnercenter.ErrView
		noProduct      = partnercenter.ErrProductNotFound
		noSKU          = partnercenter.ErrSKUNotFound
		noAvailability = partnercenter.ErrAvailabilityNotFound
	)
	return append([]pipe.Route{
		{Method: "GET", Path: "/v1/customers", Access: agents, Answers: refuses(noFilter, noWord), Serve: c.listCustomers},
		{Method: "GET", Path: "/v1/customers/{customer}", Access: agents, Serve: c.getCustomer},
		{Method: "POST", Path: "/v1/customers", Access: sellers, Answers: refuses(invalid, taken, full, notHere, noReseller,
			partnercenter.ErrNumberUnsupported, partnercenter.ErrNumberMissing, partnercenter.ErrNumberInvalid, partnercenter.ErrPhoneMissing), Serve: c.createCustomer, InWrite: true},
		{Method: "PATCH", Path: "/v1/customers/{customer}", Access: sellingPeople, Answers: refuses(noWord, taken), Serve: c.patchCustomer, InWrite: true},
		{Method: "DELETE", Path: "/v1/customers/{customer}", Access: sellers, Answers: refuses(notHere, taken), Serve: c.deleteCustomer, InWrite: true},
		{Method: "GET", Path: "/v1/customers/{customer}/profiles/company", Access: people, Serve: c.getCompanyProfile},
		{Method: "GET", Path: "/v1/customers/{customer}/profiles/billing", Access: agents, Serve: c.getBillingProfile},
		{Method: "PUT", Path: "/v1/customers/{customer}/profiles/billing", Access: sellers, Answers: refuses(invalid, stale, partnercenter.ErrPrecondition), Serve: c.putBillingProfile, InWrite: true},
		{Method: "GET", Path: "/v1/customers/{customer}/agreements", Access: people, Answers: refuses(noWord), Serve: c.listAgreements},
		{Method: "POST", Path: "/v1/customers/{customer}/agreements", Access: sellingPeople, Answers: refuses(noWord, invalid, partnercenter.ErrAgreementExists), Serve: c.createAgreement, InWrite: true},
		{Method: "HEAD", Path: "/v1/domains/{domain}", Access: agents, Answers: refuses(partnercenter.ErrNotFound), Serve: c.headDomain},

		{Method: "GET", Path: "/v1/customers/{customer}/subscriptions", Access: agents, Serve: c.listSubscriptions, Kept: true},
		{Method: "GET", Path: "/v1/customers/{customer}/subscriptions/{subscription}", Access: agents, Answers: refuses(noSubscription), Serve: c.getSubscription, Kept: true},
		{Method: "PATCH", Path: "/v1/customers/{customer}/subscriptions/{subscription}", Access: sellers, Answers: patchRefusals(), Serve: c.patchSubscription, InWrite: true},
		{Method: "GET", Path: "/v1/customers/{customer}/subscriptions/{subscription}/addons", Access: agents, Answers: refuses(noSubscription), Serve: c.listAddons},
		{Method: "GET", Path: "/v1/customers/{customer}/subscriptions/{subscription}/provisioningstatus", Access: readers, Answers: refuses(noSubscription, noProvisioning), Serve: c.getProvisioningStatus, Kept: true},

		{Method: "GET", Path: "/v1/customers/{customer}/orders", Access: agents, Answers: refuses(noWord), Serve: c.listOrders},
		{Method: "POST", Path: "/v1/customers/{customer}/orders", Access: sellers, Answers: append(unsold(), noLine, partnercenter.ErrCurrency), Serve: c.createOrder, InWrite: true},
		{Method: "GET", Path: "/v1/customers/{customer}/orders/{order}", Access: agents, Answers: refuses(noOrder), Serve: c.getOrder},
		{Method: "PATCH", Path: "/v1/customers/{customer}/orders/{order}", Access: sellers, Answers: append(unsold(), noOrder, noLine, stale, staleStrict,
			partnercenter.ErrCycleInactive, partnercenter.ErrCycleUnsold, partnercenter.ErrPatchSubscription, partnercenter.ErrOrderPending,
			partnercenter.ErrNotCancellable, partnercenter.ErrCancelSandbox, partnercenter.ErrCancelSaaS), Serve: c.patchOrder, InWrite: true},
		{Method: "GET", Path: "/v1/customers/{customer}/orders/{order}/provisioningstatus", Access: admins, Answers: refuses(noOrder), Serve: c.getOrderProvisioningStatus, Kept: true},

		{Method: "POST", Path: "/v1/customers/{customer}/carts", Access: sellers, Answers: refuses(noCountry), Serve: c.createCart, InWrite: true},
		{Method: "GET", Path: "/v1/customers/{customer}/carts/{cart}", Access: agents, Answers: refuses(noCart), Serve: c.getCart},
		{Method: "PUT", Path: "/v1/customers/{customer}/carts/{cart}", Access: sellers, Answers: refuses(noCountry, noCart, cartOrdered), Serve: c.replaceCart, InWrite: true},
		{Method: "POST", Path: "/v1/customers/{customer}/carts/{cart}/checkout", Access: sellers, Answers: refuses(noCountry, noCart, cartOrdered), Serve: c.checkoutCart, InWrite: true},

		{Method: "GET", Path: "/v1/products", Access: agents, Answers: refuses(noMarket, noView, noWord), Serve: c.listProducts},
		{Method: "GET", Path: "/v1/products/{product}", Access: agents, Answers: refuses(noMarket, noProduct), Serve: c.getProduct},
		{Method: "GET", Path: "/v1/products/{product}/skus", Access: agents, Answers: refuses(noMarket, noWord, noProduct), Serve: c.listSKUs},
		{Method: "GET", Path: "/v1/products/{product}/skus/{sku}", Access: agents, Answers: refuses(noMarket, noProduct, noSKU), Serve: c.getSKU},
		{Method: "GET", Path: "/v1/products/{product}/skus/{sku}/availabilities", Access: agents, Answers: refuses(noMarket, noWord, noProduct, noSKU), Serve: c.listAvailabilities},
		{Method: "GET", Path: "/v1/products/{product}/skus/{sku}/availabilities/{availability}", Access: agents, Answers: refuses(noMarket, noProduct, noSKU, noAvailability), Serve: c.getAvailability},

		{Method: "GET", Path: "/v1/customers/{customer}/products", Access: agents, Answers: refuses(noView, noWord), Serve: c.listCustomerProducts},
		{Method: "GET", Path: "/v1/customers/{customer}/products/{product}", Access: agents, Answers: refuses(noProduct), Serve: c.getCustomerProduct},
		{Method: "GET", Path: "/v1/customers/{customer}/products/{product}/skus", Access: agents, Answers: refuses(noWord, noProduct), Serve: c.listCustomerSKUs},
		{Method: "GET", Path: "/v1/customers/{customer}/products/{product}/skus/{sku}", Access: agents, Answers: refuses(noProduct, noSKU), Serve: c.getCustomerSKU},
		{Method: "GET", Path: "/v1/customers/{customer}/products/{product}/skus/{sku}/availabilities", Access: agents, Answers: refuses(noWord, noProduct, noSKU), Serve: c.listCustomerAvailabilities},
		{Method: "GET", Path: "/v1/customers/{customer}/products/{product}/skus/{sku}/availabilities/{availability}", Access: agents, Answers: refuses(noProduct, noSKU, noAvailability), Serve: c.getCustomerAvailability},

		{Method: "GET", Path: "/v1/auditrecords", Access: agents, Answers: refuses(noFilter, noWord), Serve: c.listAuditRecords},
	}, c.waiting()...)
}

// reserved are calls of the wider API whose literal stands where an id could
// (reference 8.1); they answer nothing here yet, and are no ids.
var reserved = []string{
	"/v1/customers/all",
	"/v1/customers/relationshiprequests",
	"/v1/customers/usagerecords",
	"/v1/customers/{customer}/subscriptions/customTermEndDates",
	"/v1/customers/{customer}/subscriptions/overage",
	"/v1/customers/{customer}/subscriptions/usagerecords",
}
