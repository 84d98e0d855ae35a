package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// A trace of the server's system calls shows for each answer what was on the disk
// when it went out: all frames of the transaction that it tells of, up to the one
// that commits, and then a sync of that file. Several requests may share one.
func TestSyncStandsBeforeEachAcknowledgement(t *testing.T) {
	inAFile(t)
	strace := straceOrSkip(t)
	const writes = 24
	chaotic := filepath.Join(t.TempDir(), "provost-chaos")
	if out, err := exec.Command("go", "build", "-tags", "chaos", "-o", chaotic, "provost/cmd/provost").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, trial := range []struct {
		name, program, synchronous string
		early                      int
	}{
		{"as it is built, whatever it is told", binary, "OFF", 0},
		{"without a sync at a commit", chaotic, "NORMAL", writes},
		{"without any sync", chaotic, "OFF", writes},
	} {
		t.Run(trial.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "trace")
			cmd := command(t, "dev", "--data", t.TempDir(), "--listen", "127.0.0.1:0")
			// With -D the process that is started is the server, and strace another's child.
			cmd.Args = append([]string{strace, "-D", "-f", "-y", "-xx", "-s", "8192", "-e", "trace=write,pwrite64,fsync,fdatasync", "-o", file, trial.program}, cmd.Args[1:]...)
			cmd.Path = strace
			cmd.Env = append(cmd.Env, "CHAOS_SYNCHRONOUS="+trial.synchronous)
			server := startCommand(t, cmd)
			names := renameAtOnce(t, server, writes)
			server.kill()
			calls := readTrace(t, file, cmd.Process.Pid)
			early := 0
			for _, name := range names {
				if why := unsynced(calls, name); why != "" {
					early++
					if trial.early == 0 {
						t.Errorf("%q: %s", name, why)
					}
				}
			}
			if early != trial.early {
				t.Errorf("%d of %d answers went out before a sync, not %d", early, writes, trial.early)
			}
		})
	}
}

// straceOrSkip finds a strace that may trace.
func straceOrSkip(t *testing.T) string {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("the trace of syncs needs strace (apt-get install strace)")
	}
	if out, err := exec.Command(strace, "-D", "-f", "-o", os.DevNull, "true").CombinedOutput(); err != nil {
		t.Skipf("the trace of syncs needs a strace that may trace: %s", bytes.TrimSpace(out))
	}
	return strace
}

// renameAtOnce gives subscriptions names from several clients, and gives the names.
func renameAtOnce(t *testing.T, server *process, writes int) []string {
	t.Helper()
	const clients = 4
	bearer := token(t, server.URL)
	subscription := server.URL + "/v1/customers/0c39d6d5-c70d-4c55-bc02-f620844f3fd1/subscriptions/aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e"
	names := make([]string, writes)
	var renaming sync.WaitGroup
	for client := range clients {
		renaming.Go(func() {
			for i := client; i < writes; i += clients {
				names[i] = fmt.Sprintf("Trace %03d of a name", i)
				a, err := send(subscription, http.MethodPatch, bearer, "", fmt.Sprintf(`{"friendlyName":%q,"autoRenewEnabled":true}`, names[i]))
				if err != nil || a.status != http.StatusOK {
					t.Errorf("%d %s, %v", a.status, a.body, err)
				}
			}
		})
	}
	renaming.Wait()
	return names
}

// systemCall is one line of a trace, or the two of a call that others came between.
type systemCall struct {
	name, path string
	data       []byte
	// begun and ended number the lines.
	begun, ended int
}

var (
	callLine    = regexp.MustCompile(`^(\d+) +(\w+)\(\d+<([^>]*)>(?:, "([^"]*)")?`)
	resumedLine = regexp.MustCompile(`^(\d+) +<\.\.\. (\w+) resumed>`)
)

// readTrace reads the trace of a process that has ended, once strace has written it.
func readTrace(t *testing.T, file string, pid int) []*systemCall {
	t.Helper()
	var trace []byte
	last := regexp.MustCompile(fmt.Sprintf(`(?m)^%d +\+\+\+ (killed|exited)`, pid))
	for end := time.Now().Add(startTime); !last.Match(trace); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("strace wrote no end of the trace within %v", startTime)
		}
		var err error
		if trace, err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	var calls []*systemCall
	open := map[string]*systemCall{}
	lines := bufio.NewScanner(bytes.NewReader(trace))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if m := resumedLine.FindStringSubmatch(lines.Text()); m != nil && open[m[1]] != nil {
			open[m[1]].ended = n
			delete(open, m[1])
		}
		m := callLine.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		c := &systemCall{name: m[2], path: string(unhex(t, m[3])), data: unhex(t, m[4]), begun: n, ended: n}
		if strings.HasSuffix(lines.Text(), "<unfinished ...>") {
			c.ended = 1 << 30 // unless it is resumed
			open[m[1]] = c
		}
		calls = append(calls, c)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return calls
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	data, err := hex.DecodeString(strings.ReplaceAll(text, `\x`, ""))
	if err != nil {
		t.Fatalf("strace wrote %q: %v", text, err)
	}
	return data
}

// frameHeader is how long the header of a frame of SQLite's log is; its second word
// is not zero in the frame that commits. Header and page are written by two calls.
const frameHeader = 24

// unsynced says why the answer that holds a name went out too early; "" when it did
// not.
func unsynced(calls []*systemCall, name string) string {
	var written, commits, committed bool
	answered, safe := 0, 0
	end := 0 // of the call that wrote the last of the transaction
	for _, c := range calls {
		holds := bytes.Contains(c.data, []byte(name))
		switch isLog := strings.HasSuffix(c.path, ".db-wal"); {
		case c.name == "write" && holds && strings.HasPrefix(c.path, "socket:"):
			if answered == 0 {
				answered = c.begun
			}
		case c.name == "pwrite64" && isLog && len(c.data) == frameHeader:
			commits = !bytes.Equal(c.data[4:8], make([]byte, 4))
		case c.name == "pwrite64" && isLog && !committed:
			written = written || holds
			committed = written && commits
			end = c.ended
		case strings.HasSuffix(c.name, "sync") && isLog && committed && c.begun > end && safe == 0:
			safe = c.ended
		}
	}
	switch {
	case answered == 0:
		return "no answer with it went out"
	case !committed:
		return "it was not committed"
	case safe == 0 || safe > answered:
		return fmt.Sprintf("its answer went out in line %d of the trace, its commit ended in %d, the sync after that in %d", answered, end, safe)
	}
	return ""
}
