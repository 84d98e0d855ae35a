package commerce

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"provost/partnercenter"
)

// reach takes a change's progress to its subscription: one that is bought comes
// to be with its first fulfilled portion, and a settled change has an outcome.
func (w *writing) reach(ctx context.Context, c Change) error {
	if c.decided() == 0 {
		return w.await(ctx, c)
	}
	delivered := false
	kept, err := w.Subscriptions().ByID(ctx, w.World.ID, c.Customer, c.Subscription)
	switch {
	case errors.Is(err, ErrMissing) && c.Kind == Purchase:
		if c.Provisioned() > 0 {
			kept, err = w.deliver(ctx, c)
			delivered = true
		} else if !c.Settled() {
			return nil
		} else {
			return w.fail(ctx, c)
		}
	case err == nil && !c.Settled():
		if kept.Provisioning != nil {
			kept.Provisioning.NextStepAt = c.NextStepAt
		}
	}
	if err != nil {
		return fmt.Errorf("read subscription %s: %w", c.Subscription, err)
	}
	if c.Settled() {
		if err := w.settle(ctx, c, &kept); err != nil {
			return err
		}
	}
	if c.Kind.byTime() {
		return nil // its status was there before it: the resource stays the same version
	}
	if err := w.keep(ctx, &kept); err != nil {
		return err
	}
	if c.Kind == Purchase {
		if err := w.joinParent(ctx, c, &kept); err != nil {
			return err
		}
	}
	switch _, failed := c.Failed(); {
	case delivered:
		return w.startAddons(ctx, c)
	case c.Kind == Cancellation && c.Settled() && !failed:
		return w.cancelLine(ctx, kept)
	default:
		return nil
	}
}

// fail records that nothing of a purchase was delivered: neither it nor what was
// to go onto it comes to be.
func (w *writing) fail(ctx context.Context, c Change) error {
	event, err := w.tellOf(ctx, c, ChangeSettled, EventRecord{Before: &c.Before, After: new(0), Reason: failure(c)})
	if err != nil {
		return err
	}
	w.cause = event
	return w.failAddons(ctx, c)
}

func failure(c Change) string {
	reason, _ := c.Failed()
	return reason
}

// await lets a subscription's status know when its change goes on; what is
// being bought has no status yet.
func (w *writing) await(ctx context.Context, c Change) error {
	if c.Kind == Purchase {
		return nil
	}
	kept, err := w.Subscriptions().ByID(ctx, w.World.ID, c.Customer, c.Subscription)
	if err != nil {
		return fmt.Errorf("read subscription %s: %w", c.Subscription, err)
	}
	if kept.Provisioning == nil || !c.Kind.changesSeats() {
		return nil
	}
	kept.Provisioning.Accept(c.NextStepAt)
	// The resource does not say when: it is the same version.
	if err := w.Subscriptions().Update(ctx, kept, kept.Version); err != nil {
		return fmt.Errorf("update subscription %s: %w", c.Subscription, err)
	}
	return nil
}

// changesSeats says whether the provisioning status shows such a change.
func (k ChangeKind) changesSeats() bool {
	return k == Purchase || k == SeatChange || k == Renewal || k == TermChange
}

// keep writes a subscription's next version.
func (w *writing) keep(ctx context.Context, s *Subscription) error {
	was := s.Version
	s.Version++
	if err := w.Subscriptions().Update(ctx, *s, was); err != nil {
		return fmt.Errorf("update subscription %s: %w", s.Resource.ID, err)
	}
	return nil
}

// settle records how a change ended, and from when that shows.
func (w *writing) settle(ctx context.Context, c Change, s *Subscription) error {
	_, failed := c.Failed()
	if failed && (c.Kind != Renewal || c.fruitless()) {
		if err := w.takeBack(ctx, c, s); err != nil {
			return err
		}
	}
	if err := w.supersede(ctx, c, *s); err != nil {
		return err
	}
	before, after := 0, c.Provisioned()
	if p := s.Provisioning; p != nil {
		before = p.Provisioned.Quantity
		after += before
	}
	event, err := w.tellOf(ctx, c, ChangeSettled, EventRecord{Before: &before, After: &after, Reason: failure(c)})
	if err != nil {
		return err
	}
	w.cause = event
	if s.Provisioning != nil && c.Kind.changesSeats() {
		s.provision(c, after, w.Moment)
		if err := w.announce(ctx, c, *s); err != nil {
			return err
		}
	}
	return w.follow(ctx, c, s)
}

// provision makes a settled change's seats those of the subscription.
func (s *Subscription) provision(c Change, seats int, m Moment) {
	outcome := partnercenter.ProvisioningSuccess
	if _, failed := c.Failed(); failed {
		outcome = partnercenter.ProvisioningFailed
	}
	s.Resource.Quantity = seats
	s.Provisioning.Settle(m.Now, Seats{Quantity: seats, EndDate: s.Resource.CommitmentEndDate.Time}, outcome, m.World.Settings.RefreshInterval)
	if c.Kind == Renewal && c.fruitless() {
		return
	}
	offer := s.offer()
	if c.Kind == Renewal {
		s.Provisioning.SKUID = cmp.Or(offer.ProvisioningID, s.Provisioning.SKUID)
	}
	s.offerBack(c, offer, m.Now)
}

