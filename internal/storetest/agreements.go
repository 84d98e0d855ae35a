package storetest

import (
	"context"
	"testing"

	"provost/internal/commerce"
	"provost/partnercenter"
)

var agreementPromises = []promise{
	{"agreements come in the order in which they were recorded", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), newCustomer(theWorld, "Customer-2", noon))...)
		var all []commerce.Agreement
		for _, template := range []string{"c", "a", "a", "b"} {
			a := commerce.Agreement{World: theWorld, Customer: theCustomer, CreatedAt: noon, Resource: partnercenter.Agreement{
				TemplateID: template, DateAgreed: partnercenter.At(noon), Type: partnercenter.MicrosoftCustomerAgreement,
				PrimaryContact: &partnercenter.AgreementContact{FirstName: "Ada", LastName: "Ünal", Email: "ada@corner.example"},
			}}
			all = append(all, a)
			insert(t, s, a)
		}
		of := func(customer string) []commerce.Agreement {
			return read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.Agreement, error) {
				return tx.Agreements().Of(ctx, "WORLD-1", customer)
			})
		}
		same(t, "agreements", of("CUSTOMER-1"), all)
		same(t, "another's", len(of("Customer-2")), 0)
		refused(t, s, commerce.ErrMissing, func(ctx context.Context, tx commerce.Tx) error {
			return tx.Agreements().Insert(ctx, commerce.Agreement{World: theWorld, Customer: "none", CreatedAt: noon})
		})
	}},
}
