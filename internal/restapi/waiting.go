package restapi

import (
	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/partnercenter"
)

// notYet is the answer of calls that the service admits and does not do.
func notYet(what string) (pipe.Reply, error) {
	return pipe.Reply{}, commerce.Refuse(partnercenter.ErrNotImplemented.About(what),
		"this service does not do %s; what it does: /docs", what)
}

// waiting are the calls that are admitted like all others and answer 501: a
// client learns that the service does not do this, not that there is no such
// thing.
func (c calls) waiting() []pipe.Route {
	notYet := partnercenter.ErrNotImplemented
	return []pipe.Route{
		{Method: "GET", Path: "/v1/customers/{customer}/orders/{order}/activationlinks", Access: agents, Answers: refuses(notYet), Serve: c.listOrderActivationLinks},
		{Method: "GET", Path: "/v1/customers/{customer}/orders/{order}/lineitems/{line}/activationlinks", Access: agents, Answers: refuses(notYet), Serve: c.listLineActivationLinks},
		{Method: "GET", Path: "/v1/customers/{customer}/subscriptions/{subscription}/activationlinks", Access: agents, Answers: refuses(notYet), Serve: c.listActivationLinks},
		{Method: "POST", Path: "/v1/customers/{customer}/subscriptions/{subscription}/activate", Access: sellers, Answers: refuses(notYet), Serve: c.activateSubscription},
		{Method: "GET", Path: "/v1/customers/{customer}/subscriptions/{subscription}/conversions", Access: people, Answers: refuses(notYet), Serve: c.listConversions},
		{Method: "POST", Path: "/v1/customers/{customer}/subscriptions/{subscription}/conversions", Access: sellingPeople, Answers: refuses(notYet), Serve: c.createConversion},
		{Method: "GET", Path: "/v1/customers/{customer}/subscriptions/{subscription}/transitionEligibilities", Access: agents, Answers: refuses(notYet), Serve: c.listTransitionEligibilities},
		{Method: "GET", Path: "/v1/customers/{customer}/subscriptions/{subscription}/transitions", Access: agents, Answers: refuses(notYet), Serve: c.listTransitions},
		{Method: "POST", Path: "/v1/customers/{customer}/subscriptions/{subscription}/transitions", Access: sellers, Answers: refuses(notYet), Serve: c.createTransition},
		{Method: "GET", Path: "/v1/customers/{customer}/subscriptions/{subscription}/upgrades", Access: agents, Answers: refuses(notYet), Serve: c.listUpgrades},
		{Method: "POST", Path: "/v1/customers/{customer}/subscriptions/{subscription}/upgrades", Access: sellers, Answers: refuses(notYet), Serve: c.createUpgrade},
		{Method: "GET", Path: "/v1/customers/{customer}/subscriptions/{subscription}/supportcontact", Access: people, Answers: refuses(notYet), Serve: c.getSupportContact},
		{Method: "PUT", Path: "/v1/customers/{customer}/subscriptions/{subscription}/supportcontact", Access: sellingPeople, Answers: refuses(notYet), Serve: c.putSupportContact},
		{Method: "POST", Path: "/v1/customers/{customer}/subscriptions/{subscription}/registrations", Access: sellers, Answers: refuses(notYet), Serve: c.registerSubscription},
		{Method: "GET", Path: "/v1/customers/{customer}/subscriptions/{subscription}/registrationstatus", Access: agents, Answers: refuses(notYet), Serve: c.getRegistrationStatus},
	}
}

// listOrderActivationLinks would list the marketplace's links for an order.
//
//	GET /v1/customers/{customer}/orders/{order}/activationlinks
func (c calls) listOrderActivationLinks(*pipe.Request) (pipe.Reply, error) {
	return notYet("activation links")
}

// listLineActivationLinks would list the marketplace's links for an order line.
//
//	GET /v1/customers/{customer}/orders/{order}/lineitems/{line}/activationlinks
func (c calls) listLineActivationLinks(*pipe.Request) (pipe.Reply, error) {
	return notYet("activation links")
}

// listActivationLinks would list the marketplace's links for a subscription.
//
//	GET /v1/customers/{customer}/subscriptions/{subscription}/activationlinks
func (c calls) listActivationLinks(*pipe.Request) (pipe.Reply, error) {
	return notYet("activation links")
}

// activateSubscription would activate a marketplace subscription of a sandbox.
//
//	POST /v1/customers/{customer}/subscriptions/{subscription}/activate
func (c calls) activateSubscription(*pipe.Request) (pipe.Reply, error) {
	return notYet("marketplace activation")
}

// listConversions would list what a trial can be converted to.
//
//	GET /v1/customers/{customer}/subscriptions/{subscription}/conversions
func (c calls) listConversions(*pipe.Request) (pipe.Reply, error) { return notYet("conversions") }

// createConversion would convert a trial.
//
//	POST /v1/customers/{customer}/subscriptions/{subscription}/conversions
func (c calls) createConversion(*pipe.Request) (pipe.Reply, error) { return notYet("conversions") }

// listTransitionEligibilities would list what a subscription can become.
//
//	GET /v1/customers/{customer}/subscriptions/{subscription}/transitionEligibilities
func (c calls) listTransitionEligibilities(*pipe.Request) (pipe.Reply, error) {
	return notYet("transitions")
}

// listTransitions would list what a subscription became.
//
//	GET /v1/customers/{customer}/subscriptions/{subscription}/transitions
func (c calls) listTransitions(*pipe.Request) (pipe.Reply, error) { return notYet("transitions") }

// createTransition would make a subscription another product's.
//
//	POST /v1/customers/{customer}/subscriptions/{subscription}/transitions
func (c calls) createTransition(*pipe.Request) (pipe.Reply, error) { return notYet("transitions") }

// listUpgrades would list what a legacy subscription can become.
//
//	GET /v1/customers/{customer}/subscriptions/{subscription}/upgrades
func (c calls) listUpgrades(*pipe.Request) (pipe.Reply, error) { return notYet("upgrades") }

// createUpgrade would make a legacy subscription another offer's.
//
//	POST /v1/customers/{customer}/subscriptions/{subscription}/upgrades
func (c calls) createUpgrade(*pipe.Request) (pipe.Reply, error) { return notYet("upgrades") }

// getSupportContact would say who supports a subscription's users.
//
//	GET /v1/customers/{customer}/subscriptions/{subscription}/supportcontact
func (c calls) getSupportContact(*pipe.Request) (pipe.Reply, error) {
	return notYet("support contacts")
}

// putSupportContact would say anew who supports a subscription's users.
//
//	PUT /v1/customers/{customer}/subscriptions/{subscription}/supportcontact
func (c calls) putSupportContact(*pipe.Request) (pipe.Reply, error) {
	return notYet("support contacts")
}

// registerSubscription would register an Azure subscription for reservations.
//
//	POST /v1/customers/{customer}/subscriptions/{subscription}/registrations
func (c calls) registerSubscription(*pipe.Request) (pipe.Reply, error) {
	return notYet("registrations")
}

// getRegistrationStatus would say whether an Azure subscription is registered.
//
//	GET /v1/customers/{customer}/subscriptions/{subscription}/registrationstatus
func (c calls) getRegistrationStatus(*pipe.Request) (pipe.Reply, error) {
	return notYet("registrations")
}
