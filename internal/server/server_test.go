package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"provost/internal/storetest"
	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// running runs a development server until the test ends.
func running(t *testing.T, change func(*Settings)) (s *Server, stop func() error) {
	t.Helper()
	return runningAs(t, change, func(*Server) {})
}

// runningAs has a say in the server before it runs.
func runningAs(t *testing.T, change func(*Settings), open func(*Server)) (s *Server, stop func() error) {
	t.Helper()
	settings := Settings{Development: true, Ephemeral: true, Data: t.TempDir(), Listen: "127.0.0.1:0", Version: "v0.0.0-test", Log: quiet}
	if change != nil {
		change(&settings)
	}
	if settings.Development && settings.Database == "" {
		settings.Database = sharedDatabase(t, settings.Data)
	}
	s, err := Open(context.Background(), settings)
	if err != nil {
		t.Fatal(err)
	}
	open(s)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	stop = func() error {
		cancel()
		err := <-ended
		ended <- err
		return err
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	return s, stop
}

// schemas hold the shops of development servers, by their data directories, where
// a PostgreSQL is named to test on.
var schemas = map[string]string{}

func postgresIsTested() bool { return os.Getenv(storetest.PostgresVariable) != "" }

func sharedDatabase(t *testing.T, data string) string {
	t.Helper()
	if !postgresIsTested() {
		return ""
	}
	if schemas[data] == "" {
		schemas[data] = storetest.Postgres(t)
	}
	return schemas[data]
}

func TestRefusalsOfUnreadableRequestsCarryEveryHeader(t *testing.T) {
	s, _ := running(t, nil)
	ordinary, err := http.Get(s.URL() + "/v1/customers")
	if err != nil {
		t.Fatal(err)
	}
	ordinary.Body.Close()
	for name, c := range unreadable {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := sendRaw(t, s.Addr().String(), c.request)
			response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(answer)), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			var refusal partnercenter.Error
			if err := json.Unmarshal(body, &refusal); err != nil || response.StatusCode != c.status || refusal.Code != c.code {
				t.Errorf("answered %d %s (%v)", response.StatusCode, body, err)
			}
			for _, name := range []string{"MS-RequestId", "MS-CorrelationId", "MS-CV", "MS-ServerId"} {
				if !bytes.Contains(answer, []byte("\r\n"+name+": ")) {
					t.Errorf("the answer lacks %s: %q", name, answer)
				}
			}
			if got, want := response.Header.Get("Ms-Serverid"), ordinary.Header.Get("Ms-Serverid"); got != want {
				t.Errorf("MS-ServerId is %s, elsewhere %s", got, want)
			}
			if _, err := http.ParseTime(response.Header.Get("Date")); err != nil || !response.Close ||
				response.Header.Get("Content-Type") != "application/json; charset=utf-8" ||
				response.Header.Get("Content-Length") != strconv.Itoa(len(body)) {
				t.Errorf("the headers are %v", response.Header)
			}
		})
	}
}

// Every door refuses at once what it need not read; net/http would wait for the
// body that was announced.
func TestNoDoorWaitsForTheBodyOfWhatItRefuses(t *testing.T) {
	s, _ := running(t, nil)
	for _, first := range []string{
		"POST /common/oauth2/token", "POST /common/oauth2/nothing", "PUT /common/oauth2/v2.0/authorize", "POST /generatetoken",
		"POST /provost/v1/accounts", "POST /operator/v1/worlds", "GET /v1/customers", "POST /healthz", "POST /docs",
	} {
		connection, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		_ = connection.SetDeadline(time.Now().Add(5 * time.Second))
		fmt.Fprintf(connection, "%s HTTP/1.1\r\nHost: %s\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n", first, s.Addr())
		response, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			t.Errorf("%s: %v", first, err)
			continue
		}
		response.Body.Close()
		if response.StatusCode < 400 || !response.Close {
			t.Errorf("%s: %s, and the connection stays: %t", first, response.Status, !response.Close)
		}
	}
}

