package authority

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter/extension"
)

//go:embed pages.html
var pagesText string

//go:embed pages.css
var pagesStyle string

// pagesScript sends an answer to the app without a click, where scripts run.
const pagesScript = "document.forms[0].submit()"

var pages = template.Must(template.New("pages").Funcs(template.FuncMap{
	"style":  func() template.CSS { return template.CSS(pagesStyle) },
	"script": func() template.JS { return pagesScript },
}).Parse(pagesText))

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

const (
	cookieName = "provost_signin"
	// ticketLife is how long a page may stay open before it is sent.
	ticketLife = time.Hour
)

// ticket is what a page carries so that its sending can only come from a page
// that this authority showed to the same browser, and only as it was asked for.
type ticket struct {
	Kind    string     `json:"kind"`
	Tenant  string     `json:"tenant"`
	Params  url.Values `json:"params"`
	Expires int64      `json:"expires"`
}

var errTicket = refuse(http.StatusBadRequest, "invalid_request", 90023,
	"This page was not opened in this browser, or too long ago, or cookies are off. Begin the sign-in again.")

// sealed makes a page's ticket, and sees that the browser has its cookie.
func (a *Authority) sealed(w http.ResponseWriter, r *http.Request, t ticket) (string, error) {
	t.Expires = a.now().Add(ticketLife).Unix()
	browser := browserOf(r)
	if browser == "" {
		browser = randomText(32)
		http.SetCookie(w, &http.Cookie{
			Name: cookieName, Value: browser, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
			Secure: strings.HasPrefix(a.base, "https:"),
		})
	}
	text, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("write ticket: %w", err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode(text) + "." + encode(a.sealOf(browser, text)), nil
}

func (a *Authority) sealOf(browser string, text []byte) []byte {
	mac := hmac.New(sha256.New, a.seal)
	mac.Write([]byte(browser + "\n"))
	mac.Write(text)
	return mac.Sum(nil)
}

// browserOf is what the browser's cookie says, if it is one of ours by its form.
func browserOf(r *http.Request) string {
	cookie, err := r.Cookie(cookieName)
	if err != nil || len(cookie.Value) != base64.RawURLEncoding.EncodedLen(32) {
		return ""
	}
	return cookie.Value
}

// unseal gives what a page was made for.
func (a *Authority) unseal(r *http.Request, sealed, kind, tenant string) (url.Values, error) {
	payload, seal, _ := strings.Cut(sealed, ".")
	text, err1 := base64.RawURLEncoding.DecodeString(payload)
	sum, err2 := base64.RawURLEncoding.DecodeString(seal)
	browser := browserOf(r)
	if err1 != nil || err2 != nil || browser == "" || !hmac.Equal(sum, a.sealOf(browser, text)) {
		return nil, errTicket
	}
	var t ticket
	if err := json.Unmarshal(text, &t); err != nil {
		return nil, errTicket
	}
	if t.Kind != kind || !strings.EqualFold(t.Tenant, tenant) || a.now().Unix() >= t.Expires {
		return nil, errTicket
	}
	return t.Params, nil
}

// choice is a user whom the page offers.
type choice struct {
	Value, Name, UPN, May string
	Chosen                bool
}

type signInPage struct {
	Title, App, Ticket string
	Users              []choice
	// Device says that the sign-in is for a device, which is known by UserCode.
	Device   bool
	UserCode string
	Problem  string
	Password string
}

type codePage struct{ Ticket, Problem string }

type donePage struct{ Title, Text string }

type backPage struct {
	To     string
	Answer url.Values
}

type failPage struct{ Text, Ids string }

// askWho shows the sign-in page of an authorization request; wrong is the user
// whose password was wrong.
func (a *Authority) askWho(w http.ResponseWriter, r *http.Request, tenant string, params url.Values, q request, wrong string) error {
	sealed, err := a.sealed(w, r, ticket{Kind: "authorize", Tenant: tenant, Params: params})
	if err != nil {
		return err
	}
	return a.showUsers(w, r, q.apps, signInPage{Ticket: sealed}, wrong, q.hint, sourceOf(q.redirectURI))
}

// askDevice shows who may sign in on a device, and for which app.
func (a *Authority) askDevice(w http.ResponseWriter, r *http.Request, tenant, typed string, d device, wrong string) error {
	typed = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(typed))
	sealed, err := a.sealed(w, r, ticket{Kind: "device", Tenant: tenant, Params: url.Values{"user_code": {typed}}})
	if err != nil {
		return err
	}
	return a.showUsers(w, r, d.apps, signInPage{Ticket: sealed, Device: true, UserCode: typed}, wrong, "", "")
}

