package authority_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

func decode(t *testing.T, part string) []byte {
	t.Helper()
	decoded, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}

func TestV1AnswersItsNumbersAsText(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	before := time.Now().Unix()
	body := granted(t, a, atV1, asAda)
	for name, want := range map[string]any{
		"token_type": "Bearer", "expires_in": "3600", "ext_expires_in": "3600",
		"resource": "https://api.partnercenter.microsoft.com", "scope": "user_impersonation",
	} {
		if body[name] != want {
			t.Errorf("%s is %#v, want %#v", name, body[name], want)
		}
	}
	from, err1 := strconv.ParseInt(body["not_before"].(string), 10, 64)
	until, err2 := strconv.ParseInt(body["expires_on"].(string), 10, 64)
	if err1 != nil || err2 != nil || from < before || until != from+3600 {
		t.Errorf("not_before %v, expires_on %v", body["not_before"], body["expires_on"])
	}
	if refresh, _ := body["refresh_token"].(string); len(refresh) != 43 {
		t.Errorf("refresh_token %v", body["refresh_token"])
	}
	alone := granted(t, a, atV1, asApp)
	for _, name := range []string{"refresh_token", "scope"} {
		if _, there := alone[name]; there {
			t.Errorf("an app alone gets a %s", name)
		}
	}
}

func TestV2AnswersNumbers(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	body := granted(t, a, atV2, asAda.and(form{"scope": "https://api.partnercenter.microsoft.com/.default offline_access"}))
	for name, want := range map[string]any{
		"token_type": "Bearer", "expires_in": 3600.0, "ext_expires_in": 3600.0,
		"scope": "https://api.partnercenter.microsoft.com/user_impersonation https://api.partnercenter.microsoft.com/.default",
	} {
		if body[name] != want {
			t.Errorf("%s is %#v, want %#v", name, body[name], want)
		}
	}
	if _, there := body["refresh_token"]; !there {
		t.Error("offline_access brings no refresh token")
	}
	if _, there := granted(t, a, atV2, asAda.and(form{"scope": "openid"}))["refresh_token"]; there {
		t.Error("a refresh token nobody asked for")
	}
}

func TestTokensSayWhatTheReferenceWrites(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	user := map[string]any{
		"aud": "https://api.partnercenter.microsoft.com", "tid": providerTenant, "oid": ada, "name": "Ada Admin",
		"amr": []any{"pwd", "mfa"}, "scp": "user_impersonation",
	}
	for name, c := range map[string]struct {
		path   string
		form   form
		want   map[string]any
		absent []string
	}{
		"v1 user": {atV1, asAda, map[string]any{
			"iss": base + "/" + providerTenant + "/", "ver": "1.0", "acr": "1", "appid": app, "appidacr": "0",
			"upn": "ada@northlight.example", "unique_name": "ada@northlight.example"}, []string{"azp", "preferred_username", "idtyp", "roles"}},
		"v1 user of a confidential app": {atV1, asAda.and(form{"client_secret": secret}), map[string]any{"appidacr": "1"}, nil},
		"v1 user by one factor":         {atV1, asAda.and(form{"provost_mfa": "false"}), map[string]any{"amr": []any{"pwd"}}, nil},
		"v2 user": {atV2, asAda, map[string]any{
			"iss": base + "/" + providerTenant + "/v2.0", "ver": "2.0", "azp": app, "azpacr": "0",
			"preferred_username": "ada@northlight.example"}, []string{"appid", "upn", "unique_name", "acr", "idtyp", "roles"}},
		"v1 app": {atV1, asApp, map[string]any{
			"iss": base + "/" + providerTenant + "/", "ver": "1.0", "appid": app, "appidacr": "1", "idtyp": "app", "roles": []any{}},
			[]string{"scp", "upn", "unique_name", "amr", "acr", "name"}},
		"v2 app": {atV2, asApp, map[string]any{
			"iss": base + "/" + providerTenant + "/v2.0", "ver": "2.0", "azp": app, "azpacr": "1", "idtyp": "app", "roles": []any{}},
			[]string{"scp", "preferred_username", "amr", "appid"}},
	} {
		t.Run(name, func(t *testing.T) {
			claims := claimsIn(t, granted(t, a, c.path, c.form)["access_token"])
			alone := c.form["grant_type"] == "client_credentials"
			for claim, want := range user {
				if _, there := c.want[claim]; !there && !alone {
					c.want[claim] = want
				}
			}
			for claim, want := range c.want {
				if !reflect.DeepEqual(claims[claim], want) {
					t.Errorf("%s is %#v, want %#v", claim, claims[claim], want)
				}
			}
			for _, claim := range c.absent {
				if value, there := claims[claim]; there {
					t.Errorf("%s is there: %v", claim, value)
				}
			}
			if alone != (claims["oid"] == claims["sub"]) || claims["oid"] == app {
				t.Errorf("oid %v, sub %v", claims["oid"], claims["sub"])
			}
			from, until := claims["nbf"].(float64), claims["exp"].(float64)
			if until-from != 3600 || claims["iat"] != from || claims["uti"] == "" {
				t.Errorf("iat %v, nbf %v, exp %v, uti %v", claims["iat"], from, until, claims["uti"])
			}
		})
	}
}

