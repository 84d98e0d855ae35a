package e2e_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"provost/partnercenter/extension"
)

// operate runs a command with an operator key in its environment.
func operate(t *testing.T, key string, args ...string) outcome {
	t.Helper()
	cmd := command(t, args...)
	cmd.Env = append(cmd.Env, "PROVOST_OPERATOR_KEY="+key)
	return run(t, cmd)
}

// operated runs one that has to succeed, and reads its JSON.
func operated[T any](t *testing.T, key string, args ...string) T {
	t.Helper()
	got := operate(t, key, append(args, "-o", "json")...)
	var into T
	if got.code != 0 {
		t.Fatalf("provost %s ended with %d: %s", strings.Join(args, " "), got.code, got.stderr)
	}
	if got.stdout != "" {
		if err := json.Unmarshal([]byte(got.stdout), &into); err != nil {
			t.Fatalf("provost %s: %v in %q", strings.Join(args, " "), err, got.stdout)
		}
	}
	return into
}

// paste runs a line as the shell of an operator does who has a key.
func paste(t *testing.T, key, line string) outcome {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("no sh here to paste a command into")
	}
	cmd := command(t)
	cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", line}
	cmd.Env = append(cmd.Env, "PROVOST_OPERATOR_KEY="+key)
	return run(t, cmd)
}

// newOperatorKey makes a key in a database that nobody serves.
func newOperatorKey(t *testing.T, database, name string) string {
	t.Helper()
	got := run(t, command(t, "operator", "key", "create", name, "--database", database))
	if got.code != 0 || !regexp.MustCompile(`^provost_op_[0-9a-f]{12}_[0-9a-f]{64}\n$`).MatchString(got.stdout) {
		t.Fatalf("key create ended with %d: %q %q", got.code, got.stdout, got.stderr)
	}
	return strings.TrimSpace(got.stdout)
}

func operatorDoor(server *process) string {
	_, door, _ := strings.Cut(server.Banner, "Health and metrics on ")
	return strings.TrimSpace(door)
}

const adaID = "88c855f3-4105-4913-97df-b1a2a6efee9f"

// From a machine with nothing on it to a first 200: a key, a server behind
// another Provost's issuer, a world, a role.
func TestEmptyMachineBecomesAShopThatAnswers(t *testing.T) {
	issuer := start(t, "dev", "--memory", "--listen", "127.0.0.1:0")
	database := filepath.Join(t.TempDir(), "provost.db")
	key := newOperatorKey(t, database, "ann")
	server := start(t, "serve", "--database", database, "--issuer", issuer.URL+"/"+provider+"/",
		"--listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0")
	door := operatorDoor(server)
	if strings.Contains(server.Banner, "operator key create") {
		t.Errorf("with a key there it still says: %s", server.Banner)
	}
	if got := operate(t, key, "role", "list", "--operator", door); got.code != 2 || !strings.Contains(got.stderr, "provost world create --tenant GUID --kind production --operator "+door) {
		t.Errorf("without a world it ended with %d: %s", got.code, got.stderr)
	}

	world := operated[extension.World](t, key, "world", "create", "shop", "--tenant", provider, "--kind", "development", "--demo", "--operator", door)
	if world.Start == nil {
		t.Fatalf("made %+v", world)
	}
	status := server.URL + "/v1/customers/" + world.Start.Customer + "/subscriptions/" + world.Start.Subscription + "/provisioningstatus"
	bearer := token(t, issuer.URL)
	refused := get(t, status, bearer)
	if refused.status != http.StatusForbidden {
		t.Fatalf("before the role it answered %d %s", refused.status, refused.body)
	}

	// The refusal names the command, with everything filled in: it is pasted.
	_, cure, _ := strings.Cut(server.asked(refused.header.Get("Provost-Explain")), "this grants one: ")
	if !strings.Contains(cure, " role grant --operator "+door+" directory-reader --user "+adaID+" --customer "+world.Start.Customer) {
		t.Fatalf("the cure is %q", cure)
	}
	if got := paste(t, key, cure); got.code != 0 {
		t.Fatalf("%s ended with %d: %s", cure, got.code, got.stderr)
	}
	got := get(t, status, bearer)
	if want := `{"skuId":"6FD2C87F-B296-42F0-B197-1E91E994B900","status":"success","quantity":5,`; got.status != http.StatusOK || !strings.HasPrefix(got.body, want) {
		t.Fatalf("with the role it answered %d %s", got.status, got.body)
	}

	who := operated[extension.Standings](t, key, "who", world.Start.Customer, "--operator", door)
	if !slices.ContainsFunc(who.Items, func(s extension.Standing) bool { return s.User == adaID && len(s.Calls) == 1 && len(s.Why) == 2 }) {
		t.Errorf("who says %+v", who.Items)
	}

	revoked := time.Now()
	if got := paste(t, key, strings.Replace(cure, "role grant", "role revoke", 1)); got.code != 0 {
		t.Fatalf("revoking ended with %d: %s", got.code, got.stderr)
	}
	for get(t, status, bearer).status != http.StatusForbidden {
		if time.Since(revoked) > time.Second {
			t.Fatal("a second after its end the role still counts")
		}
		time.Sleep(10 * time.Millisecond)
	}
	log := operated[extension.OperatorLog](t, key, "operator", "log", "--operator", door)
	if len(log.Items) != 4 || log.Items[0].What != "revoke role" || log.Items[0].By != "ann" {
		t.Errorf("the log holds %+v", log.Items)
	}
}

