package restapi_test

// evidence says how a thing is known, and by what: documents and sections of
// the reference as docs/sources.md lists them.
type evidence struct {
	how, source string
	// use says how it is known that the service gives the code here; empty: as
	// the code itself.
	use string
}

// How a thing is known. A documented one stands on a public page; an observed
// one was seen in recorded exchanges, or existing clients need it; an assumed one
// has no public evidence; own ones are Provost's.
const (
	isDocumented = "documented"
	isObserved   = "observed"
	isAssumed    = "assumed"
	isOwn        = "own"
)

func documented(source string) evidence { return evidence{how: isDocumented, source: source} }
func observed(source string) evidence   { return evidence{how: isObserved, source: source} }
func own(source string) evidence        { return evidence{how: isOwn, source: source} }

// assumedUse is a documented number that no page shows in this place.
func assumedUse(source string) evidence {
	return evidence{how: isDocumented, source: source, use: isAssumed}
}

// likeStatus is a status that the pages use without a number of their own.
func likeStatus(source string) evidence { return evidence{how: isAssumed, source: source} }

// callEvidence has a line for each row of routes().
var callEvidence = map[string]evidence{
	"GET /v1/customers/{customer}/subscriptions/{subscription}/provisioningstatus": documented("documents 000, 001"),
	"GET /v1/customers/{customer}/orders/{order}/provisioningstatus":               documented("documents 002, 003"),
	"GET /v1/customers/{customer}/subscriptions/{subscription}":                    documented("document 004"),

	"GET /v1/customers":                                   documented("reference 1.2, 7.7"),
	"GET /v1/customers/{customer}":                        documented("reference 1.2"),
	"POST /v1/customers":                                  documented("reference 1.2"),
	"PATCH /v1/customers/{customer}":                      documented("reference 1.2"),
	"DELETE /v1/customers/{customer}":                     documented("reference 1.2"),
	"GET /v1/customers/{customer}/profiles/company":       documented("reference 1.2"),
	"GET /v1/customers/{customer}/profiles/billing":       documented("reference 1.2"),
	"PUT /v1/customers/{customer}/profiles/billing":       documented("reference 1.2"),
	"GET /v1/customers/{customer}/agreements":             documented("reference 1.2"),
	"POST /v1/customers/{customer}/agreements":            documented("reference 1.2"),
	"HEAD /v1/domains/{domain}":                           documented("reference 1.2"),
	"GET /v1/customers/{customer}/orders":                 documented("reference 1.3"),
	"POST /v1/customers/{customer}/orders":                documented("reference 1.3"),
	"GET /v1/customers/{customer}/orders/{order}":         documented("reference 1.3"),
	"PATCH /v1/customers/{customer}/orders/{order}":       documented("reference 1.3"),
	"POST /v1/customers/{customer}/carts":                 documented("reference 1.4"),
	"GET /v1/customers/{customer}/carts/{cart}":           documented("reference 1.4"),
	"PUT /v1/customers/{customer}/carts/{cart}":           documented("reference 1.4"),
	"GET /v1/customers/{customer}/subscriptions":          documented("reference 1.5"),
	"GET /v1/auditrecords":                                documented("reference 1.7, 7.9"),
	"POST /v1/customers/{customer}/carts/{cart}/checkout": documented("reference 1.4, 7.5"),

	"PATCH /v1/customers/{customer}/subscriptions/{subscription}":                       documented("reference 1.5, 7.11"),
	"GET /v1/customers/{customer}/subscriptions/{subscription}/addons":                  documented("reference 1.5"),
	"GET /v1/customers/{customer}/subscriptions/{subscription}/conversions":             documented("reference 1.5"),
	"POST /v1/customers/{customer}/subscriptions/{subscription}/conversions":            documented("reference 1.5"),
	"GET /v1/customers/{customer}/subscriptions/{subscription}/transitionEligibilities": documented("reference 1.5"),
	"GET /v1/customers/{customer}/subscriptions/{subscription}/transitions":             documented("reference 1.5"),
	"POST /v1/customers/{customer}/subscriptions/{subscription}/transitions":            documented("reference 1.5"),
	"GET /v1/customers/{customer}/subscriptions/{subscription}/upgrades":                documented("reference 1.5"),
	"POST /v1/customers/{customer}/subscriptions/{subscription}/upgrades":               documented("reference 1.5"),
	"GET /v1/customers/{customer}/subscriptions/{subscription}/supportcontact":          documented("reference 1.5"),
	"PUT /v1/customers/{customer}/subscriptions/{subscription}/supportcontact":          documented("reference 1.5"),
	"POST /v1/customers/{customer}/subscriptions/{subscription}/registrations":          documented("reference 1.5"),
	"GET /v1/customers/{customer}/subscriptions/{subscription}/registrationstatus":      documented("reference 1.5"),
	"GET /v1/customers/{customer}/subscriptions/{subscription}/activationlinks":         documented("reference 1.5"),
	"POST /v1/customers/{customer}/subscriptions/{subscription}/activate":               documented("reference 1.5"),
	"GET /v1/customers/{customer}/orders/{order}/activationlinks":                       documented("reference 1.3"),
	"GET /v1/customers/{customer}/orders/{order}/lineitems/{line}/activationlinks":      documented("reference 1.3"),

	"GET /v1/products":                                                                         documented("reference 1.6"),
	"GET /v1/products/{product}":                                                               documented("reference 1.6"),
	"GET /v1/products/{product}/skus":                                                          documented("reference 1.6"),
	"GET /v1/products/{product}/skus/{sku}":                                                    documented("reference 1.6"),
	"GET /v1/products/{product}/skus/{sku}/availabilities":                                     documented("reference 1.6"),
	"GET /v1/products/{product}/skus/{sku}/availabilities/{availability}":                      documented("reference 1.6"),
	"GET /v1/customers/{customer}/products":                                                    documented("reference 1.6"),
	"GET /v1/customers/{customer}/products/{product}":                                          documented("reference 1.6"),
	"GET /v1/customers/{customer}/products/{product}/skus":                                     documented("reference 1.6"),
	"GET /v1/customers/{customer}/products/{product}/skus/{sku}":                               documented("reference 1.6"),
	"GET /v1/customers/{customer}/products/{product}/skus/{sku}/availabilities":                documented("reference 1.6"),
	"GET /v1/customers/{customer}/products/{product}/skus/{sku}/availabilities/{availability}": documented("reference 1.6"),
}

