package pipe

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"provost/internal/commerce"
	"provost/internal/wall"
	"provost/partnercenter"
)

// The media types that answers come in.
const (
	jsonType     = "application/json"
	textJSONType = "text/json"
	xmlType      = "application/xml"
	textXMLType  = "text/xml"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

var byteOrderMark = []byte{0xEF, 0xBB, 0xBF}

// write answers with success.
func (p *Pipe) write(w http.ResponseWriter, r *http.Request, reply Reply) {
	x := exchangeOf(r)
	if reply.Stream != nil {
		p.stream(w, r, reply.Stream)
		return
	}
	if reply.Body == nil {
		w.WriteHeader(cmp.Or(reply.Status, http.StatusOK))
		return
	}
	buf := borrow()
	defer buffers.Put(buf)
	if p.Profile == Documents && !isXML(x.mediaType) && !x.own {
		buf.Write(byteOrderMark)
	}
	if err := encode(buf, x.mediaType, reply.Body); err != nil {
		p.refuse(w, r, fmt.Errorf("encode %T: %w", reply.Body, err))
		return
	}
	var tag []string
	if p.Profile == Modern && reply.Outlook != nil {
		tag = []string{`"` + tagOf(buf.Bytes()) + `"`}
	}
	p.keepAnswer(r, x, reply, buf.Bytes(), tag)
	if tag != nil && p.knowWhen(w.Header(), r, reply.Outlook, tag) {
		w.Header()["Vary"] = varyAccept
		w.WriteHeader(http.StatusNotModified)
		return
	}
	p.send(w, x.mediaType, cmp.Or(reply.Status, http.StatusOK), buf)
}

// knowWhen tells when the answer can next be different, and whether the caller
// has it already.
func (p *Pipe) knowWhen(h http.Header, r *http.Request, outlook *commerce.Outlook, tag []string) (known bool) {
	h["ETag"] = tag
	h["Cache-Control"] = privately
	if outlook.RetryAfter != nil {
		set(h, "Retry-After", strconv.Itoa(outlook.Seconds()))
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	for _, header := range r.Header.Values("If-None-Match") {
		for one := range strings.SplitSeq(header, ",") {
			if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == tag[0] {
				return true
			}
		}
	}
	return false
}

// tagOf is the entity tag of a body, without quotes.
func tagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:16])
}

// Condition is the request's If-Match: the resource's own etag or the ETag of an
// answer, as JSON or as XML, with or without quotes. Weak tags count as strong
// ones, and * is any. Without the header, or with an empty tag as clients make it
// of an etag that they never got, there is none.
func (r *Request) Condition() commerce.Condition {
	var given []string
	for tag := range strings.SplitSeq(strings.Join(r.Header.Values("If-Match"), ","), ",") {
		if tag = commerce.Untagged(tag); tag != "" {
			given = append(given, tag)
		}
	}
	if given == nil {
		return nil
	}
	return func(etag string, shown any) bool {
		current := []string{"*", etag}
		for _, mediaType := range []string{jsonType, xmlType} {
			var body bytes.Buffer
			if encode(&body, mediaType, shown) == nil {
				current = append(current, tagOf(body.Bytes()))
			}
		}
		return slices.ContainsFunc(given, func(tag string) bool { return slices.Contains(current, tag) })
	}
}

// refuse answers with a refusal of the catalogue. A failure becomes one that
// tells nothing of its cause, which is logged here and nowhere else.
func (p *Pipe) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p.refuseIn(exchangeOf(r), w, r, err)
}

