package authority_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"provost/internal/authority"
	"provost/internal/commerce"
)

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func TestCodeBringsTheTokensOfWhoSignedInAtThePage(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	v := newVerifier(t, a)
	for _, c := range []struct{ authorize, token string }{{authorizeV1, atV1}, {authorizeV2, atV2}} {
		body := granted(t, a, c.token, redeeming.and(form{"code": codeOf(t, a, c.authorize, asking), "client_info": "1"}))
		claims, err := verify(t, v, body["access_token"])
		if err != nil || claims.User != ada || claims.App != app || !claims.MFA {
			t.Errorf("%+v, %v", claims, err)
		}
		id := claimsIn(t, body["id_token"])
		if id["aud"] != app || id["nonce"] != "n1" || id["oid"] != ada || id["tid"] != providerTenant {
			t.Errorf("id_token %v", id)
		}
		if got := string(decode(t, body["client_info"].(string))); got != `{"uid":"`+ada+`","utid":"`+providerTenant+`"}` {
			t.Errorf("client_info %s", got)
		}
		granted(t, a, c.token, again(body["refresh_token"]))
	}
}

func TestMFAIsWhatTheTickBoxSays(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	b := newBrowser(t, a)
	code := b.submit(b.open(authorizeV2, asking), asAdaAtPage.and(form{"mfa": "-"})).back(t, loopback).Get("code")
	body := granted(t, a, atV2, redeeming.and(form{"code": code}))
	for range 2 {
		if amr := claimsIn(t, body["access_token"])["amr"].([]any); len(amr) != 1 || amr[0] != "pwd" {
			t.Errorf("amr %v", amr)
		}
		body = granted(t, a, atV2, again(body["refresh_token"]))
	}
}

func TestCodeIsRedeemedOnceAndItsReplayEndsWhatItLedTo(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	redeem := redeeming.and(form{"code": codeOf(t, a, authorizeV2, asking)})
	refresh := granted(t, a, atV2, redeem)["refresh_token"]
	next := granted(t, a, atV2, again(refresh))["refresh_token"]
	refusedWith(t, a, atV2, redeem, "invalid_grant", 54005)
	refusedWith(t, a, atV2, again(next), "invalid_grant", 70000)
	// Without a refresh token, too.
	redeem = redeeming.and(form{"code": codeOf(t, a, authorizeV2, asking.and(form{"scope": "openid"}))})
	granted(t, a, atV2, redeem)
	refusedWith(t, a, atV2, redeem, "invalid_grant", 54005)
}

// between lets something happen before the next write to a store.
type between struct {
	commerce.Store
	happens func()
}

func (b *between) Write(ctx context.Context, fn func(commerce.Tx) error) error {
	if happens := b.happens; happens != nil {
		b.happens = nil
		happens()
	}
	return b.Store.Write(ctx, fn)
}

func TestReplayBeforeTheRefreshTokenIsKeptEndsItAsWell(t *testing.T) {
	store := &between{Store: newStore(t, commerce.Clock{})}
	a := newAuthority(t, store)
	redeem := redeeming.and(form{"code": codeOf(t, a, authorizeV2, asking)})
	store.happens = func() { refusedWith(t, a, atV2, redeem, "invalid_grant", 54005) }
	status, body := post(t, a, atV2, redeem)
	if token, given := body["refresh_token"]; given {
		refusedWith(t, a, atV2, again(token), "invalid_grant", 70000)
	}
	if status != http.StatusBadRequest || store.happens != nil {
		t.Errorf("redeemed twice at a time: %d %v", status, body)
	}
}

func TestFailedRedemptionSpendsTheCode(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	redeem := redeeming.and(form{"code": codeOf(t, a, authorizeV2, asking)})
	refusedWith(t, a, atV2, redeem.and(form{"code_verifier": strings.Repeat("x", 43)}), "invalid_grant", 501481)
	refusedWith(t, a, atV2, redeem, "invalid_grant", 54005)
}

