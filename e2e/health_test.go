package e2e_test

import (
	"strings"
	"testing"
)

func TestHealthSaysByItsExitCodeWhetherAServerCanServe(t *testing.T) {
	dev := start(t, "dev", "--memory", "--listen", "127.0.0.1:0")
	door := freeAddress(t)
	start(t, "serve", "--database", "shop.db", "--issuer", "http://"+freeAddress(t)+"/"+provider+"/", "--listen", "127.0.0.1:0", "--operator-listen", door)
	for _, c := range []struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		{[]string{"health", dev.URL}, 0, "ready\n", ""},
		{[]string{"health", dev.URL + "/healthz"}, 0, "ok\n", ""},
		// No issuer has answered, so that no token can be verified.
		{[]string{"health", "--operator-listen", door}, 1, "", "answered 503: unavailable, the issuer http://"},
		{[]string{"health", "http://" + door + "/healthz"}, 0, "ok\n", ""},
		{[]string{"health", "http://" + door + "/nothing"}, 1, "", "answered 404"},
		{[]string{"health", "http://" + freeAddress(t)}, 1, "", "connection refused"},
		{[]string{"health", "shop.example"}, 2, "", "such as http://127.0.0.1:4178"},
		{[]string{"health", "a", "b"}, 2, "", "the URL of a server, or none"},
	} {
		got := run(t, command(t, c.args...))
		if got.code != c.code || got.stdout != c.stdout || !strings.Contains(got.stderr, c.stderr) || strings.Count(strings.TrimSpace(got.stderr), "\n") > 0 {
			t.Errorf("%v ended with %d: %q %q", c.args, got.code, got.stdout, got.stderr)
		}
	}
	// As in a container: the variable that serve reads, and every address.
	inside := command(t, "health")
	_, port, _ := strings.Cut(door, ":")
	inside.Env = append(inside.Env, "PROVOST_OPERATOR_LISTEN=0.0.0.0:"+port)
	if got := run(t, inside); got.code != 1 || !strings.Contains(got.stderr, "answered 503") {
		t.Errorf("by the environment it ended with %d: %q %q", got.code, got.stdout, got.stderr)
	}
}

func TestHealthAsksADoorBeyondThisMachineOverTLS(t *testing.T) {
	ofOneServer(t, "the door of one server, over TLS")
	files := authorityFiles(t)
	_, port, _ := strings.Cut(freeAddress(t), ":")
	flags := []string{"--operator-listen", "0.0.0.0:" + port, "--tls-cert", files.leaf}
	start(t, append([]string{"serve", "--database", "shop.db", "--issuer", "http://" + freeAddress(t) + "/" + provider + "/",
		"--listen", "127.0.0.1:0", "--tls-key", files.key}, flags...)...)
	if got := run(t, command(t, append([]string{"health"}, flags...)...)); got.code != 1 || !strings.Contains(got.stderr, "https://127.0.0.1:"+port+"/readyz answered 503") {
		t.Errorf("ended with %d: %q %q", got.code, got.stdout, got.stderr)
	}
}
