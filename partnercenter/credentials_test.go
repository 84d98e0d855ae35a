package partnercenter_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"provost/partnercenter"
)

// issuer is a token issuer and a service in one: it takes the tokens that it
// gave, while they last.
type issuer struct {
	mu    sync.Mutex
	forms []url.Values
	// answers are given in their order, the last one for ever.
	answers []string
	status  []int
	used    []string
	refuse  map[string]bool
	takes   time.Duration
}

func (i *issuer) RoundTrip(r *http.Request) (*http.Response, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !strings.Contains(r.URL.Path, "/oauth2/") {
		bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		i.used = append(i.used, bearer)
		if i.refuse[bearer] {
			return answer(r, 401, `{"code":"800001","description":"no"}`), nil
		}
		return answer(r, 200, documentsStatus), nil
	}
	time.Sleep(i.takes)
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	form.Set("path", r.URL.Host+r.URL.Path)
	i.forms = append(i.forms, form)
	n := min(len(i.forms), len(i.answers)) - 1
	status := 200
	if n < len(i.status) {
		status = i.status[n]
	}
	return answer(r, status, i.answers[n]), nil
}

func (i *issuer) app() partnercenter.App {
	return partnercenter.App{Tenant: "contoso.example", ClientID: "app", ClientSecret: "s3cret", HTTPClient: &http.Client{Transport: i}}
}

func TestClientCredentialsAreAskedForOnceAndAgainBeforeTheyExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := &issuer{answers: []string{`{"access_token":"one","expires_in":3600}`, `{"access_token":"two","expires_in":"3600"}`}, takes: 100 * time.Millisecond}
		partner := alone(t, i, func(o *partnercenter.Options) { o.Credential = i.app().ClientCredentials() })
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() { _, _ = statusOf(partner).Get(t.Context()) })
		}
		all.Wait()
		time.Sleep(57 * time.Minute)
		_, _ = statusOf(partner).Get(t.Context())
		if len(i.forms) != 1 {
			t.Errorf("%d tokens were asked for", len(i.forms))
		}
		time.Sleep(2 * time.Minute)
		_, _ = statusOf(partner).Get(t.Context())
		if len(i.forms) != 2 || i.used[len(i.used)-1] != "two" || i.used[0] != "one" {
			t.Errorf("%d tokens were asked for; used: %v", len(i.forms), i.used)
		}
		want := url.Values{
			"grant_type": {"client_credentials"}, "client_id": {"app"}, "client_secret": {"s3cret"},
			"scope": {"https://api.partnercenter.microsoft.com/.default"}, "path": {"login.microsoftonline.com/contoso.example/oauth2/v2.0/token"},
		}
		if got := i.forms[0].Encode(); got != want.Encode() {
			t.Errorf("%s, want %s", got, want.Encode())
		}
	})
}

