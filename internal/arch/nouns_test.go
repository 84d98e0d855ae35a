package arch_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// One noun, one file: what commerce asks for in one, sqlstore keeps and
// storetest promises in files of that name.
func TestEachTableHasItsFileOnEveryFloor(t *testing.T) {
	const commerce = "commerce"
	tables := map[string]string{}
	files, err := filepath.Glob(filepath.Join(root, "internal", commerce, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			declared, isType := n.(*ast.TypeSpec)
			if !isType || !strings.HasSuffix(declared.Name.Name, "Table") {
				return true
			}
			name := filepath.Base(path)
			if other := tables[name]; other != "" {
				t.Errorf("commerce/%s holds %s and %s: give each a file of its own", name, other, declared.Name.Name)
			}
			tables[name] = declared.Name.Name
			return true
		})
	}
	if len(tables) < 10 {
		t.Fatalf("only %d tables were found", len(tables))
	}
	for name, table := range tables {
		for _, floor := range []string{"sqlstore", "storetest"} {
			if _, err := os.Stat(filepath.Join(root, "internal", floor, name)); err != nil {
				t.Errorf("commerce declares %s in %s, and %s has no such file", table, name, floor)
			}
		}
	}
}
