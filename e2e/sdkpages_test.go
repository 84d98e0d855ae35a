package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var goBlock = regexp.MustCompile("(?ms)^```go\n(.*?)^```$")

// goOf gives the programs of the pages, and the pieces.
func goOf(t *testing.T, pages ...string) (programs, pieces []string) {
	t.Helper()
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range goBlock.FindAllStringSubmatch(string(text), -1) {
			if strings.HasPrefix(found[1], "package main") {
				programs = append(programs, found[1])
			} else {
				pieces = append(pieces, found[1])
			}
		}
	}
	return programs, pieces
}

// outside is a module of someone else's that requires the SDK.
func outside(t *testing.T, main string) string {
	t.Helper()
	sdk, err := filepath.Abs(filepath.Join("..", "partnercenter"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":  fmt.Sprintf("module outside\n\ngo 1.26.0\n\nrequire provost/partnercenter v0.0.0\n\nreplace provost/partnercenter => %s\n", sdk),
		"main.go": main,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func goTool(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", cmd, err, out, stderr.String())
	}
	return string(out)
}

// built is the program's binary.
func built(t *testing.T, main string) string {
	t.Helper()
	dir := outside(t, main)
	name := filepath.Join(dir, "outside.exe")
	goTool(t, dir, "build", "-o", name, ".")
	return name
}

// ran runs a program of the pages against a server, and gives what it says.
func ran(t *testing.T, server *process, main string) string {
	t.Helper()
	cmd := exec.Command(built(t, strings.ReplaceAll(main, "http://127.0.0.1:4177", server.URL)))
	cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), "TOKEN="+token(t, server.URL))
	got := run(t, cmd)
	if got.code != 0 {
		t.Fatalf("ended with %d: %s%s", got.code, got.stdout, got.stderr)
	}
	return got.stdout + got.stderr
}

func TestProgramsOfThePagesDoWhatTheySay(t *testing.T) {
	data := t.TempDir()
	server := start(t, "dev", "--data", data, "--listen", "127.0.0.1:0")
	if got := run(t, command(t, "world", "set", "demo", "--data", data, "--simulate", basicOffer+"=all at +1s")); got.code != 0 {
		t.Fatalf("world set ended with %d: %s", got.code, got.stderr)
	}
	programs, _ := goOf(t, "../README.md", "../docs/sdk.md")
	if len(programs) != 2 {
		t.Fatalf("there are %d programs", len(programs))
	}
	if said := ran(t, server, programs[0]); said != "success 5\n" {
		t.Errorf("README's program says %q", said)
	}
	if said := ran(t, server, programs[1]); !strings.HasSuffix(said, "delivered, but for errors: <nil>\n") {
		t.Errorf("the program that buys says %q", said)
	}
	if lines := strings.Count(programs[1], "\n"); lines >= 20 {
		t.Errorf("the program that buys has %d lines", lines)
	}
}

const piecesBegin = `package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"provost/partnercenter"
	"provost/partnercenter/recording"
)

var (
	_ = errors.Is
	_ = slog.Info
	_ = strings.Cut
	_ = time.Now
	_ recording.Recording
)

type transport func(*http.Request) (*http.Response, error)

func (fn transport) RoundTrip(r *http.Request) (*http.Response, error) { return fn(r) }

const (
	customer     = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
	subscription = "aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e"
	order        = "34828C05-C16C-4D6F-9CFC-4D2650EF19A1"
)

func main() {
	partner, err := partnercenter.New(partnercenter.Options{Cloud: partnercenter.Cloud{API: "http://127.0.0.1:4177"}, Credential: partnercenter.StaticToken(os.Getenv("TOKEN"))})
	if err != nil {
		panic(err)
	}
	for i, piece := range pieces {
		fmt.Println("piece", i)
		if err := piece(context.Background(), partner); err != nil {
			panic(err)
		}
	}
}

var pieces = []func(context.Context, *partnercenter.Partner) error{
`

func TestPiecesOfTheSDKsPageWork(t *testing.T) {
	server := start(t, "dev", "--memory", "--listen", "127.0.0.1:0")
	_, pieces := goOf(t, "../README.md", "../docs/sdk.md")
	if len(pieces) < 9 {
		t.Fatalf("there are only %d pieces", len(pieces))
	}
	var main strings.Builder
	main.WriteString(piecesBegin)
	for _, piece := range pieces {
		fmt.Fprintf(&main, "func(ctx context.Context, partner *partnercenter.Partner) error {\n%s\nreturn nil\n},\n", piece)
	}
	main.WriteString("}\n")
	said := ran(t, server, main.String())
	for _, want := range []string{"Harbour Lane Books", "Seats of the head office", "success 5", subscriptionOf + " ", "all of it is there", "404 20003"} {
		if !strings.Contains(said, want) {
			t.Errorf("the pieces do not say %q:\n%s", want, said)
		}
	}
}

const subscriptionOf = "aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e"

// Whoever requires the SDK gets nothing else with it.
func TestProgramWithTheSDKRequiresNothingElse(t *testing.T) {
	programs, _ := goOf(t, "../README.md")
	dir := outside(t, programs[0])
	goTool(t, dir, "mod", "tidy")
	goTool(t, dir, "build", "-o", "outside.exe", ".")
	if sums, err := os.ReadFile(filepath.Join(dir, "go.sum")); err == nil && len(sums) > 0 {
		t.Errorf("go.sum holds %s", sums)
	}
	var modules []string
	decoder := json.NewDecoder(strings.NewReader(goTool(t, dir, "list", "-m", "-json", "all")))
	for decoder.More() {
		var m struct{ Path string }
		if err := decoder.Decode(&m); err != nil {
			t.Fatal(err)
		}
		modules = append(modules, m.Path)
	}
	if !slices.Equal(modules, []string{"outside", "provost/partnercenter"}) {
		t.Errorf("it requires %v", modules)
	}
	for _, line := range strings.Split(goTool(t, dir, "version", "-m", "outside.exe"), "\n") {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "dep" && fields[1] != "provost/partnercenter" {
			t.Errorf("it links %s", line)
		}
	}
	for _, path := range strings.Fields(goTool(t, dir, "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".")) {
		if path != "outside" && path != "provost/partnercenter" {
			t.Errorf("it is made of %s", path)
		}
	}
}