func TestRevokingWhatWasNotGrantedIsTold(t *testing.T) {
	data := t.TempDir()
	start(t, "dev", "--data", data, "--listen", "127.0.0.1:0")
	for _, c := range []struct{ args, says string }{
		{"admin-agent --user 88c855f3-4105-4913-97df-b1a2a6efee9e", "Nothing changed: that role was not granted"}, // a slip in the last digit
		{"sales-agent --user ada@northlight.example", "Nothing changed"},
		{"admin-agent --user " + adaID + " --partner 624408d2-25d0-4d37-9514-ed2cd3572a05", "Nothing changed"}, // another partner's
		{"admin-agent --user " + strings.ToUpper(adaID), "Revoked.\n"},
		{"admin-agent --user ada@northlight.example", "Nothing changed"},
	} {
		got := operate(t, "", append([]string{"role", "revoke", "--data", data}, strings.Fields(c.args)...)...)
		if !strings.Contains(got.stdout+got.stderr, c.says) {
			t.Errorf("%s ended with %d: %s%s, want %s", c.args, got.code, got.stdout, got.stderr, c.says)
		}
	}
}

func TestServeWithoutAnOperatorsKeySaysHowOneIsMade(t *testing.T) {
	inAFile(t)
	database := filepath.Join(t.TempDir(), "new.db")
	server := start(t, "serve", "--database", database, "--issuer", "http://127.0.0.1:1/"+provider+"/",
		"--listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0")
	if want := "operator key create NAME --database " + database; !strings.Contains(server.Banner, want) {
		t.Errorf("it said %s, want %s", server.Banner, want)
	}
	got := run(t, command(t, "operator", "key", "create", "ann", "--database", database))
	if got.code == 0 || got.stdout != "" || !strings.Contains(got.stderr, "stop it") || !strings.Contains(got.stderr, "--operator") {
		t.Errorf("beside a server it ended with %d: %q %q", got.code, got.stdout, got.stderr)
	}
	got = run(t, command(t, "operator", "key", "create", "ann", "--database", filepath.Join("nowhere", "new.db")))
	if got.code == 0 || !strings.Contains(got.stderr, "does not exist: create it") || strings.Contains(got.stderr, "--operator") {
		t.Errorf("where there is no directory it ended with %d: %q %q", got.code, got.stdout, got.stderr)
	}
}

