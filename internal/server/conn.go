package server

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"provost/partnercenter"
)

// net/http answers a request that it cannot read with plain text of its own,
// written straight to the connection, and no handler hears of it. These
// listener and connection put a refusal with our headers and envelope in its
// place.
type listener struct {
	net.Listener
	guests *guests
	speech speech
}

func (l listener) Accept() (net.Conn, error) {
	c, err := l.guests.accept(l.Listener)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, speech: l.speech}, nil
}

// speech is what a connection says in net/http's place.
type speech struct {
	refuse refuser
	// repeat is nil where nothing is kept.
	repeat repeater
	// most is how long an answer may take to be taken in.
	most time.Duration
}

type conn struct {
	net.Conn
	speech speech
	quick
	place
	line lineStart
	head head
	// answered since something was read: what comes next begins a request.
	answered atomic.Bool
}

// SetReadDeadline notes which of its deadlines net/http sets.
func (c *conn) SetReadDeadline(t time.Time) error {
	if c.deadline() {
		c.waitsUntil(t)
	}
	return c.Conn.SetReadDeadline(t)
}

// SetWriteDeadline notes that the deadline of what was answered here is no more.
func (c *conn) SetWriteDeadline(t time.Time) error {
	c.writes = t
	return c.Conn.SetWriteDeadline(t)
}

// Read remembers how the line begins that net/http is reading: if it finds the
// request too large, that line tells which of its parts is.
func (c *conn) Read(p []byte) (n int, err error) {
	begins, first := c.begins(len(p))
	if first && c.speech.repeat != nil {
		n, err = c.answerFirst(p)
	} else {
		n, err = c.Conn.Read(p)
	}
	if begins {
		c.head = head{}
	}
	if c.answered.Swap(false) {
		c.line = lineStart{}
	}
	c.line.add(p[:n])
	if c.head.wrong(p[:n]) {
		c.head.ended = true
		if len(p) < len(refusedHead) {
			return 0, errUnreadable
		}
		return copy(p, refusedHead), nil
	}
	return n, err
}

// errUnreadable ends a connection where there is no room for an answer to be
// asked for.
var errUnreadable = errors.New("the lines of a request's head can be read in two ways")

// lineStart is the beginning of the line that came last.
type lineStart struct {
	text   [longestMethod + 1]byte
	length int
}

// longestMethod is how far a space is looked for, which ends the method of a
// request line; the name of a header ends with a colon.
const longestMethod = 32

func (l *lineStart) add(p []byte) {
	if end := bytes.LastIndexByte(p, '\n'); end >= 0 {
		l.length, p = 0, p[end+1:]
	}
	l.length += copy(l.text[l.length:], p)
}

// isRequest says whether the line is a request's first.
func (l *lineStart) isRequest() bool {
	method, rest, found := bytes.Cut(l.text[:l.length], []byte(" "))
	return found && len(method) > 0 && !bytes.HasPrefix(rest, []byte(":")) &&
		!bytes.ContainsFunc(method, func(r rune) bool { return r == ':' || r <= ' ' || r > '~' })
}

// Write puts a refusal in place of a bare answer. net/http hangs up after
// those, so what the client is still sending is taken in first, for a moment:
// a reset would destroy the answer before it is read.
func (c *conn) Write(p []byte) (int, error) {
	reason := bareRefusal(p)
	if reason == nil {
		c.answered.Store(true)
		return c.Conn.Write(p)
	}
	if reason == partnercenter.ErrHeadersTooLarge && c.line.isRequest() {
		reason = partnercenter.ErrURITooLong
	}
	if _, err := c.Conn.Write(c.speech.refuse(reason)); err != nil {
		return 0, err
	}
	c.drain()
	return len(p), nil
}

const (
	drainTime  = 500 * time.Millisecond
	drainBytes = 1 << 20
)

func (c *conn) drain() {
	if c.CloseWrite() != nil || c.SetReadDeadline(time.Now().Add(drainTime)) != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, c.Conn, drainBytes) // the time limit is an expected end
}

// CloseWrite is what net/http calls to say that it will write no more.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return net.ErrClosed
}

// What net/http writes by itself: a status line, then exactly these headers and
// one line of text; and, to an expectation that it does not know, an answer
// without any. No handler's answer looks like either: those carry MS-CV.
var (
	bareHeaders     = []byte("\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n")
	bareExpectation = []byte("417 Expectation Failed\r\nConnection: close\r\n")
)

const (
	statusLine  = len("HTTP/1.1 400 ")
	longestBare = 512
)

// bareRefusal is the refusal that stands for a bare answer; nil: the bytes are
// something else.
func bareRefusal(p []byte) *partnercenter.Error {
	if len(p) < statusLine || len(p) > longestBare || !bytes.HasPrefix(p, []byte("HTTP/1.")) || p[statusLine-1] != ' ' || p[statusLine-4] < '4' {
		return nil
	}
	status, err := strconv.Atoi(string(p[statusLine-4 : statusLine-1]))
	if err != nil {
		return nil
	}
	if bytes.HasPrefix(p[statusLine-4:], bareExpectation) && !bytes.Contains(p, []byte("MS-CV")) {
		return bareError(status, "")
	}
	line, text, found := bytes.Cut(p, bareHeaders)
	if !found || bytes.ContainsAny(line, "\r\n") || bytes.ContainsAny(text, "\r\n") {
		return nil
	}
	_, detail, _ := bytes.Cut(text, []byte(": "))
	return bareError(status, string(detail))
}

// bareError is the refusal for the status; the detail is net/http's own word
// for what is wrong and quotes nothing that was sent. A status that the
// catalogue does not know goes out as net/http wrote it.
func bareError(status int, detail string) *partnercenter.Error {
	if status == http.StatusBadRequest {
		if detail == "" {
			detail = "malformed request line or headers"
		}
		return partnercenter.ErrInput.About(detail)
	}
	for _, reason := range []*partnercenter.Error{
		partnercenter.ErrHeadersTooLarge, partnercenter.ErrExpectation, partnercenter.ErrNotImplemented, partnercenter.ErrHTTPVersion,
	} {
		if reason.StatusCode == status {
			return reason
		}
	}
	return nil
}
