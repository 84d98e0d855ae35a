package commerce

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"provost/partnercenter"
)

// changeTerm starts a longer term now (reference 7.11).
func (p *patching) changeTerm(ctx context.Context) error {
	duration, current := "", ""
	if p.asked.To.TermDuration != nil {
		duration = *p.asked.To.TermDuration
	}
	if p.was.TermDuration != nil {
		current = *p.was.TermDuration
	}
	if duration == "" || strings.EqualFold(duration, current) {
		return nil
	}
	term, err := p.longerTerm(duration, current)
	if err != nil {
		return err
	}
	if err := p.ready(); err != nil {
		return err
	}
	if err := p.inactive(); err != nil {
		return err
	}
	undo := p.s.Resource
	r := &p.s.Resource
	p.s.setTerm(p.offer, term, p.Now)
	// Another term is no purchase: it opens no new window.
	r.CancellationAllowedUntilDate = undo.CancellationAllowedUntilDate
	r.BillingCycle = new(term.BillingCycle)
	// What was to happen at the end of the old term or cycle does not any more.
	r.ScheduledNextTermInstructions, r.NextChargeInstructions = nil, nil
	return p.change(ctx, Change{Kind: TermChange, Before: r.Quantity, Asked: r.Quantity, Undo: &undo})
}

// longerTerm is the term that a duration stands for, billed as asked, else as
// now, else as it is sold.
func (p *patching) longerTerm(duration, current string) (OfferTerm, error) {
	switch {
	case p.s.Legacy:
		return OfferTerm{}, partnercenter.ErrLegacyUnsupported.About("termDuration")
	case p.offer.Kind == OfferTrial:
		return OfferTerm{}, partnercenter.ErrTrialTerm.About(p.was.ID)
	case p.offer.fixed():
		return OfferTerm{}, partnercenter.ErrTerm.About(duration)
	}
	cycles := []partnercenter.BillingCycle{p.askedCycle()}
	if cycles[0] == "" {
		if p.was.BillingCycle != nil {
			cycles[0] = *p.was.BillingCycle
		}
		cycles = append(cycles, "")
	}
	for _, cycle := range cycles {
		term, ok := p.offer.Term(duration, cycle)
		switch {
		case !ok:
		case term.Months < monthsOf(strings.ToUpper(current)):
			return OfferTerm{}, partnercenter.ErrShorterTerm.About(duration, current)
		default:
			return term, nil
		}
	}
	return OfferTerm{}, partnercenter.ErrTerm.About(duration)
}

// askedCycle is the billing cycle that the body names; empty where it names none.
func (p *patching) askedCycle() partnercenter.BillingCycle {
	if c := p.asked.To.BillingCycle; c != nil && *c != partnercenter.BillingCycleNone && *c != partnercenter.BillingCycleUnknown {
		return *c
	}
	return ""
}

// changeCycle has the subscription billed at another pace from its next bill on.
func (p *patching) changeCycle(ctx context.Context) error {
	cycle := p.askedCycle()
	r := &p.s.Resource
	if cycle == "" || r.BillingCycle != nil && cycle == *r.BillingCycle {
		return nil
	}
	if !partnercenter.Known(cycle) {
		return partnercenter.ErrEnum.About("billingCycle", string(cycle))
	}
	if p.s.Legacy {
		return Refuse(partnercenter.ErrLegacyCycle.About(p.was.ID), "the cycle of a legacy subscription is that of its order: PATCH the order")
	}
	if err := p.inactive(); err != nil {
		return err
	}
	current, sold := p.s.term(p.offer)
	term, ok := p.offer.Term(current.Duration, cycle)
	if !sold || !ok || p.offer.fixed() || current.cycleMonths() == 0 {
		return partnercenter.ErrCycleFixed.About(p.was.ID, string(cycle))
	}
	next := &partnercenter.NextChargeInstructions{Product: p.offer.product(term), Quantity: r.Quantity}
	if now := r.NextChargeInstructions; now != nil && now.Product != nil && *now.Product == *next.Product {
		return nil
	}
	r.NextChargeInstructions = next
	p.edit("nextChargeInstructions")
	subject := dueSubject(p.s.Customer, p.was.ID)
	if err := p.Due().RemoveOf(ctx, p.World.ID, DueNextCharge, subject); err != nil {
		return fmt.Errorf("remove an earlier change of cycle: %w", err)
	}
	return p.due(ctx, spanAt(r.EffectiveStartDate.Time, current.cycleMonths(), p.Now).next, DueNextCharge, subject)
}