func TestTokensPassTheVerifier(t *testing.T) {
	store := newStore(t, commerce.Clock{})
	a := newAuthority(t, store)
	v := newVerifier(t, a)
	service := commerce.Service{Store: store}
	want := commerce.Claims{Tenant: providerTenant, User: ada, UPN: "ada@northlight.example", App: app, MFA: true}
	for _, path := range []string{
		atV1, atV2, "/" + strings.ToUpper(providerTenant) + "/oauth2/token", "//" + providerTenant + "//OAuth2/Token/",
		"/common/oauth2/token", "/Organizations/oauth2/v2.0/token", "/northlight.example/oauth2/token", "/NORTHLIGHT.example/oauth2/v2.0/token",
	} {
		claims, err := verify(t, v, granted(t, a, path, asAda)["access_token"])
		if err != nil || !reflect.DeepEqual(claims, want) {
			t.Errorf("%s: %+v, %v", path, claims, err)
		}
		actor, err := service.Identify(t.Context(), claims, "GET /")
		if err != nil || actor.World.ID != "demo" || actor.Partner.ID != providerID {
			t.Errorf("%s: %+v, %v", path, actor, err)
		}
		claims, err = verify(t, v, granted(t, a, path, asApp)["access_token"])
		if err != nil || !reflect.DeepEqual(claims, commerce.Claims{Tenant: providerTenant, App: app}) {
			t.Errorf("%s, app-only: %+v, %v", path, claims, err)
		}
	}
	weak, err := verify(t, v, granted(t, a, atV2, asAda.and(form{"provost_mfa": "false"}))["access_token"])
	if err != nil || weak.MFA {
		t.Errorf("one factor: %+v, %v", weak, err)
	}
	if _, err := service.Identify(t.Context(), weak, "GET /"); !errors.Is(err, partnercenter.ErrMFARequired) {
		t.Errorf("one factor: %v", err)
	}
	token := granted(t, a, atV1, asAda)["access_token"]
	for range 2 {
		if claims, err := verify(t, v, token); err != nil || !reflect.DeepEqual(claims, want) {
			t.Errorf("after a flush: %+v, %v", claims, err)
		}
		v.Flush()
	}
}

func TestAudienceIsTheOneAskedFor(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	v := newVerifier(t, a)
	ours, id := "https://api.partnercenter.microsoft.com", "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd"
	for _, c := range []struct {
		path  string
		ask   form
		want  string
		fault error
	}{
		{atV1, form{"resource": ours}, ours, nil},
		{atV1, form{"resource": ""}, ours, nil},
		{atV1, form{"resource": id}, id, nil},
		{atV1, form{"resource": "https://graph.windows.net"}, "https://graph.windows.net", partnercenter.ErrAudience},
		{atV1, form{"resource": "https://graph.windows.net/"}, "https://graph.windows.net/", partnercenter.ErrAudience},
		{atV2, form{"scope": "-"}, ours, nil},
		{atV2, form{"scope": "openid profile offline_access"}, ours, nil},
		{atV2, form{"scope": ours + "/.default"}, ours, nil},
		{atV2, form{"scope": "openid " + ours + "/user_impersonation"}, ours, nil},
		{atV2, form{"scope": ours + "/.default " + ours + "/user_impersonation"}, ours, nil},
		{atV2, form{"scope": ours + "//.default"}, ours + "/", nil},
		{atV2, form{"scope": id + "/.default"}, id, nil},
		{atV2, form{"scope": "https://graph.windows.net/.default"}, "https://graph.windows.net", partnercenter.ErrAudience},
	} {
		for _, who := range []form{asAda, asApp} {
			token := granted(t, a, c.path, who.and(c.ask))["access_token"]
			if got := claimsIn(t, token)["aud"]; got != c.want {
				t.Errorf("%v: aud %v, want %s", c.ask, got, c.want)
			}
			if _, err := verify(t, v, token); !errors.Is(err, c.fault) {
				t.Errorf("%v: %v, want %v", c.ask, err, c.fault)
			}
		}
	}
}