func TestCodesLastTenMinutes(t *testing.T) {
	c := newClock()
	a := newAuthorityAt(t, newStore(t, commerce.Clock{}), c)
	young, old := codeOf(t, a, authorizeV2, asking), codeOf(t, a, authorizeV2, asking)
	c.pass(10*time.Minute - time.Second)
	granted(t, a, atV2, redeeming.and(form{"code": young}))
	c.pass(time.Second)
	refusedWith(t, a, atV2, redeeming.and(form{"code": old}), "invalid_grant", 70008)
}

func TestCodeIsForItsAppItsPlaceAndItsVerifier(t *testing.T) {
	store := newStore(t, commerce.Clock{})
	addOtherWorld(t, store)
	a := newAuthority(t, store)
	plain := asking.and(form{"code_challenge": "-", "code_challenge_method": "-"})
	for name, c := range map[string]struct {
		path           string
		asking, change form
		word           string
		number         int
	}{
		"another app":                          {atV2, asking, form{"client_id": everywhere}, "invalid_grant", 700005},
		"the app of its name in another world": {"/" + otherTenant + "/oauth2/v2.0/token", asking, nil, "invalid_grant", 700005},
		"a wrong secret":                       {atV2, asking, form{"client_secret": "wrong"}, "invalid_client", 7000215},
		"another redirect_uri":                 {atV2, asking, form{"redirect_uri": "http://localhost:8401/back"}, "invalid_grant", 500112},
		"no redirect_uri":                      {atV2, asking, form{"redirect_uri": "-"}, "invalid_grant", 500112},
		"no verifier":                          {atV2, asking, form{"code_verifier": "-"}, "invalid_grant", 501481},
		"another verifier":                     {atV2, asking, form{"code_verifier": strings.Repeat("y", 43)}, "invalid_grant", 501481},
		"the challenge as verifier":            {atV2, asking, form{"code_verifier": challenge}, "invalid_grant", 501481},
		"a verifier without a challenge":       {atV2, plain, nil, "invalid_grant", 501481},
		"no code at all":                       {atV2, asking, form{"code": "x"}, "invalid_grant", 70000},
	} {
		t.Run(name, func(t *testing.T) {
			refusedWith(t, a, c.path, redeeming.and(form{"code": codeOf(t, a, authorizeV2, c.asking)}).and(c.change), c.word, c.number)
		})
	}
	granted(t, a, atV2, redeeming.and(form{"code": codeOf(t, a, authorizeV2, plain), "code_verifier": "-"}))
}

func TestShortVerifiersAreNoVerifiers(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	short := "short"
	code := codeOf(t, a, authorizeV2, asking.and(form{"code_challenge": challengeOf(short)}))
	refusedWith(t, a, atV2, redeeming.and(form{"code": code, "code_verifier": short}), "invalid_grant", 501481)
}

func TestAppIsToldWhatIsWrongWithItsRequest(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	for name, c := range map[string]struct {
		change form
		word   string
	}{
		"plain":                        {form{"code_challenge_method": "plain"}, "invalid_request"},
		"no method, which means plain": {form{"code_challenge_method": "-"}, "invalid_request"},
		"a method without a challenge": {form{"code_challenge": "-", "code_challenge_method": "plain"}, "invalid_request"},
		"S256 without a challenge":     {form{"code_challenge": "-"}, "invalid_request"},
		"a challenge that is none":     {form{"code_challenge": verifier}, "invalid_request"},
		"a token at once":              {form{"response_type": "token"}, "unsupported_response_type"},
		"an id_token as well":          {form{"response_type": "code id_token"}, "unsupported_response_type"},
		"an unknown mode":              {form{"response_mode": "web_message"}, "invalid_request"},
		"nobody to ask":                {form{"prompt": "none"}, "login_required"},
		"two resources":                {form{"scope": "https://a.example/.default https://b.example/.default"}, "invalid_scope"},
	} {
		back := newBrowser(t, a).open(authorizeV2, asking.and(c.change)).back(t, loopback)
		if back.Get("error") != c.word || !strings.HasPrefix(back.Get("error_description"), "AADSTS") || back.Get("state") != asking["state"] || back.Has("code") {
			t.Errorf("%s: %v", name, back)
		}
	}
	b := newBrowser(t, a)
	if back := b.submit(b.open(authorizeV2, asking), form{"action": "cancel"}).back(t, loopback); back.Get("error") != "access_denied" {
		t.Errorf("cancelled: %v", back)
	}
}

