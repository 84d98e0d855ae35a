package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"provost/internal/commerce"
	"provost/partnercenter"
)

func customerByID(t tester, s commerce.Store, world, id string) commerce.Customer {
	t.Helper()
	return read(t, s, func(ctx context.Context, tx commerce.Tx) (commerce.Customer, error) {
		return tx.Customers().ByID(ctx, world, id)
	})
}

func page(t *testing.T, s commerce.Store, partner string, q commerce.CustomerQuery) []commerce.Customer {
	t.Helper()
	q.World, q.Partner = theWorld, partner
	if q.Limit == 0 {
		q.Limit = 1000
	}
	return read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.Customer, error) {
		return tx.Customers().Page(ctx, q)
	})
}

func customerIDs(all []commerce.Customer) []string {
	return each(all, func(c commerce.Customer) string { return c.Resource.ID })
}

// sells gives rows for a customer that the partners sell to.
func sells(c commerce.Customer, partners ...string) []any {
	rows := []any{c}
	for _, p := range partners {
		rows = append(rows, commerce.Relationship{World: c.World, Partner: p, Customer: c.Resource.ID, Kind: commerce.ResellerOf})
	}
	return rows
}

// named is a customer of the provider with a company name and a domain.
func named(id, company, domain string) []any {
	c := newCustomer(theWorld, id, noon)
	c.Resource.CompanyProfile.CompanyName, c.Resource.CompanyProfile.Domain = company, domain
	return sells(c, theProvider)
}

// filtered says whom filters pick of a shop's customers.
func filtered(t *testing.T, s commerce.Store, picks map[commerce.CustomerFilter][]string) {
	t.Helper()
	for filter, want := range picks {
		same(t, fmt.Sprintf("%+v", filter), customerIDs(page(t, s, theProvider, commerce.CustomerQuery{Filter: filter})), want)
	}
}

