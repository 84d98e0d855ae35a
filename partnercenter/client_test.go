package partnercenter_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"provost/partnercenter"
)

const (
	customer     = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
	subscription = "aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e"
	order        = "34828C05-C16C-4D6F-9CFC-4D2650EF19A1"

	// documentsStatus is the example of document 000, without its spaces.
	documentsStatus = `{"skuId":"6FD2C87F-B296-42F0-B197-1E91E994B900","status":"success","quantity":5,"endDate":"2018-05-10T00:00:00Z","attributes":{"objectType":"SubscriptionProvisioningStatus"}}`
	// documentsOrder is that of document 002.
	documentsOrder = `{"totalCount":1,"items":[{"orderLineItemId":0,"lineItemNumber":0,"status":"fulfilled","quantityProvisioningInformation":[{"quantity":1,"status":"fulfilled"}]}],"attributes":{"objectType":"Collection"}}`
)

// quick retries without losing time.
var quick = partnercenter.Retry{Base: time.Millisecond, Max: 2 * time.Millisecond}

// service answers, and keeps what it was asked.
type service struct {
	*httptest.Server
	mu    sync.Mutex
	asked []asked
}

type asked struct {
	method, target string
	header         http.Header
	body           string
}

func (s *service) requests() []asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

func serve(t *testing.T, handle http.HandlerFunc) *service {
	t.Helper()
	s := &service{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.asked = append(s.asked, asked{r.Method, r.RequestURI, r.Header.Clone(), string(body)})
		s.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		handle(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// says answers everything with one body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func (s *service) partner(t *testing.T, change ...func(*partnercenter.Options)) *partnercenter.Partner {
	t.Helper()
	opts := partnercenter.Options{
		Credential: partnercenter.StaticToken("secret"), Cloud: partnercenter.Cloud{API: s.URL}, HTTPClient: s.Client(), Retry: quick,
	}
	for _, fn := range change {
		fn(&opts)
	}
	partner, err := partnercenter.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return partner
}

func statusOf(p *partnercenter.Partner) *partnercenter.SubscriptionProvisioningStatusClient {
	return p.Customers.ByID(customer).Subscriptions.ByID(subscription).ProvisioningStatus
}

func TestDocumentsCallsReadAsTheirURLs(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body := documentsStatus
		switch {
		case strings.Contains(r.URL.Path, "/orders/"):
			body = documentsOrder
		case strings.HasSuffix(r.URL.Path, subscription):
			body = `{"id":"` + subscription + `","quantity":5,"status":"Active"}`
		}
		says(200, body)(w, r)
	})
	partner := s.partner(t)
	status, err := partner.Customers.ByID(customer).Subscriptions.ByID(subscription).ProvisioningStatus.Get(t.Context())
	if err != nil || status.Status != partnercenter.ProvisioningSuccess || status.Quantity != 5 || status.EndDate.String() != "2018-05-10T00:00:00Z" {
		t.Errorf("%+v, %v", status, err)
	}
	lines, err := partner.Customers.ByID(customer).Orders.ByID(order).ProvisioningStatus.Get(t.Context())
	if err != nil || len(lines.Items) != 1 || partnercenter.RollUp(lines.Items).Outcome() != partnercenter.OutcomeFulfilled {
		t.Errorf("%+v, %v", lines, err)
	}
	sub, err := partner.Customers.ByID(customer).Subscriptions.ByID(subscription).Get(t.Context())
	if err != nil || sub.Status != partnercenter.SubscriptionActive || sub.Quantity != 5 {
		t.Errorf("%+v, %v", sub, err)
	}
	want := []string{
		"/v1/customers/" + customer + "/subscriptions/" + subscription + "/provisioningstatus",
		"/v1/customers/" + customer + "/orders/" + order + "/provisioningstatus",
		"/v1/customers/" + customer + "/subscriptions/" + subscription,
	}
	for i, got := range s.requests() {
		if got.method != "GET" || got.target != want[i] || got.header.Get("Authorization") != "Bearer secret" || got.body != "" {
			t.Errorf("%+v, want %s", got, want[i])
		}
	}
}

