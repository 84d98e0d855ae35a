package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// credential gives the tokens of a profile that signs in at an issuer. What it
// gets it keeps: a new refresh token before anything is done with the access
// token that came with it.
type credential struct {
	place  shelf
	name   string
	client *http.Client
	// issuer is its address, and us what this program is called by.
	issuer, us string

	mu sync.Mutex
	// given is the last token that was handed out; whoever asks again has seen it
	// refused, or expire.
	given string
}

// keptMargin is how long a kept access token has to be good for at least.
const keptMargin = 5 * time.Minute

// Token gives a kept token that is still good, else a new one.
func (c *credential) Token(ctx context.Context) (partnercenter.Token, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var token partnercenter.Token
	err := c.place.change(ctx, func(kept *profiles) error {
		p, err := kept.find(c.name)
		if err != nil {
			return err
		}
		if p.AccessToken != "" && p.AccessToken != c.given && time.Until(p.Expires) > keptMargin {
			token = partnercenter.Token{Value: p.AccessToken, Expires: p.Expires}
			return nil
		}
		token, err = c.renew(ctx, kept, p)
		if err != nil {
			return err
		}
		p.AccessToken, p.Expires = token.Value, token.Expires
		return nil
	})
	c.given = token.Value
	return token, err
}

// beside is the same credential for another asker, who has seen nothing refused.
func (c *credential) beside() *credential {
	return &credential{place: c.place, name: c.name, client: c.client, issuer: c.issuer, us: c.us}
}

// explain says what to do about a token that the issuer did not give.
func (c *credential) explain(ctx context.Context, err error) error {
	var refused *partnercenter.SignInError
	var network *net.OpError
	switch {
	case errors.As(err, &refused) && refused.Code == "invalid_grant":
		return &noToken{misuse("the issuer does not accept the sign-in of profile %s any more: %s\nto log in again: %s login %s", c.name, saidBy(refused), c.us, c.name)}
	case errors.As(err, &network) && ctx.Err() == nil && network.Op != "remote error":
		return &noToken{fmt.Errorf("the issuer at %s does not answer, and profile %s needs a new token (%w)", c.issuer, c.name, network)}
	}
	return err
}

// renew asks the issuer; it is called with the profiles locked.
func (c *credential) renew(ctx context.Context, kept *profiles, p *profile) (partnercenter.Token, error) {
	app := p.app(c.client)
	if p.Kind == bySecret {
		token, err := app.ClientCredentials().Token(ctx)
		return token, c.explain(ctx, err)
	}
	if p.RefreshToken == "" {
		return partnercenter.Token{}, &noToken{misuse("profile %s is logged out; to log in again: %s login %s", c.name, c.us, c.name)}
	}
	token, err := app.RefreshToken(p.RefreshToken, func(_ context.Context, refreshToken string) error {
		p.RefreshToken, p.AccessToken = refreshToken, ""
		return c.place.write(kept)
	}).Token(ctx)
	return token, c.explain(ctx, err)
}

// app is the app registration with which a profile signs in.
func (p *profile) app(client *http.Client) partnercenter.App {
	return partnercenter.App{Cloud: p.cloud(), Tenant: p.Tenant, ClientID: p.ClientID, ClientSecret: p.ClientSecret, HTTPClient: client}
}

// devToken is a credential of a running provost dev.
func devToken(server *remote, w wanted, q quirks) partnercenter.TokenSource {
	return partnercenter.TokenFunc(func(ctx context.Context) (partnercenter.Token, error) {
		text, err := server.oddToken(ctx, w, cmp.Or(os.Getenv(secretVariable), extension.DemoSecret), q)
		if err != nil {
			return partnercenter.Token{}, &noToken{err}
		}
		return partnercenter.Token{Value: text}, nil
	})
}

// noToken is why there is no token, in words that need no others around them.
type noToken struct{ error }

func (e *noToken) Unwrap() error { return e.error }