func TestNobodyIsSentToAnAddressThatIsNotTheApps(t *testing.T) {
	store := newStore(t, commerce.Clock{})
	const own = "https://shop.example/back?from=provost"
	write(t, store, func(ctx context.Context, tx commerce.Tx) error {
		return tx.AppRegistrations().Put(ctx, commerce.AppRegistration{World: "demo", Partner: providerID, App: app, RedirectURIs: []string{own, "msauth://shop"}})
	})
	a := newAuthority(t, store)
	for _, uri := range []string{
		"", "/back", "back", "//localhost/back", "https://localhost/back", "https://evil.example/", own + "&x=1", own + "#x", own + "/",
		"https://shop.example/back", "https://shop.example/Back?from=provost", "https://SHOP.example/back?from=provost", "https://shop.example:443/back?from=provost",
		"https://shop.example/x/../back?from=provost", "https://shop.example/%62ack?from=provost", "http://shop.example/back?from=provost",
		"https://shop.example@evil.example/back?from=provost", "https://shop.example.evil.example/back?from=provost",
		"http://localhost@evil.example/", "http://localhost:80@evil.example/", "http://evil.example@localhost/", "http://localhost.evil.example/",
		`http://localhost\@evil.example/`, `http://evil.example\@localhost/`, "http://localhost%2f@evil.example/", "http://127.0.0.1.evil.example/", "http://127.1/",
		"http://2130706433/", "http://0/", "http://0.0.0.0/", "http://[::]/", "http://10.0.0.1/", "http://localhost./", "http://localhost/#x", "http://localhost/#",
		"http://localhost/a b", "http://localhost/\r\nSet-Cookie:x=1", "http://localhost/%zz", "http:localhost/", "javascript:alert(1)", "data:text/html,x",
		"javascript://localhost/%0aalert(1)", "file:///x", "msauth://shop2", "msauth:shop", " " + loopback, "http://loc\u0430lhost/", "http://localhost:/../x",
		loopback + strings.Repeat("x", 2048),
	} {
		v := newBrowser(t, a).open(authorizeV2, asking.and(form{"redirect_uri": uri}))
		if v.status != http.StatusBadRequest || v.header.Get("Location") != "" || !strings.Contains(v.text, "AADSTS") || strings.Contains(v.text, `name="ticket"`) {
			t.Errorf("%q: %d to %q", uri, v.status, v.header.Get("Location"))
		}
	}
	for _, uri := range []string{loopback, "http://localhost", "http://127.0.0.1:1/x", "http://[::1]:65535/", own, "msauth://shop"} {
		v := newBrowser(t, a).open(authorizeV2, asking.and(form{"redirect_uri": uri}))
		if v.status != http.StatusOK {
			t.Errorf("%q: %d %s", uri, v.status, v.text)
		}
		b := newBrowser(t, a)
		location := b.submit(b.open(authorizeV2, asking.and(form{"redirect_uri": uri})), asAdaAtPage).header.Get("Location")
		separator := "?"
		if uri == own {
			separator = "&"
		}
		if !strings.HasPrefix(location, uri+separator+"code=") {
			t.Errorf("%q: sent to %q", uri, location)
		}
	}
	// What one app has registered is no other's.
	if v := newBrowser(t, a).open(authorizeV2, asking.and(form{"redirect_uri": own, "client_id": everywhere})); v.status != http.StatusBadRequest {
		t.Errorf("another app: %d", v.status)
	}
}

