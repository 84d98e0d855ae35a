package server

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestCommandsFindTheServerThatNamesThem(t *testing.T) {
	const said = "provost token | provost role grant x | provost dev --allow-host h"
	data := t.TempDir()
	s, _ := running(t, func(s *Settings) {
		s.Data, s.Program, s.Arguments = data, "go run ./cmd/provost", []string{"--data", data, "--listen", "127.0.0.1:0"}
	})
	want := "go run ./cmd/provost token --server " + s.URL() + " | go run ./cmd/provost role grant --data " + data + " x | " +
		"go run ./cmd/provost dev --data " + data + " --listen 127.0.0.1:0 --allow-host h"
	if got := s.InCommands(said); got != want {
		t.Errorf("a development server says\n%s, want\n%s", got, want)
	}

	s, _ = running(t, func(s *Settings) { s.TLS = true })
	if got, want := s.InCommands("provost token"), "provost token --server "+s.URL()+" --ca "+s.CAFile(); got != want || !strings.HasPrefix(s.URL(), "https:") {
		t.Errorf("over TLS it says %s, want %s", got, want)
	}

	t.Chdir(t.TempDir())
	s, _ = running(t, func(s *Settings) { s.Data = DefaultData })
	if got := s.InCommands("provost role list"); got != "provost role list" {
		t.Errorf("where commands look by themselves it says %s", got)
	}

	database := filepath.Join(t.TempDir(), "a b.db")
	s, _ = running(t, func(s *Settings) {
		s.Development, s.Data, s.Database, s.OperatorListen = false, "", database, "127.0.0.1:0"
		s.Issuers = []Issuer{{URL: "http://127.0.0.1:1/1cb000fc-4a11-4fd3-a30d-65e5eccf7d56/"}}
	})
	want = "provost world list --operator " + s.OperatorURL() + " | provost operator key create --database '" +
		database + "' NAME (while this server is stopped)"
	if got := s.InCommands("provost world list | provost operator key create NAME"); got != want {
		t.Errorf("a production server says\n%s, want\n%s", got, want)
	}
}
