package fulfillment_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"provost/internal/fulfillment"
)

func isRefusal(err, refusal error) bool { return err != nil && errors.Is(err, refusal) }

func TestAnswersOfOutsideSystems(t *testing.T) {
	for name, c := range map[string]struct {
		method string
		status int
		body   string
		want   string
	}{
		"decided":            {"PUT", 200, `{"portions":[]}`, "known"},
		"created":            {"PUT", 201, `{"portions":[]}`, "known"},
		"no portions":        {"PUT", 200, `{"portion":[]}`, "failed: it answered 200, and its body cannot be read: it has no member portions"},
		"accepted":           {"PUT", 202, "", "known"},
		"no content":         {"GET", 204, "", "known"},
		"no body":            {"GET", 200, " ", "failed: it answered 200, and its body cannot be read: there is no body"},
		"no JSON":            {"GET", 200, "ok", "failed: it answered 200, and its body cannot be read"},
		"accepted with junk": {"PUT", 202, "ok", "failed: it answered 202"},
		"a redirect":         {"PUT", 302, "", "failed: it answered 302; redirects are not followed"},
		"unknown, put":       {"PUT", 404, "", "refused: The delivery was refused (HTTP 404)."},
		"unknown, asked":     {"GET", 404, "", "forgot"},
		"gone, asked":        {"GET", 410, "", "forgot"},
		"refused":            {"PUT", 400, `{"reason":"no such customer"}`, "refused: no such customer"},
		"refused in words":   {"PUT", 403, "go away", "refused: The delivery was refused (HTTP 403)."},
		"distrusted":         {"PUT", 401, `{"reason":"the signature does not hold"}`, "failed: it does not believe the signature (401)"},
		"distrusted, asked":  {"GET", 401, "", "failed: it does not believe the signature (401)"},
		"too slow":           {"PUT", 408, "", "failed: it answered 408"},
		"too many":           {"PUT", 429, "", "failed: it answered 429"},
		"an outage":          {"GET", 503, "<html>", "failed: it answered 503"},
	} {
		if got := fulfillment.Understand(c.method, c.status, http.Header{}, []byte(c.body)).Meaning(); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestPausesGrowAndKeepToRetryAfter(t *testing.T) {
	for failures, want := range map[int]time.Duration{
		1: time.Second, 2: 2 * time.Second, 6: 32 * time.Second, 11: 1024 * time.Second, 12: 30 * time.Minute, 1000: 30 * time.Minute,
	} {
		for range 100 {
			if got := fulfillment.Wait(failures, 0); got < want*9/10 || got > want*11/10+1 {
				t.Fatalf("after %d failures it waits %s, want about %s", failures, got, want)
			}
		}
	}
	if got := fulfillment.Wait(1, time.Minute); got != time.Minute {
		t.Errorf("asked for a minute, it waits %s", got)
	}
	now := time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-1": 0, "0": time.Second, "7": 7 * time.Second, "999999": time.Hour,
		"Mon, 02 Mar 2026 12:00:30 GMT": 30 * time.Second, "Mon, 02 Mar 2026 11:00:00 GMT": 0,
	} {
		if got := fulfillment.RetryAfter(value, now); got != want {
			t.Errorf("Retry-After: %s is %s, want %s", value, got, want)
		}
	}
}

// The example is that of docs/fulfillment.md.
func TestSignatureIsTheDocumentedOne(t *testing.T) {
	const change, body = "3fa85f64-5717-4562-b3fc-2c963f66afa6", `{"portions":[{"quantity":3,"status":"fulfilled"}]}`
	secrets := fulfillment.Secrets{[]byte("0123456789abcdef0123456789abcdef"), []byte("fedcba9876543210fedcba9876543210")}
	at := time.Unix(1772452800, 0)
	const want = "t=1772452800,v1=d3cf36d400de5121d00ebe249d047c6029afcecf5f5613860a8ed883484a4b9d"
	got := secrets[:1].Sign(at, strings.ToUpper(change), []byte(body))
	if got != want {
		t.Errorf("signed %s, want %s", got, want)
	}
	both := secrets.Sign(at, change, []byte(body))
	for name, secret := range map[string]fulfillment.Secrets{"the first": secrets[:1], "the second": secrets[1:]} {
		if err := secret.Verify(both, at.Add(4*time.Minute), change, []byte(body)); err != nil {
			t.Errorf("%s does not believe both: %v", name, err)
		}
	}
	for _, wrong := range []string{"", "t=1772452800", "v1=00", "t=x,v1=00", "t=1772452800,v1=zz", "t=1772452801," + strings.Split(got, ",")[1], got + "0"} {
		if err := secrets.Verify(wrong, at, change, []byte(body)); err == nil {
			t.Errorf("%q is believed", wrong)
		}
	}
}
