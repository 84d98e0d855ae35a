package partnercenter_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"provost/partnercenter"
)

// Each form of error body that was ever seen (reference 4.1).
func TestEveryErrorBodyIsUnderstood(t *testing.T) {
	const (
		page = "<!doctype html><html><head><title>502 Bad &amp; Gateway</title></head><body><h1>nginx</h1></body></html>"
		bom  = "\xef\xbb\xbf"
	)
	cases := map[string]struct {
		status int
		header map[string]string
		body   string
		want   partnercenter.Error
		is     error
	}{
		"A, the documented envelope": {401, nil, `{"code":"900420","description":"no","data":[],"source":"PartnerFD"}`,
			partnercenter.Error{Code: "900420", Description: "no", Source: "PartnerFD"}, partnercenter.ErrAudience},
		"A behind a byte-order mark": {404, nil, bom + `{"code":"20003","description":"none","data":["Field1","Field2"],"source":"x"}`,
			partnercenter.Error{Code: "20003", Description: "none", Source: "x", Data: []string{"Field1", "Field2"}}, partnercenter.ErrSubscriptionNotFound},
		"A with objects as data, and nulls": {400, nil, `{"Code":"800002","Description":"bad","Data":[{"a":1},null,"b"],"Source":null,"isRetryable":false}`,
			partnercenter.Error{Code: "800002", Description: "bad", Data: []string{`{"a":1}`, "b"}}, partnercenter.ErrInput},
		"A with text as data": {400, nil, `{"code":"2000","description":"bad","data":"text"}`,
			partnercenter.Error{Code: "2000", Description: "bad", Data: []string{"text"}}, partnercenter.ErrFilter},
		"B, the code a number": {403, nil, `{"code":20002,"description":"Authorization Failed","data":[],"source":"PartnerFD"}`,
			partnercenter.Error{Code: "20002", Description: "Authorization Failed", Source: "PartnerFD"}, partnercenter.ErrNoRelationship},
		"B, the code zero": {400, nil, `{"code":0,"description":"The value is not valid."}`,
			partnercenter.Error{Code: "0", Description: "The value is not valid."}, &partnercenter.Error{StatusCode: 400}},
		"C, the gateway's": {429, map[string]string{"Retry-After": "57"}, `{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 57 seconds." }`,
			partnercenter.Error{Description: "Rate limit is exceeded. Try again in 57 seconds.", RetryAfter: 57 * time.Second}, partnercenter.ErrTooManyRequests},
		"C without its header": {429, nil, `{"statusCode":429,"message":"Rate limit is exceeded. Try again in 9 seconds."}`,
			partnercenter.Error{Description: "Rate limit is exceeded. Try again in 9 seconds.", RetryAfter: 9 * time.Second}, partnercenter.ErrTooManyRequests},
		"A for a 429": {429, map[string]string{"Retry-After": "3"}, `{"code":"429","description":"slow"}`,
			partnercenter.Error{Code: "429", Description: "slow", RetryAfter: 3 * time.Second}, partnercenter.ErrTooManyRequests},
		"D, the gateway's for another status": {401, nil, `{"statusCode":401,"message":"Unauthorized. Access token is missing."}`,
			partnercenter.Error{Description: "Unauthorized. Access token is missing."}, &partnercenter.Error{StatusCode: 401}},
		"E, text":               {401, nil, "MFA required (10001)", partnercenter.Error{Description: "MFA required (10001)"}, &partnercenter.Error{StatusCode: 401}},
		"F, nothing":            {404, nil, "", partnercenter.Error{Description: "Not Found"}, &partnercenter.Error{StatusCode: 404}},
		"F, nothing but a mark": {503, map[string]string{"Retry-After": "2"}, bom, partnercenter.Error{Description: "Service Unavailable", RetryAfter: 2 * time.Second}, &partnercenter.Error{StatusCode: 503}},
		"a page of a proxy":     {502, nil, page, partnercenter.Error{Description: "502 Bad & Gateway"}, &partnercenter.Error{StatusCode: 502}},
		"an error within an error": {403, nil, `{"error":{"code":"Forbidden","message":"inner"}}`,
			partnercenter.Error{Code: "Forbidden", Description: "inner"}, &partnercenter.Error{StatusCode: 403}},
		"JSON that is no object": {500, nil, `[1]`, partnercenter.Error{Description: "[1]"}, &partnercenter.Error{StatusCode: 500}},
		"half an object":         {500, nil, `{"code":"8`, partnercenter.Error{Description: `{"code":"8`}, &partnercenter.Error{StatusCode: 500}},
		"null":                   {500, nil, `null`, partnercenter.Error{Description: "null"}, &partnercenter.Error{StatusCode: 500}},
		"no UTF-8":               {500, nil, "\xff\xfe", partnercenter.Error{Description: "\uFFFD"}, &partnercenter.Error{StatusCode: 500}},
		"a status nobody knows":  {599, nil, "", partnercenter.Error{Description: "status code 599"}, &partnercenter.Error{StatusCode: 599}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("MS-RequestId", "r")
				w.Header().Set("MS-CorrelationId", "c")
				for name, value := range c.header {
					w.Header().Set(name, value)
				}
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			})
			partner := s.partner(t, func(o *partnercenter.Options) { o.Retry.Attempts = 1 })
			_, err := statusOf(partner).Get(t.Context())
			var got *partnercenter.Error
			if !errors.As(err, &got) {
				t.Fatalf("%v is no refusal", err)
			}
			w := c.want
			if got.StatusCode != c.status || got.Code != w.Code || got.Description != w.Description || got.Source != w.Source || got.RetryAfter != w.RetryAfter ||
				!slices.Equal(got.Data, w.Data) || got.Data == nil || got.RequestID != "r" || got.CorrelationID != "c" {
				t.Errorf("%+v", got)
			}
			if !errors.Is(err, c.is) || errors.Is(err, partnercenter.ErrOrderNotFound) {
				t.Errorf("%v is compared wrongly", err)
			}
			if !strings.Contains(err.Error(), "GET /v1/customers/"+customer) || strings.Contains(err.Error(), "secret") {
				t.Error(err)
			}
		})
	}
}

