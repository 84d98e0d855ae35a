package authority

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// deviceLife is how long a device waits for its user, in real time.
	deviceLife = 15 * time.Minute
	// pollEvery is how often a device may ask.
	pollEvery  = 5 * time.Second
	maxDevices = 10_000

	// A user code is nine of twenty letters, none of which makes a word or looks
	// like another: 39 bits. Wrong ones are taken at this pace, whoever sends
	// them, so that a code's life is too short to guess any of ten thousand.
	userCodeLetters = "BCDFGHJKLMNPQRSTVWXZ"
	userCodeLength  = 9
	guessEvery      = 6 * time.Second
	guessBurst      = 10
)

type decision int

const (
	undecided decision = iota
	approved
	declined
	collected
)

// device is a sign-in that began where nobody can type.
type device struct {
	// code is the device's own, hashed.
	code     string
	clientID string
	tenant   string
	at       asked
	v        version
	// apps are the app in each home whose users may approve.
	apps    []resident
	is      decision
	signIn  signIn
	polled  time.Time
	expires time.Time
}

// devices are those that wait, by the hash of their code, and the codes by what
// a user types.
type devices struct {
	waiting *shelf[device]
	typed   *shelf[string]

	mu      sync.Mutex
	guesses *rate.Limiter
}

func newDevices(guesses *rate.Limiter) *devices {
	return &devices{waiting: newShelf[device](maxDevices), typed: newShelf[string](maxDevices), guesses: guesses}
}

type deviceV1 struct {
	UserCode   string `json:"user_code"`
	DeviceCode string `json:"device_code"`
	Page       string `json:"verification_url"`
	ExpiresIn  string `json:"expires_in"`
	Interval   string `json:"interval"`
	Message    string `json:"message"`
}

type deviceV2 struct {
	UserCode   string `json:"user_code"`
	DeviceCode string `json:"device_code"`
	Page       string `json:"verification_uri"`
	ExpiresIn  int    `json:"expires_in"`
	Interval   int    `json:"interval"`
	Message    string `json:"message"`
}

// startDevice answers POST /{tenant}/oauth2/devicecode and its v2.0 form.
func (a *Authority) startDevice(v version) func(http.ResponseWriter, *http.Request, string) error {
	return func(w http.ResponseWriter, r *http.Request, tenant string) error {
		form, err := readForm(w, r)
		if err != nil {
			return err
		}
		at, err := askedBy(form, v)
		if err != nil {
			return err
		}
		homes, err := a.find(r.Context(), tenant)
		if err != nil {
			return err
		}
		if form.Get("client_id") == "" {
			return errMissing("client_id")
		}
		apps, err := a.publicApps(r.Context(), homes, form.Get("client_id"))
		if err != nil {
			return err
		}
		now := a.now()
		code, typed := randomText(32), newUserCode()
		d := device{code: hashed(code), clientID: form.Get("client_id"), tenant: tenant, at: at, v: v, apps: apps, expires: now.Add(deviceLife)}
		if _, _, err = a.devices.waiting.add(d.code, d, d.expires, now); err == nil {
			_, _, err = a.devices.typed.add(typed, d.code, d.expires, now)
		}
		if errors.Is(err, errFull) {
			return errBusy
		}
		page := a.base + "/" + tenant + "/oauth2/deviceauth"
		message := fmt.Sprintf("To sign in, use a web browser to open the page %s and enter the code %s to authenticate.", page, typed)
		life, pause := int(deviceLife/time.Second), int(pollEvery/time.Second)
		if v == v1 {
			return writeJSON(w, http.StatusOK, deviceV1{typed, code, page, fmt.Sprint(life), fmt.Sprint(pause), message})
		}
		return writeJSON(w, http.StatusOK, deviceV2{typed, code, page, life, pause, message})
	}
}

func newUserCode() string {
	letters := make([]byte, userCodeLength)
	for i := range letters {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(userCodeLetters))))
		if err != nil {
			panic(err) // there is no randomness, and so no sign-in
		}
		letters[i] = userCodeLetters[n.Int64()]
	}
	return string(letters)
}

// byDevice answers a device that asks whether its user has signed in.
func (a *Authority) byDevice(form url.Values, apps []resident) (signIn, error) {
	code := first(form.Get("device_code"), form.Get("code"))
	if code == "" {
		return signIn{}, errMissing("device_code")
	}
	now := a.now()
	unknown := refuse(http.StatusBadRequest, "bad_verification_code", 70018, "The device_code is not one that this client was given in this tenant.")
	var s signIn
	var refused error
	known := a.devices.waiting.change(hashed(code), now, func(d *device, expired bool) {
		early := !d.polled.IsZero() && now.Sub(d.polled) < pollEvery-time.Second/2
		switch {
		case !slices.ContainsFunc(apps, func(app resident) bool { return d.admits(app) }):
			refused = unknown
			return
		case expired:
			refused = refuse(http.StatusBadRequest, "expired_token", 70020, "The device_code has expired; begin again.")
		case d.is == undecided && early:
			refused = refuse(http.StatusBadRequest, "slow_down", 50196, "The device asks too often: every %d seconds is enough.", pollEvery/time.Second)
		case d.is == undecided:
			refused = refuse(http.StatusBadRequest, "authorization_pending", 70016, "The user has yet to sign in and to enter the code.")
		case d.is == declined:
			refused = refuse(http.StatusBadRequest, "authorization_declined", 65004, "The user declined to sign in on the device.")
		case d.is == collected:
			refused = refuse(http.StatusBadRequest, "invalid_grant", 54005, "The device_code was redeemed before; begin again.")
		case !slices.ContainsFunc(apps, func(app resident) bool { return app.partner.Tenant == d.signIn.partner.Tenant }):
			refused = unknown
			return
		default:
			s, d.is = d.signIn, collected
		}
		d.polled = now
	})
	if !known {
		return signIn{}, unknown
	}
	return s, refused
}

