package partnercenter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// App is an app registration: who signs in at the issuer of a cloud, for itself
// or for a user. Its methods make credentials for [Options].
type App struct {
	// Cloud is whose issuer is asked, and for what. The default is GlobalCloud.
	Cloud Cloud
	// Tenant is the partner's tenant: its id or its domain.
	Tenant string
	// ClientID is the app's id.
	ClientID string
	// ClientSecret is the app's secret; empty for an app on people's machines.
	ClientSecret string
	// HTTPClient sends the requests. The default is a client of
	// http.DefaultTransport.
	HTTPClient *http.Client
}

// KeepRefreshToken stores a refresh token. It is called with each new one before
// the access token that came with it is used: an issuer that rotates them has
// spent the one before. Its error keeps the call from being made, and it is
// called again before the next one.
type KeepRefreshToken func(ctx context.Context, refreshToken string) error

// ClientCredentials are the app's own: app-only tokens. Both provisioning
// statuses take App+User tokens alone.
func (a App) ClientCredentials() TokenSource {
	return TokenFunc(func(ctx context.Context) (Token, error) {
		granted, err := a.grant(ctx, url.Values{"grant_type": {"client_credentials"}, "scope": {a.Cloud.orGlobal().Scope()}})
		return granted.token, err
	})
}

// RefreshToken exchanges a refresh token for App+User tokens: the secure
// application model, where a person has signed in once, with two factors. Each
// exchange may bring another refresh token, which goes to keep first; keep may be
// nil where tokens are not rotated. An exchange that has begun comes to its end, for
// half a minute at most, though its caller leaves: the new token would be lost.
func (a App) RefreshToken(refreshToken string, keep KeepRefreshToken) TokenSource {
	return &user{app: a, refresh: refreshToken, keep: keep, asking: make(chan struct{}, 1)}
}

// user is someone who has signed in: App+User tokens, renewed by refresh token.
type user struct {
	app     App
	keep    KeepRefreshToken
	refresh string
	// granted waits until its refresh token is kept.
	granted *grant
	// asking is for those who share the credential among several partners.
	asking chan struct{}
}

func (u *user) Token(ctx context.Context) (Token, error) {
	if !enter(ctx, u.asking) {
		return Token{}, context.Cause(ctx)
	}
	defer func() { <-u.asking }()
	if u.granted == nil {
		if err := ctx.Err(); err != nil {
			return Token{}, err
		}
		// A caller who leaves halfway would leave the spent token behind, and take
		// the new one along.
		granted, err := u.app.grant(context.WithoutCancel(ctx), url.Values{
			"grant_type": {"refresh_token"}, "refresh_token": {u.refresh}, "scope": {u.app.userScope()},
		})
		if err != nil {
			return Token{}, err
		}
		u.granted = &granted
	}
	return u.hand(ctx)
}

// hand gives what was granted once its refresh token is kept.
func (u *user) hand(ctx context.Context) (Token, error) {
	granted := u.granted
	if granted.refresh != "" && granted.refresh != u.refresh && u.keep != nil {
		if err := u.keep(context.WithoutCancel(ctx), granted.refresh); err != nil {
			return Token{}, fmt.Errorf("keep the new refresh token: %w", err)
		}
	}
	u.granted, u.refresh = nil, firstOf(granted.refresh, u.refresh)
	return granted.token, nil
}

func (a App) userScope() string { return a.Cloud.orGlobal().Scope() + " offline_access" }

// SignInError is a refusal of the token issuer.
type SignInError struct {
	// StatusCode is the HTTP status of the issuer's answer.
	StatusCode int
	// Code is OAuth's word for it: "invalid_grant", "invalid_client".
	Code string
	// Description is for people, and often names the cure.
	Description string
	// CorrelationID is what the issuer's log knows the request by.
	CorrelationID string
	// RetryAfter is how long the issuer asks to wait before the next attempt; 0 when
	// it does not say.
	RetryAfter time.Duration
}

// Error says what was refused.
func (e *SignInError) Error() string {
	return fmt.Sprintf("sign in: %s (%d, %s)", firstOf(e.Description, "refused"), e.StatusCode, firstOf(e.Code, "no code"))
}

// Temporary says that the same may succeed in a while.
func (e *SignInError) Temporary() bool { return (&Error{StatusCode: e.StatusCode}).Temporary() }

// grant is what the token endpoint gave.
type grant struct {
	token   Token
	refresh string
}

func (a App) grant(ctx context.Context, form url.Values) (grant, error) {
	if a.ClientSecret != "" {
		form.Set("client_secret", a.ClientSecret)
	}
	asked := time.Now()
	var given struct {
		AccessToken  string          `json:"access_token"`
		RefreshToken string          `json:"refresh_token"`
		ExpiresIn    json.RawMessage `json:"expires_in"` // v1 writes it as text
	}
	if err := a.post(ctx, "token", form, &given); err != nil {
		return grant{}, err
	}
	if given.AccessToken == "" {
		return grant{}, errors.New("sign in: the issuer gave no access token")
	}
	token := Token{Value: given.AccessToken}
	if seconds, err := strconv.ParseFloat(readText(given.ExpiresIn), 64); err == nil && seconds > 0 {
		token.Expires = asked.Add(time.Duration(min(seconds, 1e9) * float64(time.Second)))
	}
	return grant{token, given.RefreshToken}, nil
}

func (a App) endpoint(name string) string {
	return a.Cloud.orGlobal().authority() + "/" + url.PathEscape(a.Tenant) + "/oauth2/v2.0/" + name
}

// issuerTimeout bounds each request to the issuer: who waits for a token holds up
// everyone who needs one.
const issuerTimeout = 30 * time.Second

// post asks an endpoint of the issuer.
func (a App) post(ctx context.Context, name string, form url.Values, into any) error {
	if a.Tenant == "" || a.ClientID == "" {
		return errors.New("sign in: App.Tenant and App.ClientID are needed")
	}
	if _, err := readBase(a.Cloud.orGlobal().authority(), false); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	form.Set("client_id", a.ClientID)
	limited, cancel := context.WithTimeoutCause(ctx, issuerTimeout, fmt.Errorf("the issuer did not answer within %v: %w", issuerTimeout, context.DeadlineExceeded))
	defer cancel()
	req, err := http.NewRequestWithContext(limited, http.MethodPost, a.endpoint(name), strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", userAgent)
	res, err := unredirected(a.HTTPClient, nil).Do(req)
	if err != nil {
		return fmt.Errorf("sign in: %w", broken(ctx, limited, err))
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("sign in: read the answer: %w", broken(ctx, limited, err))
	}
	body = bytes.TrimPrefix(body, byteOrderMark)
	if res.StatusCode != http.StatusOK {
		return readSignInError(res, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("sign in: %w: %w", ErrUnreadable, err)
	}
	return nil
}

func readSignInError(res *http.Response, body []byte) error {
	var said struct {
		Error         string `json:"error"`
		Description   string `json:"error_description"`
		CorrelationID string `json:"correlation_id"`
	}
	plain := readError(res, body)
	if json.Unmarshal(body, &said) != nil {
		said.Description = plain.Description
	}
	return &SignInError{res.StatusCode, cutText(said.Error, 64), cutText(said.Description, mostText), cutText(said.CorrelationID, 64), plain.RetryAfter}
}
