package commerce

import (
	"context"
	"errors"
	"fmt"
	"time"

	"provost/partnercenter"
)

// Caller is who asks for a write, and under which ids.
type Caller struct {
	Actor
	RequestID, CorrelationID string
	// Customer and Subscription are those that the request names.
	Customer, Subscription string
	// Key stands for the request: the same caller, call, request id and body
	// have the same key, and get the same answer. Empty: the caller gave no
	// request id, and each request is one of its own.
	Key string
	// Right is what is yet to be asked of the caller; nil: it may.
	Right *Right
}

// writing is one write as it is done: a transaction at a moment of a world, and
// who does it. Whatever it changes it also tells of, in the same transaction.
type writing struct {
	Tx
	Moment
	// Real is real time.
	Real time.Time
	// by is who asked; the zero value is the service itself.
	by Caller
	// cause is the event that led here.
	cause string
	// repeat, when it is set, refuses whatever has no answer kept: the caller may
	// hear again what it did, and do nothing.
	repeat  error
	service *Service
	// soonest is the time until the first of what it has made due; nil: nothing.
	soonest *time.Duration
	// told are the events that are yet to be written.
	told []Event
	// orders are those that were read for their lines' deliveries, as they are
	// kept: one of many lines is read once, not once for each.
	orders map[string]Order
}

// foresee asks for what a write of the caller begins with ([Tx.Together]).
func (by Caller) foresee(ctx context.Context, tx Tx) {
	_, _ = tx.Worlds().ByID(ctx, by.World.ID)
	if by.Right != nil {
		by.Right.foresee(ctx, tx, by)
	}
	if by.Customer != "" {
		_, _ = tx.Customers().ByID(ctx, by.World.ID, by.Customer)
	}
	if by.Subscription != "" {
		_, _ = tx.Subscriptions().ByID(ctx, by.World.ID, by.Customer, by.Subscription)
	}
}

// write does one write of a caller.
func (s *Service) write(ctx context.Context, by Caller, do func(context.Context, *writing) error) error {
	var soonest *time.Duration
	err := s.Store.Write(ctx, func(tx Tx) error {
		if err := tx.Together(ctx, by.World.ID, by.Customer, func(tx Tx) { by.foresee(ctx, tx) }); err != nil {
			return fmt.Errorf("read what a write begins with: %w", err)
		}
		moment, real, err := momentsIn(ctx, tx, by.World.ID)
		if err != nil {
			return err
		}
		w := &writing{Tx: tx, Moment: moment, Real: real, by: by, service: s}
		if err := w.admit(ctx); err != nil {
			return err
		}
		if err := do(ctx, w); err != nil {
			return err
		}
		soonest = w.soonest
		return w.finish(ctx)
	})
	if err == nil && soonest != nil && s.OnDue != nil {
		s.OnDue(*soonest)
	}
	return err
}

// admit asks whether the caller may. Who has no relationship with the customer any
// more may hear again what was done with it, such as its deletion.
func (w *writing) admit(ctx context.Context) error {
	right := w.by.Right
	if right == nil {
		return nil
	}
	if w.World.Importing {
		return beingImported(w.World)
	}
	_, err := authorize(ctx, w, w.by.Actor, right.Access, w.by.Customer)
	var refused *partnercenter.Error
	if err == nil || errors.As(err, &refused) {
		right.asked.Store(true)
	}
	if w.by.Key != "" && errors.Is(err, partnercenter.ErrNoRelationship) {
		w.repeat, err = err, nil
	}
	return err
}

// finish writes in one piece what was told: a statement for each event costs more
// than the events do.
func (w *writing) finish(ctx context.Context) error {
	if err := w.Events().InsertAll(ctx, w.told); err != nil {
		return fmt.Errorf("write %d events: %w", len(w.told), err)
	}
	clear(w.told)
	w.told = w.told[:0]
	return nil
}

// due has something happen at an instant of the world; what would lie in the
// past happens now, since nothing comes before its cause.
func (w *writing) due(ctx context.Context, at time.Time, kind DueKind, subject string) error {
	if at.Before(w.Now) {
		at = w.Now
	}
	if in := at.Sub(w.Now); (in == 0 || !w.World.Clock.Frozen()) && (w.soonest == nil || in < *w.soonest) {
		w.soonest = &in
	}
	err := w.Due().InsertAll(ctx, []Due{{World: w.World.ID, At: at, Kind: kind, Subject: subject, Cause: w.cause}})
	if err != nil {
		return fmt.Errorf("note what is due: %w", err)
	}
	return nil
}