func TestEachCloudHasItsIssuerAndAudience(t *testing.T) {
	for want, cloud := range map[string]partnercenter.Cloud{
		"login.microsoftonline.com https://api.partnercenter.microsoft.com/.default":                    partnercenter.GlobalCloud,
		"login.microsoftonline.us https://api.partnercenter.microsoft.com/.default":                     partnercenter.USGovernmentCloud,
		"login.partner.microsoftonline.cn https://partner.partnercenterapi.microsoftonline.cn/.default": partnercenter.ChinaCloud,
		"login.microsoftonline.de https://api.partnercenter.microsoft.com/.default":                     partnercenter.GermanyCloud, //nolint:staticcheck // it is named by document 000
		"provost.example https://api.partnercenter.microsoft.com/.default":                              {API: "https://provost.example/"},
		"login.example https://shop.example/.default":                                                   {API: "https://provost.example", Authority: "https://login.example", Audience: "https://shop.example/"},
	} {
		i := &issuer{answers: []string{`{"access_token":"one"}`}}
		app := i.app()
		app.Cloud = cloud
		if _, err := app.ClientCredentials().Token(t.Context()); err != nil {
			t.Fatal(err)
		}
		host, _, _ := strings.Cut(i.forms[0].Get("path"), "/")
		if got := host + " " + i.forms[0].Get("scope"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestRotatedRefreshTokenIsKeptBeforeTheNewTokenIsUsed(t *testing.T) {
	i := &issuer{answers: []string{`{"access_token":"one","refresh_token":"r2","expires_in":1}`, `{"access_token":"two","refresh_token":"r3","expires_in":1}`, `{"access_token":"three","expires_in":1}`}}
	var kept []string
	broken := true
	keep := func(_ context.Context, refreshToken string) error {
		if len(i.used) != len(slices.Compact(kept)) {
			t.Errorf("%s is to be kept after %v were used", refreshToken, i.used)
		}
		if broken {
			return errors.New("the vault is closed")
		}
		kept = append(kept, refreshToken)
		return nil
	}
	partner := alone(t, i, func(o *partnercenter.Options) { o.Credential = i.app().RefreshToken("r1", keep) })
	for range 2 {
		if _, err := statusOf(partner).Get(t.Context()); err == nil || !strings.Contains(err.Error(), "the vault is closed") || len(i.used) != 0 || len(i.forms) != 1 {
			t.Fatalf("%v; used %v, after %d exchanges: a token that is spent is not exchanged again", err, i.used, len(i.forms))
		}
	}
	broken = false
	for range 3 {
		if _, err := statusOf(partner).Get(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(1100 * time.Millisecond)
	}
	var sent []string
	for _, form := range i.forms {
		sent = append(sent, form.Get("refresh_token"))
	}
	if !slices.Equal(sent, []string{"r1", "r2", "r3"}) || !slices.Equal(kept, []string{"r2", "r3"}) || !slices.Equal(i.used, []string{"one", "two", "three"}) {
		t.Errorf("sent %v, kept %v, used %v", sent, kept, i.used)
	}
	if form := i.forms[0]; form.Get("grant_type") != "refresh_token" || form.Get("client_secret") != "s3cret" || !strings.Contains(form.Get("scope"), "offline_access") {
		t.Errorf("%v", form)
	}
}

func TestCallerWhoLeavesDoesNotTakeTheRefreshTokenAlong(t *testing.T) {
	i := &issuer{answers: []string{`{"access_token":"one","refresh_token":"r2","expires_in":3600}`}}
	ctx, cancel := context.WithCancel(t.Context())
	app := i.app()
	app.HTTPClient = &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
		cancel()
		if r.Context().Err() != nil {
			return nil, r.Context().Err()
		}
		return i.RoundTrip(r)
	})}
	kept := ""
	partner := alone(t, i, func(o *partnercenter.Options) {
		o.Credential = app.RefreshToken("r1", func(ctx context.Context, token string) error { kept = token; return ctx.Err() })
	})
	_, err := statusOf(partner).Get(ctx)
	if !errors.Is(err, context.Canceled) || kept != "r2" {
		t.Errorf("%v, kept %q", err, kept)
	}
	if _, err := statusOf(partner).Get(t.Context()); err != nil || len(i.forms) != 1 {
		t.Errorf("%v after %d exchanges", err, len(i.forms))
	}
}

func TestTokenThatIsNotAcceptedAnyMoreIsRenewedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := &issuer{answers: []string{`{"access_token":"one","expires_in":3600}`, `{"access_token":"two","expires_in":3600}`, `{"access_token":"three","expires_in":3600}`}, refuse: map[string]bool{}}
		partner := alone(t, i, func(o *partnercenter.Options) { o.Credential = i.app().ClientCredentials() })
		_, _ = statusOf(partner).Get(t.Context())
		i.refuse["one"] = true
		if _, err := statusOf(partner).Get(t.Context()); err != nil || !slices.Equal(i.used, []string{"one", "one", "two"}) {
			t.Errorf("%v, used %v", err, i.used)
		}
		time.Sleep(time.Minute)
		i.refuse["two"], i.refuse["three"] = true, true
		if _, err := statusOf(partner).Get(t.Context()); !errors.Is(err, partnercenter.ErrUnauthenticated) || len(i.used) != 5 {
			t.Errorf("%v, used %v", err, i.used)
		}
		for range 50 {
			_, _ = statusOf(partner).Get(t.Context())
		}
		if len(i.forms) != 3 || len(i.used) != 55 {
			t.Errorf("a service that accepts no token had %d asked for, in %d requests", len(i.forms), len(i.used))
		}
	})
}

