package commerce

import (
	"context"

	"github.com/google/uuid"

	"provost/partnercenter"
)

// SubscriptionMembers are those of a subscription that a PATCH can change, and
// its attributes, which hold the etag.
func SubscriptionMembers() []string {
	return []string{
		"quantity", "status", "friendlyName", "autoRenewEnabled", "partnerId", "billingCycle", "termDuration",
		"scheduledNextTermInstructions", "attributes",
	}
}

// Condition says whether the caller's If-Match holds for a resource with this
// etag, which is shown like this; nil: the caller sent none.
type Condition func(etag string, shown any) bool

// PatchSubscription changes what a body asks to change of a subscription.
func (s *Service) PatchSubscription(ctx context.Context, by Caller, customer, id string, patch Patch[partnercenter.Subscription], _ Condition) (partnercenter.Subscription, error) {
	return once(ctx, s, by, func(ctx context.Context, w *writing) (partnercenter.Subscription, error) {
		holder, err := w.customer(ctx, customer)
		if err != nil {
			return partnercenter.Subscription{}, err
		}
		kept, err := findSubscription(ctx, w, w.World.ID, customer, id)
		if err != nil {
			return partnercenter.Subscription{}, err
		}
		before, asked := kept.Resource, patch.To
		if asked.Quantity != 0 && asked.Quantity != kept.Resource.Quantity {
			if err := w.changeQuantity(ctx, &kept, asked.Quantity); err != nil {
				return partnercenter.Subscription{}, err
			}
		}
		err = w.audit(ctx, audited{
			operation: partnercenter.AuditUpdateSubscription, resource: partnercenter.AuditSubscription,
			customer: holder, id: kept.Resource.ID, before: before, after: kept.Resource,
		})
		if err != nil {
			return partnercenter.Subscription{}, err
		}
		shelf, err := shelfFor(ctx, w, w.World.ID, customer)
		return s.showSubscription(kept, shelf), err
	})
}

// changeQuantity asks for more seats, or fewer.
func (w *writing) changeQuantity(ctx context.Context, s *Subscription, quantity int) error {
	offer, ok := DefaultCatalogue().OfferAnywhere(s.Resource.OfferID)
	if !ok {
		return partnercenter.ErrOfferID.About(s.Resource.OfferID)
	}
	c := Change{
		World: w.World.ID, ID: uuid.NewString(), Kind: SeatChange, Customer: s.Customer, Subscription: s.Resource.ID,
		Offer: offer.ID, Before: s.Resource.Quantity, Asked: quantity, AskedAt: w.Now,
		Portions: []Portion{{Quantity: quantity - s.Resource.Quantity, Status: partnercenter.PrefulfillmentPending}},
	}
	s.Resource.Quantity = quantity
	s.Provisioning.Accept(nil)
	if err := w.keep(ctx, s); err != nil {
		return err
	}
	if _, err := w.begin(ctx, c, offer); err != nil {
		return err
	}
	kept, err := findSubscription(ctx, w, w.World.ID, s.Customer, s.Resource.ID)
	*s = kept
	return err
}
