package restapi_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// An exchange is one request and its whole answer, written by hand from the
// documents. Its file reads
//
//	# words about it
//	# profile: documents        (else modern)
//	# world: running | strict   (else frozen; strict is frozen, too, with other settings)
//	# fault: damaged | closed | unsealed   (else a sound store, and a seal)
//	# with: sandbox full        (what the frozen world is arranged to be; see arrange)
//	# after: 500                (requests like it; else none)
//	GET /v1/customers HTTP/1.1
//	Authorization: Bearer <admin>
//
//	body, if any
//	###
//	HTTP/1.1 200 OK
//	MS-CV: <vector>
//
//	body
//
// Words in angle brackets in the request name a bearer, and <filler:9000> is so
// many characters; in the answer they stand for what differs from run to run
// (see patterns).
type exchange struct {
	name     string
	settings map[string]string
	request  message
	answer   message
}

// writes says whether the request changes what other exchanges would see.
func (x exchange) writes() bool {
	return !strings.HasPrefix(x.request.first, "GET ") && !strings.HasPrefix(x.request.first, "HEAD ")
}

// number reads a setting that counts.
func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// message is one half of an exchange; its headers keep their spelling.
type message struct {
	first   string
	headers [][2]string
	body    []byte
}

func (m message) header(name string) string {
	for _, h := range m.headers {
		if h[0] == name {
			return h[1]
		}
	}
	return ""
}

func (m message) status() int {
	code, _ := strconv.Atoi(strings.Fields(m.first)[1])
	return code
}

// patterns are what the words of an answer stand for.
var patterns = map[string]string{
	"<vector>":   `[A-Za-z0-9+/]{16}\.0`,
	"<server>":   `[0-9]{9}`,
	"<day>":      `[0-9]{4}-[0-9]{2}-[0-9]{2}`,
	"<date>":     `[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT`,
	"<guid>":     `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`,
	"<seconds>":  `[1-9][0-9]{0,2}`,
	"<delivery>": `(?:3[0-9]{3}|4[0-4][0-9]{2}|4500)`,
	"<etag>":     `"[0-9a-f]{32}"`,
	"<order>":    `[0-9a-f]{12}`,
	"<tag>":      `[A-Za-z0-9+/]+={0,2}`,
	"<password>": `[A-Z2-7]{8}-[a-z2-7]{8}`,
	"<explain>":  `[ -~]{20,}provost [ -~]+`,
}

var (
	word   = regexp.MustCompile(`<[a-z]+>`)
	filler = regexp.MustCompile(`<filler:([0-9]+)>`)
)

// matches says whether a header's value or a body is what the file says of it.
func matches(want, got string) bool {
	literals := word.Split(want, -1)
	words := word.FindAllString(want, -1)
	expression := "^" + regexp.QuoteMeta(literals[0])
	for i, w := range words {
		expression += patterns[w] + regexp.QuoteMeta(literals[i+1])
	}
	return regexp.MustCompile(expression + "$").MatchString(got)
}

func readExchanges(t *testing.T) []exchange {
	t.Helper()
	files, err := filepath.Glob("testdata/exchanges/*/*.http")
	if err != nil || len(files) == 0 {
		t.Fatalf("no exchanges found: %v", err)
	}
	exchanges := make([]exchange, len(files))
	for i, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(file), "testdata/exchanges/"), ".http")
		if exchanges[i], err = parseExchange(name, string(text)); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	return exchanges
}

func parseExchange(name, text string) (exchange, error) {
	x := exchange{name: name, settings: map[string]string{}}
	for strings.HasPrefix(text, "#") {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		if key, value, ok := strings.Cut(strings.TrimPrefix(line, "# "), ": "); ok {
			x.settings[key] = value
		}
	}
	request, answer, ok := strings.Cut(text, "\n###\n")
	if !ok {
		return x, fmt.Errorf("no line ### between request and answer")
	}
	request = filler.ReplaceAllStringFunc(request, func(w string) string {
		length, _ := strconv.Atoi(filler.FindStringSubmatch(w)[1])
		return strings.Repeat("x", length)
	})
	x.request, x.answer = parseMessage(request), parseMessage(strings.TrimSuffix(answer, "\n"))
	return x, nil
}

func parseMessage(text string) message {
	head, body, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(strings.TrimSuffix(head, "\n"), "\n")
	m := message{first: lines[0], body: []byte(body)}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		m.headers = append(m.headers, [2]string{name, strings.TrimSpace(value)})
	}
	return m
}

// send writes the request as it stands and reads the answer as it comes, since
// an HTTP client would respell the headers.
func send(t *testing.T, address string, request message) message {
	t.Helper()
	conn, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	var out bytes.Buffer
	out.WriteString(request.first + "\r\n")
	if request.header("Host") == "" {
		out.WriteString("Host: " + address + "\r\n")
	}
	for _, h := range request.headers {
		out.WriteString(h[0] + ": " + h[1] + "\r\n")
	}
	if len(request.body) > 0 && request.header("Content-Length") == "" && request.header("Transfer-Encoding") == "" {
		fmt.Fprintf(&out, "Content-Length: %d\r\n", len(request.body))
	}
	out.WriteString("\r\n")
	out.Write(request.body)
	if _, err := conn.Write(out.Bytes()); err != nil {
		t.Logf("write request: %v", err) // the server may answer before it has read all
	}
	return receive(t, bufio.NewReader(conn), strings.HasPrefix(request.first, "HEAD "))
}

func receive(t *testing.T, in *bufio.Reader, head bool) message {
	t.Helper()
	var m message
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatalf("read answer: %v after %q", err, m.first)
		}
		line = strings.TrimSuffix(line, "\r\n")
		if line == "" {
			break
		}
		if m.first == "" {
			m.first = line
			continue
		}
		name, value, _ := strings.Cut(line, ": ")
		m.headers = append(m.headers, [2]string{name, value})
	}
	if length, err := strconv.Atoi(m.header("Content-Length")); err == nil && !head && m.status() != http.StatusNotModified {
		m.body = make([]byte, length)
		if _, err := io.ReadFull(in, m.body); err != nil {
			t.Fatalf("read %d bytes of body: %v", length, err)
		}
	}
	return m
}
