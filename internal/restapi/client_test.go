package restapi_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"provost/internal/commerce"
	"provost/internal/restapi"
	"provost/partnercenter"
)

const client = "../../partnercenter"

var ofCall = regexp.MustCompile(`Tokens: (App\+User|App\+User, app-only)\. Roles: ([^.]+)\. (?:Errors: ([^.]+)\. )?Source: ([^.]*(?:\.\d[^.]*)*)\.`)

// comments are those of the client's methods that name calls, by call.
func comments(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, file := range clientSources(t) {
		for _, declared := range file.Decls {
			method, ok := declared.(*ast.FuncDecl)
			if !ok || method.Doc == nil {
				continue
			}
			text := method.Doc.Text()
			for _, line := range httpLine.FindAllStringSubmatch(text, -1) {
				found[line[1]] = append(found[line[1]], text)
				if !httpLine.MatchString(lastLine(text)) {
					t.Errorf("the comment of %s does not end with its HTTP line", method.Name.Name)
				}
			}
		}
	}
	return found
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return lines[len(lines)-1]
}

func clientSources(t *testing.T) []*ast.File {
	t.Helper()
	parsed, err := parser.ParseDir(token.NewFileSet(), client, func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, parser.ParseComments) //nolint:staticcheck // one folder, no build tags
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, file := range parsed["partnercenter"].Files {
		files = append(files, file)
	}
	return files
}

// refusalNames are those of the catalogue's refusals.
func refusalNames(t *testing.T) map[string]string {
	t.Helper()
	named := map[string]string{}
	for _, file := range clientSources(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			if call, ok := spec.Values[0].(*ast.CallExpr); ok && len(call.Args) == 3 {
				if fn, ok := call.Fun.(*ast.Ident); ok && fn.Name == "refusal" {
					named[call.Args[0].(*ast.BasicLit).Value+" "+strings.Trim(call.Args[1].(*ast.BasicLit).Value, `"`)] = spec.Names[0].Name
				}
			}
			return true
		})
	}
	return named
}

func TestClientHasAMethodForEveryCallAndNoOther(t *testing.T) {
	methods := comments(t)
	for _, rt := range restapi.Rows() {
		if slices.Contains(rt.Answers, partnercenter.ErrNotImplemented) {
			continue
		}
		call := rt.Method + " " + rt.Path
		if len(methods[call]) == 0 {
			t.Errorf("no method of the client ends its comment with %q", call)
		}
		delete(methods, call)
	}
	for call := range methods {
		t.Errorf("a method of the client says %q, which the server does not answer", call)
	}
}

func TestSDKsPageListsEveryCall(t *testing.T) {
	page, err := os.ReadFile("../../docs/sdk.md")
	if err != nil {
		t.Fatal(err)
	}
	for call := range comments(t) {
		if !strings.Contains(string(page), "`"+call+"`") {
			t.Errorf("docs/sdk.md does not list %s", call)
		}
	}
}

// A path that gets a method leaves the page of those without.
func TestPageOfWhatIsNotCoveredListsNothingThatIs(t *testing.T) {
	page, err := os.ReadFile("../../docs/sdk-coverage.md")
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`\{[^}]*\}`)
	bare := func(path string) string { return strings.ToLower(name.ReplaceAllString(path, "{}")) }
	covered := map[string]bool{}
	for call := range comments(t) {
		_, path, _ := strings.Cut(call, " ")
		covered[bare(path)] = true
	}
	listed := 0
	for _, found := range regexp.MustCompile("`([a-zA-Z][^`]*|…/[^`]+)`").FindAllStringSubmatch(string(page), -1) {
		listed++
		path := found[1]
		for _, whole := range []string{path, strings.Replace(path, "…", "customers/{}", 1), strings.Replace(path, "…", "customers/{}/subscriptions/{}", 1)} {
			if covered[bare("/v1/"+whole)] {
				t.Errorf("%s has a method", path)
			}
		}
	}
	if listed < 100 || len(covered) < 25 {
		t.Errorf("only %d paths are listed, and %d covered", listed, len(covered))
	}
}

// Where the comment cannot name them all, it says "and others".
func TestMethodsOfTheClientSayWhatTheirRowsSay(t *testing.T) {
	named, methods := refusalNames(t), comments(t)
	for _, rt := range restapi.Rows() {
		for _, text := range methods[rt.Method+" "+rt.Path] {
			call := rt.Method + " " + rt.Path
			said := ofCall.FindStringSubmatch(strings.Join(strings.Fields(text), " "))
			if said == nil {
				t.Errorf("%s: the comment does not say Tokens, Roles, Errors, Source: %s", call, text)
				continue
			}
			if (said[1] == "App+User, app-only") != rt.Access.AppOnly {
				t.Errorf("%s: the comment says that it takes %s", call, said[1])
			}
			if want := rolesOf(rt.Access); !strings.HasPrefix(said[2], want) {
				t.Errorf("%s: the comment says %q, the row %q", call, said[2], want)
			}
			for _, refusal := range rt.Answers {
				name := named[fmt.Sprint(refusal.StatusCode, " ", refusal.Code)]
				if !strings.Contains(said[3], "["+name+"]") && !strings.Contains(said[3], "and others") {
					t.Errorf("%s: the comment does not name %s", call, name)
				}
			}
		}
	}
}

func rolesOf(a commerce.Access) string {
	switch {
	case len(a.Directory) > 0:
		return "Directory Reader or Global Reader"
	case len(a.Roles) == 4:
		return "any agent"
	case len(a.Roles) == 3:
		return "admin agent, sales agent, global admin"
	default:
		return "admin agent, global admin"
	}
}
