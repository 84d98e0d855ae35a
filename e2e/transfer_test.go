package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"provost/partnercenter/extension"
)

func TestAWorldMovesToAnotherServer(t *testing.T) {
	here, there := t.TempDir(), t.TempDir()
	source := start(t, "dev", "--data", here, "--listen", "127.0.0.1:0")
	if got := run(t, command(t, "clock", "freeze", "--server", source.URL)); got.code != 0 {
		t.Fatalf("the clock goes on: %s", got.stderr)
	}
	target := start(t, "dev", "--data", there, "--listen", "127.0.0.1:0")
	file := filepath.Join(t.TempDir(), "demo.jsonl")
	if got := run(t, command(t, "world", "export", "--out", file, "--data", here)); got.code != 0 || !strings.HasPrefix(got.stderr, "exported ") {
		t.Fatalf("export ended with %d: %s%s", got.code, got.stdout, got.stderr)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if seen, err := os.Stat(file); err != nil || seen.Mode().Perm()&0o077 != 0 {
		t.Errorf("others can read the file: %v, %v", seen.Mode(), err)
	}
	if got := run(t, command(t, "world", "import", file, "--data", there)); got.code == 0 || !strings.Contains(got.stderr, "--as ID") {
		t.Errorf("under a taken id it ended with %d: %s", got.code, got.stderr)
	}
	args := []string{"world", "import", "-", "--as", "moved", "--tenant", provider + "=9f0c2f4e-6a0e-4a53-8d4b-3a9d3b9e6c01",
		"--tenant", "624408d2-25d0-4d37-9514-ed2cd3572a05=9f0c2f4e-6a0e-4a53-8d4b-3a9d3b9e6c02", "--data", there}
	feed := func(lines string, args ...string) outcome {
		cmd := command(t, args...)
		cmd.Stdin = strings.NewReader(lines)
		return run(t, cmd)
	}
	// The second of two parts has a line that fits nowhere.
	fill := strings.Repeat("\n", 1200)
	slip := feed(string(text)+fill+"{\"nothing\":{}}\n", args...)
	if slip.code == 0 || !strings.Contains(slip.stderr, `there is no kind of line "nothing"`) || !strings.Contains(slip.stderr, "run the same command to go on") {
		t.Errorf("a line that fits nowhere: %d %s", slip.code, slip.stderr)
	}
	if shown := run(t, command(t, "world", "show", "moved", "--data", there)); !strings.Contains(shown.stdout, "being imported") {
		t.Errorf("while it is imported it shows as %s", shown.stdout)
	}
	whole := feed(string(text)+fill, append(args, "-o", "json")...)
	if whole.code != 0 || !strings.Contains(whole.stdout, `"done": true`) {
		t.Fatalf("mended, it ended with %d: %s%s", whole.code, whole.stdout, whole.stderr)
	}
	again := run(t, command(t, "world", "export", "moved", "--data", there))
	back := strings.NewReplacer("9f0c2f4e-6a0e-4a53-8d4b-3a9d3b9e6c01", provider, "9f0c2f4e-6a0e-4a53-8d4b-3a9d3b9e6c02", "624408d2-25d0-4d37-9514-ed2cd3572a05").Replace(again.stdout)
	_, got, _ := strings.Cut(back, "\n")
	_, want, _ := strings.Cut(string(text), "\n")
	if got != want {
		t.Errorf("it came back with %d bytes, and left with %d", len(got), len(want))
	}
	if got := get(t, target.URL+documentsStatus, token(t, target.URL, "--world", "moved")); got.status != 200 {
		t.Errorf("who signs in to it is answered %d %s", got.status, got.body)
	}
	worlds := operatedAt[extension.Worlds](t, there, "world", "list")
	if len(worlds.Items) != 2 {
		t.Errorf("there are %+v on %s", worlds, target.URL)
	}
}

// operatedAt runs a command against a provost dev that has to succeed.
func operatedAt[T any](t *testing.T, data string, args ...string) T {
	t.Helper()
	return operated[T](t, "", append(args, "--data", data)...)
}
