package commerce

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"provost/partnercenter"
)

// SubscriptionMembers are those of a subscription that a PATCH can change, and
// its attributes, which hold the etag.
func SubscriptionMembers() []string {
	return []string{
		"quantity", "status", "friendlyName", "autoRenewEnabled", "partnerId", "billingCycle", "termDuration",
		"scheduledNextTermInstructions", "attributes",
	}
}

// Changed is a resource as a write has left it, and when that can next be
// different.
type Changed[T any] struct {
	Resource T
	Outlook  Outlook
}

// PatchSubscription changes what a body asks to change of a subscription. What
// it asks for together is done together, or not at all.
func (s *Service) PatchSubscription(ctx context.Context, by Caller, customer, id string, asked Patch[partnercenter.Subscription], match Condition) (Changed[partnercenter.Subscription], error) {
	return once(ctx, s, by, func(ctx context.Context, w *writing) (Changed[partnercenter.Subscription], error) {
		var none Changed[partnercenter.Subscription]
		holder, err := w.customer(ctx, customer)
		if err != nil {
			return none, err
		}
		kept, err := findSubscription(ctx, w, w.World.ID, customer, id)
		if err != nil {
			return none, err
		}
		shelf := shelfOf(holder)
		shown := s.showSubscription(kept, shelf, w.Now)
		if err := w.fresh(match, asked.To.Attributes.ETag, *etag(kept.Resource.ID, kept.Version), &shown); err != nil {
			return none, err
		}
		p := &patching{writing: w, holder: holder, asked: asked, was: kept.Resource, s: &kept}
		if err := p.apply(ctx); err != nil {
			return none, err
		}
		done := Changed[partnercenter.Subscription]{Resource: s.showSubscription(kept, shelf, w.Now)}
		if kept.Provisioning != nil && kept.Provisioning.Unsettled {
			done.Outlook = kept.Provisioning.step(w.Moment)
		}
		return done, nil
	})
}

// patching is a PATCH of a subscription as it is done.
type patching struct {
	*writing
	holder Customer
	asked  Patch[partnercenter.Subscription]
	offer  Offer
	// was is the resource before, s what becomes of it.
	was partnercenter.Subscription
	s   *Subscription
	// edited are the members that changed without a change of their own.
	edited []string
	// unkept says that such members are yet to be written: with a change that the
	// same body asks for, else at the end.
	unkept bool
}

func (p *patching) apply(ctx context.Context) error {
	if p.was.Status == partnercenter.SubscriptionDeleted {
		return partnercenter.ErrDeleted.About(p.was.ID)
	}
	if err := p.expiring(); err != nil {
		return err
	}
	p.offer = p.s.offer()
	version := p.s.Version
	for _, change := range []func(context.Context) error{
		// The status comes first: what else is asked for is judged by it.
		p.changeStatus, p.rename, p.changePartner, p.changeRenewal, p.changeTerm, p.changeCycle, p.schedule, p.changeQuantity,
	} {
		if err := change(ctx); err != nil {
			return err
		}
	}
	if err := p.tellEdits(ctx); err != nil {
		return err
	}
	if p.s.Version == version && !p.unkept {
		return nil // nothing was to change, and nothing is written
	}
	if err := p.asOne(ctx, p.s, version, !p.unkept); err != nil {
		return err
	}
	return p.testify(ctx, p.was, p.s.Resource)
}

// testify leaves the audit record of a subscription that was changed.
func (p *patching) testify(ctx context.Context, before, after partnercenter.Subscription) error {
	return p.audit(ctx, audited{
		operation: partnercenter.AuditUpdateSubscription, resource: partnercenter.AuditSubscription,
		customer: p.holder, id: before.ID, before: offeredBack(before, p.Now), after: offeredBack(after, p.Now),
	})
}

// edit notes that a member has changed without a change of its own.
func (p *patching) edit(members ...string) {
	for _, member := range members {
		if !slices.Contains(p.edited, member) {
			p.edited = append(p.edited, member)
		}
	}
}

// tellEdits tells what changed without a change of its own.
func (p *patching) tellEdits(ctx context.Context) error {
	if len(p.edited) == 0 {
		return nil
	}
	p.unkept = true
	_, err := p.tell(ctx, MembersChanged, EventRecord{Customer: p.s.Customer, Subscription: p.was.ID, Members: p.edited})
	p.edited = nil
	return err
}

// change enters a change of the subscription, and what was edited with it.
func (p *patching) change(ctx context.Context, c Change) error {
	if err := p.tellEdits(ctx); err != nil {
		return err
	}
	p.unkept = false // what enters a change keeps its subscription
	return p.writing.change(ctx, p.s, c, p.offer)
}

// change enters a change of a subscription that is there. The subscription is
// what the first step has made of it.
func (w *writing) change(ctx context.Context, s *Subscription, c Change, offer Offer) error {
	id, err := uuid.NewV7() // beside the last one in its index
	if err != nil {
		return fmt.Errorf("make a change's id: %w", err)
	}
	c.World, c.ID, c.Customer, c.Subscription, c.Offer = w.World.ID, id.String(), s.Customer, s.Resource.ID, offer.ID
	c.AskedAt = w.Now
	c.Portions = []Portion{{Quantity: c.Asked - c.Before, Status: partnercenter.PrefulfillmentPending}}
	c.Provisioner, c.StartedAt = w.World.Settings.Provisioner, new(w.Now)
	progress, err := w.ask(ctx, c, offer)
	if err != nil {
		return err
	}
	waits := progress.undecided()
	if waits {
		// It is entered as it waits, and its subscription says until when.
		c.Portions, c.NextStepAt = progress.Portions, progress.Next
	}
	if c.Kind.changesSeats() && s.Provisioning != nil {
		s.Provisioning.Accept(c.NextStepAt)
	}
	if err := w.keep(ctx, s); err != nil {
		return err
	}
	cause := w.cause
	defer func() { w.cause = cause }()
	if c, err = w.enter(ctx, c); err != nil {
		return err
	}
	if err := w.askOutside(ctx, c, progress); err != nil {
		return err
	}
	if waits {
		return w.awaitStep(ctx, c)
	}
	if _, err := w.record(ctx, c, progress); err != nil {
		return err
	}
	kept, err := findSubscription(ctx, w, w.World.ID, s.Customer, s.Resource.ID)
	*s = kept
	return err
}