func TestAllWhoHadARefusedTokenGetTheNextOne(t *testing.T) {
	i := &issuer{answers: []string{`{"access_token":"one","expires_in":3600}`, `{"access_token":"two","refresh_token":"r2","expires_in":3600}`}, refuse: map[string]bool{}}
	var kept []string
	keep := func(_ context.Context, token string) error {
		if slices.Contains(i.used, "two") {
			t.Error("the new token was used before its refresh token was kept")
		}
		kept = append(kept, token)
		return nil
	}
	partner := alone(t, i, func(o *partnercenter.Options) { o.Credential = i.app().RefreshToken("r1", keep) })
	_, _ = statusOf(partner).Get(t.Context())
	i.refuse["one"] = true
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if _, err := statusOf(partner).Get(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if !slices.Equal(kept, []string{"r2"}) || len(i.forms) != 2 {
		t.Errorf("kept %v in %d exchanges", kept, len(i.forms))
	}
}

func TestRefusedTokenWithNoOtherSaysWhyThereIsNone(t *testing.T) {
	i := &issuer{
		answers: []string{`{"access_token":"one","expires_in":3600}`, "", `{"error":"invalid_grant","error_description":"The refresh token has expired."}`},
		status:  []int{200, 503, 400}, refuse: map[string]bool{},
	}
	partner := alone(t, i, func(o *partnercenter.Options) { o.Credential, o.Retry = i.app().RefreshToken("r1", nil), quick })
	_, _ = statusOf(partner).Get(t.Context())
	i.refuse["one"] = true
	_, err := statusOf(partner).Get(t.Context())
	var refused *partnercenter.SignInError
	if !errors.As(err, &refused) || refused.Code != "invalid_grant" || len(i.forms) != 3 {
		t.Errorf("%v after %d requests to the issuer", err, len(i.forms))
	}
	i.answers, i.status = []string{`{"access_token":"one","expires_in":3600}`, i.answers[2]}, []int{200, 400}
	i.forms, i.refuse = nil, map[string]bool{}
	partner = alone(t, i, func(o *partnercenter.Options) { o.Credential = i.app().RefreshToken("r1", nil) })
	_, _ = statusOf(partner).Get(t.Context())
	i.refuse["one"] = true
	if _, err = statusOf(partner).Get(t.Context()); !errors.Is(err, partnercenter.ErrUnauthenticated) || !strings.Contains(err.Error(), "The refresh token has expired.") {
		t.Error(err)
	}
}

func TestIssuersRefusalsAreTyped(t *testing.T) {
	i := &issuer{answers: []string{`{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.","correlation_id":"c"}`}, status: []int{401}}
	partner := alone(t, i, func(o *partnercenter.Options) { o.Credential, o.Retry = i.app().ClientCredentials(), quick })
	_, err := statusOf(partner).Get(t.Context())
	var refused *partnercenter.SignInError
	if !errors.As(err, &refused) || refused.Code != "invalid_client" || refused.CorrelationID != "c" || len(i.forms) != 1 || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("%v after %d requests", err, len(i.forms))
	}
	i = &issuer{answers: []string{"<title>down</title>", "", `{"access_token":"one"}`}, status: []int{503, 502, 200}}
	partner = alone(t, i, func(o *partnercenter.Options) { o.Credential, o.Retry = i.app().ClientCredentials(), quick })
	if _, err := statusOf(partner).Get(t.Context()); err != nil || len(i.forms) != 3 {
		t.Errorf("%v after %d requests", err, len(i.forms))
	}
	for _, body := range []string{"", "{}", "<html>", `{"access_token":""}`} {
		i = &issuer{answers: []string{body}}
		if _, err := i.app().ClientCredentials().Token(t.Context()); err == nil {
			t.Errorf("%q is a token", body)
		}
	}
	app := i.app()
	app.Cloud = partnercenter.Cloud{API: "https://x", Authority: "http://login.example"}
	if _, err := app.ClientCredentials().Token(t.Context()); err == nil || !strings.Contains(err.Error(), "plain http") {
		t.Errorf("a secret was sent in the clear: %v", err)
	}
}

