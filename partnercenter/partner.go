package partnercenter

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Partner is the way in: what a partner can ask of the service. It is safe for
// use by several goroutines at once, and meant to be made once: its calls share
// connections, the token, the retry budget and the budget of waits.
type Partner struct {
	// Customers are those that the partner sells to.
	Customers *CustomersClient
	// Products are the catalogue, by country.
	Products *CatalogClient
	// Domains are those that customers have, or could have.
	Domains *DomainsClient
	// AuditRecords say who wrote what.
	AuditRecords *AuditRecordsClient

	base       *url.URL
	http       *http.Client
	tokens     *tokens
	retry      Retry
	budget     *retryBudget
	pacer      *pacer
	refreshes  *refreshes
	timeout    time.Duration
	header     http.Header
	correlated string
}

// Options say how a [Partner] calls. Credential is needed; everything else has a
// default that suits Microsoft's service.
type Options struct {
	// Credential is where tokens come from: [StaticToken], an [App]'s, or your own.
	Credential TokenSource
	// Cloud is whose service is called. The default is GlobalCloud.
	Cloud Cloud
	// HTTPClient sends the requests. The default is a client of
	// http.DefaultTransport. Redirects are never followed: a token goes where it
	// was meant to go, or nowhere.
	HTTPClient *http.Client
	// Middleware stands around the transport, the first one outermost: for
	// logs, traces, recordings. Each sees every attempt, with its token. An error of
	// theirs is tried again as that of a connection is, but for one that has a method
	// Permanent() bool which says true.
	Middleware []func(http.RoundTripper) http.RoundTripper
	// Timeout bounds each attempt, its answer included. The default is a minute.
	Timeout time.Duration
	// Retry says how often what failed is tried again.
	Retry Retry
	// WaitRequestsPerMinute is what all waits and watches together may ask. The
	// default is 400: Microsoft allows 500 per tenant, and somebody else calls too.
	WaitRequestsPerMinute int
	// Locale is the language of texts and rates (X-Locale). The default is
	// "en-US".
	Locale string
	// ApplicationName is told to the service (MS-PartnerCenter-Application).
	ApplicationName string
	// UserAgent stands before this package's own.
	UserAgent string
	// CorrelationID goes with every call, so that the service's log shows them
	// as one scope. The default is a new one per call; [WithCorrelationID] sets
	// it for some.
	CorrelationID string
	// AllowPlainHTTP allows an API address of plain http beyond this machine.
	AllowPlainHTTP bool
}

const userAgent = "provost-partnercenter/1"

// New returns a partner's way in. It calls nobody yet.
func New(opts Options) (*Partner, error) {
	if opts.Credential == nil {
		return nil, errNoCredential
	}
	base, err := readBase(opts.Cloud.orGlobal().API, opts.AllowPlainHTTP)
	if err != nil {
		return nil, err
	}
	p := &Partner{
		base:       base,
		http:       unredirected(opts.HTTPClient, opts.Middleware),
		tokens:     newTokens(opts.Credential),
		retry:      opts.Retry.orDefaults(),
		budget:     newRetryBudget(),
		pacer:      newPacer(min(cmp.Or(max(0, opts.WaitRequestsPerMinute), 400), mostPerMinute)),
		refreshes:  newRefreshes(),
		timeout:    cmp.Or(max(0, opts.Timeout), time.Minute),
		header:     http.Header{},
		correlated: opts.CorrelationID,
	}
	for name, value := range map[string]string{
		"Accept": "application/json", "X-Locale": cmp.Or(opts.Locale, "en-US"),
		"MS-Contract-Version": "v1", "MS-PartnerCenter-Client": "Provost Go SDK",
		"MS-PartnerCenter-Application": opts.ApplicationName,
		"User-Agent":                   strings.TrimSpace(opts.UserAgent + " " + userAgent),
	} {
		if value != "" {
			p.header.Set(name, value)
		}
	}
	if err := sendable(p.header); err != nil {
		return nil, fmt.Errorf("partnercenter.New: %w", err)
	}
	root := place{partner: p, path: "/v1"}
	p.Customers = &CustomersClient{at: root.in("customers")}
	p.Products = &CatalogClient{at: root.in("products")}
	p.AuditRecords = &AuditRecordsClient{at: root.in("auditrecords")}
	p.Domains = &DomainsClient{at: root.in("domains")}
	return p, nil
}

// unredirected is a copy of the client that shows redirects as they are.
func unredirected(client *http.Client, around []func(http.RoundTripper) http.RoundTripper) *http.Client {
	plain := http.Client{}
	if client != nil {
		plain = *client
	}
	plain.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if plain.Transport == nil {
		plain.Transport = http.DefaultTransport
	}
	for i := range around {
		plain.Transport = around[len(around)-1-i](plain.Transport)
	}
	return &plain
}

// Do makes any call of Partner Center with the same credential, retries and
// errors: what this package has no method for. The path is that from the base
// URL on, with its version and query: "/v1/customers/…/usagesummary". What goes
// in is written as JSON, or sent as it is when it is a []byte; nil sends nothing.
// What comes out is read from JSON, or copied when out is a *[]byte; nil drops it.
func (p *Partner) Do(ctx context.Context, method, path string, in, out any) error {
	where, err := url.Parse(path)
	if err != nil || where.IsAbs() || where.Host != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return fmt.Errorf("%s %q: the path is to be as /v1/customers", method, path)
	}
	body, err := writeBody(in)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, where.Path, err)
	}
	got, err := p.send(ctx, call{method: method, path: where.EscapedPath(), query: queryAsItIs(where.RawQuery), body: body})
	if err != nil {
		return err
	}
	switch into := out.(type) {
	case nil:
		return nil
	case *[]byte:
		*into = got.body
		return nil
	default:
		return got.into(out)
	}
}

func writeBody(in any) ([]byte, error) {
	switch body := in.(type) {
	case nil:
		return nil, nil
	case []byte:
		return body, nil
	default:
		written, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("write the body: %w", err)
		}
		return written, nil
	}
}

type contextKey string

// WithCorrelationID makes the calls of a context carry this MS-CorrelationId:
// one scope in the service's log.
func WithCorrelationID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, contextKey("correlation"), id)
}

// WithRequestID makes the calls of a context carry this MS-RequestId. A write
// that is sent again under its id, even by another process and an hour later,
// happens once. Use a context for one write alone.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, contextKey("request"), id)
}
