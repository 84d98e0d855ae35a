package authority_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var numbered = regexp.MustCompile(`"([a-z_]+)", (\d{5,7}),`)

// What the sources refuse stands in the page's table, and nothing else does.
func TestPageHasEveryRefusalOfTheIssuer(t *testing.T) {
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	refused := map[string]bool{}
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range numbered.FindAllStringSubmatch(string(text), -1) {
			refused[found[1]+" "+found[2]] = true
		}
	}
	page, err := os.ReadFile("../../docs/tokens.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "## Refusals of the issuer")
	told := map[string]bool{}
	var words []string
	for line := range strings.SplitSeq(table, "\n") {
		cells := strings.Split(line, "|")
		if len(cells) < 5 {
			continue
		}
		if named := regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(cells[1], -1); named != nil {
			words = nil
			for _, word := range named {
				words = append(words, word[1])
			}
		}
		for _, number := range regexp.MustCompile(`\d{5,7}`).FindAllString(cells[2], -1) {
			for _, word := range words {
				told[word+" "+number] = true
			}
		}
	}
	if len(refused) < 30 {
		t.Fatalf("only %d refusals were found in the sources", len(refused))
	}
	for _, one := range slices.Sorted(maps.Keys(refused)) {
		if !told[one] {
			t.Errorf("the page lacks %s", one)
		}
	}
	for _, one := range slices.Sorted(maps.Keys(told)) {
		word, number, _ := strings.Cut(one, " ")
		known := slices.ContainsFunc(slices.Collect(maps.Keys(refused)), func(r string) bool { return strings.HasSuffix(r, " "+number) }) &&
			slices.ContainsFunc(slices.Collect(maps.Keys(refused)), func(r string) bool { return strings.HasPrefix(r, word+" ") })
		if !known {
			t.Errorf("the page has %s, which nothing refuses with", one)
		}
	}
}

// The page says which versions of the libraries are tried.
func TestPageHasTheVersionsOfTheLibrariesThatAreTried(t *testing.T) {
	page, err := os.ReadFile("../../docs/tokens.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ library, pins, pin string }{
		{"MSAL for Python", "python/requirements.txt", `(?m)^msal==(.+)$`},
		{"MSAL for Node", "node/package.json", `"@azure/msal-node": "(.+)"`},
		{"MSAL for Java", "java/pom.xml", `<artifactId>msal4j</artifactId>\s*<version>(.+)</version>`},
		{"Go's `golang.org/x/oauth2`", "go/go.mod", `golang.org/x/oauth2 v(.+)`},
	} {
		text, err := os.ReadFile(filepath.Join("../../interop", c.pins))
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(c.pin).FindSubmatch(text)
		if found == nil {
			t.Errorf("%s names no version of %s", c.pins, c.library)
			continue
		}
		if row := "| " + c.library + " | " + string(found[1]) + " |"; !strings.Contains(string(page), row) {
			t.Errorf("the page lacks %s", row)
		}
	}
}