func TestIDsAreEscapedAndEmptyOnesRefusedByTheFirstVerb(t *testing.T) {
	s := serve(t, says(200, `{}`))
	partner := s.partner(t)
	if _, err := partner.Customers.ByID("a/../b?c#d").Orders.ByID("ü %2F").Get(t.Context()); err != nil {
		t.Error(err)
	}
	if got := s.requests()[0].target; got != "/v1/customers/a%2F..%2Fb%3Fc%23d/orders/%C3%BC%20%252F" {
		t.Error(got)
	}
	for _, id := range []string{"", ".", ".."} {
		sub := partner.Customers.ByID(id).Subscriptions.ByID(subscription)
		_, get := sub.Get(t.Context())
		_, patch := sub.Patch(t.Context(), &partnercenter.Subscription{})
		_, wait := sub.ProvisioningStatus.Wait(t.Context(), partnercenter.WaitOptions{})
		var list error
		for _, err := range partner.Customers.ByID(customer).Subscriptions.ByID(id).Addons.List(t.Context()) {
			list = err
		}
		for verb, err := range map[string]error{"get": get, "patch": patch, "wait": wait, "list": list} {
			if err == nil || !strings.Contains(err.Error(), "is no id") {
				t.Errorf("%s of %q: %v", verb, id, err)
			}
		}
	}
	if n := len(s.requests()); n != 1 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestCallsSayWhoTheyAreFrom(t *testing.T) {
	s := serve(t, says(200, documentsStatus))
	partner := s.partner(t, func(o *partnercenter.Options) {
		o.ApplicationName, o.UserAgent, o.Locale, o.CorrelationID = "panel", "panel/2", "de-DE", "scope"
	})
	_, _ = statusOf(partner).Get(t.Context())
	_, _ = statusOf(partner).Get(partnercenter.WithRequestID(partnercenter.WithCorrelationID(t.Context(), "mine"), "once"))
	first, second := s.requests()[0].header, s.requests()[1].header
	for name, want := range map[string]string{
		"Accept": "application/json", "X-Locale": "de-DE", "MS-Contract-Version": "v1", "MS-PartnerCenter-Application": "panel",
		"User-Agent": "panel/2 provost-partnercenter/1", "MS-CorrelationId": "scope",
	} {
		if got := first.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if second.Get("MS-CorrelationId") != "mine" || second.Get("MS-RequestId") != "once" || len(first.Get("MS-RequestId")) != 36 {
		t.Errorf("ids %v, %v", first, second)
	}
}

func TestListsFollowTheirPagesWithTheHeaderOfTheLink(t *testing.T) {
	for _, uri := range []string{"/customers?size=2&seekOperation=Next", "/v1/customers?size=2&seekOperation=Next", "v1//customers?size=2&seekOperation=Next", "{base}/v1/customers?size=2&seekOperation=Next"} {
		var s *service
		s = serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("MS-ContinuationToken") == "more" {
				says(200, `{"totalCount":1,"items":[{"id":"c"}],"attributes":{"objectType":"Collection"}}`)(w, r)
				return
			}
			link := strings.ReplaceAll(uri, "{base}", s.URL)
			says(200, `{"totalCount":2,"items":[{"id":"a"},{"id":"b"}],"links":{"next":{"uri":"`+link+`","method":"GET","headers":[{"key":"MS-ContinuationToken","value":"more"},{"key":"Authorization","value":"stolen"},{"key":"Cookie","value":"a=b"},{"key":"X-Locale","value":"xx"}]}}}`)(w, r)
		})
		partner := s.partner(t)
		var ids []string
		for c, err := range partner.Customers.List(t.Context(), partnercenter.CustomerQuery{Size: 2, Filter: &partnercenter.CustomerFilter{Field: "CompanyName", Value: "a&b"}}) {
			if err != nil {
				t.Fatalf("%s: %v", uri, err)
			}
			ids = append(ids, c.ID)
		}
		got := s.requests()
		if !slices.Equal(ids, []string{"a", "b", "c"}) || len(got) != 2 || got[1].header.Get("Authorization") != "Bearer secret" ||
			got[1].header.Get("Cookie") != "" || got[1].header.Get("X-Locale") != "en-US" {
			t.Errorf("%s: %v in %d requests", uri, ids, len(got))
		}
		if want := `/v1/customers?filter=%7B%22Field%22%3A%22CompanyName%22%2C%22Value%22%3A%22a%5Cu0026b%22%2C%22Operator%22%3A%22starts_with%22%7D&size=2`; got[0].target != want {
			t.Errorf("%s, want %s", got[0].target, want)
		}
		page, err := partner.Customers.Page(t.Context(), partnercenter.CustomerQuery{})
		if err != nil {
			t.Fatal(err)
		}
		page, err = partner.Customers.Page(t.Context(), partnercenter.CustomerQuery{Next: page.Links.Next})
		if err != nil || len(page.Items) != 1 || page.Items[0].ID != "c" {
			t.Errorf("%s: the second page is %+v, %v", uri, page, err)
		}
	}
}

