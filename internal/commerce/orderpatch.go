package commerce

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"provost/partnercenter"
)

// OrderMembers are those of an order that a PATCH can change, or goes by.
func OrderMembers() []string {
	return []string{"status", "billingCycle", "lineItems", "partnerOnRecordAttestationAccepted", "attributes"}
}

// PatchOrder buys the add-ons that a body appends, changes how a legacy order is
// paid, or cancels. A body that only says what is there changes nothing. It gives the order as it is
// then, with what it costs.
func (s *Service) PatchOrder(ctx context.Context, by Caller, customer, id string, asked Patch[partnercenter.Order], match Condition) (partnercenter.Order, error) {
	return once(ctx, s, by, func(ctx context.Context, w *writing) (partnercenter.Order, error) {
		sale, err := w.saleTo(ctx, customer)
		if err != nil {
			return partnercenter.Order{}, err
		}
		kept, purchases, err := findOrder(ctx, w, w.World.ID, customer, id)
		if err != nil {
			return partnercenter.Order{}, err
		}
		before, err := sale.shownOrder(ctx, id)
		if err != nil {
			return before, err
		}
		shown := Priced(before, false)
		if err := w.fresh(match, asked.To.Attributes.ETag, *etag(kept.Resource.ID, kept.Version), &shown); err != nil {
			return before, err
		}
		p := &orderPatching{sale: sale, kept: kept, purchases: purchases, asked: asked.To, was: before}
		return p.apply(ctx)
	})
}

// orderPatching is a PATCH of an order as it is done.
type orderPatching struct {
	*sale
	asked     partnercenter.Order
	kept      Order
	purchases []Change
	// was is the order as it was shown before.
	was partnercenter.Order
}

func (p *orderPatching) apply(ctx context.Context) (partnercenter.Order, error) {
	added, err := p.added()
	if err != nil {
		return p.was, err
	}
	cycle, err := p.otherCycle()
	if err != nil {
		return p.was, err
	}
	cancels := p.asked.Status == partnercenter.OrderCancelled && p.was.Status != partnercenter.OrderCancelled
	if len(added) == 0 && cycle == "" && !cancels {
		return p.was, nil
	}
	if err := p.settled(ctx); err != nil {
		return p.was, err
	}
	switch {
	case cancels:
		err = p.cancel(ctx)
	default:
		if cycle != "" {
			err = p.changeCycle(ctx, cycle)
		}
		if err == nil && len(added) > 0 {
			err = p.buyAddons(ctx, added)
		}
	}
	if err != nil {
		return p.was, err
	}
	after, err := p.shownOrder(ctx, p.kept.Resource.ID)
	if err != nil {
		return after, err
	}
	return after, p.audit(ctx, audited{
		operation: partnercenter.AuditUpdateOrder, resource: partnercenter.AuditOrder, customer: p.buyer, id: after.ID,
		before: p.was, after: after, data: orderWords(after),
	})
}

// added are the lines that the body has and the order has not. They are numbered
// on from the order's, or among themselves from 0, as fresh bodies of clients
// are.
func (p *orderPatching) added() ([]partnercenter.OrderLineItem, error) {
	there := p.kept.Resource.LineItems
	var added []partnercenter.OrderLineItem
	for _, line := range p.asked.LineItems {
		if n := line.LineItemNumber; n >= 0 && n < len(there) && repeats(there[n], line) {
			if line.Quantity != 0 && line.Quantity != there[n].Quantity {
				return nil, Refuse(partnercenter.ErrPatchSubscription.About(fmt.Sprint(n)), "seats are changed by a PATCH of the line's subscription")
			}
			continue
		}
		added = append(added, line)
	}
	for i := range added {
		n := added[i].LineItemNumber
		if n != i && n != len(there)+i {
			return nil, partnercenter.ErrLineNumbers.About(fmt.Sprint(n))
		}
		added[i].LineItemNumber = len(there) + i
	}
	return added, nil
}

// otherCycle is the billing cycle that the body asks for, if it is another.
func (p *orderPatching) otherCycle() (partnercenter.BillingCycle, error) {
	switch cycle := p.asked.BillingCycle; {
	case cycle == "", cycle == partnercenter.BillingCycleUnknown, cycle == partnercenter.BillingCycleNone, cycle == p.kept.Resource.BillingCycle:
		return "", nil
	case !partnercenter.Known(cycle):
		return "", partnercenter.ErrEnum.About("billingCycle", string(cycle))
	case !p.kept.Legacy:
		return "", Refuse(partnercenter.ErrPatchSubscription.About("billingCycle"), "the billing cycle of new commerce is changed by a PATCH of the subscription")
	default:
		return cycle, nil
	}
}

