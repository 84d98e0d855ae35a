package server

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"provost/internal/auth"
	"provost/internal/commerce"
	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// Issuer is someone whose tokens a production server takes.
type Issuer struct {
	// URL is the address where it is discovered, and its name in its tokens.
	URL string
	// Tenants are those that it may speak for; empty: the one that its address
	// names, else those of the Settings.
	Tenants []string
	// Tenant is the one that its tokens without a tid are for; empty: the only
	// one that it may speak for, unless that is in its address.
	Tenant string
	// Audiences that its tokens may be for; empty: those of the Settings.
	Audiences []string
	Claims    ClaimNames
	// MFA are claims with the values that prove multifactor authentication.
	MFA map[string][]string
	// Roles are the agent roles that the values of claims grant.
	Roles map[string]map[string]string
}

// ClaimNames are the claims that name who calls; empty ones are Entra's.
type ClaimNames = auth.ClaimNames

// issuers are those whose tokens count: the embedded authority, which gets its
// door, or those that the settings name.
func (s *Server) issuers(ctx context.Context, behind doors, api net.Addr) ([]auth.Issuer, error) {
	if s.settings.Development {
		return s.openAuthority(behind, api)
	}
	// Their keys are fetched for as long as the server is there, not for as long
	// as it opens.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.release = append(s.release, func() error { cancel(); return nil })
	var issuers []auth.Issuer
	for _, named := range s.settings.Issuers {
		tenants, fixed := s.settings.tenantsOf(named)
		for _, address := range entraNames(named.URL) {
			issuer, err := auth.Discover(ctx, address, tenants...)
			if err != nil {
				return nil, fmt.Errorf("--issuer: %w", err)
			}
			issuer.Tenant, issuer.Audiences, issuer.Claims, issuer.MFA = fixed, named.Audiences, named.Claims, named.MFA
			issuer.Roles = map[string]map[string]commerce.AgentRole{}
			for claim, roles := range named.Roles {
				issuer.Roles[claim] = map[string]commerce.AgentRole{}
				for value, role := range roles {
					issuer.Roles[claim][value] = commerce.AgentRole(role)
				}
			}
			issuers = append(issuers, issuer)
		}
	}
	return issuers, nil
}

// entraV1 are the names of Entra's issuers in v1 tokens, by the hosts of the
// addresses where v2 tokens come from.
var entraV1 = map[string]string{
	"login.microsoftonline.com":        "sts.windows.net",
	"login.microsoftonline.us":         "sts.windows.net",
	"login.partner.microsoftonline.cn": "sts.chinacloudapi.cn",
}

// entraNames are the issuers behind one address: Entra has a name and keys for
// v1 tokens and others for v2 tokens, and which of them a client gets is a
// setting of the application that the token is for.
func entraNames(address string) []string {
	u, err := url.Parse(address)
	if err != nil {
		return []string{address}
	}
	v1, isEntra := entraV1[strings.ToLower(u.Host)]
	tenant := guid.FindString(u.Path)
	if !isEntra || tenant == "" {
		return []string{address}
	}
	tenant = strings.ToLower(tenant)
	return []string{"https://" + strings.ToLower(u.Host) + "/" + tenant + "/v2.0", "https://" + v1 + "/" + tenant + "/"}
}

func (s *Settings) checkIssuers(note func(string, ...any)) {
	if len(s.Issuers) == 0 {
		note("no issuer is named: --issuer https://login.example.com/TENANT/v2.0, or PROVOST_ISSUER, or issuers in the file of --config " +
			"(whose tokens to accept; provost dev brings its own)")
	}
	var seen []string
	for _, issuer := range s.Issuers {
		s.checkIssuer(issuer, note)
		if slices.Contains(seen, issuer.URL) {
			note("issuer %s is named twice: once is enough", issuer.URL)
		}
		seen = append(seen, issuer.URL)
	}
	for _, tenant := range s.Tenants {
		if !isTenant(tenant) {
			note("--tenant %s: a tenant is named by its GUID", tenant)
		}
	}
}