var customerPromises = []promise{
	{"any customer comes back unharmed", func(t *testing.T, s commerce.Store) {
		number := 0
		rapid.Check(t, func(r *rapid.T) {
			number++
			world := newWorld(fmt.Sprintf("World-%d", number))
			customer := commerce.Customer{World: world.ID, CreatedAt: noon, Version: rapid.Int64().Draw(r, "version"), Resource: Customer().Draw(r, "customer")}
			insert(r, s, world, customer)
			same(r, "customer", customerByID(r, s, world.ID, customer.Resource.ID), customer)
		})
	}},
	{"a page holds the customers that the partner sells to", func(t *testing.T, s commerce.Store) {
		administered := commerce.Relationship{World: theWorld, Partner: theReseller, Customer: "Customer-3", Kind: commerce.DelegatedAdminOf}
		insert(t, s, shop()...)
		insert(t, s, sells(newCustomer(theWorld, "Customer-2", noon), theReseller, theProvider)...)
		insert(t, s, append(sells(newCustomer(theWorld, "Customer-3", noon), theProvider), administered)...)
		same(t, "the provider's", customerIDs(page(t, s, theProvider, commerce.CustomerQuery{})), []string{"Customer-1", "Customer-2", "Customer-3"})
		same(t, "the reseller's", customerIDs(page(t, s, theReseller, commerce.CustomerQuery{})), []string{"Customer-2"})
		same(t, "nobody's", customerIDs(page(t, s, "none", commerce.CustomerQuery{})), []string{})
	}},
	{"an ended relationship takes the customer off the page", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			return tx.Relationships().End(ctx, commerce.Relationship{World: theWorld, Partner: theProvider, Customer: theCustomer, Kind: commerce.ResellerOf})
		})
		same(t, "customers", customerIDs(page(t, s, theProvider, commerce.CustomerQuery{})), []string{})
	}},
	{"customers come by creation, then id", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		for id, created := range map[string]time.Duration{"c": -time.Hour, "B": -time.Hour, "a": time.Hour, "d": -100} {
			insert(t, s, sells(newCustomer(theWorld, id, noon.Add(created)), theProvider)...)
		}
		same(t, "customers", customerIDs(page(t, s, theProvider, commerce.CustomerQuery{})), []string{"B", "c", "d", theCustomer, "a"})
	}},
	{"a page starts after its cursor and holds no more than its limit", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		want := []string{theCustomer}
		for i := range 10 {
			id := fmt.Sprintf("Customer-%d", 11+i)
			insert(t, s, sells(newCustomer(theWorld, id, noon.Add(time.Duration(i/4)*100)), theProvider)...)
			want = append(want, id)
		}
		got := []string{}
		var cursor *commerce.Cursor
		for {
			customers := page(t, s, theProvider, commerce.CustomerQuery{After: cursor, Limit: 3})
			if len(customers) == 0 {
				break
			}
			if len(customers) > 3 || len(got) > len(want) {
				t.Fatalf("a page of 3 holds %d, after %v", len(customers), got)
			}
			got = append(got, customerIDs(customers)...)
			last := customers[len(customers)-1]
			cursor = &commerce.Cursor{CreatedAt: last.CreatedAt, ID: last.Resource.ID}
		}
		same(t, "customers", got, want)
	}},
	{"customers are picked by company name", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		insert(t, s, named("a", "Größe & Söhne", "")...)
		insert(t, s, named("b", "GRÖSSE", "")...)
		insert(t, s, named("c", "größe", "größe")...)
		filtered(t, s, map[commerce.CustomerFilter][]string{
			{Field: commerce.ByCompanyName, Value: "GRÖ"}:                {"a", "b", "c"},
			{Field: commerce.ByCompanyName, Value: "größe"}:              {"a", "c"},
			{Field: commerce.ByCompanyName, Value: "GRÖßE", Whole: true}: {"c"},
			{Field: commerce.ByCompanyName, Value: "röße"}:               {},
			{Field: commerce.ByCompanyName, Value: ""}:                   {"a", "b", "c", theCustomer},
		})
	}},
	{"customers are picked by domain", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		insert(t, s, named("a", "x", "Contoso.Example")...)
		insert(t, s, named("b", "contoso", "contoso.example.org")...)
		filtered(t, s, map[commerce.CustomerFilter][]string{
			{Field: commerce.ByDomain, Value: "CONTOSO"}:                      {"a", "b"},
			{Field: commerce.ByDomain, Value: "contoso.EXAMPLE", Whole: true}: {"a"},
			{Field: commerce.ByDomain, Value: "contoso", Whole: true}:         {},
		})
	}},
	{"what a filter holds means itself", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		insert(t, s, named("a", "100% _pure_", "")...)
		insert(t, s, named("b", "100 percent", "")...)
		insert(t, s, named("c", `back\slash`, "")...)
		insert(t, s, named("d", `*?[a-z]`, "")...)
		insert(t, s, named("e", `'; DROP TABLE customers; --`, "")...)
		filtered(t, s, map[commerce.CustomerFilter][]string{
			{Field: commerce.ByCompanyName, Value: "100%"}:           {"a"},
			{Field: commerce.ByCompanyName, Value: "100% _"}:         {"a"},
			{Field: commerce.ByCompanyName, Value: "%"}:              {},
			{Field: commerce.ByCompanyName, Value: "_"}:              {},
			{Field: commerce.ByCompanyName, Value: `back\`}:          {"c"},
			{Field: commerce.ByCompanyName, Value: `b\`}:             {},
			{Field: commerce.ByCompanyName, Value: "*"}:              {"d"},
			{Field: commerce.ByCompanyName, Value: "'"}:              {"e"},
			{Field: commerce.ByCompanyName, Value: "1", Whole: true}: {},
		})
	}},
	{"customers are picked by the reseller that sells to them", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		insert(t, s, newPartner(theWorld, "Reseller-2", "Tenant-r2", commerce.Reseller))
		insert(t, s, sells(newCustomer(theWorld, "a", noon), theProvider, theReseller)...)
		insert(t, s, sells(newCustomer(theWorld, "b", noon), theProvider, "Reseller-2")...)
		insert(t, s, sells(newCustomer(theWorld, "c", noon), theProvider)...)
		insert(t, s, sells(newCustomer(theWorld, "d", noon), theReseller)...)
		insert(t, s, commerce.Relationship{World: theWorld, Partner: theReseller, Customer: "c", Kind: commerce.DelegatedAdminOf})
		filtered(t, s, map[commerce.CustomerFilter][]string{
			{Field: commerce.ByIndirectReseller, Value: "tenant-R"}:                    {"a", "b"},
			{Field: commerce.ByIndirectReseller, Value: "TENANT-R", Whole: true}:       {"a"},
			{Field: commerce.ByIndirectReseller, Value: "mpn-reseller-2"}:              {"b"},
			{Field: commerce.ByIndirectReseller, Value: "MPN-Reseller-1", Whole: true}: {"a"},
			{Field: commerce.ByIndirectReseller, Value: "tenant-p"}:                    {},
			{Field: commerce.ByIndirectReseller, Value: "tenant%"}:                     {},
			{Field: commerce.ByIndirectReseller, Value: "", Whole: true}:               {},
		})
	}},
	{"a filter narrows what follows the cursor", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		for _, id := range []string{"a", "b", "c"} {
			insert(t, s, named(id, "Contoso", "")...)
		}
		rest := page(t, s, theProvider, commerce.CustomerQuery{
			After: &commerce.Cursor{CreatedAt: noon, ID: "A"}, Limit: 1,
			Filter: commerce.CustomerFilter{Field: commerce.ByCompanyName, Value: "contoso", Whole: true},
		})
		same(t, "customers", customerIDs(rest), []string{"b"})
	}},
	{"a field that customers do not have is an error", func(t *testing.T, s commerce.Store) {
		err := s.Read(t.Context(), func(tx commerce.Tx) error {
			_, err := tx.Customers().Page(t.Context(), commerce.CustomerQuery{Filter: commerce.CustomerFilter{Field: "1 OR 1"}})
			return err
		})
		if err == nil {
			t.Error("the field was accepted")
		}
	}},
	{"a customer without a company profile is kept and paged", func(t *testing.T, s commerce.Store) {
		bare := commerce.Customer{World: theWorld, CreatedAt: noon, Resource: partnercenter.Customer{ID: "bare"}}
		insert(t, s, append(shop(), sells(bare, theProvider)...)...)
		same(t, "customer", customerByID(t, s, theWorld, "bare"), bare)
		same(t, "customers", customerIDs(page(t, s, theProvider, commerce.CustomerQuery{})), []string{"bare", theCustomer})
	}},
	{"a customer is updated at its version alone", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		next := customerByID(t, s, theWorld, theCustomer)
		next.Version++
		next.Resource.CompanyProfile.CompanyName, next.Resource.CompanyProfile.Domain = "Renamed", "renamed.example"
		update := func(version int64) func(context.Context, commerce.Tx) error {
			return func(ctx context.Context, tx commerce.Tx) error { return tx.Customers().Update(ctx, next, version) }
		}
		refused(t, s, commerce.ErrMissing, update(7))
		write(t, s, update(0))
		same(t, "customer", customerByID(t, s, theWorld, theCustomer), next)
		filtered(t, s, map[commerce.CustomerFilter][]string{{Field: commerce.ByDomain, Value: "renamed.example", Whole: true}: {theCustomer}})
		refused(t, s, commerce.ErrMissing, update(0))
	}},
	{"a customer is found by its directory's domain", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		insert(t, s, named("a", "x", "Contoso.Example")...)
		insert(t, s, newWorld("World-2"))
		byDomain := func(ctx context.Context, tx commerce.Tx) (commerce.Customer, error) {
			return tx.Customers().ByDomain(ctx, "WORLD-1", "contoso.EXAMPLE")
		}
		same(t, "customer", read(t, s, byDomain).Resource.ID, "a")
		missing(t, s, "a free domain", func(ctx context.Context, tx commerce.Tx) (any, error) {
			return tx.Customers().ByDomain(ctx, theWorld, "contoso")
		})
		missing(t, s, "another world's domain", func(ctx context.Context, tx commerce.Tx) (any, error) {
			return tx.Customers().ByDomain(ctx, "World-2", "contoso.example")
		})
	}},
	{"a removed customer leaves nothing but what was told of it", func(t *testing.T, s commerce.Store) {
		change := newChange("Change-1")
		change.Subscription, change.Portions = "Subscription-1", []commerce.Portion{{Quantity: 1}}
		other := newCustomer(theWorld, "Customer-2", noon)
		others := newChange("Change-2")
		others.Customer = "Customer-2"
		insert(t, s, append(shop(), newOrder("Order-1", noon), newSubscription("Subscription-1", noon), change, other, others,
			commerce.Agreement{World: theWorld, Customer: theCustomer, CreatedAt: noon},
			commerce.Relationship{World: theWorld, Partner: theReseller, Customer: theCustomer, Kind: commerce.DelegatedAdminOf},
			commerce.DirectoryGrant{World: theWorld, Partner: theProvider, User: theUser, Customer: theCustomer, Role: commerce.GlobalReader},
			commerce.Event{World: theWorld, ID: "1", At: noon, RealAt: noon, Kind: commerce.ChangeAsked, EventRecord: commerce.EventRecord{Customer: theCustomer}},
			commerce.Due{World: theWorld, At: noon, Subject: "Change-1"}, commerce.Due{World: theWorld, At: noon, Subject: "Change-2"},
			commerce.Due{World: theWorld, At: noon, Subject: "Customer-1/Subscription-1"}, commerce.Due{World: theWorld, At: noon, Subject: "customer-2/subscription-1"})...)
		remove := func(ctx context.Context, tx commerce.Tx) error {
			return tx.Customers().Remove(ctx, "WORLD-1", "CUSTOMER-1")
		}
		write(t, s, remove)
		missing(t, s, "customer", func(ctx context.Context, tx commerce.Tx) (any, error) {
			return tx.Customers().ByID(ctx, theWorld, theCustomer)
		})
		same(t, "due", each(dueUntil(t, s, theWorld, noon, 10), func(d commerce.Due) string { return d.Subject }), []string{"Change-2", "customer-2/subscription-1"})
		same(t, "told", read(t, s, func(ctx context.Context, tx commerce.Tx) (int, error) {
			events, err := tx.Events().List(ctx, commerce.EventQuery{World: theWorld, Limit: 10})
			return len(events), err
		}), 1)
		refused(t, s, commerce.ErrMissing, remove)
		insert(t, s, newCustomer(theWorld, theCustomer, noon), newOrder("Order-1", noon), newSubscription("Subscription-1", noon), change)
		same(t, "relationships of the next", read(t, s, func(ctx context.Context, tx commerce.Tx) (int, error) {
			kinds, err := tx.Relationships().Between(ctx, theWorld, theReseller, theCustomer)
			return len(kinds), err
		}), 0)
	}},
}
