package authority_test

import (
	"context"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"provost/internal/authority"
	"provost/internal/commerce"
)

const (
	otherTenant = "c2f0b6e4-3d1c-4f7a-8a36-0e9a3f5d7b61"
	otherID     = "f3b3c1de-98f4-45b2-9a35-2c4b5d0f9e21"

	loopback = "http://localhost:8400/back"
)

// addOtherWorld gives a store a second development world, with the same user and
// the same apps by id, name and secret.
func addOtherWorld(t *testing.T, store commerce.Store) {
	t.Helper()
	write(t, store, func(ctx context.Context, tx commerce.Tx) error {
		account := func(id string, kind commerce.AccountKind, upn string) commerce.Account {
			return commerce.Account{World: "other", Partner: otherID, ID: id, Kind: kind, Name: "Other", UPN: upn, SecretHash: secretHash}
		}
		for _, err := range []error{
			tx.Worlds().Insert(ctx, commerce.World{ID: "other", Name: "Other", Kind: commerce.Development,
				CreatedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Settings: commerce.DefaultSettings()}),
			tx.Partners().Insert(ctx, commerce.Partner{World: "other", ID: otherID, Tenant: otherTenant, Kind: commerce.Provider, Name: "Other"}),
			tx.Accounts().Insert(ctx, account(ada, commerce.UserAccount, "ada@northlight.example")),
			tx.Accounts().Insert(ctx, account(app, commerce.AppAccount, "")),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// clock is a real time that a test moves.
type clock struct{ now time.Time }

func newClock() *clock { return &clock{time.Now()} }

func (c *clock) pass(d time.Duration) { c.now = c.now.Add(d) }

func newAuthorityAt(t *testing.T, store commerce.Store, c *clock) *authority.Authority {
	t.Helper()
	a, err := authority.New(authority.Settings{
		Store: store, Key: signingKey, BaseURL: base, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return c.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// browser is a person's, with its cookies.
type browser struct {
	t       *testing.T
	a       http.Handler
	cookies map[string]*http.Cookie
}

func newBrowser(t *testing.T, a http.Handler) *browser {
	return &browser{t, a, map[string]*http.Cookie{}}
}

// view is what a browser has come to.
type view struct {
	path, text string
	status     int
	header     http.Header
}

func (b *browser) send(r *http.Request) view {
	b.t.Helper()
	for _, cookie := range b.cookies {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	b.a.ServeHTTP(w, r)
	for _, cookie := range w.Result().Cookies() {
		b.cookies[cookie.Name] = cookie
	}
	return view{r.URL.RequestURI(), w.Body.String(), w.Code, w.Header()}
}

func (b *browser) open(path string, query form) view {
	b.t.Helper()
	return b.send(request(http.MethodGet, path+"?"+query.encode(), ""))
}

var ticketPattern = regexp.MustCompile(`name="ticket" value="([^"]+)"`)

func (v view) ticket(t *testing.T) string {
	t.Helper()
	found := ticketPattern.FindStringSubmatch(v.text)
	if found == nil {
		t.Fatalf("%s: %d has no ticket: %s", v.path, v.status, v.text)
	}
	return html.UnescapeString(found[1])
}

// submit sends a page's form.
func (b *browser) submit(v view, answer form) view {
	b.t.Helper()
	return b.send(request(http.MethodPost, v.path, answer.and(form{"ticket": v.ticket(b.t)}).encode()))
}

// back is what an app is sent.
func (v view) back(t *testing.T, to string) url.Values {
	t.Helper()
	location := v.header.Get("Location")
	if v.status != http.StatusSeeOther || !strings.HasPrefix(location, to+"?") {
		t.Fatalf("%s: %d to %q: %s", v.path, v.status, location, v.text)
	}
	u, err := url.Parse(location)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

var (
	asAdaAtPage = form{"user": providerTenant + "/" + ada, "password": secret, "mfa": "true", "action": "signin"}

	verifier  = strings.Repeat("correct-horse.", 4)
	challenge = challengeOf(verifier)

	asking = form{"client_id": app, "redirect_uri": loopback, "response_type": "code", "state": "s t&a=te", "nonce": "n1",
		"scope":          "openid offline_access https://api.partnercenter.microsoft.com/.default",
		"code_challenge": challenge, "code_challenge_method": "S256"}
	redeeming = form{"grant_type": "authorization_code", "client_id": app, "redirect_uri": loopback, "code_verifier": verifier}
)

const (
	authorizeV1 = "/" + providerTenant + "/oauth2/authorize"
	authorizeV2 = "/" + providerTenant + "/oauth2/v2.0/authorize"
)

// codeOf signs Ada in at the page and gives the code.
func codeOf(t *testing.T, a http.Handler, path string, asking form) string {
	t.Helper()
	b := newBrowser(t, a)
	back := b.submit(b.open(path, asking), asAdaAtPage).back(t, asking["redirect_uri"])
	if back.Get("code") == "" || back.Get("state") != asking["state"] {
		t.Fatalf("sent back with %v", back)
	}
	return back.Get("code")
}

// refusedWith posts a form that must be refused.
func refusedWith(t *testing.T, a http.Handler, path string, f form, word string, number int) {
	t.Helper()
	status, body := post(t, a, path, f)
	codes, _ := body["error_codes"].([]any)
	if status < 400 || body["error"] != word || len(codes) != 1 || codes[0] != float64(number) {
		t.Errorf("%d %v; want %s %d", status, body, word, number)
	}
}
