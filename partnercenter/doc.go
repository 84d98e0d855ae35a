// Package partnercenter holds the words of the Partner Center REST API for
// customers, orders, subscriptions and their provisioning status: resources,
// enumerations and refusals, spelled as they travel.
//
// It knows nothing of servers, stores or transports, and imports the standard
// library alone.
package partnercenter
