package pipe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// exchange is what the pipe remembers of one request until it is logged. All of
// it is one piece of memory, the values of headers included.
type exchange struct {
	answer                           recorder
	requestID, correlationID, vector value
	// named says that the caller gave the request its id.
	named   bool
	started time.Time
	// unbounded is the context of the request without the limit on its time.
	unbounded  context.Context
	route      string
	mediaType  string
	acceptable bool
	own        bool
	// actor is never nil, and never changed: other requests may have the same.
	actor    *commerce.Actor
	operator commerce.Operator
	// row and customer are what was asked for, once the caller is admitted; read
	// is what the answer is made of, and sound says that it was one state.
	row      *Route
	customer string
	read     read
	sound    bool
	// told: the caller may know the cure of every refusal, wherever this is.
	told bool
	// slot is the request's place among those under way.
	slot slot
	// body is nil where the request has none.
	body    *body
	refused *partnercenter.Error
	cure    string
}

// watchBody bounds how long a body may take, and notes when it has come whole.
// What is chunked ends its connection: a proxy that goes by another length
// could take the rest for a request of its own.
func (x *exchange) watchBody(w http.ResponseWriter, r *http.Request, most time.Duration) {
	if r.ContentLength == 0 || r.Body == nil {
		return
	}
	// A writer without a connection, as in tests, has no deadline to set.
	_ = http.NewResponseController(w).SetReadDeadline(x.started.Add(most))
	x.body = &body{ReadCloser: r.Body, held: r.Header["Expect"] != nil}
	r.Body = x.body
	if len(r.TransferEncoding) > 0 {
		set(w.Header(), "Connection", "close")
	}
}

// body is a request's, and whether it has been read to its end; held says that it
// is sent once it is asked for.
type body struct {
	io.ReadCloser
	whole, held bool
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.whole = b.whole || errors.Is(err, io.EOF)
	return n, err
}

type exchangeKey struct{}

func exchangeOf(r *http.Request) *exchange {
	if x, ok := r.Context().Value(exchangeKey{}).(*exchange); ok {
		return x
	}
	return &exchange{mediaType: jsonType, actor: noActor}
}

// noActor is who calls until it is known.
var noActor = new(commerce.Actor)

// value is a header's only one, which is the header's own while it lasts.
type value [1]string

// set writes a header under exactly this name: net/http would spell MS-CV
// "Ms-Cv".
func set(h http.Header, name, value string) { h[name] = []string{value} }

// Front stands before every door: it gives each request its ids and each
// answer the headers that all carry, holds the limits and the guard of the
// host name, turns a panic into a refusal, and writes the access log.
func (p *Pipe) Front(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := new(exchange)
		p.begin(x, w, r)
		x.watchBody(&x.answer, r, p.BodyTime)
		if !r.ProtoAtLeast(1, 1) {
			// There net/http drops a Transfer-Encoding unseen: what a proxy takes for a
			// body would be the next request.
			set(w.Header(), "Connection", "close")
		}
		defer p.log(r, x)
		defer p.recover(r, x)
		if err := p.guard(r); err != nil {
			p.refuseIn(x, &x.answer, r, err)
			return
		}
		ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), exchangeKey{}, x), p.RequestTime)
		defer cancel()
		next.ServeHTTP(&x.answer, r.WithContext(ctx))
	})
}

// begin gives a request its ids, and its answer the headers that all carry.
func (p *Pipe) begin(x *exchange, w http.ResponseWriter, r *http.Request) {
	*x = exchange{answer: recorder{ResponseWriter: w, of: x}, started: time.Now(), unbounded: r.Context(), actor: noActor}
	x.mediaType, x.acceptable = negotiate(r.Header["Accept"])
	p.trace(w.Header(), x, r.Header)
}

// The names of ids in requests, as net/http spells them.
const (
	givenRequestID     = "Ms-Requestid"
	givenCorrelationID = "Ms-Correlationid"
	givenVector        = "Ms-Cv"
)