func TestAnswersComeInTheModeAskedFor(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	b := newBrowser(t, a)
	v := b.submit(b.open(authorizeV2, asking.and(form{"response_mode": "fragment"})), asAdaAtPage)
	if location := v.header.Get("Location"); !strings.HasPrefix(location, loopback+"#code=") {
		t.Errorf("fragment: %q", location)
	}
	v = b.submit(b.open(authorizeV2, asking.and(form{"response_mode": "form_post", "state": `"><script>`})), asAdaAtPage)
	if v.status != http.StatusOK || !strings.Contains(v.text, `<form method="post" action="`+loopback+`">`) || !strings.Contains(v.text, `name="code"`) ||
		strings.Contains(v.text, `"><script>`) {
		t.Errorf("form_post: %d %s", v.status, v.text)
	}
	sum := sha256.Sum256([]byte("document.forms[0].submit()"))
	policy := v.header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "script-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") || !strings.Contains(policy, "form-action 'self' http://localhost:8400") {
		t.Errorf("form_post: %s", policy)
	}
}

func TestPageIsSentByWhoWasShownItAlone(t *testing.T) {
	store := newStore(t, commerce.Clock{})
	c := newClock()
	a := newAuthorityAt(t, store, c)
	mine, theirs := newBrowser(t, a), newBrowser(t, a)
	v, w := mine.open(authorizeV2, asking), theirs.open(authorizeV2, asking)
	cookie := mine.cookies["provost_signin"]
	if cookie == nil || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || len(cookie.Value) != 43 {
		t.Fatalf("cookie %+v", cookie)
	}
	secure, err := authority.New(authority.Settings{Store: store, Key: signingKey, BaseURL: "https://127.0.0.1:4177"})
	if err != nil {
		t.Fatal(err)
	}
	safe := newBrowser(t, secure)
	safe.open(authorizeV2, asking)
	if cookie.Secure || !safe.cookies["provost_signin"].Secure {
		t.Errorf("the cookie is for https alone: %t over http, %t over https", cookie.Secure, safe.cookies["provost_signin"].Secure)
	}
	refused := func(what string, got view) {
		t.Helper()
		if got.status != http.StatusBadRequest || got.header.Get("Location") != "" || !strings.Contains(got.text, "Begin the sign-in again") {
			t.Errorf("%s: %d %q", what, got.status, got.header.Get("Location"))
		}
	}
	refused("another browser's page", mine.submit(w, asAdaAtPage))
	refused("no cookie", newBrowser(t, a).submit(v, asAdaAtPage))
	elsewhere := v
	elsewhere.path = "/" + resellerTenant + "/oauth2/v2.0/authorize"
	refused("another tenant", mine.submit(elsewhere, asAdaAtPage))
	forged := v
	forged.text = strings.Replace(v.text, `name="ticket" value="e`, `name="ticket" value="f`, 1)
	refused("another request", mine.submit(forged, asAdaAtPage))
	forged.text = `name="ticket" value="e30.e30"`
	refused("no ticket of ours", mine.submit(forged, asAdaAtPage))
	device := mine.open("/"+providerTenant+"/oauth2/deviceauth", nil)
	device.path = v.path
	refused("a ticket of another page", mine.submit(device, asAdaAtPage))
	// The address that the page is sent to says nothing any more.
	moved := v
	moved.path = authorizeV2 + "?" + asking.and(form{"redirect_uri": "http://localhost:1/evil"}).encode()
	mine.submit(moved, asAdaAtPage).back(t, loopback)
	// A second tab does not close the first.
	mine.open(authorizeV2, asking)
	mine.submit(v, asAdaAtPage).back(t, loopback)
	c.pass(time.Hour)
	refused("a page of yesterday", mine.submit(v, asAdaAtPage))
}

