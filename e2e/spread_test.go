package e2e_test

import (
	"bytes"
	"errors"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const (
	// serversVariable names how many servers over one database stand for each one
	// that a test starts, with requests spread at random over them.
	serversVariable = "PROVOST_TEST_SERVERS"
	// readCacheVariable names the --read-cache of each, 0 without it.
	readCacheVariable = "PROVOST_TEST_READ_CACHE"
)

// servers is 1 where each stands for itself.
var servers = max(1, number(serversVariable))

// unseen is how long a server may not see what another has written.
var unseen = time.Second * time.Duration(min(1, number(readCacheVariable)))

func number(variable string) int {
	n, err := strconv.Atoi(os.Getenv(variable))
	if os.Getenv(variable) != "" && (err != nil || n < 0) {
		panic(variable + " is no number")
	}
	if variable == serversVariable && n > 1 && !onPostgres {
		panic("several servers need a PostgreSQL to share: name one in PROVOST_TEST_POSTGRES")
	}
	return n
}

// ofOneServer skips a test of what only a single process has.
func ofOneServer(t *testing.T, what string) {
	t.Helper()
	if servers > 1 {
		t.Skip("one server is asked, not " + strconv.Itoa(servers) + ": it is about " + what)
	}
}

// startSeveral starts servers over one database, all at once, and gives them the
// looks of the one that was asked for.
func startSeveral(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{cmd: cmd, log: &lockedBuffer{}, ended: make(chan struct{})}
	api := newFront(t, cmd.Args, "--listen")
	p.fronts = append(p.fronts, api)
	args := append(shared(t, cmd), "--listen", api.member(), "--read-cache", strconv.Itoa(number(readCacheVariable)))
	if !slices.Contains(args, "--public-url") {
		args = append(args, "--public-url", api.url())
	}
	if args[0] == "serve" {
		operator := newFront(t, cmd.Args, "--operator-listen")
		operator.secret = false // on this machine it speaks plain http
		p.fronts = append(p.fronts, operator)
		args = append(args, "--operator-listen", operator.member())
	}
	for range servers {
		member := exec.Command(cmd.Path, args...)
		member.Dir, member.Env = cmd.Dir, cmd.Env
		p.members = append(p.members, begin(t, member, p.log))
	}
	var failures []error
	for _, m := range p.members {
		failures = append(failures, m.await())
	}
	t.Cleanup(p.kill)
	if err := errors.Join(failures...); err != nil {
		t.Fatal(err)
	}
	p.present(t)
	return p
}

// shared is a command line with a directory for all of a memory of its own.
func shared(t *testing.T, cmd *exec.Cmd) []string {
	t.Helper()
	args := slices.Clone(cmd.Args[1:])
	if i := slices.Index(args, "--memory"); i >= 0 {
		return append(slices.Delete(args, i, i+1), "--data", t.TempDir())
	}
	file := ""
	if i := slices.Index(args, "--config"); i >= 0 {
		file = args[i+1]
	}
	for _, variable := range cmd.Env {
		if name, value, _ := strings.Cut(variable, "="); name == "PROVOST_CONFIG" {
			file = value
		}
	}
	if text, err := os.ReadFile(file); err == nil && strings.Contains(string(text), "memory: true") {
		return append(args, "--data", t.TempDir())
	}
	return args
}

// present opens the fronts, and says what one server would have said of them.
func (p *process) present(t *testing.T) {
	t.Helper()
	p.Banner = p.members[0].Banner
	for i, f := range p.fronts {
		for _, m := range p.members {
			url := m.URL
			if i > 0 {
				url = operatorURL(m)
			}
			f.behind = append(f.behind, url[strings.LastIndex(url, "/")+1:])
		}
		p.Banner = strings.ReplaceAll(p.Banner, f.behind[0], f.on.Addr().String())
		go f.serve()
	}
	p.URL = urlOf(p.Banner)
	go func() {
		for _, m := range p.members {
			<-m.ended
			p.err = errors.Join(p.err, m.err)
		}
		for _, f := range p.fronts {
			f.close()
		}
		close(p.ended)
	}()
}

// asked is a text with the servers that it names as callers know them.
func (p *process) asked(text string) string {
	for _, f := range p.fronts {
		for _, member := range f.behind {
			text = strings.ReplaceAll(text, member, f.on.Addr().String())
		}
	}
	return text
}

// front takes the calls of one address and hands each to one of several servers.
type front struct {
	on net.Listener
	// secret says that it cannot read what it hands on: then it spreads
	// connections.
	secret bool
	behind []string
	// calls serve those that it can read.
	calls http.Server
	// written is when the last write was answered.
	written atomic.Int64
}

func newFront(t *testing.T, args []string, flag string) *front {
	t.Helper()
	address := "127.0.0.1:0"
	if i := slices.Index(args, flag); i > 0 && i+1 < len(args) {
		address = args[i+1]
	}
	on, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return &front{on: on, secret: slices.Contains(args, "--tls") || slices.Contains(args, "--tls-cert")}
}

func (f *front) url() string {
	if f.secret {
		return "https://" + f.on.Addr().String()
	}
	return "http://" + f.on.Addr().String()
}

// member is the address of a server behind it: as open as its own.
func (f *front) member() string {
	host, _, _ := net.SplitHostPort(f.on.Addr().String())
	return net.JoinHostPort(host, "0")
}

func (f *front) any() string { return f.behind[rand.IntN(len(f.behind))] }

func (f *front) serve() {
	if f.secret {
		f.splice()
		return
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", f.taker(r.Out)
		},
		Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16},
		FlushInterval: -1,
		ErrorLog:      log.New(io.Discard, "", 0),
	}
	f.calls.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			time.Sleep(time.Until(time.Unix(0, f.written.Load()).Add(unseen)))
		} else {
			defer func() { f.written.Store(time.Now().UnixNano()) }()
		}
		proxy.ServeHTTP(w, r)
	})
	_ = f.calls.Serve(f.on)
}

// close ends the calls under way, too.
func (f *front) close() {
	_ = f.on.Close()
	_ = f.calls.Close()
}

// taker chooses who takes a call. The issuer of provost dev keeps what a sign-in
// is about for its minutes in memory: its steps go to one server.
func (f *front) taker(r *http.Request) string {
	switch step := path.Base(r.URL.Path); step {
	case "authorize", "devicecode", "deviceauth", "device":
		return f.behind[0]
	case "token":
		if r.Body == nil {
			break
		}
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if form, err := url.ParseQuery(string(body)); err == nil && strings.HasSuffix(form.Get("grant_type"), "_code") {
			return f.behind[0]
		}
	}
	return f.any()
}

func (f *front) splice() {
	for {
		in, err := f.on.Accept()
		if err != nil {
			return
		}
		go func() {
			defer in.Close()
			out, err := net.Dial("tcp", f.any())
			if err != nil {
				return
			}
			defer out.Close()
			go func() {
				_, _ = io.Copy(out, in)
				_ = out.(*net.TCPConn).CloseWrite()
			}()
			_, _ = io.Copy(in, out)
		}()
	}
}