// codeEvidence has a line for each refusal that a row can give, by its status
// and code.
var codeEvidence = map[string]evidence{
	"401 800001": documented("reference 4.3"),
	"401 900420": documented("reference 4.3"),
	"401 900421": documented("reference 4.3, 5.5"),

	"403 2032":   assumedUse("reference 4.3"),
	"403 20002":  assumedUse("reference 4.3"),
	"403 900150": documented("reference 4.3, 5.7"),
	"403 900308": documented("reference 4.3, 5.7; documents 000, 001"),
	"403 900329": assumedUse("reference 4.3; documents 000 to 003 for the rule"),
	"403 400036": {how: isObserved, source: "reference 4.5", use: isAssumed},
	"403 13605":  documented("reference 4.5"),
	"403 800066": documented("reference 4.4, 7.12"),
	"403 800067": documented("reference 4.4, 7.12"),
	"403 800019": documented("reference 4.5"),
	"403 800077": documented("reference 4.5"),
	"403 900115": documented("reference 4.4"),
	"403 900263": documented("reference 4.4"),

	"400 800002": documented("reference 4.5"),
	"400 900118": documented("reference 4.5"),
	"400 900126": documented("reference 4.5"),
	"400 400056": assumedUse("reference 4.5"),
	"400 2000":   observed("reference 4.5"),
	"400 2055":   documented("reference 4.4, 7.6"),
	"412 2055":   assumedUse("reference 7.6; a setting of the world"),
	"400 2001":   documented("reference 4.4"),
	"400 2002":   documented("reference 4.4"),
	"400 2011":   documented("reference 4.4"),
	"400 2054":   documented("reference 4.4"),
	"400 3000":   documented("reference 4.5"),
	"400 6000":   documented("reference 4.5"),
	"400 6001":   documented("reference 4.5"),
	"400 600002": documented("reference 4.5"),
	"400 600049": documented("reference 4.5"),
	"400 600050": documented("reference 4.5"),
	"400 600051": documented("reference 4.5"),
	"400 600061": observed("reference 4.3"),
	"400 800004": documented("reference 4.5"),
	"400 800012": documented("reference 4.4"),
	"400 800016": documented("reference 4.4"),
	"400 800018": documented("reference 4.5, 7.12"),
	"400 800029": documented("reference 4.5"),
	"400 800040": documented("reference 4.4, 7.10"),
	"400 800061": documented("reference 4.5"),
	"400 800063": documented("reference 4.5"),
	"400 800065": documented("reference 4.5"),
	"400 800070": documented("reference 4.5"),
	"400 800071": documented("reference 4.5"),
	"400 800085": documented("reference 4.5"),
	"400 800090": documented("reference 4.4"),
	"400 800091": documented("reference 4.4"),
	"400 800093": documented("reference 4.4"),
	"400 800095": documented("reference 4.4"),
	"400 800096": documented("reference 4.4"),
	"400 800097": documented("reference 4.4"),
	"400 800098": documented("reference 4.4"),
	"400 800107": documented("reference 4.4"),
	"400 800121": documented("reference 4.4"),
	"400 800122": documented("reference 4.4"),
	"400 900117": documented("reference 4.4, 7.10"),
	"400 900127": documented("reference 4.5"),
	"400 900169": documented("reference 4.5"),
	"400 900203": documented("reference 4.5"),
	"400 900206": documented("reference 4.5"),
	"400 900213": documented("reference 4.4"),
	"400 900242": assumedUse("reference 4.4"),
	"400 900244": assumedUse("reference 4.4"),
	"400 900245": assumedUse("reference 4.4"),
	"400 900246": assumedUse("reference 4.4"),
	"400 900257": documented("reference 4.4"),
	"400 900275": documented("reference 4.4"),
	"400 900277": documented("reference 4.4"),

	"404 1000":   assumedUse("reference 4.4"),
	"404 2072":   documented("reference 4.4"),
	"404 20000":  documented("reference 4.5"),
	"404 20003":  documented("reference 4.4"),
	"404 400013": documented("reference 4.5"),
	"404 400018": documented("reference 4.5"),
	"404 400019": documented("reference 4.5"),
	"404 800007": assumedUse("reference 4.4"),
	"404 800008": documented("reference 4.5"),
	"404 800015": documented("reference 4.4"),

	"409 409":    likeStatus("reference 4.2"),
	"409 27009":  documented("reference 4.4"),
	"409 800014": documented("reference 4.5"),
	"409 800082": documented("reference 4.4"),
	"409 900278": documented("reference 4.4; a setting of the world"),

	"405 405":    likeStatus("reference 4.2"),
	"406 406":    likeStatus("reference 4.2"),
	"413 413":    likeStatus("RFC 9110"),
	"414 414":    likeStatus("RFC 9110"),
	"415 415":    likeStatus("reference 3.1"),
	"429 429":    documented("reference 4.1, 7.12"),
	"431 431":    likeStatus("RFC 6585"),
	"500 800003": documented("reference 4.5"),
	"501 501":    likeStatus("reference 4.2"),
	"503 503":    likeStatus("reference 4.2"),
}

