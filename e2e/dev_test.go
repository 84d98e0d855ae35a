package e2e_test

import (
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	documentsCustomer     = "/v1/customers/0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
	documentsSubscription = documentsCustomer + "/subscriptions/aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e"
	documentsStatus       = documentsSubscription + "/provisioningstatus"
	documentsOrderStatus  = documentsCustomer + "/orders/34828C05-C16C-4D6F-9CFC-4D2650EF19A1/provisioningstatus"

	provider = "1cb000fc-4a11-4fd3-a30d-65e5eccf7d56"
)

func TestCurlOfTheBannerAnswersWhenPasted(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil || runtime.GOOS == "windows" {
		t.Skip("no curl and sh here")
	}
	server := start(t, "dev", "--memory", "--listen", "127.0.0.1:0")
	var curl string
	for line := range strings.SplitSeq(server.Banner, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "curl ") {
			curl = strings.TrimSpace(line)
		}
	}
	out, err := exec.Command("sh", "-c", curl+` --silent --show-error --write-out '\n%{http_code}'`).CombinedOutput()
	body, status, _ := strings.Cut(string(out), "\n")
	if err != nil || status != "200" || !strings.Contains(body, `"status":"success"`) {
		t.Errorf("%s\nanswered %s (%v)\n%s", curl, out, err, server.log.String())
	}
	if !strings.Contains(server.Banner, "Invoke-RestMethod") || !strings.Contains(server.Banner, server.URL+"/docs") {
		t.Errorf("the banner leaves something out:\n%s", server.Banner)
	}
}

func TestMemoryIsGoneAtTheEnd(t *testing.T) {
	requireSignals(t)
	inAFile(t)
	tmp := t.TempDir()
	cmd := command(t, "dev", "--memory", "--listen", "127.0.0.1:0")
	cmd.Env = append(cmd.Env, "TMPDIR="+tmp)
	server := startCommand(t, cmd)
	if kept, _ := filepath.Glob(filepath.Join(tmp, "*", "provost.db")); len(kept) != 1 {
		t.Fatalf("the shop is not in the temporary directory: %v", kept)
	}
	_ = server.signal(os.Interrupt)
	if code := server.wait(t, 15*time.Second); code != 0 {
		t.Errorf("ended with %d\n%s", code, server.log.String())
	}
	if left, _ := os.ReadDir(tmp); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestDataDirectoryKeepsTheShopPrivately(t *testing.T) {
	inAFile(t)
	data := filepath.Join(t.TempDir(), ".provost")
	server := start(t, "dev", "--data", data, "--listen", "127.0.0.1:0")
	if !strings.Contains(server.Banner, "new demo shop") || !strings.Contains(server.Banner, data) {
		t.Errorf("the banner does not say where the new shop lies:\n%s", server.Banner)
	}
	for _, name := range []string{"provost.db", "authority.key", "seal.key", ".gitignore"} {
		info, err := os.Stat(filepath.Join(data, name))
		if err != nil {
			t.Error(err)
		} else if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
	if info, err := os.Stat(data); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("the directory's mode is %v (%v)", info.Mode(), err)
	}
}

func TestSecondServerOnTheSameDataRefuses(t *testing.T) {
	inAFile(t)
	data := t.TempDir()
	start(t, "dev", "--data", data, "--listen", "127.0.0.1:0")
	second := run(t, command(t, "dev", "--data", data, "--listen", "127.0.0.1:0"))
	if second.code == 0 || second.stdout != "" || !strings.Contains(second.stderr, "another provost is at work in "+data) {
		t.Errorf("the second ended with %d: %q %q", second.code, second.stdout, second.stderr)
	}
}

func TestTakenPortIsExplained(t *testing.T) {
	server := start(t, "dev", "--memory", "--listen", "127.0.0.1:0")
	second := run(t, command(t, "dev", "--memory", "--listen", strings.TrimPrefix(server.URL, "http://")))
	if second.code == 0 || !strings.Contains(second.stderr, "--listen") || !strings.Contains(second.stderr, "another program listens there") {
		t.Errorf("the second ended with %d: %q", second.code, second.stderr)
	}
}

func TestListeningBeyondThisMachineIsRefusedUnlessAllowed(t *testing.T) {
	refused := run(t, command(t, "dev", "--memory", "--listen", "0.0.0.0:0"))
	if refused.code != 2 || !strings.Contains(refused.stderr, "--allow-remote") {
		t.Errorf("ended with %d: %q", refused.code, refused.stderr)
	}
	server := start(t, "dev", "--memory", "--listen", "0.0.0.0:0", "--allow-remote", "--allow-host", "shop.example")
	eventually(t, "the log warns", func() bool { return strings.Contains(server.log.String(), "beyond this machine") })
	for host, want := range map[string]int{"shop.example": 200, "evil.example": 403} {
		if got := get(t, server.URL+"/healthz", "", func(r *http.Request) { r.Host = host }); got.status != want {
			t.Errorf("as %s it answered %d, want %d", host, got.status, want)
		}
	}
}

func TestForeignPagesAreKeptOut(t *testing.T) {
	server := start(t, "dev", "--memory", "--listen", "127.0.0.1:0")
	bearer := token(t, server.URL)
	for name, c := range map[string]struct {
		edit func(*http.Request)
		want int
	}{
		"own name":          {func(*http.Request) {}, 200},
		"localhost":         {func(r *http.Request) { r.Host = "localhost:4177" }, 200},
		"foreign Host":      {func(r *http.Request) { r.Host = "evil.example" }, 403},
		"foreign Origin":    {func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, 403},
		"null Origin":       {func(r *http.Request) { r.Header.Set("Origin", "null") }, 403},
		"own Origin":        {func(r *http.Request) { r.Header.Set("Origin", server.URL) }, 200},
		"preflight":         {func(r *http.Request) { r.Method = "OPTIONS" }, 405},
		"foreign preflight": {func(r *http.Request) { r.Method = "OPTIONS"; r.Header.Set("Origin", "https://evil.example") }, 403},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{documentsStatus, "/provost/v1/accounts"} {
				got := get(t, server.URL+path, bearer, c.edit)
				if got.status != c.want {
					t.Errorf("%s answered %d, want %d: %s", path, got.status, c.want, got.body)
				}
				for name := range got.header {
					if strings.HasPrefix(name, "Access-Control-") {
						t.Errorf("%s sent %s", path, name)
					}
				}
			}
		})
	}
}

