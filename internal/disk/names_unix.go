//go:build unix

package disk

import (
	"errors"
	"os"
	"syscall"
)

// SyncNames has the disk know which names the directory holds: a file that was
// synced is safe from a power cut, its name is not before this.
func SyncNames(path string) error {
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
