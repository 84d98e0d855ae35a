package restapi

import "provost/internal/pipe"

// throttled are the paths whose requests are counted, and with which others: 500
// a minute for a partner and a customer together (reference 7.12; no page says
// which calls are counted together).
var throttled = map[string]string{
	"/v1/customers/{customer}": "customers",

	"/v1/customers/{customer}/orders":                            "orders",
	"/v1/customers/{customer}/orders/{order}":                    "orders",
	"/v1/customers/{customer}/orders/{order}/provisioningstatus": "orders",

	"/v1/customers/{customer}/subscriptions":                                   "subscriptions",
	"/v1/customers/{customer}/subscriptions/{subscription}":                    "subscriptions",
	"/v1/customers/{customer}/subscriptions/{subscription}/addons":             "subscriptions",
	"/v1/customers/{customer}/subscriptions/{subscription}/registrations":      "subscriptions",
	"/v1/customers/{customer}/subscriptions/{subscription}/registrationstatus": "subscriptions",
	"/v1/customers/{customer}/subscriptions/{subscription}/upgrades":           "subscriptions",
	"/v1/customers/{customer}/subscriptions/{subscription}/conversions":        "subscriptions",

	"/v1/customers/{customer}/carts":                 "carts",
	"/v1/customers/{customer}/carts/{cart}":          "carts",
	"/v1/customers/{customer}/carts/{cart}/checkout": "carts",
}

// throttle marks the rows that are.
func throttle(rows []pipe.Route) []pipe.Route {
	for i := range rows {
		rows[i].Throttle = throttled[rows[i].Path]
	}
	return rows
}