func (s *Settings) checkIssuer(issuer Issuer, note func(string, ...any)) {
	u, err := url.Parse(issuer.URL)
	tenants, _ := s.tenantsOf(issuer)
	switch {
	case err != nil:
		note("an issuer's address cannot be read: it is one such as https://login.example.com/TENANT/v2.0")
		return
	case u.Host == "", u.Scheme != "https" && u.Scheme != "http", u.User != nil, u.RawQuery != "", u.Fragment != "":
		note("--issuer %s: an issuer is named by its address, such as https://login.example.com/TENANT/v2.0", u.Redacted())
	case u.Scheme == "http" && !loopbackHost(u.Hostname()):
		note("--issuer %s: its keys would come over plain http, where anyone on the way can put theirs instead: use https", issuer.URL)
	case entraV1[strings.ToLower(u.Host)] != "" && guid.FindString(u.Path) == "":
		note("--issuer %s: this address speaks for any tenant: name yours by its GUID, https://%s/TENANT/v2.0", issuer.URL, u.Host)
	case len(tenants) == 0:
		note("--issuer %s: its address names no tenant that it speaks for: --tenant GUID, or PROVOST_TENANT, or tenant beside its url", issuer.URL)
	}
	for _, tenant := range slices.Concat(issuer.Tenants, []string{issuer.Tenant}) {
		if tenant != "" && !isTenant(tenant) {
			note("issuer %s: tenant %s: a tenant is named by its GUID", issuer.URL, tenant)
		}
	}
	for _, claim := range slices.Sorted(maps.Keys(issuer.Roles)) {
		for _, value := range slices.Sorted(maps.Keys(issuer.Roles[claim])) {
			if role := issuer.Roles[claim][value]; !slices.Contains(agentRoles, role) {
				note("issuer %s: roles: %s %q: there is no agent role %q; there are %s",
					issuer.URL, claim, value, role, strings.Join(agentRoles, ", "))
			}
		}
	}
}

var agentRoles = []string{
	string(commerce.AdminAgent), string(commerce.SalesAgent), string(commerce.HelpdeskAgent), string(commerce.GlobalAdmin),
}

const guidLength = 36

var guid = regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

func isTenant(name string) bool { return len(name) == guidLength && guid.MatchString(name) }

// tenantsOf are those that the issuer may speak for, and the one that its
// tokens without a tid are for.
func (s *Settings) tenantsOf(issuer Issuer) (tenants []string, fixed string) {
	named := ""
	if u, err := url.Parse(issuer.URL); err == nil {
		named = guid.FindString(u.Path)
	}
	tenants = slices.Clone(issuer.Tenants)
	if issuer.Tenant != "" && !slices.Contains(tenants, issuer.Tenant) {
		tenants = append(tenants, issuer.Tenant)
	}
	switch {
	case len(tenants) > 0:
	case named != "":
		tenants = []string{named}
	default:
		tenants = slices.Clone(s.Tenants)
	}
	fixed = issuer.Tenant
	if fixed == "" && len(tenants) == 1 && named == "" {
		fixed = tenants[0]
	}
	return tenants, fixed
}

// issuersFor names those who speak for a tenant of a world. A development
// server's own knows people and apps of development worlds alone.
func (s *Server) issuersFor(api net.Addr) func(commerce.WorldKind, string) []string {
	if !s.settings.Development {
		return func(_ commerce.WorldKind, tenant string) []string { return s.verifier.Speakers(tenant) }
	}
	return func(kind commerce.WorldKind, tenant string) []string {
		if kind != commerce.Development {
			return nil
		}
		return []string{s.publicURL(api) + "/" + strings.ToLower(tenant) + "/v2.0"}
	}
}

// readyIssuers says how it stands with each issuer, and whether any token could
// be verified: a server that can verify those of one issuer is of use.
func (s *Server) readyIssuers() (told []extension.IssuerReadiness, speaks bool) {
	told = []extension.IssuerReadiness{}
	for _, issuer := range s.verifier.Issuers() {
		speaks = speaks || issuer.Speaks
		if issuer.Name == "" {
			continue // a development server's own, which is always there
		}
		one := extension.IssuerReadiness{URL: issuer.Name, Status: extension.Ready}
		if !issuer.Down.IsZero() {
			one.Status, one.Since = extension.Stale, new(partnercenter.At(issuer.Down))
		}
		if !issuer.Speaks {
			one.Status = extension.Unavailable
		}
		told = append(told, one)
	}
	return told, speaks
}
