package commerce

import (
	"context"
	"fmt"
	"time"
)

// Words are what the operator's log says of a thing: members by name, never a
// secret.
type Words map[string]string

// OperatorAct is one thing that an operator did. The log is the server's own:
// it is neither a world's audit nor exported with one.
type OperatorAct struct {
	// ID counts upwards in the order in which things were done.
	ID int64
	// At is real time.
	At time.Time
	// By is the name of the key that was shown.
	By string
	// What was done, such as "grant role", to Subject.
	What    string
	World   string
	Subject string
	// Before and After are what the act changed.
	Before, After Words
}

// OperatorLogTable keeps what operators did.
type OperatorLogTable interface {
	Append(ctx context.Context, a OperatorAct) error
	// Page gives acts from the latest backwards: those before an id (0: from the
	// end), in one world ("": in all, and in none).
	Page(ctx context.Context, world string, before int64, limit int) ([]OperatorAct, error)
}

// is says what was done; an act that is nothing is not logged.
func (a *OperatorAct) is(what, world, subject string, before, after Words) {
	a.What, a.World, a.Subject, a.Before, a.After = what, world, subject, before, after
}

// worldTime is a world's time as the act is done.
func (a *OperatorAct) worldTime(w World) time.Time { return w.Clock.At(a.At) }

// act does what an operator asks for and logs it, in one write. It can be an
// import's.
func (s *Service) act(ctx context.Context, by Operator, do func(Tx, *OperatorAct) error) error {
	return s.Store.Write(Alone(ctx), func(tx Tx) error {
		now, err := tx.RealTime(ctx)
		if err != nil {
			return fmt.Errorf("read real time: %w", err)
		}
		act := OperatorAct{At: now, By: by.Name}
		if err := do(tx, &act); err != nil || act.What == "" {
			return err
		}
		return tx.OperatorLog().Append(ctx, act)
	})
}

// OperatorLog gives a page of what operators did, the latest first.
func (s *Service) OperatorLog(ctx context.Context, world string, before int64, limit int) (acts []OperatorAct, err error) {
	err = s.Store.Read(ctx, func(tx Tx) (err error) {
		acts, err = tx.OperatorLog().Page(ctx, world, before, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the operator log: %w", err)
	}
	return acts, nil
}
