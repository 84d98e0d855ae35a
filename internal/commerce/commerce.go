// Package commerce holds the rules of the shop: worlds and their clocks,
// partners, customers, orders, subscriptions, and what their provisioning
// status says at an instant.
//
// It declares what it needs kept (Store) and has never heard of SQL, HTTP or
// tokens.
package commerce

import (
	"context"
	"fmt"
	"time"
)

// Service answers the shop's questions from its store.
type Service struct {
	Store Store
	// LegacyETagsOnly leaves the etag out of new-commerce resources, as the
	// documents' examples do.
	LegacyETagsOnly bool
	// Provisioner carries changes out.
	Provisioner Provisioner
	// Provisioners are the names of the outside systems that it knows.
	Provisioners []string
	// Holder names this server among those that run what is due.
	Holder string
	// OnDue is called after each write, with the time until something may be due.
	OnDue func(in time.Duration)
	// Seal keeps answers that hold a password; nil: nothing that needs one is
	// done.
	Seal *Seal
	// OnDueFailure is told of due work that failed, after it was put off.
	OnDueFailure func(DueFailure)
	// MFA gathers calls without multifactor authentication; nil: nobody does.
	MFA *MFAWatch

	flights   flights
	lanes     lanes
	exporting room
	eventIDs  eventIDs
	// batch is how many due rows one transaction carries out at most; 0: as many
	// as is usual.
	batch int
}

// Wake tells that something may have become due.
func (s *Service) Wake() {
	if s.OnDue != nil {
		s.OnDue(0)
	}
}

// inWorld runs one read at one instant of the world.
func (s *Service) inWorld(ctx context.Context, world string, read func(Tx, Moment) error) error {
	return s.Store.Read(ctx, func(tx Tx) error {
		moment, err := momentIn(ctx, tx, world)
		if err != nil {
			return err
		}
		return read(tx, moment)
	})
}

// Moment is an instant of a world, as one transaction sees it.
type Moment struct {
	World World
	// Now is the world's own time.
	Now time.Time
}

// momentIn reads the world's clock inside the transaction, so that an answer
// and the instant it holds for belong together.
func momentIn(ctx context.Context, tx Tx, world string) (Moment, error) {
	moment, _, err := momentsIn(ctx, tx, world)
	return moment, err
}

// precision is how exactly instants are kept.
const precision = 100 * time.Nanosecond

// momentsIn gives the world's time and the real one that it is made of.
func momentsIn(ctx context.Context, tx Tx, world string) (Moment, time.Time, error) {
	w, err := tx.Worlds().ByID(ctx, world)
	if err != nil {
		return Moment{}, time.Time{}, fmt.Errorf("read world %s: %w", world, err)
	}
	real, err := tx.RealTime(ctx)
	if err != nil {
		return Moment{}, time.Time{}, fmt.Errorf("read real time: %w", err)
	}
	real = real.Truncate(precision)
	return Moment{World: w, Now: w.Clock.At(real)}, real, nil
}
