// Package partnercenter speaks the Partner Center REST API for customers,
// orders, subscriptions and their provisioning status: to Microsoft's own
// service, or to Provost.
//
//	partner, err := partnercenter.New(partnercenter.Options{Credential: app.ClientCredentials()})
//	status, err := partner.Customers.ByID(customer).Subscriptions.ByID(subscription).ProvisioningStatus.Get(ctx)
//
// A call reads as its URL. Lists are iterators, waits sleep until something can
// have changed, refusals compare with [errors.Is].
//
// Its words (resources, enumerations, refusals) are the server's too, spelled as
// they travel. It knows nothing of servers or stores, and imports the standard
// library alone.
package partnercenter
