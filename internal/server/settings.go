package server

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"provost/internal/auth"
	"provost/internal/pipe"
)

// Settings say what a server is made of.
type Settings struct {
	// Listen is the address of the API.
	Listen string
	// OperatorListen is the address of health and metrics; a development server
	// has them on Listen.
	OperatorListen string

	// Development makes a server that holds a demo world and hands out tokens
	// for it. Its Data is the directory that keeps both.
	Development bool
	Data        string
	// Ephemeral data need not outlive the process.
	Ephemeral bool
	// AllowRemote lets a development server listen beyond this machine.
	AllowRemote bool
	// AllowHosts are names, beside those of this machine, by which a development
	// server may be called.
	AllowHosts []string

	// Database is the file of a production server's database.
	Database string
	// Issuers are the addresses of those whose tokens a production server takes.
	// One whose address names a tenant speaks for that tenant, another for
	// Tenants.
	Issuers   []string
	Tenants   []string
	Audiences []string

	// Profile is "modern" or "documents".
	Profile string
	// Version is what the server calls itself, Program how it was started.
	Version string
	Program string
	Log     *slog.Logger
}

// DefaultAudiences are what tokens for Partner Center are meant for.
func DefaultAudiences() []string { return []string{auth.ServiceAddress, auth.ServiceID} }

// SettingsError is all that is missing or unsafe, each with its cure.
type SettingsError struct{ Problems []string }

// Error lists the problems.
func (e *SettingsError) Error() string {
	return "cannot start:\n  - " + strings.Join(e.Problems, "\n  - ")
}

// check finds everything that is wrong, so that it can be mended at once.
func (s *Settings) check() error {
	var problems []string
	note := func(problem string, args ...any) { problems = append(problems, fmt.Sprintf(problem, args...)) }
	if s.Profile == "" {
		s.Profile = string(pipe.Modern)
	}
	if s.Profile != string(pipe.Modern) && s.Profile != string(pipe.Documents) {
		note("there is no profile %q: --profile modern, or --profile documents", s.Profile)
	}
	loopback, err := isLoopback(s.Listen)
	if err != nil {
		note("--listen: %v", err)
	}
	if s.Development {
		for _, name := range s.AllowHosts {
			if strings.ContainsAny(name, "/ :") && net.ParseIP(name) == nil {
				note("--allow-host %s: a host is named without scheme, port or path, such as shop.example", name)
			}
		}
		if s.Data == "" {
			note("no data directory is named: --data .provost, or --memory")
		}
		if err == nil && !loopback && !s.AllowRemote {
			note("--listen %s reaches beyond this machine, and this server hands its tokens to whoever asks: "+
				"listen on 127.0.0.1, or accept that with --allow-remote", s.Listen)
		}
	} else {
		s.checkProduction(note)
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if len(problems) > 0 {
		return &SettingsError{problems}
	}
	return nil
}

func (s *Settings) checkProduction(note func(string, ...any)) {
	if _, err := isLoopback(s.OperatorListen); err != nil {
		note("--operator-listen: %v", err)
	}
	switch engine, _, isURL := strings.Cut(s.Database, "://"); {
	case s.Database == "":
		note("no store is named: --database provost.db, or PROVOST_DATABASE (a file; it is made when it is not there)")
	case isURL && strings.HasPrefix(engine, "postgres"):
		note("PostgreSQL is not there yet: name a file for SQLite, such as --database provost.db")
	case isURL:
		note("--database %s: name a file for SQLite, such as --database provost.db", (&url.URL{Scheme: engine, Host: "…"}).String())
	}
	if len(s.Issuers) == 0 {
		note("no issuer is named: --issuer https://login.example.com/TENANT/v2.0, or PROVOST_ISSUER (whose tokens to accept; provost dev brings its own)")
	}
	for _, issuer := range s.Issuers {
		s.checkIssuer(issuer, note)
	}
	for _, tenant := range s.Tenants {
		if !guid.MatchString(tenant) || len(tenant) != guidLength {
			note("--tenant %s: a tenant is named by its GUID", tenant)
		}
	}
}

func (s *Settings) checkIssuer(issuer string, note func(string, ...any)) {
	u, err := url.Parse(issuer)
	switch {
	case err != nil, u.Host == "", u.Scheme != "https" && u.Scheme != "http":
		note("--issuer %s: an issuer is named by its address, such as https://login.example.com/TENANT/v2.0", issuer)
	case u.Scheme == "http" && !loopbackHost(u.Hostname()):
		note("--issuer %s: its keys would come over plain http, where anyone on the way can put theirs instead: use https", issuer)
	case guid.FindString(u.Path) == "" && len(s.Tenants) == 0:
		note("--issuer %s: its address names no tenant that it speaks for: --tenant GUID, or PROVOST_TENANT", issuer)
	}
}

const guidLength = 36

var guid = regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// tenantsOf are those that the issuer may speak for.
func (s *Settings) tenantsOf(issuer string) []string {
	if u, err := url.Parse(issuer); err == nil {
		if tenant := guid.FindString(u.Path); tenant != "" {
			return []string{tenant}
		}
	}
	return slices.Clone(s.Tenants)
}
