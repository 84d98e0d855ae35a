package commerce_test

import (
	"context"
	"errors"
	"testing"

	"provost/internal/commerce"
)

// cutOff is a store whose connection is lost while subscriptions are listed.
type cutOff struct{ commerce.Store }

type cutOffTx struct{ commerce.Tx }

type cutOffSubscriptions struct{ commerce.SubscriptionTable }

func (c cutOff) Read(ctx context.Context, do func(commerce.Tx) error) error {
	return c.Store.Read(ctx, func(tx commerce.Tx) error { return do(cutOffTx{tx}) })
}

func (c cutOffTx) Subscriptions() commerce.SubscriptionTable {
	return cutOffSubscriptions{c.Tx.Subscriptions()}
}

func (cutOffSubscriptions) List(context.Context, commerce.SubscriptionQuery) ([]commerce.Subscription, error) {
	return nil, commerce.ErrUnavailable
}

func TestOrdersThatCannotBeReadWholeAreAFailure(t *testing.T) {
	s := openShop(t)
	order, err := s.order(businessBasic, 5)
	if err != nil {
		t.Fatal(err)
	}
	s.Store = cutOff{s.Store}
	if _, err := s.Order(t.Context(), s.ada.Actor, shopCustomer, order.ID, false); !errors.Is(err, commerce.ErrUnavailable) {
		t.Errorf("one order: %v", err)
	}
	if _, err := s.Orders(t.Context(), s.ada.Actor, commerce.OrderQuery{Customer: shopCustomer}); !errors.Is(err, commerce.ErrUnavailable) {
		t.Errorf("all orders: %v", err)
	}
}
