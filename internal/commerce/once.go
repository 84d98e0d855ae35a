package commerce

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"provost/partnercenter"
)

const (
	// answerAge is how long an answer is given again, in real time.
	answerAge = 24 * time.Hour
	// workTime bounds a write that goes on without its caller.
	workTime = 10 * time.Second
	// forgetPiece is how many answers one transaction forgets, which other writes
	// wait for, and forgetPieces how many of those follow each other.
	forgetPiece, forgetPieces = 500, 4
)

// flights are the writes under way, by key: whoever asks for the same waits for
// the first, without a connection to the store of its own.
type flights struct {
	mu  sync.Mutex
	all map[string]*flight
}

// flight is one write under way.
type flight struct {
	landed chan struct{}
	answer any
	err    error
}

// join gives the flight of a key, and whether the caller is its first.
func (f *flights) join(key string) (*flight, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if there, ok := f.all[key]; ok {
		return there, false
	}
	if f.all == nil {
		f.all = map[string]*flight{}
	}
	started := &flight{landed: make(chan struct{})}
	f.all[key] = started
	return started, true
}

func (f *flights) land(key string, one *flight) {
	f.mu.Lock()
	delete(f.all, key)
	f.mu.Unlock()
	close(one.landed)
}

// once does a write and gives its answer; the same request again gets the same
// answer, however many ask and whenever within a day. The work belongs to the
// key: it goes on when its caller hangs up, and if it ends in a failure, one of
// those who waited does it again. A refusal is an answer, and is not kept.
func once[T any](ctx context.Context, s *Service, by Caller, do func(context.Context, *writing) (T, error)) (T, error) {
	if by.Key == "" {
		return answerOf(ctx, s, by, do)
	}
	return alone(ctx, s, by, func() (T, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), workTime)
		defer cancel()
		return answerOf(ctx, s, by, do)
	})
}

// alone lets one of those who ask for the same at once do the work, and gives
// its answer to all.
func alone[T any](ctx context.Context, s *Service, by Caller, work func() (T, error)) (T, error) {
	var none T
	key := folded(by.World.ID) + "/" + by.Key
	for {
		f, first := s.flights.join(key)
		if first {
			go fly(s, key, f, work)
		}
		select {
		case <-ctx.Done():
			return none, fmt.Errorf("wait for the same request: %w", ctx.Err())
		case <-f.landed:
		}
		var refused *partnercenter.Error
		if f.err != nil && !first && !errors.As(f.err, &refused) {
			continue
		}
		if f.err != nil {
			return none, f.err
		}
		return f.answer.(T), nil
	}
}

// fly does the work of a flight, without a caller that could take it along.
func fly[T any](s *Service, key string, f *flight, work func() (T, error)) {
	defer s.flights.land(key, f)
	f.err = fmt.Errorf("it ended without an answer")
	defer func() {
		if cause := recover(); cause != nil {
			f.err = fmt.Errorf("bug: %v\n%s", cause, debug.Stack())
		}
	}()
	answer, err := work()
	f.answer, f.err = answer, err
}

// answerOf does the write unless its answer is kept.
func answerOf[T any](ctx context.Context, s *Service, by Caller, do func(context.Context, *writing) (T, error)) (T, error) {
	var answer, none T
	err := s.write(ctx, by, func(ctx context.Context, w *writing) error {
		answer = none
		kept, err := w.claim(ctx)
		if err != nil {
			return err
		}
		if kept != "" {
			if kept, err = s.Seal.open(kept, w.place()); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(kept), &answer); err != nil {
				return fmt.Errorf("read a kept answer: %w", err)
			}
			return nil
		}
		if w.repeat != nil {
			return w.repeat
		}
		if answer, err = do(ctx, w); err != nil || by.Key == "" {
			return err
		}
		text, err := json.Marshal(answer)
		if err != nil {
			return fmt.Errorf("write an answer down: %w", err)
		}
		closed, err := s.Seal.close(answer, string(text), w.place())
		if err != nil {
			return err
		}
		return w.Answers().Keep(ctx, w.World.ID, by.Key, closed)
	})
	if err != nil {
		return none, err
	}
	return answer, nil
}

// Answered says whether an answer to the caller's request is kept.
func (s *Service) Answered(ctx context.Context, by Caller) (kept bool, err error) {
	if by.Key == "" {
		return false, nil
	}
	err = s.Store.Read(ctx, func(tx Tx) error {
		real, err := tx.RealTime(ctx)
		if err != nil {
			return err
		}
		answer, err := tx.Answers().ByKey(ctx, by.World.ID, by.Key)
		kept = err == nil && answer.Text != "" && real.Sub(answer.At) < answerAge
		if errors.Is(err, ErrMissing) {
			return nil
		}
		return err
	})
	if err != nil {
		return false, fmt.Errorf("look for a kept answer: %w", err)
	}
	return kept, nil
}

// place is where the answer of the caller's key is kept.
func (w *writing) place() string { return folded(w.World.ID) + "/" + w.by.Key }

// ForgetAnswers forgets answers that are too old to be given again, and says
// whether there may be more of them: after a night without a server, there are all
// of a day, and other writes do not wait for that.
func (s *Service) ForgetAnswers(ctx context.Context) (more bool, err error) {
	for range forgetPieces {
		forgotten := 0
		err := s.Store.Write(Alone(ctx), func(tx Tx) error {
			real, err := tx.RealTime(ctx)
			if err != nil {
				return err
			}
			forgotten, err = tx.Answers().Forget(ctx, real.Add(-answerAge), forgetPiece)
			return err
		})
		if err != nil {
			return false, fmt.Errorf("forget old answers: %w", err)
		}
		if forgotten < forgetPiece {
			return false, nil
		}
	}
	return true, nil
}

// claim reserves the caller's key, or gives the answer that is kept under it.
func (w *writing) claim(ctx context.Context) (string, error) {
	if w.by.Key == "" {
		return "", nil
	}
	err := w.Answers().Claim(ctx, w.World.ID, w.by.Key, w.Real)
	if !errors.Is(err, ErrTaken) {
		return "", err
	}
	kept, err := w.Answers().ByKey(ctx, w.World.ID, w.by.Key)
	if err != nil {
		return "", fmt.Errorf("read a kept answer: %w", err)
	}
	if w.Real.Sub(kept.At) < answerAge {
		return kept.Text, nil
	}
	return "", w.Answers().Reclaim(ctx, w.World.ID, w.by.Key, w.Real)
}
