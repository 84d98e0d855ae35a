package commerce

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"provost/partnercenter"
)

// newSubscription is what an order line becomes with its first seat.
func newSubscription(order Order, c Change, offer Offer, now time.Time) (Subscription, error) {
	line := order.Resource.LineItems[c.Line]
	duration := ""
	if line.TermDuration != nil {
		duration = *line.TermDuration
	}
	term, ok := offer.Term(duration, cmp.Or(c.Cycle, order.Resource.BillingCycle))
	if !ok {
		return Subscription{}, fmt.Errorf("offer %s is not sold for %q", offer.ID, duration)
	}
	r := partnercenter.Subscription{
		ID: c.Subscription, OfferID: offer.ID, OfferName: offer.Name, FriendlyName: *line.FriendlyName,
		Quantity: c.Asked, UnitType: offer.UnitType, ParentSubscriptionID: line.ParentSubscriptionID,
		CreationDate: partnercenter.At(now), EffectiveStartDate: partnercenter.At(now),
		Status: partnercenter.SubscriptionActive, AutoRenewEnabled: offer.renews(),
		BillingType: offer.BillingType, BillingCycle: &term.BillingCycle, ContractType: offer.ContractType,
		PartnerID: line.PartnerIDOnRecord, OrderID: order.Resource.ID, PromotionID: line.PromotionID,
		Attributes: partnercenter.ResourceAttributes{ObjectType: "Subscription"},
	}
	if offer.Kind == OfferSaaS {
		r.Status = partnercenter.SubscriptionPending // until its publisher activates it (decision 24)
	}
	if !offer.Legacy {
		offer.modern(&r)
	}
	s := Subscription{
		World: c.World, Customer: c.Customer, CreatedAt: now, Version: 1, Legacy: offer.Legacy, Resource: r,
	}
	if renews := line.RenewsTo; renews != nil && !offer.Legacy && !strings.EqualFold(renews.TermDuration, term.Duration) {
		s.Resource.RenewalTermDuration = new(renews.TermDuration)
	}
	if paid, term, ok := offer.afterTrial(); ok {
		s.Resource.ScheduledNextTermInstructions = &partnercenter.ScheduledNextTermInstructions{Product: paid.product(term), Quantity: c.Asked}
	}
	s.setTerm(offer, term, now)
	s.follow(line)
	if offer.ProvisioningID != "" {
		p := NewProvisioning(offer.ProvisioningID, s.Resource.CommitmentEndDate.Time)
		p.NextStepAt = c.NextStepAt
		s.Provisioning = &p
	}
	return s, nil
}

// follow takes over what the order line says of the term's end, of what comes
// after it, and of what is promised to be spent in it.
func (s *Subscription) follow(line partnercenter.OrderLineItem) {
	r := &s.Resource
	if end := line.CustomTermEndDate; end != nil {
		last := span{next: end.UTC().Truncate(day).Add(day)}
		r.CommitmentEndDate, r.CommitmentEndDateTime = partnercenter.At(last.lastDay()), new(partnercenter.At(last.lastSecond()))
	}
	if next := line.RenewsTo; next != nil && r.TermDuration != nil && next.TermDuration != *r.TermDuration {
		r.RenewalTermDuration = new(next.TermDuration)
	}
	if line.PurchaseCommitment != nil {
		r.LineItems = []partnercenter.SubscriptionLineItemDetail{{
			ID: uuid.NewString(), FriendlyName: r.FriendlyName, Quantity: r.Quantity, AutoRenewEnabled: r.AutoRenewEnabled,
			Status: r.Status, PurchaseCommitment: line.PurchaseCommitment,
		}}
	}
}

// renews says whether a new subscription goes on after its term.
func (o Offer) renews() bool {
	switch o.Kind {
	case OfferLicence, OfferSoftware, OfferSaaS, OfferUsage:
		return true
	default:
		return false
	}
}

// afterTrial is what a trial could become: the same product, paid by the month
// where it can be.
func (o Offer) afterTrial() (Offer, OfferTerm, bool) {
	if o.Kind != OfferTrial {
		return Offer{}, OfferTerm{}, false
	}
	for _, s := range DefaultCatalogue().byID[folded(o.ProductID)].SKUs {
		if s.offer.Kind != OfferTrial {
			term, ok := s.offer.Term("P1M", "")
			if !ok {
				term, ok = s.offer.Term("", "")
			}
			return s.offer, term, ok
		}
	}
	return Offer{}, OfferTerm{}, false
}

// modern adds what new commerce says beyond the legacy members.
func (o Offer) modern(r *partnercenter.Subscription) {
	kind := o.ProductType
	r.ProductType = &kind
	r.HasPurchasableAddons = new(o.HasAddons)
	r.IsTrial = new(o.Kind == OfferTrial)
	r.RenewalTermDuration = new("")
	r.IsMicrosoftProduct = new(o.Kind != OfferSaaS)
	r.AttentionNeeded, r.ActionTaken = new(false), new(false)
	publisher := o.Publisher
	r.PublisherName = &publisher
	r.Actions = []string{"edit", "cancel"}
}

// setTerm puts the subscription into the term that starts at an instant.
func (s *Subscription) setTerm(offer Offer, term OfferTerm, start time.Time) {
	s.setSpan(offer, term, start, spanAt(start, term.Months, start))
}

// setSpan puts it into a term of which the days are known.
func (s *Subscription) setSpan(offer Offer, term OfferTerm, start time.Time, whole span) {
	r := &s.Resource
	r.EffectiveStartDate = partnercenter.At(start)
	r.CommitmentEndDate = partnercenter.At(whole.lastDay())
	if offer.Legacy {
		if term.Months > 0 {
			r.CommitmentEndDate = partnercenter.At(whole.next) // legacy terms name the day after their last
		}
		return
	}
	r.TermDuration, r.CommitmentEndDateTime, r.CancellationAllowedUntilDate = nil, nil, nil
	r.BillingCycleEndDate, r.BillingCycleEndDateTime = nil, nil
	if term.Months > 0 {
		r.TermDuration = new(term.Duration)
		r.CommitmentEndDateTime = new(partnercenter.At(whole.lastSecond()))
	}
	if months := term.cycleMonths(); months > 0 {
		cycle := spanAt(start, months, start)
		r.BillingCycleEndDate = new(partnercenter.At(cycle.lastDay()))
		r.BillingCycleEndDateTime = new(partnercenter.At(cycle.lastSecond()))
	}
	if term.CancelDays > 0 {
		r.CancellationAllowedUntilDate = new(partnercenter.At(start.Add(time.Duration(term.CancelDays) * day)))
	}
}

// cycleMonths is how many months one bill covers; 0 where there is no cycle.
func (t OfferTerm) cycleMonths() int {
	switch t.BillingCycle {
	case partnercenter.BillingCycleMonthly:
		return 1
	case partnercenter.BillingCycleAnnual:
		return 12
	case partnercenter.BillingCycleBiennial:
		return 24
	case partnercenter.BillingCycleTriennial:
		return 36
	default:
		return 0
	}
}