func TestSignInsThatAreRefused(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	refresh := granted(t, a, atV1, asAda)["refresh_token"].(string)
	asRefresh := form{"grant_type": "refresh_token", "client_id": app, "refresh_token": refresh}
	everywheres := granted(t, a, atV1, asAda.and(form{"client_id": everywhere}))["refresh_token"].(string)
	elsewhere := "/" + resellerTenant + "/oauth2/token"
	for name, c := range map[string]struct {
		path   string
		form   form
		status int
		word   string
		number int
	}{
		"wrong app secret":             {atV1, asApp.and(form{"client_secret": "wrong"}), 401, "invalid_client", 7000215},
		"unknown app":                  {atV1, asApp.and(form{"client_id": strangerTenant}), 401, "invalid_client", 7000215},
		"a user as app":                {atV1, asApp.and(form{"client_id": ada}), 401, "invalid_client", 7000215},
		"empty app secret":             {atV1, asApp.and(form{"client_secret": ""}), 401, "invalid_client", 7000215},
		"app without a secret":         {atV1, asApp.and(form{"client_id": lockedApp, "client_secret": ""}), 401, "invalid_client", 7000215},
		"app with a secret to guess":   {atV1, asApp.and(form{"client_id": lockedApp}), 401, "invalid_client", 7000215},
		"no app secret":                {atV1, asApp.and(form{"client_secret": "-"}), 401, "invalid_client", 7000218},
		"no app":                       {atV1, asApp.and(form{"client_id": "-"}), 400, "invalid_request", 900144},
		"app of another tenant":        {elsewhere, asApp, 401, "invalid_client", 7000215},
		"app of several tenants":       {"/common/oauth2/token", asApp.and(form{"client_id": everywhere}), 400, "invalid_request", 50059},
		"wrong password":               {atV1, asAda.and(form{"password": "wrong"}), 400, "invalid_grant", 50126},
		"unknown user":                 {atV1, asAda.and(form{"username": "eve@northlight.example"}), 400, "invalid_grant", 50126},
		"empty password":               {atV1, asAda.and(form{"password": ""}), 400, "invalid_grant", 50126},
		"user without a password":      {atV1, asAda.and(form{"username": "lou@northlight.example", "password": ""}), 400, "invalid_grant", 50126},
		"user of another tenant":       {atV1, asRosa.and(form{"client_id": app}), 400, "invalid_grant", 50126},
		"user elsewhere than the app":  {"/common/oauth2/token", asRosa.and(form{"client_id": app}), 400, "invalid_grant", 50126},
		"no password":                  {atV1, asAda.and(form{"password": "-"}), 400, "invalid_request", 900144},
		"no user":                      {atV1, asAda.and(form{"username": "-"}), 400, "invalid_request", 900144},
		"user, unknown app":            {atV1, asAda.and(form{"client_id": strangerTenant}), 400, "unauthorized_client", 700016},
		"user, wrong app secret":       {atV1, asAda.and(form{"client_secret": "wrong"}), 401, "invalid_client", 7000215},
		"user, empty app secret":       {atV1, asAda.and(form{"client_secret": ""}), 401, "invalid_client", 7000215},
		"user, app of another tenant":  {atV1, asAda.and(form{"client_id": resellerApp}), 400, "unauthorized_client", 700016},
		"no grant":                     {atV1, asAda.and(form{"grant_type": "-"}), 400, "invalid_request", 900144},
		"another grant":                {atV1, asAda.and(form{"grant_type": "implicit"}), 400, "unsupported_grant_type", 70003},
		"no code":                      {atV1, asAda.and(form{"grant_type": "authorization_code"}), 400, "invalid_request", 900144},
		"no device code":               {atV1, asAda.and(form{"grant_type": "device_code"}), 400, "invalid_request", 900144},
		"provost_mfa=maybe":            {atV1, asAda.and(form{"provost_mfa": "maybe"}), 400, "invalid_request", 90023},
		"unknown tenant":               {"/" + strangerTenant + "/oauth2/token", asAda, 400, "invalid_request", 90002},
		"unknown domain":               {"/attacker.example/oauth2/token", asAda, 400, "invalid_request", 90002},
		"a word for a tenant":          {"/consumers/oauth2/v2.0/token", asAda, 400, "invalid_request", 90002},
		"a production world's tenant":  {"/" + productionTenant + "/oauth2/token", asApp, 400, "invalid_request", 90002},
		"two resources":                {atV2, asAda.and(form{"scope": "https://a.example/.default https://b.example/.default"}), 400, "invalid_scope", 28000},
		"a scope without a resource":   {atV2, asAda.and(form{"scope": "https://a.example"}), 400, "invalid_scope", 70011},
		"a resource that is none":      {atV1, asAda.and(form{"resource": "everything"}), 400, "invalid_resource", 500011},
		"no refresh token":             {atV1, asRefresh.and(form{"refresh_token": ""}), 400, "invalid_request", 900144},
		"unknown refresh token":        {atV1, asRefresh.and(form{"refresh_token": refresh + "x"}), 400, "invalid_grant", 70000},
		"refresh by another app":       {atV1, asRefresh.and(form{"client_id": everywhere}), 400, "invalid_grant", 70000},
		"refresh, wrong app secret":    {atV1, asRefresh.and(form{"client_secret": "wrong"}), 401, "invalid_client", 7000215},
		"refresh at another tenant":    {elsewhere, asRefresh.and(form{"client_id": everywhere, "refresh_token": everywheres}), 400, "invalid_grant", 70000},
		"an access token as a refresh": {atV1, asRefresh.and(form{"refresh_token": granted(t, a, atV1, asAda)["access_token"].(string)}), 400, "invalid_grant", 70000},
		"no such endpoint":             {"/" + providerTenant + "/oauth2/nothing", asAda, 404, "invalid_request", 90023},
		"a lifetime that is no number": {atV1, asAda.and(form{"provost_lifetime": "1h"}), 400, "invalid_request", 90023},
		"too long a lifetime":          {atV1, asAda.and(form{"provost_lifetime": "86401"}), 400, "invalid_request", 90023},
		"an audience that is none":     {atV1, asAda.and(form{"provost_audience": "everything"}), 400, "invalid_request", 90023},
	} {
		t.Run(name, func(t *testing.T) {
			status, body := post(t, a, c.path, c.form)
			codes, _ := body["error_codes"].([]any)
			if status != c.status || body["error"] != c.word || !slices.Equal(codes, []any{float64(c.number)}) {
				t.Fatalf("%d %v; want %d %s %d", status, body, c.status, c.word, c.number)
			}
			description := body["error_description"].(string)
			if !strings.HasPrefix(description, fmt.Sprintf("AADSTS%d: ", c.number)) {
				t.Errorf("error_description %q", description)
			}
			for _, member := range []string{"timestamp", "trace_id", "correlation_id"} {
				if text, _ := body[member].(string); text == "" || !strings.Contains(description, text) {
					t.Errorf("%s %q is not in %q", member, text, description)
				}
			}
			for _, hidden := range []string{secret, refresh} {
				if strings.Contains(description, hidden) {
					t.Errorf("the answer repeats a secret: %q", description)
				}
			}
		})
	}
}

