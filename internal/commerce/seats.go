package commerce

import (
	"context"
	"fmt"
	"slices"
	"time"

	"provost/partnercenter"
)

const (
	// refundWindow is for how long seats can be given back (reference 7.10).
	refundWindow = 7 * day
	// fullRefund is for how long all of a purchase can be.
	fullRefund = day
)

// changeQuantity asks for more seats, or fewer.
func (p *patching) changeQuantity(ctx context.Context) error {
	seats := p.asked.To.Quantity
	if seats == 0 || seats == p.was.Quantity {
		return nil
	}
	if err := p.ready(); err != nil {
		return err
	}
	if err := p.inactive(); err != nil {
		return err
	}
	if err := p.canHold(seats); err != nil {
		return err
	}
	before := p.s.Resource.Quantity
	change := Change{Kind: SeatChange, Before: before, Asked: seats}
	if p.s.Resource.ScheduledNextTermInstructions != nil && p.dropsSchedule() {
		undo := p.s.Resource
		change.Undo = &undo
		p.s.Resource.ScheduledNextTermInstructions = nil
		p.edit("scheduledNextTermInstructions")
	}
	p.s.Resource.Quantity = seats
	return p.change(ctx, change)
}

// dropsSchedule says whether a change of seats now takes back what was scheduled
// before, as the service does (reference 7.11): not what the same body asks for,
// nor what a trial could become.
func (p *patching) dropsSchedule() bool {
	return !p.asked.Names("scheduledNextTermInstructions") && !p.World.Settings.KeepOmitted && p.offer.Kind != OfferTrial
}

// canHold refuses a number of seats that the subscription cannot have now.
func (p *patching) canHold(seats int) error {
	if p.offer.fixed() {
		return partnercenter.ErrSeatsFixed.About(p.was.ID)
	}
	if seats < p.offer.MinQuantity || seats > p.offer.MaxQuantity {
		return partnercenter.ErrQuantity.About(p.offer.ID, fmt.Sprintf("%d to %d", p.offer.MinQuantity, p.offer.MaxQuantity))
	}
	fewer := p.s.Resource.Quantity - seats
	switch {
	case fewer < 0:
		return p.admitSeats(seats)
	case p.offer.Legacy:
		return nil
	case !p.offer.refundable():
		return partnercenter.ErrNoDecrease.About(p.was.ID)
	}
	if back := refundableSeats(p.s.Resource, p.Now); fewer > back {
		return Refuse(partnercenter.ErrReductionWindow.About(p.was.ID, fmt.Sprint(back)),
			"seats can be given back within 7 days of their purchase: %d of them now", back)
	}
	return nil
}

// fixed says whether what was bought keeps its quantity.
func (o Offer) fixed() bool {
	return o.Kind == OfferUsage || o.Kind == OfferPerpetual || o.Kind == OfferReservation
}

// refundable says whether seats can be given back in the first days.
func (o Offer) refundable() bool {
	return o.Kind == OfferLicence && slices.ContainsFunc(o.Terms, func(t OfferTerm) bool { return t.CancelDays > 0 })
}

// refundableSeats counts what can be given back at an instant.
func refundableSeats(r partnercenter.Subscription, now time.Time) int {
	if r = offeredBack(r, now); r.RefundableQuantity == nil {
		return 0
	}
	return r.RefundableQuantity.TotalQuantity
}

// offeredBack is the resource as it shows at an instant: what can no longer be
// given back is not offered any more.
func offeredBack(r partnercenter.Subscription, now time.Time) partnercenter.Subscription {
	options := r.RefundOptions
	r.RefundOptions = nil
	for _, o := range options {
		if now.Before(o.ExpiresAt.Time) {
			r.RefundOptions = append(r.RefundOptions, o)
		}
	}
	if r.RefundableQuantity == nil {
		return r
	}
	var left partnercenter.RefundableQuantity
	for _, d := range r.RefundableQuantity.Details {
		if now.Before(d.AllowedUntilDateTime.Time) {
			left.Details = append(left.Details, d)
			left.TotalQuantity += d.Quantity
		}
	}
	r.RefundableQuantity = nil
	if left.TotalQuantity > 0 {
		r.RefundableQuantity = &left
	}
	return r
}

// offerBack notes what a settled change has made of the seats that can be given
// back: those that came can be for a week, and those that went were the newest.
func (s *Subscription) offerBack(c Change, offer Offer, now time.Time) {
	seats := c.Provisioned()
	if !offer.refundable() || seats == 0 && c.Kind != Renewal {
		return
	}
	s.Resource = offeredBack(s.Resource, now)
	r := &s.Resource
	var details []partnercenter.RefundableQuantityDetail
	if r.RefundableQuantity != nil {
		details = slices.Clone(r.RefundableQuantity.Details)
	}
	if c.Kind == Renewal {
		// A new term opens the window anew, for all seats.
		seats, details = r.Quantity, nil
	}
	if seats > 0 {
		details = append(details, partnercenter.RefundableQuantityDetail{
			Quantity: seats, AllowedUntilDateTime: partnercenter.At(now.Add(refundWindow)),
		})
	}
	for gone := -seats; gone > 0 && len(details) > 0; {
		newest := &details[len(details)-1]
		taken := min(gone, newest.Quantity)
		newest.Quantity -= taken
		gone -= taken
		if newest.Quantity == 0 {
			details = details[:len(details)-1]
		}
	}
	if c.Kind == Purchase {
		r.RefundOptions = []partnercenter.RefundOption{{Type: "Full", ExpiresAt: partnercenter.At(now.Add(fullRefund))}}
	}
	setRefundable(r, details)
}

// setRefundable says which seats can be given back, and that a part of the price
// comes back with them.
func setRefundable(r *partnercenter.Subscription, details []partnercenter.RefundableQuantityDetail) {
	r.RefundOptions = slices.DeleteFunc(slices.Clone(r.RefundOptions), func(o partnercenter.RefundOption) bool { return o.Type == "Partial" })
	r.RefundableQuantity = nil
	if len(details) == 0 {
		return
	}
	left := partnercenter.RefundableQuantity{Details: details}
	for _, d := range details {
		left.TotalQuantity += d.Quantity
	}
	r.RefundableQuantity = &left
	r.RefundOptions = append(r.RefundOptions, partnercenter.RefundOption{
		Type: "Partial", ExpiresAt: details[len(details)-1].AllowedUntilDateTime,
	})
}