func TestKilledServerLosesNothing(t *testing.T) {
	data, address := t.TempDir(), freeAddress(t)
	args := []string{"dev", "--data", data, "--listen", address}
	for {
		tick := time.Now().Truncate(15 * time.Minute)
		server := start(t, args...)
		bearer := token(t, server.URL)
		refresh := refreshToken(t, server.URL)
		before := crawl(t, server.URL, bearer)
		server.kill()

		server = start(t, args...)
		if strings.Contains(server.Banner, "new demo shop") {
			t.Error("the demo shop was made anew")
		}
		after := crawl(t, server.URL, redeem(t, server.URL, refresh))
		server.kill()
		if time.Now().Truncate(15 * time.Minute).After(tick) {
			continue // a refresh passed in between: views may rightly differ
		}
		if len(before) < 100 {
			t.Errorf("the demo shop has %d answers only", len(before))
		}
		for path, answer := range before {
			if after[path] != answer {
				t.Errorf("%s\nanswered %s\nbefore   %s", path, after[path], answer)
			}
		}
		return
	}
}

// crawl asks for everything that the caller can find, from the customers down.
func crawl(t *testing.T, url, bearer string) map[string]string {
	t.Helper()
	found := map[string]string{}
	ask := func(path string) string {
		a := get(t, url+path, bearer)
		if a.status != http.StatusOK && a.status != http.StatusNotFound {
			t.Fatalf("%s answered %d: %s", path, a.status, a.body)
		}
		found[path] = a.body
		return a.body
	}
	for _, customer := range ids(t, ask("/v1/customers")) {
		base := "/v1/customers/" + customer
		ask(base)
		for _, kind := range []string{"subscriptions", "orders"} {
			for _, id := range ids(t, ask(base+"/"+kind)) {
				ask(base + "/" + kind + "/" + id)
				ask(base + "/" + kind + "/" + id + "/provisioningstatus")
			}
		}
	}
	return found
}

func ids(t *testing.T, body string) []string {
	t.Helper()
	var page struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	if err := json.Unmarshal([]byte(body), &page); err != nil {
		t.Fatalf("%v in %.200s", err, body)
	}
	var all []string
	for _, item := range page.Items {
		all = append(all, item.ID)
	}
	return all
}

