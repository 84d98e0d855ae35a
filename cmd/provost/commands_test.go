package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"provost/internal/pipe"
)

// leaves are the commands that do something, by their words.
func leaves(t *testing.T) map[string]*cobra.Command {
	t.Helper()
	found := map[string]*cobra.Command{}
	var walk func(*cobra.Command, string)
	walk = func(cmd *cobra.Command, words string) {
		for _, child := range cmd.Commands() {
			walk(child, strings.TrimSpace(words+" "+child.Name()))
		}
		if !cmd.HasSubCommands() {
			found[words] = cmd
		}
	}
	walk(newRoot(), "")
	return found
}

// What a server says of a command is to work there: it adds the flags that this
// command takes, to each that takes them.
func TestServersNameEachCommandAsItIsRunThere(t *testing.T) {
	commands := pipe.Commands{Program: "PROGRAM", Tokens: true, Server: "--server S", Operator: "--operator O"}
	for words, cmd := range leaves(t) {
		want := "PROGRAM " + words
		switch {
		case cmd.Flags().Lookup("operator") != nil:
			want += " --operator O"
		case cmd.Flags().Lookup("server") != nil:
			want += " --server S"
		default:
			continue // a server has no need to name it
		}
		if got := commands.In("provost " + words); got != want {
			t.Errorf("provost %s is said as %q, want %q", words, got, want)
		}
	}
}

var (
	namedCommand = regexp.MustCompile(`provost ((?:[a-z]+ ?)+)`)
	namedFlag    = regexp.MustCompile(`--([a-z-]+)`)
)

// Each command that a cure names is there, with the flags that it names.
func TestCuresNameCommandsThatAreThere(t *testing.T) {
	known := leaves(t)
	seen := 0
	for _, pkg := range []string{"commerce", "auth", "pipe", "authority"} {
		files, err := filepath.Glob(filepath.Join("..", "..", "internal", pkg, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("read %s: %v", pkg, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") || strings.HasSuffix(file, "commands.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(parsed, func(n ast.Node) bool {
				literal, ok := n.(*ast.BasicLit)
				if !ok || literal.Kind != token.STRING {
					return true
				}
				text, _ := strconv.Unquote(literal.Value)
				for _, at := range namedCommand.FindAllStringSubmatchIndex(text, -1) {
					seen++
					checkNamed(t, known, file, text[at[2]:])
				}
				return true
			})
		}
	}
	if seen < 40 {
		t.Errorf("only %d commands were found", seen)
	}
}

// checkNamed looks at a text that begins with a command's words.
func checkNamed(t *testing.T, known map[string]*cobra.Command, file, text string) {
	t.Helper()
	words := strings.FieldsFunc(text, func(c rune) bool { return c < 'a' || c > 'z' })
	for n := min(3, len(words)); n > 0; n-- {
		cmd, there := known[strings.Join(words[:n], " ")]
		if !there || !strings.HasPrefix(text, strings.Join(words[:n], " ")) {
			continue
		}
		clause, _, _ := strings.Cut(text, ";")
		for _, flag := range namedFlag.FindAllStringSubmatch(clause, -1) {
			if cmd.Flags().Lookup(flag[1]) == nil {
				t.Errorf("%s: %q names --%s, which %s does not take", file, text, flag[1], cmd.CommandPath())
			}
		}
		return
	}
	t.Errorf("%s: there is no command provost %s", file, text)
}

// The help cuts off what is longer than a terminal of 80 columns has room for, and
// what is cut off cannot be pasted.
func TestExamplesAreShownWhole(t *testing.T) {
	var see func(*cobra.Command)
	see = func(cmd *cobra.Command) {
		for line := range strings.Lines(cmd.Example) {
			if line = strings.TrimSpace(line); len([]rune(line)) > 72 {
				t.Errorf("%s shows no more than the beginning of: %s", cmd.CommandPath(), line)
			}
		}
		for _, child := range cmd.Commands() {
			see(child)
		}
	}
	for _, cmd := range newRoot().Commands() {
		if cmd.GroupID == "ask" || cmd.GroupID == "sign-in" {
			see(cmd)
		}
	}
}
