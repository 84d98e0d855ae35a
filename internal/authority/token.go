package authority

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"provost/internal/commerce"
)

// The grants that are served.
const (
	grantClientCredentials = "client_credentials"
	grantPassword          = "password"
	grantRefreshToken      = "refresh_token"
)

const (
	// maxForm is above what any client sends and below what would cost.
	maxForm = 64 << 10
	// defaultResource is what a request that names no resource is for.
	defaultResource = "https://api.partnercenter.microsoft.com"
	// delegatedScope is what a user lets an app do.
	delegatedScope = "user_impersonation"
)

// answerV1 and answerV2 are what the endpoints answer; v1 writes its numbers
// as text.
type answerV1 struct {
	TokenType    string `json:"token_type"`
	Scope        string `json:"scope,omitempty"`
	ExpiresIn    string `json:"expires_in"`
	ExtExpiresIn string `json:"ext_expires_in"`
	ExpiresOn    string `json:"expires_on"`
	NotBefore    string `json:"not_before"`
	Resource     string `json:"resource"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitempty"`
}

type answerV2 struct {
	TokenType    string `json:"token_type"`
	Scope        string `json:"scope,omitempty"`
	ExpiresIn    int64  `json:"expires_in"`
	ExtExpiresIn int64  `json:"ext_expires_in"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitempty"`
}

// issue answers POST /{tenant}/oauth2/token and its v2.0 form.
func (a *Authority) issue(v version) func(http.ResponseWriter, *http.Request, string) error {
	return func(w http.ResponseWriter, r *http.Request, tenant string) error {
		form, err := readForm(w, r)
		if err != nil {
			return err
		}
		audience, err := audienceOf(form, v)
		if err != nil {
			return err
		}
		s, err := a.signIn(r, form, tenant)
		if err != nil {
			return err
		}
		c := a.claimsOf(s, v, audience, time.Now())
		access, err := a.sign(c)
		if err != nil {
			return err
		}
		var refresh string
		if wantsRefresh(form, v) {
			if refresh, err = a.newRefresh(r.Context(), s); err != nil {
				return err
			}
		}
		return writeJSON(w, http.StatusOK, answer(c, v, access, refresh))
	}
}

func answer(c claims, v version, access, refresh string) any {
	seconds := c.Expires - c.NotBefore
	if v == v1 {
		text := strconv.FormatInt(seconds, 10)
		return answerV1{
			TokenType: "Bearer", Scope: c.Scope, ExpiresIn: text, ExtExpiresIn: text,
			ExpiresOn: strconv.FormatInt(c.Expires, 10), NotBefore: strconv.FormatInt(c.NotBefore, 10),
			Resource: c.Audience, AccessToken: access, RefreshToken: refresh,
		}
	}
	scope := ""
	if c.Scope != "" {
		scope = c.Audience + "/" + c.Scope
	}
	return answerV2{
		TokenType: "Bearer", Scope: scope, ExpiresIn: seconds, ExtExpiresIn: seconds,
		AccessToken: access, RefreshToken: refresh,
	}
}

// wantsRefresh says whether a refresh token belongs to the answer: v2 clients
// ask for the first one by scope.
func wantsRefresh(form url.Values, v version) bool {
	switch form.Get("grant_type") {
	case grantRefreshToken:
		return true
	case grantPassword:
		return v == v1 || slices.Contains(strings.Fields(form.Get("scope")), "offline_access")
	}
	return false
}

// readForm reads the body alone: what the query says (client-request-id and
// the like) is no part of the request.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/x-www-form-urlencoded" {
		return nil, refuse(http.StatusBadRequest, "invalid_request", 90023, "The body must be of the type application/x-www-form-urlencoded.")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, refuse(http.StatusRequestEntityTooLarge, "invalid_request", 90023, "The body is longer than %d bytes.", maxForm)
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "invalid_request", 90023, "The body cannot be read.")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "invalid_request", 90023, "The body is not a form.")
	}
	for name, values := range form {
		if len(values) > 1 {
			return nil, refuse(http.StatusBadRequest, "invalid_request", 90023, "The parameter '%s' stands in the body more than once.", clip(name))
		}
	}
	return form, nil
}

// audienceOf is whom the token is for: v1 clients name a resource, v2 clients
// a scope of one. It need not be one that is accepted anywhere, so that a
// refusal for its sake can be tried.
func audienceOf(form url.Values, v version) (string, error) {
	if v == v1 {
		if resource := form.Get("resource"); resource != "" {
			if !isAudience(resource) {
				return "", refuse(http.StatusBadRequest, "invalid_resource", 500011,
					"The resource '%s' is neither an address nor an app's id.", clip(resource))
			}
			return resource, nil
		}
		return defaultResource, nil
	}
	var found []string
	for _, scope := range strings.Fields(form.Get("scope")) {
		at := strings.LastIndexByte(scope, '/')
		if at < 0 {
			continue // openid, profile, user_impersonation and the like
		}
		resource := scope[:at]
		if !isAudience(resource) {
			return "", refuse(http.StatusBadRequest, "invalid_scope", 70011,
				"The scope '%s' is not of the form %s/.default.", clip(scope), defaultResource)
		}
		if !slices.Contains(found, resource) {
			found = append(found, resource)
		}
	}
	switch len(found) {
	case 0:
		return defaultResource, nil
	case 1:
		return found[0], nil
	}
	return "", refuse(http.StatusBadRequest, "invalid_scope", 28000, "The scope names more than one resource: %s.", clip(strings.Join(found, " ")))
}

