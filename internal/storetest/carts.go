package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"provost/internal/commerce"
	"provost/partnercenter"
)

func newCart(id string, created time.Time) commerce.Cart {
	return commerce.Cart{
		World: theWorld, Customer: theCustomer, CreatedAt: created, Version: 1,
		Resource: partnercenter.Cart{ID: id, Status: partnercenter.CartActive},
	}
}

var cartPromises = []promise{
	{"any cart comes back unharmed", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld))
		number := 0
		rapid.Check(t, func(r *rapid.T) {
			number++
			customer := newCustomer(theWorld, fmt.Sprintf("Customer-%d", number), noon)
			cart := commerce.Cart{
				World: theWorld, Customer: customer.Resource.ID, CreatedAt: noon, Resource: Cart().Draw(r, "cart"), Version: rapid.Int64().Draw(r, "version"),
			}
			insert(r, s, customer, cart)
			got := read(r, s, func(ctx context.Context, tx commerce.Tx) (commerce.Cart, error) {
				return tx.Carts().ByID(ctx, theWorld, cart.Customer, cart.Resource.ID)
			})
			same(r, "cart", got, cart)
		})
	}},
	{"carts come by creation, then id", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), newCart("c", noon), newCart("B", noon), newCart("a", noon.Add(100)), newCart("d", noon.Add(-time.Hour)))...)
		all := read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.Cart, error) {
			return tx.Carts().List(ctx, theWorld, theCustomer)
		})
		same(t, "carts", each(all, func(c commerce.Cart) string { return c.Resource.ID }), []string{"d", "B", "c", "a"})
	}},
	{"a cart is updated at its version alone", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), newCart("Cart-1", noon))...)
		next := newCart("Cart-1", noon)
		next.Version, next.Resource.Status = 2, partnercenter.CartOrdered
		update := func(version int64) func(context.Context, commerce.Tx) error {
			return func(ctx context.Context, tx commerce.Tx) error { return tx.Carts().Update(ctx, next, version) }
		}
		refused(t, s, commerce.ErrMissing, update(2))
		write(t, s, update(1))
		got := read(t, s, func(ctx context.Context, tx commerce.Tx) (commerce.Cart, error) {
			return tx.Carts().ByID(ctx, theWorld, theCustomer, "CART-1")
		})
		same(t, "cart", got, next)
	}},
	{"a customer's carts go with it", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), newCart("Cart-1", noon))...)
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			return tx.Customers().Remove(ctx, theWorld, theCustomer)
		})
		missing(t, s, "the cart", func(ctx context.Context, tx commerce.Tx) (commerce.Cart, error) {
			return tx.Carts().ByID(ctx, theWorld, theCustomer, "Cart-1")
		})
	}},
}
