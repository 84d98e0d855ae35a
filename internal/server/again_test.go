package server

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"provost/partnercenter"
)

// spoken are the requests that a server heard, in their order.
type spoken struct {
	mu   sync.Mutex
	told []string
	// quick are how many of them net/http did not hear of.
	quick int
}

func (s *spoken) note(quick bool, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = append(s.told, text)
	if quick {
		s.quick++
	}
}

func (s *spoken) heard() ([]string, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.told...), s.quick
}

func say(w http.ResponseWriter, text string) {
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(text))}
	_, _ = io.WriteString(w, text)
}

// repeating answers each request with its method, its address and its body:
// those of /again where it can, all others as handlers do.
func repeating(t *testing.T, limits Limits) (address string, s *spoken, serving *http.Server) {
	t.Helper()
	s = new(spoken)
	address, serving = serve(t, limits, speech{
		refuse: func(reason *partnercenter.Error) []byte {
			return fmt.Appendf(nil, "HTTP/1.1 %d refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", reason.StatusCode)
		},
		repeat: func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasPrefix(r.RequestURI, "/again") {
				return false
			}
			text := r.Method + " " + r.RequestURI + " "
			s.note(true, text)
			say(w, text)
			return true
		},
		most: limits.AnswerTime,
	}, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		text := r.Method + " " + r.RequestURI + " " + string(body)
		s.note(false, text)
		say(w, text)
	})
	return address, s, serving
}

// client sends bytes, and reads answers one by one.
type client struct {
	t *testing.T
	net.Conn
	answers *bufio.Reader
}

func reach(t *testing.T, address string) *client {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return &client{t, c, bufio.NewReader(c)}
}

func (c *client) send(text string) {
	if _, err := io.WriteString(c, text); err != nil {
		c.t.Fatalf("send %.60q: %v", text, err)
	}
}

func (c *client) answer() (status int, body string) {
	response, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	told, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return response.StatusCode, string(told)
}

// first has the first request of a connection behind it, which net/http reads. What
// comes while its answer is on its way is net/http's as well.
func (c *client) first() {
	c.send(aPlainOne)
	c.answer()
	time.Sleep(100 * time.Millisecond)
}

const aPlainOne = "GET /again HTTP/1.1\r\nHost: localhost\r\nUser-Agent: x\r\n\r\n"

