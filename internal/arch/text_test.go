package arch_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// foreign is what no source may name: places that exist on someone's machine
// alone, and the hosts that packages were fetched from.
var foreign = map[string]*regexp.Regexp{
	"a path of someone's machine": regexp.MustCompile(
		`(?:^|[\s"'=(:,` + "`" + `])(?:/(?:root|work|workspace)(?:/|\b)|/(?:home|Users)/\w+|/tmp/[a-z]+/|[A-Za-z]:\\Users\\)`),
	"a package registry": regexp.MustCompile(
		`(?i)\b(?:(?:go)?proxy\.golang\.(?:org|com)|goproxy\.(?:io|cn)|registry\.npmjs\.(?:org|com)|registry\.yarnpkg\.com|` +
			`(?:files\.)?pythonhosted\.org|pypi\.org/simple|repo1?\.maven(?:\.apache)?\.org|api\.nuget\.org|crates\.io|` +
			`(?:artifactory|nexus|jfrog)\.[\w.-]+\w|GO[P]ROXY=\S+)`),
}

func TestSourcesNameNoMachineAndNoRegistry(t *testing.T) {
	for _, name := range sources(t) {
		body, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.IndexByte(body, 0) >= 0 {
			continue // not text
		}
		for i, line := range strings.Split(string(body), "\n") {
			for what, pattern := range foreign {
				if found := pattern.FindString(line); found != "" {
					t.Errorf("%s:%d names %s: %q", name, i+1, what, strings.TrimSpace(found))
				}
			}
		}
	}
}

func TestForeignPatternsFindWhatTheyAreFor(t *testing.T) {
	slash := "/"
	for text, what := range map[string]string{
		"see " + slash + "root" + slash + "x":         "a path of someone's machine",
		`dir: "` + slash + "home" + slash + `ann/x"`:  "a path of someone's machine",
		slash + "tmp" + slash + "plan" + slash + "a":  "a path of someone's machine",
		"https://proxy" + ".golang" + ".org/":         "a package registry",
		"export GO" + "PROXY" + "=https://x.example/": "a package registry",
		"https://registry" + ".npmjs" + ".org":        "a package registry",
	} {
		if !foreign[what].MatchString(text) {
			t.Errorf("%q is not recognised as %s", text, what)
		}
	}
	for _, text := range []string{"GET /v1/customers", slash + "rootless", "a" + slash + "root" + slash + "b", "docs/workflows/", "https://api.partnercenter.microsoft.com"} {
		for what, pattern := range foreign {
			if pattern.MatchString(text) {
				t.Errorf("%q is taken for %s", text, what)
			}
		}
	}
}

// sources are the files that git keeps or would keep; outside a clone, all.
func sources(t *testing.T) []string {
	t.Helper()
	git := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
	git.Dir = root
	if out, err := git.Output(); err == nil {
		var names []string
		for name := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
			if info, err := os.Stat(filepath.Join(root, name)); err == nil && info.Mode().IsRegular() {
				names = append(names, name)
			}
		}
		return names
	}
	return walk(t)
}

// walk gives every file of the tree, but for what git and builds put there.
func walk(t *testing.T) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if entry.IsDir() && (name == ".git" || name == "bin" || name == "dist" || name == ".provost") {
			return fs.SkipDir
		}
		if entry.Type().IsRegular() {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
