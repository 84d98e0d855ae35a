package commerce

import (
	"context"
	"errors"
	"fmt"
	"time"

	"provost/partnercenter"
)

// Provisioner carries changes out, step by step.
type Provisioner interface {
	// Step says how far a change has come at an instant of its world. It is asked
	// when the change is accepted and at each instant that it named; it may be
	// asked twice about the same, and then says the same.
	Step(ctx context.Context, work Work) (Progress, error)
}

// Work is a change as its provisioner sees it.
type Work struct {
	World  World
	Change Change
	Offer  Offer
	// Now is world time.
	Now time.Time
}

// Progress is how far a change has come.
type Progress struct {
	// Portions are all of the change's. Those that were decided before come first
	// and unchanged; together they make what was asked for.
	Portions []Portion
	// Next is when to ask again; nil while nobody knows, or when all is decided.
	Next *time.Time
	// Outside says that an outside system is to be asked, by a job, and will say
	// the rest ([Service.Delivered]).
	Outside bool
}

// enter writes down that a change is asked for; it is the cause of what follows.
func (w *writing) enter(ctx context.Context, c Change) (Change, error) {
	c.Provisioner = w.World.Settings.Provisioner
	if err := w.Changes().Insert(ctx, c); err != nil {
		if errors.Is(err, ErrTaken) {
			return c, w.unsettled(c.Subscription)
		}
		return c, fmt.Errorf("insert change: %w", err)
	}
	event, err := w.tellOf(ctx, c, ChangeAsked, EventRecord{Before: &c.Before, After: &c.Asked})
	if err != nil {
		return c, err
	}
	w.cause = event
	return c, nil
}

// unsettled refuses a second change while one is on its way (decision 22).
func (w *writing) unsettled(subscription string) error {
	reason := partnercenter.ErrNotReady
	if w.World.Settings.RetryNextDay {
		reason = partnercenter.ErrPendingOperation
	}
	if w.World.Clock.Frozen() && w.World.Settings.Provisioner == "" {
		return Refuse(reason.About(subscription),
			"a change of subscription %s is still on its way, and the clock of world %s stands still: this settles it: provost clock advance PT16M", subscription, w.World.ID)
	}
	return Refuse(reason.About(subscription),
		"a change of subscription %s is still on its way: wait until it is settled (Retry-After of its provisioning status says how long)", subscription)
}

// step asks how far the change has come, and records it.
func (w *writing) step(ctx context.Context, c Change, offer Offer) (Change, error) {
	progress, err := w.ask(ctx, c, offer)
	if err != nil {
		return c, err
	}
	if err := w.askOutside(ctx, c, progress); err != nil {
		return c, err
	}
	return w.record(ctx, c, progress)
}

// ask asks how far the change has come.
func (w *writing) ask(ctx context.Context, c Change, offer Offer) (Progress, error) {
	progress, err := w.service.Provisioner.Step(ctx, Work{World: w.World, Change: c, Offer: offer, Now: w.Now})
	if err == nil {
		err = progress.follows(c, w.Now)
	}
	if err != nil {
		return progress, fmt.Errorf("carry out change %s: %w", c.ID, err)
	}
	return progress, nil
}

// askOutside has an outside system asked, where that is to say the rest.
func (w *writing) askOutside(ctx context.Context, c Change, p Progress) error {
	if !p.Outside {
		return nil
	}
	if err := w.Enqueue(ctx, Job{Kind: ProvisionJob, World: w.World.ID, Subject: c.ID}); err != nil {
		return fmt.Errorf("enqueue change %s: %w", c.ID, err)
	}
	return nil
}

// undecided says whether all of it is yet to come.
func (p Progress) undecided() bool {
	return len(p.Portions) > 0 && Change{Portions: p.Portions}.decided() == 0
}

// follows says why what a provisioner said does not go together with what it
// said before.
func (p Progress) follows(c Change, now time.Time) error {
	if p.Next != nil && !p.Next.After(now) {
		return fmt.Errorf("the next step, at %s, does not come after this one", p.Next.Format(time.RFC3339Nano))
	}
	sum, decided := 0, c.decided()
	for i, portion := range p.Portions {
		sum += portion.Quantity
		if i < decided && portion != c.Portions[i] {
			return fmt.Errorf("portion %d was decided before, as %v", i, c.Portions[i])
		}
	}
	if len(p.Portions) < decided {
		return fmt.Errorf("%d portions were decided before, not %d", decided, len(p.Portions))
	}
	if sum != c.Asked-c.Before {
		return fmt.Errorf("the portions make %d, not %d", sum, c.Asked-c.Before)
	}
	return nil
}

// record writes down how far a change has come: its newly decided portions, and
// its outcome when all are.
func (w *writing) record(ctx context.Context, c Change, p Progress) (Change, error) {
	before := c.decided()
	c.Portions = p.Portions
	c.NextStepAt = p.Next
	after := c.decided()
	if after == len(c.Portions) {
		c.SettledAt, c.NextStepAt = new(w.Now), nil
	}
	kept := c
	if c.Settled() {
		kept.Undo = nil // nothing is to be taken back after this
	}
	if err := w.Changes().Update(ctx, kept); err != nil {
		return c, fmt.Errorf("update change %s: %w", c.ID, err)
	}
	for i := before; i < after; i++ {
		kind := PortionFulfilled
		if c.Portions[i].Status == partnercenter.Unfulfilled {
			kind = PortionFailed
		}
		part := c.Portions[i]
		if _, err := w.tellOf(ctx, c, kind, EventRecord{Portion: &i, After: &part.Quantity, Reason: part.Reason}); err != nil {
			return c, err
		}
	}
	if err := w.awaitStep(ctx, c); err != nil {
		return c, err
	}
	return c, w.reach(ctx, c)
}

// awaitStep has a change go on when it said.
func (w *writing) awaitStep(ctx context.Context, c Change) error {
	if c.NextStepAt == nil {
		return nil
	}
	return w.due(ctx, *c.NextStepAt, DueStep, c.ID)
}

// dueStep has a change take its next step.
func (w *writing) dueStep(ctx context.Context, d Due) error {
	c, err := w.Changes().ByID(ctx, w.World.ID, d.Subject)
	if err != nil {
		return fmt.Errorf("read change %s: %w", d.Subject, err)
	}
	if c.Settled() {
		return nil
	}
	offer, err := offerOf(ctx, w, c)
	if err != nil {
		return err
	}
	_, err = w.step(ctx, c, offer)
	return err
}

// offerOf is what a change is of; what the catalogue lacks is as the change's
// subscription says.
func offerOf(ctx context.Context, tx Tx, c Change) (Offer, error) {
	if offer, ok := DefaultCatalogue().OfferAnywhere(c.Offer); ok {
		return offer, nil
	}
	s, err := tx.Subscriptions().ByID(ctx, c.World, c.Customer, c.Subscription)
	if err != nil {
		return Offer{}, fmt.Errorf("carry out change %s: the catalogue has no offer %s, and: %w", c.ID, c.Offer, err)
	}
	return s.offer(), nil
}