// settled refuses an adjustment while another is on its way.
func (p *orderPatching) settled(ctx context.Context) error {
	for _, c := range p.purchases {
		unsettled := !c.Settled()
		if !unsettled {
			held, err := p.Subscriptions().ByID(ctx, p.World.ID, p.kept.Customer, c.Subscription)
			if err != nil && !errors.Is(err, ErrMissing) {
				return fmt.Errorf("read subscription %s: %w", c.Subscription, err)
			}
			unsettled = held.Provisioning != nil && held.Provisioning.Unsettled
		}
		if unsettled {
			return Refuse(partnercenter.ErrOrderPending.About(p.kept.Resource.ID, fmt.Sprint(c.Line)),
				"line %d of the order is still on its way: wait until it is fulfilled (GET its provisioningstatus)", c.Line)
		}
	}
	return nil
}

// buyAddons appends lines, each of which goes onto a subscription.
func (p *orderPatching) buyAddons(ctx context.Context, lines []partnercenter.OrderLineItem) error {
	for _, attested := range []*bool{p.asked.PartnerOnRecordAttestationAccepted, p.kept.Resource.PartnerOnRecordAttestationAccepted} {
		p.attested = p.attested || attested != nil && *attested
	}
	var purchases []purchase
	for _, line := range lines {
		bought, err := p.read(ctx, wanted{line: line, cycle: p.cycleFor(line)})
		if err != nil {
			return err
		}
		if bought.line.ParentSubscriptionID == nil || bought.offer.Legacy != p.kept.Legacy {
			return Refuse(partnercenter.ErrAddon.About(bought.offer.ID), "an order takes add-ons only, of its own kind; a POST of another order buys the rest")
		}
		purchases = append(purchases, bought)
	}
	if err := p.admit(ctx, purchases); err != nil {
		return err
	}
	p.kept.append(p.market, purchases)
	event, err := p.keepOrder(ctx, &p.kept)
	if err != nil {
		return err
	}
	return p.buyAll(ctx, p.kept, purchases, event)
}

// cycleFor is the order's cycle, where the line's offer is sold with it.
func (p *orderPatching) cycleFor(line partnercenter.OrderLineItem) partnercenter.BillingCycle {
	duration := ""
	if line.TermDuration != nil {
		duration = *line.TermDuration
	}
	if offer, ok := DefaultCatalogue().OfferAnywhere(line.OfferID); ok {
		if _, ok := offer.Term(duration, p.kept.Resource.BillingCycle); ok {
			return p.kept.Resource.BillingCycle
		}
	}
	return ""
}

// keepOrder writes an order's next version, and gives the event that tells of it.
func (w *writing) keepOrder(ctx context.Context, o *Order) (string, error) {
	was := o.Version
	o.Version++
	delete(w.orders, folded(o.Customer)+"/"+folded(o.Resource.ID))
	err := w.Orders().Update(ctx, *o, was)
	if errors.Is(err, ErrMissing) {
		return "", partnercenter.ErrOrderPending.About(o.Resource.ID)
	}
	if err != nil {
		return "", fmt.Errorf("update order %s: %w", o.Resource.ID, err)
	}
	return w.tell(ctx, OrderChanged, EventRecord{Customer: o.Customer, Order: o.Resource.ID})
}

// changeCycle has a legacy order, and what it bought, paid at another pace.
func (p *orderPatching) changeCycle(ctx context.Context, cycle partnercenter.BillingCycle) error {
	r := &p.kept.Resource
	r.LineItems = slices.Clone(r.LineItems)
	total := 0.0
	var paid []Subscription
	for i := range r.LineItems {
		line := &r.LineItems[i]
		held, there, err := p.boughtBy(ctx, *line)
		if err != nil {
			return err
		}
		offer := p.offerOf(*line, held)
		term, ok := offer.Term("", cycle)
		if !ok {
			return partnercenter.ErrCycleUnsold.About(offer.ID, string(cycle))
		}
		line.Pricing = purchase{line: *line, offer: offer, term: term, market: p.market}.pricing()
		total += line.Pricing.ExtendedPrice
		switch {
		case !there:
		case held.Resource.Status != partnercenter.SubscriptionActive:
			return partnercenter.ErrCycleInactive.About(held.Resource.ID, string(held.Resource.Status))
		default:
			paid = append(paid, held)
		}
	}
	r.BillingCycle, r.TotalPrice = cycle, new(p.market.Round(total))
	event, err := p.keepOrder(ctx, &p.kept)
	if err != nil {
		return err
	}
	for _, held := range paid {
		held.Resource.BillingCycle = &cycle
		if err := p.keep(ctx, &held); err != nil {
			return err
		}
		_, err := p.tell(ctx, MembersChanged, EventRecord{
			Customer: held.Customer, Order: r.ID, Subscription: held.Resource.ID, Members: []string{"billingCycle"}, Cause: event,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// repeats says whether a body's line is one that the order has.
func repeats(there, line partnercenter.OrderLineItem) bool {
	same := func(a, b *string) bool { return a == nil || b == nil || strings.EqualFold(*a, *b) }
	return strings.EqualFold(there.OfferID, line.OfferID) && same(there.ParentSubscriptionID, line.ParentSubscriptionID)
}
