package server

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// visit connects and asks, without hanging up.
func visit(t *testing.T, s *Server) (net.Conn, int, error) {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if s.CAFile() != "" {
		c = tls.Client(c, &tls.Config{RootCAs: roots(t, s.CAFile()), ServerName: "127.0.0.1"})
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	status, err := again(c)
	return c, status, err
}

func again(c net.Conn) (status int, err error) {
	if _, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		return 0, err
	}
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}

func TestTheConnectionThatWaitsLongestMakesRoom(t *testing.T) {
	for name, change := range map[string]func(*Settings){"plain": func(*Settings) {}, "TLS": withTLS} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := running(t, func(s *Settings) { s.Limits.Connections = 3; change(s) })
			var all []net.Conn
			for range 3 {
				c, status, err := visit(t, s)
				if err != nil || status != http.StatusOK {
					t.Fatal(status, err)
				}
				all = append(all, c)
			}
			time.Sleep(leastWait + 50*time.Millisecond)
			if _, err := again(all[0]); err != nil {
				t.Fatal(err)
			}
			if _, status, err := visit(t, s); err != nil || status != http.StatusOK {
				t.Errorf("a fourth is answered %d (%v)", status, err)
			}
			if n := s.fronts[0].guests.count(); n != 3 {
				t.Errorf("%d connections are open", n)
			}
			if _, err := again(all[1]); err == nil {
				t.Error("the one that waited longest is there still")
			}
			for _, i := range []int{0, 2} {
				if _, err := again(all[i]); err != nil {
					t.Errorf("connection %d is gone: %v", i, err)
				}
			}
		})
	}
}

// Heads that are never ended, and handshakes, are no requests: they make room,
// too.
func TestNobodyIsShutOutByConnectionsThatAskNothing(t *testing.T) {
	for name, change := range map[string]func(*Settings){"plain": func(*Settings) {}, "TLS": withTLS} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := running(t, func(s *Settings) { s.Limits.Connections = 3; change(s) })
			for _, begin := range []string{"", "GET / HTTP/1.1\r\nHost: loc", "\x16\x03\x01"} {
				c, err := net.Dial("tcp", s.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				_, _ = io.WriteString(c, begin)
			}
			time.Sleep(leastWait + 50*time.Millisecond)
			for range 3 {
				if _, status, err := visit(t, s); err != nil || status != http.StatusOK {
					t.Errorf("answered %d (%v)", status, err)
				}
			}
		})
	}
}

func TestOneConnectionTooManyIsToldWhenToComeBack(t *testing.T) {
	s, _ := running(t, func(s *Settings) { s.Limits.Connections = 2 })
	bearer := demoToken(t, s, northlight, "ada@northlight.example")
	http.DefaultClient.CloseIdleConnections()
	eventually(t, func() bool { return s.fronts[0].guests.count() == 0 })
	one, two := hold(t, s, "POST", customers, bearer), hold(t, s, "POST", customers, bearer)
	eventually(t, func() bool {
		waiting := 0
		s.fronts[0].guests.mu.Lock()
		defer s.fronts[0].guests.mu.Unlock()
		for in := range s.fronts[0].guests.here {
			if in.waits.Load() != 0 {
				waiting++
			}
		}
		return len(s.fronts[0].guests.here) == 2 && waiting == 0
	})
	time.Sleep(leastWait + 50*time.Millisecond) // those at work make no room, however long they are
	began := time.Now()
	answer := sendRaw(t, s.Addr().String(), "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
	checkRefusal(t, answer, http.StatusServiceUnavailable, "503")
	if took := time.Since(began); !bytes.Contains(answer, []byte("\r\nRetry-After: 1\r\n")) || !bytes.Contains(answer, []byte("\r\nConnection: close\r\n")) || took > 3*time.Second {
		t.Errorf("after %v it is told %q", took, answer)
	}
	one.end(t)
	_ = one.Close()
	eventually(t, func() bool { return s.fronts[0].guests.count() == 1 })
	c, status, err := visit(t, s)
	if err != nil || status != http.StatusOK {
		t.Errorf("with room again it is answered %d (%v)", status, err)
	}
	_ = c.Close()
	two.end(t)
	_ = two.Close()
	eventually(t, func() bool { return s.fronts[0].guests.count() == 0 })
	metrics, err := http.Get(s.OperatorURL() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer metrics.Body.Close()
	text, _ := io.ReadAll(metrics.Body)
	for _, line := range []string{`provost_refused_full_total{of="connections"} 1`, `provost_connections_limit 2`, `provost_connections 1`} {
		if !strings.Contains(string(text), "\n"+line+"\n") {
			t.Errorf("the metrics lack %s", line)
		}
	}
}

func TestConnectionsThatEndAreCountedNoMore(t *testing.T) {
	for name, change := range map[string]func(*Settings){"plain": func(*Settings) {}, "TLS": withTLS} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := running(t, change)
			for i := range 20 {
				c, err := net.Dial("tcp", s.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprint(c, []string{"", "GET", "nonsense\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"}[i%4])
				_ = c.Close()
			}
			if c, _, err := visit(t, s); err == nil {
				_ = c.Close()
			}
			eventually(t, func() bool { return s.fronts[0].guests.count() == 0 })
		})
	}
}

func eventually(t *testing.T, done func() bool) {
	t.Helper()
	for range 500 {
		if done() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("it did not come to that")
}

func TestLimitsThatNobodyCanLiveWithAreRefused(t *testing.T) {
	for says, limits := range map[string]Limits{
		"--max-requests 3":              {Requests: 3},
		"--max-connections 1":           {Connections: 1},
		"--max-connections 1000000000":  {Connections: 1_000_000_000},
		"--header-timeout -1s":          {HeaderTime: -time.Second},
		"--idle-timeout 2h0m0s":         {IdleTime: 2 * time.Hour},
		"is longer than --request-time": {BodyTime: time.Minute},
	} {
		said := ""
		limits.check(func(problem string, args ...any) { said += fmt.Sprintf(problem, args...) })
		if !strings.Contains(said, says) {
			t.Errorf("of %+v it says %q", limits, said)
		}
	}
	var ordinary Limits
	ordinary.check(func(problem string, args ...any) { t.Errorf(problem, args...) })
	if ordinary.Requests != DefaultLimits().Requests || ordinary.Connections == 0 || ordinary.IdleTime != DefaultLimits().IdleTime {
		t.Errorf("what is left out becomes %+v", ordinary)
	}
}
