package authority

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"provost/internal/commerce"
)

var responseModes = []string{"query", "fragment", "form_post"}

// request is an authorization request whose app and redirect URI are believed.
type request struct {
	clientID, redirectURI  string
	state, mode, challenge string
	hint                   string
	at                     asked
	// apps are the app in each home that it may sign users of in.
	apps []resident
}

// authorize answers GET and POST /{tenant}/oauth2/authorize and its v2.0 form:
// the sign-in page, and what it sends. What is wrong with the app or the
// redirect URI is told to the person; everything else to the app.
func (a *Authority) authorize(v version) func(http.ResponseWriter, *http.Request, string) error {
	return func(w http.ResponseWriter, r *http.Request, tenant string) error {
		params, err := pageParameters(w, r)
		if err != nil {
			return err
		}
		sent := params.Has("ticket")
		answer := params
		if sent {
			// What was asked for comes from the page that we made, not from its sender.
			if params, err = a.unseal(r, params.Get("ticket"), "authorize", tenant); err != nil {
				return err
			}
		}
		q, err := a.readRequest(r.Context(), tenant, params)
		if err != nil {
			return err
		}
		if err = q.check(params, v); err == nil && sent && answer.Get("action") == "cancel" {
			err = refuse(http.StatusBadRequest, "access_denied", 65004, "The user cancelled the sign-in.")
		}
		if err != nil {
			return a.sendBack(w, r, q, backRefused(err))
		}
		if !sent {
			return a.askWho(w, r, tenant, params, q, "")
		}
		s, err := a.bySignInPage(r.Context(), q.apps, answer)
		if errors.Is(err, errUser) {
			return a.askWho(w, r, tenant, params, q, first(answer.Get("user"), "nobody"))
		}
		if err != nil {
			return err
		}
		s.at = q.at
		text, err := a.newCode(code{signIn: s, redirectURI: q.redirectURI, challenge: q.challenge})
		if err != nil {
			return a.sendBack(w, r, q, backRefused(err))
		}
		return a.sendBack(w, r, q, url.Values{"code": {text}})
	}
}

// pageParameters are a page's, from the address or the form; none stands there twice.
func pageParameters(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	if r.Method == http.MethodPost {
		return readForm(w, r)
	}
	params, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "invalid_request", 90023, "The address holds parameters that cannot be read.")
	}
	return params, once(params)
}

func (a *Authority) readRequest(ctx context.Context, tenant string, params url.Values) (request, error) {
	q := request{
		clientID: params.Get("client_id"), redirectURI: params.Get("redirect_uri"), state: params.Get("state"),
		hint: params.Get("login_hint"),
	}
	homes, err := a.find(ctx, tenant)
	if err != nil {
		return q, err
	}
	for _, name := range []string{"client_id", "redirect_uri"} {
		if params.Get(name) == "" {
			return q, errMissing(name)
		}
	}
	apps, err := a.publicApps(ctx, homes, q.clientID)
	if err != nil {
		return q, err
	}
	q.apps, err = a.redirectable(ctx, apps, q.redirectURI)
	return q, err
}

// check is about what the app asks for.
func (q *request) check(params url.Values, v version) (err error) {
	q.mode = first(params.Get("response_mode"), "query")
	if !slices.Contains(responseModes, q.mode) {
		q.mode = "query"
		return refuse(http.StatusBadRequest, "invalid_request", 90023, "The response_mode is one of %s.", strings.Join(responseModes, ", "))
	}
	if kind := params.Get("response_type"); kind != "code" {
		return refuse(http.StatusBadRequest, "unsupported_response_type", 70005, "The response_type '%s' is not supported; there is code.", clip(kind))
	}
	q.challenge = params.Get("code_challenge")
	switch method := params.Get("code_challenge_method"); {
	case q.challenge == "" && method == "":
	case method != challengeMethod:
		return refuse(http.StatusBadRequest, "invalid_request", 90023, "The code_challenge_method is %s; plain, which is meant where none is named, proves nothing.", challengeMethod)
	case !isChallenge(q.challenge):
		return refuse(http.StatusBadRequest, "invalid_request", 90023, "The code_challenge is no SHA-256 in base64url.")
	}
	if params.Get("prompt") == "none" {
		return refuse(http.StatusBadRequest, "login_required", 50058, "Nobody is signed in: each sign-in takes the page.")
	}
	q.at, err = askedBy(params, v)
	return err
}

// bySignInPage says who has signed in at the page, with one of the apps.
func (a *Authority) bySignInPage(ctx context.Context, apps []resident, answer url.Values) (signIn, error) {
	tenant, id, _ := strings.Cut(answer.Get("user"), "/")
	at := slices.IndexFunc(apps, func(app resident) bool { return strings.EqualFold(app.partner.Tenant, tenant) })
	var users []resident
	if at >= 0 {
		err := a.store.Read(ctx, func(tx commerce.Tx) (err error) {
			users, err = among([]home{apps[at].home}, commerce.UserAccount, func(h home) (commerce.Account, error) {
				return tx.Accounts().ByID(ctx, h.world.ID, h.partner.ID, id)
			})
			return err
		})
		if err != nil {
			return signIn{}, err
		}
	}
	users, err := matching(users, answer.Get("password"), errUser)
	if err != nil {
		return signIn{}, err
	}
	return signIn{
		subject: subject{home: users[0].home, app: apps[at].Account, user: users[0].Account},
		hadMFA:  answer.Get("mfa") == "true",
	}, nil
}

// backRefused is what an app is told of a refusal.
func backRefused(err error) url.Values {
	var refused *refusal
	if !errors.As(err, &refused) {
		refused = &refusal{http.StatusInternalServerError, "server_error", 90033, "The service failed."}
	}
	return url.Values{"error": {refused.word}, "error_description": {refused.Error()}}
}

// sendBack sends the person, with an answer, to where the app awaits them.
func (a *Authority) sendBack(w http.ResponseWriter, r *http.Request, q request, answer url.Values) error {
	if q.state != "" {
		answer.Set("state", q.state)
	}
	if q.mode == "form_post" {
		return a.render(w, http.StatusOK, "back", sourceOf(q.redirectURI), backPage{q.redirectURI, answer})
	}
	to, separator := q.redirectURI, "?"
	switch {
	case q.mode == "fragment":
		separator = "#"
	case strings.HasSuffix(to, "?") || strings.HasSuffix(to, "&"):
		separator = ""
	case strings.Contains(to, "?"):
		separator = "&"
	}
	h := w.Header()
	h.Set("Location", to+separator+answer.Encode())
	a.guardPage(h, sourceOf(q.redirectURI), "")
	return write(w, http.StatusSeeOther, "text/plain; charset=utf-8", []byte("Back to the app.\n"))
}