// ofManyForms are requests, how many of each are answered where they come in, and
// with which status any is.
var ofManyForms = map[string]struct {
	text   string
	quick  int
	status int
}{
	"plain":                     {aPlainOne, 1, 200},
	"names in any case":         {"GET /again?size=5&a=b,c HTTP/1.1\r\nhOST: localhost:80\r\naccept:  */* \r\nconnection: Keep-Alive\r\n\r\n", 1, 200},
	"another address":           {"GET /other HTTP/1.1\r\nHost: localhost\r\n\r\n", 0, 200},
	"a header nobody knows":     {"GET /again HTTP/1.1\r\nHost: localhost\r\nX-Other: 1\r\n\r\n", 0, 200},
	"a header twice":            {"GET /again HTTP/1.1\r\nHost: localhost\r\nAccept: a/b\r\nAccept: c/d\r\n\r\n", 0, 200},
	"an end":                    {"GET /again HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 0, 200},
	"a body":                    {"GET /again HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi", 0, 200},
	"a length":                  {"GET /again HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", 0, 200},
	"chunks":                    {"GET /again HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, 200},
	"another method":            {"DELETE /again HTTP/1.1\r\nHost: localhost\r\n\r\n", 0, 200},
	"a method in small letters": {"get /again HTTP/1.1\r\nHost: localhost\r\n\r\n", 0, 200},
	"an older version":          {"GET /again HTTP/1.0\r\nHost: localhost\r\n\r\n", 0, 200},
	"an escape":                 {"GET /again%20 HTTP/1.1\r\nHost: localhost\r\n\r\n", 0, 200},
	"a whole address":           {"GET http://localhost/again HTTP/1.1\r\nHost: localhost\r\n\r\n", 0, 200},
	"a second slash":            {"GET //again HTTP/1.1\r\nHost: localhost\r\n\r\n", 0, 200},
	"no Host":                   {"GET /again HTTP/1.1\r\nAccept: */*\r\n\r\n", 0, 400},
	"two Hosts":                 {"GET /again HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 0, 400},
	"a Host that is none":       {"GET /again HTTP/1.1\r\nHost: a b\r\n\r\n", 0, 400},
	"a folded line":             {"GET /again HTTP/1.1\r\nHost: localhost\r\nAccept: a\r\n b\r\n\r\n", 0, 400},
	"a bare LF":                 {"GET /again HTTP/1.1\r\nHost: localhost\nAccept: a\r\n\r\n", 0, 400},
	"a bare CR":                 {"GET /again HTTP/1.1\r\nHost: localhost\r\nAccept: a\rb\r\n\r\n", 0, 400},
	"a NUL":                     {"GET /again HTTP/1.1\r\nHost: localhost\r\nAccept: a\x00b\r\n\r\n", 0, 400},
	"a space before the colon":  {"GET /again HTTP/1.1\r\nHost: localhost\r\nAccept : a\r\n\r\n", 0, 400},
	"an expectation":            {"GET /again HTTP/1.1\r\nHost: localhost\r\nExpect: tea\r\n\r\n", 0, 417},
}

func TestPlainRequestsAreAnsweredWhereTheyComeIn(t *testing.T) {
	address, s, _ := repeating(t, DefaultLimits())
	for name, c := range ofManyForms {
		caller := reach(t, address)
		caller.first()
		_, before := s.heard()
		caller.send(c.text)
		status, _ := caller.answer()
		if _, after := s.heard(); after-before != c.quick || status != c.status {
			t.Errorf("%s: %d answered at once, want %d; status %d, want %d", name, after-before, c.quick, status, c.status)
		}
		caller.Close()
	}
}

// However a stream of requests is cut into pieces, the same are heard as when it
// comes in one: none is made of another's body, and none is lost.
func TestStreamsAreHeardAsTheyAreMeantHoweverTheyAreCut(t *testing.T) {
	address, s, _ := repeating(t, DefaultLimits())
	requests := [...]struct{ text, heard string }{
		{aPlainOne, "GET /again "},
		{"GET /again?a=b HTTP/1.1\r\nHost: localhost\r\nX-Other: 1\r\n\r\n", "GET /again?a=b "},
		{"GET /other HTTP/1.1\r\nHost: localhost\r\n\r\n", "GET /other "},
		{"POST /again HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + strconv.Itoa(len(aPlainOne)) + "\r\n\r\n" + aPlainOne, "POST /again " + aPlainOne},
		{"GET /again HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + strconv.Itoa(2*len(aPlainOne)) + "\r\n\r\n" + aPlainOne + aPlainOne,
			"GET /again " + aPlainOne + aPlainOne},
	}
	rapid.Check(t, func(t *rapid.T) {
		before, _ := s.heard()
		var stream strings.Builder
		var meant []string
		for _, which := range rapid.SliceOfN(rapid.IntRange(0, len(requests)-1), 1, 8).Draw(t, "requests") {
			stream.WriteString(requests[which].text)
			meant = append(meant, requests[which].heard)
		}
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
		ended := make(chan error, 1)
		go func() {
			answers := bufio.NewReader(c)
			for _, want := range meant {
				response, err := http.ReadResponse(answers, nil)
				if err != nil {
					ended <- err
					return
				}
				told, err := io.ReadAll(response.Body)
				if err = errors.Join(err, response.Body.Close()); err != nil || string(told) != want {
					ended <- fmt.Errorf("%q was answered with %q (%w)", want, told, err)
					return
				}
			}
			ended <- nil
		}()
		sizes := rapid.SampledFrom([]int{1, 3, len(aPlainOne), 100, 1000}).Draw(t, "sizes")
		for rest := stream.String(); rest != ""; {
			// Pieces often end where a request does.
			n := rapid.SampledFrom([]int{1, 2, 3, len(aPlainOne), rapid.IntRange(1, sizes).Draw(t, "size"), strings.Index(rest, "\r\n\r\n") + 4}).Draw(t, "piece")
			n = max(1, min(n, len(rest)))
			if _, err := io.WriteString(c, rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
			time.Sleep(time.Duration(rapid.SampledFrom([]int{0, 0, 100, 500}).Draw(t, "pause")) * time.Microsecond)
		}
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		after, _ := s.heard()
		if heard := after[len(before):]; strings.Join(heard, "\n") != strings.Join(meant, "\n") {
			t.Fatalf("heard %q, meant were %q", heard, meant)
		}
	})
	if all, quick := s.heard(); quick == 0 || quick == len(all) {
		t.Errorf("%d of %d requests were answered where they came in", quick, len(all))
	}
}

// Of a request whose first letter came while another was being answered, the rest
// is no request.
func TestTheRestOfARequestIsNoRequest(t *testing.T) {
	goOn, heard := make(chan struct{}), make(chan string, 4)
	address, _ := serve(t, DefaultLimits(), speech{most: time.Minute, repeat: func(w http.ResponseWriter, r *http.Request) bool {
		heard <- "again " + r.Method
		say(w, "again")
		return true
	}}, func(w http.ResponseWriter, r *http.Request) {
		heard <- r.Method
		<-goOn
		say(w, "")
	})
	for _, begin := range []string{"X", "XY", "XYZ"} {
		c := reach(t, address)
		c.send(aPlainOne)
		<-heard
		c.send(begin[:1])
		time.Sleep(100 * time.Millisecond) // net/http listens whether the caller hangs up
		goOn <- struct{}{}
		c.answer()
		c.send(begin[1:])
		time.Sleep(100 * time.Millisecond)
		c.send(aPlainOne)
		if got := <-heard; got != begin+"GET" {
			t.Fatalf("%q and a request were heard as %q", begin, got)
		}
		goOn <- struct{}{}
		c.answer()
	}
}

func TestAnsweredConnectionsWaitAsLongAsOthers(t *testing.T) {
	limits := DefaultLimits()
	impatient(&limits)
	address, s, _ := repeating(t, limits)
	c := reach(t, address)
	c.first()
	for range 9 {
		c.send(aPlainOne)
		c.answer()
		time.Sleep(short / 3)
	}
	if all, quick := s.heard(); len(all) != 10 || quick != 9 {
		t.Errorf("%d requests were answered, %d where they came in", len(all), quick)
	}
	if waited := lasts(t, c); waited < soonest-short/3 || waited > soon {
		t.Errorf("after the last answer the connection lasted %v", waited)
	}
}

// Whoever was answered once too often gets what net/http says, late as it may be.
func TestNetHTTPWritesAsLateAsItLikes(t *testing.T) {
	limits := DefaultLimits()
	limits.AnswerTime = short
	address, _, _ := repeating(t, limits)
	c := reach(t, address)
	c.first()
	c.send(aPlainOne)
	c.answer()
	time.Sleep(short + short/2) // the deadline of the last answer is over
	c.send("no request\r\n\r\n")
	if status, _ := c.answer(); status != http.StatusBadRequest {
		t.Errorf("answered with %d", status)
	}
}

func TestAnAnswerThatNobodyTakesInEndsTheConnection(t *testing.T) {
	const whole = 64 << 20 // more than the kernel takes in
	limits := DefaultLimits()
	limits.AnswerTime = short
	text, under := strings.Repeat("x", whole), make(chan struct{})
	address, _ := serve(t, limits, speech{most: limits.AnswerTime, repeat: func(w http.ResponseWriter, _ *http.Request) bool {
		say(w, text)
		close(under)
		return true
	}}, func(w http.ResponseWriter, _ *http.Request) { say(w, "first") })
	c := reach(t, address)
	c.first()
	c.send(aPlainOne)
	<-under
	time.Sleep(2 * short)
	taken, err := io.Copy(io.Discard, c)
	if taken == 0 || taken >= whole || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%d bytes of the answer came, then %v", taken, err)
	}
}

// A server that stops does so between answers.
func TestAnAnswerOnItsWayArrivesWhole(t *testing.T) {
	under, goOn := make(chan struct{}), make(chan struct{})
	address, serving := serve(t, DefaultLimits(), speech{most: time.Minute, repeat: func(w http.ResponseWriter, _ *http.Request) bool {
		close(under)
		<-goOn
		say(w, "whole")
		return true
	}}, func(w http.ResponseWriter, _ *http.Request) { say(w, "first") })
	c := reach(t, address)
	c.first()
	c.send(aPlainOne)
	<-under
	if err := serving.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	close(goOn)
	if _, body := c.answer(); body != "whole" {
		t.Errorf("the answer is %q", body)
	}
	if _, err := c.answers.ReadByte(); err != io.EOF {
		t.Errorf("after it, the connection goes on: %v", err)
	}
}

// A fault ends the connection that it happened on.
func TestAFaultWhileAnsweringEndsTheConnection(t *testing.T) {
	address, _ := serve(t, DefaultLimits(), speech{repeat: func(http.ResponseWriter, *http.Request) bool { panic("a fault") }},
		func(w http.ResponseWriter, _ *http.Request) { say(w, "first") })
	c := reach(t, address)
	c.first()
	c.send(aPlainOne)
	if _, err := c.answers.ReadByte(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection goes on: %v", err)
	}
}

// ownParts are those of an answer that no two have in common.
var ownParts = regexp.MustCompile(`(?m)^(MS-RequestId|MS-CorrelationId|MS-CV|Date|Retry-After): .*\r$`)

// What is answered where it comes in is, byte for byte, what a handler answers.
func TestBothWaysAnswerTheSame(t *testing.T) {
	for name, change := range map[string]func(*Settings){
		"modern":    func(*Settings) {},
		"documents": func(s *Settings) { s.Profile = "documents" },
		"TLS":       func(s *Settings) { s.TLS = true },
	} {
		t.Run(name, func(t *testing.T) {
			var quick atomic.Int64
			keeping := func(s *Settings) {
				s.ReadCache = 1 << 20
				change(s)
			}
			s, _ := runningAs(t, keeping, func(s *Server) { countRepeated(s, &quick) })
			compareBothWays(t, s, &quick)
		})
	}
}

// countRepeated counts what is answered where it comes in, before the server runs.
func countRepeated(s *Server, quick *atomic.Int64) {
	counted := func(repeat repeater) repeater {
		return func(w http.ResponseWriter, r *http.Request) bool {
			done := repeat(w, r)
			if done {
				quick.Add(1)
			}
			return done
		}
	}
	for i, part := range s.fronts[0].parts {
		switch on := part.on.(type) {
		case listener:
			on.speech.repeat = counted(on.speech.repeat)
			s.fronts[0].parts[i].on = on
		case branch:
			if i == 0 { // both share it
				on.speech.repeat = counted(on.speech.repeat)
			}
		}
	}
}

func compareBothWays(t *testing.T, s *Server, quick *atomic.Int64) {
	dial := func() (net.Conn, error) { return net.Dial("tcp", s.Addr().String()) }
	asked := http.DefaultClient
	if s.settings.TLS {
		config := &tls.Config{RootCAs: roots(t, s.CAFile())}
		dial = func() (net.Conn, error) { return tls.Dial("tcp", s.Addr().String(), config) }
		asked = &http.Client{Transport: &http.Transport{TLSClientConfig: config}}
	}
	token := demoTokenBy(t, asked, s, northlight, "ada@northlight.example")
	raw, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	_ = raw.SetDeadline(time.Now().Add(20 * time.Second))
	c := &client{t, raw, bufio.NewReader(raw)}
	// whole is one answer, as it came.
	whole := func(headers string) string {
		c.send(headers + "\r\n")
		var came bytes.Buffer
		response, err := http.ReadResponse(bufio.NewReaderSize(io.TeeReader(c, &came), 1<<20), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			t.Fatal(err)
		}
		return ownParts.ReplaceAllString(came.String(), "$1\r")
	}
	customer := "/v1/customers/0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
	for _, uri := range []string{
		customer + "/subscriptions/aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e/provisioningstatus",
		customer + "/subscriptions/aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e",
		customer + "/subscriptions",
		customer + "/orders/34828C05-C16C-4D6F-9CFC-4D2650EF19A1/provisioningstatus",
	} {
		for _, more := range []string{"", "Accept: application/xml\r\n", "If-None-Match: *\r\n", "MS-RequestId: mine\r\nMS-CV: InswEQre402koceL.0\r\nConnection: keep-alive\r\n"} {
			request := "GET " + uri + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + "\r\n" + more
			whole(request) // from now on it is kept
			before := quick.Load()
			long, short := whole(request+"X-Other: 1\r\n"), ""
			if quick.Load() != before {
				t.Errorf("%s with a header that nobody knows was answered where it came in", uri)
			}
			// What comes while a handler's answer is on its way is net/http's: once more.
			for tries := 0; quick.Load() == before && tries < 20; tries++ {
				short = whole(request)
			}
			if quick.Load() == before {
				t.Errorf("%s %q was never answered where it came in", uri, more)
			}
			if short != long {
				t.Errorf("%s %q is answered with\n%s\nand by handlers with\n%s", uri, more, short, long)
			}
		}
	}
}
