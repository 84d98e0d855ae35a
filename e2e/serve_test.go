package e2e_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestServeSaysAllThatIsMissing(t *testing.T) {
	got := run(t, command(t, "serve"))
	if got.code != 2 || got.stdout != "" {
		t.Errorf("ended with %d: %q", got.code, got.stdout)
	}
	for _, word := range []string{"--database", "PROVOST_DATABASE", "--issuer", "PROVOST_ISSUER"} {
		if !strings.Contains(got.stderr, word) {
			t.Errorf("the refusal does not name %s: %s", word, got.stderr)
		}
	}
}

func TestServeRefusesWhatIsUnsafe(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"plain http":  {[]string{"--database", "x.db", "--issuer", "http://login.example/" + provider + "/"}, "use https"},
		"mysql":       {[]string{"--database", "mysql://db/x", "--issuer", "https://login.example/" + provider}, "name a file for SQLite"},
		"no tenant":   {[]string{"--database", "x.db", "--issuer", "https://login.example/realms/shop"}, "--tenant"},
		"bad listen":  {[]string{"--database", "x.db", "--issuer", "https://login.example/" + provider, "--listen", "4177"}, "--listen"},
		"bad flag":    {[]string{"--databse", "x.db"}, "--databse"},
		"an argument": {[]string{"x.db"}, "takes no arguments"},
		"bad level":   {[]string{"--log-level", "loud"}, "debug, info, warn"},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, command(t, append([]string{"serve"}, c.args...)...))
			if got.code != 2 || !strings.Contains(got.stderr, c.says) {
				t.Errorf("ended with %d: %q; want %q", got.code, got.stderr, c.says)
			}
		})
	}
}

func TestServeTakesTheTokensOfItsIssuerAndHandsOutNone(t *testing.T) {
	requireSignals(t)
	data, address := t.TempDir(), freeAddress(t)
	issuer := start(t, "dev", "--data", data, "--listen", address)
	_ = issuer.signal(os.Interrupt)
	if code := issuer.wait(t, 15*time.Second); code != 0 {
		t.Fatalf("dev ended with %d\n%s", code, issuer.log.String())
	}
	database := copyOfShop(t, data)
	issuer = start(t, "dev", "--data", data, "--listen", address)
	bearer := token(t, issuer.URL)

	server := start(t, "serve", "--database", database, "--issuer", issuer.URL+"/"+provider+"/",
		"--listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0")
	want := get(t, issuer.URL+documentsStatus, bearer)
	if got := get(t, server.URL+documentsStatus, bearer); got.status != http.StatusOK || got.body != want.body {
		t.Errorf("answered %d %s, want %s\n%s", got.status, got.body, want.body, server.log.String())
	}
	if got := get(t, server.URL+documentsStatus, ""); got.status != http.StatusUnauthorized || got.header.Get("Provost-Explain") != "" {
		t.Errorf("without a token it answered %d, %q", got.status, got.header.Get("Provost-Explain"))
	}
	stranger := token(t, issuer.URL, "--role", "reseller")
	if got := get(t, server.URL+documentsStatus, stranger); got.status != http.StatusUnauthorized {
		t.Errorf("to a tenant that the issuer does not speak for it answered %d", got.status)
	}
	for _, path := range []string{"/" + provider + "/oauth2/token", "/" + provider + "/.well-known/openid-configuration",
		"/provost/v1/accounts", "/healthz", "/metrics"} {
		if got := get(t, server.URL+path, ""); got.status != http.StatusNotFound {
			t.Errorf("%s answered %d", path, got.status)
		}
	}
	checkOperatorDoor(t, server)
	if got := run(t, command(t, "token", "--server", server.URL)); got.code == 0 || !strings.Contains(got.stderr, "hands out no tokens") {
		t.Errorf("token ended with %d: %q", got.code, got.stderr)
	}
}

