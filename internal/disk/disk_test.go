package disk_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"provost/internal/disk"
)

func TestFileIsReplacedWholeForItsOwnerAlone(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.key")
	for _, content := range []string{"one", "another, which is longer", ""} {
		if err := disk.Replace(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		holds(t, dir, path, content)
	}
}

func TestFileIsCreatedOnce(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.key")
	if err := disk.Create(path, []byte("first")); err != nil {
		t.Fatal(err)
	}
	if err := disk.Create(path, []byte("second")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second time: %v", err)
	}
	holds(t, dir, path, "first")
}

// holds expects the content, and nothing beside the file.
func holds(t *testing.T, dir, path, content string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != content {
		t.Errorf("it holds %q, not %q: %v", got, content, err)
	}
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("it is there for %v: %v", info.Mode(), err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("beside it are %v: %v", entries, err)
	}
}

func TestWhatCannotBeWrittenIsSaid(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "none", "a.key")
	for name, write := range map[string]func(string, []byte) error{"replace": disk.Replace, "create": disk.Create} {
		if err := write(nowhere, nil); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
