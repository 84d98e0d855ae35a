package commerce

import (
	"cmp"
	"context"
	"time"

	"provost/partnercenter"
)

// followingTerm is what a subscription is renewed for.
type followingTerm struct {
	offer    Offer
	term     OfferTerm
	quantity int
	span     span
	// promotion is nil where none was scheduled.
	promotion *string
	// back is the duration that the term after it has, if it renews; "": its own.
	back string
}

// extendedTerm is the month by which a term is extended that nobody renews nor
// cancels, where the world has that at its end. What could renew goes on so, month
// by month; where it is renewed at last, it is for as long as before.
func (s Subscription) extendedTerm() (followingTerm, bool) {
	r, offer := s.Resource, s.offer()
	end, ends := s.termEnd()
	if !ends || s.Legacy || r.Status != partnercenter.SubscriptionActive || r.AutoRenewEnabled || !offer.renews() {
		return followingTerm{}, false
	}
	term, ok := offer.Term("P1M", partnercenter.BillingCycleMonthly)
	if !ok {
		term = OfferTerm{Duration: "P1M", BillingCycle: partnercenter.BillingCycleMonthly, Months: 1}
		term.CancelDays = offer.cancelDays(term)
	}
	next := followingTerm{offer: offer, term: term, quantity: r.Quantity, span: s.spanAfter(end, 1)}
	if r.TermDuration != nil && (r.RenewalTermDuration == nil || *r.RenewalTermDuration == "") {
		next.back = *r.TermDuration
	}
	return next, true
}

// followingTerm is what follows the term that ends, and whether anything does: what
// is scheduled, else the same once more. A trial becomes what is scheduled, or
// ends.
func (s Subscription) followingTerm() (followingTerm, bool) {
	r := s.Resource
	end, _ := s.termEnd()
	if !r.AutoRenewEnabled || r.Status != partnercenter.SubscriptionActive {
		return followingTerm{}, false
	}
	next := followingTerm{offer: s.offer(), quantity: r.Quantity}
	asked := partnercenter.ProductTerm{}
	if r.NextChargeInstructions != nil && r.NextChargeInstructions.Product != nil {
		asked.BillingCycle = r.NextChargeInstructions.Product.BillingCycle
	}
	if r.RenewalTermDuration != nil {
		asked.TermDuration = *r.RenewalTermDuration
	}
	scheduled := r.ScheduledNextTermInstructions
	if scheduled != nil {
		next.quantity = cmp.Or(scheduled.Quantity, next.quantity)
		if p := scheduled.Product; p != nil {
			asked = *p
			if offer, ok := DefaultCatalogue().OfferAnywhere(p.ProductID + ":" + p.SKUID + ":" + p.AvailabilityID); ok {
				next.offer = offer
			}
			next.promotion = p.PromotionID
		}
	}
	var ok bool
	if next.term, ok = s.termLike(next.offer, asked); !ok || next.term.Months == 0 || next.offer.Kind == OfferTrial {
		return next, false
	}
	next.span = s.spanAfter(end, next.term.Months)
	if scheduled != nil && scheduled.CustomTermEndDate != nil {
		if custom := scheduled.CustomTermEndDate.Truncate(day).Add(day); custom.After(end) && custom.Before(next.span.next) {
			next.span.next = custom
		}
	}
	return next, true
}

// termLike is the term of an offer that is the nearest to what is asked for:
// what is not asked stays as it is, and what is not sold so any more is sold as
// it is sold.
func (s Subscription) termLike(offer Offer, asked partnercenter.ProductTerm) (OfferTerm, bool) {
	duration, cycle := asked.TermDuration, asked.BillingCycle
	if duration == "" && s.Resource.TermDuration != nil {
		duration = *s.Resource.TermDuration
	}
	if cycle == "" && s.Resource.BillingCycle != nil {
		cycle = *s.Resource.BillingCycle
	}
	for _, like := range []struct {
		duration string
		cycle    partnercenter.BillingCycle
	}{{duration, cycle}, {duration, ""}, {"", cycle}} {
		if term, ok := offer.Term(like.duration, like.cycle); ok {
			return term, true
		}
	}
	return offer.Term("", "")
}

