package commerce_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

const (
	providerTenant = "1cb000fc-4a11-4fd3-a30d-65e5eccf7d56"
	getCustomer    = "GET /v1/customers/{customer}"
)

// dialled is a demo world whose dial stands so, beside another one that
// enforces.
func dialled(t *testing.T, mode commerce.MFAMode, share int) (*commerce.Service, commerce.DemoWorld) {
	t.Helper()
	s, worlds := demoStore(t)
	d := worlds[0]
	d.World, d.Name = "dialled", "dialled"
	d.ProviderTenant, d.ResellerTenant = "5e7c4a0e-0d2b-4c39-8d1f-3f4f6a3f1d10", "5e7c4a0e-0d2b-4c39-8d1f-3f4f6a3f1d11"
	d.Settings.MFA, d.Settings.MFAShare = mode, share
	if err := commerce.InsertDemo(t.Context(), s.Store, d); err != nil {
		t.Fatal(err)
	}
	s.MFA = commerce.NewMFAWatch(s.Store)
	return s, d
}

func weak(tenant, user string) commerce.Claims {
	return commerce.Claims{Tenant: tenant, User: user, UPN: user + "@example.com", App: "app-1"}
}

// sightings are what the report of the actor's world holds.
func sightings(t *testing.T, s *commerce.Service, d commerce.DemoWorld) []commerce.MFACalls {
	t.Helper()
	if err := s.MFA.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen, err := s.MFASightings(t.Context(), signIn(t, s, d, "Ada Admin"))
	if err != nil {
		t.Fatal(err)
	}
	return seen.Calls
}

func TestAShareOfTheUsersIsRefusedAndAlwaysTheSame(t *testing.T) {
	world := commerce.World{ID: "World-1", Settings: commerce.WorldSettings{MFA: commerce.MFAEnforce, MFAShare: 25}}
	wider, other := world, world
	wider.Settings.MFAShare, other.ID = 40, "World-2"
	refused, alike := 0, 0
	for i := range 10_000 {
		user := fmt.Sprintf("%08x-0000-4000-8000-0000000000AB", i)
		chosen := world.EnforcesMFA(user)
		again := world
		again.ID = "WORLD-1"
		if again.EnforcesMFA(strings.ToLower(user)) != chosen {
			t.Fatalf("user %s is not treated alike", user)
		}
		if chosen && !wider.EnforcesMFA(user) {
			t.Fatalf("user %s is let through by the larger share", user)
		}
		if chosen {
			refused++
		}
		if chosen && other.EnforcesMFA(user) {
			alike++
		}
	}
	if refused < 2300 || refused > 2700 {
		t.Errorf("of 10,000 users %d are refused, want a quarter", refused)
	}
	if alike > refused/2 {
		t.Errorf("another world refuses %d of the same %d users", alike, refused)
	}
}

// The choice must outlive versions: these users have been told.
func TestTheShareOfAUserNeverChanges(t *testing.T) {
	for user, least := range map[string]int{
		"88c855f3-4105-4913-97df-b1a2a6efee9f": 87, "F220E83D-e760-4d88-b5dc-25f72c7e0e42": 17,
	} {
		for share := 1; share <= 100; share++ {
			world := commerce.World{ID: "demo", Settings: commerce.WorldSettings{MFA: commerce.MFAEnforce, MFAShare: share}}
			if got := world.EnforcesMFA(user); got != (share >= least) {
				t.Errorf("user %s is refused by a share of %d: %t; the least is %d", user, share, got, least)
			}
		}
	}
}

