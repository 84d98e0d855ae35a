package commerce_test

import (
	"errors"
	"testing"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// Between the request and its write a role may be taken away, or the customer.
func TestWriteAsksInItselfWhetherItsCallerMay(t *testing.T) {
	sellers := commerce.Access{Roles: []commerce.AgentRole{commerce.AdminAgent, commerce.SalesAgent}}
	for name, c := range map[string]struct {
		customer string
		lost     func(commerce.Tx, commerce.Actor) error
		want     error
	}{
		"who has the role": {shopCustomer, nil, nil},
		"who has lost it": {shopCustomer, func(tx commerce.Tx, a commerce.Actor) error {
			return tx.Roles().RevokeAgent(t.Context(), commerce.AgentGrant{World: a.World.ID, Partner: a.Partner.ID, User: a.User, Role: commerce.AdminAgent})
		}, partnercenter.ErrRole},
		"who has lost the customer": {shopCustomer, func(tx commerce.Tx, a commerce.Actor) error {
			return tx.Relationships().End(t.Context(), commerce.Relationship{World: a.World.ID, Partner: a.Partner.ID, Customer: shopCustomer, Kind: commerce.ResellerOf})
		}, partnercenter.ErrNoRelationship},
	} {
		t.Run(name, func(t *testing.T) {
			s := openShop(t)
			by := s.ada
			grant := commerce.AgentGrant{World: by.World.ID, Partner: by.Partner.ID, User: by.User, Role: commerce.AdminAgent}
			err := s.Store.Write(t.Context(), func(tx commerce.Tx) error {
				if err := tx.Roles().GrantAgent(t.Context(), grant); err != nil || c.lost == nil {
					return err
				}
				return c.lost(tx, by.Actor)
			})
			if err != nil {
				t.Fatal(err)
			}
			by.Key, by.Customer, by.Right = "key", c.customer, &commerce.Right{Access: sellers}
			_, err = s.PlaceOrder(t.Context(), by, c.customer, s.five())
			if !errors.Is(err, c.want) || !by.Right.Asked() {
				t.Errorf("%v, and it has asked: %t", err, by.Right.Asked())
			}
			if kept, err := s.Answered(t.Context(), by); err != nil || kept != (c.want == nil) {
				t.Errorf("an answer is kept: %t, %v", kept, err)
			}
		})
	}
}

// Who sold to a customer may hear again what it bought, though it may not buy
// more.
func TestWhoHasNoCustomerAnyMoreHearsAgainWhatItDid(t *testing.T) {
	s := openShop(t)
	first, err := s.place("key")
	if err == nil {
		err = s.Store.Write(t.Context(), func(tx commerce.Tx) error {
			return tx.Relationships().End(t.Context(), commerce.Relationship{
				World: s.ada.World.ID, Partner: s.ada.Partner.ID, Customer: shopCustomer, Kind: commerce.ResellerOf,
			})
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	by := s.ada
	by.Key, by.Customer, by.Right = "key", shopCustomer, &commerce.Right{}
	again, err := s.PlaceOrder(t.Context(), by, shopCustomer, s.five())
	if err != nil || again.ID != first.ID {
		t.Errorf("it hears %s, %v", again.ID, err)
	}
	by.Key, by.Right = "another", &commerce.Right{}
	if _, err := s.PlaceOrder(t.Context(), by, shopCustomer, s.five()); !errors.Is(err, partnercenter.ErrNoRelationship) {
		t.Errorf("it buys more: %v", err)
	}
}
