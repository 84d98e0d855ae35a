package server

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"provost/internal/commerce"
)

// timekeeper runs what is due in each world: it sleeps until the next thing
// is, a second at most, and wakes when a write may have made something due.
type timekeeper struct {
	shop *commerce.Service
	log  *slog.Logger
	wake chan struct{}
	stop context.CancelFunc
	done sync.WaitGroup
}

// longestSleep is how late a thing may be that became due unheard.
const longestSleep = time.Second

func startTimekeeper(shop *commerce.Service, log *slog.Logger) *timekeeper {
	ctx, stop := context.WithCancel(context.Background())
	k := &timekeeper{shop: shop, log: log, wake: make(chan struct{}, 1), stop: stop}
	shop.OnDue = func() {
		select {
		case k.wake <- struct{}{}:
		default: // it is about to look anyway
		}
	}
	k.done.Go(func() { k.run(ctx) })
	return k
}

func (k *timekeeper) run(ctx context.Context) {
	for {
		sleep := k.round(ctx)
		select {
		case <-ctx.Done():
			return
		case <-k.wake:
		case <-time.After(sleep):
		}
	}
}

// round runs each world that has something due, and says how long to sleep.
func (k *timekeeper) round(ctx context.Context) time.Duration {
	worlds, next, err := k.shop.Due(ctx)
	if err != nil {
		k.failed(ctx, "look at what is due", err)
		return longestSleep
	}
	for _, world := range worlds {
		if err := k.shop.RunDue(ctx, world); err != nil && !errors.Is(err, commerce.ErrTaken) {
			k.failed(ctx, "run what is due", err)
			return longestSleep
		}
	}
	switch {
	case len(worlds) > 0:
		return 10 * time.Millisecond // a world may be another's for a moment
	case next.IsZero():
		return longestSleep
	default:
		return max(0, min(time.Until(next), longestSleep))
	}
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
