package server

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// answering answers each request of /again where it comes in: with much where the
// address says so, with a word elsewhere.
func answering(t *testing.T, limits Limits, much string) *client {
	t.Helper()
	address, _ := serve(t, limits, speech{most: limits.AnswerTime, repeat: func(w http.ResponseWriter, r *http.Request) bool {
		switch r.RequestURI {
		case "/again":
			say(w, "a word")
		case "/much":
			say(w, much)
		default:
			return false
		}
		return true
	}}, func(w http.ResponseWriter, r *http.Request) {
		if r.RequestURI == "/much" { // it came too early to be answered where it came in
			say(w, much)
			return
		}
		say(w, "a handler's")
	})
	c := reach(t, address)
	c.first()
	return c
}

// net/http takes back the deadline of its own answers, whoever set one before.
func TestAnAnswerAfterOneOfNetHTTPsHasItsDeadline(t *testing.T) {
	const whole = 16 << 20 // more than the kernel takes in
	limits := DefaultLimits()
	limits.BodyTime, limits.RequestTime, limits.AnswerTime = short, short, 6*short
	c := answering(t, limits, strings.Repeat("x", whole))
	c.send(aPlainOne)
	c.answer()
	c.send("GET /other HTTP/1.1\r\nHost: localhost\r\n\r\n")
	c.answer()
	time.Sleep(5 * time.Millisecond) // the first one's deadline is a new one's as well
	c.send("GET /much HTTP/1.1\r\nHost: localhost\r\n\r\n")
	time.Sleep(2 * limits.AnswerTime)
	taken, err := io.Copy(io.Discard, c)
	if taken == 0 || taken >= whole || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%d bytes of the answer came, then %v", taken, err)
	}
}

func TestWhoeverReadsSlowlyHasAsLongToAskAgain(t *testing.T) {
	limits := DefaultLimits()
	limits.IdleTime, limits.AnswerTime = 2*short, time.Minute
	c := answering(t, limits, strings.Repeat("x", 16<<20))
	c.send("GET /much HTTP/1.1\r\nHost: localhost\r\n\r\n")
	time.Sleep(3 * short)
	c.answer()
	time.Sleep(short / 3)
	c.send(aPlainOne)
	if _, body := c.answer(); body != "a word" {
		t.Errorf("answered %q", body)
	}
}

// Whoever stops a server ends the process when it says that it has stopped.
func TestAServerHasStoppedWhenItsLastAnswerIsThere(t *testing.T) {
	under, goOn := make(chan struct{}), make(chan struct{})
	s, stop := runningAs(t, func(s *Settings) { s.ReadCache = 1 << 20 }, func(s *Server) {
		on := s.fronts[0].parts[0].on.(listener)
		on.speech.repeat = func(w http.ResponseWriter, _ *http.Request) bool {
			close(under)
			<-goOn
			say(w, "whole")
			return true
		}
		s.fronts[0].parts[0].on = on
	})
	c := reach(t, s.Addr().String())
	c.first()
	c.send(aPlainOne)
	<-under
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	select {
	case err := <-stopped:
		t.Errorf("the server has stopped (%v), and an answer is on its way", err)
	case <-time.After(short):
	}
	close(goOn)
	if _, body := c.answer(); body != "whole" {
		t.Errorf("the answer is %q", body)
	}
}

// Long answers are not copied for each who asks: many who do not read them would
// take all memory.
func TestLongAnswersAreLeftToNetHTTP(t *testing.T) {
	var quick atomic.Int64
	s, _ := runningAs(t, func(s *Settings) { s.ReadCache = 1 << 20 }, func(s *Server) { countRepeated(s, &quick) })
	ada := demoToken(t, s, northlight, "ada@northlight.example")
	c := reach(t, s.Addr().String())
	// times is how many of some are answered where they come in, and how long they are.
	times := func() (at, length int64) {
		before := quick.Load()
		for range 5 {
			c.send("GET " + customers + "/0c39d6d5-c70d-4c55-bc02-f620844f3fd1/subscriptions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + ada + "\r\n\r\n")
			_, body := c.answer()
			length = int64(len(body))
			time.Sleep(short / 10)
		}
		return quick.Load() - before, length
	}
	if at, length := times(); at == 0 {
		t.Errorf("of answers of %d bytes, none was given where it was asked for", length)
	}
	line := `{"lineItemNumber":%d,"offerId":"CFQ7TTC0LH18:0001:CFQ7TTC725M4","quantity":1,"billingCycle":"monthly","termDuration":"P1Y"}`
	var lines []string
	for n := range 20 {
		lines = append(lines, fmt.Sprintf(line, n))
	}
	ordered := call(t, "POST", s.URL()+customers+"/0c39d6d5-c70d-4c55-bc02-f620844f3fd1/orders", ada, `{"lineItems":[`+strings.Join(lines, ",")+`]}`)
	if ordered.status != http.StatusCreated {
		t.Fatalf("an order is answered %+v", ordered)
	}
	if moved := call(t, "POST", s.URL()+"/provost/v1/clock", ada, `{"advance":"PT16M"}`); moved.status != http.StatusOK {
		t.Fatalf("the clock answers %+v", moved)
	}
	if at, length := times(); at != 0 || length < 16<<10 {
		t.Errorf("of answers of %d bytes, %d were given where they were asked for", length, at)
	}
}
