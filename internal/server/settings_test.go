package server

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestProductionSaysAllThatIsMissingAtOnce(t *testing.T) {
	_, err := Open(context.Background(), Settings{Listen: "here", OperatorListen: "127.0.0.1:0", Profile: "fancy"})
	var problems *SettingsError
	if !errors.As(err, &problems) || len(problems.Problems) != 4 {
		t.Fatalf("refused with %v", err)
	}
	for _, flag := range []string{"--listen", "--profile", "--database", "--issuer"} {
		if !strings.Contains(err.Error(), flag) {
			t.Errorf("the refusal does not name %s: %v", flag, err)
		}
	}
}

func TestUnsafeSettingsAreRefused(t *testing.T) {
	const tenant = "1cb000fc-4a11-4fd3-a30d-65e5eccf7d56"
	production := func(change func(*Settings)) Settings {
		s := Settings{Listen: "127.0.0.1:0", OperatorListen: "127.0.0.1:0", Database: "x.db", Issuers: []string{"https://login.example/" + tenant + "/"}}
		change(&s)
		return s
	}
	if settings := production(func(*Settings) {}); settings.check() != nil {
		t.Fatalf("safe settings are refused: %v", settings.check())
	}
	for name, c := range map[string]struct {
		settings Settings
		says     string
	}{
		"dev beyond loopback": {Settings{Development: true, Data: "x", Listen: "0.0.0.0:0"}, "--allow-remote"},
		"dev without data":    {Settings{Development: true, Listen: "127.0.0.1:0"}, "--data"},
		"plain http issuer":   {production(func(s *Settings) { s.Issuers = []string{"http://login.example/" + tenant} }), "https"},
		"no address":          {production(func(s *Settings) { s.Issuers = []string{"login.example"} }), "address"},
		"no tenant":           {production(func(s *Settings) { s.Issuers = []string{"https://login.example/realms/shop"} }), "--tenant"},
		"bad tenant":          {production(func(s *Settings) { s.Tenants = []string{"shop"} }), "GUID"},
		"postgres":            {production(func(s *Settings) { s.Database = "postgres://u:secret@db/x" }), "not there yet"},
		"another engine":      {production(func(s *Settings) { s.Database = "mysql://u:secret@db/x" }), "SQLite"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.settings.check()
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("refused with %v; want %s", err, c.says)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the refusal repeats a password: %v", err)
			}
		})
	}
}

func TestIssuerSpeaksForTheTenantOfItsAddressElseForTheNamedOnes(t *testing.T) {
	const one, other = "1cb000fc-4a11-4fd3-a30d-65e5eccf7d56", "624408d2-25d0-4d37-9514-ed2cd3572a05"
	s := Settings{Tenants: []string{other}}
	if got := s.tenantsOf("https://login.example/" + one + "/v2.0"); len(got) != 1 || got[0] != one {
		t.Errorf("it speaks for %v", got)
	}
	if got := s.tenantsOf("https://login.example/realms/shop"); len(got) != 1 || got[0] != other {
		t.Errorf("it speaks for %v", got)
	}
}