func isAudience(resource string) bool {
	u, err := url.Parse(resource)
	return len(resource) <= 256 && (isGUID(resource) || err == nil && u.Scheme != "" && u.Host != "")
}

// signIn says who asks, once they have shown that they are.
func (a *Authority) signIn(r *http.Request, form url.Values, tenant string) (subject, error) {
	homes, err := a.find(r.Context(), tenant)
	if err != nil {
		return subject{}, err
	}
	c, err := clientOf(r, form)
	if err != nil {
		return subject{}, err
	}
	grant := form.Get("grant_type")
	switch grant {
	case grantClientCredentials, grantPassword, grantRefreshToken:
	case "":
		return subject{}, errMissing("grant_type")
	default:
		return subject{}, refuse(http.StatusBadRequest, "unsupported_grant_type", 70003,
			"The grant_type '%s' is not supported; there are %s, %s and %s.", clip(grant), grantClientCredentials, grantPassword, grantRefreshToken)
	}
	withMFA, err := mfaOf(form)
	if err != nil {
		return subject{}, err
	}
	apps, err := a.admitClient(r.Context(), homes, c, grant)
	if err != nil {
		return subject{}, err
	}
	var s subject
	switch grant {
	case grantPassword:
		s, err = a.byPassword(r.Context(), apps, form)
	case grantRefreshToken:
		token := form.Get("refresh_token")
		if token == "" {
			return subject{}, errMissing("refresh_token")
		}
		s, err = a.byRefresh(r.Context(), token, apps)
	default:
		if len(apps) > 1 {
			return subject{}, errAmbiguous
		}
		s = subject{home: apps[0].home, app: apps[0].Account}
	}
	s.confidential = c.secretSent
	s.mfa = s.mfa && withMFA
	return s, err
}

// mfaOf reads a parameter of our own: provost_mfa=false signs in as if by one
// factor, so that what follows from it can be tried.
func mfaOf(form url.Values) (bool, error) {
	switch form.Get("provost_mfa") {
	case "", "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, refuse(http.StatusBadRequest, "invalid_request", 90023, "The parameter 'provost_mfa' is true or false.")
}

// client is the app as the request names it.
type client struct {
	id, secret string
	secretSent bool
}

// clientOf reads the client from the form, or from HTTP Basic authentication;
// other schemes are of no concern here (some clients send "Bearer null").
func clientOf(r *http.Request, form url.Values) (client, error) {
	c := client{id: form.Get("client_id"), secret: form.Get("client_secret"), secretSent: form.Has("client_secret")}
	if id, secret, ok := r.BasicAuth(); ok {
		// RFC 6749 2.3.1 encodes both like a form's values.
		if plain, err := url.QueryUnescape(id); err == nil {
			id = plain
		}
		if plain, err := url.QueryUnescape(secret); err == nil {
			secret = plain
		}
		if c.secretSent || c.id != "" && !strings.EqualFold(c.id, id) {
			return client{}, refuse(http.StatusBadRequest, "invalid_request", 90023, "The client shows itself in the header and in the body; once is enough.")
		}
		c = client{id: id, secret: secret, secretSent: true}
	}
	if c.id == "" {
		return client{}, errMissing("client_id")
	}
	return c, nil
}

// admitClient gives the app in each home that has it, once its secret was
// compared. Only an app alone must send one; what is sent must match.
func (a *Authority) admitClient(ctx context.Context, homes []home, c client, grant string) ([]resident, error) {
	var apps []resident
	err := a.store.Read(ctx, func(tx commerce.Tx) (err error) {
		apps, err = among(homes, commerce.AppAccount, func(h home) (commerce.Account, error) {
			return tx.Accounts().ByID(ctx, h.world.ID, h.partner.ID, c.id)
		})
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case !c.secretSent && grant == grantClientCredentials:
		return nil, refuse(http.StatusUnauthorized, "invalid_client", 7000218, "The request must contain the parameter 'client_secret'.")
	case !c.secretSent && len(apps) == 0:
		return nil, refuse(http.StatusBadRequest, "unauthorized_client", 700016,
			"Application with identifier '%s' was not found in the tenant. GET /provost/v1/accounts lists those there are.", clip(c.id))
	case !c.secretSent:
		return apps, nil
	}
	return matching(apps, c.secret, errClient)
}

// byPassword finds the user in one of the homes that have the app.
func (a *Authority) byPassword(ctx context.Context, apps []resident, form url.Values) (subject, error) {
	for _, name := range []string{"username", "password"} {
		if !form.Has(name) {
			return subject{}, errMissing(name)
		}
	}
	homes := make([]home, len(apps))
	for i, app := range apps {
		homes[i] = app.home
	}
	var users []resident
	err := a.store.Read(ctx, func(tx commerce.Tx) (err error) {
		users, err = among(homes, commerce.UserAccount, func(h home) (commerce.Account, error) {
			return tx.Accounts().ByUPN(ctx, h.world.ID, h.partner.ID, form.Get("username"))
		})
		return err
	})
	if err != nil {
		return subject{}, err
	}
	users, err = matching(users, form.Get("password"), errUser)
	if err != nil {
		return subject{}, err
	}
	if len(users) > 1 {
		return subject{}, errAmbiguous
	}
	user := users[0]
	at := slices.IndexFunc(apps, func(app resident) bool {
		return app.world.ID == user.world.ID && app.partner.ID == user.partner.ID
	})
	if at < 0 {
		return subject{}, fmt.Errorf("user %s of partner %s was found where its app is not", user.ID, user.partner.ID)
	}
	return subject{home: user.home, app: apps[at].Account, user: user.Account, mfa: true}, nil
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
