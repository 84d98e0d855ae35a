// Package recording keeps what a client and its service said to each other, and
// says it again in tests without the service.
//
//	rec := &recording.Recording{}
//	opts.Middleware = append(opts.Middleware, rec.Record)  // once, then rec.Save("testdata/renewal.json")
//	opts.Middleware = append(opts.Middleware, rec.Replay)  // from then on, after recording.Open
//
// What it keeps is scrubbed of tokens, passwords and secrets as it is taken. It
// knows nothing of what the exchanges mean.
package recording

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Recording is a list of exchanges. It is safe for use by several goroutines.
type Recording struct {
	// Scrub takes out what is nobody's business, after the tokens, passwords and
	// secrets: names, ids. It sees each exchange before it is kept, and each request
	// before it is looked for.
	Scrub func(*Exchange)

	mu        sync.Mutex
	exchanges []Exchange
	replayed  []bool
}

// Exchange is one request and its answer.
type Exchange struct {
	// Request is what was asked, Response what came back.
	Request  Request  `json:"request"`
	Response Response `json:"response"`
}

// Request is what the client said.
type Request struct {
	// Method is the HTTP method, upper case.
	Method string `json:"method"`
	// URL is the path and the query: a recording can be replayed at any host.
	URL string `json:"url"`
	// Body is the text of the body, its JSON without spaces.
	Body string `json:"body,omitempty"`
}

// Response is what the service said.
type Response struct {
	// Status is the HTTP status.
	Status int `json:"status"`
	// Header holds those headers that a client reads, by name.
	Header map[string]string `json:"header,omitempty"`
	// Body is the text of the body; empty when there was none.
	Body string `json:"body,omitempty"`
}

// kept are the headers that mean something to a client.
var kept = []string{"Content-Type", "ETag", "Location", "MS-ContinuationToken", "MS-CorrelationId", "MS-RequestId", "Retry-After", "isMfaCompliant"}

// Open reads a recording.
func Open(path string) (*Recording, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("open the recording: %w", err)
	}
	r := &Recording{}
	if err := json.Unmarshal(text, &r.exchanges); err != nil {
		return nil, fmt.Errorf("read the recording %s: %w", path, err)
	}
	r.replayed = make([]bool, len(r.exchanges))
	return r, nil
}

// Save writes the recording, and makes its folder where there is none.
func (r *Recording) Save(path string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(append([]Exchange{}, r.exchanges...)); err != nil {
		return fmt.Errorf("write the recording: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("save the recording: %w", err)
	}
	if err := os.WriteFile(path, text.Bytes(), 0o644); err != nil {
		return fmt.Errorf("save the recording: %w", err)
	}
	return nil
}

// Exchanges are those recorded so far.
func (r *Recording) Exchanges() []Exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Exchange{}, r.exchanges...)
}

// tripper is a transport made of a function.
type tripper func(*http.Request) (*http.Response, error)

func (fn tripper) RoundTrip(r *http.Request) (*http.Response, error) { return fn(r) }

// Record keeps what goes through the transport.
func (r *Recording) Record(next http.RoundTripper) http.RoundTripper {
	return tripper(func(req *http.Request) (*http.Response, error) {
		asked, err := readRequest(req)
		if err != nil {
			return nil, err
		}
		res, err := next.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil {
			return nil, err
		}
		res.Body = io.NopCloser(bytes.NewReader(body))
		e := Exchange{Request: asked, Response: Response{Status: res.StatusCode, Header: map[string]string{}, Body: string(body)}}
		for _, name := range kept {
			if value := res.Header.Get(name); value != "" {
				e.Response.Header[name] = value
			}
		}
		r.clean(&e)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.exchanges = append(r.exchanges, e)
		r.replayed = append(r.replayed, false)
		return res, nil
	})
}

// Replay answers from the recording and never asks the transport: each exchange
// once, and of those with the same request the first that is left. A request that
// was not recorded is an error.
func (r *Recording) Replay(http.RoundTripper) http.RoundTripper {
	return tripper(func(req *http.Request) (*http.Response, error) {
		asked, err := readRequest(req)
		if err != nil {
			return nil, err
		}
		wanted := Exchange{Request: asked}
		r.clean(&wanted)
		r.mu.Lock()
		defer r.mu.Unlock()
		for i, e := range r.exchanges {
			if !r.replayed[i] && e.Request == wanted.Request {
				r.replayed[i] = true
				return e.Response.to(req), nil
			}
		}
		return nil, &MissingError{wanted.Request}
	})
}

// MissingError says that a request was not recorded, or not that often.
type MissingError struct {
	// Request is what was asked and not found, as it was looked for.
	Request Request
}

// Permanent says that asking again does not help: a client is not to try.
func (e *MissingError) Permanent() bool { return true }

// Error names the request.
func (e *MissingError) Error() string {
	text := fmt.Sprintf("the recording has no more exchange for %s %s", e.Request.Method, e.Request.URL)
	if e.Request.Body != "" {
		text += " with this body: " + e.Request.Body
	}
	return text
}

func (s Response) to(req *http.Request) *http.Response {
	res := &http.Response{
		StatusCode: s.Status, Status: fmt.Sprint(s.Status, " ", http.StatusText(s.Status)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(strings.NewReader(s.Body)), ContentLength: int64(len(s.Body)), Request: req,
	}
	for name, value := range s.Header {
		res.Header.Set(name, value)
	}
	return res
}

// readRequest takes the body along and puts it back.
func readRequest(req *http.Request) (Request, error) {
	asked := Request{Method: req.Method, URL: req.URL.RequestURI()}
	if req.Body == nil {
		return asked, nil
	}
	body, err := io.ReadAll(req.Body)
	_ = req.Body.Close()
	if err != nil {
		return asked, err
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	asked.Body = string(body)
	var short bytes.Buffer
	if json.Compact(&short, body) == nil {
		asked.Body = short.String()
	}
	return asked, nil
}

func (r *Recording) clean(e *Exchange) {
	e.Request.URL = scrub(e.Request.URL)
	e.Request.Body = scrub(e.Request.Body)
	e.Response.Body = scrub(e.Response.Body)
	for name, value := range e.Response.Header {
		e.Response.Header[name] = scrub(value)
	}
	if r.Scrub != nil {
		r.Scrub(e)
	}
}
