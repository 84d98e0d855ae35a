package commerce

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"provost/partnercenter"
)

// cartLife is for how long a cart can be checked out, in world time (reference
// 1.4).
const cartLife = 7 * day

// Cart is a cart as kept: the resource with its prices, without links.
type Cart struct {
	World     string    `json:"-"`
	Customer  string    `json:"customer"`
	CreatedAt time.Time `json:"createdAt"` // world time
	// Version grows by one with each write.
	Version  int64              `json:"version"`
	Resource partnercenter.Cart `json:"resource"`
}

// CartTable keeps carts.
type CartTable interface {
	Insert(ctx context.Context, c Cart) error
	// Update writes what a cart has become if it is still at the version (else
	// ErrMissing).
	Update(ctx context.Context, c Cart, version int64) error
	ByID(ctx context.Context, world, customer, id string) (Cart, error)
	// List gives a customer's carts by creation, then id.
	List(ctx context.Context, world, customer string) ([]Cart, error)
	// All gives a world's, to walk through.
	All(world string) Rows[Cart]
}

// CreateCart keeps what a customer may buy. A line that cannot be bought says
// why; the cart is there nonetheless.
func (s *Service) CreateCart(ctx context.Context, by Caller, customer string, asked partnercenter.Cart, prices bool) (partnercenter.Cart, error) {
	return cartOnce(ctx, s, by, prices, func(ctx context.Context, w *writing) (Cart, error) {
		sale, err := w.saleTo(ctx, customer)
		if err != nil {
			return Cart{}, err
		}
		c := Cart{World: w.World.ID, Customer: sale.buyer.Resource.ID, CreatedAt: w.Now, Version: 1}
		c.Resource = partnercenter.Cart{
			ID: uuid.NewString(), CreationTimestamp: partnercenter.At(w.Now), Status: partnercenter.CartActive,
			Attributes: partnercenter.ResourceAttributes{ObjectType: "Cart"},
		}
		if err := sale.fill(ctx, &c, asked.LineItems); err != nil {
			return c, err
		}
		if err := w.Carts().Insert(ctx, c); err != nil {
			return c, fmt.Errorf("insert cart: %w", err)
		}
		_, err = w.tell(ctx, CartCreated, EventRecord{Customer: c.Customer, Cart: c.Resource.ID})
		return c, err
	})
}

// ReplaceCart keeps other lines in the place of a cart's own.
func (s *Service) ReplaceCart(ctx context.Context, by Caller, customer, id string, asked partnercenter.Cart, prices bool) (partnercenter.Cart, error) {
	return cartOnce(ctx, s, by, prices, func(ctx context.Context, w *writing) (Cart, error) {
		sale, err := w.saleTo(ctx, customer)
		if err != nil {
			return Cart{}, err
		}
		c, err := w.openCart(ctx, customer, id)
		if err != nil {
			return c, err
		}
		if err := sale.fill(ctx, &c, asked.LineItems); err != nil {
			return c, err
		}
		if err := w.keepCart(ctx, &c); err != nil {
			return c, err
		}
		_, err = w.tell(ctx, CartChanged, EventRecord{Customer: c.Customer, Cart: c.Resource.ID})
		return c, err
	})
}

// Cart gives a cart that has not expired.
func (s *Service) Cart(ctx context.Context, actor Actor, customer, id string, prices bool) (partnercenter.Cart, error) {
	var shown partnercenter.Cart
	err := s.inWorld(ctx, actor.World.ID, func(tx Tx, m Moment) error {
		kept, err := findCart(ctx, tx, m, customer, id)
		shown = kept.shown(prices)
		return err
	})
	return shown, err
}

// cartOnce does a write of a cart and shows what it has become.
func cartOnce(ctx context.Context, s *Service, by Caller, prices bool, do func(context.Context, *writing) (Cart, error)) (partnercenter.Cart, error) {
	c, err := once(ctx, s, by, do)
	return c.shown(prices), err
}

func findCart(ctx context.Context, tx Tx, m Moment, customer, id string) (Cart, error) {
	kept, err := tx.Carts().ByID(ctx, m.World.ID, customer, id)
	switch {
	case errors.Is(err, ErrMissing):
		return Cart{}, partnercenter.ErrCartNotFound.About(id)
	case err != nil:
		return Cart{}, fmt.Errorf("read cart %s: %w", id, err)
	case kept.Resource.Status == partnercenter.CartActive && !m.Now.Before(kept.Resource.ExpirationTimestamp.Time):
		return Cart{}, Refuse(partnercenter.ErrCartNotFound.About(id), "the cart expired at %s: create another", kept.Resource.ExpirationTimestamp)
	}
	return kept, nil
}

// openCart finds a cart that is not checked out.
func (w *writing) openCart(ctx context.Context, customer, id string) (Cart, error) {
	kept, err := findCart(ctx, w, w.Moment, customer, id)
	if err == nil && kept.Resource.Status != partnercenter.CartActive {
		return kept, partnercenter.ErrCartOrdered.About(kept.Resource.ID)
	}
	return kept, err
}

// keepCart writes a cart's next version.
func (w *writing) keepCart(ctx context.Context, c *Cart) error {
	was := c.Version
	c.Version++
	err := w.Carts().Update(ctx, *c, was)
	if errors.Is(err, ErrMissing) {
		return partnercenter.ErrCartBusy.About(c.Resource.ID)
	}
	if err != nil {
		return fmt.Errorf("update cart %s: %w", c.Resource.ID, err)
	}
	return nil
}

// touch notes when the cart was changed, and by whom.
func (w *writing) touch(c *Cart) {
	r := &c.Resource
	r.LastModifiedTimestamp = partnercenter.At(w.Now)
	if r.ExpirationTimestamp.IsZero() {
		r.ExpirationTimestamp = partnercenter.At(w.Now.Add(cartLife))
	}
	r.LastModifiedUser = new(w.by.User)
	if w.by.AppOnly() {
		r.LastModifiedUser = new(w.by.App)
	}
}

// shown is the cart as it is answered.
func (c Cart) shown(prices bool) partnercenter.Cart {
	r := c.Resource
	if r.ID == "" {
		return r
	}
	r.Links = &partnercenter.CartLinks{Self: partnercenter.GetLink("/customers/" + c.Customer + "/carts/" + r.ID)}
	if !prices {
		r.LineItems = unpriced(r.LineItems)
	}
	return r
}

func unpriced(lines []partnercenter.CartLineItem) []partnercenter.CartLineItem {
	lines = slices.Clone(lines)
	for i := range lines {
		lines[i].Pricing = nil
		lines[i].AddonItems = unpriced(lines[i].AddonItems)
	}
	return lines
}
