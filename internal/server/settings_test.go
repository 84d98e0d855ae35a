package server

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
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
		s := Settings{Listen: "127.0.0.1:0", OperatorListen: "127.0.0.1:0", Database: "x.db", Issuers: []Issuer{{URL: "https://login.example/" + tenant + "/"}}}
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
		"plain http issuer":   {production(func(s *Settings) { s.Issuers = []Issuer{{URL: "http://login.example/" + tenant}} }), "https"},
		"no address":          {production(func(s *Settings) { s.Issuers = []Issuer{{URL: "login.example"}} }), "address"},
		"no tenant":           {production(func(s *Settings) { s.Issuers = []Issuer{{URL: "https://login.example/realms/shop"}} }), "--tenant"},
		"bad tenant":          {production(func(s *Settings) { s.Tenants = []string{"shop"} }), "GUID"},
		"Entra's any tenant":  {production(func(s *Settings) { s.Issuers = []Issuer{{URL: "https://login.microsoftonline.com/common/v2.0"}} }), "speaks for any tenant"},
		"issuer named twice":  {production(func(s *Settings) { s.Issuers = append(s.Issuers, s.Issuers[0]) }), "twice"},
		"issuer's password":   {production(func(s *Settings) { s.Issuers[0].URL = "https://me:secret@login.example/" + tenant }), "named by its address"},
		"issuer's bad tenant": {production(func(s *Settings) { s.Issuers[0].Tenants = []string{"shop"} }), "GUID"},
		"unknown role":        {production(func(s *Settings) { s.Issuers[0].Roles = map[string]map[string]string{"groups": {"a": "king"}} }), "helpdesk-agent"},
		"half a certificate":  {production(func(s *Settings) { s.TLSCert = "cert.pem" }), "--tls-key"},
		"public path":         {production(func(s *Settings) { s.PublicURL = "https://shop.example/provost" }), "--public-url"},
		"public password":     {production(func(s *Settings) { s.PublicURL = "https://me:secret@shop.example" }), "--public-url"},
		"public nonsense":     {production(func(s *Settings) { s.PublicURL = "shop.example" }), "--public-url"},
		"mysql":               {production(func(s *Settings) { s.Database = "mysql://u:secret@db/x" }), "mysql://…: name a file"},
		"dev in a file":       {Settings{Development: true, Data: "x", Listen: "127.0.0.1:0", Database: "x.db"}, "a file lies in --data"},
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

func TestIssuerSpeaksForItsOwnTenantsElseForTheNamedOnes(t *testing.T) {
	const one, other, third = "1cb000fc-4a11-4fd3-a30d-65e5eccf7d56", "624408d2-25d0-4d37-9514-ed2cd3572a05", "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
	s := Settings{Tenants: []string{other}}
	both := Settings{Tenants: []string{one, other}}
	for name, c := range map[string]struct {
		settings Settings
		issuer   Issuer
		tenants  string
		fixed    string
	}{
		"in its address":         {s, Issuer{URL: "https://login.example/" + one + "/v2.0"}, one, ""},
		"by --tenant":            {s, Issuer{URL: "https://login.example/realms/shop"}, other, other},
		"one of several":         {both, Issuer{URL: "https://login.example/realms/shop"}, one + " " + other, ""},
		"its own":                {both, Issuer{URL: "https://login.example/realms/shop", Tenants: []string{third}}, third, third},
		"its own, one of them":   {both, Issuer{URL: "https://login.example/realms/shop", Tenants: []string{one}, Tenant: third}, one + " " + third, third},
		"its own, not addressed": {s, Issuer{URL: "https://login.example/" + one, Tenants: []string{third}}, third, ""},
	} {
		tenants, fixed := c.settings.tenantsOf(c.issuer)
		if strings.Join(tenants, " ") != c.tenants || fixed != c.fixed {
			t.Errorf("%s: it speaks for %v, without a tid for %q", name, tenants, fixed)
		}
	}
}

func TestEntraIsOneIssuerWithTwoNames(t *testing.T) {
	const tenant = "1cb000fc-4a11-4fd3-a30d-65e5eccf7d56"
	const v2, v1 = "https://login.microsoftonline.com/" + tenant + "/v2.0", "https://sts.windows.net/" + tenant + "/"
	for address, want := range map[string][]string{
		v2: {v2, v1},
		"https://login.microsoftonline.com/" + strings.ToUpper(tenant) + "/": {v2, v1},
		"https://Login.MicrosoftOnline.com/" + tenant:                        {v2, v1},
		v1: {v1},
		"https://keycloak.example/realms/" + tenant:      {"https://keycloak.example/realms/" + tenant},
		"https://login.microsoftonline.com/common/v2.0/": {"https://login.microsoftonline.com/common/v2.0/"},
	} {
		if got := entraNames(address); !slices.Equal(got, want) {
			t.Errorf("%s is %v, want %v", address, got, want)
		}
	}
}

// The whole path tells where a relative one was looked for.
func TestSecretThatIsNotThereIsNamedByItsWholePath(t *testing.T) {
	here := t.TempDir()
	t.Chdir(here)
	err := (&Settings{Development: true, Listen: "127.0.0.1:0", Data: "x", Provisioners: []Provisioner{
		{Name: "warehouse", URL: "https://warehouse.example", SecretFile: "warehouse.secret"},
	}}).check()
	if err == nil || !strings.Contains(err.Error(), filepath.Join(filepath.Base(here), "warehouse.secret")) {
		t.Errorf("refused with %v", err)
	}
}
