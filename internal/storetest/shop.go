package storetest

import (
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// A shop is what most promises start from: a world with a provider, a
// reseller and one customer of the provider. Its ids are mixed in case, so that
// no promise holds only for those in lower case.
const (
	theWorld    = "World-1"
	theProvider = "Provider-1"
	theReseller = "Reseller-1"
	theCustomer = "Customer-1"
	theUser     = "User-1"
)

// noon is an instant with all the precision that is kept.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 123456700, time.UTC)

func after(d time.Duration) *time.Time {
	t := noon.Add(d)
	return &t
}

func shop() []any { return shopIn(theWorld, "Tenant") }

func shopIn(world, tenant string) []any {
	return []any{
		newWorld(world),
		newPartner(world, theProvider, tenant+"-p", commerce.Provider),
		newPartner(world, theReseller, tenant+"-r", commerce.Reseller),
		newCustomer(world, theCustomer, noon),
		commerce.Relationship{World: world, Partner: theProvider, Customer: theCustomer, Kind: commerce.ResellerOf},
	}
}

func newWorld(id string) commerce.World {
	return commerce.World{
		ID: id, Name: "The world " + id, Kind: commerce.Development, CreatedAt: noon, Settings: commerce.DefaultSettings(),
	}
}

func newPartner(world, id, tenant string, kind commerce.PartnerKind) commerce.Partner {
	return commerce.Partner{World: world, ID: id, Tenant: tenant, Kind: kind, Name: "The partner " + id, MPNID: "MPN-" + id}
}

func newAccount(id, upn string) commerce.Account {
	return commerce.Account{
		World: theWorld, Partner: theProvider, ID: id, Kind: commerce.UserAccount, Name: "Ünal \"Ü\" O'Neil", UPN: upn,
		SecretHash: "a hash", Registered: true, Description: "Sells,\nand administers.",
	}
}

func newCustomer(world, id string, created time.Time) commerce.Customer {
	return commerce.Customer{
		World: world, CreatedAt: created,
		Resource: partnercenter.Customer{
			ID: id,
			CompanyProfile: &partnercenter.CustomerCompanyProfile{
				TenantID: id, Domain: id + ".example", CompanyName: "The company " + id,
			},
			RelationshipToPartner: partnercenter.RelationshipReseller,
		},
	}
}

func newOrder(id string, created time.Time) commerce.Order {
	return commerce.Order{
		World: theWorld, Customer: theCustomer, CreatedAt: created, Version: 1,
		Resource: partnercenter.Order{ID: id, BillingCycle: partnercenter.BillingCycleMonthly},
	}
}

func newSubscription(id string, created time.Time) commerce.Subscription {
	return commerce.Subscription{
		World: theWorld, Customer: theCustomer, CreatedAt: created, Version: 1,
		Resource: partnercenter.Subscription{ID: id, OrderID: "Order-of-" + id, Status: partnercenter.SubscriptionActive},
	}
}

func newProvisioning() *commerce.Provisioning {
	return &commerce.Provisioning{
		SKUID: "SKU-1", PublishedSKUID: "SKU-0",
		Published:   commerce.Seats{Quantity: 5, EndDate: *after(time.Hour)},
		Provisioned: commerce.Seats{Quantity: 9, EndDate: *after(2 * time.Hour)},
		Outcome:     partnercenter.ProvisioningSuccess,
		VisibleAt:   *after(15 * time.Minute),
		Unsettled:   true,
		NextStepAt:  after(time.Minute),
	}
}

func newChange(id string) commerce.Change {
	return commerce.Change{
		World: theWorld, ID: id, Kind: commerce.Purchase, Customer: theCustomer, Order: "Order-1", AskedAt: noon,
	}
}
