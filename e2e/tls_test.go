package e2e_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// trust is a client that trusts the authority of the file.
func trust(t *testing.T, ca string) *http.Client {
	t.Helper()
	certificate, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(certificate) {
		t.Fatalf("no certificate in %s", ca)
	}
	return &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true, DisableKeepAlives: true,
	}}
}

func TestCurlOfTheBannerAnswersOverTLSWhenPasted(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil || runtime.GOOS == "windows" {
		t.Skip("no curl and sh here")
	}
	data := filepath.Join(t.TempDir(), "a data directory")
	server := start(t, "dev", "--tls", "--data", data, "--listen", "127.0.0.1:0")
	var curl string
	for line := range strings.SplitSeq(server.Banner, "\n") {
		if strings.HasPrefix(line, "  curl ") && curl == "" {
			curl = strings.TrimSpace(line)
		}
	}
	out, err := exec.Command("sh", "-c", curl+` --silent --show-error --write-out '\n%{http_code}'`).CombinedOutput()
	body, status, _ := strings.Cut(string(out), "\n")
	if err != nil || status != "200" || !strings.Contains(body, `"status":"success"`) {
		t.Errorf("%s\nanswered %s (%v)\n%s", curl, out, err, server.log.String())
	}
	for _, word := range []string{"--cacert", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "keytool", "PROVOST_CA", ".NET"} {
		if !strings.Contains(server.Banner, word) {
			t.Errorf("the banner lacks %s:\n%s", word, server.Banner)
		}
	}
}

func TestPrintedRequestAnswersOverTLSWhenPasted(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil || runtime.GOOS == "windows" {
		t.Skip("no curl and sh here: printed requests were not tried")
	}
	data := filepath.Join(t.TempDir(), "it's data")
	s := shell{t: t, server: start(t, "dev", "--tls", "--data", data, "--listen", "127.0.0.1:0"), env: []string{"PROVOST_CONFIG_DIR=" + t.TempDir()}}
	ca := filepath.Join(data, "ca.pem")
	s.ok("login", "tls", "--dev", "--server", s.server.URL, "--ca", ca)
	query := `/v1/customers?size=9&filter={"Field":"CompanyName","Value":"[1]","Operator":"starts_with"}`
	for _, args := range [][]string{
		{"subscriptions", "status", "0c39", "aaaa"},                                       // of the profile
		{"subscriptions", "status", "0c39", "aaaa", "--server", s.server.URL, "--ca", ca}, // of a dev
		{"call", "GET", query},
	} {
		text := s.ok(append(args, "--curl")...)
		cmd := s.command()
		cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", strings.Replace(text, "curl", "curl --silent --show-error --fail", 1)}
		if got := run(t, cmd); got.code != 0 || !strings.Contains(got.stdout, `"success"`) && !strings.Contains(got.stdout, `"totalCount":0`) {
			t.Errorf("%s says %s (%d, %s)", text, got.stdout, got.code, got.stderr)
		}
	}
}

func TestTokenTrustsTheDevelopmentServer(t *testing.T) {
	cmd := command(t, "dev", "--tls", "--listen", "127.0.0.1:0")
	here := cmd.Dir
	server := startCommand(t, cmd)
	ca := filepath.Join(here, ".provost", "ca.pem")
	for name, c := range map[string]struct {
		dir  string
		args []string
		env  string
		says string
	}{
		"started here":       {here, nil, "", ""},
		"by --ca":            {"", []string{"--ca", ca}, "", ""},
		"by PROVOST_CA":      {"", nil, "PROVOST_CA=" + ca, ""},
		"elsewhere":          {"", nil, "", "--ca"},
		"a file of nothing":  {"", []string{"--ca", os.DevNull}, "", "holds no certificate"},
		"a file that is not": {"", []string{"--ca", "nowhere.pem"}, "", "nowhere.pem"},
		"over http":          {"", []string{"--server", strings.Replace(server.URL, "https", "http", 1)}, "", "speaks https"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := command(t, append([]string{"token", "--server", server.URL}, c.args...)...)
			if c.dir != "" {
				cmd.Dir = c.dir
			}
			if c.env != "" {
				cmd.Env = append(cmd.Env, c.env)
			}
			got := run(t, cmd)
			if (got.code == 0) != (c.says == "") || !strings.Contains(got.stderr, c.says) {
				t.Errorf("ended with %d: %q %q; want %q", got.code, got.stdout, got.stderr, c.says)
			}
		})
	}
}

