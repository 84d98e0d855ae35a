// Command go gets every kind of token from a development server by
// golang.org/x/oauth2, and reads with each what it may and may not.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const (
	resource = "https://api.partnercenter.microsoft.com/.default"
	// redirect is nobody's: the code is read from the address, as the app would
	// that listens there.
	redirect = "http://localhost:8400/signed-in"
)

var failed bool

func check(what string, do func() error) {
	if err := do(); err != nil {
		failed = true
		fmt.Printf("FAIL  go %s: %s\n", what, strings.Join(strings.Fields(err.Error()), " "))
		return
	}
	fmt.Printf("ok    go %s\n", what)
}

func given(name string) string {
	value := os.Getenv("PROVOST_" + name)
	if value == "" {
		fmt.Fprintf(os.Stderr, "PROVOST_%s is not set: start this by interop/run\n", name)
		os.Exit(2)
	}
	return value
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	authority := given("URL") + "/" + given("TENANT") + "/oauth2/v2.0"
	shop := newShop(given("URL"))
	app := oauth2.Config{
		ClientID:     given("CLIENT_ID"),
		ClientSecret: given("CLIENT_SECRET"),
		RedirectURL:  redirect,
		Scopes:       []string{"openid", "offline_access", resource},
		Endpoint: oauth2.Endpoint{
			AuthURL: authority + "/authorize", TokenURL: authority + "/token", DeviceAuthURL: authority + "/devicecode",
		},
	}
	public := app
	public.ClientSecret = ""

	appOnly(ctx, shop, clientcredentials.Config{
		ClientID: app.ClientID, ClientSecret: app.ClientSecret, TokenURL: app.Endpoint.TokenURL, Scopes: []string{resource},
	})
	signedIn(ctx, shop, "authorization code", app, byCode)
	signedIn(ctx, shop, "authorization code of a public client", public, byCode)
	signedIn(ctx, shop, "device code", public, byDevice)
	if failed {
		os.Exit(1)
	}
}

func appOnly(ctx context.Context, shop shop, app clientcredentials.Config) {
	token := &oauth2.Token{}
	check("client credentials: a token", func() (err error) {
		token, err = app.Token(ctx)
		return err
	})
	check("client credentials: the subscription and the order", func() error { return shop.reads(ctx, token) })
	check("client credentials: neither provisioning status, 403 900329", func() error { return shop.refusesApps(ctx, token) })
}

// signedIn has a person sign in, then goes on by the refresh token.
func signedIn(ctx context.Context, shop shop, how string, app oauth2.Config, signIn func(context.Context, oauth2.Config) (*oauth2.Token, error)) {
	first, second := &oauth2.Token{}, &oauth2.Token{}
	check(how+": a token", func() error {
		token, err := signIn(ctx, app)
		if err != nil {
			return err
		}
		first = token
		return isWhole(token)
	})
	check(how+": both provisioning statuses", func() error { return shop.readsStatuses(ctx, first) })
	check(how+": a refreshed token", func() error {
		token, err := refreshed(ctx, app, first)
		if err != nil {
			return err
		}
		second = token
		if second.AccessToken == first.AccessToken || second.RefreshToken == first.RefreshToken {
			return errors.New("a token came back that was there before")
		}
		return isWhole(token)
	})
	check(how+": both provisioning statuses, refreshed", func() error { return shop.readsStatuses(ctx, second) })
	check(how+": a refresh token is good once", func() error {
		_, err := refreshed(ctx, app, first)
		var refused *oauth2.RetrieveError
		if !errors.As(err, &refused) || refused.ErrorCode != "invalid_grant" {
			return fmt.Errorf("a spent one gave %v", err)
		}
		return nil
	})
}

func refreshed(ctx context.Context, app oauth2.Config, token *oauth2.Token) (*oauth2.Token, error) {
	if token.RefreshToken == "" {
		return nil, errors.New("there is no refresh token")
	}
	// A source asks at once where there is no access token to hand out.
	return app.TokenSource(ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
}

func isWhole(token *oauth2.Token) error {
	switch {
	case token.Type() != "Bearer":
		return fmt.Errorf("its type is %q", token.Type())
	case token.RefreshToken == "":
		return errors.New("it brings no refresh token")
	case token.Extra("id_token") == nil:
		return errors.New("it brings no id_token")
	case time.Until(token.Expiry) < 30*time.Minute:
		return fmt.Errorf("it expires at %s", token.Expiry)
	}
	return nil
}

func byCode(ctx context.Context, app oauth2.Config) (*oauth2.Token, error) {
	verifier, state := oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	back, err := newPerson().signIn(ctx, app.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier)))
	if err != nil {
		return nil, err
	}
	answer, err := url.Parse(back)
	if err != nil {
		return nil, err
	}
	if got := answer.Query().Get("state"); got != state {
		return nil, fmt.Errorf("the state is %q, not %q: %s", got, state, back)
	}
	return app.Exchange(ctx, answer.Query().Get("code"), oauth2.VerifierOption(verifier))
}

// byDevice has the person come after the device has asked for the first time,
// so that it learns to wait.
func byDevice(ctx context.Context, app oauth2.Config) (*oauth2.Token, error) {
	started, err := app.DeviceAuth(ctx)
	if err != nil {
		return nil, err
	}
	came := make(chan error, 1)
	go func() {
		time.Sleep(time.Duration(started.Interval)*time.Second + time.Second)
		came <- newPerson().approve(ctx, started.VerificationURI, started.UserCode)
	}()
	token, err := app.DeviceAccessToken(ctx, started)
	if err != nil {
		return nil, err
	}
	return token, <-came
}