// admits says whether an app in its home is one that the device began with.
func (d *device) admits(app resident) bool {
	return slices.ContainsFunc(d.apps, func(own resident) bool {
		return own.world.ID == app.world.ID && own.partner.ID == app.partner.ID && own.ID == app.ID
	})
}

// guess finds a device by what a user has typed. Wrong codes are counted over
// all who send them: while there were too many, right ones are not told apart.
func (a *Authority) guess(typed string, homes []home) (device, error) {
	typed = strings.Map(func(c rune) rune {
		if c == ' ' || c == '-' {
			return -1
		}
		return c
	}, strings.ToUpper(typed))
	now := a.now()
	a.devices.mu.Lock()
	defer a.devices.mu.Unlock()
	if a.devices.guesses.TokensAt(now) < 1 {
		return device{}, refuse(http.StatusTooManyRequests, "invalid_request", 50053, "Too many wrong codes were entered. Wait a minute.")
	}
	found, err := a.device(typed, now)
	if found.apps = within(homes, found.apps); err == nil && len(found.apps) == 0 {
		err = errUserCode
	}
	if err != nil {
		a.devices.guesses.AllowN(now, 1)
	}
	return found, err
}

// within are the apps of the homes alone: whom a tenant's page shows, and who
// can approve there.
func within(homes []home, apps []resident) []resident {
	return slices.DeleteFunc(slices.Clone(apps), func(app resident) bool {
		return !slices.ContainsFunc(homes, func(h home) bool { return h.partner.Tenant == app.partner.Tenant })
	})
}

var errUserCode = refuse(http.StatusBadRequest, "invalid_request", 70019, "There is no sign-in with this code: it is mistyped, used or has expired. The device can show a new one.")

// device finds one that waits for its user.
func (a *Authority) device(typed string, now time.Time) (found device, err error) {
	var code string
	live := a.devices.typed.change(typed, now, func(is *string, expired bool) {
		if !expired {
			code = *is
		}
	})
	if !live || code == "" {
		return found, errUserCode
	}
	a.devices.waiting.change(code, now, func(d *device, expired bool) {
		if !expired && d.is == undecided {
			found = *d
		}
	})
	if found.code == "" {
		return found, errUserCode
	}
	return found, nil
}

// decide settles a device's sign-in, once.
func (a *Authority) decide(typed, code string, is decision, s signIn) error {
	err := errUserCode
	now := a.now()
	a.devices.waiting.change(code, now, func(d *device, expired bool) {
		if !expired && d.is == undecided {
			d.is, d.signIn = is, s
			d.signIn.at = d.at
			err = nil
		}
	})
	a.devices.typed.remove(typed)
	return err
}

// deviceAuth answers GET and POST /{tenant}/oauth2/deviceauth: the page on
// which a user enters what a device shows, then who they are.
func (a *Authority) deviceAuth(w http.ResponseWriter, r *http.Request, tenant string) error {
	homes, err := a.find(r.Context(), tenant)
	if err != nil {
		return err
	}
	if r.Method != http.MethodPost {
		return a.askCode(w, r, tenant, http.StatusOK, "")
	}
	answer, err := readForm(w, r)
	if err != nil {
		return err
	}
	if answer.Has("user_code") {
		if _, err := a.unseal(r, answer.Get("ticket"), "code", tenant); err != nil {
			return err
		}
		found, err := a.guess(answer.Get("user_code"), homes)
		var refused *refusal
		if errors.As(err, &refused) {
			return a.askCode(w, r, tenant, refused.status, refused.text)
		}
		if err != nil {
			return err
		}
		return a.askDevice(w, r, tenant, answer.Get("user_code"), found, "")
	}
	held, err := a.unseal(r, answer.Get("ticket"), "device", tenant)
	if err != nil {
		return err
	}
	typed := held.Get("user_code")
	found, err := a.device(typed, a.now())
	if err != nil {
		return err
	}
	if answer.Get("action") == "cancel" {
		if err := a.decide(typed, found.code, declined, signIn{}); err != nil {
			return err
		}
		return a.render(w, http.StatusOK, "done", "", donePage{"Declined", "The device was told that you do not want to sign in on it. You can close this page."})
	}
	found.apps = within(homes, found.apps)
	s, err := a.bySignInPage(r.Context(), found.apps, answer)
	if errors.Is(err, errUser) {
		return a.askDevice(w, r, tenant, typed, found, first(answer.Get("user"), "nobody"))
	}
	if err != nil {
		return err
	}
	if err := a.decide(typed, found.code, approved, s); err != nil {
		return err
	}
	return a.render(w, http.StatusOK, "done", "", donePage{"Signed in", "You have signed in on the device. You can close this page."})
}
