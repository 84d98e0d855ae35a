package server

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// hidden is a request that a proxy takes for a part of another.
const hidden = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Hidden: yes\r\n\r\n"

// Whatever a proxy in front takes for one request, is one here, or the connection
// is at its end: nobody's request can be put in front of another's.
func TestNoRequestHidesInAnother(t *testing.T) {
	s, _ := running(t, nil)
	post := "POST /v1/customers HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
	get := "GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
	for name, request := range map[string]string{
		"both lengths, chunks shorter":   post + "Content-Length: 200\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
		"both lengths, chunks longer":    get + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2c\r\n" + hidden[:44] + "\r\n0\r\n\r\n" + hidden,
		"both lengths, of a read":        get + "Content-Length: 200\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
		"chunks alone":                   get + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
		"two lengths":                    post + "Content-Length: 0\r\nContent-Length: 60\r\n\r\n" + hidden,
		"two lengths in one line":        post + "Content-Length: 0, 60\r\n\r\n" + hidden,
		"length with a sign":             post + "Content-Length: +0\r\n\r\n" + hidden,
		"length below nothing":           post + "Content-Length: -1\r\n\r\n" + hidden,
		"length in another base":         post + "Content-Length: 0x0\r\n\r\n" + hidden,
		"length with a space":            post + "Content-Length: 0 0\r\n\r\n" + hidden,
		"length that is empty":           post + "Content-Length: \r\n\r\n" + hidden,
		"length before a space":          post + "Content-Length : 60\r\n\r\n" + hidden,
		"encoding before a space":        get + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + hidden,
		"encoding twice":                 get + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + hidden,
		"encoding of two":                get + "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n" + hidden,
		"encoding misspelt":              get + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + hidden,
		"encoding after a control":       get + "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + hidden,
		"encoding after a bare LF":       get + "X-A: b\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
		"encoding in a folded line":      get + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + hidden,
		"encoding that looks folded":     get + "X-A: b\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
		"length in a folded line":        get + "Content-Length:\r\n 60\r\n\r\n" + hidden,
		"length after a bare LF":         get + "X-A: b\nContent-Length: 60\r\n\r\n" + hidden,
		"length that looks folded":       get + "X-A: b\r\n\tContent-Length: 60\r\n\r\n" + hidden,
		"head that ends in bare LFs":     get + "X-A: b\n\n" + hidden,
		"chunks in HTTP/1.0":             "POST /healthz HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
		"HTTP/1.0 that stays":            "GET /healthz HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n" + hidden,
		"chunk's length in another base": get + "Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n" + hidden,
		"chunk's length too long":        get + "Transfer-Encoding: chunked\r\n\r\n00000000000000000\r\n\r\n" + hidden,
		"chunk's length after a space":   get + "Transfer-Encoding: chunked\r\n\r\n 0\r\n\r\n" + hidden,
		"chunk's extension":              get + "Transfer-Encoding: chunked\r\n\r\n0;a=b\r\n\r\n" + hidden,
		"chunk's extension, bare LF":     get + "Transfer-Encoding: chunked\r\n\r\n0;a\n\r\n" + hidden,
		"chunk's end by a bare LF":       get + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\n0\r\n\r\n" + hidden,
		"trailer that is a length":       get + "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 60\r\n\r\n" + hidden,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := sendRaw(t, s.Addr().String(), request)
			if n := bytes.Count(answer, []byte("\r\nMS-ServerId: ")); n != 1 {
				t.Errorf("%d answers: %q", n, answer)
			}
		})
	}
}

// What is refused after a good request is refused as well.
func TestTheSecondHeadOfAConnectionIsLookedAtLikeTheFirst(t *testing.T) {
	s, _ := running(t, nil)
	for name, second := range map[string]string{
		"bare LF": "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: b\nX-C: d\r\n\r\n",
		"folded":  "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n c\r\n\r\n",
	} {
		c, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		answers := bufio.NewReader(c)
		for _, step := range []struct {
			request string
			want    int
		}{
			// A body has lines of its own.
			{"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{\n \"a\":1}", http.StatusOK},
			{second, http.StatusBadRequest},
		} {
			if _, err := io.WriteString(c, step.request); err != nil {
				t.Fatal(err)
			}
			answer, err := http.ReadResponse(answers, nil)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			_, _ = io.Copy(io.Discard, answer.Body)
			answer.Body.Close()
			if answer.StatusCode != step.want {
				t.Errorf("%s: %q is answered %s", name, step.request, answer.Status)
			}
		}
	}
}

