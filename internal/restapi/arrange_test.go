package restapi_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

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
