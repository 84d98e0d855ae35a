package server

import (
	"context"
	"time"

	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/internal/sqlstore"
)

const (
	// besidePause lies between two writes of what requests leave in memory.
	besidePause = time.Second
	// besideLastTime is for the write of a stopping server.
	besideLastTime = 5 * time.Second
)

// watchMFA gathers calls without multifactor authentication, and writes them
// beside the requests.
func (s *Server) watchMFA() *commerce.MFAWatch {
	watch := commerce.NewMFAWatch(s.store)
	s.beside(watch.Noted(), watch.Flush, "the MFA report lags")
	return watch
}

// shareCounts has the limits on requests hold over all servers of the database.
func (s *Server) shareCounts(ctx context.Context, p *pipe.Pipe) error {
	if !sqlstore.IsPostgres(s.settings.Database) {
		return nil // it is one server's alone
	}
	counted, err := p.CountWithOthers(ctx)
	if err == nil {
		s.beside(counted, p.ShareCounts, "other servers do not hear what was asked for here")
	}
	return err
}

// beside writes what requests leave in memory: at once, then at most once in a
// pause, and at the end.
func (s *Server) beside(noted <-chan struct{}, flush func(context.Context) error, lags string) {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		failing := false
		for wait(ctx, noted) {
			err := flush(ctx)
			if err != nil && !failing && ctx.Err() == nil {
				s.settings.Log.Error(lags, "error", err)
			}
			failing = err != nil
			if !wait(ctx, time.After(besidePause)) {
				return
			}
		}
	}()
	s.release = append(s.release, func() error {
		stop()
		<-ended
		last, cancel := context.WithTimeout(context.Background(), besideLastTime)
		defer cancel()
		return flush(last)
	})
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