// Wherever such a head is cut in two, all of it is refused and none of it served.
func TestHeadsAreRefusedWholeHoweverTheyAreCut(t *testing.T) {
	s, _ := running(t, nil)
	for name, request := range map[string]string{
		"bare LF":      "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: b\nX-C: d\r\n\r\n",
		"bare LFs":     "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\n",
		"folded":       "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n c\r\n\r\n",
		"folded first": "GET /healthz HTTP/1.1\r\n Host: localhost\r\nHost: localhost\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			var all sync.WaitGroup
			defer all.Wait()
			for cut := 1; cut < len(request); cut++ {
				all.Go(func() {
					c, err := net.Dial("tcp", s.Addr().String())
					if err != nil {
						t.Error(err)
						return
					}
					defer c.Close()
					_ = c.SetDeadline(time.Now().Add(10 * time.Second))
					_, _ = io.WriteString(c, request[:cut])
					time.Sleep(50 * time.Millisecond)
					_, _ = io.WriteString(c, request[cut:])
					if answer, err := io.ReadAll(c); err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 400 ")) || bytes.Count(answer, []byte("HTTP/1.1 ")) != 1 {
						t.Errorf("%q and %q are answered with %q (%v)", request[:cut], request[cut:], answer, err)
					}
				})
			}
		})
	}
}

func TestBodiesThatAreAskedForMayHaveAnyLines(t *testing.T) {
	s, _ := running(t, nil)
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	body := "{\n  \"a\": 1,\n\t\"b\": 2\n}\n"
	bearer := demoToken(t, s, northlight, "ada@northlight.example")
	head := "GET /v1/customers HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + bearer + "\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 22\r\n\r\n"
	if len(body) != 22 {
		t.Fatalf("the body has %d bytes", len(body))
	}
	answers := bufio.NewReader(c)
	for range 2 {
		if _, err := io.WriteString(c, head); err != nil {
			t.Fatal(err)
		}
		first, err := answers.ReadString('\n')
		if err != nil || !strings.Contains(first, "100 Continue") {
			t.Fatalf("answered %q (%v)", first, err)
		}
		_, _ = answers.ReadString('\n')
		if _, err := io.WriteString(c, body); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("answered %s", answer.Status)
		}
	}
}

// Whoever waits to be asked for a body hears at once that nobody wants it, and that
// what it sends next is no other request's begin.
func TestABodyThatNobodyAsksForIsNotWaitedFor(t *testing.T) {
	s, _ := running(t, nil)
	c := reach(t, s.Addr().String())
	began := time.Now()
	c.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 60\r\n\r\n")
	answer, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if took := time.Since(began); took > soon || answer.StatusCode != http.StatusOK || !answer.Close {
		t.Errorf("answered %s after %v; the connection stays: %t", answer.Status, took, !answer.Close)
	}
}

func TestAHeadIsReadAlikeHoweverItComes(t *testing.T) {
	for text, want := range map[string]bool{
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n{\n \"a\": 1}":   false,
		"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n\n b":        false,
		"GET / HTTP/1.1\nHost: a\r\n\r\n":                  true,
		"GET / HTTP/1.1\r\nHost: a\n\r\n":                  true,
		"GET / HTTP/1.1\r\nHost: a\r\n\n":                  true,
		"GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n":             true,
		"GET / HTTP/1.1\r\nX: a\r\n\tb\r\n\r\n":            true,
		"GET / HTTP/1.1\r\n X: a\r\n\r\n":                  true,
		"GET / HTTP/1.1\r\nX: a b\tc\r\nY:\r\nZ: \r\n\r\n": false,
	} {
		for _, most := range []int{1, 2, 3, 7, len(text)} {
			var h head
			got := false
			for rest := []byte(text); len(rest) > 0 && !got; {
				n := min(most, len(rest))
				got = h.wrong(rest[:n])
				rest = rest[n:]
			}
			if got != want {
				t.Errorf("%q in pieces of %d is wrong: %t", text, most, got)
			}
		}
	}
}
