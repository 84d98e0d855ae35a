package partnercenter_test

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"
)

var update = flag.Bool("update", false, "write testdata/api.txt anew")

// What the packages export is written down, a line for each: whoever takes
// something away or changes it, changes this file, and is asked why.
func TestExportedThingsAreThoseWrittenDown(t *testing.T) {
	const file = "testdata/api.txt"
	var lines []string
	for _, dir := range []string{".", "recording", "extension"} {
		lines = append(lines, exported(t, dir)...)
	}
	now := strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile(file, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	written := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for _, line := range written {
		if !slices.Contains(lines, line) {
			t.Errorf("it was there and is gone or changed, which breaks programs: %s", line)
		}
	}
	for _, line := range lines {
		if !slices.Contains(written, line) {
			t.Errorf("it is new; write it down by go test ./partnercenter -run TestExported -update: %s", line)
		}
	}
}

func TestExportedThingsAreDocumented(t *testing.T) {
	for _, dir := range []string{".", "recording", "extension"} {
		p := parse(t, dir)
		if p.Doc == "" {
			t.Errorf("package %s has no comment", p.Name)
		}
		for _, typ := range p.Types {
			if typ.Doc == "" {
				t.Errorf("%s.%s has no comment", p.Name, typ.Name)
			}
			for _, fn := range slices.Concat(typ.Funcs, typ.Methods) {
				if fn.Doc == "" {
					t.Errorf("%s.%s.%s has no comment", p.Name, typ.Name, fn.Name)
				}
			}
		}
		for _, v := range undocumented(p) {
			t.Errorf("%s.%s has no comment, nor has its group", p.Name, v)
		}
		for _, fn := range p.Funcs {
			if fn.Doc == "" {
				t.Errorf("%s.%s has no comment", p.Name, fn.Name)
			}
		}
	}
}

func TestExportedFieldsAreDocumented(t *testing.T) {
	for _, dir := range []string{".", "recording", "extension"} {
		p := parse(t, dir)
		for _, typ := range p.Types {
			for _, name := range silent(typ.Decl) {
				t.Errorf("%s.%s.%s has no comment, nor does that of its group name it", p.Name, typ.Name, name)
			}
		}
	}
}

func TestFieldIsDocumentedByItsCommentOrByBeingNamedInItsGroups(t *testing.T) {
	const text = `package p
type T struct {
	Bare int
	// Own has a comment, which names Named and Later.
	Own    int
	Named  int
	Forgot int

	Later int
	Line  int // at the end of a line
	// Two are here.
	Two, Second int
	//nolint:all
	Told   int
	hidden int
}`
	file, err := parser.ParseFile(files, "", text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	got := silent(file.Decls[0].(*ast.GenDecl))
	if want := []string{"Bare", "Forgot", "Later", "Second", "Told"}; !slices.Equal(got, want) {
		t.Errorf("without a word are %q, want %q", got, want)
	}
}

// silent are the exported fields without a word. A comment speaks for the field that
// it stands over, and for those of the lines below it that it names, up to a blank line
// or the next comment; where it stands over several names it has to name each. What is
// embedded says by its type what it is.
func silent(decl *ast.GenDecl) []string {
	var names []string
	for _, spec := range decl.Specs {
		fields, ok := spec.(*ast.TypeSpec).Type.(*ast.StructType)
		if !ok {
			continue
		}
		group, last := "", 0
		for _, field := range fields.Fields.List {
			own := field.Doc.Text()
			if own != "" || files.Position(field.Pos()).Line != last+1 {
				group = own
			}
			last = files.Position(field.End()).Line
			for _, name := range field.Names {
				alone := len(field.Names) == 1 && own+field.Comment.Text() != ""
				if name.IsExported() && !alone && !slices.Contains(words(group), name.Name) {
					names = append(names, name.Name)
				}
			}
		}
	}
	return names
}

// words are the names and the words of a comment.
func words(comment string) []string {
	return strings.FieldsFunc(comment, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// undocumented are the constants and variables without a word.
func undocumented(p *doc.Package) []string {
	all := slices.Concat(p.Consts, p.Vars)
	for _, typ := range p.Types {
		all = append(all, slices.Concat(typ.Consts, typ.Vars)...)
	}
	var names []string
	for _, v := range all {
		for _, spec := range v.Decl.Specs {
			spec := spec.(*ast.ValueSpec)
			if v.Doc == "" && spec.Doc == nil && spec.Comment == nil && spec.Names[0].IsExported() {
				names = append(names, spec.Names[0].Name)
			}
		}
	}
	return names
}

var files = token.NewFileSet()

func parse(t *testing.T, dir string) *doc.Package {
	t.Helper()
	parsed, err := parser.ParseDir(files, dir, func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, parser.ParseComments) //nolint:staticcheck // one folder, no build tags
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range parsed {
		return doc.New(pkg, "provost/partnercenter/"+dir, 0)
	}
	t.Fatalf("%s holds no package", dir)
	return nil
}

func exported(t *testing.T, dir string) []string {
	t.Helper()
	p := parse(t, dir)
	var lines []string
	say := func(format string, args ...any) { lines = append(lines, p.Name+": "+fmt.Sprintf(format, args...)) }
	values := func(all []*doc.Value) {
		for _, v := range all {
			for _, spec := range v.Decl.Specs {
				spec := spec.(*ast.ValueSpec)
				for i, name := range spec.Names {
					if name.IsExported() {
						say("%s", valueLine(t, v.Decl.Tok, spec, i))
					}
				}
			}
		}
	}
	functions := func(all []*doc.Func) {
		for _, fn := range all {
			say("%s", source(t, fn.Decl))
		}
	}
	values(slices.Concat(p.Consts, p.Vars))
	functions(p.Funcs)
	for _, typ := range p.Types {
		spec := typ.Decl.Specs[0].(*ast.TypeSpec)
		values(slices.Concat(typ.Consts, typ.Vars))
		functions(slices.Concat(typ.Funcs, typ.Methods))
		fields, ok := spec.Type.(*ast.StructType)
		if !ok {
			say("type %s %s", typ.Name, source(t, spec.Type))
			continue
		}
		say("type %s struct", typ.Name+parameters(t, spec))
		for _, field := range fields.Fields.List {
			if len(field.Names) == 0 {
				say("embedded %s.%s", typ.Name, source(t, field.Type))
			}
			for _, name := range field.Names {
				if name.IsExported() {
					tag := ""
					if field.Tag != nil {
						tag = " " + field.Tag.Value
					}
					say("field %s.%s %s%s", typ.Name, name, source(t, field.Type), tag)
				}
			}
		}
	}
	slices.Sort(lines)
	return lines
}

// valueLine tells a constant with what it is, since that travels, and a variable with
// its type or what it is made by.
func valueLine(t *testing.T, kind token.Token, spec *ast.ValueSpec, i int) string {
	t.Helper()
	line := kind.String() + " " + spec.Names[i].Name
	if spec.Type != nil {
		line += " " + source(t, spec.Type)
	}
	if i >= len(spec.Values) {
		return line
	}
	value := spec.Values[i]
	if call, ok := value.(*ast.CallExpr); ok && kind == token.VAR && len(call.Args) > 2 { // a refusal: its words may change
		return line + " = " + source(t, &ast.CallExpr{Fun: call.Fun, Args: call.Args[:2]})
	}
	return line + " = " + source(t, value)
}

func parameters(t *testing.T, spec *ast.TypeSpec) string {
	t.Helper()
	if spec.TypeParams == nil {
		return ""
	}
	var all []string
	for _, field := range spec.TypeParams.List {
		all = append(all, field.Names[0].Name+" "+source(t, field.Type))
	}
	return "[" + strings.Join(all, ", ") + "]"
}

func source(t *testing.T, node ast.Node) string {
	t.Helper()
	if fn, ok := node.(*ast.FuncDecl); ok {
		bare := *fn
		bare.Doc, bare.Body = nil, nil
		node = &bare
	}
	var text bytes.Buffer
	if err := printer.Fprint(&text, files, node); err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(text.String()), " ")
}