func TestRetryAfterIsReadInBothForms(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"57": 57 * time.Second, "0": 0, "-1": 0, "soon": 0, "": 0, "99999999": 365 * 24 * time.Hour, "99999999999999999999999": 365 * 24 * time.Hour, "Fri, 31 Dec 9999 23:59:59 GMT": 365 * 24 * time.Hour,
		time.Now().Add(time.Hour).UTC().Format(http.TimeFormat): time.Hour, time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat): 0,
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", text)
			w.WriteHeader(503)
		})
		_, err := statusOf(s.partner(t, func(o *partnercenter.Options) { o.Retry.Attempts = 1 })).Get(t.Context())
		var got *partnercenter.Error
		if !errors.As(err, &got) || (got.RetryAfter-want).Abs() > 2*time.Second {
			t.Errorf("%q: %v, want %v", text, got.RetryAfter, want)
		}
	}
}

func TestAnswersThatCannotBeReadSaySo(t *testing.T) {
	for name, body := range map[string]string{
		"empty": "", "a mark": "\xef\xbb\xbf", "a page": "<html>sign in here</html>", "half": documentsStatus[:40], "a list": "[]",
		"a malformed date":    strings.ReplaceAll(documentsStatus, "2018-05-10T00:00:00Z", "1/13/2022 12:00:00 AM"),
		"an impossible date":  strings.ReplaceAll(documentsStatus, "2018-05-10", "2018-02-30"),
		"a quantity in words": strings.ReplaceAll(documentsStatus, `:5,`, `:"five",`),
	} {
		s := serve(t, says(200, body))
		status, err := statusOf(s.partner(t)).Get(t.Context())
		if !errors.Is(err, partnercenter.ErrUnreadable) || status != nil || len(s.requests()) != 1 {
			t.Errorf("%s: %+v, %v after %d requests", name, status, err, len(s.requests()))
		}
	}
	s := serve(t, says(200, strings.ReplaceAll(documentsStatus, "2018-05-10T00:00:00Z", "13/32/2022")))
	if _, err := statusOf(s.partner(t)).Get(t.Context()); err == nil || !strings.Contains(err.Error(), "13/32/2022") {
		t.Errorf("%v does not name the date", err)
	}
}