// spanAfter is the term of so many months after another. What was bought on the
// last days of a month ends there in each, however short one of them was.
func (s Subscription) spanAfter(start time.Time, months int) span {
	bought := s.Resource.CreationDate.UTC().Truncate(day)
	since := (start.Year()-bought.Year())*12 + int(start.Month()) - int(bought.Month())
	if since > 0 && monthsAfter(bought, since).Equal(start) {
		return span{start, monthsAfter(bought, since+months)}
	}
	return span{start, monthsAfter(start, months)}
}

// renew begins the next term. It starts where the last one ended, even when
// that is found out later.
func (w *writing) renew(ctx context.Context, s *Subscription, next followingTerm) error {
	undo := s.Resource
	r := &s.Resource
	if next.offer.ID != r.OfferID {
		s.become(next.offer)
	}
	r.BillingCycle = new(next.term.BillingCycle)
	s.setSpan(next.offer, next.term, next.span.start, next.span)
	if next.promotion != nil {
		r.PromotionID = next.promotion
	}
	r.Quantity = next.quantity
	if next.back != "" {
		r.RenewalTermDuration = &next.back
	}
	r.ScheduledNextTermInstructions, r.NextChargeInstructions = nil, nil
	return w.change(ctx, s, Change{Kind: Renewal, Before: undo.Quantity, Asked: next.quantity, Undo: &undo}, next.offer)
}

// become makes the resource one of another offer. A name that was the offer's
// goes with it.
func (s *Subscription) become(offer Offer) {
	r := &s.Resource
	if r.FriendlyName == r.OfferName {
		r.FriendlyName = offer.Name
	}
	r.OfferID, r.OfferName, r.UnitType = offer.ID, offer.Name, offer.UnitType
	r.BillingType, r.ContractType = offer.BillingType, offer.ContractType
	if !offer.Legacy {
		r.ProductType, r.PublisherName = &offer.ProductType, &offer.Publisher
		r.HasPurchasableAddons, r.IsTrial = &offer.HasAddons, new(offer.Kind == OfferTrial)
	}
}

// takeBackRenewal is the resource as it was in its last term.
func takeBackRenewal(r *partnercenter.Subscription, was partnercenter.Subscription) {
	takeBackTerm(r, was)
	if r.FriendlyName == r.OfferName {
		r.FriendlyName = was.FriendlyName
	}
	r.OfferID, r.OfferName, r.UnitType = was.OfferID, was.OfferName, was.UnitType
	r.BillingType, r.ContractType = was.BillingType, was.ContractType
	r.ProductType, r.PublisherName = was.ProductType, was.PublisherName
	r.HasPurchasableAddons, r.IsTrial = was.HasPurchasableAddons, was.IsTrial
	r.PromotionID, r.Quantity, r.RenewalTermDuration = was.PromotionID, was.Quantity, was.RenewalTermDuration
	r.CancellationAllowedUntilDate = was.CancellationAllowedUntilDate
}

// offer is what the subscription is of. What the catalogue does not have, such
// as what came with an imported world, goes on as it is.
func (s Subscription) offer() Offer {
	r := s.Resource
	if offer, ok := DefaultCatalogue().OfferAnywhere(r.OfferID); ok {
		return offer
	}
	offer := Offer{
		ID: r.OfferID, Name: r.OfferName, Kind: OfferLicence, Legacy: s.Legacy, BillingType: r.BillingType, UnitType: r.UnitType,
		ContractType: r.ContractType, MinQuantity: 1, MaxQuantity: maxSeats,
	}
	if r.ProductType != nil {
		offer.ProductType = *r.ProductType
	}
	if r.PublisherName != nil {
		offer.Publisher = *r.PublisherName
	}
	if s.Provisioning != nil {
		offer.ProvisioningID = s.Provisioning.SKUID
	}
	term := OfferTerm{Duration: "P1Y"} // what is older than new commerce does not say
	if r.TermDuration != nil {
		term.Duration = *r.TermDuration
	}
	if r.BillingCycle != nil {
		term.BillingCycle = *r.BillingCycle
	}
	switch {
	case r.IsTrial != nil && *r.IsTrial:
		offer.Kind = OfferTrial
	case r.BillingType == partnercenter.BilledByUsage:
		offer.Kind, term.Duration = OfferUsage, ""
	}
	term.Months = monthsOf(term.Duration)
	term.CancelDays = offer.cancelDays(term)
	offer.Terms = []OfferTerm{term}
	return offer
}