// trace gives a request its ids, and its answer the headers that say them.
func (p *Pipe) trace(h http.Header, x *exchange, given http.Header) {
	x.requestID[0], x.correlationID[0] = traceID(first(given[givenRequestID])), traceID(first(given[givenCorrelationID]))
	x.named = x.requestID[0] == first(given[givenRequestID])
	x.vector[0] = correlationVector(first(given[givenVector]))
	h["MS-RequestId"], h["MS-CorrelationId"], h["MS-CV"] = x.requestID[:], x.correlationID[:], x.vector[:]
	h["MS-ServerId"] = p.server
	if p.Profile == Modern {
		h["Provost-Version"], h["X-Locale"] = p.version, locale
	}
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// guard refuses what is too long, the preface of HTTP/2 where net/http takes it
// for a request, and who calls by a foreign name.
func (p *Pipe) guard(r *http.Request) error {
	if r.ProtoMajor == 2 && r.Method == "PRI" {
		return partnercenter.ErrHTTPVersion
	}
	if len(r.RequestURI) > maxURI {
		return partnercenter.ErrURITooLong
	}
	size := 0
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + len(value) + len(": \r\n")
		}
	}
	if size > maxHeaders {
		return partnercenter.ErrHeadersTooLarge
	}
	if p.AllowHost == nil {
		return nil
	}
	if host := hostname(r.Host); !p.AllowHost(host) {
		return commerce.Refuse(partnercenter.ErrAccessDenied,
			"this server hands out tokens and answers to its own names alone, not to %q; admit the name: provost dev --allow-host NAME", host)
	}
	for _, origin := range r.Header.Values("Origin") {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || !p.AllowHost(u.Hostname()) {
			return commerce.Refuse(partnercenter.ErrAccessDenied,
				"this server hands out tokens and takes no call from the pages of %q; admit the name: provost dev --allow-host NAME", origin)
		}
	}
	return nil
}

func hostname(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.Trim(hostport, "[]")
}

// recover is the one place where a bug ends: logged once, and a refusal that
// tells nothing of it.
func (p *Pipe) recover(r *http.Request, x *exchange) {
	cause := recover()
	if cause == nil {
		return
	}
	if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(cause)
	}
	p.Log.ErrorContext(r.Context(), "panic", "cause", fmt.Sprint(cause), "stack", string(debug.Stack()),
		"correlationId", x.correlationID[0], "requestId", x.requestID[0])
	if x.answer.status == 0 {
		p.refuseIn(x, &x.answer, r, partnercenter.ErrInternal)
	}
}

func (p *Pipe) log(r *http.Request, x *exchange) {
	w := &x.answer
	took := time.Since(x.started)
	p.Observe(r.Method, x.route, w.status, took)
	level := slog.LevelInfo
	if x.route != "" && x.actor.Partner.ID == "" && w.status == http.StatusOK {
		level = slog.LevelDebug // health, metrics and pages: asked for all day long
	}
	if !p.Log.Enabled(r.Context(), level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", r.Method), slog.String("path", commerce.HideOperatorKeys(r.URL.Path)), slog.Int("status", w.status),
		slog.String("took", took.Round(time.Microsecond).String()), slog.String("correlationId", x.correlationID[0]), slog.String("requestId", x.requestID[0]),
	}
	if x.actor.Partner.ID != "" {
		attrs = append(attrs, slog.String("world", x.actor.World.Name), slog.String("partner", x.actor.Partner.Name),
			slog.String("user", x.actor.User), slog.String("app", x.actor.App))
	}
	if x.operator.Name != "" {
		attrs = append(attrs, slog.String("operator", x.operator.Name))
	}
	if x.refused != nil {
		attrs = append(attrs, slog.String("code", x.refused.Code))
	}
	if x.cure != "" {
		attrs = append(attrs, slog.String("cure", x.cure))
	}
	p.Log.LogAttrs(r.Context(), level, "answered", attrs...)
}

// recorder remembers the status that a handler wrote.
type recorder struct {
	http.ResponseWriter
	of     *exchange
	status int
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		if b := w.of.body; b != nil && !b.whole && (b.held || status >= http.StatusBadRequest) {
			// net/http would wait for the rest of the body before it sends a word.
			set(w.Header(), "Connection", "close")
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(body []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(body)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
