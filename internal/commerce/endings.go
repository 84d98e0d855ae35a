package commerce

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"provost/partnercenter"
)

// EndCustomer ends the caller's relationship with a customer, once none of its
// subscriptions is active. Where the provider ends it, nobody sells to the
// customer any more.
func (s *Service) EndCustomer(ctx context.Context, by Caller, customer string, to partnercenter.CustomerRelationship) (partnercenter.Customer, error) {
	return once(ctx, s, by, func(ctx context.Context, w *writing) (partnercenter.Customer, error) {
		kept, err := w.customer(ctx, customer)
		if err != nil {
			return partnercenter.Customer{}, err
		}
		switch to {
		case partnercenter.RelationshipNone:
			return w.endCustomer(ctx, kept)
		case "", partnercenter.RelationshipReseller:
			return partnercenter.Customer{}, Refuse(partnercenter.ErrInput.About("relationshipToPartner"),
				`what can be changed of a customer is its relationship, to "none"; its billing profile has a call of its own: PUT /v1/customers/%s/profiles/billing`, customer)
		default:
			return partnercenter.Customer{}, partnercenter.ErrEnum.About("relationshipToPartner", string(partnercenter.RelationshipNone))
		}
	})
}

func (w *writing) endCustomer(ctx context.Context, kept Customer) (partnercenter.Customer, error) {
	none := partnercenter.Customer{}
	active, err := w.activeSubscriptions(ctx, kept)
	if err != nil {
		return none, err
	}
	if len(active) > 0 {
		return none, Refuse(partnercenter.ErrConflict.About(active...),
			`%d subscriptions of customer %s are active; suspend them first: PATCH /v1/customers/%s/subscriptions/{subscription} with {"status":"suspended"}`,
			len(active), kept.Resource.ID, kept.Resource.ID)
	}
	ending := []Partner{w.by.Partner}
	if w.by.Partner.Kind == Provider {
		if ending, err = w.Partners().List(ctx, w.World.ID); err != nil {
			return none, fmt.Errorf("list partners: %w", err)
		}
	}
	for _, p := range ending {
		if err := w.endRelationship(ctx, p, kept); err != nil {
			return none, err
		}
	}
	before := kept.whole(false, true)
	after := before
	after.RelationshipToPartner = partnercenter.RelationshipNone
	shown := kept.whole(false, false)
	shown.RelationshipToPartner, shown.Links = partnercenter.RelationshipNone, nil
	return shown, w.audit(ctx, audited{
		operation: partnercenter.AuditRemoveRelationship, resource: partnercenter.AuditPartnerCustomerRelationship,
		customer: kept, before: before, after: after,
	})
}

// activeSubscriptions are the ids of those that are in use, or on their way to
// be.
func (w *writing) activeSubscriptions(ctx context.Context, kept Customer) ([]string, error) {
	all, err := w.Subscriptions().List(ctx, SubscriptionQuery{World: w.World.ID, Customer: kept.Resource.ID})
	if err != nil {
		return nil, fmt.Errorf("list subscriptions: %w", err)
	}
	var active []string
	for _, s := range all {
		if s.Resource.Status == partnercenter.SubscriptionActive || s.Resource.Status == partnercenter.SubscriptionPending {
			active = append(active, s.Resource.ID)
		}
	}
	purchases, err := w.Changes().Purchases(ctx, w.World.ID, kept.Resource.ID, "")
	if err != nil {
		return nil, fmt.Errorf("list purchases: %w", err)
	}
	for _, c := range purchases {
		if !c.Settled() && !slices.ContainsFunc(active, func(id string) bool { return strings.EqualFold(id, c.Subscription) }) {
			active = append(active, c.Subscription)
		}
	}
	return active, nil
}