func TestServeBehindASecondProvostThatIsDescribedInAFile(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("the system keeps its own list of authorities")
	}
	requireSignals(t)
	data, address := t.TempDir(), freeAddress(t)
	issuer := start(t, "dev", "--tls", "--data", data, "--listen", address)
	_ = issuer.signal(os.Interrupt)
	issuer.wait(t, 15*time.Second)
	serve := func(text string) *process {
		t.Helper()
		database := copyOfShop(t, data)
		file := filepath.Join(t.TempDir(), "provost.yaml")
		if err := os.WriteFile(file, []byte("listen: 127.0.0.1:0\noperator-listen: 127.0.0.1:0\ndatabase: "+database+"\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := command(t, "serve", "--config", file)
		cmd.Env = append(cmd.Env, "SSL_CERT_FILE="+filepath.Join(data, "ca.pem"))
		return startCommand(t, cmd)
	}
	const described = "issuers:\n" +
		"  - url: https://ADDRESS/" + provider + "/\n" +
		"    tenants: [" + provider + "]\n" +
		"    audiences: https://api.partnercenter.microsoft.com\n" +
		"    mfa: {acr: [1, strong]}\n" +
		"    roles: {upn: {sam@northlight.example: admin-agent}}\n" +
		"  - url: https://ADDRESS/" + provider + "/v2.0\n"
	server, plain := serve(strings.ReplaceAll(described, "ADDRESS", address)), serve("issuer: https://"+address+"/"+provider+"/\n")
	ready := operatorURL(server) + "/readyz"
	eventually(t, "the issuer is missed", func() bool {
		got := get(t, ready, "")
		return got.status == http.StatusServiceUnavailable && strings.Contains(got.body, `{"status":"unavailable","store":"ready","issuers":[{"url":"https://`+address)
	})

	issuer = start(t, "dev", "--tls", "--data", data, "--listen", address)
	bearer := func(args ...string) string {
		return token(t, issuer.URL, append(args, "--ca", filepath.Join(data, "ca.pem"))...)
	}
	ada, sam, weak := bearer(), bearer("--user", "sam@northlight.example"), bearer("--no-mfa")
	eventually(t, "the issuer is found without a restart", func() bool {
		return strings.HasPrefix(get(t, ready, "").body, `{"status":"ready","store":"ready","issuers":[{"url":"https://`+address)
	})
	for name, c := range map[string]struct {
		bearer, path string
		status       int
	}{
		"the admin agent":                        {ada, documentsOrderStatus, 200},
		"a sales agent whom a claim makes admin": {sam, documentsOrderStatus, 200},
		"one factor, which another claim mends":  {weak, documentsStatus, 200},
		"the reseller, whom nobody speaks for":   {bearer("--role", "reseller"), documentsStatus, 401},
	} {
		if got := get(t, server.URL+c.path, c.bearer); got.status != c.status {
			t.Errorf("%s: answered %d %s, want %d", name, got.status, got.body, c.status)
		}
	}
	eventually(t, "the other server finds it as well", func() bool { return get(t, operatorURL(plain)+"/readyz", "").status == http.StatusOK })
	if got := get(t, plain.URL+documentsOrderStatus, sam); got.status != http.StatusForbidden {
		t.Errorf("a sales agent whom no claim makes admin is answered %d", got.status)
	}
	for cure, bearer := range map[string]string{
		" world set --operator " + operatorURL(plain) + " demo --mfa report lets such calls through": weak,
		"name it among its audiences in the configuration":                                           bearer("--audience", "https://shop.example"),
		"once its configuration names it so under issuers (url, tenants)":                            bearer("--role", "reseller"),
	} {
		if got := get(t, plain.URL+documentsStatus, bearer); got.status != http.StatusUnauthorized || strings.Contains(got.header.Get("Provost-Explain")+got.body, cure) {
			t.Errorf("answered %d %v", got.status, got.header)
		}
		eventually(t, "the log says "+cure, func() bool { return strings.Contains(plain.asked(plain.log.String()), cure+"\"") })
	}
	unseen := bearer()
	issuer.kill()
	if got := get(t, server.URL+documentsStatus, unseen); got.status != http.StatusOK {
		t.Errorf("while the issuer is down: %d %s", got.status, got.body)
	}
}

func TestServeExplainsWhatIsWrongWithAnIssuer(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"no list":          {"issuers: https://login.example/", "is a list"},
		"no url":           {"issuers: [{tenant: " + provider + "}]", "no url"},
		"unknown setting":  {"issuers: [{url: https://login.example/, tennant: x}]", `"tennant"; there are url, tenant`},
		"unknown claim":    {"issuers: [{url: https://login.example/, claims: {name: x}}]", `"name"`},
		"an odd value":     {"issuers: [{url: [a]}]", "url is no array"},
		"an odd audience":  {"issuers: [{url: https://login.example/, audiences: [[a]]}]", "one value is wanted"},
		"no tenant":        {"issuers: [{url: https://login.example/realms/shop}]", "tenant beside its url"},
		"no such role":     {"issuers: [{url: https://login.example/realms/shop, tenant: " + provider + ", roles: {groups: {a: king}}}]", "helpdesk-agent"},
		"any Entra tenant": {"issuers: [{url: https://login.microsoftonline.com/organizations/v2.0, tenant: " + provider + "}]", "speaks for any tenant"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "provost.yaml")
			if err := os.WriteFile(file, []byte("database: x.db\n"+c.text+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			got := run(t, command(t, "serve", "--config", file))
			if got.code != 2 || !strings.Contains(got.stderr, c.says) {
				t.Errorf("ended with %d: %q; want %q", got.code, got.stderr, c.says)
			}
		})
	}
}