func TestUnknownAccountsLookLikeWrongSecrets(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	for name, c := range map[string]struct{ known, unknown form }{
		"apps":   {asApp.and(form{"client_secret": "wrong"}), asApp.and(form{"client_id": strangerTenant, "client_secret": "wrong"})},
		"users":  {asAda.and(form{"password": "wrong"}), asAda.and(form{"username": "eve@northlight.example", "password": "wrong"})},
		"locked": {asAda.and(form{"password": "wrong"}), asAda.and(form{"username": "lou@northlight.example", "password": "wrong"})},
	} {
		ask := func(f form) (string, time.Duration) {
			best := time.Hour
			var text string
			for range 5 {
				start := time.Now()
				status, body := post(t, a, atV1, f)
				best = min(best, time.Since(start))
				description, _, _ := strings.Cut(body["error_description"].(string), " Trace ID")
				text = fmt.Sprint(status, body["error"], body["error_codes"], description)
			}
			return text, best
		}
		known, knownTook := ask(c.known)
		unknown, unknownTook := ask(c.unknown)
		if known != unknown {
			t.Errorf("%s: %s, but %s", name, known, unknown)
		}
		if unknownTook < knownTook/4 || knownTook < unknownTook/4 {
			t.Errorf("%s: known in %v, unknown in %v", name, knownTook, unknownTook)
		}
	}
}

