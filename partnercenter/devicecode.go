package partnercenter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// DevicePrompt is what a person has to do to sign in by a device code.
type DevicePrompt struct {
	// UserCode is to be entered at VerificationURI.
	UserCode        string
	VerificationURI string
	// Message says so in a sentence.
	Message string
	// Expires is when the code stops being good.
	Expires time.Time
}

// DeviceCode signs a person in on another device, at the first call; show puts
// the prompt in front of them, and the call waits. From then on tokens are
// renewed by refresh token, each of which goes to keep, until the issuer refuses
// one: then the person is asked again.
func (a App) DeviceCode(show func(context.Context, DevicePrompt) error, keep KeepRefreshToken) TokenSource {
	return newSignedIn(a, keep, func(ctx context.Context) (grant, error) { return a.deviceCode(ctx, show) })
}

// signedIn is someone who signs in when there is no other way.
type signedIn struct {
	app    App
	keep   KeepRefreshToken
	signIn func(context.Context) (grant, error)
	user   *user
	// asking is for those who share the credential among several partners.
	asking chan struct{}
}

func newSignedIn(a App, keep KeepRefreshToken, signIn func(context.Context) (grant, error)) *signedIn {
	return &signedIn{app: a, keep: keep, signIn: signIn, asking: make(chan struct{}, 1)}
}

func (s *signedIn) Token(ctx context.Context) (Token, error) {
	if !enter(ctx, s.asking) {
		return Token{}, context.Cause(ctx)
	}
	defer func() { <-s.asking }()
	if s.user != nil && (s.user.refresh != "" || s.user.granted != nil) {
		token, err := s.user.Token(ctx)
		var refused *SignInError
		if !errors.As(err, &refused) || refused.Temporary() {
			return token, err
		}
	}
	granted, err := s.signIn(ctx)
	if err != nil {
		return Token{}, err
	}
	s.user = &user{app: s.app, keep: s.keep, granted: &granted, asking: make(chan struct{}, 1)}
	return s.user.hand(ctx)
}

func (a App) deviceCode(ctx context.Context, show func(context.Context, DevicePrompt) error) (grant, error) {
	var given struct {
		DeviceCode      string          `json:"device_code"`
		UserCode        string          `json:"user_code"`
		VerificationURI string          `json:"verification_uri"`
		Message         string          `json:"message"`
		ExpiresIn       json.RawMessage `json:"expires_in"`
		Interval        json.RawMessage `json:"interval"`
	}
	if err := a.post(ctx, "devicecode", url.Values{"scope": {a.userScope()}}, &given); err != nil {
		return grant{}, err
	}
	lifetime, interval := readSeconds(given.ExpiresIn, 15*time.Minute), readSeconds(given.Interval, 5*time.Second)
	prompt := DevicePrompt{
		UserCode: given.UserCode, VerificationURI: given.VerificationURI, Expires: time.Now().Add(lifetime),
		Message: firstOf(given.Message, fmt.Sprintf("To sign in, open %s and enter the code %s.", given.VerificationURI, given.UserCode)),
	}
	if err := show(ctx, prompt); err != nil {
		return grant{}, fmt.Errorf("show the device code: %w", err)
	}
	for {
		if !sleep(ctx, interval) {
			return grant{}, fmt.Errorf("wait for the sign-in at %s: %w", prompt.VerificationURI, context.Cause(ctx))
		}
		granted, err := a.grant(ctx, url.Values{
			"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {given.DeviceCode},
		})
		var refused *SignInError
		switch {
		case err == nil:
			return granted, nil
		case time.Now().After(prompt.Expires):
			return grant{}, fmt.Errorf("nobody signed in with the code %s in time: %w", prompt.UserCode, err)
		case errors.As(err, &refused) && refused.Code == "authorization_pending":
		case errors.As(err, &refused) && refused.Code == "slow_down":
			interval += 5 * time.Second
		case isTemporary(err):
		default:
			return grant{}, err
		}
	}
}

func readSeconds(value json.RawMessage, otherwise time.Duration) time.Duration {
	seconds, err := strconv.ParseUint(readText(value), 10, 25)
	if err != nil || seconds == 0 {
		return otherwise
	}
	return time.Duration(seconds) * time.Second
}
