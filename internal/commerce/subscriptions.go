package commerce

import (
	"context"
	"errors"
	"fmt"
	"time"

	"provost/partnercenter"
)

// Subscription is a subscription as kept: the resource without links and etag,
// and what its provisioning status is made of.
type Subscription struct {
	World     string    `json:"-"`
	Customer  string    `json:"customer"`
	CreatedAt time.Time `json:"createdAt"` // world time
	// Version grows by one with each write.
	Version int64 `json:"version"`
	// Legacy subscriptions carry an etag in the documents' own form.
	Legacy   bool                       `json:"legacy,omitempty"`
	Resource partnercenter.Subscription `json:"resource"`
	// Provisioning is nil for what is billed by usage: nothing is provisioned
	// seat by seat.
	Provisioning *Provisioning `json:"provisioning,omitempty"`
}

// SubscriptionQuery picks subscriptions of one customer; empty members take all.
type SubscriptionQuery struct {
	World, Customer string
	// Order picks those that the order bought.
	Order string
	// MPNID picks those with this reseller of record.
	MPNID string
	// Parent picks the add-ons of this subscription.
	Parent string
}

// SubscriptionID names a subscription in its world.
type SubscriptionID struct{ Customer, ID string }

// SubscriptionUpdate is what a subscription has become, and the version at which
// it was.
type SubscriptionUpdate struct {
	Subscription
	Was int64
}

// ProvisioningInWorld is what a provisioning status is made of, with as much of
// its world.
type ProvisioningInWorld struct {
	// Provisioning is nil where nothing is provisioned.
	*Provisioning
	Clock Clock
	// RefreshInterval is there while a change is on its way, and asked for by nothing
	// else.
	RefreshInterval time.Duration
}

// moment is that of the world at a real instant, as far as a status asks for it.
func (p ProvisioningInWorld) moment(real time.Time) Moment {
	w := World{Clock: p.Clock, Settings: WorldSettings{RefreshInterval: p.RefreshInterval}}
	return Moment{World: w, Now: w.Clock.At(real.Truncate(precision))}
}

// SubscriptionTable keeps subscriptions.
type SubscriptionTable interface {
	Insert(ctx context.Context, s Subscription) error
	// Update writes what a subscription has become if it is still at the version
	// (else ErrMissing). Its customer, order and parent stay.
	Update(ctx context.Context, s Subscription, version int64) error
	// UpdateAll updates many; it is ErrMissing unless it has updated all.
	UpdateAll(ctx context.Context, all []SubscriptionUpdate) error
	ByID(ctx context.Context, world, customer, id string) (Subscription, error)
	// ByIDs gives those of them that there are, in no order.
	ByIDs(ctx context.Context, world string, ids []SubscriptionID) ([]Subscription, error)
	// List gives subscriptions by creation, then id.
	List(ctx context.Context, q SubscriptionQuery) ([]Subscription, error)
	// Provisioning reads the status alone: one row, one index, no resource. It is
	// nil where nothing is provisioned.
	Provisioning(ctx context.Context, world, customer, id string) (*Provisioning, error)
	// ProvisioningIn reads the status and the clock that it is seen by, all of one
	// state, from one question.
	ProvisioningIn(ctx context.Context, world, customer, id string) (ProvisioningInWorld, error)
	// All gives a world's, to walk through.
	All(world string) Rows[Subscription]
}

// Subscriptions lists a customer's subscriptions.
func (s *Service) Subscriptions(ctx context.Context, actor Actor, q SubscriptionQuery) ([]partnercenter.Subscription, Outlook, error) {
	q.World = actor.World.ID
	var shown []partnercenter.Subscription
	outlook := Outlook{Holds: ForEver}
	err := s.inWorld(ctx, q.World, func(tx Tx, m Moment) error {
		kept, err := tx.Subscriptions().List(ctx, q)
		if err != nil {
			return err
		}
		for _, k := range kept {
			outlook.Holds = min(outlook.Holds, k.holds(m))
		}
		shown, err = s.showSubscriptions(ctx, tx, q, kept, m.Now)
		return err
	})
	if err != nil {
		return nil, Outlook{}, fmt.Errorf("list subscriptions of customer %s: %w", q.Customer, err)
	}
	return shown, outlook, nil
}

