package server

import (
	"bytes"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// repeater answers a request with what was answered before, and says whether it
// did; if not, it has written nothing but headers.
type repeater func(http.ResponseWriter, *http.Request) bool

// quick answers plain requests where net/http waits for the next one, in its
// place: it goes on waiting until there is one that it has to hear of.
type quick struct {
	// answering is whether an answer is on its way.
	answering atomic.Int32
	// patience is how long net/http lets the connection wait; waits and writes are
	// until when its deadlines let it wait, and write, now.
	patience      time.Duration
	waits, writes time.Time
}

// Whether an answer is on its way, and whether the connection is to be closed
// after it.
const (
	silent int32 = iota
	speaking
	parting
)

// waitsUntil notes until when net/http lets the connection wait.
func (q *quick) waitsUntil(t time.Time) { q.patience, q.waits = time.Until(t), t }

// answerFirst reads what is for net/http, and answers what comes before it.
func (c *conn) answerFirst(p []byte) (n int, err error) {
	for done := true; done; {
		if n, err = c.Conn.Read(p); err != nil {
			return n, err
		}
		if done, err = c.answer(p[:n]); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// Close leaves an answer that is on its way the time to get there: who answers
// closes the connection then. A second call does not wait.
func (c *conn) Close() error {
	if c.answering.CompareAndSwap(speaking, parting) {
		c.parts(+1)
		return nil
	}
	return c.Conn.Close()
}

// parts counts those that net/http has closed, and that have an answer on its way.
func (c *conn) parts(more int64) {
	if in := guestOf(c.Conn); in != nil {
		in.of.parting.Add(more)
	}
}

// answer answers what was sent, if that is a plain request that can be.
func (c *conn) answer(sent []byte) (done bool, err error) {
	if !c.answering.CompareAndSwap(silent, speaking) {
		return false, net.ErrClosed
	}
	defer func() {
		if !c.answering.CompareAndSwap(speaking, silent) {
			c.parts(-1)
			err = net.ErrClosed
		}
	}()
	p := phrases.Get().(*phrase)
	defer p.free()
	r, ok := p.asked.read(sent)
	if !ok || !c.speech.repeat(p, r) {
		return false, nil
	}
	return true, c.say(p)
}

// say sends an answer, and lets the connection wait for the next request as long
// as net/http would. Deadlines are set anew when a part of their time is over: each
// costs more than the look-up of an answer.
func (c *conn) say(p *phrase) error {
	now := time.Now()
	in := guestOf(c.Conn)
	if in != nil {
		in.waits.Store(0)
	}
	if c.writes.Sub(now) < c.speech.most-c.speech.most/thirtieth {
		if err := c.SetWriteDeadline(now.Add(c.speech.most)); err != nil {
			return err
		}
	}
	if _, err := c.Conn.Write(p.text.Bytes()); err != nil {
		return err
	}
	now = time.Now() // whoever takes long to read an answer has as long to ask again
	if in != nil {
		in.waits.Store(now.UnixNano())
	}
	if c.waits.Sub(now) < c.patience-c.patience/thirtieth {
		c.waits = now.Add(c.patience)
		return c.Conn.SetReadDeadline(c.waits)
	}
	return nil
}

// A thirtieth of a deadline's time may be over before it is set anew.
const thirtieth = 30

// phrase is what one answer takes, question included.
type phrase struct {
	asked  plain
	header http.Header
	status int
	text   bytes.Buffer
}

var phrases = sync.Pool{New: func() any { return &phrase{header: http.Header{}} }}

// longestPhrase is how much memory is kept for the next answer.
const longestPhrase = 64 << 10

func (p *phrase) free() {
	if p.text.Cap() > longestPhrase {
		return
	}
	clear(p.header)
	p.status = 0
	p.text.Reset()
	phrases.Put(p)
}

// Header is that of an [http.ResponseWriter].
func (p *phrase) Header() http.Header { return p.header }

// WriteHeader begins the answer as net/http would.
func (p *phrase) WriteHeader(status int) {
	if p.status != 0 {
		return
	}
	p.status = status
	b := &p.text
	b.WriteString("HTTP/1.1 ")
	b.Write(strconv.AppendInt(b.AvailableBuffer(), int64(status), 10))
	b.WriteByte(' ')
	b.WriteString(http.StatusText(status))
	b.Write(lineEnd)
	_ = p.header.Write(b) // a buffer takes everything
	b.WriteString("Date: ")
	b.Write(time.Now().UTC().AppendFormat(b.AvailableBuffer(), http.TimeFormat))
	b.Write(headEnd)
}

// Write adds to the body, whose length a header has told.
func (p *phrase) Write(body []byte) (int, error) {
	p.WriteHeader(http.StatusOK)
	return p.text.Write(body)
}
