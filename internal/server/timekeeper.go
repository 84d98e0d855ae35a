package server

import (
	"context"
	"errors"
	"log/slog"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"

	"provost/internal/commerce"
)

// timekeeper runs what is due in each world: it sleeps until the next thing
// is, a second at most, and wakes when a write may have made something due.
type timekeeper struct {
	shop *commerce.Service
	log  *slog.Logger
	wake chan struct{}
	// looks is when it looks next, in nanoseconds since 1970; 0: it is about to.
	looks atomic.Int64
	stop  context.CancelFunc
	done  sync.WaitGroup
	// failing is how much was due and failed, as far as is known.
	failing atomic.Int64
	// tidied is when it last began to forget old answers, and untidy says that it
	// has not come to the end of them.
	tidied time.Time
	untidy bool
}

const (
	// longestSleep is how late a thing may be that became due unheard.
	longestSleep = time.Second
	tidyEvery    = time.Minute
)

func newTimekeeper(shop *commerce.Service, log *slog.Logger) *timekeeper {
	k := &timekeeper{shop: shop, log: log, wake: make(chan struct{}, 1)}
	shop.OnDue = func(in time.Duration) {
		if looks := k.looks.Load(); looks != 0 && time.Now().Add(in).UnixNano() > looks {
			return // it comes to that by itself
		}
		select {
		case k.wake <- struct{}{}:
		default: // it is about to look anyway
		}
	}
	shop.OnDueFailure = k.tell
	return k
}

func startTimekeeper(shop *commerce.Service, log *slog.Logger) *timekeeper {
	k := newTimekeeper(shop, log)
	ctx, stop := context.WithCancel(context.Background())
	k.stop = stop
	k.done.Go(func() { k.run(ctx) })
	return k
}

func (k *timekeeper) run(ctx context.Context) {
	for {
		k.looks.Store(0)
		sleep := k.round(ctx)
		k.looks.Store(time.Now().Add(sleep).UnixNano())
		select {
		case <-ctx.Done():
			return
		case <-k.wake:
		case <-time.After(sleep):
		}
	}
}

// round gives a turn to each world that has something due, and says how long to
// sleep.
func (k *timekeeper) round(ctx context.Context) time.Duration {
	k.tidy(ctx)
	worlds, wait, err := k.shop.Due(ctx)
	if err != nil {
		k.failed(ctx, "look at what is due", err)
		return longestSleep
	}
	sleep := min(wait, longestSleep)
	for _, world := range worlds {
		if ctx.Err() != nil {
			break
		}
		switch _, err := k.shop.RunDue(ctx, world); {
		case errors.Is(err, commerce.ErrTaken): // its holder goes on
		case err != nil:
			k.failed(ctx, "run what is due", err)
		default:
			sleep = 0 // there may be more of it, or what followed from it
		}
	}
	return sleep
}

// tidy forgets old answers, and counts what fails, once in a while.
func (k *timekeeper) tidy(ctx context.Context) {
	due := time.Since(k.tidied) >= tidyEvery
	if due || k.untidy {
		var err error
		if k.untidy, err = k.shop.ForgetAnswers(ctx); err != nil {
			k.failed(ctx, "forget old answers", err)
		}
	}
	if due {
		k.tidied = time.Now()
		k.count(ctx)
	}
}

func (k *timekeeper) count(ctx context.Context) {
	failing, err := k.shop.FailingDue(ctx)
	if err != nil {
		k.failed(ctx, "count what fails", err)
		return
	}
	rows := 0
	for _, f := range failing {
		rows += f.Rows
	}
	k.failing.Store(int64(rows))
}

// tell logs due work that failed: the first time, the second, the fourth and so
// on, so that what fails for days does not fill the log.
func (k *timekeeper) tell(f commerce.DueFailure) {
	k.count(context.Background())
	if bits.OnesCount(uint(f.Failures)) != 1 {
		return
	}
	k.log.Error("due work failed: it is tried again, and the rest goes on without it", "world", f.Due.World, "kind", string(f.Due.Kind),
		"subject", f.Due.Subject, "due", f.Due.At, "failures", f.Failures, "again", f.RetryAt, "error", f.Err)
}

func (k *timekeeper) failed(ctx context.Context, doing string, err error) {
	if ctx.Err() == nil {
		k.log.Error("failed", "doing", doing, "error", err)
	}
}

// Close ends it, when the batch under way has ended.
func (k *timekeeper) Close() error {
	k.stop()
	k.done.Wait()
	return nil
}