// holds is how long time alone leaves the resource as it shows: until something
// can no longer be given back, or a billing cycle is over.
func (s Subscription) holds(m Moment) time.Duration {
	var ends []time.Time
	for _, o := range s.Resource.RefundOptions {
		ends = append(ends, o.ExpiresAt.Time)
	}
	if s.Resource.RefundableQuantity != nil {
		for _, d := range s.Resource.RefundableQuantity.Details {
			ends = append(ends, d.AllowedUntilDateTime.Time)
		}
	}
	if s.Resource.BillingCycleEndDateTime != nil {
		// The cycle lasts to the end of that instant, and where it is over the
		// resource shows another than the one that is kept.
		s.setCycle(m.Now)
		ends = append(ends, s.Resource.BillingCycleEndDateTime.Add(precision))
	}
	return m.holds(ends...)
}

// Subscription gives one subscription, and when it can next be different.
func (s *Service) Subscription(ctx context.Context, actor Actor, customer, id string) (partnercenter.Subscription, Outlook, error) {
	var shown partnercenter.Subscription
	var outlook Outlook
	err := s.inWorld(ctx, actor.World.ID, func(tx Tx, m Moment) error {
		kept, err := findSubscription(ctx, tx, actor.World.ID, customer, id)
		if err != nil {
			return err
		}
		outlook.Holds = kept.holds(m)
		if p := kept.Provisioning; p != nil && p.Unsettled {
			step := p.step(m)
			outlook = Outlook{RetryAfter: step.RetryAfter, Holds: min(outlook.Holds, step.Holds)}
		}
		shelf, err := shelfFor(ctx, tx, actor.World.ID, customer)
		if err != nil {
			return err
		}
		shown = s.showSubscription(kept, shelf, m.Now)
		return nil
	})
	return shown, outlook, err
}

// Addons lists the add-ons of a base subscription.
func (s *Service) Addons(ctx context.Context, actor Actor, customer, id string) ([]partnercenter.Subscription, error) {
	var shown []partnercenter.Subscription
	err := s.inWorld(ctx, actor.World.ID, func(tx Tx, m Moment) error {
		base, err := findSubscription(ctx, tx, actor.World.ID, customer, id)
		if err != nil {
			return err
		}
		q := SubscriptionQuery{World: actor.World.ID, Customer: customer, Parent: base.Resource.ID}
		kept, err := tx.Subscriptions().List(ctx, q)
		if err != nil {
			return err
		}
		shown, err = s.showSubscriptions(ctx, tx, q, kept, m.Now)
		return err
	})
	return shown, err
}

func findSubscription(ctx context.Context, tx Tx, world, customer, id string) (Subscription, error) {
	kept, err := tx.Subscriptions().ByID(ctx, world, customer, id)
	if errors.Is(err, ErrMissing) {
		return kept, partnercenter.ErrSubscriptionNotFound.About(id)
	}
	if err != nil {
		return kept, fmt.Errorf("read subscription %s: %w", id, err)
	}
	return kept, nil
}

func (s *Service) showSubscriptions(ctx context.Context, tx Tx, q SubscriptionQuery, kept []Subscription, now time.Time) ([]partnercenter.Subscription, error) {
	shelf, err := shelfFor(ctx, tx, q.World, q.Customer)
	if err != nil {
		return nil, err
	}
	shown := make([]partnercenter.Subscription, len(kept))
	for i, k := range kept {
		shown[i] = s.showSubscription(k, shelf, now)
	}
	return shown, nil
}

// showSubscription is the resource as it is answered at an instant: with its
// etag and the links that answer, and without the refunds that have lapsed.
func (s *Service) showSubscription(kept Subscription, shelf Shelf, now time.Time) partnercenter.Subscription {
	kept.setCycle(now)
	r := offeredBack(kept.Resource, now)
	base := "/customers/" + kept.Customer + "/subscriptions/"
	r.Links = &partnercenter.SubscriptionLinks{Self: partnercenter.GetLink(base + r.ID)}
	r.Links.Product, r.Links.SKU, r.Links.Availability = shelf.links(r.OfferID)
	if r.ParentSubscriptionID != nil {
		r.Links.ParentSubscription = partnercenter.GetLink(base + *r.ParentSubscriptionID)
	}
	r.Attributes = s.attributes("Subscription", r.ID, kept.Version, kept.Legacy)
	return r
}
