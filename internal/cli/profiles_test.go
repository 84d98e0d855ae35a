package cli

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"provost/partnercenter"
)

func TestProfilesAreChangedOneAtATime(t *testing.T) {
	place := shelf{filepath.Join(t.TempDir(), "new")}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			err := place.change(t.Context(), func(kept *profiles) error {
				kept.Profiles["p"+strconv.Itoa(i)] = &profile{Kind: byDevice, RefreshToken: "r"}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	kept, err := place.read()
	if err != nil || len(kept.Profiles) != 20 {
		t.Errorf("%d of 20 are kept: %v", len(kept.Profiles), err)
	}
	for name, want := range map[string]os.FileMode{place.path(): 0o600, place.dir: 0o700} {
		if info, err := os.Stat(name); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if files, _ := os.ReadDir(place.dir); len(files) != 2 {
		t.Errorf("what is written in between stays: %v", files)
	}
}

func TestProfilesThatCannotBeReadAreNotOverwritten(t *testing.T) {
	place := shelf{t.TempDir()}
	if err := os.WriteFile(place.path(), []byte("{ mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := place.change(t.Context(), func(*profiles) error { return nil })
	if text, _ := os.ReadFile(place.path()); err == nil || !strings.Contains(err.Error(), place.path()) || string(text) != "{ mine" {
		t.Errorf("%v; the file is %q", err, text)
	}
}

// A refresh token that the issuer has replaced is on the disk before the access
// token that came with it is used, and stays there when what follows fails.
func TestNewRefreshTokenIsKeptBeforeAnythingElse(t *testing.T) {
	place := shelf{t.TempDir()}
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("refresh_token") != "first" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error":"invalid_grant","error_description":"It was exchanged before."}`))
			return
		}
		_, _ = w.Write([]byte(`{"access_token":"a","refresh_token":"second","expires_in":3600}`))
	}))
	defer issuer.Close()
	before := &profiles{Profiles: map[string]*profile{"work": {Kind: byDevice, API: issuer.URL, Tenant: "t", ClientID: "c", RefreshToken: "first"}}}
	if err := place.write(before); err != nil {
		t.Fatal(err)
	}
	c := &credential{place: place, name: "work", client: issuer.Client()}
	token, err := c.Token(t.Context())
	kept, _ := place.read()
	if work := kept.Profiles["work"]; err != nil || token.Value != "a" || work.RefreshToken != "second" || work.AccessToken != "a" || time.Until(work.Expires) < time.Minute {
		t.Errorf("%v, %v; kept %+v", token, err, work)
	}

	// The directory cannot be written: the call is not made with a token that
	// nobody could renew.
	if err := place.write(before); err != nil || runtime.GOOS == "windows" || os.Getuid() == 0 {
		t.Log("whoever may write everywhere cannot be kept from writing: half of this was not tried")
		return
	}
	if err := os.Chmod(place.dir, 0o500); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(place.dir, 0o700) //nolint:errcheck // the directory goes with the test
	if token, err := (&credential{place: place, name: "work", client: issuer.Client()}).Token(t.Context()); err == nil || token.Value != "" {
		t.Errorf("it gave %v", token)
	}
}

func TestRefusedTokenIsRenewedOnceAndForAll(t *testing.T) {
	renewed := 0
	w := &wire{renew: func(context.Context) (partnercenter.Token, error) {
		renewed++
		return partnercenter.Token{Value: "good"}, nil
	}}
	var bodies []string
	door := w.around(transport(func(r *http.Request) (*http.Response, error) {
		body := make([]byte, 8)
		n, _ := r.Body.Read(body)
		bodies = append(bodies, string(body[:n]))
		status := http.StatusUnauthorized
		if r.Header.Get("Authorization") == "Bearer good" {
			status = http.StatusOK
		}
		return &http.Response{StatusCode: status, Body: http.NoBody, Header: http.Header{}}, nil
	}))
	for range 3 {
		request, err := http.NewRequest(http.MethodPost, "http://shop.example/", strings.NewReader("seats"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer old")
		response, err := door.RoundTrip(request)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%v, %v", response, err)
		}
		_ = response.Body.Close()
	}
	if got := strings.Join(bodies, " "); renewed != 1 || got != "seats seats seats seats" {
		t.Errorf("renewed %d times; sent %q", renewed, got)
	}
	w.renew = func(context.Context) (partnercenter.Token, error) { return partnercenter.Token{}, errors.New("none") }
	request, _ := http.NewRequest(http.MethodPost, "http://shop.example/", strings.NewReader("seats"))
	response, err := door.RoundTrip(request)
	if err != nil || response.StatusCode != http.StatusUnauthorized {
		t.Fatalf("without another token: %v, %v", response, err)
	}
	_ = response.Body.Close()
}

func TestClocksThatDifferAreTold(t *testing.T) {
	now := time.Now()
	for away, want := range map[time.Duration]state{0: good, 2 * time.Second: good, -time.Minute: worth, 6 * time.Minute: bad, -time.Hour: bad} {
		var e examined
		examineClock(&e, seenAnswer{at: now, date: now.Add(away)})
		if len(e.Findings) != 1 || e.Findings[0].State != want {
			t.Errorf("%s away: %+v, want %s", away, e.Findings, want)
		}
	}
}

func TestProfilesBehindALinkStayBehindIt(t *testing.T) {
	place, elsewhere := shelf{t.TempDir()}, filepath.Join(t.TempDir(), "mine.json")
	// A profile that somebody has emptied by hand is none.
	if err := os.WriteFile(elsewhere, []byte(`{"current":"x","profiles":{"x":null}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, place.path()); err != nil {
		t.Skip("no links here: profiles behind one were not tried")
	}
	err := place.change(t.Context(), func(kept *profiles) error {
		if len(kept.Profiles) != 0 {
			t.Errorf("read: %v", kept.Profiles)
		}
		kept.Profiles["y"] = &profile{Kind: byDev, API: DefaultServer}
		return nil
	})
	text, _ := os.ReadFile(elsewhere)
	info, _ := os.Stat(elsewhere)
	if link, lost := os.Readlink(place.path()); err != nil || lost != nil || link != elsewhere || !strings.Contains(string(text), `"y"`) || runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v %v: behind the link is %s, %v", err, lost, text, info.Mode())
	}
}
