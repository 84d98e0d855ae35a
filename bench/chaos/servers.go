package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"time"
)

// server is a server that is started again whenever it ends.
type server struct {
	name    string
	program string
	args    []string
	// shift is what the clock of the next start is away by; nil: it is right.
	shift   func() time.Duration
	address string
	// proxy is where clients find it.
	proxy *proxy
	log   *os.File

	mu     sync.Mutex
	cmd    *exec.Cmd
	began  time.Time
	kills  int
	ends   int // of its own accord
	killed bool
}

// supervise keeps the server running until the context ends.
func (s *server) supervise(ctx context.Context, pause func() time.Duration) {
	for ctx.Err() == nil {
		s.once(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(pause()):
		}
	}
}

// once starts the server and waits for its end.
func (s *server) once(ctx context.Context) {
	cmd := exec.Command(s.program, s.args...)
	cmd.Env = cleanEnvironment()
	if s.shift != nil {
		cmd.Env = append(cmd.Env, "PROVOST_CHAOS_SHIFT="+s.shift().String())
	}
	cmd.Stdout, cmd.Stderr = s.log, s.log
	s.mu.Lock()
	if ctx.Err() != nil {
		s.mu.Unlock()
		return
	}
	err := cmd.Start()
	s.cmd, s.began, s.killed = cmd, time.Now(), false
	s.mu.Unlock()
	if err != nil {
		fmt.Fprintln(s.log, "start:", err)
		return
	}
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
	defer stop()
	err = cmd.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd = nil; !s.killed && ctx.Err() == nil {
		s.ends++
		fmt.Fprintln(s.log, "ended by itself:", err)
	}
}

// kill sends SIGKILL, if the server runs.
func (s *server) kill() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil || s.killed || s.cmd.Process.Kill() != nil {
		return false
	}
	s.killed = true
	s.kills++
	return true
}

// ready says whether the server answers and its store does.
func (s *server) ready(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+"/readyz", nil)
	if err != nil {
		return false
	}
	response, err := direct.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// direct asks without a proxy between, on a connection of its own each time.
var direct = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// await waits until the server is ready.
func (s *server) await(ctx context.Context, most time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for !s.ready(ctx) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready after %v; its log: %s", s.name, most, s.log.Name())
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// freeAddress is a loopback address that nobody listened on a moment ago.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
