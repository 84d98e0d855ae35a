package pipe_test

import (
	"testing"

	"provost/internal/pipe"
)

func TestCommandsAreNamedAsTheyAreRunHere(t *testing.T) {
	plain := pipe.Commands{Tokens: true}
	dev := pipe.Commands{
		Program: "go run ./cmd/provost", Tokens: true, Server: "--server https://127.0.0.1:9 --ca /d/ca.pem", Operator: "--data /d", Data: "/d", Restart: "--listen 127.0.0.1:9",
	}
	serve := pipe.Commands{Program: "/opt/provost", Operator: "--operator http://127.0.0.1:9", Database: "/srv/p.db"}
	for _, c := range []struct {
		at         pipe.Commands
		text, want string
	}{
		{plain, "no token; one: provost token --app-only", "no token; one: provost token --app-only"},
		{plain, "make one: provost operator key create NAME", "make one: provost operator key create NAME"},
		{dev, "no token; one: provost token", "no token; one: go run ./cmd/provost token --server https://127.0.0.1:9 --ca /d/ca.pem"},
		{dev, "a; a user's: provost token; an app's: provost token --app-only", "a; a user's: go run ./cmd/provost token --server https://127.0.0.1:9 --ca /d/ca.pem; " +
			"an app's: go run ./cmd/provost token --server https://127.0.0.1:9 --ca /d/ca.pem --app-only"},
		{dev, "this grants one: provost role grant admin-agent --user 'a b'", "this grants one: go run ./cmd/provost role grant --data /d admin-agent --user 'a b'"},
		{dev, "all there are: provost operator key list", "all there are: go run ./cmd/provost operator key list --data /d"},
		{dev, "make one: provost operator key create NAME", "make one: go run ./cmd/provost operator key create --data /d NAME"},
		{pipe.Commands{Tokens: true, Data: "/d"}, "make one: provost operator key create NAME", "make one: provost operator key create --data /d NAME"},
		{dev, "admit the name: provost dev --allow-host NAME", "admit the name: go run ./cmd/provost dev --listen 127.0.0.1:9 --allow-host NAME"},
		{dev, "provost dev brings its own, provost whom", "provost dev brings its own, provost whom"},
		{serve, "no token; one: provost token", "no token"},
		{serve, "no mfa; a token that does: provost token, or a sign-in", "no mfa"},
		{serve, "this makes one: provost world create --tenant GUID --kind production",
			"this makes one: /opt/provost world create --operator http://127.0.0.1:9 --tenant GUID --kind production"},
		{serve, "make one: provost operator key create NAME", "make one: /opt/provost operator key create --database /srv/p.db NAME (while this server is stopped)"},
		{serve, "all there are: provost operator key list", "all there are: /opt/provost operator key list --operator http://127.0.0.1:9"},
	} {
		if got := c.at.In(c.text); got != c.want {
			t.Errorf("%q is said as\n%q, want\n%q", c.text, got, c.want)
		}
	}
}
