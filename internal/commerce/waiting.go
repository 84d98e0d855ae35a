package commerce

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"provost/partnercenter"
)

// waiting are the add-ons that were bought with a base and wait for it.
func (w *writing) waiting(ctx context.Context, base Change) ([]Change, error) {
	order, err := w.orderOf(ctx, base)
	if err != nil {
		return nil, err
	}
	var all []Change
	for _, line := range order.Resource.LineItems {
		if parent := line.ParentSubscriptionID; parent == nil || !strings.EqualFold(*parent, base.Subscription) {
			continue
		}
		c, err := w.Changes().PurchaseOf(ctx, w.World.ID, base.Customer, base.Order, line.LineItemNumber)
		if errors.Is(err, ErrMissing) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the purchase of line %d of order %s: %w", line.LineItemNumber, base.Order, err)
		}
		if c.StartedAt == nil && !c.Settled() {
			all = append(all, c)
		}
	}
	return all, nil
}

// orderOf is the order that a purchase belongs to.
func (w *writing) orderOf(ctx context.Context, c Change) (Order, error) {
	key := folded(c.Customer) + "/" + folded(c.Order)
	if order, there := w.orders[key]; there {
		return order, nil
	}
	order, err := w.Orders().ByID(ctx, w.World.ID, c.Customer, c.Order)
	if err != nil {
		return order, fmt.Errorf("read order %s: %w", c.Order, err)
	}
	if w.orders == nil {
		w.orders = map[string]Order{}
	}
	w.orders[key] = order
	return order, nil
}

// startAddons begins to deliver what waited for a base that is there now.
func (w *writing) startAddons(ctx context.Context, base Change) error {
	addons, err := w.waiting(ctx, base)
	if err != nil {
		return err
	}
	cause := w.cause
	defer func() { w.cause = cause }()
	for _, c := range addons {
		offer, ok := DefaultCatalogue().OfferAnywhere(c.Offer)
		if !ok {
			return fmt.Errorf("carry out change %s: the catalogue has no offer %s", c.ID, c.Offer)
		}
		c.StartedAt = new(w.Now)
		if w.cause, err = w.tellOf(ctx, c, ChangeStarted, EventRecord{Cause: cause, Before: &c.Before, After: &c.Asked}); err != nil {
			return err
		}
		if _, err := w.step(ctx, c, offer); err != nil {
			return err
		}
	}
	return nil
}

// joinParent takes an add-on that is delivered to where its parent has gone
// meanwhile: what was yet to come could not be taken along.
func (w *writing) joinParent(ctx context.Context, c Change, s *Subscription) error {
	if s.Resource.ParentSubscriptionID == nil {
		return nil
	}
	parent, err := w.Subscriptions().ByID(ctx, w.World.ID, s.Customer, *s.Resource.ParentSubscriptionID)
	if errors.Is(err, ErrMissing) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read subscription %s: %w", *s.Resource.ParentSubscriptionID, err)
	}
	cause := w.cause
	defer func() { w.cause = cause }()
	switch status := parent.Resource.Status; {
	case !s.inTerm():
		return nil
	case status == partnercenter.SubscriptionSuspended && s.follows(Suspension):
		if !c.Settled() {
			return w.suspendUnsettled(ctx, s)
		}
		return w.turn(ctx, s, s.offer(), Suspension, suspendedWithParent)
	case status == partnercenter.SubscriptionDeleted && c.Settled():
		return w.turn(ctx, s, s.offer(), Cancellation, "")
	case below(status, partnercenter.SubscriptionSuspended):
		if err := w.pass(ctx, s, status, ""); err != nil {
			return err
		}
		return w.keep(ctx, s)
	default:
		return nil
	}
}

// suspendUnsettled suspends with its parent what has its first seats and waits
// for the others: there cannot be a change beside its purchase.
func (w *writing) suspendUnsettled(ctx context.Context, s *Subscription) error {
	s.Resource.Status, s.Resource.SuspensionReasons = partnercenter.SubscriptionSuspended, []string{suspendedWithParent}
	s.tellLines()
	if _, err := w.tell(ctx, Suspended, EventRecord{Customer: s.Customer, Order: s.Resource.OrderID, Subscription: s.Resource.ID}); err != nil {
		return err
	}
	if s.Legacy {
		if err := w.due(ctx, w.Now.Add(legacySuspendedFor), DueDeleted, dueSubject(s.Customer, s.Resource.ID)); err != nil {
			return err
		}
	}
	return w.keep(ctx, s)
}

// failAddons settles what waited for a base that will never be.
func (w *writing) failAddons(ctx context.Context, base Change) error {
	addons, err := w.waiting(ctx, base)
	if err != nil {
		return err
	}
	cause := w.cause
	defer func() { w.cause = cause }()
	for _, c := range addons {
		w.cause = cause
		lost := Portion{Quantity: c.Asked - c.Before, Status: partnercenter.Unfulfilled, Reason: "The base subscription was not provisioned."}
		if _, err := w.record(ctx, c, Progress{Portions: []Portion{lost}}); err != nil {
			return err
		}
	}
	return nil
}
