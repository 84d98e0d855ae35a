package e2e_test

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

const demoApp = "199044aa-0019-4213-9c14-cbd49666a53f"

// away is a shell whose server no command finds but through a profile.
func away(t *testing.T) (shell, string) {
	t.Helper()
	s := newShell(t)
	dir := t.TempDir()
	s.env = []string{"PROVOST_CONFIG_DIR=" + dir, "PROVOST_CLIENT_SECRET=provost-demo"}
	return s, filepath.Join(dir, "profiles.json")
}

type kept struct {
	Current  string
	Profiles map[string]map[string]any
}

func profilesIn(t *testing.T, file string) kept {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var k kept
	if err := json.Unmarshal(text, &k); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the profiles: %v %v", info.Mode(), err)
	}
	return k
}

func keep(t *testing.T, file string, k kept) {
	t.Helper()
	text, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s shell) app(args ...string) []string {
	return append(args, "--api", s.server.URL, "--tenant", provider, "--client-id", demoApp)
}

var (
	userCode = regexp.MustCompile(`Open (\S+) in a browser, and enter the code (\S+)`)
	signInAt = regexp.MustCompile(`(?m)^(http\S+)$`)
)

// prompted runs a login, and does what it asks a person to do.
func (s shell) prompted(prompt *regexp.Regexp, do func(person, []string), args ...string) {
	s.t.Helper()
	cmd := s.command(args...)
	cmd.Env = append(cmd.Env, "BROWSER=true")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	timer := time.AfterFunc(startTime, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	said, buffer := "", make([]byte, 4096)
	for asked := false; ; {
		n, err := stderr.Read(buffer)
		said += string(buffer[:n])
		if found := prompt.FindStringSubmatch(said); found != nil && !asked {
			asked = true
			do(newPerson(s.t), found)
		}
		if err != nil {
			if err != io.EOF {
				s.t.Error(err)
			}
			break
		}
	}
	if err := cmd.Wait(); err != nil {
		s.t.Fatalf("provost %s: %v\n%s", strings.Join(args, " "), err, said)
	}
}

func TestLoginByDeviceCodeKeepsAProfileThatRenewsItself(t *testing.T) {
	s, file := away(t)
	s.prompted(userCode, func(p person, found []string) { p.approve(found[1], found[2]) }, s.app("login", "work", "--device")...)
	before := profilesIn(t, file)
	work := before.Profiles["work"]
	if before.Current != "work" || work["kind"] != "device" || work["refreshToken"] == nil || work["accessToken"] == nil {
		t.Fatalf("kept: %v", before)
	}
	if got := s.ok("subscriptions", "status", "0c39", "aaaa"); !strings.Contains(got, "success") {
		t.Errorf("signed in, the status is %s", got)
	}
	s.ok("doctor")
	if now := profilesIn(t, file); now.Profiles["work"]["refreshToken"] != work["refreshToken"] {
		t.Error("a token that is good for an hour was exchanged")
	}

	// Eight commands find the same expired token: each has its answer, though a
	// refresh token can be exchanged once.
	work["expires"] = time.Now().Add(-time.Hour).Format(time.RFC3339)
	keep(t, file, before)
	ends := make(chan outcome, 8)
	for range cap(ends) {
		cmd := s.command("customers", "list", "-o", "name")
		go func() { ends <- run(t, cmd) }()
	}
	for range cap(ends) {
		if got := <-ends; got.code != 0 {
			t.Errorf("one of eight: %d %s", got.code, got.stderr)
		}
	}
	now := profilesIn(t, file)
	if now.Profiles["work"]["refreshToken"] == work["refreshToken"] {
		t.Error("the refresh token was not exchanged, or the new one not kept")
	}

	// An access token that is kept, and not accepted any more, is renewed at once.
	now.Profiles["work"]["accessToken"] = now.Profiles["work"]["accessToken"].(string)[:40] + "x.y.z"
	keep(t, file, now)
	if got := s.run("customers", "list", "-o", "name"); got.code != 0 {
		t.Errorf("with a refused token: %d %s", got.code, got.stderr)
	}

	// An issuer that is away is not the service.
	now.Profiles["work"]["expires"], now.Profiles["work"]["authority"] = "2020-01-01T00:00:00Z", "http://127.0.0.1:1"
	keep(t, file, now)
	for _, args := range [][]string{{"customers", "list"}, {"clock", "show"}, {"doctor"}} {
		if got := s.run(args...); got.code != 1 || !strings.Contains(got.stderr, "the issuer at http://127.0.0.1:1 does not answer") || strings.Contains(got.stderr, "no server answers at "+s.server.URL) {
			t.Errorf("without the issuer, %v: %d %s", args, got.code, got.stderr)
		}
	}

	// One whose refresh token has been spent by somebody else says what to do.
	before.Profiles["work"]["accessToken"] = ""
	keep(t, file, before)
	if got := s.run("customers", "list"); got.code != 2 || !strings.HasPrefix(got.stderr, "provost: the issuer does not accept") || !strings.Contains(got.stderr, binary+" login work\n") || strings.Contains(got.stderr, "Trace ID") || strings.Contains(got.stderr, work["refreshToken"].(string)) {
		t.Errorf("with a spent token: %d %s", got.code, got.stderr)
	}
}

func TestLoginByBrowserSecretAndDev(t *testing.T) {
	s, file := away(t)
	s.prompted(signInAt, func(p person, found []string) { go p.visit(p.signIn(found[1])) }, s.app("login", "--browser")...)
	s.ok(s.app("login", "ci", "--client-secret")...)
	s.ok("login", "sally", "--dev", "--server", s.server.URL, "--role", "sales-agent")
	if k := profilesIn(t, file); k.Current != "sally" || len(k.Profiles) != 3 || k.Profiles["ci"]["clientSecret"] != "provost-demo" {
		t.Errorf("kept: %v", k)
	}
	for profile, code := range map[string]string{"default": "", "ci": "900329", "sally": "900308"} {
		got := s.run("subscriptions", "status", books, "aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e", "--profile", profile)
		if code == "" && got.code != 0 || code != "" && (!strings.Contains(got.stderr, "code "+code) || !strings.Contains(got.stderr, "profile      "+profile+"\n")) {
			t.Errorf("as %s: %d %s", profile, got.code, got.stderr)
		}
	}
	if got := s.ok("profiles"); !strings.Contains(got, "sally    *        dev") || !strings.Contains(got, "role sales-agent") || strings.Contains(got, "provost-demo") {
		t.Errorf("the profiles: %s", got)
	}
	s.ok("profiles", "default")
	if got := s.ok("subscriptions", "status", "0c39", "aaaa"); !strings.Contains(got, "success") {
		t.Errorf("the current one: %s", got)
	}
	named := s
	named.env = append(s.env[:len(s.env):len(s.env)], "PROVOST_LOGIN=ci")
	if got := named.run("orders", "status", books, "34828C05-C16C-4D6F-9CFC-4D2650EF19A1"); !strings.Contains(got.stderr, "900329") {
		t.Errorf("named by the environment: %d %s", got.code, got.stderr)
	}
	if got := s.ok("token", "--profile", "sally"); strings.Count(got, ".") != 2 {
		t.Errorf("a profile's token: %q", got)
	}
	if got := s.ok("clock", "show"); !strings.Contains(got, "demo, development") {
		t.Errorf("the clock: %s", got)
	}
	s.ok("logout", "default")
	if got := s.run("customers", "list", "--profile", "default"); got.code != 2 || !strings.Contains(got.stderr, "there are: ci, sally") {
		t.Errorf("after the logout: %d %s", got.code, got.stderr)
	}
	if text, err := os.ReadFile(file); err != nil || strings.Contains(string(text), "refreshToken") {
		t.Errorf("a forgotten token is still there: %s %v", text, err)
	}
	s.ok("logout", "--all")
	if got := s.run("logout"); got.code != 2 || !strings.Contains(got.stderr, "no profile to forget") {
		t.Errorf("a logout of nobody: %d %s", got.code, got.stderr)
	}
}

// A profile's token is for its own service: a server that is named beside it gets
// that of its own issuer, or none.
func TestTokenOfAProfileGoesToItsOwnServiceAlone(t *testing.T) {
	s, _ := away(t)
	s.ok(s.app("login", "work", "--client-secret")...)
	other := start(t, "dev", "--memory", "--listen", "127.0.0.1:0")
	if got := s.ok("doctor", "--server", other.URL, "-o", "json"); !strings.Contains(got, "tokens of the provost dev at "+other.URL) {
		t.Errorf("at another server: %s", got)
	}
	if got := s.run("customers", "list", "--profile", "work", "--server", other.URL); got.code != 2 {
		t.Errorf("both are named: %d %s", got.code, got.stderr)
	}
}

func TestDoctorSaysWhatIsInTheWay(t *testing.T) {
	s := newShell(t)
	healthy := s.ok("doctor")
	for _, want := range []string{"ok    kind      App+User\n", "ok    factors   with multifactor", "ok    roles     admin-agent", "ok    clock", "yes  GET …/orders/{order}/provisioningstatus"} {
		if !strings.Contains(healthy, want) {
			t.Errorf("it says %s, want %q", healthy, want)
		}
	}
	as := func(args ...string) outcome {
		with := s
		with.env = append(s.env[:len(s.env):len(s.env)], "PROVOST_TOKEN="+token(t, s.server.URL, args...))
		return with.run("doctor")
	}
	if got := as("--app-only"); got.code != 0 || !strings.Contains(got.stdout, "look  kind      app-only") || !strings.Contains(got.stdout, "no   GET …/subscriptions/{subscription}/provisioningstatus  900329") {
		t.Errorf("app-only: %d %s", got.code, got.stdout)
	}
	if got := as("--no-mfa"); got.code != 0 || !strings.Contains(got.stdout, "look  factors") || !strings.Contains(got.stdout, "no         GET /v1/customers    ") || !strings.Contains(got.stdout, "900421") {
		t.Errorf("without a second factor: %d %s", got.code, got.stdout)
	}
	if got := as("--expired"); got.code != 1 || !strings.Contains(got.stdout, "BAD   expiry    expired 1h0") {
		t.Errorf("expired: %d %s %s", got.code, got.stdout, got.stderr)
	}
	s.server.kill()
	if got := s.run("doctor"); got.code != 1 || !strings.Contains(got.stdout, "BAD   token") || !strings.Contains(got.stdout, "no server answers") {
		t.Errorf("without a server: %d %s", got.code, got.stdout)
	}
}

func TestLoginThatFailsSaysWhatToTry(t *testing.T) {
	s, file := away(t)
	s.ok("login", "ci", "--client-secret", "--api", strings.TrimPrefix(s.server.URL, "http://"), "--tenant", provider, "--client-id", demoApp)
	if k := profilesIn(t, file); k.Profiles["ci"]["api"] != s.server.URL {
		t.Errorf("an address without its beginning is kept as %v", k)
	}
	wrong := s
	wrong.env = append(s.env[:len(s.env):len(s.env)], "PROVOST_CLIENT_SECRET=not-this-one")
	if got := wrong.run(s.app("login", "ci", "--client-secret")...); got.code != 1 || !strings.Contains(got.stderr, "\n  code         401 Unauthorized, invalid_client\n  try ") ||
		!strings.Contains(got.stderr, "\n  correlation  ") || strings.Contains(got.stderr, "Trace ID") || strings.Contains(got.stderr, "not-this-one") {
		t.Errorf("with a wrong secret: %d %s", got.code, got.stderr)
	}
	if k := profilesIn(t, file); k.Profiles["ci"]["clientSecret"] != "provost-demo" {
		t.Errorf("what worked was overwritten: %v", k)
	}
	s.server.kill()
	if got := s.run(s.app("login", "ci", "--client-secret")...); got.code != 1 || !strings.Contains(got.stderr, "no server answers at "+s.server.URL) {
		t.Errorf("at a server that has gone: %d %s", got.code, got.stderr)
	}
}
