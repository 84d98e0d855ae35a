package arch_test

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// plan lists what each package may import of ours. It may import what those may
// import as well; nothing else.
var plan = map[string][]string{
	"provost/partnercenter":           {},
	"provost/partnercenter/extension": {"provost/partnercenter"},
	"provost/partnercenter/recording": {"provost/partnercenter"},

	"provost/api": {},

	"provost/internal/commerce":  {"provost/partnercenter"},
	"provost/internal/wall":      {},
	"provost/internal/disk":      {},
	"provost/internal/memory":    {},
	"provost/internal/auth":      {"provost/internal/commerce", "provost/internal/wall"},
	"provost/internal/authority": {"provost/internal/commerce", "provost/internal/wall", "provost/internal/disk", "provost/partnercenter/extension"},
	"provost/internal/sqlstore":  {"provost/internal/commerce", "provost/internal/wall", "provost/internal/disk"},

	"provost/internal/fulfillment": {"provost/internal/commerce", "provost/internal/wall"},

	"provost/internal/pipe":     {"provost/internal/auth"},
	"provost/internal/restapi":  {"provost/internal/pipe", "provost/api"},
	"provost/internal/operator": {"provost/internal/pipe", "provost/partnercenter/extension"},

	"provost/internal/server": {
		"provost/internal/restapi", "provost/internal/operator",
		"provost/internal/authority", "provost/internal/sqlstore", "provost/internal/fulfillment",
	},
	"provost/internal/cli": {"provost/internal/disk", "provost/partnercenter/extension"},
	"provost/cmd/provost":  {"provost/internal/server", "provost/internal/cli", "provost/internal/memory"},

	"provost/internal/storetest": {"provost/internal/commerce"},
	"provost/internal/arch":      {},
	"provost/e2e":                {},

	"provost/bench/speed": {"provost/internal/sqlstore", "provost/partnercenter/extension"},
	"provost/bench/chaos": {},
}

// direct are packages that meet no one below those that the plan names: a
// command reaches the shop through its server or through HTTP, never past them.
var direct = []string{"provost/cmd/provost"}

// testsOnly may not be part of the product.
var testsOnly = []string{
	"pgregory.net/rapid", "github.com/getkin/kin-openapi", "github.com/google/go-cmp",
	"provost/internal/storetest", "provost/internal/arch", "provost/e2e", "testing", "net/http/httptest",
}

type pkg struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
	GoFiles                            []string
}

func TestImportsPointDown(t *testing.T) {
	for _, p := range packages(t) {
		if _, known := plan[p.ImportPath]; !known {
			t.Errorf("%s is not on the floor plan: give it its place in plan", p.ImportPath)
			continue
		}
		allowed := reachable(p.ImportPath)
		for _, imported := range p.Imports {
			if isOurs(imported) && !slices.Contains(allowed, imported) {
				t.Errorf("%s imports %s; it may import %s", p.ImportPath, imported, strings.Join(allowed, ", "))
			}
		}
	}
}

func TestPlanNamesOnlyPackagesOfThePlan(t *testing.T) {
	for name, below := range plan {
		for _, other := range below {
			if _, known := plan[other]; !known {
				t.Errorf("%s may import %s, which is not on the floor plan", name, other)
			}
			if slices.Contains(reachable(other), name) {
				t.Errorf("%s and %s may import each other", name, other)
			}
		}
	}
}

func TestSDKImportsTheStandardLibraryAlone(t *testing.T) {
	for _, p := range packages(t) {
		if !isWithin(p.ImportPath, "provost/partnercenter") {
			continue
		}
		for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if !isStandard(imported) && !isWithin(imported, "provost/partnercenter") {
				t.Errorf("%s imports %s", p.ImportPath, imported)
			}
		}
	}
}

func TestProductHoldsNoTestLibrary(t *testing.T) {
	for _, p := range packages(t) {
		if p.ImportPath == "provost/internal/storetest" {
			continue
		}
		for _, imported := range p.Imports {
			for _, banned := range testsOnly {
				if isWithin(imported, banned) {
					t.Errorf("%s imports %s outside its tests", p.ImportPath, imported)
				}
			}
		}
	}
}

func TestPackageNamesAreOneWordAndShadowNothing(t *testing.T) {
	standard := strings.Fields(run(t, root, "go", "list", "std"))
	for _, p := range packages(t) {
		name := p.ImportPath[strings.LastIndex(p.ImportPath, "/")+1:]
		if strings.ToLower(name) != name || strings.ContainsAny(name, "_-.") {
			t.Errorf("%s is not one lower-case word", p.ImportPath)
		}
		if slices.Contains(standard, name) {
			t.Errorf("%s shadows the standard library's %s", p.ImportPath, name)
		}
	}
}

// reachable are the packages that one may import, sorted.
func reachable(name string) []string {
	seen := map[string]bool{}
	var walk func(string)
	walk = func(from string) {
		for _, below := range plan[from] {
			if !seen[below] {
				seen[below] = true
				if !slices.Contains(direct, name) {
					walk(below)
				}
			}
		}
	}
	walk(name)
	return slices.Sorted(maps.Keys(seen))
}

const root = "../.."

// packages are those of both modules, as the Go tool sees them.
func packages(t *testing.T) []pkg {
	t.Helper()
	walk(t) // what go list reads, the cache of test results knows nothing of
	var all []pkg
	for _, dir := range []string{root, filepath.Join(root, "partnercenter")} {
		decoder := json.NewDecoder(strings.NewReader(run(t, dir, "go", "list", "-e", "-json", "./...")))
		found := 0
		for {
			var p pkg
			err := decoder.Decode(&p)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("read go list: %v", err)
			}
			all = append(all, p)
			found++
		}
		if found == 0 {
			t.Fatalf("go list names no package in %s", dir)
		}
	}
	return all
}

func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, failed.Stderr)
		}
		t.Fatalf("%s: %v", strings.Join(cmd.Args, " "), err)
	}
	return string(out)
}

func isOurs(path string) bool { return isWithin(path, "provost") }

func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".") && !isOurs(path)
}

func isWithin(path, tree string) bool {
	return path == tree || strings.HasPrefix(path, tree+"/")
}
