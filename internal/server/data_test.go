package server

import (
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

var quiet = slog.New(slog.DiscardHandler)

func TestNewDataDirectoryIsPrivateAndOutOfGitsSight(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	if err := makeData(dir); err != nil {
		t.Fatal(err)
	}
	assertPrivate(t, dir)
}

func TestEmptyDataDirectoryBecomesPrivate(t *testing.T) {
	dir := t.TempDir()
	if err := makeData(dir); err != nil {
		t.Fatal(err)
	}
	assertPrivate(t, dir)
}

func TestDataDirectoryWithOtherFilesIsLeftAsItIs(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "main.go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := makeData(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, ignoreFile)); err == nil {
		t.Error("files of someone else were hidden from git")
	}
	if info, err := os.Stat(dir); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o755 {
		t.Errorf("the directory's mode became %v (%v)", info.Mode(), err)
	}
}

func assertPrivate(t *testing.T, dir string) {
	t.Helper()
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("the directory's mode is %v", info.Mode().Perm())
	}
	if text, err := os.ReadFile(filepath.Join(dir, ignoreFile)); err != nil || string(text) != "*\n" {
		t.Errorf("its .gitignore says %q (%v)", text, err)
	}
}
