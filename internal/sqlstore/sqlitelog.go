package sqlstore

import (
	"context"
	"database/sql"
	"net/url"
	"sync/atomic"
	"time"
)

// What is written goes into the log first, and from there into the file, which
// takes long, and would have all wait who write. So it is done beside them. What
// they have written meanwhile, one of them takes into the file, in front of the
// line: the log begins anew only where all of it was taken.

const (
	// longLog is how many pages of the log are taken into the file, and longestLog how
	// many there are when whoever writes does all of it: where filing fails.
	longLog, longestLog = 6000, 16000
	// shortRest is how many pages are left to whoever writes, at most.
	shortRest = 2000
	// filePause is how long it rests between two looks at the log.
	filePause = 20 * time.Millisecond
)

// filer takes the log into the file.
type filer struct {
	pool *sql.DB
	wake chan struct{}
	stop context.CancelFunc
	done chan struct{}
	// long is [longLog].
	long int
	// rest says that there is a rest for whoever writes.
	rest atomic.Bool
}

// startFiling has a log taken into its file as it grows.
func startFiling(path, synchronous string) (*filer, error) {
	pool, err := connect(path, 1, url.Values{"_synchronous": {synchronous}})
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	f := &filer{pool: pool, wake: make(chan struct{}, 1), stop: stop, done: make(chan struct{}), long: longLog}
	go f.run(ctx)
	return f, nil
}

// grown says that the log has grown.
func (f *filer) grown() {
	select {
	case f.wake <- struct{}{}:
	default: // it is about to look
	}
}

func (f *filer) run(ctx context.Context) {
	defer close(f.done)
	for {
		select {
		case <-f.wake:
		case <-ctx.Done():
			return
		}
		// Where it cannot, whoever writes does it, or says why not.
		_ = f.file(ctx)
		select {
		case <-time.After(filePause):
		case <-ctx.Done():
			return
		}
	}
}

// file takes the log into the file if it is long.
func (f *filer) file(ctx context.Context) error {
	left, err := f.checkpoint(ctx, "NOOP")
	if err != nil || left < f.long {
		return err
	}
	for range 3 { // a reader that takes long has it wait
		if _, err := f.checkpoint(ctx, "PASSIVE"); err != nil {
			return err
		}
		if left, err = f.checkpoint(ctx, "NOOP"); err != nil {
			return err
		}
		if left <= shortRest {
			f.rest.Store(true)
			return nil
		}
	}
	return nil
}

// checkpoint says how many pages of the log are not in the file after it.
func (f *filer) checkpoint(ctx context.Context, mode string) (left int, err error) {
	var busy, pages, filed int
	err = f.pool.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &pages, &filed)
	return pages - filed, err
}

// close ends it before the last one closes the file, who takes the rest of the log.
func (f *filer) close() error {
	if f == nil {
		return nil
	}
	f.stop()
	<-f.done
	return f.pool.Close()
}