func TestWrongPasswordsShowThePageAgain(t *testing.T) {
	store := newStore(t, commerce.Clock{})
	addOtherWorld(t, store)
	a := newAuthority(t, store)
	for name, change := range map[string]form{
		"wrong":                       {"password": "wrong"},
		"empty":                       {"password": ""},
		"none":                        {"password": "-"},
		"no user":                     {"user": "-"},
		"a user without a password":   {"user": providerTenant + "/" + lockedUser, "password": ""},
		"an app":                      {"user": providerTenant + "/" + app},
		"a user of another tenant":    {"user": resellerTenant + "/" + rosa},
		"a user under a wrong tenant": {"user": providerTenant + "/" + rosa},
		"a user of another world":     {"user": otherTenant + "/" + ada},
	} {
		b := newBrowser(t, a)
		v := b.submit(b.open(authorizeV2, asking), asAdaAtPage.and(change))
		if v.status != http.StatusBadRequest || v.header.Get("Location") != "" || !strings.Contains(v.text, `role="alert"`) {
			t.Errorf("%s: %d %q %s", name, v.status, v.header.Get("Location"), v.text)
		}
		b.submit(v, asAdaAtPage).back(t, loopback)
	}
}

func TestPageShowsWhoCanSignInAndLoadsNothing(t *testing.T) {
	store := newStore(t, commerce.Clock{})
	addOtherWorld(t, store)
	a := newAuthority(t, store)
	v := newBrowser(t, a).open(authorizeV2, asking.and(form{"login_hint": "ADA@northlight.example"}))
	for text, want := range map[string]bool{
		"Ada Admin": true, "ada@northlight.example": true, "Automation": true, `value="` + providerTenant + "/" + ada + `" checked`: true,
		`name="mfa"`: true, `lang="en"`: true, `<label for="user-0">`: true, "<legend>": true,
		"Lou Locked": false, "Rosa": false, otherTenant: false, "http://": false, "https://": false, "<script": false, "<img": false, "<link": false, "onclick": false,
	} {
		if strings.Contains(v.text, text) != want {
			t.Errorf("%q is there: %v", text, !want)
		}
	}
	style := v.text[strings.Index(v.text, "<style>")+len("<style>") : strings.Index(v.text, "</style>")]
	sum := sha256.Sum256([]byte(style))
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; form-action 'self' http://localhost:8400; frame-ancestors 'none'; base-uri 'none'",
		"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
		"Content-Type": "text/html; charset=utf-8",
	} {
		if got := v.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if all := newBrowser(t, a).open("/common/oauth2/authorize", asking.and(form{"client_id": everywhere})); !strings.Contains(all.text, "Ada Admin") ||
		!strings.Contains(all.text, "Rosa Reseller") || strings.Contains(all.text, otherTenant) {
		t.Errorf("common shows %s", all.text)
	}
}

func TestPagesRefuseOnPages(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	for path, number := range map[string]string{
		authorizeV2 + "?client_id=" + app:                                          "AADSTS900144",
		authorizeV2 + "?" + asking.and(form{"client_id": strangerTenant}).encode(): "AADSTS700016",
		authorizeV2 + "?" + asking.encode() + "&client_id=x":                       "AADSTS90023",
		authorizeV2 + "?%zz": "AADSTS90023",
		"/" + strangerTenant + "/oauth2/authorize?" + asking.encode():                        "AADSTS90002",
		"/" + productionTenant + "/oauth2/authorize?" + asking.encode():                      "AADSTS90002",
		"/" + strangerTenant + "/oauth2/deviceauth":                                          "AADSTS90002",
		authorizeV2 + "?" + asking.and(form{"redirect_uri": "https://<b>.example"}).encode(): "AADSTS50011",
	} {
		v := newBrowser(t, a).send(request(http.MethodGet, path, ""))
		if v.status != http.StatusBadRequest || !strings.Contains(v.text, number) || !strings.Contains(v.text, "Trace ID") ||
			strings.Contains(v.text, "<b>") || v.header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: %d %s", path, v.status, v.text)
		}
	}
}
