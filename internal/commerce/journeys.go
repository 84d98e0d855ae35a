package commerce

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// journey is a move of a clock. It takes many transactions, so what is kept under
// its caller's key is first where it leads, and then what it was answered: who
// asks again after a stop on the way gets to the same instant, not beyond.
type journey struct {
	To      time.Time    `json:"to"`
	Arrived bool         `json:"arrived"`
	Reading ClockReading `json:"reading,omitzero"`
	Steps   []Step       `json:"steps,omitempty"`
}

// travelling is a journey on its way.
type travelling struct {
	journey
	service *Service
	by      Caller
	move    ClockMove
	taken   int
	// begun: where it leads is kept.
	begun bool
	// next is what it will be once the batch under way is committed: that may be
	// taken back, and done anew.
	next journey
}

// travel makes a journey, or what is left of it.
func (s *Service) travel(ctx context.Context, by Caller, move ClockMove) (journey, error) {
	t := &travelling{service: s, by: by, move: move}
	r := &runner{service: s, world: by.World.ID, done: t.came, move: t.along}
	if err := r.travel(ctx, func() (time.Time, bool, error) { return t.where(ctx) }); err != nil {
		return journey{}, err
	}
	s.Wake()
	return t.journey, nil
}

// where is the instant that it leads to, and whether it has arrived before.
func (t *travelling) where(ctx context.Context) (time.Time, bool, error) {
	err := t.service.Store.Read(ctx, func(tx Tx) error {
		m, real, err := momentsIn(ctx, tx, t.by.World.ID)
		if err != nil {
			return err
		}
		if t.begun, err = t.resume(ctx, tx, real); err != nil || t.begun {
			return err
		}
		t.To, err = t.move.target(m, real)
		return err
	})
	return t.To, t.Arrived, err
}

// resume takes up what is kept of it, and says whether anything is.
func (t *travelling) resume(ctx context.Context, tx Tx, real time.Time) (bool, error) {
	if t.by.Key == "" {
		return false, nil
	}
	kept, err := tx.Answers().ByKey(ctx, t.by.World.ID, t.by.Key)
	if errors.Is(err, ErrMissing) || err == nil && real.Sub(kept.At) >= answerAge {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read a kept answer: %w", err)
	}
	if err := json.Unmarshal([]byte(kept.Text), &t.journey); err != nil {
		return false, fmt.Errorf("read a kept answer: %w", err)
	}
	return true, nil
}

// came takes notice of a batch that is done.
func (t *travelling) came(steps []Step) {
	t.journey, t.begun = t.next, t.by.Key != ""
	if t.taken += len(steps); !t.Arrived { // else along has told them
		t.Steps = append(t.Steps, steps[:min(len(steps), maxSteps-len(t.Steps))]...)
	}
}

// along takes the clock along in a batch's own transaction, and keeps what there
// is to keep of it.
func (t *travelling) along(ctx context.Context, w *writing, to time.Time, steps []Step, last bool) error {
	if err := w.moveClock(ctx, to, t.move); err != nil {
		return err
	}
	now := t.journey
	if last {
		reading, err := readClock(ctx, w, w.World.ID)
		if err != nil {
			return err
		}
		reading.Taken = t.taken + len(steps)
		now.Arrived, now.Reading = true, reading
		now.Steps = append(now.Steps[:len(now.Steps):len(now.Steps)], steps[:min(len(steps), maxSteps-len(now.Steps))]...)
	}
	t.next = now
	return t.keep(ctx, w, now)
}

// keep writes a journey down under its caller's key: at its beginning, and at its
// end.
func (t *travelling) keep(ctx context.Context, w *writing, now journey) error {
	if t.by.Key == "" || t.begun && !now.Arrived {
		return nil
	}
	if !t.begun {
		claiming := *w
		claiming.by = t.by
		if _, err := claiming.claim(ctx); err != nil {
			return err
		}
	}
	if !now.Arrived {
		now = journey{To: now.To}
	}
	text, err := json.Marshal(now)
	if err != nil {
		return fmt.Errorf("write an answer down: %w", err)
	}
	return w.Answers().Keep(ctx, w.World.ID, t.by.Key, string(text))
}
