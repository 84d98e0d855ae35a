package authority_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
)

const (
	devicePage   = "/" + providerTenant + "/oauth2/deviceauth"
	devicecodeV1 = "/" + providerTenant + "/oauth2/devicecode"
	devicecodeV2 = "/" + providerTenant + "/oauth2/v2.0/devicecode"
)

var polling = form{"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "client_id": app}

// startDevice begins a sign-in on a device.
func startDevice(t *testing.T, a http.Handler, scope string) (code, typed string) {
	t.Helper()
	body := granted(t, a, devicecodeV2, form{"client_id": app, "scope": scope})
	return body["device_code"].(string), body["user_code"].(string)
}

// approve signs Ada in on a device.
func approve(t *testing.T, a http.Handler, typed string, answer form) view {
	t.Helper()
	b := newBrowser(t, a)
	who := b.submit(b.open(devicePage, nil), form{"user_code": typed})
	if !strings.Contains(who.text, "Automation") || !strings.Contains(who.text, "Ada Admin") {
		t.Fatalf("the page shows neither the app nor who may approve: %d %s", who.status, who.text)
	}
	return b.submit(who, answer)
}

func TestDeviceGetsTheTokensOfWhoApproved(t *testing.T) {
	c := newClock()
	a := newAuthorityAt(t, newStore(t, commerce.Clock{}), c)
	v := newVerifier(t, a)
	code, typed := startDevice(t, a, "https://api.partnercenter.microsoft.com/.default openid profile offline_access")
	poll := polling.and(form{"device_code": code})
	refusedWith(t, a, atV2, poll, "authorization_pending", 70016)
	c.pass(5 * time.Second)
	refusedWith(t, a, atV2, poll, "authorization_pending", 70016)
	if done := approve(t, a, strings.ToLower(typed[:3]+" "+typed[3:6]+"-"+typed[6:]), asAdaAtPage); done.status != http.StatusOK {
		t.Fatalf("%d %s", done.status, done.text)
	}
	body := granted(t, a, atV2, poll.and(form{"client_info": "1"}))
	claims, err := verify(t, v, body["access_token"])
	if err != nil || claims.User != ada || !claims.MFA || body["id_token"] == nil || body["client_info"] == nil {
		t.Errorf("%+v, %v: %v", claims, err, body)
	}
	granted(t, a, atV2, again(body["refresh_token"]))
	refusedWith(t, a, atV2, poll, "invalid_grant", 54005)
}

func TestDeviceV1WritesItsNumbersAsText(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	one := granted(t, a, devicecodeV1, form{"client_id": app, "resource": "https://graph.windows.net"})
	two := granted(t, a, devicecodeV2, form{"client_id": app})
	if one["expires_in"] != "900" || one["interval"] != "5" || one["verification_url"] != base+devicePage || one["verification_uri"] != nil {
		t.Errorf("v1: %v", one)
	}
	if two["expires_in"] != 900.0 || two["interval"] != 5.0 || two["verification_uri"] != base+devicePage || !strings.Contains(two["message"].(string), two["user_code"].(string)) {
		t.Errorf("v2: %v", two)
	}
	if !regexp.MustCompile("^[BCDFGHJKLMNPQRSTVWXZ]{9}$").MatchString(two["user_code"].(string)) || len(two["device_code"].(string)) != 43 {
		t.Errorf("codes: %v", two)
	}
	approve(t, a, one["user_code"].(string), asAdaAtPage.and(form{"mfa": "-"}))
	body := granted(t, a, atV1, form{"grant_type": "device_code", "client_id": app, "code": one["device_code"].(string)})
	claims := claimsIn(t, body["access_token"])
	if claims["aud"] != "https://graph.windows.net" || len(claims["amr"].([]any)) != 1 || body["refresh_token"] == nil {
		t.Errorf("%v", claims)
	}
}

func TestDeviceIsToldHowItWent(t *testing.T) {
	c := newClock()
	a := newAuthorityAt(t, newStore(t, commerce.Clock{}), c)
	hasty, _ := startDevice(t, a, "openid")
	refusedWith(t, a, atV2, polling.and(form{"device_code": hasty}), "authorization_pending", 70016)
	c.pass(time.Second)
	refusedWith(t, a, atV2, polling.and(form{"device_code": hasty}), "slow_down", 50196)
	c.pass(5 * time.Second)
	refusedWith(t, a, atV2, polling.and(form{"device_code": hasty}), "authorization_pending", 70016)

	code, typed := startDevice(t, a, "openid")
	approve(t, a, typed, form{"action": "cancel"})
	refusedWith(t, a, atV2, polling.and(form{"device_code": code}), "authorization_declined", 65004)

	late, typed := startDevice(t, a, "openid")
	c.pass(15 * time.Minute)
	refusedWith(t, a, atV2, polling.and(form{"device_code": late}), "expired_token", 70020)
	b := newBrowser(t, a)
	if v := b.submit(b.open(devicePage, nil), form{"user_code": typed}); v.status != http.StatusBadRequest || !strings.Contains(v.text, "role=\"alert\"") {
		t.Errorf("an expired user code: %d %s", v.status, v.text)
	}
}

func TestDeviceCodeIsItsAppsInItsTenant(t *testing.T) {
	store := newStore(t, commerce.Clock{})
	addOtherWorld(t, store)
	a := newAuthority(t, store)
	code, typed := startDevice(t, a, "openid")
	poll := polling.and(form{"device_code": code})
	refusedWith(t, a, "/"+otherTenant+"/oauth2/v2.0/token", poll, "bad_verification_code", 70018)
	approve(t, a, typed, asAdaAtPage)
	refusedWith(t, a, atV2, poll.and(form{"device_code": "x"}), "bad_verification_code", 70018)
	refusedWith(t, a, atV2, poll.and(form{"client_id": everywhere}), "bad_verification_code", 70018)
	refusedWith(t, a, "/"+otherTenant+"/oauth2/v2.0/token", poll, "bad_verification_code", 70018)
	granted(t, a, atV2, poll)
}

// A device that began at common is its user's once someone has approved it, and
// not that of the app of its name elsewhere.
func TestApprovedDeviceIsCollectedWhereItsUserIs(t *testing.T) {
	store := newStore(t, commerce.Clock{})
	addOtherWorld(t, store)
	a := newAuthority(t, store)
	body := granted(t, a, "/common/oauth2/v2.0/devicecode", form{"client_id": app})
	poll := polling.and(form{"device_code": body["device_code"].(string)})
	approve(t, a, body["user_code"].(string), asAdaAtPage)
	refusedWith(t, a, "/"+otherTenant+"/oauth2/v2.0/token", poll, "bad_verification_code", 70018)
	claims := claimsIn(t, granted(t, a, "/common/oauth2/v2.0/token", poll)["access_token"])
	if claims["tid"] != providerTenant {
		t.Errorf("tid %v", claims["tid"])
	}
}

func TestDevicePageOfATenantIsItsUsersAlone(t *testing.T) {
	store := newStore(t, commerce.Clock{})
	addOtherWorld(t, store)
	a := newAuthority(t, store)
	typed := granted(t, a, "/common/oauth2/v2.0/devicecode", form{"client_id": app})["user_code"].(string)
	b := newBrowser(t, a)
	who := b.submit(b.open(devicePage, nil), form{"user_code": typed})
	v := b.submit(who, asAdaAtPage.and(form{"user": otherTenant + "/" + ada}))
	for what, text := range map[string]string{"first": who.text, "after a wrong choice": v.text} {
		if !strings.Contains(text, providerTenant+"/"+ada) || strings.Contains(text, otherTenant) {
			t.Errorf("%s: %s", what, text)
		}
	}
	if v.status != http.StatusBadRequest {
		t.Errorf("another tenant's user approves: %d", v.status)
	}
}

func TestUsersOfAnotherWorldCannotApprove(t *testing.T) {
	store := newStore(t, commerce.Clock{})
	addOtherWorld(t, store)
	a := newAuthority(t, store)
	_, typed := startDevice(t, a, "openid")
	b := newBrowser(t, a)
	if v := b.submit(b.open("/"+otherTenant+"/oauth2/deviceauth", nil), form{"user_code": typed}); v.status != http.StatusBadRequest {
		t.Errorf("at their page: %d", v.status)
	}
	if v := approve(t, a, typed, asAdaAtPage.and(form{"user": otherTenant + "/" + ada})); v.status != http.StatusBadRequest {
		t.Errorf("at ours: %d", v.status)
	}
}

func TestUserCodesCannotBeGuessed(t *testing.T) {
	c := newClock()
	a := newAuthorityAt(t, newStore(t, commerce.Clock{}), c)
	code, typed := startDevice(t, a, "openid")
	guess := func(text string) int {
		b := newBrowser(t, a) // a thief takes a new one each time
		return b.submit(b.open(devicePage, nil), form{"user_code": text}).status
	}
	for range 10 {
		if status := guess("BBBBBBBBB"); status != http.StatusBadRequest {
			t.Fatalf("a wrong code: %d", status)
		}
	}
	if status := guess("BBBBBBBBB"); status != http.StatusTooManyRequests {
		t.Errorf("the eleventh: %d", status)
	}
	if status := guess(typed); status != http.StatusTooManyRequests {
		t.Errorf("a right one is told from wrong ones: %d", status)
	}
	c.pass(6 * time.Second)
	if status := guess("BBBBBBBBB"); status != http.StatusBadRequest {
		t.Errorf("six seconds later: %d", status)
	}
	if status := guess(typed); status != http.StatusTooManyRequests {
		t.Errorf("a second in six seconds: %d", status)
	}
	wrong := 11
	for range 15 * 60 / 6 {
		c.pass(6 * time.Second)
		if guess("BBBBBBBBB") == http.StatusBadRequest {
			wrong++
		}
	}
	if wrong > 170 {
		t.Errorf("%d guesses in a code's life", wrong)
	}
	refusedWith(t, a, atV2, polling.and(form{"device_code": code}), "expired_token", 70020)
}

func TestDevicePagesAreSentByWhoWasShownThem(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	code, typed := startDevice(t, a, "openid")
	mine, theirs := newBrowser(t, a), newBrowser(t, a)
	first := theirs.open(devicePage, nil)
	if v := mine.submit(first, form{"user_code": typed}); v.status != http.StatusBadRequest || strings.Contains(v.text, "Ada Admin") {
		t.Errorf("another browser's first page: %d", v.status)
	}
	second := theirs.submit(first, form{"user_code": typed})
	mine.open(devicePage, nil)
	if v := mine.submit(second, asAdaAtPage); v.status != http.StatusBadRequest {
		t.Errorf("another browser's second page: %d", v.status)
	}
	if v := theirs.submit(first, asAdaAtPage); v.status != http.StatusBadRequest {
		t.Errorf("a user without a code: %d", v.status)
	}
	refusedWith(t, a, atV2, polling.and(form{"device_code": code}), "authorization_pending", 70016)
	if v := theirs.submit(second, asAdaAtPage.and(form{"password": "wrong"})); v.status != http.StatusBadRequest || !strings.Contains(v.text, "Ada Admin") {
		t.Errorf("a wrong password: %d", v.status)
	}
	theirs.submit(second, asAdaAtPage)
	if v := theirs.submit(second, form{"action": "cancel"}); v.status != http.StatusBadRequest {
		t.Errorf("a second decision: %d", v.status)
	}
	granted(t, a, atV2, polling.and(form{"device_code": code}))
}

func TestDevicesBeginWithAKnownApp(t *testing.T) {
	a := newAuthority(t, newStore(t, commerce.Clock{}))
	refusedWith(t, a, devicecodeV2, form{"client_id": strangerTenant}, "unauthorized_client", 700016)
	refusedWith(t, a, devicecodeV2, form{"scope": "openid"}, "invalid_request", 900144)
	refusedWith(t, a, devicecodeV2, form{"client_id": app, "scope": "https://a.example"}, "invalid_scope", 70011)
	refusedWith(t, a, "/"+strangerTenant+"/oauth2/devicecode", form{"client_id": app}, "invalid_request", 90002)
}
