//go:build unix

package sqlstore

import (
	"errors"
	"os"
	"syscall"
)

// SyncDirectory has the disk know which names the directory holds: a file that was
// synced is safe from a power cut, its name is not before this.
func SyncDirectory(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	err = dir.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil // some file systems of networks know no such thing
	}
	return errors.Join(err, dir.Close())
}
