package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"time"

	"provost/internal/commerce"
	"provost/internal/sqlstore"
	"provost/partnercenter"
)

// perCustomer is how many subscriptions each customer has, and so how long a
// list of them is.
const perCustomer = 50

// shop is a demo shop with so many subscriptions more.
type shop struct{ subscriptions int }

// hot is how many subscriptions are asked for again and again.
const hot = 10_000

// openShop lets provost make its demo shop, then puts rows beside it.
func openShop(ctx context.Context, bin, data, database string, size int) (shop, error) {
	first, err := startProvost(ctx, bin, data, database, oneCore)
	if err != nil {
		return shop{}, err
	}
	first.stop()
	return shop{size}, fillStore(ctx, database, size)
}

// startProvost serves the shop of a data directory, and of a database if that is
// another's.
func startProvost(ctx context.Context, bin, data, database string, of cores) (*process, error) {
	args := []string{"dev", "--listen", "127.0.0.1:0", "--data", data, "--log-level", "warn"}
	if sqlstore.IsPostgres(database) {
		args = append(args, "--database", database)
	}
	return start(ctx, of, bin, args...)
}

func tokenOf(ctx context.Context, bin, url string) (string, error) {
	out, err := exec.CommandContext(ctx, bin, "token", "--server", url).Output()
	if err != nil {
		return "", fmt.Errorf("ask for a token: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

func fill(ctx context.Context, store commerce.Store, size int) error {
	var world commerce.World
	var provider commerce.Partner
	err := store.Read(ctx, func(tx commerce.Tx) error {
		worlds, err := tx.Worlds().List(ctx)
		if err != nil {
			return err
		}
		world = worlds[0]
		partners, err := tx.Partners().List(ctx, world.ID)
		provider = partners[0]
		return err
	})
	if err != nil {
		return err
	}
	for customer := 0; customer*perCustomer < size; {
		err := store.Write(ctx, func(tx commerce.Tx) error {
			for range 100 {
				if customer*perCustomer >= size {
					break
				}
				if err := insertCustomer(ctx, tx, world.ID, provider.ID, customer); err != nil {
					return err
				}
				customer++
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

var began = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func id(kind, i int) string { return fmt.Sprintf("%08x-0000-4000-8000-%012x", kind, i) }

func orderID(i int) string { return fmt.Sprintf("%012x", i) }

func insertCustomer(ctx context.Context, tx commerce.Tx, world, partner string, i int) error {
	customer := id(1, i)
	err := tx.Customers().Insert(ctx, commerce.Customer{World: world, CreatedAt: began, Resource: partnercenter.Customer{
		ID: customer, CompanyProfile: &partnercenter.CustomerCompanyProfile{
			TenantID: customer, CompanyName: fmt.Sprintf("Customer %d", i), Domain: fmt.Sprintf("c%d.example", i),
		},
	}})
	for _, kind := range []commerce.RelationshipKind{commerce.ResellerOf, commerce.DelegatedAdminOf} {
		if err == nil {
			err = tx.Relationships().Insert(ctx, commerce.Relationship{World: world, Partner: partner, Customer: customer, Kind: kind})
		}
	}
	for n := i * perCustomer; err == nil && n < (i+1)*perCustomer; n++ {
		err = insertSubscription(ctx, tx, world, customer, n)
	}
	return err
}

func insertSubscription(ctx context.Context, tx commerce.Tx, world, customer string, n int) error {
	const offer, quantity = "CFQ7TTC0LH18:0001:CFQ7TTC725M4", 25
	ends := began.AddDate(1, 0, 0)
	subscription, order, settled := id(2, n), orderID(n), began.Add(90*time.Second)
	err := tx.Orders().Insert(ctx, commerce.Order{World: world, Customer: customer, CreatedAt: began, Version: 1, Resource: partnercenter.Order{
		ID: order, ReferenceCustomerID: customer, BillingCycle: partnercenter.BillingCycleMonthly, CurrencyCode: new("USD"),
		CreationDate: partnercenter.At(began), Status: partnercenter.OrderCompleted,
		LineItems: []partnercenter.OrderLineItem{{OfferID: offer, SubscriptionID: &subscription, Quantity: quantity, TermDuration: new("P1Y")}},
	}})
	if err == nil {
		err = tx.Subscriptions().Insert(ctx, commerce.Subscription{
			World: world, Customer: customer, CreatedAt: began, Version: 1,
			Resource: partnercenter.Subscription{
				ID: subscription, OfferID: offer, OfferName: "Microsoft 365 Business Basic", FriendlyName: "Microsoft 365 Business Basic",
				Quantity: quantity, UnitType: "Licenses", OrderID: order, Status: partnercenter.SubscriptionActive,
				CreationDate: partnercenter.At(began), EffectiveStartDate: partnercenter.At(began), CommitmentEndDate: partnercenter.At(ends),
				AutoRenewEnabled: true, BillingType: partnercenter.BilledByLicense, BillingCycle: new(partnercenter.BillingCycleMonthly), TermDuration: new("P1Y"),
			},
			Provisioning: &commerce.Provisioning{
				SKUID: "3b555118-da6a-4418-894f-7df1e2096870", Outcome: partnercenter.ProvisioningSuccess, VisibleAt: settled,
				Published:   commerce.Seats{Quantity: quantity, EndDate: ends},
				Provisioned: commerce.Seats{Quantity: quantity, EndDate: ends},
			},
		})
	}
	if err == nil {
		err = tx.Changes().Insert(ctx, commerce.Change{
			World: world, ID: id(3, n), Kind: commerce.Purchase, Customer: customer, Order: order, Subscription: subscription, Offer: offer,
			Asked: quantity, AskedAt: began, StartedAt: &began, SettledAt: &settled,
			Portions: []commerce.Portion{{Quantity: quantity, Status: partnercenter.Fulfilled}},
		})
	}
	return err
}

// smallStatus is what a large shop's status is compared with.
const smallStatus = "subscription provisioning status, 200"

// works are what is measured on the shop. A large one is there to see what its
// size does to the status alone.
func (s shop) works(of settings) []work {
	status := func(n int) string { return s.path(n, "subscriptions", id(2, n)) + "/provisioningstatus" }
	if s.subscriptions > of.small {
		return []work{
			{name: "status, hot set of 10,000", paths: s.each(hot, status), target: 1.1, grown: true},
			{name: "status, uniform over all", paths: s.each(s.subscriptions, status), target: 3, grown: true},
		}
	}
	return []work{
		{name: smallStatus, paths: s.each(s.subscriptions, status), target: 1.5},
		{name: "the same, 304", paths: []string{status(0)}, known: true, target: 1.4},
		{name: "order provisioning status", paths: s.each(s.subscriptions, func(n int) string {
			return s.path(n, "orders", orderID(n)) + "/provisioningstatus"
		}), target: 1.6},
		{name: "subscription by id", paths: s.each(s.subscriptions, func(n int) string { return s.path(n, "subscriptions", id(2, n)) }), target: 2},
		{name: "list of 50 subscriptions, per item", per: perCustomer, target: 0.25, paths: s.each(s.subscriptions/perCustomer, func(n int) string {
			return "/v1/customers/" + id(1, n) + "/subscriptions"
		})},
	}
}

func (s shop) path(n int, collection, one string) string {
	return "/v1/customers/" + id(1, n/perCustomer) + "/" + collection + "/" + one
}

// each gives a path for each of so many, in an order that has nothing to do with
// how they lie in the store.
func (s shop) each(count int, path func(int) string) []string {
	count = min(count, s.subscriptions)
	paths := make([]string, count)
	for i, n := range rand.New(rand.NewPCG(1, 2)).Perm(count) {
		paths[i] = path(n)
	}
	return paths
}