func TestDeviceCodeIsAskedForUntilThePersonHasSignedIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := &issuer{
			answers: []string{
				`{"device_code":"d","user_code":"ABCD","verification_uri":"https://microsoft.com/devicelogin","expires_in":900,"interval":"5"}`,
				`{"error":"authorization_pending"}`, `{"error":"slow_down"}`, `{"access_token":"one","refresh_token":"r1","expires_in":3600}`,
				`{"error":"invalid_grant"}`, `{"device_code":"d","user_code":"EFGH","message":"Please.","expires_in":900,"interval":5}`, `{"access_token":"two","expires_in":3600}`,
			},
			status: []int{200, 400, 400, 200, 400, 200, 200},
		}
		var shown []partnercenter.DevicePrompt
		var kept []string
		partner := alone(t, i, func(o *partnercenter.Options) {
			o.Credential = i.app().DeviceCode(func(_ context.Context, p partnercenter.DevicePrompt) error {
				shown = append(shown, p)
				return nil
			}, func(_ context.Context, token string) error { kept = append(kept, token); return nil })
		})
		began := time.Now()
		_, err := statusOf(partner).Get(t.Context())
		if err != nil || time.Since(began) != 20*time.Second || len(shown) != 1 || shown[0].UserCode != "ABCD" || !strings.Contains(shown[0].Message, "devicelogin") {
			t.Errorf("%v after %v, shown %+v", err, time.Since(began), shown)
		}
		time.Sleep(2 * time.Hour)
		_, err = statusOf(partner).Get(t.Context())
		if err != nil || len(shown) != 2 || shown[1].Message != "Please." || !slices.Equal(kept, []string{"r1"}) || i.forms[4].Get("refresh_token") != "r1" {
			t.Errorf("%v, shown %+v, kept %v", err, shown, kept)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 12*time.Second)
		defer cancel()
		i.answers, i.status, i.forms = []string{i.answers[0], i.answers[1]}, []int{200, 400}, nil
		source := i.app().DeviceCode(func(context.Context, partnercenter.DevicePrompt) error { return nil }, nil)
		if _, err := source.Token(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

func TestNobodyIsHeldUpByAnIssuerThatStalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := partnercenter.App{Tenant: "t", ClientID: "c", ClientSecret: "s", HTTPClient: &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})}}
		for name, source := range map[string]partnercenter.TokenSource{"app-only": app.ClientCredentials(), "App+User": app.RefreshToken("r1", nil)} {
			partner := alone(t, trip(func(r *http.Request) (*http.Response, error) { return answer(r, 200, documentsStatus), nil }), func(o *partnercenter.Options) { o.Credential = source })
			began := time.Now()
			_, err := statusOf(partner).Get(t.Context())
			if took := time.Since(began); err == nil || !strings.Contains(err.Error(), "did not answer within 30s") || took != 30*time.Second {
				t.Errorf("%s: %v after %v", name, err, took)
			}
		}
	})
}

func TestSharedSignInHoldsNobodyLongerThanTheyWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := &issuer{answers: []string{`{"device_code":"d","user_code":"ABCD","verification_uri":"https://x","expires_in":900,"interval":5}`, `{"error":"authorization_pending"}`}, status: []int{200, 400}}
		source := i.app().DeviceCode(func(context.Context, partnercenter.DevicePrompt) error { return nil }, nil)
		first := alone(t, i, func(o *partnercenter.Options) { o.Credential = source })
		second := alone(t, i, func(o *partnercenter.Options) { o.Credential = source })
		began := time.Now()
		var all sync.WaitGroup
		all.Go(func() {
			_, err := statusOf(first).Get(t.Context())
			if took := time.Since(began); err == nil || !strings.Contains(err.Error(), "nobody signed in with the code ABCD") || took < 15*time.Minute || took > 16*time.Minute {
				t.Errorf("%v after %v: the code was good for 15 minutes", err, took)
			}
		})
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := statusOf(second).Get(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 61*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		all.Wait()
	})
}

func TestSecretsFollowNoRedirectOfTheIssuer(t *testing.T) {
	other := serve(t, says(200, `{"access_token":"one"}`))
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
	})
	app := partnercenter.App{Cloud: partnercenter.Cloud{API: s.URL}, Tenant: "../t", ClientID: "c", ClientSecret: "s3cret"}
	_, err := app.ClientCredentials().Token(t.Context())
	var refused *partnercenter.SignInError
	if !errors.As(err, &refused) || refused.StatusCode != http.StatusTemporaryRedirect || len(other.requests()) != 0 {
		t.Errorf("%v; the other host was asked %d times", err, len(other.requests()))
	}
	if got := s.requests()[0].target; got != "/..%2Ft/oauth2/v2.0/token" {
		t.Error(got)
	}
}

func TestIssuerIsAskedAgainWhenItSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked []time.Duration
		began := time.Now()
		app := partnercenter.App{Tenant: "t", ClientID: "c", ClientSecret: "s", HTTPClient: &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
			if asked = append(asked, time.Since(began)); len(asked) == 1 {
				return answer(r, 429, `{"error":"temporarily_unavailable"}`, "Retry-After", "30"), nil
			}
			return answer(r, 200, `{"access_token":"one","expires_in":3600}`), nil
		})}}
		partner := alone(t, trip(func(r *http.Request) (*http.Response, error) { return answer(r, 200, documentsStatus), nil }), func(o *partnercenter.Options) {
			o.Credential, o.Retry = app.ClientCredentials(), partnercenter.Retry{}
		})
		if _, err := statusOf(partner).Get(t.Context()); err != nil || len(asked) != 2 || asked[1] < 30*time.Second {
			t.Errorf("%v, asked at %v", err, asked)
		}
	})
}

func TestBrowserComesBackWithACodeOfThisSignIn(t *testing.T) {
	i := &issuer{answers: []string{`{"access_token":"one","refresh_token":"r1","expires_in":3600}`}}
	visit := func(address string) string {
		res, err := http.Get(address)
		if err != nil {
			return err.Error()
		}
		defer res.Body.Close()
		return fmt.Sprint(res.StatusCode)
	}
	source := i.app().Browser(func(_ context.Context, address string) error {
		asked, _ := url.Parse(address)
		q := asked.Query()
		if asked.Host+asked.Path != "login.microsoftonline.com/contoso.example/oauth2/v2.0/authorize" || q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 {
			t.Errorf("the browser is to open %s", address)
		}
		back := strings.Replace(q.Get("redirect_uri"), "localhost", "127.0.0.1", 1)
		if got := visit(back + "/?code=stolen&state=other"); got != "404" {
			t.Errorf("somebody else's code: %s", got)
		}
		if got := visit(back + "/?code=c&state=" + q.Get("state")); got != "200" {
			t.Errorf("the page: %s", got)
		}
		return nil
	}, nil)
	token, err := source.Token(t.Context())
	if err != nil || token.Value != "one" || i.forms[0].Get("code") != "c" || len(i.forms[0].Get("code_verifier")) < 43 || !strings.HasPrefix(i.forms[0].Get("redirect_uri"), "http://localhost:") {
		t.Errorf("%v, %v", err, i.forms)
	}
	s := i.app().SignIn("http://localhost")
	if _, err := s.Finish(t.Context(), url.Values{"code": {"c"}, "state": {"other"}}, nil); err == nil {
		t.Error("another sign-in's code was taken")
	}
	opened, _ := url.Parse(s.URL)
	var refused *partnercenter.SignInError
	if _, err := s.Finish(t.Context(), url.Values{"error": {"access_denied"}, "state": {opened.Query().Get("state")}}, nil); !errors.As(err, &refused) || refused.Code != "access_denied" {
		t.Error(err)
	}
}

func TestTokensShowThemselvesInNoLog(t *testing.T) {
	token := partnercenter.Token{Value: "s3cret", Expires: time.Now()}
	for _, text := range []string{fmt.Sprint(token), fmt.Sprintf("%+v", token), fmt.Sprintf("%#v", token), token.LogValue().String()} {
		if strings.Contains(text, "s3cret") {
			t.Error(text)
		}
	}
	i := &issuer{}
	if _, err := statusOf(alone(t, i, func(o *partnercenter.Options) { o.Credential = partnercenter.StaticToken(" s3cret\r\n") })).Get(t.Context()); err != nil || i.used[0] != "s3cret" {
		t.Errorf("%v; a file's token is sent as %q", err, i.used)
	}
	split := partnercenter.TokenFunc(func(context.Context) (partnercenter.Token, error) { return partnercenter.Token{Value: "s3\ncret"}, nil })
	for _, source := range []partnercenter.TokenSource{split, partnercenter.StaticToken("\n"), partnercenter.StaticToken(""), partnercenter.TokenFunc(func(context.Context) (partnercenter.Token, error) { return partnercenter.Token{}, nil })} {
		partner := alone(t, &issuer{}, func(o *partnercenter.Options) { o.Credential = source })
		if _, err := statusOf(partner).Get(t.Context()); err == nil || strings.Contains(err.Error(), "cret") {
			t.Errorf("%v: a token that is none was sent", err)
		}
	}
	if _, err := statusOf(alone(t, &issuer{}, func(o *partnercenter.Options) { o.Credential = partnercenter.StaticToken("s3\ncret") })).Get(t.Context()); err == nil || !strings.Contains(err.Error(), "two lines") || strings.Contains(err.Error(), "cret") {
		t.Errorf("%v: what is said of a token that was pasted in two lines", err)
	}
}