func TestTheDialDecidesWhatACallWithoutMFAMeets(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mode           commerce.MFAMode
		share          int
		refused, noted int
	}{
		"off":                      {commerce.MFAOff, 100, 0, 0},
		"report":                   {commerce.MFAReport, 100, 0, 200},
		"enforce":                  {commerce.MFAEnforce, 100, 200, 200},
		"enforce, no share":        {commerce.MFAEnforce, 0, 200, 200},
		"enforce for a half":       {commerce.MFAEnforce, 50, -1, 200},
		"enforce for one per cent": {commerce.MFAEnforce, 1, -1, 200},
	} {
		t.Run(name, func(t *testing.T) {
			s, d := dialled(t, c.mode, c.share)
			refused := 0
			for i := range 200 {
				_, err := s.Identify(t.Context(), weak(d.ProviderTenant, fmt.Sprint("user-", i)), getCustomer)
				if err != nil && !errors.Is(err, partnercenter.ErrMFARequired) {
					t.Fatal(err)
				}
				if err != nil {
					refused++
				}
			}
			if c.refused >= 0 && refused != c.refused || c.refused < 0 && (refused == 0 || refused == 200) {
				t.Errorf("%d calls of 200 were refused", refused)
			}
			calls, counted := sightings(t, s, d), 0
			for _, k := range calls {
				counted += int(k.Refused)
			}
			if len(calls) != c.noted || c.noted > 0 && counted != refused {
				t.Errorf("the report has %d users and %d refusals", len(calls), counted)
			}
		})
	}
}

func TestTokensWithMFAAndAppsAloneAreNeitherRefusedNorNoted(t *testing.T) {
	s, d := dialled(t, commerce.MFAEnforce, 100)
	strong := weak(d.ProviderTenant, "user-1")
	strong.MFA = true
	for _, claims := range []commerce.Claims{strong, {Tenant: d.ProviderTenant, App: "app-1"}} {
		if _, err := s.Identify(t.Context(), claims, getCustomer); err != nil {
			t.Error(err)
		}
	}
	if calls := sightings(t, s, d); len(calls) != 0 {
		t.Errorf("noted %v", calls)
	}
}

