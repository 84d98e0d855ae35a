package pipe

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"provost/partnercenter"
)

// linesType is the media type of lines of JSON.
const linesType = "application/x-ndjson"

// pieceTime is how long a piece of a stream may take on its way, and how long
// it may be awaited.
const pieceTime = 30 * time.Second

// streaming prepares a request whose body, or whose answer, may be of any
// length: each piece of it has its time, and the whole ends when its caller
// hangs up.
func streaming(w http.ResponseWriter, r *http.Request, x *exchange) (http.ResponseWriter, *http.Request) {
	connection := http.NewResponseController(w)
	// A writer without a connection, as in tests, has no deadlines to set.
	_ = connection.SetReadDeadline(time.Time{})
	r = r.WithContext(context.WithValue(x.unbounded, exchangeKey{}, x))
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = &piecesIn{r.Body, connection}
	}
	return &piecesOut{w, connection}, r
}

type piecesIn struct {
	io.ReadCloser
	connection *http.ResponseController
}

func (p *piecesIn) Read(into []byte) (int, error) {
	_ = p.connection.SetReadDeadline(time.Now().Add(pieceTime))
	n, err := p.ReadCloser.Read(into)
	// What reads on in the background, to hear of a caller who hangs up, has all
	// the time that the answer takes.
	_ = p.connection.SetReadDeadline(time.Time{})
	return n, err
}

type piecesOut struct {
	http.ResponseWriter
	connection *http.ResponseController
}

func (p *piecesOut) Write(piece []byte) (int, error) {
	_ = p.connection.SetWriteDeadline(time.Now().Add(pieceTime))
	return p.ResponseWriter.Write(piece)
}

// Unwrap lets http.ResponseController reach the connection.
func (p *piecesOut) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// streamable refuses a body that cannot be read line by line.
func streamable(h http.Header) error {
	for _, encoding := range h.Values("Content-Encoding") {
		if encoding != "" && !strings.EqualFold(encoding, "identity") {
			return partnercenter.ErrMediaType.About("Content-Encoding", "identity")
		}
	}
	mediaType, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	if strings.EqualFold(strings.TrimSpace(mediaType), linesType) || foreign(h) == nil {
		return nil
	}
	return partnercenter.ErrMediaType.About("Content-Type", linesType)
}

// stream answers with lines. What fails before the first piece is on its way is
// refused; later, the answer breaks off, so that nobody takes it for whole.
func (p *Pipe) stream(w http.ResponseWriter, r *http.Request, lines func(io.Writer) error) {
	sent := &tally{of: w}
	pieces := bufio.NewWriterSize(sent, 64<<10)
	begin := func() {
		set(w.Header(), "Content-Type", linesType+"; charset=utf-8")
		set(w.Header(), "Cache-Control", "no-store")
	}
	sent.first = begin
	if r.Method == http.MethodHead {
		begin()
		w.WriteHeader(http.StatusOK)
		return
	}
	err := lines(pieces)
	if err == nil {
		err = pieces.Flush()
	}
	switch {
	case err == nil:
	case sent.n == 0:
		p.refuse(w, r, err)
	default:
		if r.Context().Err() == nil && !errors.Is(err, http.ErrHandlerTimeout) {
			p.fail(r, exchangeOf(r), fmt.Errorf("an answer broke off after %d bytes: %w", sent.n, err))
		}
		panic(http.ErrAbortHandler)
	}
}

// tally counts what was sent, and is told of the first piece.
type tally struct {
	of    io.Writer
	n     int64
	first func()
}

func (c *tally) Write(piece []byte) (int, error) {
	if c.n == 0 {
		c.first()
	}
	n, err := c.of.Write(piece)
	c.n += int64(n)
	return n, err
}