func TestLinksThatLeadElsewhereOrRoundAndRoundAreNotFollowed(t *testing.T) {
	for uri, want := range map[string]string{
		"https://evil.example/customers": "does not lead on", "//evil.example/v1/customers": "does not lead on",
		"/customers?seekOperation=Next": "read before",
	} {
		s := serve(t, says(200, `{"items":[{"id":"a"}],"links":{"next":{"uri":"`+uri+`","method":"GET","headers":[]}}}`))
		var last error
		n := 0
		for _, err := range s.partner(t).Customers.List(t.Context(), partnercenter.CustomerQuery{}) {
			last = err
			n++
		}
		if last == nil || !strings.Contains(last.Error(), want) || n > 4 {
			t.Errorf("%s: %v after %d", uri, last, n)
		}
	}
}

func TestListsGoOnFromAPage(t *testing.T) {
	s := serve(t, says(200, `{"items":[{"id":"a"}]}`))
	partner := s.partner(t)
	next := &partnercenter.Link{URI: "/customers?size=1&seekOperation=Next", Headers: []partnercenter.KeyValue{{Key: "ms-continuationtoken", Value: "more"}}}
	drain(t, partner.Customers.List(t.Context(), partnercenter.CustomerQuery{Size: 7, Next: next}))
	drain(t, partner.AuditRecords.List(t.Context(), partnercenter.AuditQuery{Size: 7, Next: &partnercenter.Link{URI: "/auditrecords?size=1"}}))
	got := s.requests()
	if len(got) != 2 || got[0].target != "/v1/customers?size=1&seekOperation=Next" || got[0].header.Get("MS-ContinuationToken") != "more" || got[1].target != "/v1/auditrecords?size=1" {
		t.Errorf("%+v", got)
	}
}

// A link's query is the service's own affair, however it is written.
func TestQueriesOfOthersAreSentAsTheyAre(t *testing.T) {
	const odd = `/customers?b=100%&a=x;y&filter={"Field":"Company Name","Value":"ü%20+"}&a=#f`
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "" {
			says(200, `{"items":[]}`)(w, r)
			return
		}
		says(200, `{"items":[{"id":"a"}],"links":{"next":{"uri":`+mustJSON(t, odd)+`}}}`)(w, r)
	})
	partner := s.partner(t)
	drain(t, partner.Customers.List(t.Context(), partnercenter.CustomerQuery{}))
	if err := partner.Do(t.Context(), "GET", "/v1"+odd, nil, nil); err != nil {
		t.Error(err)
	}
	for _, got := range s.requests()[1:] {
		if got.target != `/v1/customers?b=100%&a=x;y&filter=%7B%22Field%22:%22Company%20Name%22,%22Value%22:%22%C3%BC%20+%22%7D&a=` {
			t.Error(got.target)
		}
	}
}

