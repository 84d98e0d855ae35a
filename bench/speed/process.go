package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a server that is measured.
type process struct {
	url string
	cmd *exec.Cmd
}

// cores are what a process has of the machine.
type cores bool

const (
	// oneCore leaves another for wrk.
	oneCore   cores = false
	everyCore cores = true
)

// start runs a command and takes the first of its lines that begins with an
// address for where it listens.
func start(ctx context.Context, of cores, name string, args ...string) (*process, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Env = os.Environ()
	if of == oneCore {
		cmd.Env = append(cmd.Env, "GOMAXPROCS=1")
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, url, found := strings.Cut(lines.Text(), "http://"); found {
			go func() { _, _ = io.Copy(io.Discard, out) }() // until it ends
			return &process{url: "http://" + strings.Fields(url)[0], cmd: cmd}, nil
		}
	}
	_ = cmd.Wait()
	return nil, fmt.Errorf("%s ended before it said where it listens: %s", name, said.String())
}

func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	_ = p.cmd.Wait() // how it ended is no longer of interest
}

// tick is the unit of CPU time in /proc (USER_HZ, 100 on every Linux).
const tick = 10 * time.Millisecond

// cpu is the time that the process has had of all cores, in user space and in
// the kernel.
func (p *process) cpu() (time.Duration, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	// The second field is the program's name and may hold anything; the times are
	// the 14th and 15th.
	fields := bytes.Fields(content[bytes.LastIndexByte(content, ')')+1:])
	user, err := strconv.Atoi(string(fields[11]))
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(string(fields[12]))
	return time.Duration(user+system) * tick, err
}

// memory is how many bytes of the process are resident.
func (p *process) memory() (int, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	pages, err := strconv.Atoi(string(bytes.Fields(content)[1]))
	return pages * os.Getpagesize(), err
}
