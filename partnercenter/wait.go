package partnercenter

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// WaitOptions say how to wait. The context bounds every wait.
type WaitOptions struct {
	// Every is the longest pause between two questions: for a view that people look
	// at, or a service whose clock somebody moves. The default is to sleep as long as
	// the service says; where it does not say, the pauses grow from one minute to
	// fifteen, until it is known when the statuses are refreshed.
	Every time.Duration
}

// PendingError says what was still pending when a wait ended, and since when.
// It unwraps to why: errors.Is(err, context.DeadlineExceeded).
type PendingError struct {
	// What names the thing that was waited for: its path.
	What string
	// Status is the last that the service said; empty when it said nothing.
	Status string
	// Since is when this wait first saw it pending: it may be so for longer.
	Since time.Time
	// Asked is how many requests the wait took.
	Asked int
	// Err is why the wait ended.
	Err error
}

// Error says what is pending since when.
func (e *PendingError) Error() string {
	if e.Status == "" {
		return fmt.Sprintf("wait for %s: no answer after %d requests: %v", e.What, e.Asked, e.Err)
	}
	return fmt.Sprintf("wait for %s: %s since %s (%d requests): %v", e.What, e.Status, e.Since.UTC().Format(time.RFC3339), e.Asked, e.Err)
}

// Unwrap gives why the wait ended.
func (e *PendingError) Unwrap() error { return e.Err }

// seen is an answer to someone who waits.
type seen[T any] struct {
	value T
	// word is the status, for people; pending whether another one is to come.
	word    string
	pending bool
}

// wait asks until what it asks for has settled.
type wait[T any] struct {
	at   place
	opts WaitOptions
	read func(*answer) (seen[T], error)
	// refreshes are nil for what is not a view that is refreshed.
	refreshes *refreshes

	asked, failed int
	since         time.Time
	answered      bool
	last          seen[T]
	// sent is when the last question was asked that was answered.
	sent time.Time
}

// settle returns the first answer that is not pending.
func (w *wait[T]) settle(ctx context.Context) (T, error) {
	for {
		pause, err := w.ask(ctx)
		if err == nil && w.answered && !w.last.pending {
			return w.last.value, nil
		}
		if err == nil {
			err = w.sleep(ctx, pause)
		}
		if err != nil {
			var none T
			return none, w.ended(ctx, err)
		}
	}
}

// ended says what is pending when it is the context that ended the wait.
func (w *wait[T]) ended(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	cause := context.Cause(ctx)
	if !errors.Is(err, cause) {
		cause = fmt.Errorf("%w, after: %w", cause, err)
	}
	return &PendingError{What: w.at.path, Status: w.last.word, Since: w.since, Asked: w.asked, Err: cause}
}

// rest is when to ask again: at an instant, or a pause after the last answer.
type rest struct {
	until time.Time
	// learning lets what others learn of the refreshes change it.
	learning bool
}

// ask takes a turn and asks once. What fails for a while is no answer, and no
// end either, once there was one.
func (w *wait[T]) ask(ctx context.Context) (rest, error) {
	p := w.at.partner
	if w.at.err != nil {
		_, err := w.at.send(ctx, call{method: "GET"})
		return rest{}, err
	}
	done, err := p.pacer.turn(ctx)
	if err != nil {
		return rest{}, err
	}
	sent := time.Now()
	w.asked++
	got, err := w.at.send(ctx, call{method: "GET", once: true})
	done()
	now := time.Now()
	if err != nil {
		return w.fail(ctx, err, now)
	}
	w.failed = 0
	is, err := w.read(got)
	if err != nil {
		return rest{}, err
	}
	if w.refreshes != nil && w.last.pending && !is.pending {
		w.refreshes.saw(w.sent, now)
	}
	switch {
	case !is.pending:
		w.since = time.Time{}
	case w.since.IsZero():
		w.since = now
	}
	w.last, w.sent, w.answered = is, sent, true
	if told, ok := after(got.header, now); ok {
		return rest{until: now.Add(w.atMost(max(told, time.Second)))}, nil
	}
	return w.rest(now.Add(w.atMost(spacing(w.asked)))), nil
}

func (w *wait[T]) atMost(pause time.Duration) time.Duration {
	if w.opts.Every > 0 {
		return min(pause, w.opts.Every)
	}
	return pause
}

// rest is when to ask again where the service does not say: then, or at the next
// refresh that is known of.
func (w *wait[T]) rest(then time.Time) rest {
	if w.refreshes == nil {
		return rest{until: then}
	}
	return rest{until: w.refreshes.ask(w.sent, then, w.opts.Every > 0), learning: true}
}

func (w *wait[T]) fail(ctx context.Context, err error, now time.Time) (rest, error) {
	if !isTemporary(err) || ctx.Err() != nil {
		return rest{}, err
	}
	p := w.at.partner
	w.failed++
	pause := p.retry.backoff(w.failed)
	var refused *Error
	if errors.As(err, &refused) && refused.StatusCode == ErrTooManyRequests.StatusCode {
		pause = max(refused.RetryAfter, time.Second) + rand.N(time.Second)
		p.pacer.hold(now.Add(pause))
		return rest{until: now}, nil
	}
	if !w.answered && w.failed >= p.retry.Attempts {
		return rest{}, err // nothing there ever answered
	}
	return rest{until: now.Add(max(pause, toldAfter(err)))}, nil
}

// sleep waits until it is time to ask again.
func (w *wait[T]) sleep(ctx context.Context, r rest) error {
	for {
		timer := time.NewTimer(time.Until(r.until))
		var learned <-chan struct{}
		if r.learning {
			learned = w.refreshes.learned()
		}
		select {
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		case <-timer.C:
			return nil
		case <-learned:
			timer.Stop()
			r = w.rest(r.until)
		}
	}
}
