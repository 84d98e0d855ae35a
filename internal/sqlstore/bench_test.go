package sqlstore_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/internal/sqlstore"
	"provost/partnercenter"
)

var benchStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func benchID(kind, i int) string { return fmt.Sprintf("%08x-0000-4000-8000-%012x", kind, i) }

// benchShop has as many customers with a subscription each.
func benchShop(b *testing.B, customers int) commerce.Store {
	b.Helper()
	s := open(b, sqlstore.SQLite{Path: fresh(b)})
	err := s.Write(b.Context(), func(tx commerce.Tx) error {
		ctx := b.Context()
		err := tx.Worlds().Insert(ctx, commerce.World{ID: "world", Kind: commerce.Development})
		if err == nil {
			err = tx.Partners().Insert(ctx, commerce.Partner{World: "world", ID: "partner", Tenant: "tenant", Kind: commerce.Provider})
		}
		for i := 0; i < customers && err == nil; i++ {
			if err = tx.Customers().Insert(ctx, benchCustomer(i)); err != nil {
				break
			}
			if err = tx.Relationships().Insert(ctx, commerce.Relationship{
				World: "world", Partner: "partner", Customer: benchID(1, i), Kind: commerce.ResellerOf,
			}); err == nil {
				err = tx.Subscriptions().Insert(ctx, benchSubscription(i, i))
			}
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	return s
}

func benchCustomer(i int) commerce.Customer {
	return commerce.Customer{World: "world", CreatedAt: benchStart.Add(time.Duration(i) * time.Second), Resource: partnercenter.Customer{
		ID:             benchID(1, i),
		CompanyProfile: &partnercenter.CustomerCompanyProfile{CompanyName: fmt.Sprintf("Contoso %d", i), Domain: "contoso.example"},
	}}
}

func benchSubscription(customer, i int) commerce.Subscription {
	return commerce.Subscription{
		World: "world", Customer: benchID(1, customer), CreatedAt: benchStart, Version: 1,
		Resource: partnercenter.Subscription{
			ID: benchID(2, i), OfferID: "CFQ7TTC0LF8R:0001:CFQ7TTC0K5DN", OfferName: "Microsoft 365 Business Basic",
			FriendlyName: "Microsoft 365 Business Basic", Quantity: 5, UnitType: "Licenses", OrderID: benchID(3, i),
			Status: partnercenter.SubscriptionActive, BillingType: partnercenter.BilledByLicense,
		},
		Provisioning: &commerce.Provisioning{
			SKUID: benchID(4, i), Outcome: partnercenter.ProvisioningSuccess, VisibleAt: benchStart,
			Published:   commerce.Seats{Quantity: 5, EndDate: benchStart},
			Provisioned: commerce.Seats{Quantity: 5, EndDate: benchStart},
		},
	}
}

func BenchmarkProvisioning(b *testing.B) {
	const customers = 10_000
	s := benchShop(b, customers)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i = (i + 7919) % customers {
			err := s.Read(ctx, func(tx commerce.Tx) error {
				_, err := tx.Subscriptions().Provisioning(ctx, "world", benchID(1, i), benchID(2, i))
				return err
			})
			if err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkRequest reads what one call of the provisioning status does.
func BenchmarkRequest(b *testing.B) {
	const customers = 10_000
	s := benchShop(b, customers)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i = (i + 7919) % customers {
			err := s.Read(ctx, func(tx commerce.Tx) error {
				if _, err := tx.Partners().ByTenant(ctx, "tenant"); err != nil {
					return err
				}
				if _, err := tx.Worlds().ByID(ctx, "world"); err != nil {
					return err
				}
				if _, err := tx.Roles().AgentRoles(ctx, "world", "partner", "user"); err != nil {
					return err
				}
				if _, err := tx.Relationships().Between(ctx, "world", "partner", benchID(1, i)); err != nil {
					return err
				}
				if _, err := tx.Roles().DirectoryGrants(ctx, "world", "partner", "user", benchID(1, i)); err != nil {
					return err
				}
				_, err := tx.Subscriptions().Provisioning(ctx, "world", benchID(1, i), benchID(2, i))
				return err
			})
			if err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkWrite is one durable insert.
func BenchmarkWrite(b *testing.B) {
	s := benchShop(b, 1)
	for i := 1; b.Loop(); i++ {
		err := s.Write(b.Context(), func(tx commerce.Tx) error {
			return tx.Subscriptions().Insert(b.Context(), benchSubscription(0, i))
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPage reads a page of 500 out of the middle of 10,000 customers.
func BenchmarkPage(b *testing.B) {
	s := benchShop(b, 10_000)
	for b.Loop() {
		err := s.Read(b.Context(), func(tx commerce.Tx) error {
			page, err := tx.Customers().Page(b.Context(), commerce.CustomerQuery{
				World: "world", Partner: "partner", Limit: 500,
				After: &commerce.Cursor{CreatedAt: benchStart.Add(5000 * time.Second), ID: benchID(1, 5000)},
			})
			if err == nil && len(page) != 500 {
				err = fmt.Errorf("the page holds %d", len(page))
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen opens and closes a database whose schema is up to date.
func BenchmarkOpen(b *testing.B) {
	settings := sqlstore.SQLite{Path: fresh(b)}
	for b.Loop() {
		s, err := sqlstore.OpenSQLite(b.Context(), settings)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
