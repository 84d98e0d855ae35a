package e2e_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

func TestTokensOfEveryRoleMeetWhatTheRoleMeets(t *testing.T) {
	server := start(t, "dev", "--memory", "--listen", "127.0.0.1:0")
	for name, c := range map[string]struct {
		args                         []string
		customer, status, orderState int
	}{
		"nobody named":    {nil, 200, 200, 200},
		"admin agent":     {[]string{"--role", "admin-agent"}, 200, 200, 200},
		"sales agent":     {[]string{"--role", "sales-agent"}, 200, 403, 403},
		"global admin":    {[]string{"--role", "global-admin"}, 200, 0, 200},
		"helpdesk agent":  {[]string{"--role", "helpdesk-agent"}, 200, 0, 403},
		"reader":          {[]string{"--role", "directory-reader"}, 403, 0, 403},
		"reseller":        {[]string{"--role", "reseller"}, 403, 403, 403},
		"app":             {[]string{"--app-only"}, 200, 403, 403},
		"reseller's app":  {[]string{"--app-only", "--role", "reseller"}, 403, 403, 403},
		"no MFA":          {[]string{"--no-mfa"}, 401, 401, 401},
		"expired":         {[]string{"--expired"}, 401, 401, 401},
		"expired app":     {[]string{"--expired", "--app-only"}, 401, 401, 401},
		"for the graph":   {[]string{"--audience", "https://graph.windows.net"}, 401, 401, 401},
		"for ours by id":  {[]string{"--audience", "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd"}, 200, 200, 200},
		"user":            {[]string{"--user", "SAM@northlight.example"}, 200, 403, 403},
		"user in a world": {[]string{"--user", "ada@northlight.example", "--world", "demo"}, 200, 200, 200},
	} {
		t.Run(name, func(t *testing.T) {
			bearer := token(t, server.URL, c.args...)
			for path, want := range map[string]int{documentsCustomer: c.customer, documentsStatus: c.status, documentsOrderStatus: c.orderState} {
				if got := get(t, server.URL+path, bearer); want != 0 && got.status != want {
					t.Errorf("%s answered %d, want %d: %s", path, got.status, want, got.header.Get("Provost-Explain"))
				}
			}
		})
	}
}

func TestEachQuirkOfATokenMeetsItsOwnRefusal(t *testing.T) {
	server := start(t, "dev", "--memory", "--listen", "127.0.0.1:0")
	for flag, code := range map[string]string{"--expired": "800001", "--no-mfa": "900421", "--audience=https://graph.windows.net": "900420"} {
		if got := get(t, server.URL+documentsStatus, token(t, server.URL, flag)); got.status != 401 || !strings.Contains(string(got.body), `"code":"`+code+`"`) {
			t.Errorf("%s: %d %s, want %s", flag, got.status, got.body, code)
		}
	}
}

