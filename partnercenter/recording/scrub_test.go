package recording_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"provost/partnercenter"
	"provost/partnercenter/recording"
)

type trip func(*http.Request) (*http.Response, error)

func (fn trip) RoundTrip(r *http.Request) (*http.Response, error) { return fn(r) }

// recorded is what is kept of a request to an address with a body, and of an answer.
func recorded(t *testing.T, address, body, says string) recording.Exchange {
	t.Helper()
	rec := &recording.Recording{}
	client := &http.Client{Transport: rec.Record(trip(func(r *http.Request) (*http.Response, error) {
		header := http.Header{"Location": {"https://x/back?code=s3cret&state=ok"}, "Set-Cookie": {"s3cret"}, "Content-Type": {"text/plain"}, "Www-Authenticate": {"s3cret"}}
		return &http.Response{StatusCode: 200, Header: header, Body: io.NopCloser(strings.NewReader(says)), Request: r}, nil
	}))}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer s3cret")
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got, _ := io.ReadAll(res.Body); string(got) != says {
		t.Errorf("the program gets %q in the place of %q", got, says)
	}
	return rec.Exchanges()[0]
}

func TestSecretsAreScrubbedWhereverTheyStand(t *testing.T) {
	for _, text := range []string{
		`{"access_token":"s3cret","token_type":"Bearer","kept":1}`, `{ "accessToken" : "s3cret\"\\", "kept" : [1] }`, `{"Client-Secret":"s3cret","kept":1}`,
		`{"userCredentials":{"userName":"kept","password":"s3cret"}}`, `[{"newPassword":"s3cret"},{"kept":{"passwordProfile":{"Password":"s3cret"}}}]`,
		`{"password":{"value":"s3cret","old":["s3cret"]},"kept":1}`, `{"kept":1,"secretText":"s3cret\u0022s3cret"}`, "\xef\xbb\xbf" + `{"password":"s3cret","kept":1}`,
		`{"resourceNewValue":"{\"UserCredentials\":{\"Password\":\"s3cret\",\"UserName\":\"kept\"}}"}`,
		`{"a":"{\"b\":\"{\\\"password\\\":\\\"s3cret\\\",\\\"x\\\":\\\"kept\\\"}\"}"}`,
		`{"url":"https://x/?sig=s3cret&sv=kept","kept":1}`, `{"url":"https://x/?access_token=s3cret\u0026a=kept"}`, `{"value":"Bearer s3cret.s3cret-s3cret","kept":1}`,
		`{"items":[{"key":"provost_op_0123456789ab_s3cret"}],"kept":1}`, `{"password":"s3cret","kept":1`, `{"kept":1,"refresh_token":"s3cret`,
		"grant_type=kept&code=s3cret&client_secret=s3cret", "client_secret=s3cret&kept=1", "code_verifier=s3cret&kept", "kept&Client-Assertion=s3cret",
		`<Credentials><Password>s3cret</Password><UserName>kept</UserName></Credentials>`, `<a:RefreshToken xmlns:a="kept">s3cret</a:RefreshToken>`,
		"kept eyJhbGciOiJSUzI1NiJ9.eyJzM2NyZXQiOjF9.s3cret", "kept eyJhbGciOiJSU0EtT0FFUCJ9.s3cret.s3cret.s3cret.s3cret", "kept Authorization: Basic s3crets3cret==",
	} {
		e := recorded(t, "https://x/v1/call?access_token=s3cret&kept=1&filter=%7B%7D", text, text)
		kept, err := json.Marshal(e)
		if err != nil || strings.Contains(string(kept), "s3cret") || strings.Count(string(kept), "kept") < 3 || strings.Count(string(kept), recording.Scrubbed) < 4 {
			t.Errorf("of %s there is kept %s", text, kept)
		}
		if json.Valid([]byte(strings.TrimPrefix(text, "\xef\xbb\xbf"))) && !json.Valid([]byte(strings.TrimPrefix(e.Response.Body, "\xef\xbb\xbf"))) {
			t.Errorf("of %s no JSON is left: %s", text, e.Response.Body)
		}
	}
}

func TestWhatIsNoSecretIsKeptAsItWas(t *testing.T) {
	for _, text := range []string{
		`{"code":"20003","description":"none", "data":[ ],"n":1.50,"big":12345678901234567890,"t":"a\u00fc\/b"}`, `{"password":null,"secret":"","x":true}`,
		`{"links":{"next":{"uri":"/customers?size=1&seekOperation=Next","headers":[{"key":"MS-ContinuationToken","value":"abc"}]}}}`, "", "[]", "plain text", "a=b&code2=c",
	} {
		if e := recorded(t, "https://x/v1/customers?size=1", text, text); e.Response.Body != text || e.Request.URL != "/v1/customers?size=1" {
			t.Errorf("%s became %s", text, e.Response.Body)
		}
	}
}

func FuzzScrub(f *testing.F) {
	f.Add(`{"a":"b","password":"x\\\"","n":[1,{"secret":2}]}`)
	f.Add(`code=x&{"a":"{\"b\":\"\\u0022\"}"}`)
	f.Fuzz(func(t *testing.T, text string) {
		rec := &recording.Recording{}
		client := &http.Client{Transport: rec.Record(trip(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
		}))}
		res, err := client.Get("https://x/")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if json.Valid([]byte(text)) && !json.Valid([]byte(rec.Exchanges()[0].Response.Body)) {
			t.Errorf("%q became %q, which is no JSON", text, rec.Exchanges()[0].Response.Body)
		}
	})
}

func TestWaitEndsWhereItsRecordingDoes(t *testing.T) {
	rec, asked := &recording.Recording{}, 0
	counted := func(next http.RoundTripper) http.RoundTripper {
		return trip(func(r *http.Request) (*http.Response, error) {
			asked++
			return next.RoundTrip(r)
		})
	}
	partner, err := partnercenter.New(partnercenter.Options{
		Credential: partnercenter.StaticToken("x"), Middleware: []func(http.RoundTripper) http.RoundTripper{counted, rec.Replay},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = partner.Customers.ByID("c").Subscriptions.ByID("s").ProvisioningStatus.Wait(t.Context(), partnercenter.WaitOptions{})
	if err == nil || !strings.Contains(err.Error(), "no more exchange") || asked != 1 {
		t.Errorf("%v after %d requests", err, asked)
	}
}
