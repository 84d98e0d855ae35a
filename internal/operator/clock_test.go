package operator_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// askClock reads the clock, or moves it by a body, and holds the answer against
// the contract.
func (d *door) askClock(t *testing.T, who, body string) *httptest.ResponseRecorder {
	t.Helper()
	method := http.MethodPost
	if body == "" {
		method = http.MethodGet
	}
	request := httptest.NewRequest(method, extension.ClockPath, strings.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+who)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, request)
	holdToContract(t, method, extension.ClockPath, w)
	return w
}

func (d *door) clock(t *testing.T, who, body string) extension.Clock {
	t.Helper()
	var clock extension.Clock
	w := d.askClock(t, who, body)
	if err := json.Unmarshal(w.Body.Bytes(), &clock); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%s, %s: %d %s %s (%v)", who, body, w.Code, w.Body, explained(w), err)
	}
	return clock
}

func codeOf(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	if w.Code == http.StatusOK {
		return "200"
	}
	var refusal partnercenter.Error
	if err := json.Unmarshal(w.Body.Bytes(), &refusal); err != nil {
		t.Fatal(err)
	}
	return refusal.Code
}

func TestAnyAgentReadsTheClockAndAdminAgentsMoveIt(t *testing.T) {
	for who, want := range map[string][2]string{
		"admin": {"200", "200"}, "elsewhere": {"200", "200"},
		"sales": {"200", "900150"}, "helpdesk": {"200", "900150"}, "global admin": {"200", "900150"}, "app": {"200", "900329"},
		"reader": {"900150", "900150"}, "nobody": {"900150", "900150"},
		"weak admin": {"900421", "900421"}, "a stranger": {"800001", "800001"},
	} {
		d := openDoor(t, pipe.Modern, commerce.MFAEnforce, 100)
		if got := [2]string{codeOf(t, d.askClock(t, who, "")), codeOf(t, d.askClock(t, who, `{"advance":"PT1S"}`))}; got != want {
			t.Errorf("%s gets %v, want %v", who, got, want)
		}
	}
}

func TestAClockMovesByEachOfItsWords(t *testing.T) {
	d := openDoor(t, pipe.Documents, commerce.MFAEnforce, 100) // whatever the profile, our own words
	tick := d.at.Truncate(15 * time.Minute).Add(15 * time.Minute)
	for _, c := range []struct {
		body string
		want time.Time
	}{
		{``, d.at},
		{`{"advance":"PT0S"}`, d.at},
		{`{"Advance":"PT90S"}`, d.at.Add(90 * time.Second)},
		{`{"advance":"next-tick"}`, tick},
		{`{"advance":"next-tick"}`, tick.Add(15 * time.Minute)},
		{`{"set":"2026-03-02T12:00:00+01:00"}`, d.at.Truncate(time.Hour).Add(time.Hour)},
		{`{"set":"2026-03-02T11:00:00.1234567Z"}`, d.at.Truncate(time.Hour).Add(time.Hour + 123456700)},
		{`{"freeze":true}`, d.at.Truncate(time.Hour).Add(time.Hour + 123456700)},
		{`{"advance":"P1M"}`, d.at.Truncate(time.Hour).Add(time.Hour+123456700).AddDate(0, 1, 0)},
	} {
		if clock := d.clock(t, "admin", c.body); !clock.Now.Equal(c.want) || !clock.Frozen || clock.World != "demo" || clock.Kind != "development" {
			t.Errorf("%s leads to %+v, want %s", c.body, clock, c.want)
		}
	}
	if clock := d.clock(t, "admin", `{"resume":true}`); clock.Frozen || clock.Now.Before(d.at) {
		t.Errorf("the clock that was let run says %+v", clock)
	}
	if there := d.clock(t, "elsewhere", ""); there.World != "other" || there.Frozen || time.Since(there.Now.Time).Abs() > time.Minute {
		t.Errorf("the other world's clock says %+v", there)
	}
}

