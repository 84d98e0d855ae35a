package server

import (
	"context"
	"time"

	"provost/internal/commerce"
)

const (
	// mfaPause lies between two writes of what was seen without multifactor
	// authentication.
	mfaPause = time.Second
	// mfaLastTime is for the write of a stopping server.
	mfaLastTime = 5 * time.Second
)

// watchMFA gathers calls without multifactor authentication, and writes them
// beside the requests: at once, then at most once in mfaPause, and at the end.
func (s *Server) watchMFA() *commerce.MFAWatch {
	watch := commerce.NewMFAWatch(s.store)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		failing := false
		for wait(ctx, watch.Noted()) {
			err := watch.Flush(ctx)
			if err != nil && !failing && ctx.Err() == nil {
				s.settings.Log.Error("the MFA report lags", "error", err)
			}
			failing = err != nil
			if !wait(ctx, time.After(mfaPause)) {
				return
			}
		}
	}()
	s.release = append(s.release, func() error {
		stop()
		<-ended
		last, cancel := context.WithTimeout(context.Background(), mfaLastTime)
		defer cancel()
		return watch.Flush(last)
	})
	return watch
}

// wait says whether there was a value before the context ended.
func wait[T any](ctx context.Context, on <-chan T) bool {
	select {
	case <-ctx.Done():
		return false
	case <-on:
		return true
	}
}
