package server

import (
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"provost/partnercenter"
)

// The frames of HTTP/2 that these tests speak (RFC 9113), and codes of them.
const (
	frameHeaders, frameReset, frameSettings, frameGoAway = 1, 3, 4, 7

	endStream, endHeaders  = 1, 4
	maxConcurrentStreams   = 3
	protocolError          = 1
	refusedStream          = 7
	enhanceYourCalm        = 11
	cancelled              = 8
	settingsAcknowledgment = 1
)

// frames is one connection of HTTP/2.
type frames struct {
	net.Conn
	streams uint32
}

type frame struct {
	kind, flags byte
	stream      uint32
	payload     []byte
}

func openFrames(t *testing.T, address string, config *tls.Config) *frames {
	t.Helper()
	config = config.Clone()
	config.NextProtos = []string{"h2"}
	c, err := tls.Dial("tcp", address, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	f := &frames{Conn: c}
	if _, err := io.WriteString(c, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	f.send(frame{kind: frameSettings})
	return f
}

func encoded(f frame) []byte {
	head := binary.BigEndian.AppendUint32(nil, uint32(len(f.payload))<<8|uint32(f.kind))
	head = append(head, f.flags)
	return append(binary.BigEndian.AppendUint32(head, f.stream), f.payload...)
}

func (f *frames) send(one frame) { _, _ = f.Write(encoded(one)) }

// request is a GET of an address, in the static table's words (RFC 7541).
func (f *frames) request(end byte) frame {
	f.streams += 2
	return frame{frameHeaders, endHeaders | end, f.streams - 1, append([]byte{0x82, 0x87, 0x84, 0x41, 9}, "localhost"...)}
}

func (f *frames) next() (one frame, err error) {
	head := make([]byte, 9)
	if _, err = io.ReadFull(f, head); err != nil {
		return one, err
	}
	one = frame{head[3], head[4], binary.BigEndian.Uint32(head[5:]), make([]byte, binary.BigEndian.Uint32(head[:4])>>8)}
	_, err = io.ReadFull(f, one.payload)
	return one, err
}

// listeningTLS serves the handler as the server does over TLS.
func listeningTLS(t *testing.T, handler http.HandlerFunc) (string, *tls.Config) {
	t.Helper()
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	ca, err := openCA(data, quiet)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{settings: Settings{Log: quiet, Limits: DefaultLimits(), Development: true, TLS: true, Data: data}}
	s.front(on, (&ownCertificate{ca: ca, names: certificateNames("127.0.0.1")}).get, speech{refuse: func(reason *partnercenter.Error) []byte {
		body, _ := json.Marshal(reason)
		return body
	}}, handler)
	for _, p := range s.fronts[0].parts {
		go func() { _ = p.http.Serve(p.on) }()
		t.Cleanup(func() { _ = p.http.Close() })
	}
	return on.Addr().String(), &tls.Config{RootCAs: roots(t, s.CAFile())}
}

// Streams that are opened and reset at once cost as much as others: a connection
// has no more of them at work than it may have open, and one that goes on so is
// ended (CVE-2023-44487).
func TestRapidResetsEndTheirConnection(t *testing.T) {
	var atWork atomic.Int64
	leave := make(chan struct{})
	address, config := listeningTLS(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			return
		}
		atWork.Add(1) // for ever: what was reset is not over
		<-leave
	})
	defer close(leave)
	f := openFrames(t, address, config)
	go func() {
		for range 2000 {
			open := f.request(endStream)
			both := append(encoded(open), encoded(frame{frameReset, 0, open.stream, []byte{0, 0, 0, cancelled}})...)
			if _, err := f.Write(both); err != nil {
				return
			}
		}
	}()
	ended := false
	for !ended {
		one, err := f.next()
		if err != nil {
			t.Fatalf("the connection ended without a word: %v", err)
		}
		ended = one.kind == frameGoAway && len(one.payload) >= 8 && binary.BigEndian.Uint32(one.payload[4:]) == enhanceYourCalm
	}
	if n := atWork.Load(); n > maxStreams {
		t.Errorf("%d requests of one connection are at work", n)
	}
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}}
	response, err := client.Post("https://"+address, "text/plain", nil)
	if err != nil {
		t.Fatalf("another is not answered: %v", err)
	}
	response.Body.Close()
}

func TestAConnectionHasNoMoreStreamsThanItWasTold(t *testing.T) {
	leave := make(chan struct{})
	address, config := listeningTLS(t, func(http.ResponseWriter, *http.Request) { <-leave })
	defer close(leave)
	f := openFrames(t, address, config)
	told := uint32(0)
	for told == 0 {
		one, err := f.next()
		if err != nil {
			t.Fatal(err)
		}
		for p := one.payload; one.kind == frameSettings && len(p) >= 6; p = p[6:] {
			if binary.BigEndian.Uint16(p) == maxConcurrentStreams {
				told = binary.BigEndian.Uint32(p[2:])
			}
		}
	}
	if told != maxStreams {
		t.Errorf("it is told that it may have %d", told)
	}
	f.send(frame{kind: frameSettings, flags: settingsAcknowledgment})
	for range told + 1 {
		f.send(f.request(endStream))
	}
	for {
		one, err := f.next()
		if err != nil {
			t.Fatal(err)
		}
		if one.kind == frameReset {
			if code := binary.BigEndian.Uint32(one.payload); code != refusedStream && code != protocolError || one.stream != 2*told+1 {
				t.Errorf("stream %d is reset with %d", one.stream, code)
			}
			return
		}
	}
}

func TestAMegabyteOfHeadersIsRefusedOverHTTP2(t *testing.T) {
	s, _ := running(t, withTLS)
	for name, edit := range map[string]func(http.Header){
		"in one":       func(h http.Header) { h.Set("X-Long", strings.Repeat("x", 1<<20)) },
		"in many":      func(h http.Header) { h["X-A"] = strings.Split(strings.Repeat("b ", 100<<10), " ") },
		"in one name":  func(h http.Header) { h[strings.Repeat("x", 1<<20)] = []string{"a"} },
		"200 KB of it": func(h http.Header) { h.Set("X-Long", strings.Repeat("x", 200<<10)) },
	} {
		client := trusted(t, s)
		request, _ := http.NewRequest("GET", s.URL()+"/healthz", nil)
		edit(request.Header)
		response, err := client.Do(request)
		if err == nil {
			response.Body.Close()
		}
		// Some are too much for net/http's client already, and some end the connection.
		if err == nil && response.StatusCode != http.StatusRequestHeaderFieldsTooLarge ||
			err != nil && !strings.Contains(err.Error(), "header list larger") && !strings.Contains(err.Error(), "GOAWAY") {
			t.Errorf("%s: answered %v (%v)", name, response, err)
		}
		if response, err := client.Get(s.URL() + "/healthz"); err != nil || response.StatusCode != http.StatusOK {
			t.Errorf("%s: what follows is answered %v (%v)", name, response, err)
		} else {
			response.Body.Close()
		}
	}
}
