//go:build unix

package e2e_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Connections that stay open and ask nothing cost a server memory, and nobody
// else anything.
func TestTenThousandIdleConnectionsAreHeldAndDisturbNobody(t *testing.T) {
	ofOneServer(t, "the connections and the memory of one process")
	const many, mostMegabytes = 10_000, 400
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil || files.Cur < many*4/3+500 {
		t.Skipf("ulimit -n is %d here: 10,000 connections were not tried (%v)", files.Cur, err)
	}
	server := start(t, "dev", "--memory", "--listen", "127.0.0.1:0")
	bearer := token(t, server.URL)
	address := strings.TrimPrefix(server.URL, "http://")
	before := megabytes(t, server)
	connections := make([]net.Conn, many)
	var all sync.WaitGroup
	for worker := range 16 {
		all.Go(func() {
			for i := worker; i < many; i += 16 {
				if err := hold(&connections[i], address); err != nil {
					t.Errorf("connection %d: %v", i, err)
					return
				}
			}
		})
	}
	all.Wait()
	t.Cleanup(func() {
		for _, c := range connections {
			if c != nil {
				_ = c.(*net.TCPConn).SetLinger(0) // leaves no port behind that rests for a minute
				_ = c.Close()
			}
		}
	})
	began := time.Now()
	if got := get(t, server.URL+documentsStatus, bearer); got.status != http.StatusOK || time.Since(began) > 2*time.Second {
		t.Errorf("after %v another is answered %d", time.Since(began), got.status)
	}
	held := get(t, server.URL+"/metrics", "").body
	_, count, _ := strings.Cut(held, "\nprovost_connections ")
	count, _, _ = strings.Cut(count, "\n")
	if n, err := strconv.ParseFloat(count, 64); err != nil || n < many {
		t.Errorf("it holds %s connections", count)
	}
	for _, i := range []int{0, many / 2, many - 1} {
		if err := ask(connections[i], address); err != nil {
			t.Errorf("connection %d is of no use any more: %v", i, err)
		}
	}
	after := megabytes(t, server)
	if after > mostMegabytes {
		t.Errorf("it takes %d MB", after)
	}
	t.Logf("%d connections took %d MB beside %d", many, after-before, before)
}

// hold opens a connection and asks once.
func hold(into *net.Conn, address string) error {
	c, err := net.DialTimeout("tcp", address, startTime)
	if err != nil {
		return err
	}
	*into = c
	return ask(c, address)
}

func ask(c net.Conn, host string) error {
	_ = c.SetDeadline(time.Now().Add(startTime))
	if _, err := fmt.Fprintf(c, "GET /healthz HTTP/1.1\r\nHost: %s\r\n\r\n", host); err != nil {
		return err
	}
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err = io.Copy(io.Discard, response.Body); err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("answered %s", response.Status)
	}
	return err
}

// megabytes is how much memory the process has; 0 where nobody tells.
func megabytes(t *testing.T, p *process) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	fields := strings.Fields(rest)
	kilobytes, err := strconv.Atoi(fields[0])
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes >> 10
}
