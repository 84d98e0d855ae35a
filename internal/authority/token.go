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
	grantCode              = "authorization_code"
	grantDevice            = "urn:ietf:params:oauth:grant-type:device_code"
	// grantDeviceV1 is the same, as clients of v1 spell it.
	grantDeviceV1 = "device_code"
)

var grants = []string{grantCode, grantClientCredentials, grantDevice, grantPassword, grantRefreshToken}

const (
	// maxForm is above what any client sends and below what would cost.
	maxForm = 64 << 10
	// defaultResource is what a request that names no resource is for.
	defaultResource = "https://api.partnercenter.microsoft.com"
	// delegatedScope is what a user lets an app do; defaultScope stands for all
	// that an app has been let do.
	delegatedScope = "user_impersonation"
	defaultScope   = ".default"
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
	IDToken      string `json:"id_token,omitempty"`
	ClientInfo   string `json:"client_info,omitempty"`
}

type answerV2 struct {
	TokenType    string `json:"token_type"`
	Scope        string `json:"scope,omitempty"`
	ExpiresIn    int64  `json:"expires_in"`
	ExtExpiresIn int64  `json:"ext_expires_in"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
	ClientInfo   string `json:"client_info,omitempty"`
}

// asked is what a sign-in was for.
type asked struct {
	// audience is empty where none was named.
	audience string
	scopes   []string
	nonce    string
}

// signIn is who has signed in, and what belongs to the occasion.
type signIn struct {
	subject
	// hadMFA is how the user signed in, whatever this token shows of it.
	hadMFA bool
	// family is that of the refresh tokens; empty before the first.
	family string
	// code is the hash of the authorization code that it was redeemed with.
	code string
	// next is the refresh token that took the place of the last.
	next string
	// at is what the sign-in is for: what was asked for at the page, and with the
	// first token.
	at asked
}

// issue answers POST /{tenant}/oauth2/token and its v2.0 form.
func (a *Authority) issue(v version) func(http.ResponseWriter, *http.Request, string) error {
	return func(w http.ResponseWriter, r *http.Request, tenant string) error {
		form, err := readForm(w, r)
		if err != nil {
			return err
		}
		now, err := askedBy(form, v)
		if err != nil {
			return err
		}
		wish, err := wishesOf(form)
		if err != nil {
			return err
		}
		s, err := a.signIn(r, form, tenant, wish)
		if err != nil {
			return err
		}
		switch {
		case s.next == "":
			now.scopes = append(now.scopes, s.at.scopes...)
			s.at.audience, s.at.scopes = first(now.audience, s.at.audience), now.scopes
		case len(now.scopes) == 0:
			now.scopes = s.at.scopes // who does not say means what was granted (RFC 6749, 6)
		}
		audience := first(wish.audience, now.audience, s.at.audience, defaultResource)
		if s.next == "" && wantsRefresh(form, v, s, now.scopes) {
			if s.next, err = a.newRefresh(r.Context(), s); err != nil {
				return err
			}
			if err := a.admitKept(r.Context(), s); err != nil {
				return err
			}
		}
		body, err := a.answer(s, v, audience, now.scopes, wish, form.Get("client_info") == "1")
		if err != nil {
			return err
		}
		return writeJSON(w, http.StatusOK, body)
	}
}

// answer signs the tokens. An id_token goes to who has asked for one by the
// scope openid, and to every user's app at v1.
func (a *Authority) answer(s signIn, v version, audience string, scopes []string, wish wishes, info bool) (any, error) {
	c := a.claimsOf(s.subject, v, audience, wish.life)
	access, err := a.sign(c)
	if err != nil {
		return nil, err
	}
	var id, account string
	if !s.appOnly() && (v == v1 || slices.Contains(scopes, "openid")) {
		if id, err = a.sign(a.identityOf(s.subject, c, s.at.nonce)); err != nil {
			return nil, err
		}
	}
	if !s.appOnly() && info {
		if account, err = clientInfo(s.subject); err != nil {
			return nil, err
		}
	}
	seconds := max(0, int64(wish.life/time.Second))
	if v == v1 {
		text := strconv.FormatInt(seconds, 10)
		return answerV1{
			TokenType: "Bearer", Scope: c.Scope, ExpiresIn: text, ExtExpiresIn: text,
			ExpiresOn: strconv.FormatInt(c.Expires, 10), NotBefore: strconv.FormatInt(c.NotBefore, 10),
			Resource: c.Audience, AccessToken: access, RefreshToken: s.next, IDToken: id, ClientInfo: account,
		}, nil
	}
	return answerV2{
		TokenType: "Bearer", Scope: granted(c, scopes), ExpiresIn: seconds, ExtExpiresIn: seconds,
		AccessToken: access, RefreshToken: s.next, IDToken: id, ClientInfo: account,
	}, nil
}

// granted are the scopes of a v2 answer. Like Entra's, it repeats .default to
// who has asked for it: libraries look a token up by what they asked for.
func granted(c claims, scopes []string) string {
	if c.Scope == "" {
		return ""
	}
	text := c.Audience + "/" + c.Scope
	if all := c.Audience + "/" + defaultScope; slices.Contains(scopes, all) {
		text += " " + all
	}
	return text
}

func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// wantsRefresh says whether a refresh token belongs to the answer: v2 clients
// ask for the first one by scope.
func wantsRefresh(form url.Values, v version, s signIn, scopes []string) bool {
	return !s.appOnly() && (v == v1 || slices.Contains(scopes, "offline_access") || form.Get("grant_type") == grantRefreshToken)
}

// wishes are parameters of our own, with which what follows from a token can
// be tried: provost_lifetime, provost_mfa, provost_audience.
type wishes struct {
	life     time.Duration
	mfa      bool
	audience string
}

func wishesOf(form url.Values) (wishes, error) {
	wish := wishes{life: accessLife, mfa: true, audience: form.Get("provost_audience")}
	switch form.Get("provost_mfa") {
	case "", "true":
	case "false":
		wish.mfa = false
	default:
		return wish, refuse(http.StatusBadRequest, "invalid_request", 90023, "The parameter 'provost_mfa' is true or false.")
	}
	if text := form.Get("provost_lifetime"); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 32)
		wish.life = time.Duration(seconds) * time.Second
		if err != nil || wish.life.Abs() > longestLife {
			return wish, refuse(http.StatusBadRequest, "invalid_request", 90023,
				"The parameter 'provost_lifetime' is a number of seconds, %d at most; less than one makes a token that has expired.", longestLife/time.Second)
		}
	}
	if wish.audience != "" && !isAudience(wish.audience) {
		return wish, refuse(http.StatusBadRequest, "invalid_request", 90023, "The parameter 'provost_audience' is neither an address nor an app's id.")
	}
	return wish, nil
}

// readForm reads the body alone: what the query says (client-request-id and
// the like) is no part of the request. No parameter stands there twice.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	form, err := readLists(w, r)
	if err != nil {
		return nil, err
	}
	return form, once(form)
}

// readLists is readForm for forms in which parameters may be repeated.
func readLists(w http.ResponseWriter, r *http.Request) (url.Values, error) {
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
	return form, nil
}

// once refuses what could be read in two ways.
func once(form url.Values) error {
	for name, values := range form {
		if len(values) > 1 {
			return refuse(http.StatusBadRequest, "invalid_request", 90023, "The parameter '%s' stands there more than once.", clip(name))
		}
	}
	return nil
}

// askedBy is what a token is for: v1 clients name a resource, v2 clients a
// scope of one. It need not be one that is accepted anywhere, so that a refusal
// for its sake can be tried.
func askedBy(form url.Values, v version) (asked, error) {
	is := asked{nonce: form.Get("nonce"), scopes: strings.Fields(form.Get("scope"))}
	if v == v1 {
		is.audience = form.Get("resource")
		if is.audience != "" && !isAudience(is.audience) {
			return is, refuse(http.StatusBadRequest, "invalid_resource", 500011,
				"The resource '%s' is neither an address nor an app's id.", clip(is.audience))
		}
		return is, nil
	}
	var found []string
	for _, scope := range is.scopes {
		at := strings.LastIndexByte(scope, '/')
		if at < 0 {
			continue // openid, profile, user_impersonation and the like
		}
		resource := scope[:at]
		if !isAudience(resource) {
			return is, refuse(http.StatusBadRequest, "invalid_scope", 70011,
				"The scope '%s' is not of the form %s/.default.", clip(scope), defaultResource)
		}
		if !slices.Contains(found, resource) {
			found = append(found, resource)
		}
	}
	if len(found) > 1 {
		return is, refuse(http.StatusBadRequest, "invalid_scope", 28000, "The scope names more than one resource: %s.", clip(strings.Join(found, " ")))
	}
	is.audience = first(found...)
	return is, nil
}

func isAudience(resource string) bool {
	u, err := url.Parse(resource)
	return len(resource) <= 256 && (isGUID(resource) || err == nil && u.Scheme != "" && u.Host != "")
}

// signIn says who asks, once they have shown that they are.
func (a *Authority) signIn(r *http.Request, form url.Values, tenant string, wish wishes) (signIn, error) {
	ctx := r.Context()
	homes, err := a.find(ctx, tenant)
	if err != nil {
		return signIn{}, err
	}
	c, err := clientOf(r, form)
	if err != nil {
		return signIn{}, err
	}
	grant := form.Get("grant_type")
	if grant == grantDeviceV1 {
		grant = grantDevice
	}
	if grant == "" {
		return signIn{}, errMissing("grant_type")
	}
	if !slices.Contains(grants, grant) {
		return signIn{}, refuse(http.StatusBadRequest, "unsupported_grant_type", 70003,
			"The grant_type '%s' is not supported; there are %s.", clip(grant), strings.Join(grants, ", "))
	}
	apps, err := a.admitClient(ctx, homes, c, grant, tenant)
	if err != nil {
		return signIn{}, err
	}
	s, err := a.byGrant(ctx, grant, form, apps, c)
	if err != nil {
		return signIn{}, err
	}
	s.proof = c.proof
	if grant == grantPassword {
		s.hadMFA = wish.mfa
	}
	s.mfa = s.hadMFA && wish.mfa
	if s.appOnly() {
		return s, nil
	}
	err = a.store.Read(ctx, func(tx commerce.Tx) error {
		roles, err := tx.Roles().AgentRoles(ctx, s.world.ID, s.partner.ID, s.user.ID)
		if err != nil {
			return fmt.Errorf("read agent roles: %w", err)
		}
		s.wids = widsOf(roles)
		return nil
	})
	return s, err
}

func (a *Authority) byGrant(ctx context.Context, grant string, form url.Values, apps []resident, c client) (signIn, error) {
	switch grant {
	case grantPassword:
		s, err := a.byPassword(ctx, apps, form)
		return signIn{subject: s}, err
	case grantRefreshToken:
		token := form.Get("refresh_token")
		if token == "" {
			return signIn{}, errMissing("refresh_token")
		}
		return a.byRefresh(ctx, token, apps, c)
	case grantCode:
		return a.byCode(ctx, form, apps)
	case grantDevice:
		return a.byDevice(form, apps)
	}
	if len(apps) > 1 {
		return signIn{}, errAmbiguous
	}
	return signIn{subject: subject{home: apps[0].home, app: apps[0].Account}}, nil
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
	return subject{home: user.home, app: apps[at].Account, user: user.Account}, nil
}
