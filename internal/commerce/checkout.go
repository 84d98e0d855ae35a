package commerce

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"provost/partnercenter"
)

// CheckoutCart orders what a cart holds: each group of its lines as one order.
// A group that is refused leaves nothing but its error, and the others are
// ordered. With the first order the cart is done with.
func (s *Service) CheckoutCart(ctx context.Context, by Caller, customer, id string, prices bool) (partnercenter.CartCheckoutResult, error) {
	result, err := once(ctx, s, by, func(ctx context.Context, w *writing) (partnercenter.CartCheckoutResult, error) {
		sale, err := w.saleTo(ctx, customer)
		if err != nil {
			return partnercenter.CartCheckoutResult{}, err
		}
		cart, err := w.openCart(ctx, customer, id)
		if err != nil {
			return partnercenter.CartCheckoutResult{}, err
		}
		return sale.checkout(ctx, cart)
	})
	result.Orders = slices.Clone(result.Orders) // others may be given the same answer
	for i, o := range result.Orders {
		result.Orders[i] = Priced(o, prices)
	}
	return result, err
}

// checkout orders the groups of a cart, one after the other, so that each counts
// for the limits of those that follow.
func (s *sale) checkout(ctx context.Context, cart Cart) (partnercenter.CartCheckoutResult, error) {
	result := partnercenter.CartCheckoutResult{
		Orders: []partnercenter.Order{}, Attributes: partnercenter.ResourceAttributes{ObjectType: "CartCheckoutResult"},
	}
	cause, err := s.tell(ctx, CartCheckedOut, EventRecord{Customer: cart.Customer, Cart: cart.Resource.ID})
	if err != nil {
		return result, err
	}
	s.cause = cause
	lines := cart.Resource.LineItems
	for _, group := range groupsOf(lines) {
		order, err := s.orderGroup(ctx, lines, group)
		var refused *partnercenter.Error
		switch {
		case errors.As(err, &refused):
			result.OrderErrors = append(result.OrderErrors, orderError(group, refused))
		case err != nil:
			return result, err
		default:
			result.Orders = append(result.Orders, order)
		}
	}
	if len(result.Orders) > 0 {
		cart.Resource.Status = partnercenter.CartOrdered
	}
	s.touch(&cart)
	return result, s.keepCart(ctx, &cart)
}

// groupsOf are the groups of a cart's lines, in their order.
func groupsOf(lines []partnercenter.CartLineItem) []string {
	var groups []string
	for _, line := range lines {
		if group := groupOf(line); !slices.Contains(groups, group) {
			groups = append(groups, group)
		}
	}
	return groups
}

// groupOf is the line's group; lines that came without one are a group.
func groupOf(line partnercenter.CartLineItem) string {
	if line.OrderGroup == nil {
		return ""
	}
	return *line.OrderGroup
}

// orderGroup orders the lines of one group. All that can be refused is, before
// anything is written.
func (s *sale) orderGroup(ctx context.Context, lines []partnercenter.CartLineItem, group string) (partnercenter.Order, error) {
	var purchases []purchase
	for _, line := range lines {
		if groupOf(line) != group {
			continue
		}
		bought, err := s.sellCartLine(ctx, line, nil)
		if err != nil {
			return partnercenter.Order{}, err
		}
		purchases = append(purchases, bought...)
	}
	for i := range purchases {
		purchases[i].line.LineItemNumber = i
	}
	if err := s.admit(ctx, purchases); err != nil {
		return partnercenter.Order{}, err
	}
	return s.placeOrder(ctx, partnercenter.Order{}, purchases)
}

// sellCartLine reads a line and its add-ons as they are to be ordered now.
func (s *sale) sellCartLine(ctx context.Context, line partnercenter.CartLineItem, base *purchase) ([]purchase, error) {
	p, err := s.readCartItem(ctx, line, base)
	if err != nil {
		return nil, err
	}
	purchases := []purchase{p}
	for _, addon := range line.AddonItems {
		below, err := s.sellCartLine(ctx, addon, &p)
		if err != nil {
			return nil, err
		}
		purchases = append(purchases, below...)
	}
	return purchases, nil
}

// orderError is a refusal in the place of a group's order. What the catalogue
// does not have is named as a cart's item (reference 1.4).
func orderError(group string, refused *partnercenter.Error) partnercenter.CartOrderError {
	if errors.Is(refused, partnercenter.ErrOfferID) {
		refused = partnercenter.ErrAvailabilityNotFound.About(refused.Data...)
	}
	code, err := strconv.Atoi(refused.Code)
	if err != nil {
		panic(fmt.Sprintf("the code %s is no number", refused.Code))
	}
	e := partnercenter.CartOrderError{OrderGroupID: group, Code: code, Description: refused.Description}
	if len(refused.Data) > 0 {
		e.Description += " (" + strings.Join(refused.Data, ", ") + ")"
	}
	return e
}