func TestAnswersOfEveryHabitAreRead(t *testing.T) {
	for name, body := range map[string]string{
		"a byte-order mark": "\xef\xbb\xbf" + documentsStatus, "capitals": strings.ReplaceAll(documentsStatus, "success", "SUCCESS"),
		"other members":         strings.Replace(documentsStatus, "{", `{"estimatedStart":null,"new":{"a":[1]},`, 1),
		"Pascal case":           strings.ReplaceAll(documentsStatus, `"status"`, `"Status"`),
		"a date without a zone": strings.ReplaceAll(documentsStatus, "00:00Z", "00:00"), "a date alone": strings.ReplaceAll(documentsStatus, "T00:00:00Z", ""),
		"seven digits": strings.ReplaceAll(documentsStatus, "00:00Z", "00:00.0000000Z"), "an offset": strings.ReplaceAll(documentsStatus, "00:00Z", "00:00+00:00"),
	} {
		s := serve(t, says(200, body))
		status, err := statusOf(s.partner(t)).Get(t.Context())
		if err != nil || status.Status != partnercenter.ProvisioningSuccess || status.EndDate.String() != "2018-05-10T00:00:00Z" {
			t.Errorf("%s: %+v, %v", name, status, err)
		}
	}
	s := serve(t, says(200, strings.ReplaceAll(documentsStatus, `"2018-05-10T00:00:00Z"`, "null")))
	if status, err := statusOf(s.partner(t)).Get(t.Context()); err != nil || !status.EndDate.IsZero() {
		t.Errorf("a date of null: %+v, %v", status, err)
	}
}

func TestTooLargeAnAnswerIsNotRead(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		piece := []byte(strings.Repeat(" ", 1<<20))
		for range 70 {
			if _, err := w.Write(piece); err != nil {
				return
			}
		}
	})
	if _, err := statusOf(s.partner(t)).Get(t.Context()); !errors.Is(err, partnercenter.ErrUnreadable) {
		t.Error(err)
	}
}

func TestLargeRefusalsAreUnderstoodAndCutShort(t *testing.T) {
	const size = 10 << 20
	long := strings.Repeat("x", size)
	for name, body := range map[string]string{
		"a page": "<html><title>down</title>" + strings.Repeat("<p>down</p>", 1<<20), "text": strings.Repeat("down ", size/5), "spaces": strings.Repeat(" ", 7*size),
		"titles": strings.Repeat("<title", size/6), "tags": strings.Repeat("<", size), "errors within errors": strings.Repeat(`{"error":`, size/9),
		"a code": `{"code":"` + long + `"}`, "data": `{"code":"1","data":["` + long + `"]}`, "a source": `{"code":"1","source":"` + long + `"}`,
		"much data": `{"code":"1","description":"down","data":[1` + strings.Repeat(`,"`+long[:2000]+`"`, 400) + `]}`,
	} {
		s := serve(t, says(503, body))
		_, err := statusOf(s.partner(t, func(o *partnercenter.Options) { o.Retry.Attempts = 1 })).Get(t.Context())
		var got *partnercenter.Error
		if !errors.As(err, &got) || got.StatusCode != 503 || got.Description == "" || len(err.Error()) > 8<<10 || len(got.Data) > 100 {
			t.Errorf("%s: %.200v", name, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, body := range []string{documentsStatus, documentsOrder, `{"id":"a","quantity":1,"x":[{"id":1}]}`, `{"code":0}`, "", "\xef\xbb\xbf[]", `{"items":[null,{}],"links":{"next":{"uri":"/x"}}}`} {
		f.Add(200, body)
		f.Add(429, body)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 || status == 204 || status == 304 {
			status = 200 + max(status, -status)%300
		}
		partner := alone(t, trip(func(r *http.Request) (*http.Response, error) { return answer(r, status, body), nil }))
		c := partner.Customers.ByID(customer)
		sub, subErr := c.Subscriptions.ByID(subscription).Get(t.Context())
		if subErr == nil {
			sub.Quantity++
			if _, err := c.Subscriptions.ByID(subscription).Patch(t.Context(), sub); err != nil && strings.Contains(err.Error(), "write the body") {
				t.Errorf("what was read cannot be written: %v", err)
			}
		}
		status1, statusErr := statusOf(partner).Get(t.Context())
		lines, linesErr := c.Orders.ByID(order).ProvisioningStatus.Get(t.Context())
		if linesErr == nil {
			_ = partnercenter.RollUp(lines.Items).Outcome()
		}
		n := 0
		for _, err := range partner.Customers.List(t.Context(), partnercenter.CustomerQuery{}) {
			if n++; err != nil || n > 10_000 {
				break
			}
		}
		for _, err := range []error{subErr, statusErr, linesErr} {
			if err != nil {
				_ = err.Error()
			}
		}
		if status > 299 && (statusErr == nil || status1 != nil) {
			t.Errorf("%d was a success", status)
		}
	})
}
