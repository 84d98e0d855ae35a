package partnercenter

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// call is one request of the API, whatever number of attempts it takes.
type call struct {
	method string
	// path is escaped, and begins after the base URL.
	path, query string
	// header stands beside what every call has.
	header http.Header
	body   []byte
	// once leaves trying again to the caller: who waits counts each request.
	once bool
}

// answer is what the service said to a call when it did what was asked.
type answer struct {
	call   string
	status int
	header http.Header
	// body has no byte-order mark.
	body []byte
}

// ErrUnreadable says that the service did what was asked, as far as its status
// tells, and that its answer cannot be read.
var ErrUnreadable = errors.New("the answer cannot be read")

const (
	// mostBody is more than any answer that was seen: 600 kB.
	mostBody = 64 << 20
	// mostRefusal is more than a refusal has to say.
	mostRefusal = 1 << 20
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// send makes a call: its ids are made once and kept by every attempt.
func (p *Partner) send(ctx context.Context, c call) (*answer, error) {
	header := maps.Clone(p.header)
	maps.Copy(header, c.header)
	header.Set("MS-RequestId", idOf(ctx, "request", ""))
	header.Set("MS-CorrelationId", idOf(ctx, "correlation", p.correlated))
	if err := sendable(header); err != nil {
		return nil, fmt.Errorf("%s %s: %w", c.method, c.path, err)
	}
	c.header = header
	began := time.Now()
	for attempt := 1; ; attempt++ {
		got, err := p.attempt(ctx, c)
		if err == nil {
			p.budget.earn()
			return got, nil
		}
		err = fmt.Errorf("%s %s: %w", c.method, c.path, err)
		pause, again := p.retry.pause(err, attempt, time.Since(began))
		if c.once || !again || ctx.Err() != nil || !p.budget.spend() {
			return nil, err
		}
		if !sleep(ctx, pause) {
			return nil, fmt.Errorf("%w, when it was to be tried again after: %w", context.Cause(ctx), err)
		}
	}
}

// sendable refuses what no header can say, before it is tried five times.
func sendable(header http.Header) error {
	for name, values := range header {
		for _, value := range values {
			if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
				return fmt.Errorf("the header %s cannot be %q: it holds a control character", name, value)
			}
		}
	}
	return nil
}

func idOf(ctx context.Context, kind contextKey, otherwise string) string {
	if id, ok := ctx.Value(kind).(string); ok && id != "" {
		return id
	}
	if otherwise != "" {
		return otherwise
	}
	return newID()
}

func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails
	return guid(b)
}

// guid is a GUID of these random bits (version 4).
func guid(b [16]byte) string {
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// attempt sends a call once; with a second token where the first one has been
// kept for a while and is not accepted any more.
func (p *Partner) attempt(ctx context.Context, c call) (*answer, error) {
	token, kept, err := p.tokens.get(ctx)
	if err != nil {
		return nil, fmt.Errorf("get a token: %w", err)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	got, err := p.exchange(ctx, c, token)
	if !kept || !errors.Is(err, &Error{StatusCode: http.StatusUnauthorized}) || errors.Is(err, ErrMFARequired) || errors.Is(err, ErrAudience) || !p.tokens.drop(token) {
		return got, err
	}
	second, _, tokenErr := p.tokens.get(ctx)
	switch {
	case isTemporary(tokenErr):
		return nil, fmt.Errorf("get another token: %w", tokenErr)
	case tokenErr != nil:
		return nil, fmt.Errorf("%w; and there is no other token: %w", err, tokenErr)
	case second.Value == token.Value:
		return got, err
	}
	return p.exchange(ctx, c, second)
}

func (p *Partner) exchange(ctx context.Context, c call, token Token) (*answer, error) {
	limited, cancel := context.WithTimeoutCause(ctx, p.timeout, fmt.Errorf("no answer within %v (Options.Timeout): %w", p.timeout, context.DeadlineExceeded))
	defer cancel()
	where := p.base.String() + c.path
	if c.query != "" {
		where += "?" + c.query
	}
	var body io.Reader
	if c.body != nil {
		body = bytes.NewReader(c.body)
	}
	req, err := http.NewRequestWithContext(limited, c.method, where, body)
	if err != nil {
		return nil, err
	}
	req.Header = c.header.Clone()
	req.Header.Set("Authorization", "Bearer "+token.Value)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := p.http.Do(req)
	if err != nil {
		return nil, broken(ctx, limited, err)
	}
	defer res.Body.Close()
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return nil, refused(ctx, res)
	}
	read, err := io.ReadAll(io.LimitReader(res.Body, mostBody+1))
	switch {
	case err != nil:
		return nil, broken(ctx, limited, fmt.Errorf("read the answer: %w", err))
	case len(read) > mostBody:
		return nil, fmt.Errorf("%w: it has more than %d bytes", ErrUnreadable, mostBody)
	}
	read = bytes.TrimPrefix(read, byteOrderMark)
	return &answer{call: c.method + " " + c.path, status: res.StatusCode, header: res.Header, body: read}, nil
}

// refused reads a refusal. Its status has arrived and counts, whatever becomes of
// its body.
func refused(ctx context.Context, res *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(res.Body, mostRefusal))
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return readError(res, bytes.TrimPrefix(body, byteOrderMark))
}

// into reads an answer that is to be JSON.
func (a *answer) into(out any) error {
	if len(bytes.TrimSpace(a.body)) == 0 {
		return fmt.Errorf("%s: %w: it is empty (%d)", a.call, ErrUnreadable, a.status)
	}
	if err := json.Unmarshal(a.body, out); err != nil {
		return fmt.Errorf("%s: %w (%d, %s): %w", a.call, ErrUnreadable, a.status, a.header.Get("Content-Type"), err)
	}
	return nil
}

// connectionError is a connection that broke, or an attempt that took too long.
type connectionError struct{ err error }

func (e *connectionError) Error() string { return e.err.Error() }
func (e *connectionError) Unwrap() error { return e.err }

// Temporary says that the same may work in a while.
func (e *connectionError) Temporary() bool { return !hopeless(e.err) }

// broken is what became of an attempt of limited time. The caller's own end is no
// fault of the connection.
func broken(ctx, limited context.Context, err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // the call names its address already
	}
	switch {
	case ctx.Err() != nil:
		return err
	case limited.Err() != nil && errors.Is(err, context.DeadlineExceeded):
		err = context.Cause(limited)
	}
	return &connectionError{err}
}

// mostAfter is what "much later" means: nobody waits that long, and no sum with it
// overflows.
const mostAfter = 365 * 24 * time.Hour

// after is what an answer says of when to ask again.
func after(header http.Header, now time.Time) (time.Duration, bool) {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if text == "" {
		return 0, false
	}
	seconds, err := strconv.ParseUint(text, 10, 64)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, uint64(mostAfter/time.Second))) * time.Second, true
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(0, at.Sub(now)), mostAfter), true
	}
	return 0, false
}

// sleep says whether the time has passed before the context ended.
func sleep(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