// product names the offer for a term.
func (o Offer) product(t OfferTerm) *partnercenter.ProductTerm {
	return &partnercenter.ProductTerm{
		ProductID: o.ProductID, SKUID: o.SKUID, AvailabilityID: o.AvailabilityID, BillingCycle: t.BillingCycle, TermDuration: t.Duration,
	}
}

// awaitNextCharge has a change of the billing cycle that is back come true with
// the next bill, where the row of it has led nowhere meanwhile. One that the term
// is not sold with is gone.
func (w *writing) awaitNextCharge(ctx context.Context, s *Subscription) error {
	next := s.Resource.NextChargeInstructions
	if next == nil || next.Product == nil {
		return nil
	}
	offer, subject := s.offer(), dueSubject(s.Customer, s.Resource.ID)
	current, _ := s.term(offer)
	if _, sold := offer.Term(current.Duration, next.Product.BillingCycle); !sold || current.cycleMonths() == 0 {
		s.Resource.NextChargeInstructions = nil
		return w.undue(ctx, subject, DueNextCharge)
	}
	there, err := w.Due().Of(ctx, w.World.ID, DueNextCharge, subject)
	if err != nil || len(there) > 0 {
		return err
	}
	return w.due(ctx, spanAt(s.Resource.EffectiveStartDate.Time, current.cycleMonths(), w.Now).next, DueNextCharge, subject)
}

// dueNextCharge has a change of the billing cycle come true.
func (w *writing) dueNextCharge(ctx context.Context, d Due) error {
	customer, id, _ := strings.Cut(d.Subject, "/")
	s, err := w.Subscriptions().ByID(ctx, w.World.ID, customer, id)
	if errors.Is(err, ErrMissing) {
		return nil // a row that leads nowhere must not hold up those behind it
	}
	if err != nil {
		return fmt.Errorf("read subscription %s: %w", id, err)
	}
	r := &s.Resource
	next := r.NextChargeInstructions
	if next == nil || next.Product == nil || r.Status != partnercenter.SubscriptionActive && r.Status != partnercenter.SubscriptionSuspended {
		return nil
	}
	r.BillingCycle, r.NextChargeInstructions = new(next.Product.BillingCycle), nil
	if err := w.keep(ctx, &s); err != nil {
		return err
	}
	_, err = w.tell(ctx, MembersChanged, EventRecord{
		Customer: s.Customer, Subscription: r.ID, Members: []string{"billingCycle", "nextChargeInstructions"},
	})
	return err
}

// setCycle says when the billing cycle ends in which an instant lies, where the
// one that is known is over: no write marks the end of each.
func (s *Subscription) setCycle(now time.Time) {
	r := &s.Resource
	goesOn := r.Status == partnercenter.SubscriptionActive || r.Status == partnercenter.SubscriptionSuspended
	if !goesOn || r.BillingCycleEndDateTime == nil || !now.After(r.BillingCycleEndDateTime.Time) || r.BillingCycle == nil {
		return
	}
	if months := (OfferTerm{BillingCycle: *r.BillingCycle}).cycleMonths(); months > 0 {
		cycle := spanAt(r.EffectiveStartDate.Time, months, now)
		r.BillingCycleEndDate = new(partnercenter.At(cycle.lastDay()))
		r.BillingCycleEndDateTime = new(partnercenter.At(cycle.lastSecond()))
	}
}

