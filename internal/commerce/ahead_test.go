package commerce_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/internal/fulfillment"
	"provost/internal/sqlstore"
	"provost/partnercenter"
)

// countedStore counts its writes.
type countedStore struct {
	commerce.Store
	writes int
}

func (s *countedStore) Write(ctx context.Context, do func(commerce.Tx) error) error {
	s.writes++
	return s.Store.Write(ctx, do)
}

// What a batch reads beside itself shows how things stood before it. A
// subscription with a row at each end of the batch would be out of date at the
// second, the batch would fail for that, and its rows be carried out alone.
func TestBatchDoesNotTakeWhatItTouchedFromBeside(t *testing.T) {
	const changes = 150
	shop := shopOfChanges(t, changes, opened)
	store := &countedStore{Store: shop.Store}
	shop.Store = store
	ctx, later := t.Context(), opened.Add(time.Minute)
	err := store.Write(ctx, func(tx commerce.Tx) error {
		first, err := tx.Subscriptions().ByID(ctx, "shop", shopCustomer, subscriptionOfChange(0))
		if err != nil {
			return err
		}
		first.Resource.NextChargeInstructions = &partnercenter.NextChargeInstructions{Product: &partnercenter.ProductTerm{BillingCycle: partnercenter.BillingCycleAnnual}}
		if err := tx.Subscriptions().Update(ctx, first, first.Version); err != nil {
			return err
		}
		if _, err := tx.Due().Insert(ctx, commerce.Due{World: "shop", At: later, Kind: commerce.DueNextCharge, Subject: shopCustomer + "/" + subscriptionOfChange(0)}); err != nil {
			return err
		}
		return tx.Worlds().SetClock(ctx, "shop", commerce.Clock{FrozenAt: &later})
	})
	if err != nil {
		t.Fatal(err)
	}
	store.writes = 0
	for more := true; more; {
		if more, err = shop.RunDue(ctx, "shop"); err != nil {
			t.Fatal(err)
		}
	}
	if store.writes > 2 {
		t.Errorf("%d writes for %d rows", store.writes, changes+1)
	}
}

// blind is a store whose transactions cannot be read beside, whatever for.
type blind struct{ commerce.Store }

type blindTx struct{ commerce.Tx }

func (b blind) Write(ctx context.Context, do func(commerce.Tx) error) error {
	return b.Store.Write(ctx, func(tx commerce.Tx) error { return do(blindTx{tx}) })
}

func (blindTx) Before(context.Context, func(commerce.Tx) error) error {
	return fmt.Errorf("%w: no connection is left", commerce.ErrUnavailable)
}

// A server that stops, for one, begins no more reads: a batch under way must not
// wait for one.
func TestBatchReadsItselfWhatCannotBeReadBeside(t *testing.T) {
	const changes = 150
	shop := shopOfChanges(t, changes, opened)
	shop.Store = blind{shop.Store}
	for more := true; more; {
		var err error
		if more, err = shop.RunDue(t.Context(), "shop"); err != nil {
			t.Fatal(err)
		}
	}
	settled := 0
	err := shop.Store.Read(t.Context(), func(tx commerce.Tx) error {
		events, err := tx.Events().List(t.Context(), commerce.EventQuery{World: "shop", Limit: 10 * changes})
		for _, e := range events {
			if e.Kind == commerce.ChangeSettled {
				settled++
			}
		}
		return err
	})
	if err != nil || settled != changes {
		t.Errorf("%d of %d are settled: %v", settled, changes, err)
	}
}

func subscriptionOfChange(i int) string { return fmt.Sprintf("%08x-0000-4000-8000-0000000000aa", i) }

// shopOfChanges is a durable store in which so many seat changes are due at one
// instant.
func shopOfChanges(t testing.TB, changes int, at time.Time) *commerce.Service {
	t.Helper()
	store, err := sqlstore.OpenSQLite(t.Context(), sqlstore.SQLite{Path: filepath.Join(t.TempDir(), "bench.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	ctx := t.Context()
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
		for i := range changes {
			if err := insertChange(t, tx, i, at); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return &commerce.Service{Store: store, Provisioner: fulfillment.Simulator{}, Holder: "bench"}
}

func insertChange(t testing.TB, tx commerce.Tx, i int, at time.Time) error {
	ctx := t.Context()
	seats := commerce.Seats{Quantity: 5, EndDate: opened.Add(time.Minute)}
	id, change := subscriptionOfChange(i), fmt.Sprintf("%08x-0000-4000-8000-0000000000bb", i)
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
