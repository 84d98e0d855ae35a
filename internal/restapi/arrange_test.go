package restapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// arrangements are what an exchange can find the frozen world to be.
var arrangements = map[string]func(context.Context, commerce.Tx, *commerce.World) error{
	"sandbox": func(_ context.Context, _ commerce.Tx, w *commerce.World) error {
		w.Settings.Sandbox = true
		return nil
	},
	// full: the provider has 75 customers.
	"full": func(ctx context.Context, tx commerce.Tx, w *commerce.World) error {
		partners, err := tx.Partners().List(ctx, w.ID)
		for i := range 65 {
			if err == nil {
				c := commerce.Customer{World: w.ID, CreatedAt: frozenAt, Resource: partnercenter.Customer{ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", i)}}
				err = tx.Customers().Insert(ctx, c)
			}
			if err == nil {
				err = tx.Relationships().Insert(ctx, commerce.Relationship{World: w.ID, Partner: partners[0].ID, Customer: fmt.Sprintf("00000000-0000-4000-8000-%012d", i), Kind: commerce.ResellerOf})
			}
		}
		return err
	},
	// suspended: the documents' customer uses nothing any more.
	"suspended": func(ctx context.Context, tx commerce.Tx, w *commerce.World) error {
		all, err := tx.Subscriptions().List(ctx, commerce.SubscriptionQuery{World: w.ID, Customer: documentsCustomer})
		for _, s := range all {
			if err == nil {
				was := s.Version
				s.Version++
				s.Resource.Status = partnercenter.SubscriptionSuspended
				err = tx.Subscriptions().Update(ctx, s, was)
			}
		}
		return err
	},
	// throttled: no more than 500 requests a minute.
	"throttled": func(_ context.Context, _ commerce.Tx, w *commerce.World) error {
		w.Settings.Throttle = new(true)
		return nil
	},
	// bound: a purchase wants an agreement.
	"bound": func(_ context.Context, _ commerce.Tx, w *commerce.World) error {
		w.Settings.AgreementRequired = true
		return nil
	},
	// afar: the documents' customer is where nothing is sold.
	"afar": func(ctx context.Context, tx commerce.Tx, w *commerce.World) error {
		c, err := tx.Customers().ByID(ctx, w.ID, documentsCustomer)
		if err != nil {
			return err
		}
		was := c.Version
		c.Version++
		c.Resource.BillingProfile.DefaultAddress.Country = "AQ"
		return tx.Customers().Update(ctx, c, was)
	},
	// A cart of yesterday: one that can be checked out, one of which a part can,
	// one that is, and one of last week.
	"cart":    cartOf(cartLines, partnercenter.CartActive, -24*time.Hour),
	"badcart": cartOf(badCartLines, partnercenter.CartActive, -24*time.Hour),
	"ordered": cartOf(cartLines, partnercenter.CartOrdered, -24*time.Hour),
	"oldcart": cartOf(cartLines, partnercenter.CartActive, -7*24*time.Hour),
	// agreed: the documents' customer accepted an agreement.
	"agreed": func(ctx context.Context, tx commerce.Tx, w *commerce.World) error {
		return tx.Agreements().Insert(ctx, commerce.Agreement{World: w.ID, Customer: documentsCustomer, CreatedAt: frozenAt, Resource: partnercenter.Agreement{
			PrimaryContact: &partnercenter.AgreementContact{FirstName: "Iris", LastName: "Calder", Email: "iris@harbourlane.example"},
			TemplateID:     "998b88de-aa99-4388-a42c-1b3517d49490", DateAgreed: partnercenter.At(frozenAt.AddDate(0, 0, -1).Truncate(86400e9)),
			Type: partnercenter.MicrosoftCustomerAgreement, UserID: new(bearers["admin"].user),
		}})
	},
}

// arrange makes the frozen world what the words say.
func (d *door) arrange(t testing.TB, words string) {
	t.Helper()
	for word := range strings.FieldsSeq(words) {
		err := d.store.Write(t.Context(), func(tx commerce.Tx) error {
			w, err := tx.Worlds().ByID(t.Context(), "demo")
			if err != nil {
				return err
			}
			if err := arrangements[word](t.Context(), tx, &w); err != nil {
				return err
			}
			return tx.Worlds().Update(t.Context(), w.ID, w.Settings)
		})
		if err != nil {
			t.Fatalf("arrange %s: %v", word, err)
		}
	}
}

const (
	cartLines = `[{"id":0,"catalogItemId":"CFQ7TTC0LH18:0001:CFQ7TTC725M4","friendlyName":"Microsoft 365 Business Basic","quantity":5,"currencyCode":"USD","billingCycle":"monthly","termDuration":"P1Y","orderGroup":"0","addonItems":[
		{"id":1,"catalogItemId":"CFQ7TTC0HD33:0001:CFQ7TTC892RZ","friendlyName":"Teams Phone Standard","quantity":3,"currencyCode":"USD","billingCycle":"annual","termDuration":"P1Y","orderGroup":"0"}]},
		` + cartSoftware + `]`
	cartSoftware = `{"id":2,"catalogItemId":"DG7GMGF0D5RK:0004:DG7GMGFJXMXN","friendlyName":"Windows Server Standard, 16 core","quantity":1,"currencyCode":"USD","billingCycle":"one_time","orderGroup":"1"}`
	badCartLines = `[{"id":0,"catalogItemId":"CFQ7TTC0LH18:0001:NOTHING","quantity":1,"orderGroup":"0"},` + cartSoftware + `]`
)

func cartOf(lines string, status partnercenter.CartStatus, age time.Duration) func(context.Context, commerce.Tx, *commerce.World) error {
	return func(ctx context.Context, tx commerce.Tx, w *commerce.World) error {
		at := frozenAt.Add(age)
		c := commerce.Cart{World: w.ID, Customer: documentsCustomer, CreatedAt: at, Version: 1, Resource: partnercenter.Cart{
			ID: "b4c8fdea-cbe4-4d17-9576-13fcacbf9605", CreationTimestamp: partnercenter.At(at), LastModifiedTimestamp: partnercenter.At(at),
			ExpirationTimestamp: partnercenter.At(at.Add(7 * 24 * time.Hour)), LastModifiedUser: new(bearers["admin"].user), Status: status,
			Attributes: partnercenter.ResourceAttributes{ObjectType: "Cart"},
		}}
		if err := json.Unmarshal([]byte(lines), &c.Resource.LineItems); err != nil {
			return err
		}
		return tx.Carts().Insert(ctx, c)
	}
}