func TestOperatorsDoorOpensToItsKeysAlone(t *testing.T) {
	database := filepath.Join(t.TempDir(), "provost.db")
	key := newOperatorKey(t, database, "ann")
	server := start(t, "serve", "--database", database, "--issuer", "http://127.0.0.1:1/"+provider+"/",
		"--listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0")
	door := operatorDoor(server)
	if got := get(t, server.URL+"/operator/v1/worlds", key); got.status != http.StatusNotFound {
		t.Errorf("the API's listener answered %d %s", got.status, got.body)
	}
	if got := get(t, door+"/operator/v1/worlds", key); got.status != http.StatusOK {
		t.Errorf("the operator's listener answered %d %s", got.status, got.body)
	}
	if got := get(t, door+"/v1/customers", key); got.status != http.StatusNotFound {
		t.Errorf("the operator's listener has the API: %d %s", got.status, got.body)
	}

	second := run(t, withKey(t, key, "operator", "key", "create", "ci", "--operator", door))
	if second.code != 0 || strings.Count(second.stdout, "\n") != 1 {
		t.Fatalf("a second key ended with %d: %q %q", second.code, second.stdout, second.stderr)
	}
	ci := strings.TrimSpace(second.stdout)
	operated[extension.World](t, ci, "world", "create", "--tenant", provider, "--kind", "production", "--operator", door)
	wrong := ci[:len(ci)-4] + "0000"
	if got := operate(t, wrong, "world", "list", "--operator", door); got.code != 1 || !strings.Contains(got.stderr, "401") || !strings.Contains(got.stderr, "provost operator key create") {
		t.Errorf("a wrong key ended with %d: %s", got.code, got.stderr)
	}
	operated[any](t, key, "operator", "key", "revoke", "ci", "--operator", door)
	if got := get(t, door+"/operator/v1/worlds", ci); got.status != http.StatusUnauthorized {
		t.Errorf("a revoked key is answered %d", got.status)
	}
	if got := operate(t, "", "world", "list", "--operator", door); got.code != 2 || !strings.Contains(got.stderr, "PROVOST_OPERATOR_KEY") {
		t.Errorf("without a key it ended with %d: %s", got.code, got.stderr)
	}
	if got := operate(t, key, "world", "list", "--operator", server.URL); got.code != 1 || !strings.Contains(got.stderr, "--operator") {
		t.Errorf("at the wrong listener it ended with %d: %s", got.code, got.stderr)
	}
	if got := run(t, command(t, "mfa", "report", "--server", server.URL)); got.code != 2 || !strings.Contains(got.stderr, "no token is named in PROVOST_TOKEN, and the server at") {
		t.Errorf("without a token the report ended with %d: %s", got.code, got.stderr)
	}
	for where, text := range map[string]string{"the log": server.log.String(), "the banner": server.Banner} {
		for _, secret := range []string{key, ci, wrong} {
			if strings.Contains(text, secret[len(secret)-40:]) {
				t.Errorf("%s holds a key", where)
			}
		}
	}
}

func withKey(t *testing.T, key string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := command(t, args...)
	cmd.Env = append(cmd.Env, "PROVOST_OPERATOR_KEY="+key)
	return cmd
}

