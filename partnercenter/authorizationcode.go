package partnercenter

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// SignIn is a person's sign-in in a browser that has begun: an authorization
// code with PKCE.
type SignIn struct {
	// URL is what the browser is to open. It ends at the redirect address, with a
	// code and a state.
	URL string

	app                       App
	redirect, state, verifier string
}

// SignIn begins a sign-in that ends at a redirect address of the app's.
func (a App) SignIn(redirect string) *SignIn {
	s := &SignIn{app: a, redirect: redirect, state: rand.Text(), verifier: rand.Text() + rand.Text()}
	challenge := sha256.Sum256([]byte(s.verifier))
	s.URL = a.endpoint("authorize") + "?" + url.Values{
		"client_id": {a.ClientID}, "response_type": {"code"}, "response_mode": {"query"}, "redirect_uri": {redirect},
		"scope": {a.userScope()}, "state": {s.state},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}.Encode()
	return s
}

// Finish exchanges what came to the redirect address, its query, for a
// credential. The refresh token goes to keep, as do those that follow it.
func (s *SignIn) Finish(ctx context.Context, query url.Values, keep KeepRefreshToken) (TokenSource, error) {
	granted, err := s.finish(ctx, query)
	if err != nil {
		return nil, err
	}
	return &user{app: s.app, keep: keep, granted: &granted, asking: make(chan struct{}, 1)}, nil
}

func (s *SignIn) finish(ctx context.Context, query url.Values) (grant, error) {
	if subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(s.state)) != 1 {
		return grant{}, errors.New("sign in: the redirect is not that of this sign-in (its state differs)")
	}
	if refused := query.Get("error"); refused != "" {
		return grant{}, &SignInError{StatusCode: http.StatusBadRequest, Code: cutText(refused, 64), Description: cutText(query.Get("error_description"), mostText)}
	}
	return s.app.grant(ctx, url.Values{
		"grant_type": {"authorization_code"}, "code": {query.Get("code")}, "redirect_uri": {s.redirect}, "code_verifier": {s.verifier},
	})
}

// Browser signs a person in with a browser on this machine, at the first call:
// open shows them the address, and the call waits at a port of this machine for
// them to come back. From then on it is as [App.DeviceCode].
func (a App) Browser(open func(ctx context.Context, url string) error, keep KeepRefreshToken) TokenSource {
	return newSignedIn(a, keep, func(ctx context.Context) (grant, error) { return a.browser(ctx, open) })
}

const (
	cameBackPage = "<!doctype html><title>Signing in</title><p>The program goes on with what you have done here. You can close this page."
	refusedPage  = "<!doctype html><title>Not signed in</title><p>You are not signed in. The program says why; you can close this page."
)

func (a App) browser(ctx context.Context, open func(context.Context, string) error) (grant, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return grant{}, fmt.Errorf("wait for the browser: %w", err)
	}
	s := a.SignIn(fmt.Sprintf("http://localhost:%d", listener.Addr().(*net.TCPAddr).Port))
	came := make(chan url.Values, 1)
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		if query.Get("state") != s.state { // a page's icon, or somebody else
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		page := cameBackPage
		if query.Get("error") != "" {
			page = refusedPage
		}
		_, _ = io.WriteString(w, page)
		select {
		case came <- query:
		default:
		}
	})}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener)
	}()
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if server.Shutdown(closing) != nil { // the browser has its page first
			_ = server.Close()
		}
		<-served
	}()
	if err := open(ctx, s.URL); err != nil {
		return grant{}, fmt.Errorf("open the browser: %w", err)
	}
	select {
	case query := <-came:
		return s.finish(ctx, query)
	case <-ctx.Done():
		return grant{}, fmt.Errorf("wait for the browser: %w", context.Cause(ctx))
	}
}
