package recording_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"provost/partnercenter"
	"provost/partnercenter/recording"
)

const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2ln"

func TestRecordingsAnswerWithoutTheService(t *testing.T) {
	status := "pending"
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/token") {
			_, _ = io.WriteString(w, `{"access_token":"`+jwt+`","refresh_token": "r2\"","expires_in":3600}`)
			return
		}
		if r.Method == http.MethodPost {
			_, _ = io.WriteString(w, `{"id":"c","userCredentials":{"userName":"ann","password":"p4ss"}}`)
			return
		}
		w.Header().Set("Retry-After", "1")
		w.Header().Set("Set-Cookie", "session=s3cret")
		_, _ = io.WriteString(w, "\xef\xbb\xbf"+`{"skuId":"x","status":"`+status+`","quantity":5,"note":"`+jwt+`"}`)
		status = "success"
	}))
	defer s.Close()
	path := filepath.Join(t.TempDir(), "testdata", "wait.json")
	session := func(around func(http.RoundTripper) http.RoundTripper, address string) (string, error) {
		client := &http.Client{Transport: around(http.DefaultTransport)}
		app := partnercenter.App{Cloud: partnercenter.Cloud{API: address}, Tenant: "t", ClientID: "app", ClientSecret: "s3cret", HTTPClient: client}
		partner, err := partnercenter.New(partnercenter.Options{
			Credential: app.RefreshToken("r1-s3cret", nil), Cloud: app.Cloud, HTTPClient: client, Retry: partnercenter.Retry{Attempts: 1},
		})
		if err != nil {
			return "", err
		}
		got, err := partner.Customers.ByID("c").Subscriptions.ByID("s").ProvisioningStatus.Wait(t.Context(), partnercenter.WaitOptions{})
		if err != nil {
			return "", err
		}
		_, err = partner.Customers.Create(t.Context(), &partnercenter.Customer{ID: "c"})
		return string(got.Status), err
	}
	rec := &recording.Recording{Scrub: func(e *recording.Exchange) { e.Response.Body = strings.ReplaceAll(e.Response.Body, "ann", "someone") }}
	if got, err := session(rec.Record, s.URL); got != "success" || err != nil {
		t.Fatal(got, err)
	}
	if err := rec.Save(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"s3cret", "r1-", "r2", "p4ss", "ann", "eyJ"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("the recording holds %q:\n%s", secret, text)
		}
	}
	again, err := recording.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := session(again.Replay, "http://127.0.0.1:1"); got != "success" || err != nil {
		t.Errorf("replayed: %s, %v", got, err)
	}
	var missing *recording.MissingError
	if _, err := session(again.Replay, "http://127.0.0.1:1"); !errors.As(err, &missing) || !strings.Contains(missing.Request.URL, "/token") {
		t.Errorf("%v: each exchange is replayed once", err)
	}
	if n := len(again.Exchanges()); n != 4 {
		t.Errorf("%d exchanges", n)
	}
}

func TestRecordingsThatCannotBeReadSaySo(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.json")
	if err := os.WriteFile(bad, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{bad, bad + ".none"} {
		if _, err := recording.Open(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