// What runs beside a provost dev needs neither a URL nor a key.
func TestOperatorsCommandsFindTheDevOfTheirDirectory(t *testing.T) {
	here := command(t, "dev", "--listen", "127.0.0.1:0")
	server := startCommand(t, here)
	inHere := func(args ...string) outcome {
		cmd := command(t, args...)
		cmd.Dir = here.Dir
		return run(t, cmd)
	}
	if got := inHere("world", "list"); got.code != 0 || !strings.Contains(got.stdout, "Northlight Cloud") {
		t.Errorf("in its directory it ended with %d: %q %q", got.code, got.stdout, got.stderr)
	}
	if got := run(t, command(t, "world", "show", "demo", "--data", filepath.Join(here.Dir, ".provost"))); got.code != 0 || !strings.Contains(got.stdout, provider) {
		t.Errorf("by its directory it ended with %d: %q %q", got.code, got.stdout, got.stderr)
	}
	if got := inHere("world", "create", "--tenant", provider, "--kind", "development"); got.code != 1 || !strings.Contains(got.stderr, "the provider of world demo") {
		t.Errorf("a taken tenant ended with %d: %s", got.code, got.stderr)
	}
	second := inHere("world", "create", "second", "--tenant", "5e7c4a0e-0d2b-4c39-8d1f-3f4f6a3f1d10", "--kind", "development", "--demo", "-o", "json")
	var world extension.World
	if err := json.Unmarshal([]byte(second.stdout), &world); err != nil || world.Start == nil {
		t.Fatalf("ended with %d: %q %q", second.code, second.stdout, second.stderr)
	}
	status := "/v1/customers/" + world.Start.Customer + "/subscriptions/" + world.Start.Subscription + "/provisioningstatus"
	if got := get(t, server.URL+status, token(t, server.URL, "--world", "second")); got.status != http.StatusOK {
		t.Errorf("the new shop answered %d %s", got.status, got.body)
	}
	if got := get(t, server.URL+status, token(t, server.URL, "--world", "demo")); got.status != http.StatusForbidden {
		t.Errorf("to another world it answered %d %s", got.status, got.body)
	}
	if runtime.GOOS == "windows" {
		return
	}
	kept, err := os.ReadDir(filepath.Join(here.Dir, ".provost"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range kept {
		if info, err := file.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("others can read %s (%v)", file.Name(), err)
		}
	}
}

// What a server or a command says to run works as it stands, wherever the server
// keeps its shop and listens.
func TestNamedCommandsWorkAsTheyStand(t *testing.T) {
	data := filepath.Join(t.TempDir(), "a shop")
	server := start(t, "dev", "--tls", "--listen", "127.0.0.1:0", "--data", data)
	trusted := trust(t, filepath.Join(data, "ca.pem"))
	explained := func(path, bearer, after string) string {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+bearer)
		response, err := trusted.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		_, line, _ := strings.Cut(response.Header.Get("Provost-Explain"), after)
		return line
	}
	for name, c := range map[string]struct{ path, bearer, after, does string }{
		"a token":     {"/v1/customers", "x", "one: ", "eyJ"},
		"a role":      {"/v1/customers", token(t, server.URL, "--ca", filepath.Join(data, "ca.pem"), "--user", "noor@northlight.example"), "grants one: ", "admin-agent"},
		"a key":       {"/operator/v1/worlds", "x", "make one: ", "provost_op_"},
		"its own key": {"/operator/v1/worlds/mars", ownKey(t, data), "all there are: ", "Northlight Cloud"},
	} {
		line := explained(c.path, c.bearer, c.after)
		if got := paste(t, "", line); got.code != 0 || !strings.Contains(got.stdout, c.does) {
			t.Errorf("%s: %s ended with %d: %q %s", name, line, got.code, got.stdout, got.stderr)
		}
	}
	server.kill()
	got := run(t, command(t, "world", "list", "--data", data))
	if want := "start it with: " + binary + " dev --data '" + data + "'"; got.code != 1 || !strings.Contains(got.stderr, want) {
		t.Errorf("once it is gone, a command ended with %d: %s; want %s", got.code, got.stderr, want)
	}
}

// ownKey is the one that a provost dev keeps in its data directory.
func ownKey(t *testing.T, data string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(data, extension.OperatorFile))
	var access extension.OperatorAccess
	if err == nil {
		err = json.Unmarshal(text, &access)
	}
	if err != nil {
		t.Fatal(err)
	}
	return access.Key
}

