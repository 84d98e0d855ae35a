package commerce

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"provost/partnercenter"
)

// sandboxCancels is for how long an order of a sandbox can be cancelled
// (reference 7.4).
const sandboxCancels = 60 * day

// cancel cancels what the lines of an order bought.
func (p *orderPatching) cancel(ctx context.Context) error {
	held, err := p.cancellable(ctx)
	if err != nil {
		return err
	}
	for _, id := range held {
		// An add-on of the same order may have gone with its base.
		s, err := findSubscription(ctx, p, p.World.ID, p.kept.Customer, id)
		if err != nil {
			return err
		}
		if s.Resource.Status == partnercenter.SubscriptionDeleted {
			continue
		}
		offer := s.offer()
		one := &patching{writing: p.writing, holder: p.buyer, offer: offer, was: s.Resource, s: &s}
		if err := one.turn(ctx, &s, offer, Cancellation, ""); err != nil {
			return err
		}
		if err := one.turnAddons(ctx, Cancellation); err != nil {
			return err
		}
	}
	return nil
}

// cancellable gives the subscriptions that go with the order, or says why it
// cannot be cancelled.
func (p *orderPatching) cancellable(ctx context.Context) ([]string, error) {
	var ids []string
	for _, line := range p.kept.Resource.LineItems {
		s, there, err := p.boughtBy(ctx, line)
		if err != nil {
			return nil, err
		}
		offer := p.offerOf(line, s)
		if err := p.cancelsByOrder(offer); err != nil {
			return nil, err
		}
		if !there || s.Resource.Status == partnercenter.SubscriptionDeleted {
			continue
		}
		if until := p.cancelledUntil(s, offer); !p.Now.Before(until) {
			return nil, Refuse(partnercenter.ErrNotCancellable.About(p.kept.Resource.ID, fmt.Sprint(line.LineItemNumber)),
				"line %d could be cancelled until %s", line.LineItemNumber, partnercenter.At(until))
		}
		ids = append(ids, s.Resource.ID)
	}
	if len(ids) == 0 {
		return nil, Refuse(partnercenter.ErrNotCancellable.About(p.kept.Resource.ID), "no line of the order has a subscription that is not deleted")
	}
	return ids, nil
}

// boughtBy gives the subscription that a line bought, and whether there is one.
func (p *orderPatching) boughtBy(ctx context.Context, line partnercenter.OrderLineItem) (Subscription, bool, error) {
	s, err := p.Subscriptions().ByID(ctx, p.World.ID, p.kept.Customer, purchaseOf(p.purchases, line).Subscription)
	if err != nil && !errors.Is(err, ErrMissing) {
		return s, false, fmt.Errorf("read the subscription of line %d: %w", line.LineItemNumber, err)
	}
	return s, err == nil, nil
}

// offerOf is what a line bought. What the catalogue lacks, such as what came with
// an imported world, is as its subscription says.
func (p *orderPatching) offerOf(line partnercenter.OrderLineItem, bought Subscription) Offer {
	if offer, ok := DefaultCatalogue().OfferAnywhere(line.OfferID); ok {
		return offer
	}
	if bought.Resource.OfferID != "" {
		return bought.offer()
	}
	return Offer{ID: line.OfferID, Kind: OfferLicence, Legacy: p.kept.Legacy}
}

// cancelsByOrder refuses what is cancelled elsewhere, or not outside of a
// sandbox (reference 7.4).
func (p *orderPatching) cancelsByOrder(o Offer) error {
	switch {
	case o.Legacy:
		return Refuse(partnercenter.ErrPatchSubscription.About(o.ID), "what is older than new commerce is cancelled by suspending its subscription")
	case o.Kind == OfferSaaS:
		return Refuse(partnercenter.ErrCancelSaaS.About(o.ID), `PATCH its subscription with status "deleted"`)
	case !p.World.Settings.Sandbox && o.Kind != OfferSoftware && o.Kind != OfferPerpetual:
		return Refuse(partnercenter.ErrCancelSandbox.About(o.ID), "this world is no sandbox; provost world set %s --sandbox on makes it one", p.World.ID)
	default:
		return nil
	}
}

// cancelledUntil is when a line can no longer be cancelled: in a sandbox 60 days
// after the order, elsewhere when the offer's own days are over.
func (p *orderPatching) cancelledUntil(s Subscription, o Offer) time.Time {
	if p.World.Settings.Sandbox {
		return p.kept.CreatedAt.Add(sandboxCancels)
	}
	if until := s.Resource.CancellationAllowedUntilDate; until != nil {
		return until.Time
	}
	term, _ := s.term(o)
	return s.CreatedAt.Add(time.Duration(term.CancelDays) * day)
}

// cancelLine notes in the order that what a line bought is cancelled.
func (w *writing) cancelLine(ctx context.Context, s Subscription) error {
	order, purchases, err := findOrder(ctx, w, w.World.ID, s.Customer, s.Resource.OrderID)
	if errors.Is(err, partnercenter.ErrOrderNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	order.Resource.LineItems = slices.Clone(order.Resource.LineItems)
	for i := range order.Resource.LineItems {
		line := &order.Resource.LineItems[i]
		if folded(purchaseOf(purchases, *line).Subscription) == folded(s.Resource.ID) {
			line.TransactionType = new(cancelledLine)
			_, err := w.keepOrder(ctx, &order)
			return err
		}
	}
	return nil
}