// takeBack undoes what a failed change had made of the resource.
func (w *writing) takeBack(ctx context.Context, c Change, s *Subscription) error {
	was, r := c.Undo, &s.Resource
	if was == nil {
		return nil
	}
	switch c.Kind {
	case Suspension, Cancellation, Reactivation:
		if r.Status != c.Kind.leadsTo() {
			return nil // time has led further meanwhile
		}
		r.Status, r.SuspensionReasons = was.Status, was.SuspensionReasons
		if c.Kind == Cancellation {
			takeBackEnd(r, *was)
		}
	case TermChange:
		takeBackTerm(r, *was)
	case Renewal:
		takeBackRenewal(r, *was)
	}
	// What was asked for meanwhile counts, and stays.
	switch trial := r.IsTrial != nil && *r.IsTrial; {
	case c.Kind == Reactivation:
		r.ScheduledNextTermInstructions = nil
	case r.ScheduledNextTermInstructions == nil && (r.AutoRenewEnabled || trial):
		r.ScheduledNextTermInstructions = was.ScheduledNextTermInstructions
	}
	s.tellLines()
	return w.awaitNextCharge(ctx, s)
}

// takeBackEnd undoes what the end of a subscription takes with it. Nothing of
// it can have been changed since.
func takeBackEnd(r *partnercenter.Subscription, was partnercenter.Subscription) {
	r.Actions, r.AutoRenewEnabled, r.NextChargeInstructions = was.Actions, was.AutoRenewEnabled, was.NextChargeInstructions
	r.RefundOptions, r.RefundableQuantity = was.RefundOptions, was.RefundableQuantity
}

func takeBackTerm(r *partnercenter.Subscription, was partnercenter.Subscription) {
	r.EffectiveStartDate, r.CommitmentEndDate, r.CommitmentEndDateTime = was.EffectiveStartDate, was.CommitmentEndDate, was.CommitmentEndDateTime
	r.TermDuration, r.BillingCycle = was.TermDuration, was.BillingCycle
	r.BillingCycleEndDate, r.BillingCycleEndDateTime = was.BillingCycleEndDate, was.BillingCycleEndDateTime
	if r.NextChargeInstructions == nil {
		r.NextChargeInstructions = was.NextChargeInstructions
	}
}

// announce has the outcome's event written when it becomes visible.
func (w *writing) announce(ctx context.Context, c Change, s Subscription) error {
	return w.due(ctx, s.Provisioning.VisibleAt, DueVisible, dueSubject(c.Customer, c.Subscription))
}

func dueSubject(customer, subscription string) string {
	return folded(customer) + "/" + folded(subscription)
}

// deliver makes the subscription that a purchase has begun to provision.
func (w *writing) deliver(ctx context.Context, c Change) (Subscription, error) {
	order, err := w.orderOf(ctx, c)
	if err != nil {
		return Subscription{}, err
	}
	offer, ok := DefaultCatalogue().OfferAnywhere(c.Offer)
	if !ok {
		return Subscription{}, fmt.Errorf("deliver change %s: the catalogue has no offer %s", c.ID, c.Offer)
	}
	s, err := newSubscription(order, c, offer, w.Now)
	if err != nil {
		return s, err
	}
	if err := w.Subscriptions().Insert(ctx, s); err != nil {
		return s, fmt.Errorf("insert subscription %s: %w", s.Resource.ID, err)
	}
	return s, w.awaitTermEnd(ctx, s)
}

// dueVisible tells that an outcome shows.
func (w *writing) dueVisible(ctx context.Context, d Due) error {
	customer, id, _ := strings.Cut(d.Subject, "/")
	s, err := w.Subscriptions().ByID(ctx, w.World.ID, customer, id)
	if err != nil {
		return fmt.Errorf("read subscription %s: %w", id, err)
	}
	return w.tellVisible(ctx, s)
}

func (w *writing) tellVisible(ctx context.Context, s Subscription) error {
	before, after := s.Provisioning.Published.Quantity, s.Provisioning.Provisioned.Quantity
	_, err := w.tell(ctx, OutcomeVisible, EventRecord{
		Customer: s.Customer, Subscription: s.Resource.ID, Before: &before, After: &after, Reason: string(s.Provisioning.Outcome),
	})
	return err
}

// supersede makes way for the outcome of a change. The one before it is told now
// if it shows already: a change can settle before the runner has come to that.
// One that would show later never does, if this one takes its place.
func (w *writing) supersede(ctx context.Context, c Change, s Subscription) error {
	waiting, err := w.Due().Of(ctx, w.World.ID, DueVisible, dueSubject(s.Customer, s.Resource.ID))
	if err != nil {
		return fmt.Errorf("find what is to show of subscription %s: %w", s.Resource.ID, err)
	}
	now, cause := w.Now, w.cause
	defer func() { w.Now, w.cause = now, cause }()
	for _, d := range waiting {
		shows := !d.At.After(now) && !d.At.Equal(tick(now, w.World.Settings.RefreshInterval))
		if !shows && !c.Kind.changesSeats() {
			continue
		}
		if _, err := w.Due().Remove(ctx, w.World.ID, d.ID); err != nil {
			return fmt.Errorf("make way for change %s: %w", c.ID, err)
		}
		if !shows {
			continue
		}
		w.Now, w.cause = d.At, d.Cause
		if err := w.tellVisible(ctx, s); err != nil {
			return err
		}
	}
	return nil
}
