package operator_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"provost/internal/pipe"
	"provost/partnercenter"
)

// serveLines serves one stream row over a socket with little patience.
func serveLines(t *testing.T, serve func(*pipe.Request) (pipe.Reply, error)) (url, key string) {
	t.Helper()
	m := openManagement(t, "")
	p := pipe.New(pipe.Settings{Service: m.shop})
	server := httptest.NewUnstartedServer(p.Front(p.Routes([]pipe.Route{
		{Method: "GET", Path: "/lines", Key: true, Stream: true, Serve: serve}, {Method: "POST", Path: "/lines", Key: true, Stream: true, Serve: serve},
	})))
	server.Config.ReadTimeout, server.Config.WriteTimeout = 300*time.Millisecond, 300*time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	return server.URL + "/lines", m.key
}

func stream(t *testing.T, method, url, key string, body io.Reader) (status int, text string, err error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+key)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	all, err := io.ReadAll(response.Body)
	return response.StatusCode, string(all), err
}

func TestAStreamTakesItsTime(t *testing.T) {
	const pause = 200 * time.Millisecond
	url, key := serveLines(t, func(r *pipe.Request) (pipe.Reply, error) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			return pipe.Reply{}, err
		}
		return pipe.Reply{Stream: func(into io.Writer) error {
			for range 3 {
				time.Sleep(pause)
				if err := r.Context().Err(); err != nil {
					return err
				}
				fmt.Fprintln(into, len(text), strings.Repeat("x", 64<<10))
			}
			return nil
		}}, nil
	})
	in, out := io.Pipe()
	go func() {
		for range 4 {
			_, _ = io.WriteString(out, strings.Repeat("y", 512<<10)) // together more than a body may be elsewhere
			time.Sleep(pause)
		}
		_ = out.Close()
	}()
	for method, body := range map[string]io.Reader{"POST": in, "GET": http.NoBody} {
		status, text, err := stream(t, method, url, key, body)
		if err != nil || status != 200 || strings.Count(text, "\n") != 3 {
			t.Errorf("%s answered %d with %d bytes, %v", method, status, len(text), err)
		}
		if method == "POST" && !strings.HasPrefix(text, "2097152 ") {
			t.Errorf("the body was %.20s", text)
		}
	}
}

func TestAnAnswerThatFailsIsRefusedOrBreaksOff(t *testing.T) {
	lines := 0
	url, key := serveLines(t, func(*pipe.Request) (pipe.Reply, error) {
		return pipe.Reply{Stream: func(into io.Writer) error {
			for range lines {
				fmt.Fprintln(into, strings.Repeat("x", 1<<10))
			}
			return fmt.Errorf("no more: %w", partnercenter.ErrNoSuch)
		}}, nil
	})
	if status, text, err := stream(t, "GET", url, key, http.NoBody); err != nil || status != 404 || !strings.Contains(text, `"code":"404"`) {
		t.Errorf("before the first piece: %d %s, %v", status, text, err)
	}
	lines = 200
	if status, text, err := stream(t, "GET", url, key, http.NoBody); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("on its way: %d with %d bytes, %v", status, len(text), err)
	}
}