// endRelationship ends all that a partner is to a customer, and the roles of
// its people on it.
func (w *writing) endRelationship(ctx context.Context, p Partner, kept Customer) error {
	kinds, err := w.Relationships().Between(ctx, w.World.ID, p.ID, kept.Resource.ID)
	if err != nil || len(kinds) == 0 {
		return err
	}
	who := party{w.World, p, kept, kinds}
	for _, kind := range kinds {
		if err := w.Relationships().End(ctx, who.entry(kind).Relationship); err != nil {
			return err
		}
	}
	if err := who.endRoles(ctx, w, Words{}); err != nil {
		return err
	}
	_, err = w.tell(ctx, RelationshipEnded, EventRecord{Customer: kept.Resource.ID, Reason: fmt.Sprintf("of %s %s", p.Kind, p.Tenant)})
	return err
}

// DeleteCustomer takes a customer of a sandbox away with all that it bought, so
// that there is room for another. Software and reservations that it holds have to
// be cancelled before.
func (s *Service) DeleteCustomer(ctx context.Context, by Caller, customer string) error {
	_, err := once(ctx, s, by, func(ctx context.Context, w *writing) (struct{}, error) {
		return struct{}{}, w.deleteCustomer(ctx, customer)
	})
	return err
}

func (w *writing) deleteCustomer(ctx context.Context, id string) error {
	if !w.World.Settings.Sandbox {
		return Refuse(partnercenter.ErrNotHere,
			"customers of a sandbox alone can be deleted; this makes the world one: provost world set %s --sandbox on", w.World.ID)
	}
	kept, err := w.customer(ctx, id)
	if err != nil {
		return err
	}
	held, err := w.heldOrders(ctx, kept)
	if err != nil {
		return err
	}
	if len(held) > 0 {
		return Refuse(partnercenter.ErrConflict.About(held...),
			`orders of software and reservations have to be cancelled first: PATCH /v1/customers/%s/orders/{order} with {"status":"cancelled"}`, kept.Resource.ID)
	}
	if err := w.Customers().Remove(ctx, w.World.ID, kept.Resource.ID); err != nil {
		return err
	}
	if _, err := w.tell(ctx, CustomerDeleted, EventRecord{Customer: kept.Resource.ID}); err != nil {
		return err
	}
	return w.audit(ctx, audited{
		operation: partnercenter.AuditDeleteCustomer, resource: partnercenter.AuditCustomer, customer: kept, before: kept.whole(false, true),
	})
}

// heldOrders are the orders of software and reservations that the customer has,
// or is being delivered.
func (w *writing) heldOrders(ctx context.Context, kept Customer) ([]string, error) {
	purchases, err := w.Changes().Purchases(ctx, w.World.ID, kept.Resource.ID, "")
	if err != nil {
		return nil, fmt.Errorf("list purchases: %w", err)
	}
	subscriptions, err := w.Subscriptions().List(ctx, SubscriptionQuery{World: w.World.ID, Customer: kept.Resource.ID})
	if err != nil {
		return nil, fmt.Errorf("list subscriptions: %w", err)
	}
	var held []string
	for _, c := range purchases {
		var s Subscription
		at := slices.IndexFunc(subscriptions, func(s Subscription) bool { return strings.EqualFold(s.Resource.ID, c.Subscription) })
		if at >= 0 {
			s = subscriptions[at]
		}
		offer, known := DefaultCatalogue().OfferAnywhere(cmp.Or(c.Offer, s.Resource.OfferID))
		if !known || offer.Kind != OfferSoftware && offer.Kind != OfferPerpetual && offer.Kind != OfferReservation {
			continue
		}
		lives := at >= 0 && s.Resource.Status != partnercenter.SubscriptionDeleted
		if (lives || !c.Settled()) && !slices.Contains(held, c.Order) {
			held = append(held, c.Order)
		}
	}
	return held, nil
}

// DomainTaken says whether a customer of the world has the domain.
func (s *Service) DomainTaken(ctx context.Context, actor Actor, domain string) (taken bool, err error) {
	err = s.Store.Read(ctx, func(tx Tx) error {
		_, err := tx.Customers().ByDomain(ctx, actor.World.ID, domain)
		if errors.Is(err, ErrMissing) {
			return nil
		}
		taken = err == nil
		return err
	})
	if err != nil {
		return false, fmt.Errorf("find domain %s: %w", domain, err)
	}
	return taken, nil
}