func TestWhatNoClockCanDoIsRefusedWithItsCure(t *testing.T) {
	d := openDoor(t, pipe.Modern, commerce.MFAEnforce, 100)
	for body, cure := range map[string]string{
		`{}`:                                  "ask one thing",
		`{"freeze":false}`:                    "ask one thing",
		`{"freeze":true,"resume":true}`:       "ask one thing",
		`{"advance":"PT1S","freeze":true}`:    "ask one thing",
		`{"advance":"soon"}`:                  "PT16M",
		`{"advance":"-PT1S"}`:                 "PT16M",
		`{"advance":""}`:                      "PT16M",
		`{"advance":"P0.5M"}`:                 "whole months",
		`{"advance":"P99999Y"}`:               "too many",
		`{"advance":"P251Y"}`:                 "250 years ahead",
		`{"advance":"PT9999999999999S"}`:      "too long",
		`{"set":"2026-03-02T10:07:29Z"}`:      "goes forward",
		`{"set":"9999-12-31T00:00:00Z"}`:      "250 years ahead",
		`{"set":""}`:                          "goes forward",
		`{"set":"tomorrow"}`:                  "",
		`{"advance":5}`:                       "",
		`{"advance":"PT1S","andThen":"rest"}`: "",
		`[]`:                                  "",
	} {
		w := d.askClock(t, "admin", body)
		if code := codeOf(t, w); code != "800002" || !strings.Contains(explained(w), cure) || explained(w) == "" {
			t.Errorf("%s: %d %s, %q", body, w.Code, code, explained(w))
		}
	}
	if now := d.clock(t, "admin", "").Now; !now.Equal(d.at) {
		t.Errorf("the refused moves led to %s", now)
	}
}

func TestAProductionWorldsClockIsReadAndNeverMoved(t *testing.T) {
	d := openDoor(t, pipe.Modern, commerce.MFAEnforce, 100)
	_, _, err := d.shop.CreateWorld(t.Context(), commerce.LocalOperator, commerce.NewWorld{
		Name: "real", Kind: commerce.Production, Tenant: freeTenant, Settings: commerce.DefaultSettings(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.shop.GrantRole(t.Context(), commerce.LocalOperator, "real", "", commerce.Grant{Role: "admin-agent", User: ada}); err != nil {
		t.Fatal(err)
	}
	if clock := d.clock(t, "production", ""); clock.World != "real" || clock.Kind != "production" || clock.Frozen {
		t.Errorf("the clock says %+v", clock)
	}
	for _, body := range []string{`{"advance":"PT1S"}`, `{"advance":"PT0S"}`, `{"set":"2999-01-01T00:00:00Z"}`, `{"freeze":true}`, `{"resume":true}`} {
		w := d.askClock(t, "production", body)
		if code := codeOf(t, w); w.Code != http.StatusBadRequest || code != "900127" || !strings.Contains(explained(w), "development") {
			t.Errorf("%s: %d %s %q", body, w.Code, code, explained(w))
		}
	}
	if clock := d.clock(t, "production", ""); clock.Frozen || clock.Now.Sub(clock.Real.Time) != 0 {
		t.Errorf("after the refused moves the clock says %+v", clock)
	}
}

func TestARequestThatMovedTheClockMovesItOnce(t *testing.T) {
	d := openDoor(t, pipe.Modern, commerce.MFAEnforce, 100)
	ask := func(id string) string {
		request := httptest.NewRequest(http.MethodPost, extension.ClockPath, strings.NewReader(`{"advance":"PT1H"}`))
		request.Header.Set("Authorization", "Bearer admin")
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("MS-RequestId", id)
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, request)
		return w.Body.String()
	}
	first := ask("one")
	if again := ask("one"); again != first {
		t.Errorf("answered %s, then %s", first, again)
	}
	if other := ask("two"); other == first {
		t.Errorf("another request is answered %s", other)
	}
	if clock := d.clock(t, "admin", ""); !clock.Now.Equal(d.at.Add(2 * time.Hour)) {
		t.Errorf("it is %s", clock.Now)
	}
}
