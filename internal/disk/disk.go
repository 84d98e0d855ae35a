// Package disk writes files that a power cut leaves whole, and there.
package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Replace puts a file for its owner's eyes in the place of what is there: whoever
// reads sees one of the two, whole, and so does who comes after a crash.
func Replace(path string, content []byte) error {
	whole, err := wholeFile(path, content)
	if err != nil {
		return err
	}
	return named(path, whole, os.Rename(whole, path))
}

// Create does so where there is nothing; else it is [fs.ErrExist].
func Create(path string, content []byte) error {
	whole, err := wholeFile(path, content)
	if err != nil {
		return err
	}
	err = os.Link(whole, path)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return named(path, whole, os.Rename(whole, path)) // not every file system has links
	}
	if err = errors.Join(err, os.Remove(whole)); err != nil {
		return err
	}
	return SyncNames(filepath.Dir(path))
}

// named has the disk know the name that a file was given, or takes the file away
// where that failed.
func named(path, whole string, err error) error {
	if err != nil {
		return errors.Join(err, os.Remove(whole))
	}
	return SyncNames(filepath.Dir(path))
}

// wholeFile writes a file beside a path, and gives its own.
func wholeFile(path string, content []byte) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-") // for its owner alone
	if err != nil {
		return "", err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}
