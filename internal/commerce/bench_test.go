//go:build unix

package commerce_test

import (
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/internal/fulfillment"
	"provost/internal/sqlstore"
	"provost/partnercenter"
)

const benchChanges = 100_000

// benchShop is a durable store in which that many seat changes are due at one
// instant.
func benchShop(b *testing.B, at time.Time) *commerce.Service {
	b.Helper()
	store, err := sqlstore.OpenSQLite(b.Context(), sqlstore.SQLite{Path: filepath.Join(b.TempDir(), "bench.db")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = store.Close() })
	ctx := b.Context()
	err = store.Write(ctx, func(tx commerce.Tx) error {
		world := commerce.World{ID: "shop", Name: "shop", Kind: commerce.Development, CreatedAt: opened, Settings: commerce.DefaultSettings(), Clock: commerce.Clock{FrozenAt: &at}}
		world.Settings.Simulator = map[string]string{"*": "all at +1m"}
		if err := tx.Worlds().Insert(ctx, world); err != nil {
			return err
		}
		customer := commerce.Customer{World: "shop", CreatedAt: opened, Resource: partnercenter.Customer{ID: shopCustomer, CompanyProfile: &partnercenter.CustomerCompanyProfile{CompanyName: "Corner Shop"}}}
		if err := tx.Customers().Insert(ctx, customer); err != nil {
			return err
		}
		for i := range benchChanges {
			if err := benchChange(b, tx, i, at); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return &commerce.Service{Store: store, Provisioner: fulfillment.Simulator{}, Holder: "bench"}
}

func benchChange(b *testing.B, tx commerce.Tx, i int, at time.Time) error {
	ctx := b.Context()
	seats := commerce.Seats{Quantity: 5, EndDate: opened.AddDate(1, 0, 0)}
	id, change := fmt.Sprintf("%08x-0000-4000-8000-0000000000aa", i), fmt.Sprintf("%08x-0000-4000-8000-0000000000bb", i)
	err := tx.Subscriptions().Insert(ctx, commerce.Subscription{
		World: "shop", Customer: shopCustomer, CreatedAt: opened, Version: 1,
		Resource: partnercenter.Subscription{
			ID: id, OfferID: businessBasic, OfferName: "Microsoft 365 Business Basic", FriendlyName: "Microsoft 365 Business Basic", Quantity: 9,
			Status: partnercenter.SubscriptionActive, UnitType: "Licenses", OrderID: "0123456789ab", BillingType: partnercenter.BilledByLicense,
			CommitmentEndDate: partnercenter.At(seats.EndDate), AutoRenewEnabled: true, TermDuration: new("P1Y"),
		},
		Provisioning: &commerce.Provisioning{SKUID: "bench", Published: seats, Provisioned: seats, Outcome: partnercenter.ProvisioningSuccess, VisibleAt: opened.Add(-time.Hour), Unsettled: true, NextStepAt: &at},
	})
	if err != nil {
		return err
	}
	err = tx.Changes().Insert(ctx, commerce.Change{
		World: "shop", ID: change, Kind: commerce.SeatChange, Customer: shopCustomer, Subscription: id, Offer: businessBasic, Before: 5, Asked: 9,
		AskedAt: at.Add(-time.Minute), NextStepAt: &at, Portions: []commerce.Portion{{Quantity: 4, Status: partnercenter.PrefulfillmentPending}},
	})
	if err != nil {
		return err
	}
	_, err = tx.Due().Insert(ctx, commerce.Due{World: "shop", At: at, Kind: commerce.DueStep, Subject: change})
	return err
}

// processTime is what this process has had of all processors: unlike the time on
// the wall it says the same on a machine that does other things too.
func processTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkSettle carries out 100,000 changes that are due at one instant, and
// then shows their outcomes, durably.
func BenchmarkSettle(b *testing.B) {
	for range b.N {
		b.StopTimer()
		at := opened
		shop := benchShop(b, at)
		run := func(unit string) {
			began, used := time.Now(), processTime(b)
			for more := true; more; {
				var err error
				if more, err = shop.RunDue(b.Context(), "shop"); err != nil {
					b.Fatal(err)
				}
			}
			took := time.Since(began)
			b.ReportMetric(took.Seconds(), "s/"+unit)
			b.ReportMetric(benchChanges/took.Seconds(), unit+"/s")
			b.ReportMetric((processTime(b) - used).Seconds(), "cpu-s/"+unit)
		}
		b.StartTimer()
		run("settled")
		err := shop.Store.Write(b.Context(), func(tx commerce.Tx) error {
			refresh := tickAfter(at, 15*time.Minute)
			return tx.Worlds().SetClock(b.Context(), "shop", commerce.Clock{FrozenAt: &refresh})
		})
		if err != nil {
			b.Fatal(err)
		}
		run("shown")
	}
}
