package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"provost/bench/powercut/disk"
)

// process is a server that runs.
type process struct {
	cmd  *exec.Cmd
	said bytes.Buffer

	ready, ended chan struct{}
	// dark is closed when the power has failed.
	dark <-chan struct{}
}

const startTime = 30 * time.Second

// errDark says that the power failed before the server was ready.
var errDark = errors.New("the power failed")

// start starts a server. When the power of its disk fails, it is killed.
func start(bin, data, address string, on *disk.Disk, env ...string) (*process, error) {
	p := &process{ready: make(chan struct{}), ended: make(chan struct{}), dark: on.Dark()}
	p.cmd = exec.Command(bin, "dev", "--listen", address, "--data", data, "--log-level", "warn")
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stderr = &p.said
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // see main
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "Data ") {
				close(p.ready)
				break
			}
		}
		_, _ = io.Copy(io.Discard, out)
		_ = p.cmd.Wait() // how it ended is seen elsewhere
		close(p.ended)
	}()
	go func() {
		select {
		case <-p.dark:
			_ = p.cmd.Process.Kill()
			on.Release() // dead already, it learns nothing of what it waited for
		case <-p.ended:
		}
	}()
	return p, nil
}

// wait returns when the server is ready; with errDark when the power failed before.
func (p *process) wait() error {
	select {
	case <-p.ready:
		return nil
	case <-p.dark:
		return errDark
	case <-p.ended:
		select {
		case <-p.dark:
			return errDark
		default:
			return fmt.Errorf("the server does not start: %s", strings.TrimSpace(p.said.String()))
		}
	case <-time.After(startTime):
		return fmt.Errorf("the server was not ready after %v", startTime)
	}
}

// stop ends the process as an operator does.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(startTime):
		_ = p.cmd.Process.Kill()
		<-p.ended
		return fmt.Errorf("the server did not stop within %v", startTime)
	}
	select {
	case <-p.dark: // killed, after all
		return nil
	default:
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("the server stopped with %d: %s", code, p.said.String())
	}
	return nil
}
