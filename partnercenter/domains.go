package partnercenter

import (
	"context"
	"errors"
	"net/http"
)

// DomainsClient asks whether domains are taken.
type DomainsClient struct{ at place }

// ByName leads to one domain: "contoso.onmicrosoft.com".
func (c *DomainsClient) ByName(domain string) *DomainClient {
	return &DomainClient{at: c.at.id("domain", domain)}
}

// DomainClient asks whether one domain is taken.
type DomainClient struct{ at place }

// Exists says whether somebody has the domain already: a new customer needs one
// that nobody has.
//
// Tokens: App+User, app-only. Roles: any agent. Errors: none; [ErrNotFound] is
// false. Source: reference 1.2.
//
//	HEAD /v1/domains/{domain}
func (c *DomainClient) Exists(ctx context.Context) (bool, error) {
	_, err := c.at.send(ctx, call{method: http.MethodHead})
	if errors.Is(err, &Error{StatusCode: http.StatusNotFound}) {
		return false, nil
	}
	return err == nil, err
}
