package server

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"

	"provost/internal/auth"
	"provost/internal/pipe"
	"provost/internal/sqlstore"
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

	// TLS lets a development server speak https, with a certificate of an
	// authority of its own that its Data keeps.
	TLS bool
	// TLSCert and TLSKey are the files of a production server's certificate;
	// without them it speaks plain http.
	TLSCert, TLSKey string
	// PublicURL is where callers find the server when that is not where it
	// listens: what the names of its issuer begin with.
	PublicURL string

	// Database is the file of a production server's database, or the URL of one
	// that it shares; of a development server that does not keep the shop in Data,
	// the URL alone.
	Database string
	// SealKeyFile is the file of the key that a production server seals one-time
	// passwords with; made when it is not there. Empty: it creates no customers.
	SealKeyFile string
	// Issuers are those whose tokens a production server takes. One that names
	// no tenant, itself or in its address, speaks for Tenants; one that names no
	// audience is heard for Audiences.
	Issuers   []Issuer
	Tenants   []string
	Audiences []string

	// Provisioners are the outside systems that carry changes out.
	Provisioners []Provisioner

	// ReadCache is how many bytes of answers to keep in memory, about; 0: none.
	ReadCache int

	Limits Limits

	// Profile is "modern" or "documents".
	Profile string
	// Version is what the server calls itself.
	Version string
	// Program is how the program was started, and Arguments what follows the
	// command's name, so that commands which the server names can be pasted.
	Program   string
	Arguments []string
	Log       *slog.Logger
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
	s.checkPublicURL(note)
	s.outside(note)
	s.Limits.check(note)
	if s.Development {
		for _, name := range s.AllowHosts {
			if strings.ContainsAny(name, "/ :") && net.ParseIP(name) == nil {
				note("--allow-host %s: a host is named without scheme, port or path, such as shop.example", name)
			}
		}
		if s.Data == "" {
			note("no data directory is named: --data .provost, or --memory")
		}
		if s.Database != "" && !sqlstore.IsPostgres(s.Database) {
			note("--database is for the URL of a PostgreSQL, such as postgres://user@host/database: a file lies in --data")
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
	if problem := databaseProblem(s.Database); problem != "" {
		note("%s", problem)
	}
	if (s.TLSCert == "") != (s.TLSKey == "") {
		note("a certificate and its key belong together: --tls-cert cert.pem --tls-key key.pem, or neither")
	}
	s.checkIssuers(note)
}

// checkPublicURL admits an address alone: a path in front of a tenant would
// make Microsoft's libraries take its first segment for the tenant.
func (s *Settings) checkPublicURL(note func(string, ...any)) {
	if s.PublicURL == "" {
		return
	}
	u, err := url.Parse(s.PublicURL)
	switch {
	case err != nil, u.Hostname() == "", u.Scheme != "https" && u.Scheme != "http", u.User != nil,
		u.RawQuery != "", u.ForceQuery, u.Fragment != "", strings.Trim(u.Path, "/") != "":
		note("--public-url: it is an address without a path, such as https://shop.example or https://shop.example:8443")
	default:
		s.PublicURL = strings.ToLower(u.Scheme + "://" + u.Host)
	}
}
