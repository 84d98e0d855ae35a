package commerce

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"provost/partnercenter"
)

// What follows a term that is not renewed, and for how long (reference 7.10).
const (
	// expiredFor is how long a subscription is expired.
	expiredFor = 30 * day
	// disabledFor is how long it is disabled after that, before it is deleted.
	disabledFor = 90 * day
	// legacySuspendedFor is how long a subscription from before new commerce stays
	// suspended, before it is deleted.
	legacySuspendedFor = 90 * day
)

// decline are a subscription's statuses from the best on; time leads down alone.
var decline = []partnercenter.SubscriptionStatus{
	partnercenter.SubscriptionActive, partnercenter.SubscriptionSuspended, partnercenter.SubscriptionExpired,
	partnercenter.SubscriptionDisabled, partnercenter.SubscriptionDeleted,
}

// passed are the events of the statuses that time leads to, and passing the
// changes by which whoever delivers hears of them.
var (
	passed = map[partnercenter.SubscriptionStatus]EventKind{
		partnercenter.SubscriptionExpired:  Expired,
		partnercenter.SubscriptionDisabled: Disabled,
		partnercenter.SubscriptionDeleted:  Deleted,
	}
	passing = map[partnercenter.SubscriptionStatus]ChangeKind{
		partnercenter.SubscriptionExpired:  Expiry,
		partnercenter.SubscriptionDisabled: Disabling,
		partnercenter.SubscriptionDeleted:  Deletion,
	}
)

// turned are the events of changes that went well.
var turned = map[ChangeKind]EventKind{
	Renewal: Renewed, Suspension: Suspended, Reactivation: Reactivated, Cancellation: Deleted,
}

// termEnd is the midnight after a term's last day, and whether the term ends.
// Legacy terms name that midnight, others the last day.
func (s Subscription) termEnd() (time.Time, bool) {
	end := s.Resource.CommitmentEndDate.Time
	if !end.Before(neverEnds) {
		return end, false
	}
	if !s.Legacy {
		end = end.Add(day)
	}
	return end, true
}

// ended says whether the term is over.
func (s Subscription) ended(now time.Time) bool {
	end, ends := s.termEnd()
	return ends && !now.Before(end)
}

// inTerm says whether the end of the term still matters: what waits for its
// publisher has not begun one, and all else is over.
func (s Subscription) inTerm() bool {
	return s.Resource.Status == partnercenter.SubscriptionActive || s.Resource.Status == partnercenter.SubscriptionSuspended
}

// awaitTermEnd has what follows a subscription's term happen at its end, or now
// when that is past.
func (w *writing) awaitTermEnd(ctx context.Context, s Subscription) error {
	subject := dueSubject(s.Customer, s.Resource.ID)
	if err := w.undue(ctx, subject, DueTermEnd); err != nil {
		return err
	}
	end, ends := s.termEnd()
	if !ends || !s.inTerm() || end.Before(w.World.CreatedAt) {
		return nil // what was over before there was the world stays as it is
	}
	if end.Before(w.Now) {
		end = w.Now
	}
	return w.due(ctx, end, DueTermEnd, subject)
}

// undue has nothing of these kinds happen to a subscription any more.
func (w *writing) undue(ctx context.Context, subject string, kinds ...DueKind) error {
	for _, kind := range kinds {
		if err := w.Due().RemoveOf(ctx, w.World.ID, kind, subject); err != nil {
			return fmt.Errorf("remove what was due of subscription %s: %w", subject, err)
		}
	}
	return nil
}

// duly does what is due of a subscription; of one that is gone, nothing.
func (w *writing) duly(ctx context.Context, d Due, do func(context.Context, *Subscription) error) error {
	customer, id, _ := strings.Cut(d.Subject, "/")
	s, err := w.Subscriptions().ByID(ctx, w.World.ID, customer, id)
	if errors.Is(err, ErrMissing) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read subscription %s: %w", id, err)
	}
	return do(ctx, &s)
}

