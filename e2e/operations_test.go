package e2e_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// ofOthers are texts that come from below Provost.
var ofOthers = []string{"database or disk is full", "accept4: too many open files", "No space left on device",
	"canceling statement due to lock timeout", "database is locked", "SELECT pid, pg_blocking_pids(pid), query FROM pg_stat_activity"}

// What the page tells an operator to look for is what the programs say.
func TestSymptomsOfTheOperationsPageAreWhatIsSaid(t *testing.T) {
	var said strings.Builder
	for _, dir := range []string{"../internal", "../cmd", "../partnercenter/extension"} {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			said.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, tables, _ := strings.Cut(string(page), "\n## What you see")
	seen := 0
	for line := range strings.Lines(tables) {
		cells := strings.Split(line, " | ")
		if len(cells) != 3 {
			continue
		}
		for _, text := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[0], -1) {
			for _, part := range strings.Split(text[1], "…") {
				part = strings.TrimSpace(part)
				if !strings.Contains(part, " ") || strings.Contains(strings.Join(ofOthers, "\n"), part) {
					continue
				}
				seen++
				if !strings.Contains(said.String(), part) {
					t.Errorf("the page has %q, which nothing says", part)
				}
			}
		}
	}
	if seen < 18 {
		t.Errorf("only %d texts were found", seen)
	}
}
