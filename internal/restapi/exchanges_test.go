package restapi_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"testing"

	"provost/internal/pipe"
	"provost/partnercenter"
)

func TestAnswersAreThoseOfTheExchanges(t *testing.T) {
	doors := map[string]*door{}
	for _, x := range readExchanges(t) {
		key := x.settings["profile"] + "/" + x.settings["fault"]
		if doors[key] == nil {
			doors[key] = openDoor(t, x.settings["profile"], x.settings["fault"])
		}
		t.Run(x.name, func(t *testing.T) {
			d := doors[key]
			if x.writes() || x.settings["with"] != "" {
				d = openDoor(t, x.settings["profile"], x.settings["fault"])
				d.arrange(t, x.settings["with"])
			}
			for range number(x.settings["after"]) {
				send(t, d.address, d.bear(t, x.request, x.settings["world"]))
			}
			got := d.call(t, d.bear(t, x.request, x.settings["world"]))
			compare(t, x, got)
		})
	}
}

func compare(t *testing.T, x exchange, got message) {
	t.Helper()
	want := x.answer
	if got.first != want.first {
		t.Errorf("status line %q, want %q", got.first, want.first)
	}
	for _, h := range want.headers {
		if value := got.header(h[0]); !matches(h[1], value) {
			t.Errorf("header %s: %q, want %q", h[0], value, h[1])
		}
	}
	if w, g := names(want), names(got); !slices.Equal(w, g) {
		t.Errorf("headers\n got %s\nwant %s", strings.Join(g, ", "), strings.Join(w, ", "))
	}
	if word.Match(want.body) && matches(string(want.body), string(got.body)) {
		want.body = got.body
	}
	if !bytes.Equal(got.body, want.body) {
		t.Errorf("body\n got %q\nwant %q", got.body, want.body)
	}
	if length := want.header("Content-Length"); length != "" && length != strconv.Itoa(len(want.body)) && !strings.HasPrefix(x.request.first, "HEAD ") {
		t.Errorf("the file says Content-Length %s, its body has %d bytes", length, len(want.body))
	}
	if want.header("ETag") == "<etag>" {
		sum := sha256.Sum256(want.body)
		if tag := `"` + hex.EncodeToString(sum[:16]) + `"`; got.header("ETag") != tag {
			t.Errorf("ETag %s, want %s", got.header("ETag"), tag)
		}
	}
}

func names(m message) []string {
	var all []string
	for _, h := range m.headers {
		all = append(all, h[0])
	}
	slices.Sort(all)
	return all
}

// exchangeName is where a refusal of a row is shown. To whom is throttled, all
// rows that throttle answer the same; TestThrottledRows asks each of them.
func exchangeName(handler string, refusal *partnercenter.Error) string {
	if refusal == partnercenter.ErrTooManyRequests {
		handler = "always"
	}
	return handler + "/" + strconv.Itoa(refusal.StatusCode) + "-" + refusal.Code
}

// Each answer that a row can give has its exchange, at
// testdata/exchanges/{handler}/{answer}.http, where an answer is 200, 200.xml, or
// status-code such as 403-900308.
func TestEachRowHasAnExchangeForEachAnswer(t *testing.T) {
	there := map[string]int{}
	for _, x := range readExchanges(t) {
		there[x.name] = x.answer.status()
	}
	need := func(name string, status int) {
		if got, ok := there[name]; !ok {
			t.Errorf("no exchange testdata/exchanges/%s.http", name)
		} else if got != status {
			t.Errorf("exchange %s answers %d", name, got)
		}
	}
	for _, rt := range rows() {
		handler := handlerName(rt)
		if success := successOf(rt); success != 0 {
			need(handler+"/"+strconv.Itoa(success), success)
		}
		if success := successOf(rt); success != 0 && success != 204 {
			need(handler+"/"+strconv.Itoa(success)+".xml", success)
		}
		for _, refusal := range rt.Refusals() {
			need(exchangeName(handler, refusal), refusal.StatusCode)
		}
	}
	for _, refusal := range always() {
		need("always/"+strconv.Itoa(refusal.StatusCode)+"-"+refusal.Code, refusal.StatusCode)
	}
	need("always/404-1000", 404)
}

// successOf is what a row answers when it does as it is asked; 0: it does not do
// it yet.
func successOf(rt pipe.Route) int {
	switch {
	case slices.Contains(rt.Answers, partnercenter.ErrNotImplemented):
		return 0
	case rt.Method == "POST":
		return 201
	case rt.Method == "DELETE":
		return 204
	default:
		return 200
	}
}

// The errors of reference A.6 that these calls can meet, in both formats.
func TestTheErrorsOfTheReferenceAreThereInXML(t *testing.T) {
	there := map[string]bool{}
	for _, x := range readExchanges(t) {
		there[x.name] = true
	}
	for _, name := range []string{
		"getProvisioningStatus/401-800001", "getProvisioningStatus/401-900420", "getProvisioningStatus/401-900421",
		"getProvisioningStatus/403-900329", "getProvisioningStatus/403-900308", "getOrderProvisioningStatus/403-900150",
		"getProvisioningStatus/403-20002", "getProvisioningStatus/400-900118", "getProvisioningStatus/404-20003",
		"getOrderProvisioningStatus/404-20000", "getProvisioningStatus/404-800007", "always/500-800003",
		"always/405-405",
	} {
		if !there[name] {
			t.Errorf("no exchange %s.http", name)
		}
		if !there[name+".xml"] {
			t.Errorf("no exchange %s.xml.http", name)
		}
	}
}
