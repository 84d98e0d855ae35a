package commerce

import (
	"context"
	"fmt"
	"strings"

	"provost/partnercenter"
)

// waiting are the add-ons that were bought with a base and wait for it.
func (w *writing) waiting(ctx context.Context, base Change) ([]Change, error) {
	order, err := w.Orders().ByID(ctx, w.World.ID, base.Customer, base.Order)
	if err != nil {
		return nil, fmt.Errorf("read order %s: %w", base.Order, err)
	}
	onto := map[int]bool{}
	for _, line := range order.Resource.LineItems {
		if parent := line.ParentSubscriptionID; parent != nil && strings.EqualFold(*parent, base.Subscription) {
			onto[line.LineItemNumber] = true
		}
	}
	if len(onto) == 0 {
		return nil, nil
	}
	purchases, err := w.Changes().Purchases(ctx, w.World.ID, base.Customer, base.Order)
	if err != nil {
		return nil, fmt.Errorf("read purchases of order %s: %w", base.Order, err)
	}
	var all []Change
	for _, c := range purchases {
		if onto[c.Line] && c.StartedAt == nil && !c.Settled() {
			all = append(all, c)
		}
	}
	return all, nil
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
