package restapi_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"provost/internal/pipe"
	"provost/internal/restapi"
)

const perMinute = 500

// Whoever has asked too much of one kind of a customer's resources is refused by
// every row of that kind, before the store is asked for them, and by no other.
func TestThrottledRowsRefuseWhatIsTooMuch(t *testing.T) {
	d := openDoor(t, "", "")
	d.arrange(t, "throttled")
	ids := idsOf(t, d, documentsCustomer)
	spent := map[string]int{}
	for _, rt := range rows() {
		if rt.Throttle == "" || spent[rt.Throttle] > 0 {
			continue
		}
		for d.askRow(t, "admin", rt, ids) != 429 && spent[rt.Throttle] <= perMinute {
			spent[rt.Throttle]++
		}
	}
	for kind, admitted := range spent {
		if admitted > perMinute || admitted < perMinute-5 { // idsOf has asked for some
			t.Errorf("%d requests for %s are admitted", admitted, kind)
		}
	}
	if len(spent) != 4 {
		t.Errorf("throttled are %v", spent)
	}
	damage(t, d.path)
	other := strings.NewReplacer("{customer}", nobody, "{subscription}", nobody, "{order}", "none", "{cart}", nobody, "{line}", "0")
	for _, rt := range rows() {
		answer := d.try(t, "admin", rt.Method, ids.Replace(rt.Path))
		if throttled := answer.status() == 429; throttled != (rt.Throttle != "") {
			t.Errorf("%s: %s", callName(rt), answer.first)
		}
		if rt.Throttle == "" {
			continue
		}
		wait, err := strconv.Atoi(answer.header("Retry-After"))
		want := fmt.Sprintf(`{"statusCode":429,"message":"Rate limit is exceeded. Try again in %d seconds."}`, wait)
		if err != nil || wait < 1 || wait > 60 || string(answer.body) != want || answer.header("Content-Type") != "application/json" {
			t.Errorf("%s: Retry-After %q, %s, %s", callName(rt), answer.header("Retry-After"), answer.header("Content-Type"), answer.body)
		}
		for caller, path := range map[string]string{"admin": other.Replace(rt.Path), "reseller": ids.Replace(rt.Path), "expired": ids.Replace(rt.Path)} {
			if answer := d.try(t, caller, rt.Method, path); answer.status() == 429 {
				t.Errorf("%s: %s pays for others at %s", callName(rt), caller, path)
			}
		}
	}
}

// askRow is one request of a row's, held against nothing.
func (d *door) askRow(t *testing.T, who string, rt pipe.Route, ids *strings.Replacer) int {
	t.Helper()
	request := message{first: rt.Method + " " + ids.Replace(rt.Path) + " HTTP/1.1", headers: [][2]string{{"Authorization", "Bearer <" + who + ">"}}}
	return send(t, d.address, d.bear(t, request, "")).status()
}

// A development world throttles nobody unless it is told to.
func TestDevelopmentDoesNotThrottle(t *testing.T) {
	d := openDoor(t, "", "")
	for range perMinute + 1 {
		if status := d.askRow(t, "admin", pipe.Route{Method: "GET", Path: "/v1/customers/" + nobody}, strings.NewReplacer()); status != 403 {
			t.Fatalf("answered %d", status)
		}
	}
}

// The paths that are counted are those of rows, or of rows to come.
func TestThrottledPathsAreRows(t *testing.T) {
	for path := range restapi.Throttled {
		found := false
		for _, rt := range rows() {
			found = found || rt.Path == path
		}
		if !found {
			t.Errorf("%s is throttled, and no row has it", path)
		}
	}
}
