package commerce

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"provost/partnercenter"
)

// InHouse is how a world's settings name the provisioner that is part of the
// program.
const InHouse = "simulator"

// ErrWrong says that an outside system's words about a change do not go
// together: with the change, or with what it said before.
var ErrWrong = errors.New("a wrong answer")

const (
	maxPortions = 1000
	maxReason   = 500
)

// Outside gives a change as an outside system is to see it, and the world's
// name of that system.
func (s *Service) Outside(ctx context.Context, world, id string) (work Work, err error) {
	err = s.Store.Read(ctx, func(tx Tx) error {
		work, err = outside(ctx, tx, world, id)
		return err
	})
	return work, err
}

func outside(ctx context.Context, tx Tx, world, id string) (Work, error) {
	m, err := momentIn(ctx, tx, world)
	if err != nil {
		return Work{}, err
	}
	c, err := tx.Changes().ByID(ctx, world, id)
	if err != nil {
		return Work{}, fmt.Errorf("read change %s: %w", id, err)
	}
	offer, err := offerOf(ctx, tx, c)
	if err != nil {
		return Work{}, err
	}
	return Work{World: m.World, Change: c, Offer: offer, Now: m.Now}, nil
}

// Delivered records what an outside system says that it has decided of a
// change so far, at the world's now. What it says again changes nothing.
// ErrWrong says that it cannot be so.
func (s *Service) Delivered(ctx context.Context, world, id string, decided []Portion) (Change, error) {
	return s.fromOutside(ctx, world, id, func(c Change) ([]Portion, error) {
		if err := c.allows(decided); err != nil {
			return nil, err
		}
		for i := range min(len(decided), c.decided()) {
			if kept := c.Portions[i]; decided[i].Quantity == kept.Quantity && decided[i].Status == kept.Status {
				decided[i].Reason = kept.Reason // the first reason stays
			}
		}
		return c.withRest(decided, Portion{Status: partnercenter.PrefulfillmentPending}), nil
	})
}

// Undelivered fails all of a change that is not decided yet, for a reason.
func (s *Service) Undelivered(ctx context.Context, world, id, reason string) (Change, error) {
	return s.fromOutside(ctx, world, id, func(c Change) ([]Portion, error) {
		return c.withRest(c.Portions[:c.decided()], Portion{Status: partnercenter.Unfulfilled, Reason: visible(reason)}), nil
	})
}

// fromOutside records portions that follow from a change as it is then.
func (s *Service) fromOutside(ctx context.Context, world, id string, portions func(Change) ([]Portion, error)) (c Change, err error) {
	by := Caller{Actor: Actor{World: World{ID: world}}}
	err = s.write(ctx, by, func(ctx context.Context, w *writing) error {
		if c, err = w.Changes().ByID(ctx, world, id); err != nil {
			return fmt.Errorf("read change %s: %w", id, err)
		}
		p := Progress{}
		if p.Portions, err = portions(c); err != nil {
			return err
		}
		if err := p.follows(c, w.Now); err != nil {
			return fmt.Errorf("%w: %w", ErrWrong, err)
		}
		if c.Settled() || slices.Equal(p.Portions, c.Portions) {
			return nil
		}
		c, err = w.record(ctx, c, p)
		return err
	})
	return c, err
}

// EnqueueOutside has outside systems asked about all of a world's changes that
// are with them and that no job is left for, as when the world comes from
// elsewhere and its jobs stayed there.
func EnqueueOutside(ctx context.Context, tx Tx, world string) error {
	changes, err := tx.Changes().Outside(ctx, world)
	if err != nil {
		return fmt.Errorf("list changes outside: %w", err)
	}
	return enqueue(ctx, tx, changes)
}

func enqueue(ctx context.Context, tx Tx, changes []Change) error {
	for _, c := range changes {
		if err := tx.Enqueue(ctx, Job{Kind: ProvisionJob, World: c.World, Subject: c.ID}); err != nil {
			return fmt.Errorf("enqueue change %s: %w", c.ID, err)
		}
	}
	return nil
}

// TakeUpOutside does so in every world: a job can be lost that its change needs,
// when whoever keeps jobs gives one up that was killed too often, and tells nobody.
func (s *Service) TakeUpOutside(ctx context.Context) error {
	var open []Change
	err := s.Store.Read(ctx, func(tx Tx) error {
		worlds, err := tx.Worlds().List(ctx)
		for i := 0; i < len(worlds) && err == nil; i++ {
			var more []Change
			if !worlds[i].Importing { // its last lines take its changes up
				more, err = tx.Changes().Outside(ctx, worlds[i].ID)
			}
			open = append(open, more...)
		}
		return err
	})
	for part := range slices.Chunk(open, dueBatch) {
		if err == nil {
			err = s.Store.Write(Alone(ctx), func(tx Tx) error { return enqueue(ctx, tx, part) })
		}
	}
	if err != nil {
		return fmt.Errorf("take up changes outside: %w", err)
	}
	return nil
}

// allows says why portions that are said to be decided cannot be the change's.
func (c Change) allows(decided []Portion) error {
	whole, sum := c.Asked-c.Before, 0
	if len(decided) > maxPortions {
		return fmt.Errorf("%w: %d portions are more than %d", ErrWrong, len(decided), maxPortions)
	}
	for i, p := range decided {
		switch {
		case p.Status != partnercenter.Fulfilled && p.Status != partnercenter.Unfulfilled:
			return fmt.Errorf("%w: portion %d is decided when it is %s or %s, not %q", ErrWrong, i, partnercenter.Fulfilled, partnercenter.Unfulfilled, p.Status)
		case p.Quantity == 0 && whole != 0, p.Quantity < 0 && whole >= 0, p.Quantity > 0 && whole <= 0:
			return fmt.Errorf("%w: portion %d of a change by %d cannot be %d", ErrWrong, i, whole, p.Quantity)
		case p.Reason != visible(p.Reason):
			return fmt.Errorf("%w: the reason of portion %d is not up to %d bytes of visible text", ErrWrong, i, maxReason)
		}
		sum += p.Quantity
	}
	if sum < min(whole, 0) || sum > max(whole, 0) || whole == 0 && len(decided) > 1 {
		return fmt.Errorf("%w: %d portions make %d, and the whole is %d", ErrWrong, len(decided), sum, whole)
	}
	return nil
}

// withRest are the decided portions, and one with all that is left.
func (c Change) withRest(decided []Portion, rest Portion) []Portion {
	rest.Quantity = c.Asked - c.Before
	for _, p := range decided {
		rest.Quantity -= p.Quantity
	}
	if rest.Quantity == 0 && len(decided) > 0 {
		return decided
	}
	return append(slices.Clip(slices.Clone(decided)), rest)
}

// visible is as much of a text as a reason may hold.
func visible(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, " "))
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "")
	}
	return text
}