// asOne makes one version of all that a write has made of a subscription since
// the given one; it is written unless it was kept as that one.
func (w *writing) asOne(ctx context.Context, s *Subscription, version int64, kept bool) error {
	was := s.Version
	if s.Version = version + 1; kept && s.Version == was {
		return nil
	}
	if err := w.Subscriptions().Update(ctx, *s, was); err != nil {
		return fmt.Errorf("update subscription %s: %w", s.Resource.ID, err)
	}
	return nil
}

// ready refuses a change while another is on its way.
func (p *patching) ready() error {
	if p.s.Provisioning != nil && p.s.Provisioning.Unsettled {
		return p.unsettled(p.was.ID)
	}
	return nil
}

// expiring refuses what comes between the end of a term and what follows it,
// which is at most a day (reference 7.10).
func (p *patching) expiring() error {
	end := p.was.CommitmentEndDateTime
	if p.was.Status != partnercenter.SubscriptionActive && p.was.Status != partnercenter.SubscriptionSuspended || end == nil {
		return nil
	}
	if p.Now.After(end.Time) && p.Now.Before(end.Add(day)) {
		return partnercenter.ErrExpiring.About(p.was.ID)
	}
	return nil
}

// inactive refuses what only an active subscription can have changed.
func (p *patching) inactive() error {
	switch {
	case p.s.Resource.Status == partnercenter.SubscriptionActive:
		return nil
	case p.s.Resource.Status != partnercenter.SubscriptionSuspended:
		return partnercenter.ErrNotActive.About(p.was.ID, string(p.s.Resource.Status))
	case p.s.Legacy:
		return partnercenter.ErrSuspendedLegacy.About(p.was.ID)
	default:
		return partnercenter.ErrSuspended.About(p.was.ID)
	}
}

// rename gives the partner's own name.
func (p *patching) rename(context.Context) error {
	name := strings.TrimSpace(p.asked.To.FriendlyName)
	if name == "" || name == p.was.FriendlyName {
		return nil
	}
	if err := checkName("friendlyName", name); err != nil {
		return err
	}
	p.s.Resource.FriendlyName = name
	p.edit("friendlyName")
	return nil
}

// changePartner names another reseller of record.
func (p *patching) changePartner(ctx context.Context) error {
	id := ""
	if p.asked.To.PartnerID != nil {
		id = *p.asked.To.PartnerID
	}
	if id == "" || p.was.PartnerID != nil && id == *p.was.PartnerID {
		return nil
	}
	if p.by.Partner.Kind != Provider {
		return Refuse(partnercenter.ErrPartnerOfRecord.About(id), "the provider alone says whose subscription it is")
	}
	partners, err := p.Partners().List(ctx, p.World.ID)
	if err != nil {
		return fmt.Errorf("list partners: %w", err)
	}
	for _, reseller := range partners {
		if reseller.Kind != Reseller || reseller.MPNID != id {
			continue
		}
		kinds, err := p.Relationships().Between(ctx, p.World.ID, reseller.ID, p.s.Customer)
		if err != nil {
			return fmt.Errorf("read relationships: %w", err)
		}
		if slices.Contains(kinds, ResellerOf) {
			p.s.Resource.PartnerID = &id
			p.edit("partnerId")
			return nil
		}
	}
	return partnercenter.ErrPartnerID.About(id)
}

// changeRenewal says whether the subscription goes on after its term. Absent
// means no, as documented, unless the world keeps what is omitted (decision 15).
func (p *patching) changeRenewal(context.Context) error {
	goesOn := p.asked.To.AutoRenewEnabled
	if !p.asked.Names("autoRenewEnabled") && p.World.Settings.KeepOmitted {
		goesOn = p.was.AutoRenewEnabled
	}
	r := &p.s.Resource
	if goesOn == p.was.AutoRenewEnabled || goesOn == r.AutoRenewEnabled {
		return nil
	}
	if goesOn {
		if !p.offer.canRenew(*r) {
			return partnercenter.ErrAutoRenew.About(p.was.ID)
		}
		if r.Status != partnercenter.SubscriptionSuspended {
			if err := p.inactive(); err != nil {
				return err
			}
		}
	}
	r.AutoRenewEnabled = goesOn
	p.s.tellLines()
	p.edit("autoRenewEnabled")
	if !goesOn && r.ScheduledNextTermInstructions != nil && p.offer.Kind != OfferTrial {
		r.ScheduledNextTermInstructions = nil
		p.edit("scheduledNextTermInstructions")
	}
	return nil
}

// canRenew says whether a subscription can go on after its term: a trial ends,
// and what is bought once has no term (reference 7.11).
func (o Offer) canRenew(r partnercenter.Subscription) bool {
	once := r.BillingCycle != nil && *r.BillingCycle == partnercenter.BillingCycleOneTime
	return o.Kind != OfferTrial && o.Kind != OfferPerpetual && !once
}