func TestDoReachesTheRestOfTheService(t *testing.T) {
	s := serve(t, says(200, "\xef\xbb\xbf"+`{"url":"https://x"}`))
	partner := s.partner(t)
	var out struct{ URL string }
	var raw []byte
	err := errors.Join(
		partner.Do(t.Context(), "GET", "/v1/customers/relationshiprequests?x=%2F", nil, &out),
		partner.Do(t.Context(), "POST", "/webhooks/v1/registration", map[string]int{"a": 1}, &raw),
		partner.Do(t.Context(), "DELETE", "/v1/a%2Fb", []byte("as it is"), nil),
	)
	got := s.requests()
	if err != nil || out.URL != "https://x" || string(raw) != `{"url":"https://x"}` || got[0].target != "/v1/customers/relationshiprequests?x=%2F" ||
		got[1].body != `{"a":1}` || got[1].header.Get("Content-Type") != "application/json" || got[2].body != "as it is" || got[2].target != "/v1/a%2Fb" {
		t.Errorf("%v, %+v, %s, %+v", err, out, raw, got)
	}
	for _, path := range []string{"", "v1/customers", "https://evil.example/v1", "//evil.example/v1", "/\x7f"} {
		if err := partner.Do(t.Context(), "GET", path, nil, nil); err == nil {
			t.Errorf("%q was called", path)
		}
	}
	if n := len(s.requests()); n != 3 {
		t.Errorf("%d requests", n)
	}
}

func TestTokensGoNowhereElse(t *testing.T) {
	other := serve(t, says(200, documentsStatus))
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	_, err := statusOf(s.partner(t)).Get(t.Context())
	if !errors.Is(err, &partnercenter.Error{StatusCode: 307}) || !strings.Contains(err.Error(), other.URL) || len(other.requests()) != 0 {
		t.Errorf("%v; the other server was asked %d times", err, len(other.requests()))
	}
	for _, address := range []string{"http://provost.example", "ftp://x", "provost.example", "https://", "https://u:p@x", "https://x?y"} {
		_, err := partnercenter.New(partnercenter.Options{Credential: partnercenter.StaticToken("x"), Cloud: partnercenter.Cloud{API: address}})
		if err == nil {
			t.Errorf("%s is an address", address)
		}
	}
	_, err = partnercenter.New(partnercenter.Options{Credential: partnercenter.StaticToken("x"), Cloud: partnercenter.Cloud{API: "http://provost.example"}, AllowPlainHTTP: true})
	if err != nil {
		t.Error(err)
	}
	if _, err := partnercenter.New(partnercenter.Options{}); err == nil {
		t.Error("there is a partner without a credential")
	}
}

func TestMiddlewareStandsAroundEachAttemptInItsOrder(t *testing.T) {
	s := serve(t, says(200, documentsStatus))
	var order []string
	around := func(name string) func(http.RoundTripper) http.RoundTripper {
		return func(next http.RoundTripper) http.RoundTripper {
			return trip(func(r *http.Request) (*http.Response, error) {
				order = append(order, name)
				return next.RoundTrip(r)
			})
		}
	}
	partner := s.partner(t, func(o *partnercenter.Options) {
		o.Middleware = []func(http.RoundTripper) http.RoundTripper{around("outer"), around("inner")}
	})
	if _, err := statusOf(partner).Get(t.Context()); err != nil || !slices.Equal(order, []string{"outer", "inner"}) {
		t.Error(err, order)
	}
}

// trip is a transport made of a function.
type trip func(*http.Request) (*http.Response, error)

