//go:build unix

package sqlstore

import (
	"errors"
	"os"
)

// syncDirectory has the disk know what the directory holds.
func syncDirectory(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
