package server

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"provost/partnercenter"
)

// listening serves the handler as the server does, and gives its address.
func listening(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	address, _ := serve(t, DefaultLimits(), speech{refuse: func(reason *partnercenter.Error) []byte {
		body, _ := json.Marshal(reason)
		return append([]byte("HTTP/1.1 "+http.StatusText(reason.StatusCode)+"\r\nMS-CV: refused\r\n\r\n"), body...)
	}}, handler)
	return address
}

func serve(t *testing.T, limits Limits, says speech, handler http.HandlerFunc) (address string, serving *http.Server) {
	t.Helper()
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	limits.Connections = DefaultLimits().Connections
	s := &Server{settings: Settings{Log: quiet, Limits: limits}}
	s.front(on, nil, says, handler)
	part := s.fronts[0].parts[0]
	go func() { _ = part.http.Serve(part.on) }()
	t.Cleanup(func() { _ = part.http.Close() })
	return on.Addr().String(), part.http
}

// sendRaw writes the bytes to a server and reads its whole answer.
func sendRaw(t *testing.T, address, request string) []byte {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	go func() { _, _ = io.WriteString(c, request) }()
	answer, err := io.ReadAll(c)
	if err != nil {
		t.Fatalf("read the answer to %.60q: %v (after %q)", request, err, answer)
	}
	return answer
}

var unreadable = map[string]struct {
	request string
	status  int
	code    string
}{
	"bad header line":         {"GET / HTTP/1.1\r\nHost: localhost\r\nno colon here\r\n\r\n", 400, "800002"},
	"header name with space":  {"GET / HTTP/1.1\r\nHost: localhost\r\nMS-CV : x\r\n\r\n", 400, "800002"},
	"bad request line":        {"GET\r\n\r\n", 400, "800002"},
	"no protocol":             {"GET /v1/customers\r\n\r\n", 400, "800002"},
	"NUL in a header":         {"GET / HTTP/1.1\r\nHost: localhost\r\nMS-CorrelationId: a\x00b\r\n\r\n", 400, "800002"},
	"NUL in the request line": {"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "800002"},
	"injected bare CR":        {"GET / HTTP/1.1\r\nHost: localhost\r\nMS-RequestId: a\rSet-Cookie: b\r\n\r\n", 400, "800002"},
	"no Host":                 {"GET / HTTP/1.1\r\n\r\n", 400, "800002"},
	"two Hosts":               {"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", 400, "800002"},
	"malformed Host":          {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "800002"},
	"bad escape in the path":  {"GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "800002"},
	"bad content length":      {"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: minus\r\n\r\n", 400, "800002"},
	"100 KB of headers":       {"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + strings.Repeat("x", 100<<10) + "\r\n\r\n", 431, "431"},
	"100 KB of address":       {"GET /" + strings.Repeat("x", 100<<10) + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 414, "414"},
	"100 KB of header names":  {"GET / HTTP/1.1\r\nHost: localhost\r\n" + strings.Repeat("x", 100<<10) + ": y\r\n\r\n", 431, "431"},
	"100 KB of small headers": {"GET / HTTP/1.1\r\nHost: localhost\r\n" + strings.Repeat("X-A: b c\r\n", 10<<10) + "\r\n", 431, "431"},
	"100 KB after a bad line": {"GET\r\nX-Long: " + strings.Repeat("x", 100<<10) + "\r\n\r\n", 400, "800002"},
	"HTTP/3.0":                {"GET / HTTP/3.0\r\nHost: localhost\r\n\r\n", 505, "505"},
	"unknown encoding":        {"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: zip\r\n\r\n", 501, "501"},
	"unknown expectation":     {"GET / HTTP/1.1\r\nHost: localhost\r\nExpect: tea\r\n\r\n", 417, "417"},
	"line without a CR":       {"GET / HTTP/1.1\r\nHost: localhost\nX-A: b\r\n\r\n", 400, "800002"},
	"head without any CR":     {"GET / HTTP/1.1\nHost: localhost\n\n", 400, "800002"},
	"line that goes on":       {"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n c\r\n\r\n", 400, "800002"},
	"line that goes on, tab":  {"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n\tTransfer-Encoding: chunked\r\n\r\n", 400, "800002"},
	"TLS hello":               {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, "800002"},
}

func TestUnreadableRequestsAreRefusedInTheEnvelope(t *testing.T) {
	address := listening(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	for name, c := range unreadable {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := sendRaw(t, address, c.request)
			if bytes.Contains(answer, []byte("text/plain")) || bytes.Count(answer, []byte("MS-CV")) != 1 {
				t.Fatalf("answered %q", answer)
			}
			_, body, _ := bytes.Cut(answer, []byte("\r\n\r\n"))
			var refusal partnercenter.Error
			if err := json.Unmarshal(body, &refusal); err != nil {
				t.Fatalf("the body is no envelope: %v in %q", err, answer)
			}
			if want := http.StatusText(c.status); refusal.Code != c.code || !bytes.HasPrefix(answer, []byte("HTTP/1.1 "+want)) {
				t.Errorf("refused with %q, code %s; want %s, code %s", answer, refusal.Code, want, c.code)
			}
			if refusal.Data == nil || refusal.Source != "Provost" || refusal.Description == "" {
				t.Errorf("the envelope is not whole: %s", body)
			}
		})
	}
}

func TestHandlersWriteWhatTheyLike(t *testing.T) {
	const imitation = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request"
	address := listening(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["MS-CV"] = []string{"x"}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, imitation)
	})
	answer := sendRaw(t, address, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(answer)), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err != nil || string(body) != imitation {
		t.Errorf("the handler's answer became %q (%v)", body, err)
	}
}

func TestKeptConnectionIsRefusedAfterGoodRequests(t *testing.T) {
	address := listening(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	answer := sendRaw(t, address, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET nonsense\r\n\r\n")
	if !bytes.HasPrefix(answer, []byte("HTTP/1.1 204")) || !bytes.Contains(answer, []byte(`"code":"800002"`)) {
		t.Errorf("answered %q", answer)
	}
}

func TestTooLongAnAddressIsToldFromItsHeadersOnAKeptConnection(t *testing.T) {
	address := listening(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header()["MS-CV"] = []string{"x"}
		w.WriteHeader(http.StatusNoContent)
	})
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	answers := bufio.NewReader(c)
	// The body ends without a new line, so that the next request goes on in it.
	if _, err := io.WriteString(c, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8\r\n\r\n{\"a\": 1}"); err != nil {
		t.Fatal(err)
	}
	first, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatalf("the first request is not answered: %v", err)
	}
	_ = first.Body.Close() // there is none
	if first.StatusCode != http.StatusNoContent {
		t.Fatalf("the first request is answered %s", first.Status)
	}
	go func() {
		_, _ = io.WriteString(c, "GET /"+strings.Repeat("x", 100<<10)+" HTTP/1.1\r\nHost: localhost\r\n\r\n")
	}()
	if second, err := io.ReadAll(answers); err != nil || !bytes.Contains(second, []byte(`"code":"414"`)) {
		t.Errorf("the second request is answered %q (%v)", second, err)
	}
}

func TestPrefaceOfHTTP2IsOfAVersionNotSupported(t *testing.T) {
	s, _ := running(t, nil)
	answer := sendRaw(t, s.Addr().String(), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	if !bytes.HasPrefix(answer, []byte("HTTP/1.1 505 ")) || !bytes.Contains(answer, []byte(`"code":"505"`)) {
		t.Errorf("answered %q", answer)
	}
}
