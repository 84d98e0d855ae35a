package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

const (
	lockFile = "provost.lock"
	turnFile = "starting.lock"
	turnWait = 20 * time.Millisecond
)

// ErrLocked says that another process is at work in a data directory.
var ErrLocked = errors.New("another provost is at work")

// Lock makes a data directory this process's own until release is called or the
// process ends, however it ends: the kernel holds the lock, not the file.
func Lock(dir string) (release func() error, err error) {
	lock := flock.New(filepath.Join(dir, lockFile))
	mine, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock data directory: %w", explain(dir, err))
	}
	if !mine {
		return nil, fmt.Errorf("lock data directory: %w in %s: stop it, or give this one a directory of its own", ErrLocked, dir)
	}
	return lock.Unlock, nil
}

// Turn waits until no other process has its turn in a directory, and takes this
// one's until end is called or the process ends.
func Turn(ctx context.Context, dir string) (end func() error, err error) {
	turn := flock.New(filepath.Join(dir, turnFile), flock.SetPermissions(0o600))
	if _, err := turn.TryLockContext(ctx, turnWait); err != nil {
		return nil, fmt.Errorf("wait for another provost that starts: %w", explain(dir, err))
	}
	return turn.Unlock, nil
}

// explain says what to do about a file or directory that cannot be used.
func explain(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s does not exist: create it, or name another: %w", path, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("no permission to read and write %s: run as its owner, or give it to this user: %w", path, err)
	default:
		return fmt.Errorf("%s cannot be used: %w", path, err)
	}
}
