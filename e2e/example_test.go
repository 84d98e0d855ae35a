package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

var fence = regexp.MustCompile("(?ms)^```(sh|json)\n(.*?)^```$")

// block is a fenced text of a page; answer is the JSON that follows a call.
type block struct{ script, answer string }

func blocksOf(t *testing.T, page string) []block {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []block
	for _, found := range fence.FindAllStringSubmatch(string(text), -1) {
		if found[1] == "sh" {
			blocks = append(blocks, block{script: found[2]})
		} else if len(blocks) > 0 {
			blocks[len(blocks)-1].answer = strings.TrimSpace(found[2])
		}
	}
	return blocks
}

// Every example of the pages works as it is printed, but for the name of the
// binary and the port.
func TestExamplesOfThePagesWorkAsPrinted(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil || runtime.GOOS == "windows" {
		t.Skip("no curl and sh here: the pages' examples were not tried")
	}
	server := start(t, "dev", "--memory", "--listen", "127.0.0.1:0")
	tried := 0
	for _, page := range []string{"../README.md", "../docs/demo-world.md"} {
		for _, b := range blocksOf(t, page) {
			for _, line := range commandsOf(b.script) {
				if try(t, server, page, line, b.answer) {
					tried++
				}
			}
		}
	}
	if tried < 7 {
		t.Errorf("only %d examples were tried", tried)
	}
}

// commandsOf gives a script's commands, without comments, each on one line.
func commandsOf(script string) []string {
	var commands []string
	script = strings.ReplaceAll(script, "\\\n", " ")
	for line := range strings.SplitSeq(script, "\n") {
		line, _, _ = strings.Cut(line, " #")
		if line = strings.TrimSpace(line); line != "" {
			commands = append(commands, line)
		}
	}
	return commands
}

var ourName = regexp.MustCompile(`(go run \./cmd/provost|\./provost|\bprovost) (token|serve|subscriptions)`)

func try(t *testing.T, server *process, page, line, answer string) bool {
	t.Helper()
	line = strings.ReplaceAll(line, "http://127.0.0.1:4177", server.URL)
	line = ourName.ReplaceAllString(line, binary+" $2")
	switch {
	case strings.HasPrefix(line, "curl "):
		line = strings.ReplaceAll(line, "token", "token --server "+server.URL)
		out, err := exec.Command("sh", "-c", line+" --silent --show-error --fail").CombinedOutput()
		if err != nil || (answer != "" && string(out) != answer) {
			t.Errorf("%s: %s\n%v: %s", page, line, err, out)
		}
	case strings.HasPrefix(line, binary+" token"):
		out, err := exec.Command("sh", "-c", line+" --server "+server.URL).Output()
		if err != nil || strings.Count(string(out), ".") != 2 {
			t.Errorf("%s: %s\n%v: %s", page, line, err, out)
		}
	case strings.HasPrefix(line, binary+" subscriptions"):
		cmd := command(t, append(strings.Fields(line)[1:], "--server", server.URL)...)
		if got := run(t, cmd); got.code != 0 {
			t.Errorf("%s: %s\n%d: %s", page, line, got.code, got.stderr)
		}
	case strings.HasPrefix(line, binary+" serve"):
		line = strings.ReplaceAll(line, "https://login.example.com", "http://127.0.0.1:1")
		cmd := command(t, append(strings.Fields(line)[1:], "--listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0")...)
		startCommand(t, cmd).kill()
	default:
		return false // go run … dev, go test, go build: this test is made of them
	}
	return true
}

// asides are blocks that another test tells of, or that want a world or a
// server of their own.
var asides = regexp.MustCompile(`provost dev|openssl|provost world (export|import) shop|OPERATOR_KEY`)

var heredoc = regexp.MustCompile(`(?s)cat > provost\.yaml <<'END'\n(.*?)END\n`)

// devOfThePages runs a dev in a directory, with the provisioner that
// docs/fulfillment.md describes.
func devOfThePages(t *testing.T, dir string) *process {
	t.Helper()
	page, err := os.ReadFile("../docs/fulfillment.md")
	if err != nil {
		t.Fatal(err)
	}
	described := heredoc.FindSubmatch(page)
	if described == nil {
		t.Fatal("docs/fulfillment.md describes no provisioner")
	}
	for name, text := range map[string]string{
		"provost.yaml": string(described[1]), "warehouse.secret": strings.Repeat("0123456789abcdef", 4), ".curlrc": "fail\nsilent\nshow-error\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	dev := command(t, "dev", "--config", "provost.yaml", "--listen", "127.0.0.1:0")
	dev.Dir = dir
	return startCommand(t, dev)
}

// Blocks of other pages are pasted whole, in a directory where a dev runs, in
// an order in which what one leaves behind does not disturb the next.
func TestBlocksOfThePagesWorkWhenPasted(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil || runtime.GOOS == "windows" {
		t.Skip("no curl and sh here: the pages' blocks were not pasted")
	}
	dir := t.TempDir()
	server := devOfThePages(t, dir)
	for _, page := range []string{"customers", "orders", "subscriptions", "audit", "fulfillment", "throttling", "clock", "import"} {
		pasted := 0
		for _, b := range blocksOf(t, "../docs/"+page+".md") {
			if asides.MatchString(b.script) {
				continue
			}
			pasted++
			cmd := exec.Command("sh", "-e", "-c", strings.ReplaceAll(b.script, "http://127.0.0.1:4177", server.URL))
			cmd.Dir, cmd.Env = dir, append(command(t).Env, "CURL_HOME="+dir, "PATH="+filepath.Dir(binary)+string(os.PathListSeparator)+os.Getenv("PATH"))
			if got := run(t, cmd); got.code != 0 || got.stdout == "" {
				t.Errorf("%s.md: %s\nended with %d: %s%s", page, b.script, got.code, got.stdout, got.stderr)
			}
		}
		if pasted == 0 {
			t.Errorf("nothing of %s.md was pasted", page)
		}
	}
}

func TestProfileDocumentsSendsWhatTheDocumentsPrint(t *testing.T) {
	server := start(t, "dev", "--memory", "--listen", "127.0.0.1:0", "--profile", "documents")
	bearer := token(t, server.URL)
	status := get(t, server.URL+documentsStatus, bearer)
	if len(status.body) != 177 || status.header.Get("Content-Length") != "177" || status.header.Get("ETag") != "" {
		t.Errorf("%d bytes, headers %v", len(status.body), status.header)
	}
	if order := get(t, server.URL+documentsOrderStatus, bearer); len(order.body) != 204 {
		t.Errorf("the order's status has %d bytes", len(order.body))
	}
	if legacy := get(t, server.URL+documentsSubscription, bearer); !strings.Contains(legacy.body, `"etag"`) {
		t.Errorf("the legacy subscription has no etag: %s", legacy.body)
	}
	modern := get(t, server.URL+"/v1/customers/cf6f4266-8415-4afd-b119-1834c6391312/subscriptions/3753aaa9-bbac-46e8-91e7-7415a3272d64", bearer)
	if modern.status != 200 || strings.Contains(modern.body, `"etag"`) {
		t.Errorf("the new-commerce subscription: %d %s", modern.status, modern.body)
	}
}