// endTerm does what follows a term: another one, or the end. A term that has
// been changed meanwhile is not over; what is on its way is waited for, and its
// settling leads here again.
func (w *writing) endTerm(ctx context.Context, s *Subscription) error {
	if !s.inTerm() || !s.ended(w.Now) {
		return nil
	}
	if gone, err := w.endedWithParent(ctx, s); err != nil || gone {
		return err
	}
	unsettled, err := w.Changes().Unsettled(ctx, w.World.ID, s.Customer, s.Resource.ID)
	if err != nil {
		return fmt.Errorf("look at what is on its way of subscription %s: %w", s.Resource.ID, err)
	}
	if unsettled {
		return nil
	}
	next, ok := s.followingTerm()
	if !ok && w.World.Settings.EndOfTerm == ExtendAtEnd {
		next, ok = s.extendedTerm()
	}
	if ok {
		return w.renew(ctx, s, next)
	}
	if err := w.pass(ctx, s, w.afterTerm(*s), ""); err != nil {
		return err
	}
	return w.keep(ctx, s)
}

// endedWithParent lets the parent's term end first where it ends too, and says
// whether the add-on's has ended with it.
func (w *writing) endedWithParent(ctx context.Context, s *Subscription) (bool, error) {
	if s.Resource.ParentSubscriptionID == nil {
		return false, nil
	}
	parent, err := w.Subscriptions().ByID(ctx, w.World.ID, s.Customer, *s.Resource.ParentSubscriptionID)
	if errors.Is(err, ErrMissing) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read subscription %s: %w", *s.Resource.ParentSubscriptionID, err)
	}
	if err := w.endTerm(ctx, &parent); err != nil {
		return false, err
	}
	*s, err = findSubscription(ctx, w, w.World.ID, s.Customer, s.Resource.ID)
	return !s.inTerm(), err
}

// afterTerm is what a subscription is after a term that no other follows.
func (w *writing) afterTerm(s Subscription) partnercenter.SubscriptionStatus {
	switch {
	case s.Legacy:
		return partnercenter.SubscriptionDeleted
	case s.Resource.Status == partnercenter.SubscriptionSuspended, w.World.Settings.EndOfTerm == CancelAtEnd && s.offer().renews():
		return partnercenter.SubscriptionDisabled
	default:
		return partnercenter.SubscriptionExpired
	}
}

// disable and remove are what is due after a term's end. Each leads on from one
// status alone, so that a row too many leads nowhere.
func (w *writing) disable(ctx context.Context, s *Subscription) error {
	if s.Resource.Status != partnercenter.SubscriptionExpired {
		return nil
	}
	if err := w.pass(ctx, s, partnercenter.SubscriptionDisabled, ""); err != nil {
		return err
	}
	return w.keep(ctx, s)
}

func (w *writing) remove(ctx context.Context, s *Subscription) error {
	status := s.Resource.Status
	if status != partnercenter.SubscriptionDisabled && (status != partnercenter.SubscriptionSuspended || !s.Legacy) {
		return nil
	}
	if err := w.pass(ctx, s, partnercenter.SubscriptionDeleted, ""); err != nil {
		return err
	}
	return w.keep(ctx, s)
}

// pass takes a subscription down to a status, for the caller to keep, and its
// add-ons with it; what follows becomes due.
func (w *writing) pass(ctx context.Context, s *Subscription, to partnercenter.SubscriptionStatus, reason string) error {
	from, subject := s.Resource.Status, dueSubject(s.Customer, s.Resource.ID)
	s.pass(to)
	event, err := w.tell(ctx, passed[to], EventRecord{Customer: s.Customer, Order: s.Resource.OrderID, Subscription: s.Resource.ID, Reason: reason})
	if err != nil {
		return err
	}
	w.cause = event
	if err := w.undue(ctx, subject, DueTermEnd, DueNextCharge, DueDisabled, DueDeleted); err != nil {
		return err
	}
	switch {
	case to == partnercenter.SubscriptionExpired:
		err = w.due(ctx, w.Now.Add(expiredFor), DueDisabled, subject)
	case to == partnercenter.SubscriptionDisabled && from == partnercenter.SubscriptionActive && w.World.Settings.EndOfTerm == CancelAtEnd:
		err = w.due(ctx, w.Now.Add(disabledFor), DueDeleted, subject)
	case to == partnercenter.SubscriptionDisabled && from != partnercenter.SubscriptionExpired:
		// It has not been expired, and takes as long all in all.
		err = w.due(ctx, w.Now.Add(expiredFor+disabledFor), DueDeleted, subject)
	case to == partnercenter.SubscriptionDisabled:
		err = w.due(ctx, w.Now.Add(disabledFor), DueDeleted, subject)
	}
	if err == nil {
		err = w.handOn(ctx, *s)
	}
	if err != nil {
		return err
	}
	return w.addons(ctx, *s, func(addon Subscription) bool { return below(to, addon.Resource.Status) }, func(addon *Subscription) error {
		w.cause = event
		with := to
		if after := w.afterTerm(*addon); addon.inTerm() && below(after, to) {
			with = after
		}
		if err := w.pass(ctx, addon, with, reason); err != nil {
			return err
		}
		return w.keep(ctx, addon)
	})
}

