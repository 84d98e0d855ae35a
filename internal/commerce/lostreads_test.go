package commerce_test

import (
	"context"
	"errors"
	"testing"

	"provost/internal/commerce"
)

// lost is a store whose connection goes when a customer is looked for.
type lost struct{ commerce.Store }

func (l lost) Read(ctx context.Context, do func(commerce.Tx) error) error {
	return l.Store.Read(ctx, func(tx commerce.Tx) error { return do(lostTx{tx}) })
}

type lostTx struct{ commerce.Tx }

func (l lostTx) Customers() commerce.CustomerTable { return lostCustomers{l.Tx.Customers()} }

type lostCustomers struct{ commerce.CustomerTable }

func (lostCustomers) ByID(context.Context, string, string) (commerce.Customer, error) {
	return commerce.Customer{}, commerce.ErrUnavailable
}

// What was read until then is not shown, and nothing is made of the rest.
func TestAReadThatLosesItsConnectionInTheMiddleSaysSo(t *testing.T) {
	s := openShop(t)
	order, err := s.order(businessBasic, 5)
	if err != nil {
		t.Fatal(err)
	}
	s.advance("PT1H")
	bought, _, err := s.Subscriptions(t.Context(), s.ada.Actor, commerce.SubscriptionQuery{Customer: shopCustomer})
	if err != nil || len(bought) != 1 {
		t.Fatal(bought, err)
	}
	s.Store = lost{s.Store}
	for what, read := range map[string]func() error{
		"subscriptions": func() error {
			_, _, err := s.Subscriptions(t.Context(), s.ada.Actor, commerce.SubscriptionQuery{Customer: shopCustomer})
			return err
		},
		"a subscription": func() error {
			_, _, err := s.Subscription(t.Context(), s.ada.Actor, shopCustomer, bought[0].ID)
			return err
		},
		"add-ons": func() error {
			_, err := s.Addons(t.Context(), s.ada.Actor, shopCustomer, bought[0].ID)
			return err
		},
		"an order": func() error {
			_, err := s.Order(t.Context(), s.ada.Actor, shopCustomer, order.ID, false)
			return err
		},
	} {
		if err := read(); !errors.Is(err, commerce.ErrUnavailable) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
