package partnercenter

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Cloud says where the service is, who issues tokens for it, and for whom they
// are issued (reference 0.3 and 5.3). Any server of the protocol is one:
//
//	partnercenter.Cloud{API: "https://provost.example", Authority: "https://login.example.com"}
type Cloud struct {
	// API is the base URL of the calls, without the version segment.
	API string
	// Authority is the base URL of the token issuer; empty means the API's.
	Authority string
	// Audience is whom tokens are for; empty means the global service.
	Audience string
}

// Microsoft's clouds.
var (
	// GlobalCloud is the one that is meant when none is named.
	GlobalCloud = Cloud{
		API:       "https://api.partnercenter.microsoft.com",
		Authority: "https://login.microsoftonline.com",
		Audience:  "https://api.partnercenter.microsoft.com",
	}
	// USGovernmentCloud is called at the global address, with tokens of its own
	// issuer. Microsoft's pages differ about that issuer; where a tenant's is the
	// global one, set Authority.
	USGovernmentCloud = Cloud{
		API:       "https://api.partnercenter.microsoft.com",
		Authority: "https://login.microsoftonline.us",
		Audience:  "https://api.partnercenter.microsoft.com",
	}
	// ChinaCloud is operated by 21Vianet.
	ChinaCloud = Cloud{
		API:       "https://partner.partnercenterapi.microsoftonline.cn",
		Authority: "https://login.partner.microsoftonline.cn",
		Audience:  "https://partner.partnercenterapi.microsoftonline.cn",
	}
	// GermanyCloud is named by document 000; its issuer was retired in 2021, and
	// no page ever named another address of its calls than the global one.
	//
	// Deprecated: the cloud is closed. Use GlobalCloud.
	GermanyCloud = Cloud{
		API:       "https://api.partnercenter.microsoft.com",
		Authority: "https://login.microsoftonline.de",
		Audience:  "https://api.partnercenter.microsoft.com",
	}
)

// Scope is what tokens for the cloud are asked for by: its audience and
// "/.default".
func (c Cloud) Scope() string { return strings.TrimSuffix(c.audience(), "/") + "/.default" }

func (c Cloud) audience() string {
	if c.Audience == "" {
		return GlobalCloud.Audience
	}
	return c.Audience
}

func (c Cloud) authority() string {
	authority := c.Authority
	if authority == "" {
		authority = c.API
	}
	return strings.TrimSuffix(authority, "/")
}

func (c Cloud) orGlobal() Cloud {
	if c == (Cloud{}) {
		return GlobalCloud
	}
	return c
}

// readBase refuses addresses to which a token must not go.
func readBase(text string, plain bool) (*url.URL, error) {
	base, err := url.Parse(strings.TrimSuffix(text, "/"))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the address of the service: %w", err)
	case base.Scheme != "https" && base.Scheme != "http" || base.Host == "" || base.RawQuery != "" || base.Fragment != "" || base.User != nil:
		return nil, fmt.Errorf("read the address of the service: %q is not as https://host", text)
	case base.Scheme == "http" && !plain && !isLoopback(base.Hostname()):
		return nil, fmt.Errorf("%s is plain http: anyone on the way could read the token; use https, or set Options.AllowPlainHTTP", text)
	}
	return base, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

var errNoCredential = errors.New("partnercenter.New: Options.Credential is nil; where do tokens come from?")