func TestPublicAddressIsWhatTokensAndDiscoveryName(t *testing.T) {
	server := start(t, "dev", "--memory", "--listen", "127.0.0.1:0", "--public-url", "https://Shop.example/")
	found := get(t, server.URL+"/"+provider+"/v2.0/.well-known/openid-configuration", "", func(r *http.Request) { r.Host = "shop.example" })
	if found.status != http.StatusOK || strings.Contains(found.body, "127.0.0.1") ||
		!strings.Contains(found.body, `"issuer":"https://shop.example/`+provider+`/v2.0"`) || !strings.Contains(found.body, `"https://shop.example/`+provider+`/oauth2/v2.0/token"`) {
		t.Errorf("discovery answered %d %s", found.status, found.body)
	}
	if got := get(t, server.URL+documentsStatus, token(t, server.URL)); got.status != http.StatusOK {
		t.Errorf("its own token is answered %d %s", got.status, got.header.Get("Provost-Explain"))
	}
	if !strings.Contains(server.Banner, "https://shop.example") {
		t.Errorf("the banner does not name it:\n%s", server.Banner)
	}
	refused := run(t, command(t, "dev", "--memory", "--listen", "127.0.0.1:0", "--public-url", "https://shop.example/provost"))
	if refused.code != 2 || !strings.Contains(refused.stderr, "--public-url") {
		t.Errorf("a path ended with %d: %q", refused.code, refused.stderr)
	}
}

func TestServeTakesAReplacedCertificateWhileItRuns(t *testing.T) {
	one, two := authorityFiles(t), authorityFiles(t)
	files := t.TempDir()
	certificate, key := filepath.Join(files, "cert.pem"), filepath.Join(files, "key.pem")
	copyFile(t, one.leaf, certificate)
	copyFile(t, one.key, key)
	server := start(t, "serve", "--database", filepath.Join(t.TempDir(), "new.db"), "--issuer", "http://127.0.0.1:1/"+provider+"/",
		"--listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", key)
	ask := func(client *http.Client) error {
		response, err := client.Get(server.URL + "/v1/customers")
		if err == nil {
			response.Body.Close()
		}
		return err
	}
	if !strings.HasPrefix(server.URL, "https://") || strings.Contains(server.Banner, "proxy") {
		t.Errorf("the banner says\n%s", server.Banner)
	}
	if err := ask(trust(t, one.ca)); err != nil {
		t.Fatal(err)
	}
	replace(t, two.leaf, certificate)
	time.Sleep(1100 * time.Millisecond)
	if err := ask(trust(t, one.ca)); err != nil {
		t.Errorf("a certificate without its key: %v", err)
	}
	replace(t, two.key, key)
	eventually(t, "the new certificate is shown", func() bool { return ask(trust(t, two.ca)) == nil })
	eventually(t, "no server shows the old certificate", func() bool {
		for range 4 * servers {
			if ask(trust(t, one.ca)) == nil {
				return false
			}
		}
		return true
	})
	if log := server.log.String(); !strings.Contains(log, "the last one stays") || strings.Contains(log, "PRIVATE") {
		t.Errorf("the log says %s", log)
	}
	broken := run(t, command(t, "serve", "--database", "x.db", "--issuer", "https://login.example/"+provider, "--tls-cert", one.leaf, "--tls-key", two.key,
		"--listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0"))
	if broken.code != 2 || !strings.Contains(broken.stderr, "--tls-cert") {
		t.Errorf("a pair that is none ended with %d: %q", broken.code, broken.stderr)
	}
}

func TestServeWithoutACertificateAsksForATLSProxy(t *testing.T) {
	server := start(t, "serve", "--database", filepath.Join(t.TempDir(), "new.db"), "--issuer", "http://127.0.0.1:1/"+provider+"/",
		"--listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0", "--public-url", "https://shop.example")
	for _, word := range []string{"a TLS proxy must stand in front", "--tls-cert", "https://shop.example"} {
		if !strings.Contains(server.Banner, word) {
			t.Errorf("the banner lacks %q:\n%s", word, server.Banner)
		}
	}
}

// replace puts another file's content into a file at once, as renewals do.
func replace(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to+".new", content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(to+".new", to); err != nil {
		t.Fatal(err)
	}
}
