package authority

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"provost/internal/commerce"
)

// client is the app as the request names it, and how it shows itself.
type client struct {
	id, secret, assertion string
	proof                 proof
}

// assertionType says that a client shows itself by a signed token (RFC 7523).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// clientOf reads the client from the form, or from HTTP Basic authentication;
// other schemes are of no concern here (some clients send "Bearer null").
func clientOf(r *http.Request, form url.Values) (client, error) {
	c := client{id: form.Get("client_id"), secret: form.Get("client_secret"), assertion: form.Get("client_assertion"), proof: byNothing}
	if form.Has("client_secret") {
		c.proof = bySecret
	}
	if id, secret, ok := r.BasicAuth(); ok {
		// RFC 6749 2.3.1 encodes both like a form's values.
		if plain, err := url.QueryUnescape(id); err == nil {
			id = plain
		}
		if plain, err := url.QueryUnescape(secret); err == nil {
			secret = plain
		}
		if c.proof != byNothing || c.id != "" && !strings.EqualFold(c.id, id) {
			return client{}, refuse(http.StatusBadRequest, "invalid_request", 90023, "The client shows itself in the header and in the body; once is enough.")
		}
		c.id, c.secret, c.proof = id, secret, bySecret
	}
	if form.Has("client_assertion") || form.Has("client_assertion_type") {
		if c.proof != byNothing {
			return client{}, refuse(http.StatusBadRequest, "invalid_request", 90023, "The client shows itself by a secret and by an assertion; once is enough.")
		}
		if kind := form.Get("client_assertion_type"); kind != assertionType {
			return client{}, refuse(http.StatusBadRequest, "invalid_request", 50027, "The client_assertion_type '%s' is not %s.", clip(kind), assertionType)
		}
		if c.assertion == "" {
			return client{}, errMissing("client_assertion")
		}
		if c.id == "" {
			c.id = claimedBy(c.assertion)
		}
		c.proof = byCertificate
	}
	if c.id == "" {
		return client{}, errMissing("client_id")
	}
	return c, nil
}

// appsOf gives the app in each home that has it, before it has shown anything.
func (a *Authority) appsOf(ctx context.Context, homes []home, id string) ([]resident, error) {
	var apps []resident
	err := a.store.Read(ctx, func(tx commerce.Tx) (err error) {
		apps, err = among(homes, commerce.AppAccount, func(h home) (commerce.Account, error) {
			return tx.Accounts().ByID(ctx, h.world.ID, h.partner.ID, id)
		})
		return err
	})
	return apps, err
}

// publicApps are the homes' apps of that id; to have none is refused.
func (a *Authority) publicApps(ctx context.Context, homes []home, id string) ([]resident, error) {
	apps, err := a.appsOf(ctx, homes, id)
	if err == nil && len(apps) == 0 {
		err = refuse(http.StatusBadRequest, "unauthorized_client", 700016,
			"Application with identifier '%s' was not found in the tenant. GET /provost/v1/accounts lists those there are.", clip(id))
	}
	return apps, err
}

// admitClient gives the app in each home that has it, once what it shows was
// compared. Only an app alone must show something; what is shown must match.
func (a *Authority) admitClient(ctx context.Context, homes []home, c client, grant, tenant string) ([]resident, error) {
	switch {
	case c.proof == byNothing && grant == grantClientCredentials:
		return nil, errNoProof
	case c.proof == byNothing:
		return a.publicApps(ctx, homes, c.id)
	}
	apps, err := a.appsOf(ctx, homes, c.id)
	if err != nil {
		return nil, err
	}
	if c.proof == byCertificate {
		return a.asserted(ctx, apps, c, tenant)
	}
	return matching(apps, c.secret, errClient)
}

// matching keeps the accounts that the secret is of. Where there is no account
// a secret is compared all the same, so that the time taken tells nothing.
func matching(accounts []resident, secret string, refused error) ([]resident, error) {
	var matched []resident
	for _, account := range accounts {
		if commerce.SecretMatches(account.SecretHash, secret) {
			matched = append(matched, account)
		}
	}
	if len(accounts) == 0 {
		commerce.SecretMatches("", secret)
	}
	if len(matched) == 0 {
		return nil, refused
	}
	return matched, nil
}

// registration is what an app of a home has registered; nothing, if it has not.
func registration(ctx context.Context, tx commerce.Tx, app resident) (commerce.AppRegistration, error) {
	kept, err := tx.AppRegistrations().ByApp(ctx, app.world.ID, app.partner.ID, app.ID)
	if errors.Is(err, commerce.ErrMissing) {
		return commerce.AppRegistration{World: app.world.ID, Partner: app.partner.ID, App: app.ID}, nil
	}
	return kept, err
}
