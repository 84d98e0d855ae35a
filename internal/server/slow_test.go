package server

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// preface begins a connection of HTTP/2; net/http waits ten seconds for it.
const preface = "h2 PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// soon is how long a server that was told to wait a fraction of a second may take
// to end a connection on a busy machine, and soonest what it has to grant.
const (
	short   = 300 * time.Millisecond
	soonest = 200 * time.Millisecond
	soon    = 5 * time.Second
)

func impatient(l *Limits) {
	l.HeaderTime, l.IdleTime, l.AnswerTime = short, short, short
	l.BodyTime, l.RequestTime = short, 2*short
}

// lasts is how long a connection stays open; whatever comes is read.
func lasts(t *testing.T, c net.Conn) time.Duration {
	t.Helper()
	began := time.Now()
	_ = c.SetReadDeadline(time.Now().Add(2 * soon))
	_, err := io.Copy(io.Discard, c)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection is open after %v", time.Since(began))
	}
	return time.Since(began)
}

func TestConnectionsThatDawdleAreEnded(t *testing.T) {
	s, _ := running(t, func(s *Settings) { impatient(&s.Limits) })
	// A head's time is its own, however long a body may take.
	heads, _ := running(t, func(s *Settings) { s.Limits.HeaderTime = short })
	secure, _ := running(t, func(s *Settings) { impatient(&s.Limits); s.TLS = true })
	config := &tls.Config{RootCAs: roots(t, secure.CAFile())}
	for name, c := range map[string]struct {
		over    *Server
		request string
	}{
		"nothing is sent":           {heads, ""},
		"half a head":               {heads, "GET /healthz HTTP/1.1\r\nHost: local"},
		"a head without its end":    {heads, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n"},
		"a body without its end":    {s, "POST " + customers + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"},
		"a form without its end":    {s, "POST /common/oauth2/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 99\r\n\r\na="},
		"chunks without their end":  {s, "POST " + customers + " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"},
		"no other request":          {s, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"},
		"half of another request":   {s, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET"},
		"no handshake":              {secure, ""},
		"half a handshake":          {secure, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"},
		"nothing after a handshake": {secure, "TLS "},
		"half a head over TLS":      {secure, "TLS GET /healthz HTTP/1.1\r\nHost: local"},
		"no other request over TLS": {secure, "TLS GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"},
		"no request over HTTP/2":    {secure, preface + "\x00\x00\x00\x04\x00\x00\x00\x00\x00"},
		"half a frame over HTTP/2":  {secure, preface + "\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x10\x01"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			connection, err := net.Dial("tcp", c.over.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			for _, protocol := range []string{"TLS", "h2"} {
				if rest, ok := strings.CutPrefix(c.request, protocol+" "); ok {
					config := config.Clone()
					config.ServerName = "127.0.0.1"
					if protocol == "h2" {
						config.NextProtos = []string{"h2"}
					}
					over := tls.Client(connection, config)
					if err := over.Handshake(); err != nil {
						t.Fatal(err)
					}
					connection, c.request = over, rest
				}
			}
			if _, err := io.WriteString(connection, c.request); err != nil {
				t.Fatal(err)
			}
			if took := lasts(t, connection); took < soonest || took > soon {
				t.Errorf("the connection is ended after %v", took)
			}
		})
	}
}

// One who asks for much and reads none of it holds what is in the sockets, and
// no longer than an answer may take.
func TestOneWhoDoesNotReadIsNotWaitedFor(t *testing.T) {
	s, _ := running(t, func(s *Settings) { impatient(&s.Limits) })
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.(*net.TCPConn).SetReadBuffer(4 << 10)
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		_ = c.SetWriteDeadline(time.Now().Add(2 * soon))
		for range 1000 {
			if _, err := io.WriteString(c, "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
				return
			}
		}
	}()
	gone := false
	for began := time.Now(); time.Since(began) < soon && !gone; time.Sleep(10 * time.Millisecond) {
		gone = s.fronts[0].guests.count() == 0 && time.Since(began) > soonest
	}
	if !gone {
		t.Error("its connection is open still")
	}
	_ = c.Close()
	<-asked
}

func TestBodiesWithoutEndAreRefusedBeforeTheyAreTaken(t *testing.T) {
	s, _ := running(t, nil)
	ada := demoToken(t, s, northlight, "ada@northlight.example")
	const most = 16 << 20 // what is sent before the refusal is heard is in the sockets
	for name, c := range map[string]struct {
		request string
		chunked bool
		status  int
	}{
		"a length of 10 GB":  {"POST " + customers + " HTTP/1.1\r\nContent-Length: 10000000000\r\n", false, 413},
		"chunks without end": {"POST " + customers + " HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", true, 413},
		"chunks to a read":   {"GET " + customers + " HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", true, 413},
		"chunks to a page":   {"GET /healthz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", true, 200},
		"chunks to nothing":  {"PUT /nothing HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", true, 404},
		"a form without end": {"POST /common/oauth2/token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n", true, 413},
		"a form of 10 GB":    {"POST /common/oauth2/token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10000000000\r\n", false, 413},
		"chunks of one byte": {"POST " + customers + " HTTP/1.1\r\nTransfer-Encoding: chunked\r\nX-Small: yes\r\n", true, 413},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			connection, err := net.Dial("tcp", s.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			_ = connection.SetDeadline(time.Now().Add(soon))
			fmt.Fprintf(connection, "%sHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n", c.request, ada)
			piece := strings.Repeat(" ", 64<<10)
			if c.chunked {
				piece = fmt.Sprintf("%x\r\n%s\r\n", len(piece), piece)
			}
			if strings.Contains(c.request, "X-Small") {
				piece = strings.Repeat("1\r\n \r\n", 10<<10)
			}
			sent := make(chan int)
			go func() {
				n := 0
				for n < 2*most {
					more, err := io.WriteString(connection, piece)
					if n += more; err != nil {
						break
					}
				}
				sent <- n
			}()
			response, err := http.ReadResponse(bufio.NewReader(connection), nil)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if n := <-sent; n > most || response.StatusCode != c.status || !response.Close {
				t.Errorf("answered %s after %d bytes; the connection stays: %t", response.Status, n, !response.Close)
			}
		})
	}
}

// What is compressed is refused as it came: a kilobyte can stand for a megabyte.
func TestCompressedBodiesAreRefusedAndNotUnpacked(t *testing.T) {
	s, _ := running(t, nil)
	ada := demoToken(t, s, northlight, "ada@northlight.example")
	var packed bytes.Buffer
	w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	for range 64 {
		_, _ = w.Write(bytes.Repeat([]byte(" "), 1<<20))
	}
	_ = w.Close()
	if packed.Len() > 1<<20 {
		t.Fatalf("%d bytes are too many to be read", packed.Len())
	}
	for _, encoding := range []string{"gzip", "br", "identity, gzip", "GZIP", "deflate"} {
		began := time.Now()
		request, _ := http.NewRequest("POST", s.URL()+customers, bytes.NewReader(packed.Bytes()))
		request.Header = http.Header{"Authorization": {"Bearer " + ada}, "Content-Type": {"application/json"}, "Content-Encoding": {encoding}}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if took := time.Since(began); response.StatusCode != http.StatusUnsupportedMediaType || took > 2*time.Second {
			t.Errorf("%s is answered %s after %v", encoding, response.Status, took)
		}
	}
}
