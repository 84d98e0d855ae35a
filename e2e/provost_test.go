package e2e_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	// What the binary is made of: a remembered result of these tests is good
	// only as long as none of it has changed.
	_ "provost/internal/cli"
	_ "provost/internal/server"
)

var binary string

func TestMain(m *testing.M) { os.Exit(withBinary(m)) }

// withBinary builds the product once, as a user would.
func withBinary(m *testing.M) int {
	if err := readCommand(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	dir, err := os.MkdirTemp("", "provost-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "provost")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	build := exec.Command("go", "build", "-o", binary, "provost/cmd/provost")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// readCommand reads the sources of the command, which cannot be imported, so
// that the Go tool runs these tests again when one has changed.
func readCommand() error {
	sources, err := filepath.Glob(filepath.Join("..", "cmd", "provost", "*.go"))
	if err == nil && len(sources) == 0 {
		err = errors.New("there are no sources of the command")
	}
	for _, source := range sources {
		if _, readErr := os.ReadFile(source); readErr != nil {
			err = readErr
		}
	}
	return err
}

// command is a run of the product with nothing in its environment that would
// change its ways, in an empty directory; what a killed one leaves behind goes
// with the test.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(binary, placed(t, args)...)
	cmd.Dir = t.TempDir()
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "PROVOST_") {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	temporary := t.TempDir()
	cmd.Env = append(cmd.Env, "TMPDIR="+temporary, "TMP="+temporary, "TEMP="+temporary, "PROVOST_CONFIG_DIR="+filepath.Join(temporary, "config"))
	return cmd
}

// process is a server that runs.
type process struct {
	cmd *exec.Cmd
	// URL is where it listens, Banner what it said at its start.
	URL, Banner string

	log   *lockedBuffer
	said  chan string
	ended chan struct{}
	err   error

	// members are the servers that stand for it, and fronts what spreads calls
	// over them.
	members []*process
	fronts  []*front
}

const startTime = 20 * time.Second

// start runs a server and waits for its banner. It is gone when the test ends.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	return startCommand(t, command(t, args...))
}

func startCommand(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	if servers > 1 {
		return startSeveral(t, cmd)
	}
	return startOne(t, cmd)
}

// startOne runs a server that stands for itself.
func startOne(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := begin(t, cmd, &lockedBuffer{})
	if err := p.await(); err != nil {
		t.Fatal(err)
	}
	return p
}

// begin runs a server.
func begin(t *testing.T, cmd *exec.Cmd, log *lockedBuffer) *process {
	t.Helper()
	p := &process{cmd: cmd, log: log, said: make(chan string, 1), ended: make(chan struct{})}
	out, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = w, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	go func() {
		p.err = cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.kill()
		out.Close()
	})
	go func() {
		var banner strings.Builder
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			fmt.Fprintln(&banner, lines.Text())
			if last(lines.Text()) {
				p.said <- banner.String()
				break
			}
		}
		_, _ = io.Copy(io.Discard, out)
	}()
	return p
}

// await waits until the server has said what it says at its start.
func (p *process) await() error {
	select {
	case p.Banner = <-p.said:
		p.URL = urlOf(p.Banner)
		return nil
	case <-p.ended:
		return fmt.Errorf("%s ended: %w\n%s", p.cmd, p.err, p.log.String())
	case <-time.After(startTime):
		return fmt.Errorf("%s said nothing for %v\n%s", p.cmd, startTime, p.log.String())
	}
}

// urlOf is the address that the first line of a banner ends with.
func urlOf(banner string) string {
	first, _, _ := strings.Cut(banner, "\n")
	return first[strings.LastIndex(first, " ")+1:]
}

// last says whether a banner ends with this line.
func last(line string) bool {
	return strings.HasPrefix(line, "Data ") || strings.HasPrefix(line, "Health and metrics ")
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	for _, f := range p.fronts {
		f.close()
	}
	_ = p.signal(os.Kill)
	for _, m := range p.each() {
		<-m.ended
	}
}

// signal sends a signal to each of its processes.
func (p *process) signal(s os.Signal) (err error) {
	for _, m := range p.each() {
		err = errors.Join(err, m.cmd.Process.Signal(s))
	}
	return err
}

// each gives its processes.
func (p *process) each() []*process {
	if len(p.members) > 0 {
		return p.members
	}
	return []*process{p}
}

// wait gives the exit code, and -1 for an end by a signal.
func (p *process) wait(t *testing.T, most time.Duration) int {
	t.Helper()
	select {
	case <-p.ended:
		worst := 0
		for _, m := range p.each() {
			if code := m.cmd.ProcessState.ExitCode(); code != 0 {
				worst = code
			}
		}
		return worst
	case <-time.After(most):
		t.Fatalf("still running after %v\n%s", most, p.log.String())
		return 0
	}
}

// outcome is how a command ended.
type outcome struct {
	code           int
	stdout, stderr string
}

func run(t *testing.T, cmd *exec.Cmd) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	timer := time.AfterFunc(startTime, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	err := cmd.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// token asks a running dev server for a token, as a user does.
func token(t *testing.T, url string, args ...string) string {
	t.Helper()
	got := run(t, command(t, append([]string{"token", "--server", url}, args...)...))
	if got.code != 0 || strings.Count(got.stdout, ".") != 2 || strings.Count(got.stdout, "\n") != 1 {
		t.Fatalf("token ended with %d: %q %q", got.code, got.stdout, got.stderr)
	}
	return strings.TrimSpace(got.stdout)
}

// answer is what a call got.
type answer struct {
	status int
	header http.Header
	body   string
}

var client = &http.Client{
	Timeout:       20 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("redirected") },
}

// get makes a call with a token ("" for none); edit may change it.
func get(t *testing.T, url, token string, edit ...func(*http.Request)) answer {
	t.Helper()
	a, err := tryGet(url, token, edit...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func tryGet(url, token string, edit ...func(*http.Request)) (answer, error) {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return answer{}, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for _, change := range edit {
		change(request)
	}
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(body)}, err
}

// freeAddress is a loopback address that nobody listened on a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// lockedBuffer takes a process's log while a test reads it.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