func (a *Authority) showUsers(w http.ResponseWriter, r *http.Request, apps []resident, page signInPage, wrong, hint, to string) error {
	users, err := a.choices(r.Context(), apps)
	if err != nil {
		return err
	}
	page.Title, page.App, page.Users = "Sign in", apps[0].Name, users
	page.Password = extension.DemoSecret
	status := http.StatusOK
	if wrong != "" {
		status, page.Problem, page.Password = http.StatusBadRequest, "AADSTS50126: The password is not this user's.", ""
	}
	at := 0
	for i, user := range page.Users {
		if user.Value == wrong || wrong == "" && hint != "" && strings.EqualFold(user.UPN, hint) {
			at = i
		}
	}
	if len(page.Users) > 0 {
		page.Users[at].Chosen = true
	}
	return a.render(w, status, "signin", to, page)
}

// choices are the users who can sign in where the apps are.
func (a *Authority) choices(ctx context.Context, apps []resident) ([]choice, error) {
	var users []choice
	err := a.store.Read(ctx, func(tx commerce.Tx) error {
		for _, app := range apps {
			accounts, err := tx.Accounts().List(ctx, app.world.ID)
			if err != nil {
				return fmt.Errorf("list accounts: %w", err)
			}
			for _, user := range accounts {
				if user.Kind == commerce.UserAccount && user.SecretHash != "" && strings.EqualFold(user.Partner, app.partner.ID) {
					users = append(users, choice{Value: app.partner.Tenant + "/" + user.ID, Name: user.Name, UPN: user.UPN, May: user.Description})
				}
			}
		}
		return nil
	})
	return users, err
}

func (a *Authority) askCode(w http.ResponseWriter, r *http.Request, tenant string, status int, problem string) error {
	sealed, err := a.sealed(w, r, ticket{Kind: "code", Tenant: tenant})
	if err != nil {
		return err
	}
	return a.render(w, status, "code", "", codePage{sealed, problem})
}

// page tells a person what an endpoint refuses.
func (a *Authority) page(serve func(http.ResponseWriter, *http.Request, string) error) func(http.ResponseWriter, *http.Request, string) error {
	return func(w http.ResponseWriter, r *http.Request, tenant string) error {
		err := serve(w, r, tenant)
		if err == nil {
			return nil
		}
		refused, answer := a.refusalOf(w, r, err)
		return a.render(w, refused.status, "fail", "", failPage{refused.Error(),
			fmt.Sprintf("Trace ID: %s, Correlation ID: %s, Timestamp: %s", answer.TraceID, answer.CorrelationID, answer.Timestamp)})
	}
}

// render writes a page. It loads nothing, runs nothing but the one script of
// the page that sends an answer, and its forms lead here and to the app alone.
func (a *Authority) render(w http.ResponseWriter, status int, name, to string, page any) error {
	var text bytes.Buffer
	if err := pages.ExecuteTemplate(&text, name, page); err != nil {
		return errors.Join(errors.New("write page"), err)
	}
	script := ""
	if name == "back" {
		script = digestOf(pagesScript)
	}
	a.guardPage(w.Header(), to, script)
	return write(w, status, "text/html; charset=utf-8", text.Bytes())
}

func (a *Authority) guardPage(h http.Header, to, script string) {
	policy := "default-src 'none'; style-src " + digestOf(pagesStyle) + "; form-action 'self'"
	if to != "" {
		policy += " " + to
	}
	if script != "" {
		policy += "; script-src " + script
	}
	h.Set("Content-Security-Policy", policy+"; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	// Not no-referrer: with it, browsers send the form with Origin null.
	h.Set("Referrer-Policy", "same-origin")
}