// What world create prints leads to a first answer behind an issuer elsewhere.
func TestNewDemoShopIsAskedAsItsCreationSays(t *testing.T) {
	issuer := start(t, "dev", "--memory", "--listen", "127.0.0.1:0")
	database := filepath.Join(t.TempDir(), "provost.db")
	key := newOperatorKey(t, database, "ann")
	server := start(t, "serve", "--database", database, "--issuer", issuer.URL+"/"+provider+"/",
		"--listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0")
	made := operate(t, key, "world", "create", "trial", "--tenant", provider, "--kind", "development", "--demo", "--operator", operatorDoor(server))
	lines := map[string]string{}
	for line := range strings.Lines(made.stdout) {
		name, rest, _ := strings.Cut(line, " ")
		lines[name] = strings.TrimSpace(rest)
	}
	if lines["Issuer"] != issuer.URL+"/"+provider+"/" || strings.Contains(made.stdout, "provost token") {
		t.Errorf("it printed %s", made.stdout)
	}
	if got := paste(t, key, strings.Replace(lines["Grant"], "OBJECT-ID", adaID, 1)); got.code != 0 {
		t.Fatalf("%s ended with %d: %s", lines["Grant"], got.code, got.stderr)
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl to paste the last line with")
	}
	got := paste(t, key, "TOKEN="+token(t, issuer.URL)+"; "+strings.Replace(lines["Ask"], "curl", "curl -s", 1))
	if got.code != 0 || !strings.HasPrefix(got.stdout, `{"skuId":"6FD2C87F-B296-42F0-B197-1E91E994B900","status":"success","quantity":5,`) {
		t.Errorf("%s ended with %d: %q %s", lines["Ask"], got.code, got.stdout, got.stderr)
	}
}

func TestOperatorsSlipsAreToldWithTheirCure(t *testing.T) {
	here := command(t, "dev", "--listen", "127.0.0.1:0")
	server := startCommand(t, here)
	const unknown = "provost_op_000000000000_0000000000000000000000000000000000000000000000000000000000000000"
	for name, c := range map[string]struct {
		key  string
		args []string
		code int
		says string
	}{
		"a word of a command":     {"", []string{"world", "lst"}, 2, "did you mean list or set?"},
		"a word of the report":    {"", []string{"mfa", "reprot"}, 2, "did you mean report?"},
		"no role":                 {"", []string{"role", "grant"}, 2, "was given none; its flags: " + binary + " role grant --help"},
		"two customers":           {"", []string{"who", "a", "b"}, 2, `was given "a" "b"`},
		"an unknown role":         {"", []string{"role", "list", "--role", "boss"}, 1, "helpdesk-agent"},
		"an unknown customer":     {"", []string{"role", "list", "--customer", "none"}, 1, "world demo has no customer none"},
		"a key of the past":       {unknown, []string{"world", "list", "--operator", server.URL}, 1, "the key that was shown is that of PROVOST_OPERATOR_KEY"},
		"https for http":          {unknown, []string{"world", "list", "--operator", strings.Replace(server.URL, "http:", "https:", 1)}, 1, "does it speak http?"},
		"a report of nobody":      {"", []string{"mfa", "report", "--server", "127.0.0.1:1"}, 1, "provost: no server answers at http://127.0.0.1:1"},
		"a role that nobody had":  {"", []string{"role", "revoke", "admin-agent", "--group", "g", "--world", "demo"}, 0, "What was: " + binary + " role list --world demo\n"},
		"an end of what was none": {"", []string{"relationship", "end", "baba9812-1316-443a-a13f-de7519ba2198", "--partner", "Brookside IT"}, 0, "Brookside IT is not reseller or delegated-admin of customer"},
	} {
		cmd := command(t, c.args...)
		cmd.Dir = here.Dir
		if c.key != "" {
			cmd.Env = append(cmd.Env, "PROVOST_OPERATOR_KEY="+c.key)
		}
		if got := run(t, cmd); got.code != c.code || !strings.Contains(got.stdout+got.stderr, c.says) {
			t.Errorf("%s: ended with %d: %q %q; want %d, %q", name, got.code, got.stdout, got.stderr, c.code, c.says)
		}
	}
}
