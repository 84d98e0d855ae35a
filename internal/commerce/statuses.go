package commerce

import (
	"context"
	"fmt"
	"slices"

	"provost/partnercenter"
)

// Why a subscription is suspended.
const (
	suspendedByPartner = "CustomerCancellation"
	// suspendedWithParent: it is to be active again when its parent is.
	suspendedWithParent = "ParentSuspended"
)

// changeStatus suspends, reactivates or deletes, and takes the add-ons along.
func (p *patching) changeStatus(ctx context.Context) error {
	asked := p.asked.To.Status
	if asked == "" || asked == partnercenter.SubscriptionNone || asked == "unknown" || asked == p.was.Status {
		return nil
	}
	if !partnercenter.Known(asked) {
		return partnercenter.ErrEnum.About("status", string(asked))
	}
	kind, ok := turns[[2]partnercenter.SubscriptionStatus{p.was.Status, asked}]
	if !ok || kind == Cancellation && p.s.Legacy {
		// What is older than new commerce is cancelled by suspending it.
		return partnercenter.ErrTransition.About(string(asked), string(p.was.Status))
	}
	if err := p.ready(); err != nil {
		return err
	}
	if err := p.canTurn(ctx, kind); err != nil {
		return err
	}
	if err := p.turn(ctx, p.s, p.offer, kind, suspendedByPartner); err != nil {
		return err
	}
	return p.turnAddons(ctx, kind)
}

// turns are what a PATCH can make of a status (reference 7.10); the first is the
// one that is.
var turns = map[[2]partnercenter.SubscriptionStatus]ChangeKind{
	{partnercenter.SubscriptionActive, partnercenter.SubscriptionSuspended}:  Suspension,
	{partnercenter.SubscriptionSuspended, partnercenter.SubscriptionActive}:  Reactivation,
	{partnercenter.SubscriptionActive, partnercenter.SubscriptionDeleted}:    Cancellation,
	{partnercenter.SubscriptionSuspended, partnercenter.SubscriptionDeleted}: Cancellation,
	{partnercenter.SubscriptionPending, partnercenter.SubscriptionDeleted}:   Cancellation,
}

// canTurn refuses a change of status that this subscription cannot have now.
func (p *patching) canTurn(ctx context.Context, kind ChangeKind) error {
	switch {
	case p.offer.Kind == OfferReservation || p.offer.Kind == OfferPerpetual:
		return Refuse(partnercenter.ErrStatusFixed.About(p.was.ID), "what was bought once is cancelled through its order")
	case kind == Reactivation:
		return p.canReactivate(ctx)
	case p.offer.Kind == OfferUsage && !p.s.Legacy && p.was.EntitlementID != nil:
		return partnercenter.ErrUsageActive.About(p.was.ID, *p.was.EntitlementID)
	case kind == Cancellation:
		return p.canCancel()
	default:
		return nil
	}
}

// canReactivate: before the term's end, and not without an active parent.
func (p *patching) canReactivate(ctx context.Context) error {
	if p.s.ended(p.Now) {
		return partnercenter.ErrTransition.About(string(partnercenter.SubscriptionActive), string(p.was.Status))
	}
	if p.was.ParentSubscriptionID == nil {
		return nil
	}
	parent, err := findSubscription(ctx, p, p.World.ID, p.s.Customer, *p.was.ParentSubscriptionID)
	if err != nil {
		return err
	}
	if parent.Resource.Status != partnercenter.SubscriptionActive {
		return partnercenter.ErrParentInactive.About(p.was.ID, parent.Resource.ID)
	}
	return nil
}

// canCancel: within the days after the purchase or renewal that the offer
// allows. What is billed by use, and what waits for its publisher, can be
// cancelled at any time.
func (p *patching) canCancel() error {
	until := p.was.CancellationAllowedUntilDate
	switch {
	case p.offer.Kind == OfferUsage, p.was.Status == partnercenter.SubscriptionPending:
		return nil
	case until != nil && p.Now.Before(until.Time):
		return nil
	case p.cancelDays() == 1:
		return partnercenter.ErrCancelHours.About(p.was.ID, "24")
	default:
		return partnercenter.ErrCancelDays.About(p.was.ID, fmt.Sprint(p.cancelDays()))
	}
}

// cancelDays are those of the term that the subscription is in.
func (p *patching) cancelDays() int {
	term, _ := p.s.term(p.offer)
	return term.CancelDays
}

// term is what the subscription was bought for, as the catalogue has it.
func (s Subscription) term(offer Offer) (OfferTerm, bool) {
	duration, cycle := "", partnercenter.BillingCycle("")
	if s.Resource.TermDuration != nil {
		duration = *s.Resource.TermDuration
	}
	if s.Resource.BillingCycle != nil {
		cycle = *s.Resource.BillingCycle
	}
	return offer.Term(duration, cycle)
}

// turn has a subscription change its status, as a change of no seats.
func (w *writing) turn(ctx context.Context, s *Subscription, offer Offer, kind ChangeKind, reason string) error {
	undo := s.Resource
	r := &s.Resource
	switch kind {
	case Suspension:
		r.Status, r.SuspensionReasons = partnercenter.SubscriptionSuspended, []string{reason}
		r.ScheduledNextTermInstructions = nil
	case Reactivation:
		r.Status, r.SuspensionReasons = partnercenter.SubscriptionActive, nil
	case Cancellation:
		r.Status, r.SuspensionReasons, r.Actions = partnercenter.SubscriptionDeleted, nil, nil
		r.AutoRenewEnabled, r.ScheduledNextTermInstructions, r.NextChargeInstructions = false, nil, nil
		r.RefundOptions, r.RefundableQuantity = nil, nil
	}
	s.tellLines()
	return w.change(ctx, s, Change{Kind: kind, Before: r.Quantity, Asked: r.Quantity, Undo: &undo}, offer)
}

// turnAddons takes the add-ons along. Those that were suspended for themselves
// stay so.
func (p *patching) turnAddons(ctx context.Context, kind ChangeKind) error {
	return p.addons(ctx, *p.s, func(addon Subscription) bool { return addon.follows(kind) }, func(addon *Subscription) error {
		before, version := addon.Resource, addon.Version
		if err := p.turn(ctx, addon, addon.offer(), kind, suspendedWithParent); err != nil {
			return err
		}
		if err := p.asOne(ctx, addon, version, true); err != nil {
			return err
		}
		return p.testify(ctx, before, addon.Resource)
	})
}

// addons does something to those of a subscription's add-ons that it is for.
func (w *writing) addons(ctx context.Context, parent Subscription, which func(Subscription) bool, do func(*Subscription) error) error {
	addons, err := w.Subscriptions().List(ctx, SubscriptionQuery{World: w.World.ID, Customer: parent.Customer, Parent: parent.Resource.ID})
	if err != nil {
		return fmt.Errorf("list add-ons of subscription %s: %w", parent.Resource.ID, err)
	}
	for _, addon := range addons {
		if !which(addon) {
			continue
		}
		if err := do(&addon); err != nil {
			return err
		}
	}
	return nil
}

// follows says whether an add-on goes along when its parent's status changes.
func (s Subscription) follows(kind ChangeKind) bool {
	switch status := s.Resource.Status; kind {
	case Suspension:
		return status == partnercenter.SubscriptionActive
	case Reactivation:
		return status == partnercenter.SubscriptionSuspended && slices.Contains(s.Resource.SuspensionReasons, suspendedWithParent)
	default:
		return status == partnercenter.SubscriptionActive || status == partnercenter.SubscriptionSuspended
	}
}