func TestTheReportCountsByAppUserAndRouteInTheWorldsTime(t *testing.T) {
	s, d := dialled(t, commerce.MFAReport, 100)
	call := func(user, app, route string, times int) {
		t.Helper()
		claims := weak(d.ProviderTenant, user)
		claims.App = app
		for range times {
			if _, err := s.Identify(t.Context(), claims, route); err != nil {
				t.Fatal(err)
			}
		}
	}
	call("user-1", "app-1", getCustomer, 3)
	call("user-1", "app-2", getCustomer, 1)
	call("user-2", "app-1", getCustomer, 1)
	sightings(t, s, d)
	call("USER-1", "App-1", getCustomer, 2)
	call("user-1", "app-1", "GET /v1/customers", 1)
	var got []string
	for _, k := range sightings(t, s, d) {
		got = append(got, fmt.Sprint(k.App, " ", k.User, " ", k.UPN, " ", k.Route, " ", k.Calls, " ", k.Refused))
		// The world's clock is frozen, in another year than the machine's.
		if !k.FirstSeen.Equal(*d.Clock.FrozenAt) || !k.LastSeen.Equal(*d.Clock.FrozenAt) {
			t.Errorf("seen from %v to %v, and the world's time is %v", k.FirstSeen, k.LastSeen, *d.Clock.FrozenAt)
		}
	}
	want := []string{
		"app-1 user-1 user-1@example.com GET /v1/customers 1 0",
		"app-1 user-1 USER-1@example.com GET /v1/customers/{customer} 5 0",
		"app-1 user-2 user-2@example.com GET /v1/customers/{customer} 1 0",
		"app-2 user-1 user-1@example.com GET /v1/customers/{customer} 1 0",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the report has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestTheReportIsTheProvidersAndOneWorlds(t *testing.T) {
	s, d := dialled(t, commerce.MFAReport, 100)
	for _, tenant := range []string{d.ProviderTenant, d.ResellerTenant} {
		if _, err := s.Identify(t.Context(), weak(tenant, "user-1"), getCustomer); err != nil {
			t.Fatal(err)
		}
	}
	if calls := sightings(t, s, d); len(calls) != 2 || calls[0].Partner == calls[1].Partner {
		t.Errorf("the provider sees %v", calls)
	}
	beside := commerce.DefaultDemo(time.Time{})
	if calls := sightings(t, s, beside); len(calls) != 0 {
		t.Errorf("another world's admin sees %v", calls)
	}
	_, err := s.MFASightings(t.Context(), signIn(t, s, d, "Rosa Reseller"))
	if !errors.Is(err, partnercenter.ErrRole) {
		t.Errorf("the reseller's admin: %v", err)
	}
}

func TestAFloodOfUsersFillsNeitherMemoryNorStore(t *testing.T) {
	if raced {
		t.Skip("thirteen thousand calls, one after the other, race with nothing")
	}
	s, d := dialled(t, commerce.MFAEnforce, 100)
	flood := func(from, to int) {
		t.Helper()
		for i := from; i < to; i++ {
			if _, err := s.Identify(t.Context(), weak(d.ProviderTenant, fmt.Sprint("user-", i)), getCustomer); err == nil {
				t.Fatal("let through")
			}
		}
	}
	flood(0, 3_000)
	if waiting := s.MFA.Waiting(); waiting > 1_001 {
		t.Errorf("%d users wait in memory", waiting)
	}
	for from := 3_000; from < 13_000; from += 1_000 {
		sightings(t, s, d)
		flood(from, from+1_000)
	}
	calls, counted := sightings(t, s, d), int64(0)
	for _, k := range calls {
		counted += k.Calls
	}
	if len(calls) > 10_001 || counted != 13_000 {
		t.Errorf("%d rows are kept, of %d calls", len(calls), counted)
	}
	if others := calls[0]; others.User != "" || others.App != "" || others.Route != "" || others.Calls != others.Refused || others.Calls < 3_000-1_000 {
		t.Errorf("the others are %+v", others)
	}
	flood(0, 1)
	for _, k := range sightings(t, s, d) {
		if k.User == "user-0" && k.Calls != 2 {
			t.Errorf("a known user's calls are counted elsewhere: %+v", k)
		}
	}
}

// A store that cannot write loses nothing of what was seen, and no caller
// waits for it.
func TestWhatCannotBeWrittenWaits(t *testing.T) {
	s, d := dialled(t, commerce.MFAReport, 100)
	s.MFA = commerce.NewMFAWatch(failing{s.Store})
	for range 2 {
		if _, err := s.Identify(t.Context(), weak(d.ProviderTenant, "user-1"), getCustomer); err != nil {
			t.Fatal(err)
		}
		<-s.MFA.Noted()
		if err := s.MFA.Flush(t.Context()); !errors.Is(err, errDisk) {
			t.Fatalf("flush: %v", err)
		}
	}
	select {
	case <-s.MFA.Noted():
	default:
		t.Error("nobody is told to try again")
	}
	if waiting := s.MFA.Waiting(); waiting != 1 {
		t.Errorf("%d wait", waiting)
	}
	s.MFA.Store(s.Store)
	if calls := sightings(t, s, d); len(calls) != 1 || calls[0].Calls != 2 {
		t.Errorf("the report has %+v", calls)
	}
}

func TestTheReportWaitsForTheCallsBeforeIt(t *testing.T) {
	s, d := dialled(t, commerce.MFAReport, 100)
	ada := signIn(t, s, d, "Ada Admin")
	for n := range int64(20) {
		if _, err := s.Identify(t.Context(), weak(d.ProviderTenant, "user-1"), getCustomer); err != nil {
			t.Fatal(err)
		}
		flushed := make(chan error)
		go func() { flushed <- s.MFA.Flush(context.WithoutCancel(t.Context())) }()
		seen, err := s.MFASightings(t.Context(), ada)
		if err != nil || len(seen.Calls) != 1 || seen.Calls[0].Calls != n+1 {
			t.Fatalf("after %d calls the report has %+v (%v)", n+1, seen.Calls, err)
		}
		if err := <-flushed; err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheReportIsThereAfterOpeningAgain(t *testing.T) {
	path := t.TempDir() + "/shop.db"
	d := commerce.DefaultDemo(time.Date(2026, time.March, 2, 12, 4, 50, 0, time.UTC))
	for opening := range int64(2) {
		store := openStore(t, path)
		s := &commerce.Service{Store: store, MFA: commerce.NewMFAWatch(store)}
		if opening == 0 {
			if err := commerce.InsertDemo(t.Context(), store, d); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Identify(t.Context(), weak(providerTenant, "user-1"), getCustomer); !errors.Is(err, partnercenter.ErrMFARequired) {
			t.Fatal(err)
		}
		if calls := sightings(t, s, d); len(calls) != 1 || calls[0].Calls != opening+1 {
			t.Errorf("at opening %d the report has %+v", opening+1, calls)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

var errDisk = errors.New("the disk is full")

// failing is a store that reads and cannot write.
type failing struct{ commerce.Store }

func (failing) Write(context.Context, func(commerce.Tx) error) error { return errDisk }
