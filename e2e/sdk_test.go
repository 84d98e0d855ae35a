package e2e_test

import (
	"context"
	"errors"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"provost/internal/server"
	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// inProcess is a development server within this test, with the demo shop.
func inProcess(t *testing.T) string {
	t.Helper()
	s, err := server.Open(t.Context(), server.Settings{
		Development: true, Ephemeral: true, Data: t.TempDir(), Database: sharedDatabase(t), Listen: "127.0.0.1:0", Version: "test", Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s.URL()
}

// shop is the demo shop's app at a server.
func shopApp(base string) partnercenter.App {
	return partnercenter.App{
		Cloud: partnercenter.Cloud{API: base}, Tenant: provider, ClientID: "199044aa-0019-4213-9c14-cbd49666a53f", ClientSecret: extension.DemoSecret,
	}
}

// ada is the demo shop's admin agent, with the client of this test.
func ada(t *testing.T, base string) *partnercenter.Partner {
	t.Helper()
	client, err := partnercenter.New(partnercenter.Options{
		Cloud: partnercenter.Cloud{API: base}, Credential: partnercenter.StaticToken(token(t, base)), ApplicationName: "e2e",
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

const (
	books = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
	finch = "cf6f4266-8415-4afd-b119-1834c6391312"
)

func TestClientMakesTheDocumentsCalls(t *testing.T) {
	client := ada(t, inProcess(t))
	status, err := client.Customers.ByID(books).Subscriptions.ByID("aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e").ProvisioningStatus.Get(t.Context())
	if err != nil || status.Status != partnercenter.ProvisioningSuccess || status.Quantity != 5 || status.SKUID != "6FD2C87F-B296-42F0-B197-1E91E994B900" {
		t.Errorf("%+v, %v", status, err)
	}
	order := client.Customers.ByID(books).Orders.ByID("34828C05-C16C-4D6F-9CFC-4D2650EF19A1")
	lines, err := order.ProvisioningStatus.Get(t.Context())
	if err != nil || partnercenter.RollUp(lines.Items).Outcome() != partnercenter.OutcomeFulfilled {
		t.Errorf("%+v, %v", lines, err)
	}
	if o, err := order.Get(t.Context()); err != nil || len(o.LineItems) != 1 {
		t.Errorf("%+v, %v", o, err)
	}
	_, err = client.Customers.ByID(books).Subscriptions.ByID("00000000-0000-0000-0000-000000000000").ProvisioningStatus.Get(t.Context())
	var refusal *partnercenter.Error
	if !errors.Is(err, partnercenter.ErrSubscriptionNotFound) || !errors.As(err, &refusal) || refusal.RequestID == "" || refusal.CorrelationID == "" {
		t.Errorf("%v", err)
	}
}

func TestClientWalksTheShop(t *testing.T) {
	client := ada(t, inProcess(t))
	ctx := t.Context()
	customers, subscriptions := 0, 0
	for c, err := range client.Customers.List(ctx, partnercenter.CustomerQuery{Size: 3}) {
		if err != nil {
			t.Fatal(err)
		}
		customers++
		for _, err := range client.Customers.ByID(c.ID).Subscriptions.List(ctx, partnercenter.SubscriptionQuery{}) {
			if err != nil {
				t.Fatal(err)
			}
			subscriptions++
		}
	}
	if customers != 10 || subscriptions < 20 {
		t.Errorf("%d customers, %d subscriptions", customers, subscriptions)
	}
	for c, err := range client.Customers.List(ctx, partnercenter.CustomerQuery{Filter: &partnercenter.CustomerFilter{Field: "CompanyName", Value: "Bäck"}}) {
		if err != nil || c.CompanyProfile.CompanyName != "Bäckerei Sonnblick" {
			t.Errorf("%+v, %v", c, err)
		}
	}
	bought := 0
	gb := client.Products.ByCountry("GB")
	for p, err := range gb.List(ctx, partnercenter.ProductQuery{View: partnercenter.ViewOnlineServices}) {
		if err != nil {
			t.Fatal(err)
		}
		for s, err := range gb.ByID(p.ID).SKUs.List(ctx, partnercenter.SKUQuery{}) {
			if err != nil {
				t.Fatal(err)
			}
			for a, err := range gb.ByID(p.ID).SKUs.ByID(s.ID).Availabilities.List(ctx, partnercenter.SKUQuery{}) {
				whole, getErr := client.Customers.ByID(finch).Products.ByID(p.ID).SKUs.ByID(s.ID).Availabilities.ByID(a.ID).Get(ctx)
				if err != nil || getErr != nil || whole.CatalogItemID != a.CatalogItemID {
					t.Fatal(err, getErr)
				}
				bought++
			}
		}
	}
	if bought < 5 {
		t.Errorf("only %d things are sold", bought)
	}
	taken, err := client.Domains.ByName(domainOf(t, client)).Exists(ctx)
	free, freeErr := client.Domains.ByName("nobody-has-this.onmicrosoft.com").Exists(ctx)
	if err != nil || freeErr != nil || free || !taken {
		t.Errorf("%v %v, %v %v", taken, err, free, freeErr)
	}
}

func domainOf(t *testing.T, client *partnercenter.Partner) string {
	t.Helper()
	c, err := client.Customers.ByID(books).Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c.CompanyProfile.Domain
}

// Everything that the client writes, the server understands.
func TestClientBuysChangesAndWaits(t *testing.T) {
	base := inProcess(t)
	client := ada(t, base)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	text := func(s string) *string { return &s }
	created, err := client.Customers.Create(ctx, &partnercenter.Customer{
		CompanyProfile: &partnercenter.CustomerCompanyProfile{Domain: "tidewater.onmicrosoft.com"},
		BillingProfile: &partnercenter.CustomerBillingProfile{
			FirstName: text("Tess"), LastName: text("Ide"), Email: text("tess@tidewater.example"), Culture: text("en-US"), Language: text("en"), CompanyName: text("Tidewater Ltd"),
			DefaultAddress: &partnercenter.Address{Country: "US", City: text("Salem"), State: text("MA"), AddressLine1: text("1 Pier"), PostalCode: text("01970"), PhoneNumber: text("2065550100")},
		},
	})
	if err != nil || created.UserCredentials == nil {
		t.Fatalf("%+v, %v", created, err)
	}
	home := client.Customers.ByID(created.ID)
	_, err = home.Agreements.Create(ctx, &partnercenter.Agreement{
		TemplateID: "117a77b0-9360-443b-8795-c6dedc750cf9", Type: partnercenter.MicrosoftCustomerAgreement, DateAgreed: partnercenter.At(time.Now().Add(-time.Hour)),
		PrimaryContact: &partnercenter.AgreementContact{FirstName: "Tess", LastName: "Ide", Email: "tess@tidewater.example"},
	})
	if err != nil {
		t.Error(err)
	}
	billing, err := home.Profiles.Billing.Update(ctx, func(p *partnercenter.CustomerBillingProfile) error {
		p.DefaultAddress.City = text("Boston")
		return nil
	})
	if err != nil || *billing.DefaultAddress.City != "Boston" {
		t.Errorf("%+v, %v", billing, err)
	}

	order, err := home.Orders.Create(ctx, &partnercenter.Order{
		BillingCycle: partnercenter.BillingCycleMonthly,
		LineItems:    []partnercenter.OrderLineItem{{OfferID: basicOffer, Quantity: 5, TermDuration: text("P1Y")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	go advance(ctx, t, client, "PT30M")
	status, err := home.Orders.ByID(order.ID).ProvisioningStatus.Wait(ctx, partnercenter.WaitOptions{Every: time.Second})
	if err != nil || partnercenter.RollUp(status.Items) != (partnercenter.Fulfillment{Fulfilled: 5}) {
		t.Fatalf("%+v, %v", status, err)
	}
	order, err = home.Orders.ByID(order.ID).GetWithPrice(ctx)
	if err != nil || order.LineItems[0].SubscriptionID == nil || order.TotalPrice == nil {
		t.Fatalf("%+v, %v", order, err)
	}
	sub := home.Subscriptions.ByID(*order.LineItems[0].SubscriptionID)
	changed, err := sub.Update(ctx, func(s *partnercenter.Subscription) error {
		s.Quantity = 9
		return nil
	})
	if err != nil || changed.Quantity != 9 || !changed.AutoRenewEnabled {
		t.Fatalf("%+v, %v", changed, err)
	}
	first, err := sub.ProvisioningStatus.Get(ctx)
	if err != nil || first.Status != partnercenter.ProvisioningPending {
		t.Errorf("%+v, %v", first, err)
	}

	cart, err := home.Carts.Create(ctx, &partnercenter.Cart{LineItems: []partnercenter.CartLineItem{
		{CatalogItemID: e3Offer, Quantity: 2, BillingCycle: cycle(partnercenter.BillingCycleMonthly), TermDuration: text("P1Y")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	cart.LineItems[0].Quantity = 3
	if cart, err = home.Carts.ByID(cart.ID).Replace(ctx, cart); err != nil || cart.LineItems[0].Quantity != 3 {
		t.Fatalf("%+v, %v", cart, err)
	}
	bought, err := home.Carts.ByID(cart.ID).Checkout(ctx)
	if err != nil || len(bought.Orders) != 1 || len(bought.OrderErrors) != 0 {
		t.Fatalf("%+v, %v", bought, err)
	}
	if _, err := home.Carts.ByID(cart.ID).Checkout(ctx); !errors.Is(err, partnercenter.ErrCartOrdered) {
		t.Errorf("%v", err)
	}
	if _, err := home.Orders.ByID(bought.Orders[0].ID).Patch(ctx, &partnercenter.Order{Status: partnercenter.OrderCancelled}); err == nil {
		t.Error("the order was cancelled outside of a sandbox")
	}
	written := map[partnercenter.AuditOperationType]int{}
	for record, err := range client.AuditRecords.List(ctx, partnercenter.AuditQuery{CustomerID: created.ID, Size: 2, End: time.Now().AddDate(0, 0, 2)}) {
		if err != nil {
			t.Fatal(err)
		}
		written[record.OperationType]++
	}
	if written[partnercenter.AuditCreateOrder] != 2 || written[partnercenter.AuditAddCustomer] != 1 || written[partnercenter.AuditUpdateSubscription] != 1 {
		t.Errorf("recorded: %v", written)
	}
	if _, err := home.Patch(ctx, &partnercenter.Customer{RelationshipToPartner: partnercenter.RelationshipNone}); !errors.Is(err, partnercenter.ErrConflict) {
		t.Errorf("%v: the customer holds something that is active", err)
	}
}

func cycle(c partnercenter.BillingCycle) *partnercenter.BillingCycle { return &c }

// advance moves the shop's clock once somebody has begun to wait.
func advance(ctx context.Context, t *testing.T, client *partnercenter.Partner, by string) {
	time.Sleep(200 * time.Millisecond)
	if err := client.Do(ctx, http.MethodPost, extension.ClockPath, map[string]string{"advance": by}, nil); err != nil && ctx.Err() == nil {
		t.Error(err)
	}
}

// A wait sleeps exactly as long as the service says: two requests.
func TestClientsWaitTakesTwoRequestsForASeatChange(t *testing.T) {
	base := inProcess(t)
	asked := 0
	client, err := partnercenter.New(partnercenter.Options{
		Cloud: partnercenter.Cloud{API: base}, Credential: partnercenter.StaticToken(token(t, base)),
		Middleware: []func(http.RoundTripper) http.RoundTripper{func(next http.RoundTripper) http.RoundTripper {
			return roundTrip(func(r *http.Request) (*http.Response, error) {
				if strings.HasSuffix(r.URL.Path, "/provisioningstatus") {
					asked++
				}
				return next.RoundTrip(r)
			})
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var is extension.Clock
	if err := client.Do(ctx, http.MethodGet, extension.ClockPath, nil, &is); err != nil {
		t.Fatal(err)
	}
	// Three seconds before the refresh, what is settled shows after three.
	tick := is.Now.Truncate(15 * time.Minute).Add(15*time.Minute - 3*time.Second)
	if err := client.Do(ctx, http.MethodPost, extension.ClockPath, map[string]string{"set": tick.UTC().Format(time.RFC3339)}, nil); err != nil {
		t.Fatal(err)
	}
	status, err := client.Customers.ByID("f694259f-787e-4276-a00b-66c0ba494899").Subscriptions.ByID("f41aa505-4794-4fbd-b51c-c8071f4ee48a").ProvisioningStatus.Wait(ctx, partnercenter.WaitOptions{})
	if err != nil || status.Status != partnercenter.ProvisioningSuccess || status.Quantity != 25 || asked > 2 {
		t.Errorf("%+v, %v after %d requests", status, err, asked)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (fn roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return fn(r) }

func TestClientSignsInAtTheIssuerOfDev(t *testing.T) {
	base := inProcess(t)
	app := shopApp(base)
	reads := func(source partnercenter.TokenSource, want error) {
		t.Helper()
		client, err := partnercenter.New(partnercenter.Options{Cloud: app.Cloud, Credential: source})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Customers.ByID(books).Subscriptions.ByID("aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e").ProvisioningStatus.Get(t.Context())
		if !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	reads(app.ClientCredentials(), partnercenter.ErrAppOnly)

	var kept []string
	keep := func(_ context.Context, refreshToken string) error { kept = append(kept, refreshToken); return nil }
	person := newPerson(t)
	reads(app.Browser(func(_ context.Context, page string) error {
		go person.visit(person.signIn(page))
		return nil
	}, keep), nil)
	reads(app.DeviceCode(func(_ context.Context, prompt partnercenter.DevicePrompt) error {
		person.approve(prompt.VerificationURI, prompt.UserCode)
		return nil
	}, keep), nil)
	if len(kept) != 2 {
		t.Fatalf("%d refresh tokens were kept", len(kept))
	}
	for _, spent := range slices.Clone(kept) {
		reads(app.RefreshToken(spent, keep), nil)
	}
	if len(kept) != 4 || kept[2] == kept[0] {
		t.Errorf("%d refresh tokens were kept", len(kept))
	}
	var refused *partnercenter.SignInError
	if _, err := app.RefreshToken(kept[0], keep).Token(t.Context()); !errors.As(err, &refused) || refused.Code != "invalid_grant" {
		t.Errorf("a spent refresh token: %v", err)
	}
}

// person does at the pages of the issuer what someone does with a browser.
type person struct {
	t       *testing.T
	browser *http.Client
}

func newPerson(t *testing.T) person {
	jar, _ := cookiejar.New(nil) // it fails for no options
	return person{t, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

var (
	offeredUser = regexp.MustCompile(`value="([^"]+)"[^>]*>\s*<label[^>]*><strong>[^<]*</strong> ada@northlight\.example`)
	pageTicket  = regexp.MustCompile(`name="ticket" value="([^"]+)"`)
)

func (p person) signIn(page string) string {
	text, _ := p.send(page, nil)
	_, back := p.choose(page, text)
	return back
}

func (p person) approve(page, userCode string) {
	text, _ := p.send(page, nil)
	text, _ = p.send(page, url.Values{"ticket": {found(pageTicket, text)}, "user_code": {userCode}})
	p.choose(page, text)
}

func (p person) choose(page, text string) (string, string) {
	return p.send(page, url.Values{
		"ticket": {found(pageTicket, text)}, "user": {found(offeredUser, text)}, "password": {extension.DemoSecret}, "mfa": {"true"}, "action": {"signin"},
	})
}

func found(pattern *regexp.Regexp, text string) string {
	if match := pattern.FindStringSubmatch(text); match != nil {
		return html.UnescapeString(match[1])
	}
	return ""
}

func (p person) visit(page string) { _, _ = p.send(page, nil) }

func (p person) send(page string, form url.Values) (text, location string) {
	var res *http.Response
	var err error
	if form == nil {
		res, err = p.browser.Get(page)
	} else {
		res, err = p.browser.PostForm(page, form)
	}
	if err != nil {
		p.t.Error(err)
		return "", ""
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return string(body), res.Header.Get("Location")
}
