package commerce_test

import (
	"fmt"
	"testing"

	"provost/internal/commerce"
	"provost/partnercenter"
)

func sandbox(w *commerce.WorldSettings) { w.Sandbox = true }

func TestASandboxSellsFiveSubscriptionsOfTwentyFiveSeats(t *testing.T) {
	s := openShop(t, sandbox)
	_, err := s.order(businessBasic, 26)
	refusedWith(t, err, partnercenter.ErrSeatLimit, "25")
	bought := s.buy(businessBasic, 25)
	_, err = s.patch(bought.ID, `{"quantity":26,"autoRenewEnabled":true}`)
	refusedWith(t, err, partnercenter.ErrSeatLimit, "25")
	for range 3 {
		if _, err := s.order(businessBasic, 1, over("P1M")); err != nil { // under way counts
			t.Fatal(err)
		}
	}
	two := partnercenter.Order{LineItems: []partnercenter.OrderLineItem{
		{LineItemNumber: 0, OfferID: businessBasic, Quantity: 1, TermDuration: new("P1M")}, {LineItemNumber: 1, OfferID: microsoftE3, Quantity: 1, TermDuration: new("P1M")},
	}}
	_, err = s.PlaceOrder(t.Context(), s.ada, shopCustomer, two)
	refusedWith(t, err, partnercenter.ErrSubscriptionLimit, "5")
	s.buy(businessBasic, 1, over("P1M"))
	_, err = s.order(businessBasic, 1, over("P1M"))
	refusedWith(t, err, partnercenter.ErrSubscriptionLimit, "5")

	s = openShop(t)
	for i := range 6 {
		if _, err := s.order(businessBasic, 26+i, over("P1M")); err != nil {
			t.Errorf("no sandbox, and %v", err)
		}
	}
}

func TestADeletedSubscriptionMakesRoomInASandbox(t *testing.T) {
	s := openShop(t, sandbox)
	for range 5 {
		s.buy(businessBasic, 1, over("P1M"))
	}
	s.write(func(tx commerce.Tx) error {
		all, err := tx.Subscriptions().List(t.Context(), commerce.SubscriptionQuery{World: "shop", Customer: shopCustomer})
		if err != nil {
			return err
		}
		all[0].Resource.Status = partnercenter.SubscriptionDeleted
		all[0].Version++
		return tx.Subscriptions().Update(t.Context(), all[0], all[0].Version-1)
	})
	s.buy(businessBasic, 1, over("P1M"))
}

func TestAPurchaseThatFailedTakesNoRoomInASandbox(t *testing.T) {
	s := openShop(t, sandbox, func(w *commerce.WorldSettings) {
		w.Simulator = map[string]string{businessBasic: "fail at once because the shelf is empty"}
	})
	for range 7 {
		if _, err := s.order(businessBasic, 1, over("P1M")); err != nil {
			t.Fatal(err)
		}
		s.advance("PT15M")
	}
}

// accepted is an agreement as a partner records it.
func accepted(changes ...func(*partnercenter.Agreement)) partnercenter.Agreement {
	a := partnercenter.Agreement{
		PrimaryContact: &partnercenter.AgreementContact{FirstName: "Iris", LastName: "Calder", Email: "iris@corner.example"},
		TemplateID:     "998b88de-aa99-4388-a42c-1b3517d49490", DateAgreed: partnercenter.At(opened), Type: partnercenter.MicrosoftCustomerAgreement,
	}
	for _, change := range changes {
		change(&a)
	}
	return a
}

func TestWhereAnAgreementIsRequiredItIsRecordedBeforeTheFirstPurchase(t *testing.T) {
	s := openShop(t, func(w *commerce.WorldSettings) { w.AgreementRequired = true })
	_, err := s.order(businessBasic, 1)
	refusedWith(t, err, partnercenter.ErrAgreement)
	recorded, err := s.RecordAgreement(t.Context(), s.rosa, shopCustomer, accepted())
	if err != nil || *recorded.UserID != "rosa" {
		t.Fatalf("%+v, %v", recorded, err)
	}
	if _, err := s.order(businessBasic, 1); err != nil {
		t.Error(err)
	}
	events := s.events("")
	if events[0].Kind != commerce.AgreementRecorded || events[0].Customer != shopCustomer {
		t.Errorf("%+v", events[0])
	}
	s.create(s.ada)
	for kind, want := range map[partnercenter.AgreementType]int{"": 1, partnercenter.MicrosoftCustomerAgreement: 1, partnercenter.MicrosoftCloudAgreement: 0} {
		if found, err := s.Agreements(t.Context(), s.ada.Actor, shopCustomer, kind); err != nil || len(found) != want {
			t.Errorf("%q: %d, %v", kind, len(found), err)
		}
	}
}

func TestAnAgreementSaysWhoAcceptedWhatAndWhen(t *testing.T) {
	s := openShop(t)
	record := func(changes ...func(*partnercenter.Agreement)) error {
		_, err := s.RecordAgreement(t.Context(), s.ada, shopCustomer, accepted(changes...))
		return err
	}
	for name, x := range map[string]struct {
		change func(*partnercenter.Agreement)
		want   *partnercenter.Error
	}{
		"kind":     {func(a *partnercenter.Agreement) { a.Type = "handshake" }, partnercenter.ErrEnum},
		"no kind":  {func(a *partnercenter.Agreement) { a.Type = "" }, partnercenter.ErrEnum},
		"template": {func(a *partnercenter.Agreement) { a.TemplateID = "latest" }, partnercenter.ErrInput},
		"date":     {func(a *partnercenter.Agreement) { a.DateAgreed = partnercenter.Time{} }, partnercenter.ErrInput},
		"contact":  {func(a *partnercenter.Agreement) { a.PrimaryContact = nil }, partnercenter.ErrInput},
		"name":     {func(a *partnercenter.Agreement) { a.PrimaryContact.LastName = "" }, partnercenter.ErrInput},
		"e-mail":   {func(a *partnercenter.Agreement) { a.PrimaryContact.Email = "iris" }, partnercenter.ErrProperty},
	} {
		t.Run(name, func(t *testing.T) { refusedWith(t, record(x.change), x.want) })
	}
	if err := record(); err != nil {
		t.Fatal(err)
	}
	refusedWith(t, record(), partnercenter.ErrAgreementExists, accepted().TemplateID)
	for i, another := range []func(*partnercenter.Agreement){
		func(a *partnercenter.Agreement) { a.DateAgreed = partnercenter.At(opened.AddDate(0, 0, 1)) },
		func(a *partnercenter.Agreement) { a.Type = partnercenter.MicrosoftCloudAgreement },
		func(a *partnercenter.Agreement) { a.TemplateID = fmt.Sprintf("998b88de-aa99-4388-a42c-%012d", 1) },
	} {
		if err := record(another); err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	r := s.audited(partnercenter.AuditCreateAgreement)
	if n := len(s.audits()); n != 4 || r.ResourceType != partnercenter.AuditAgreement {
		t.Errorf("%d records, %+v", n, r)
	}
}