// operatorURL is where a production server has its health and metrics.
func operatorURL(server *process) string {
	_, operator, _ := strings.Cut(server.Banner, "Health and metrics on ")
	return strings.TrimSpace(operator)
}

func checkOperatorDoor(t *testing.T, server *process) {
	t.Helper()
	operator := operatorURL(server)
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 200, documentsStatus: 404} {
		if got := get(t, operator+path, ""); got.status != want {
			t.Errorf("the operator's %s answered %d, want %d", path, got.status, want)
		}
	}
	const counted = `provost_http_requests_total{method="GET",route="/v1/customers/{customer}/subscriptions/{subscription}/provisioningstatus",status="200"} 1`
	// Each server has its own, so that the one has to be met that was asked.
	eventually(t, "the metrics have "+counted, func() bool { return strings.Contains(get(t, operator+"/metrics", "").body, counted) })
}

func TestServeWithoutAWorldSaysSo(t *testing.T) {
	server := start(t, "serve", "--database", filepath.Join(t.TempDir(), "new.db"), "--issuer", "http://127.0.0.1:1/"+provider+"/",
		"--listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0")
	eventually(t, "the log says that no tenant is known", func() bool {
		return strings.Contains(server.log.String(), "no tenant is known yet")
	})
}

func TestServeBeyondThisMachineAsksForATLSProxy(t *testing.T) {
	server := start(t, "serve", "--database", filepath.Join(t.TempDir(), "new.db"), "--issuer", "http://127.0.0.1:1/"+provider+"/",
		"--listen", "0.0.0.0:0", "--operator-listen", "127.0.0.1:0")
	eventually(t, "the log asks for a TLS proxy", func() bool {
		return strings.Contains(server.log.String(), "a TLS proxy must stand in front")
	})
}

// eventually waits far longer than anything takes: an issuer that is down is
// asked again every ten seconds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came true that %s", what)
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestConfigurationsOfTheProductionPageStart(t *testing.T) {
	ofOneServer(t, "the SQLite files that the page names")
	page, err := os.ReadFile(filepath.Join("..", "docs", "production.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(page), "```yaml\n")[1:]
	if len(blocks) < 3 {
		t.Fatalf("the page has %d configurations", len(blocks))
	}
	for _, block := range blocks {
		text, _, _ := strings.Cut(block, "```")
		cmd := command(t, "serve", "--config", "provost.yaml", "--listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0")
		cmd.Env = append(cmd.Env, "HTTPS_PROXY=http://127.0.0.1:1") // nobody is to be asked
		if err := os.WriteFile(filepath.Join(cmd.Dir, "provost.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		server := startCommand(t, cmd)
		eventually(t, "the issuer is missed", func() bool {
			return strings.HasPrefix(get(t, operatorURL(server)+"/readyz", "").body, `{"status":"unavailable","store":"ready","issuers":[{"url":"https://`)
		})
		server.kill()
	}
}