// profileDifferences are what the profiles do apart, each with the exchange that
// shows what the profile documents answers.
var profileDifferences = []struct {
	what, modern, documents, exchange string
	evidence
}{
	{"byte-order mark before JSON of status 2xx", "none (RFC 8259)", "EF BB BF, counted in Content-Length", "getProvisioningStatus/200.documents", observed("reference 8.6")},
	{"`ETag`, `Cache-Control`, `Retry-After` of what is pending, `If-None-Match`", "sent and understood", "none", "getOrderProvisioningStatus/200.documents", own("reference 3.2")},
	{"`Vary`, `X-Locale`, `Provost-Version`", "sent", "none", "getSubscription/200.documents", own("reference 3.2")},
	{"`Provost-Explain`", "on 401 and 403 of development", "none", "getProvisioningStatus/200.documents", own("")},
	{"`attributes.etag` of subscriptions and orders", "on all", "on legacy ones", "getSubscription/200.documents", observed("reference 2.2")},
	{"nothing acceptable in `Accept`", "JSON", "406", "always/406-406", documented("reference 4.2, 6.1")},
}

// notThere are the parts of the wider API that no row has: they answer 404,
// code 1000.
var notThere = []struct{ what, source string }{
	{"customers: users, subscribed SKUs, qualifications, validation status, relationships and their requests, organization, custom domains", "reference 1.2"},
	{"`POST /v1/validations/address`, `GET /v1/countryvalidationrules`", "reference 1.2, 1.6"},
	{"orders: attachments", "reference 1.3"},
	{"subscriptions: Azure entitlements, overage, usage records, custom term ends, migrations to new commerce", "reference 1.5"},
	{"the legacy catalogue (`/v1/offers`, `/v1/offercategories`), promotions, inventory", "reference 1.6"},
	{"audit records by id, `/auditactivity/v1`", "reference 1.7"},
	{"`/webhooks/v1`", "reference 1.7, 7.8"},
	{"partner profiles, MFA reports of the service, application consents, invoices, rate cards, service requests, devices", "reference 1.7"},
}