func TestStopLetsARequestFinish(t *testing.T) {
	requireSignals(t)
	ofOneServer(t, "its listener, which closes before its last answer")
	server := start(t, "dev", "--memory", "--listen", "127.0.0.1:0")
	c := inFlight(t, server)
	if err := server.signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	select {
	case <-server.ended:
		t.Fatalf("the server did not wait for the request\n%s", server.log.String())
	default:
	}
	if _, err := tryGet(server.URL+"/healthz", ""); err == nil {
		t.Error("a stopping server takes new callers")
	}
	if _, err := c.Write([]byte("{}")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 64)
	n, err := c.Read(buf)
	if err != nil || !strings.HasPrefix(string(buf[:n]), "HTTP/1.1 200") {
		t.Errorf("answered %q (%v)", buf[:n], err)
	}
	if code := server.wait(t, 10*time.Second); code != 0 {
		t.Errorf("ended with %d\n%s", code, server.log.String())
	}
}

func TestSecondSignalStopsAtOnce(t *testing.T) {
	requireSignals(t)
	inAFile(t)
	tmp := t.TempDir()
	cmd := command(t, "dev", "--memory", "--listen", "127.0.0.1:0")
	cmd.Env = append(cmd.Env, "TMPDIR="+tmp)
	server := startCommand(t, cmd)
	inFlight(t, server)
	for range 2 {
		_ = server.signal(os.Interrupt)
		time.Sleep(500 * time.Millisecond)
	}
	if code := server.wait(t, 3*time.Second); code == 0 {
		t.Error("it ended as if the request had finished")
	}
	if left, _ := filepath.Glob(filepath.Join(tmp, "*")); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

// timeout(1) and a terminal both signal the process and its group: that is one
// wish, told twice.
func TestTheSameSignalTwiceIsOneWish(t *testing.T) {
	requireSignals(t)
	server := start(t, "dev", "--memory", "--listen", "127.0.0.1:0")
	for range 2 {
		_ = server.signal(os.Interrupt)
	}
	if code := server.wait(t, 10*time.Second); code != 0 {
		t.Errorf("ended with %d\n%s", code, server.log.String())
	}
}

func TestClosingTheTerminalLeavesNothingBehind(t *testing.T) {
	requireSignals(t)
	inAFile(t)
	tmp := t.TempDir()
	cmd := command(t, "dev", "--memory", "--listen", "127.0.0.1:0")
	cmd.Env = append(cmd.Env, "TMPDIR="+tmp)
	server := startCommand(t, cmd)
	_ = server.signal(syscall.SIGHUP)
	code := server.wait(t, 10*time.Second)
	if left, _ := filepath.Glob(filepath.Join(tmp, "*")); code != 0 || len(left) > 0 {
		t.Errorf("ended with %d, and %v is left", code, left)
	}
}

// inFlight begins a request and waits until the server waits for its body.
func inFlight(t *testing.T, server *process) net.Conn {
	t.Helper()
	bearer := token(t, server.URL)
	c, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := c.Write([]byte("GET " + documentsStatus + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + bearer +
		"\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	return c
}

func TestServerStartsQuickly(t *testing.T) {
	data, address := t.TempDir(), freeAddress(t)
	args := []string{"dev", "--data", data, "--listen", address}
	server := start(t, args...)
	bearer := token(t, server.URL)
	server.kill()
	var took []time.Duration
	for range 7 {
		cmd := command(t, args...)
		begun := time.Now()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var got answer
		for got.status != http.StatusOK && time.Since(begun) < startTime {
			got, _ = tryGet("http://"+address+documentsStatus, bearer)
		}
		took = append(took, time.Since(begun))
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if got.status != http.StatusOK {
			t.Fatalf("never answered 200: %+v", got)
		}
	}
	slices.Sort(took)
	t.Logf("start to first 200 on an existing database: median %v, worst %v", took[len(took)/2], took[len(took)-1])
}

func TestLogNeverHoldsAToken(t *testing.T) {
	server := start(t, "dev", "--memory", "--listen", "127.0.0.1:0", "--log-level", "debug")
	bearer := token(t, server.URL)
	get(t, server.URL+documentsStatus, bearer)
	get(t, server.URL+documentsStatus, bearer+"x")
	get(t, server.URL+"/v1/nothing?access_token="+bearer, bearer)
	log := server.log.String()
	signature := bearer[strings.LastIndex(bearer, ".")+1:]
	if strings.Contains(log, signature) || strings.Contains(log, "provost-demo") {
		t.Error("the log holds a token or a secret")
	}
	lines := strings.Split(strings.TrimSpace(log), "\n")
	for _, line := range lines {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON, though nobody looks at it: %s", line)
		}
	}
	if len(lines) < 4 {
		t.Errorf("%d lines only:\n%s", len(lines), log)
	}
}

func requireSignals(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("no signals here")
	}
}