func TestNothingIsEverRedirected(t *testing.T) {
	s, _ := running(t, nil)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for path, want := range map[string]int{
		"/": 200, "//": 200, "//healthz": 200, "/healthz/": 200, "/HEALTHZ": 200, "//v1//customers/": 401, "/V1/customers": 401,
		"/v1": 404, "/v2/customers": 404, "//docs/": 200, "/docs/../v1/customers": 404, "/openapi.json": 200, "/openapi.json/": 200,
		"//provost//v1//accounts/": 200, "/metrics": 200, "/nothing/here": 404,
	} {
		response, err := client.Get(s.URL() + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s answered %d, want %d", path, response.StatusCode, want)
		}
		if response.Header.Get("Ms-Correlationid") == "" {
			t.Errorf("%s answered without MS-CorrelationId", path)
		}
	}
}

func TestPagesAreReadOnly(t *testing.T) {
	s, _ := running(t, nil)
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/docs", "/openapi.json"} {
		response, err := http.Post(s.URL()+path, "text/plain", nil)
		if err != nil {
			t.Fatal(err)
		}
		var refusal partnercenter.Error
		err = json.NewDecoder(response.Body).Decode(&refusal)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusMethodNotAllowed || refusal.Code != "405" || response.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("POST %s answered %d, %+v (%v)", path, response.StatusCode, refusal, err)
		}
	}
}

func TestReadinessEndsBeforeTheServer(t *testing.T) {
	s, stop := running(t, nil)
	if told := s.ready(context.Background()); told.Status != extension.Ready || told.Store != extension.Ready {
		t.Errorf("a running server is not ready: %+v", told)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if told := s.ready(context.Background()); told.Status != extension.Stopping {
		t.Errorf("a stopped server says %+v", told)
	}
}

func TestLogTellsOnceThatTheStoreIsGoneAndThatItIsBack(t *testing.T) {
	var log bytes.Buffer
	s, stop := running(t, func(s *Settings) { s.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	late, cancel := context.WithCancel(context.Background())
	cancel()
	for _, ctx := range []context.Context{late, late, context.Background(), context.Background()} {
		s.ready(ctx)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if gone, back := strings.Count(log.String(), `msg="not ready"`), strings.Count(log.String(), `msg="ready again"`); gone != 1 || back != 1 {
		t.Errorf("it told %d times and %d times:\n%s", gone, back, &log)
	}
}

func TestStoreThatFailsIsNotReadyAndTellsNothing(t *testing.T) {
	s, _ := running(t, nil)
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	response, err := http.Get(s.URL() + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	scraped, err := http.Get(s.URL() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer scraped.Body.Close()
	if metrics, _ := io.ReadAll(scraped.Body); !strings.Contains(string(metrics), "\nprovost_ready 0\n") {
		t.Error("the metrics do not say so")
	}
	const want = `{"status":"unavailable","store":"unavailable","issuers":[]}`
	if body, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusServiceUnavailable || string(body) != want+"\n" {
		t.Errorf("answered %d %q", response.StatusCode, body)
	}
}

func TestFailedStartLeavesNothingHeld(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	data := t.TempDir()
	settings := Settings{Development: true, Data: data, Database: sharedDatabase(t, data), Listen: taken.Addr().String(), Log: quiet}
	if s, err := Open(context.Background(), settings); err == nil {
		_ = s.Close()
		t.Fatal("two servers listen on one address")
	}
	s, _ := running(t, func(s *Settings) { s.Data = data })
	if s.DemoIsNew() {
		t.Error("the demo shop of the failed start was lost")
	}
}

func TestSlowHeadersAreNotWaitedForForEver(t *testing.T) {
	s, _ := running(t, nil)
	for _, p := range s.fronts[0].parts {
		h := p.http
		if h.ReadHeaderTimeout <= 0 || h.ReadTimeout <= 0 || h.WriteTimeout <= 0 || h.IdleTimeout <= 0 || h.ReadHeaderTimeout > time.Minute {
			t.Errorf("a connection can stay for ever: %+v", h)
		}
	}
}