func (p *Pipe) refuseIn(x *exchange, w http.ResponseWriter, r *http.Request, err error) {
	var reason *partnercenter.Error
	var refusal *commerce.Refusal
	switch {
	case errors.As(err, &refusal):
		reason, x.cure = refusal.Reason, commerce.HideOperatorKeys(p.Commands.In(refusal.Cure))
	case errors.As(err, &reason):
	case errors.Is(err, context.Canceled) && r.Context().Err() != nil:
		reason = partnercenter.ErrUnavailable // the caller has hung up: nobody reads it, nothing failed
	case errors.Is(err, commerce.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		reason = partnercenter.ErrUnavailable
		p.fail(r, x, err)
	default:
		reason = partnercenter.ErrInternal
		p.fail(r, x, err)
	}
	x.refused = reason
	p.explain(w.Header(), r, x)
	var excess *tooMany
	if errors.As(err, &excess) {
		p.sendTooMany(w, excess)
		return
	}
	buf := borrow()
	defer buffers.Put(buf)
	if err := encode(buf, x.mediaType, reason); err != nil {
		p.fail(r, x, err)
	}
	p.send(w, x.mediaType, reason.StatusCode, buf)
}

func (p *Pipe) fail(r *http.Request, x *exchange, err error) {
	p.Log.ErrorContext(r.Context(), "failed", "error", err, "method", r.Method, "path", commerce.HideOperatorKeys(r.URL.Path),
		"correlationId", x.correlationID[0], "requestId", x.requestID[0])
}

// explain adds the headers that a refusal of its status carries.
func (p *Pipe) explain(h http.Header, r *http.Request, x *exchange) {
	switch x.refused.StatusCode {
	case http.StatusUnauthorized:
		challenge := "Bearer"
		if scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") && token != "" {
			challenge = `Bearer error="invalid_token"`
		}
		set(h, "WWW-Authenticate", challenge)
	case http.StatusServiceUnavailable:
		set(h, "Retry-After", "1")
	case http.StatusRequestEntityTooLarge, http.StatusRequestHeaderFieldsTooLarge, http.StatusRequestURITooLong:
		set(h, "Connection", "close")
	}
	development := p.Development || (x.refused.StatusCode == http.StatusForbidden && x.actor.World.Kind == commerce.Development)
	told := x.refused.StatusCode == http.StatusUnauthorized || x.refused.StatusCode == http.StatusForbidden
	if (p.Profile == Modern && development && told || x.told) && x.cure != "" {
		set(h, "Provost-Explain", headerText(x.cure))
	}
}

// headerText keeps what a header may hold: a cure quotes what the caller sent.
func headerText(text string) string {
	const most = 1024
	text = strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '?'
		}
		return c
	}, text)
	return text[:min(len(text), most)]
}

func borrow() *bytes.Buffer {
	buf := buffers.Get().(*bytes.Buffer)
	buf.Reset()
	return buf
}

func isXML(mediaType string) bool { return mediaType == xmlType || mediaType == textXMLType }

func encode(buf *bytes.Buffer, mediaType string, body any) error {
	if isXML(mediaType) {
		return encodeXML(buf, body)
	}
	encoder := json.NewEncoder(buf)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		return err
	}
	buf.Truncate(buf.Len() - len("\n"))
	return nil
}

func (p *Pipe) send(w http.ResponseWriter, mediaType string, status int, body *bytes.Buffer) {
	p.sendBytes(w, mediaType, status, body.Bytes())
}

// The values of headers that many answers have; they are shared, and never
// changed.
var (
	varyAccept   = []string{"Accept"}
	privately    = []string{"private, no-cache"}
	contentTypes = map[string][]string{
		jsonType: {jsonType + "; charset=utf-8"}, textJSONType: {textJSONType + "; charset=utf-8"},
		xmlType: {xmlType + "; charset=utf-8"}, textXMLType: {textXMLType + "; charset=utf-8"},
	}
)

// lengths are values of Content-Length: most answers are short.
var lengths = func() (all [2048][]string) {
	for length := range all {
		all[length] = []string{strconv.Itoa(length)}
	}
	return all
}()

func lengthOf(body []byte) []string {
	if len(body) < len(lengths) {
		return lengths[len(body)]
	}
	return []string{strconv.Itoa(len(body))}
}

func (p *Pipe) sendBytes(w http.ResponseWriter, mediaType string, status int, body []byte) {
	h := w.Header()
	if p.Profile == Modern {
		h["Vary"] = varyAccept
	}
	h["Content-Type"] = contentTypes[mediaType]
	h["Content-Length"] = lengthOf(body)
	w.WriteHeader(status)
	_, _ = w.Write(body) // a caller who is gone reads no error either
}

// Bare is a whole answer with a refusal, for requests that net/http refuses
// before any handler sees them.
func (p *Pipe) Bare(reason *partnercenter.Error) []byte {
	h := http.Header{}
	x := &exchange{}
	p.trace(h, x, nil)
	body := borrow()
	defer buffers.Put(body)
	if err := encode(body, jsonType, reason); err != nil {
		p.Log.Error("failed", "error", err)
	}
	if reason.StatusCode == http.StatusServiceUnavailable {
		set(h, "Retry-After", "1")
	}
	set(h, "Content-Type", jsonType+"; charset=utf-8")
	set(h, "Content-Length", strconv.Itoa(body.Len()))
	set(h, "Date", wall.Now().UTC().Format(http.TimeFormat))
	set(h, "Connection", "close")
	answer := bytes.NewBufferString(fmt.Sprintf("HTTP/1.1 %d %s\r\n", reason.StatusCode, http.StatusText(reason.StatusCode)))
	_ = h.Write(answer) // a buffer takes everything
	answer.WriteString("\r\n")
	answer.Write(body.Bytes())
	p.Log.Info("answered", "status", reason.StatusCode, "correlationId", x.correlationID[0], "requestId", x.requestID[0], "code", reason.Code)
	return answer.Bytes()
}