// A person signs in at the page, and an app gets a token that works, over real
// HTTP and through every guard of the server.
func TestCodeOfTheSignInPageBringsAWorkingToken(t *testing.T) {
	server := start(t, "dev", "--memory", "--listen", "127.0.0.1:0")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	var back url.Values
	person := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		back = r.URL.Query()
		return http.ErrUseLastResponse
	}}
	const app, to = "199044aa-0019-4213-9c14-cbd49666a53f", "http://localhost:8400/back"
	verifier := strings.Repeat("v", 43)
	sum := sha256.Sum256([]byte(verifier))
	page := server.URL + "/" + provider + "/oauth2/v2.0/authorize?" + url.Values{
		"client_id": {app}, "redirect_uri": {to}, "response_type": {"code"}, "state": {"s"}, "scope": {"openid"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}.Encode()
	shown, err := person.Get(page)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(shown.Body)
	shown.Body.Close()
	ticket := regexp.MustCompile(`name="ticket" value="([^"]+)"`).FindSubmatch(text)
	if err != nil || ticket == nil {
		t.Fatalf("the page: %v %s", err, text)
	}
	send := func(origin string) int {
		t.Helper()
		r, err := http.NewRequest(http.MethodPost, page, strings.NewReader(url.Values{
			"ticket": {string(ticket[1])}, "user": {provider + "/88c855f3-4105-4913-97df-b1a2a6efee9f"}, "password": {"provost-demo"}, "mfa": {"true"},
		}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", origin)
		sent, err := person.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		sent.Body.Close()
		return sent.StatusCode
	}
	if status := send("https://evil.example"); status != http.StatusForbidden || back != nil {
		t.Errorf("sent from a foreign page: %d %v", status, back)
	}
	if status := send(server.URL); status != http.StatusSeeOther || back.Get("state") != "s" {
		t.Fatalf("sent: %d %v", status, back)
	}
	tokens := signIn(t, server.URL, url.Values{"grant_type": {"authorization_code"}, "code": {back.Get("code")}, "redirect_uri": {to}, "code_verifier": {verifier}})
	if got := get(t, server.URL+documentsStatus, tokens.AccessToken); got.status != http.StatusOK {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestTokenOfAUserSaysWhatItShould(t *testing.T) {
	server := start(t, "dev", "--memory", "--listen", "127.0.0.1:0")
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token(t, server.URL), ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Audience string   `json:"aud"`
		Tenant   string   `json:"tid"`
		Methods  []string `json:"amr"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	if claims.Audience != "https://api.partnercenter.microsoft.com" || claims.Tenant != provider || !strings.Contains(strings.Join(claims.Methods, " "), "mfa") {
		t.Errorf("the claims are %s", payload)
	}
}

func TestTokenSaysWhatToDoNext(t *testing.T) {
	server := start(t, "dev", "--memory", "--listen", "127.0.0.1:0")
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"nobody there":     {[]string{"--server", "127.0.0.1:1"}, 1, "start one with: " + binary + " dev"},
		"no address":       {[]string{"--server", "ftp://x"}, 2, "no address of a server"},
		"unknown role":     {[]string{"--server", server.URL, "--role", "king"}, 2, "helpdesk-agent"},
		"unknown user":     {[]string{"--server", server.URL, "--user", "eve@evil.example"}, 2, "ada@northlight.example"},
		"unknown world":    {[]string{"--server", server.URL, "--world", "mars"}, 2, "demo"},
		"wrong secret":     {[]string{"--server", server.URL, "--secret", "guess"}, 1, "sign Ada Admin in"},
		"user and role":    {[]string{"--user", "x", "--role", "reseller"}, 2, "leave --role"},
		"odd audience":     {[]string{"--server", server.URL, "--audience", "everyone"}, 1, "provost_audience"},
		"app without MFA":  {[]string{"--app-only", "--no-mfa"}, 2, "--app-only or --no-mfa"},
		"foreign own name": {[]string{"--server", strings.Replace(server.URL, "127.0.0.1", "0.0.0.0", 1)}, 1, "--allow-host"},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, command(t, append([]string{"token"}, c.args...)...))
			if got.code != c.code || got.stdout != "" || !strings.Contains(got.stderr, c.says) {
				t.Errorf("ended with %d: %q %q; want %d, %q", got.code, got.stdout, got.stderr, c.code, c.says)
			}
		})
	}
}

func TestTokenFindsTheServerByTheEnvironment(t *testing.T) {
	server := start(t, "dev", "--memory", "--listen", "127.0.0.1:0")
	cmd := command(t, "token")
	cmd.Env = append(cmd.Env, "PROVOST_URL="+server.URL+"/")
	if got := run(t, cmd); got.code != 0 || strings.Count(got.stdout, ".") != 2 {
		t.Errorf("ended with %d: %q %q", got.code, got.stdout, got.stderr)
	}
}

func TestVersionSaysWhatRuns(t *testing.T) {
	got := run(t, command(t, "version"))
	for _, word := range []string{"provost ", "commit ", "date ", "go1.", "/"} {
		if got.code != 0 || !strings.Contains(got.stdout, word) {
			t.Errorf("version ended with %d and lacks %q: %q", got.code, word, got.stdout)
		}
	}
}

func TestHelpTeachesByExample(t *testing.T) {
	for _, name := range []string{"", "dev", "serve", "token", "health", "version"} {
		args := []string{"--help"}
		if name != "" {
			args = []string{name, "--help"}
		}
		got := run(t, command(t, args...))
		if got.code != 0 || !strings.Contains(strings.ToLower(got.stdout), "examples") {
			t.Errorf("help of %q ended with %d: %q", name, got.code, got.stdout)
		}
	}
}

// refreshToken signs the demo admin agent in.
func refreshToken(t *testing.T, server string) string {
	t.Helper()
	return signIn(t, server, url.Values{
		"grant_type": {"password"}, "username": {"ada@northlight.example"}, "password": {"provost-demo"},
	}).RefreshToken
}

// redeem gives an access token for a refresh token.
func redeem(t *testing.T, server, refresh string) string {
	t.Helper()
	return signIn(t, server, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}).AccessToken
}

type issued struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
}

func signIn(t *testing.T, server string, form url.Values) issued {
	t.Helper()
	form.Set("client_id", "199044aa-0019-4213-9c14-cbd49666a53f")
	form.Set("client_secret", "provost-demo")
	form.Set("resource", "https://api.partnercenter.microsoft.com")
	response, err := client.Post(server+"/"+provider+"/oauth2/token", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var tokens issued
	if err := json.Unmarshal(body, &tokens); err != nil || response.StatusCode != http.StatusOK || tokens.AccessToken == "" || tokens.RefreshToken == "" {
		t.Fatalf("sign-in answered %d: %.300s", response.StatusCode, body)
	}
	return tokens
}