func TestClientsShowThemselvesByHTTPBasic(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	ask := func(f form, authorization string) (int, map[string]any, http.Header) {
		r := request(http.MethodPost, atV1, f.encode())
		r.Header.Set("Authorization", authorization)
		return serve(t, a, r)
	}
	basic := func(id, secret string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
	}
	alone := asApp.and(form{"client_id": "-", "client_secret": "-"})
	for name, c := range map[string]struct {
		form          form
		authorization string
		status        int
	}{
		"as is":                   {alone, basic(app, secret), 200},
		"encoded":                 {alone, basic(app, strings.ReplaceAll(secret, " ", "+")), 200},
		"id in the body as well":  {alone.and(form{"client_id": strings.ToUpper(app)}), basic(app, secret), 200},
		"wrong secret":            {alone, basic(app, "wrong"), 401},
		"empty secret":            {alone, basic(app, ""), 401},
		"another id in the body":  {alone.and(form{"client_id": everywhere}), basic(app, secret), 400},
		"a secret in both":        {asApp, basic(app, secret), 400},
		"Bearer null is no one's": {asApp, "Bearer null", 200},
		"Kotlin's user":           {asAda, "Bearer null", 200},
	} {
		status, body, h := ask(c.form, c.authorization)
		if status != c.status {
			t.Errorf("%s: %d %v, want %d", name, status, body, c.status)
		}
		if (status == 401) != (h.Get("WWW-Authenticate") != "") {
			t.Errorf("%s: %d with WWW-Authenticate %q", name, status, h.Get("WWW-Authenticate"))
		}
	}
}

func TestRequestsMustBeForms(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	good := asApp.encode()
	for name, c := range map[string]struct {
		method, query, mediaType, body string
		status                         int
	}{
		"a form":              {"POST", "?client-request-id=1&x-client-sku=msal&grant_type=x", "application/x-www-form-urlencoded; charset=UTF-8", good + "&client_info=1&x-client-os=linux", 200},
		"JSON":                {"POST", "", "application/json", `{"grant_type":"client_credentials"}`, 400},
		"no type":             {"POST", "", "", good, 400},
		"multipart":           {"POST", "", "multipart/form-data; boundary=x", good, 400},
		"parameters as query": {"POST", "?" + good, "application/x-www-form-urlencoded", "", 400},
		"twice the same":      {"POST", "", "application/x-www-form-urlencoded", good + "&client_id=" + everywhere, 400},
		"bad encoding":        {"POST", "", "application/x-www-form-urlencoded", good + "&x=%zz", 400},
		"too long":            {"POST", "", "application/x-www-form-urlencoded", good + "&x=" + strings.Repeat("x", 65536), 413},
		"GET":                 {"GET", "?" + good, "", "", 405},
		"PUT":                 {"PUT", "", "application/x-www-form-urlencoded", good, 405},
	} {
		r := request(c.method, atV1+c.query, c.body)
		r.Header.Set("Content-Type", c.mediaType)
		status, body, h := serve(t, a, r)
		if status != c.status {
			t.Errorf("%s: %d %v, want %d", name, status, body, c.status)
		}
		if status == 405 && h.Get("Allow") != "POST" {
			t.Errorf("%s: Allow %q", name, h.Get("Allow"))
		}
	}
}

func TestErrorsEchoTheClientsCorrelation(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	for sent, echoed := range map[string]bool{strangerTenant: true, "not-a-guid\"": false} {
		r := request(http.MethodPost, atV1, "")
		r.Header.Set("client-request-id", sent)
		if _, body, _ := serve(t, a, r); (body["correlation_id"] == sent) != echoed {
			t.Errorf("%q: correlation_id %v", sent, body["correlation_id"])
		}
	}
}