// handOn has whoever delivers hear of what time has made of a subscription. That
// waits for nobody's delivery, but a change that is on its way comes first, and its
// settling leads here again.
func (w *writing) handOn(ctx context.Context, s Subscription) error {
	unsettled, err := w.Changes().Unsettled(ctx, w.World.ID, s.Customer, s.Resource.ID)
	if err != nil {
		return fmt.Errorf("look at what is on its way of subscription %s: %w", s.Resource.ID, err)
	}
	if unsettled {
		return nil
	}
	cause := w.cause
	defer func() { w.cause = cause }()
	c, err := w.enter(ctx, Change{
		World: w.World.ID, ID: uuid.NewString(), Kind: passing[s.Resource.Status], Customer: s.Customer, Subscription: s.Resource.ID, Offer: s.Resource.OfferID,
		Before: s.Resource.Quantity, Asked: s.Resource.Quantity, AskedAt: w.Now, StartedAt: new(w.Now),
		Portions: []Portion{{Status: partnercenter.PrefulfillmentPending}},
	})
	if err != nil {
		return err
	}
	return w.due(ctx, w.Now, DueStep, c.ID)
}

// pass makes the resource what it is after its term.
func (s *Subscription) pass(to partnercenter.SubscriptionStatus) {
	r := &s.Resource
	r.Status, r.AutoRenewEnabled = to, false
	r.SuspensionReasons, r.Actions = nil, nil
	r.BillingCycleEndDate, r.BillingCycleEndDateTime, r.NextChargeInstructions = nil, nil, nil
	r.RefundOptions, r.RefundableQuantity = nil, nil
	if r.IsTrial == nil || !*r.IsTrial {
		r.ScheduledNextTermInstructions = nil // a trial always says what it could become
	}
	s.tellLines()
}

// tellLines has the parts of a savings plan say what the whole does.
func (s *Subscription) tellLines() {
	r := &s.Resource
	r.LineItems = slices.Clone(r.LineItems)
	for i := range r.LineItems {
		r.LineItems[i].Status, r.LineItems[i].AutoRenewEnabled = r.Status, r.AutoRenewEnabled
	}
}

// below says whether a is further down than b.
func below(a, b partnercenter.SubscriptionStatus) bool {
	return slices.Index(decline, a) > slices.Index(decline, b)
}

// follow does what follows from a settled change in a subscription's life. What
// time did meanwhile is handed on after it.
func (w *writing) follow(ctx context.Context, c Change, s *Subscription) error {
	if err := w.lead(ctx, c, s); err != nil {
		return err
	}
	if status := s.Resource.Status; passing[status] != "" && c.Kind.leadsTo() != status {
		return w.handOn(ctx, *s)
	}
	return nil
}

func (w *writing) lead(ctx context.Context, c Change, s *Subscription) error {
	subject := dueSubject(s.Customer, s.Resource.ID)
	_, failed := c.Failed()
	if kind := turned[c.Kind]; kind != "" && (!failed || c.Kind == Renewal && !c.fruitless()) {
		if _, err := w.tellOf(ctx, c, kind, EventRecord{Before: &c.Before, After: &s.Resource.Quantity, Reason: failure(c)}); err != nil {
			return err
		}
	}
	switch {
	case c.Kind == Renewal && c.fruitless() && s.inTerm():
		return w.pass(ctx, s, w.afterTerm(*s), failure(c))
	case c.Kind == Cancellation && !failed:
		return w.undue(ctx, subject, DueTermEnd, DueNextCharge, DueDisabled, DueDeleted)
	case c.Kind == Renewal, c.Kind == TermChange, s.ended(w.Now):
		return w.awaitTermEnd(ctx, *s)
	case c.Kind == Suspension && !failed && s.Legacy:
		return w.due(ctx, w.Now.Add(legacySuspendedFor), DueDeleted, subject)
	case c.Kind == Reactivation && !failed && s.Legacy:
		return w.undue(ctx, subject, DueDeleted)
	default:
		return nil
	}
}

// fruitless says that nothing at all of a change was carried out.
func (c Change) fruitless() bool {
	return !slices.ContainsFunc(c.Portions, func(p Portion) bool { return p.Status == partnercenter.Fulfilled })
}