func (fn trip) RoundTrip(r *http.Request) (*http.Response, error) { return fn(r) }

func TestWordsThatNobodyKnowsAreKept(t *testing.T) {
	s := serve(t, says(200, strings.ReplaceAll(documentsStatus, "success", "HALF_way")))
	status, err := statusOf(s.partner(t)).Get(t.Context())
	if err != nil || status.Status != "HALF_way" || partnercenter.Known(status.Status) || !partnercenter.Known(partnercenter.ProvisioningFailed) {
		t.Errorf("%+v, %v", status, err)
	}
}

func TestCollectionsOfOneSubscriptionTreeAreAskedFor(t *testing.T) {
	s := serve(t, says(200, `{"totalCount":0,"items":[]}`))
	p := s.partner(t)
	ctx := t.Context()
	c, uk := p.Customers.ByID("c"), p.Products.ByCountry("GB")
	drain(t, c.Subscriptions.List(ctx, partnercenter.SubscriptionQuery{OrderID: "o"}))
	drain(t, c.Subscriptions.List(ctx, partnercenter.SubscriptionQuery{PartnerID: "7"}))
	drain(t, c.Subscriptions.ByID("s").Addons.List(ctx))
	drain(t, c.Orders.List(ctx, partnercenter.OrderQuery{BillingCycle: partnercenter.BillingCycleMonthly, IncludePrice: true}))
	drain(t, uk.List(ctx, partnercenter.ProductQuery{View: partnercenter.ViewAzure, Segment: partnercenter.SegmentCommercial}))
	drain(t, uk.ByID("p").SKUs.List(ctx, partnercenter.SKUQuery{Segment: partnercenter.SegmentEducation}))
	drain(t, uk.ByID("p").SKUs.ByID("1").Availabilities.List(ctx, partnercenter.SKUQuery{}))
	drain(t, c.Products.List(ctx, partnercenter.ProductQuery{View: partnercenter.ViewSoftware}))
	_, _ = c.Products.ByID("p").SKUs.ByID("1").Availabilities.ByID("a").Get(ctx)
	_, _ = uk.ByID("p").SKUs.ByID("1").Get(ctx)
	want := []string{
		"/v1/customers/c/subscriptions?order_id=o", "/v1/customers/c/subscriptions?mpn_id=7", "/v1/customers/c/subscriptions/s/addons",
		"/v1/customers/c/orders?billingType=monthly&include_price=true", "/v1/products?country=GB&targetSegment=commercial&targetView=Azure",
		"/v1/products/p/skus?country=GB&targetSegment=education", "/v1/products/p/skus/1/availabilities?country=GB",
		"/v1/customers/c/products?targetView=Software", "/v1/customers/c/products/p/skus/1/availabilities/a", "/v1/products/p/skus/1?country=GB",
	}
	for i, got := range s.requests() {
		if got.target != want[i] {
			t.Errorf("%s, want %s", got.target, want[i])
		}
	}
}

func drain[T any](t *testing.T, list func(func(*T, error) bool)) {
	t.Helper()
	for _, err := range list {
		if err != nil {
			t.Error(err)
		}
	}
}

func TestLoopThatEndsAsksForNoFurtherPage(t *testing.T) {
	s := serve(t, says(200, `{"items":[{"id":"a"},{"id":"b"}],"links":{"next":{"uri":"/customers?x=1"}}}`))
	for _, err := range s.partner(t).Customers.List(t.Context(), partnercenter.CustomerQuery{}) {
		if err != nil {
			t.Error(err)
		}
		break
	}
	if n := len(s.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestRequestsOfAGoneCallerAreNotSent(t *testing.T) {
	s := serve(t, says(200, documentsStatus))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := statusOf(s.partner(t)).Get(ctx); !errors.Is(err, context.Canceled) || len(s.requests()) != 0 {
		t.Errorf("%v after %d requests", err, len(s.requests()))
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
