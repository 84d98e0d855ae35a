package main

import (
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
)

// person does at the pages what someone does with a browser.
type person struct{ browser *http.Client }

func newPerson() person {
	jar, _ := cookiejar.New(nil) // it fails for no options
	return person{&http.Client{
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// signIn fills in the sign-in page and says where it leads.
func (p person) signIn(ctx context.Context, page string) (string, error) {
	text, _, err := p.send(ctx, http.MethodGet, page, nil)
	if err != nil {
		return "", err
	}
	text, back, err := p.choose(ctx, page, text)
	if err == nil && back == "" {
		err = fmt.Errorf("%s leads nowhere: %s", page, text)
	}
	return back, err
}

// approve enters what the device shows, then signs in.
func (p person) approve(ctx context.Context, page, userCode string) error {
	text, _, err := p.send(ctx, http.MethodGet, page, nil)
	if err != nil {
		return err
	}
	text, _, err = p.send(ctx, http.MethodPost, page, url.Values{"ticket": {ticketIn(text)}, "user_code": {userCode}})
	if err != nil {
		return err
	}
	text, _, err = p.choose(ctx, page, text)
	if err == nil && !strings.Contains(text, "You have signed in") {
		err = fmt.Errorf("%s does not say that the person has signed in: %s", page, text)
	}
	return err
}

// choose picks the user on a page that asks who signs in.
func (p person) choose(ctx context.Context, page, text string) (string, string, error) {
	user := regexp.MustCompile(`value="([^"]+)"[^>]*>\s*<label[^>]*><strong>[^<]*</strong> ` + regexp.QuoteMeta(given("USER")))
	found := user.FindStringSubmatch(text)
	if found == nil {
		return "", "", fmt.Errorf("%s does not offer %s: %s", page, given("USER"), text)
	}
	return p.send(ctx, http.MethodPost, page, url.Values{
		"ticket": {ticketIn(text)}, "user": {html.UnescapeString(found[1])}, "password": {given("PASSWORD")}, "mfa": {"true"}, "action": {"signin"},
	})
}

var ticketPattern = regexp.MustCompile(`name="ticket" value="([^"]+)"`)

func ticketIn(text string) string {
	found := ticketPattern.FindStringSubmatch(text)
	if found == nil {
		return ""
	}
	return html.UnescapeString(found[1])
}

func (p person) send(ctx context.Context, method, page string, form url.Values) (text, location string, err error) {
	r, err := http.NewRequestWithContext(ctx, method, page, strings.NewReader(form.Encode()))
	if err != nil {
		return "", "", err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := p.browser.Do(r)
	if err != nil {
		return "", "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= 400 {
		err = fmt.Errorf("%s answers %s: %s", page, answer.Status, body)
	}
	return string(body), answer.Header.Get("Location"), err
}
