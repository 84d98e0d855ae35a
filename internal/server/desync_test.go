package server

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// echoes is a server, with or without TLS, that answers each request with what it
// heard of it: those that begin with /again where they come in, if they can be.
func echoes(t *testing.T, over bool) (dial func() (net.Conn, error), heard *spoken) {
	t.Helper()
	heard = new(spoken)
	s, _ := runningAs(t, func(s *Settings) { s.TLS, s.ReadCache = over, 1<<20 }, func(s *Server) {
		part := &s.fronts[0].parts[0]
		part.http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			text := r.Method + " " + r.RequestURI + " " + string(body)
			heard.note(false, text)
			say(w, text)
		})
		repeat := func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasPrefix(r.RequestURI, "/again") {
				return false
			}
			text := r.Method + " " + r.RequestURI + " "
			heard.note(true, text)
			say(w, text)
			return true
		}
		switch on := part.on.(type) {
		case listener:
			on.speech.repeat = repeat
			part.on = on
		case branch:
			on.speech.repeat = repeat
		}
	})
	if !over {
		return func() (net.Conn, error) { return net.Dial("tcp", s.Addr().String()) }, heard
	}
	config := &tls.Config{RootCAs: roots(t, s.CAFile())}
	return func() (net.Conn, error) { return tls.Dial("tcp", s.Addr().String(), config) }, heard
}

// asking is one request and what is heard of it.
type asking struct{ text, heard string }

// padded is a plain request, whose head has a size: net/http reads 4096 bytes.
func padded(uri string, size int) asking {
	head := "GET " + uri + " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: \r\n\r\n"
	pad := strings.Repeat("x", max(0, size-len(head)))
	return asking{strings.Replace(head, "Agent: ", "Agent: "+pad, 1), "GET " + uri + " "}
}

func drawAsking(t *rapid.T, n int) asking {
	id := "/again?n=" + strconv.Itoa(n)
	inner := "GET /again?hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
	switch rapid.IntRange(0, 11).Draw(t, "kind") {
	case 0:
		return asking{"GET /other?n=" + strconv.Itoa(n) + " HTTP/1.1\r\nHost: localhost\r\n\r\n", "GET /other?n=" + strconv.Itoa(n) + " "}
	case 1:
		return asking{fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", id, len(inner), inner), "POST " + id + " " + inner}
	case 2:
		return asking{fmt.Sprintf("GET %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", id, len(inner), inner), "GET " + id + " " + inner}
	case 3:
		return asking{fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", id, len(inner), inner), "POST " + id + " " + inner}
	case 4:
		return asking{"GET " + id + " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n", "GET " + id + " "}
	case 5:
		body := strings.Repeat(inner, 4096/len(inner)+1)[:4096]
		return asking{fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4096\r\n\r\n%s", id, body), "POST " + id + " " + body}
	case 6, 7:
		return padded(id, rapid.SampledFrom([]int{4094, 4095, 4096, 4097, 4098, 8191, 8192, 8193, 20000}).Draw(t, "size"))
	default:
		return padded(id, 0)
	}
}

// Whatever is asked for over one connection, in turn or without waiting, by however
// many callers behind a proxy: each answer is the one to its request.
func TestEachHearsTheAnswerToWhatItAskedFor(t *testing.T) {
	for name, over := range map[string]bool{"plain": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			dial, heard := echoes(t, over)
			n := 0
			rapid.Check(t, func(t *rapid.T) {
				c, err := dial()
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				_ = c.SetDeadline(time.Now().Add(20 * time.Second))
				answers := bufio.NewReader(c)
				var wait []asking
				for range rapid.IntRange(1, 8).Draw(t, "requests") {
					n++
					one := drawAsking(t, n)
					wait = append(wait, one)
					sendInPieces(t, c, one.text)
					if rapid.IntRange(0, 3).Draw(t, "goes on") == 0 {
						continue
					}
					for _, one := range wait {
						hear(t, answers, one)
					}
					wait = wait[:0]
					time.Sleep(time.Duration(rapid.SampledFrom([]int{0, 200, 1000}).Draw(t, "pause")) * time.Microsecond)
				}
				for _, one := range wait {
					hear(t, answers, one)
				}
			})
			all, quick := heard.heard()
			if quick == 0 || quick == len(all) {
				t.Errorf("%d of %d were answered where they came in", quick, len(all))
			}
		})
	}
}

func sendInPieces(t *rapid.T, c net.Conn, text string) {
	most := rapid.SampledFrom([]int{1, 7, 4095, 4096, 1 << 20, 1 << 20, 1 << 20}).Draw(t, "pieces")
	if len(text) > 300 {
		most = max(most, 100)
	}
	for text != "" {
		n := min(len(text), most)
		if _, err := io.WriteString(c, text[:n]); err != nil {
			t.Fatal(err)
		}
		text = text[n:]
	}
}

func hear(t *rapid.T, answers *bufio.Reader, one asking) {
	response, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatalf("%.100q: %v", one.text, err)
	}
	defer response.Body.Close()
	told, err := io.ReadAll(response.Body)
	if err != nil || string(told) != one.heard {
		t.Fatalf("%.100q was answered with %.200q (%v)", one.text, told, err)
	}
}