// schedule says what the next term is to be; an empty object takes that back.
func (p *patching) schedule(context.Context) error {
	asked := p.asked.To.ScheduledNextTermInstructions
	r := &p.s.Resource
	switch {
	case asked == nil || sameSchedule(asked, p.was.ScheduledNextTermInstructions):
		return nil
	case asked.Product == nil && asked.Quantity == 0:
		if r.ScheduledNextTermInstructions != nil {
			r.ScheduledNextTermInstructions = nil
			p.edit("scheduledNextTermInstructions")
		}
		return nil
	case p.s.Legacy:
		return partnercenter.ErrLegacyUnsupported.About("scheduledNextTermInstructions")
	}
	if err := p.inactive(); err != nil {
		return err
	}
	if !r.AutoRenewEnabled && p.offer.Kind != OfferTrial {
		return Refuse(partnercenter.ErrScheduleRenewal.About(p.was.ID), "a next term needs autoRenewEnabled, which a body without it turns off")
	}
	target, term, err := p.nextProduct(asked.Product)
	if err != nil {
		return err
	}
	quantity := cmp.Or(asked.Quantity, r.Quantity)
	if quantity < target.MinQuantity || quantity > target.MaxQuantity {
		return partnercenter.ErrQuantity.About(target.ID, fmt.Sprintf("%d to %d", target.MinQuantity, target.MaxQuantity))
	}
	if quantity > r.Quantity {
		if err := p.admitSeats(quantity); err != nil {
			return err
		}
	}
	next := partnercenter.ScheduledNextTermInstructions{Product: target.product(term), Quantity: quantity}
	if asked.Product != nil {
		next.Product.PromotionID = asked.Product.PromotionID
	}
	if end := asked.CustomTermEndDate; dated(end) {
		if err := p.s.canEnd(*end, term); err != nil {
			return err
		}
		next.CustomTermEndDate = end
	}
	r.ScheduledNextTermInstructions = &next
	p.edit("scheduledNextTermInstructions")
	return nil
}

// dated says whether a body names an instant: a fresh object's is in the year 1.
func dated(d *partnercenter.Time) bool { return d != nil && d.Year() > 1 }

// canEnd refuses an end of the next term that is not one of its days.
func (s Subscription) canEnd(last partnercenter.Time, next OfferTerm) error {
	start, _ := s.termEnd()
	if d := last.UTC().Truncate(day); d.Before(start) || d.After(s.spanAfter(start, next.Months).lastDay()) {
		return partnercenter.ErrTermEnd.About(last.String())
	}
	return nil
}

// nextProduct is what the next term is of; where nothing is said, of the same.
func (p *patching) nextProduct(asked *partnercenter.ProductTerm) (Offer, OfferTerm, error) {
	if asked == nil {
		asked = &partnercenter.ProductTerm{}
	}
	id := strings.Join([]string{
		cmp.Or(asked.ProductID, p.offer.ProductID), cmp.Or(asked.SKUID, p.offer.SKUID), cmp.Or(asked.AvailabilityID, p.offer.AvailabilityID),
	}, ":")
	target, ok := DefaultCatalogue().Offer(id, p.holder.country())
	switch {
	case !ok:
		return target, OfferTerm{}, partnercenter.ErrScheduleProduct.About(id)
	case !p.offer.mayBecome(target):
		return target, OfferTerm{}, partnercenter.ErrScheduleChange.About(p.offer.ID, id)
	}
	current, _ := p.s.term(p.offer)
	duration := cmp.Or(asked.TermDuration, current.Duration)
	cycles := []partnercenter.BillingCycle{asked.BillingCycle}
	if c := asked.BillingCycle; c == "" || c == partnercenter.BillingCycleNone || c == partnercenter.BillingCycleUnknown {
		cycles = []partnercenter.BillingCycle{current.BillingCycle, ""}
	}
	for _, cycle := range cycles {
		if term, ok := target.Term(duration, cycle); ok {
			return target, term, nil
		}
	}
	return target, OfferTerm{}, partnercenter.ErrTerm.About(duration, string(asked.BillingCycle))
}

// mayBecome says whether the next term can be of another offer: the same
// product, or one that it renews into, and never a trial.
func (o Offer) mayBecome(next Offer) bool {
	return next.Kind != OfferTrial && (next.ProductID == o.ProductID || slices.Contains(o.RenewsInto, next.ProductID))
}

// sameSchedule says whether a client has sent back what is there; some leave out
// what they do not know.
func sameSchedule(asked, there *partnercenter.ScheduledNextTermInstructions) bool {
	if there == nil || asked.Quantity != there.Quantity || (asked.Product == nil) != (there.Product == nil) {
		return false
	}
	if end := asked.CustomTermEndDate; dated(end) && (there.CustomTermEndDate == nil || !end.Equal(there.CustomTermEndDate.Time)) {
		return false
	}
	a, b := asked.Product, there.Product
	if a != nil && a.PromotionID != nil && *a.PromotionID != "" && (b.PromotionID == nil || *a.PromotionID != *b.PromotionID) {
		return false
	}
	return a == nil || strings.EqualFold(a.ProductID, b.ProductID) && strings.EqualFold(a.SKUID, b.SKUID) &&
		strings.EqualFold(a.AvailabilityID, b.AvailabilityID) && strings.EqualFold(a.TermDuration, b.TermDuration) && a.BillingCycle == b.BillingCycle
}
