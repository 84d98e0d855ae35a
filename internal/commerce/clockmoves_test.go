package commerce_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

func TestProvisioningShowsAtTheRefreshOfTheIntervalInForce(t *testing.T) {
	for name, c := range map[string]struct {
		interval time.Duration
		visible  time.Time
	}{
		"a quarter of an hour": {15 * time.Minute, opened.Truncate(time.Hour).Add(15 * time.Minute)},
		"a second":             {time.Second, opened.Add(90 * time.Second)},
		"seven minutes":        {7 * time.Minute, tickAfter(opened.Add(90*time.Second), 7*time.Minute)},
		"a day":                {24 * time.Hour, opened.Truncate(24 * time.Hour).Add(24 * time.Hour)},
		"at once":              {0, opened.Add(90 * time.Second)},
	} {
		t.Run(name, func(t *testing.T) {
			s := openShop(t, func(settings *commerce.WorldSettings) { settings.RefreshInterval = c.interval })
			order, err := s.order(businessBasic, 5)
			if err != nil {
				t.Fatal(err)
			}
			s.advance("PT90S")
			bought, _, err := s.Subscriptions(t.Context(), s.ada.Actor, commerce.SubscriptionQuery{Customer: shopCustomer, Order: order.ID})
			if err != nil || len(bought) != 1 {
				t.Fatal(bought, err)
			}
			if c.visible.After(s.now()) {
				s.advanceTo(c.visible.Add(-100))
				if status := s.provisioning(bought[0].ID); status.Status != partnercenter.ProvisioningPending || status.Quantity != 0 {
					t.Errorf("just before the refresh it is %+v", status)
				}
				s.move(commerce.ClockMove{By: &commerce.Period{Rest: 100}})
			}
			if status := s.provisioning(bought[0].ID); status.Status != partnercenter.ProvisioningSuccess || status.Quantity != 5 {
				t.Errorf("at %s it is %+v", s.now(), status)
			}
			for _, e := range s.events(bought[0].ID) {
				if e.Kind == commerce.OutcomeVisible && !e.At.Equal(c.visible) {
					t.Errorf("it became visible at %s, to be at %s", e.At, c.visible)
				}
			}
		})
	}
}

// tickAfter counts refreshes from the Unix epoch.
func tickAfter(at time.Time, interval time.Duration) time.Time {
	passed := at.Sub(time.Unix(0, 0).UTC())
	return time.Unix(0, 0).UTC().Add((passed + interval - 1) / interval * interval)
}

func TestToTheNextRefreshIsNowhereWhereAllShowsAtOnce(t *testing.T) {
	s := openShop(t, func(settings *commerce.WorldSettings) { settings.RefreshInterval = 0 })
	reading, _, err := s.MoveClock(t.Context(), s.ada, commerce.ClockMove{NextRefresh: true})
	if err != nil || !reading.Now.Equal(opened) || !reading.NextRefresh.Equal(opened) {
		t.Errorf("it came to %s, next %s, %v", reading.Now, reading.NextRefresh, err)
	}
	day := openShop(t, func(settings *commerce.WorldSettings) { settings.RefreshInterval = 24 * time.Hour })
	for want := 1; want <= 2; want++ { // from one refresh to the next, too
		reading, _, err = day.MoveClock(t.Context(), day.ada, commerce.ClockMove{NextRefresh: true})
		if err != nil || !reading.Now.Equal(opened.Truncate(24*time.Hour).AddDate(0, 0, want)) {
			t.Errorf("it came to %s, %v", reading.Now, err)
		}
	}
}

func TestAClockGoesForwardAndNotTooFar(t *testing.T) {
	s := openShop(t)
	centuries := time.Now().AddDate(249, 0, 0).UTC().Truncate(time.Hour)
	for name, move := range map[string]commerce.ClockMove{
		"back":               {To: new(opened.Add(-100))},
		"beyond the end":     {To: new(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))},
		"far beyond the end": {By: &commerce.Period{Months: 12 * 9999}},
		"too far":            {To: new(centuries.AddDate(2, 0, 0))},
		"too far at once":    {By: &commerce.Period{Rest: 1<<63 - 1}},
	} {
		if _, _, err := s.MoveClock(t.Context(), s.ada, move); !errors.Is(err, partnercenter.ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for range 2 { // to the same instant, too
		s.advanceTo(opened)
		if !s.now().Equal(opened) {
			t.Errorf("the clock says %s", s.now())
		}
	}
	// As far as it goes, and then it runs: what is kept is a distance that still
	// fits.
	s.advanceTo(centuries)
	s.move(commerce.ClockMove{Resume: true})
	if away := s.now().Sub(centuries); away < 0 || away > time.Minute {
		t.Errorf("resumed at %s, it says %s", centuries, s.now())
	}
}

func TestAMovedClockRunsOnUnlessItStands(t *testing.T) {
	s := openShop(t)
	s.move(commerce.ClockMove{Resume: true})
	if away := s.now().Sub(opened); away < 0 || away > time.Minute {
		t.Errorf("resumed at %s, it says %s", opened, s.now())
	}
	s.advance("P1D")
	ran := s.now()
	time.Sleep(2 * time.Millisecond)
	if later := s.now(); !later.After(ran) || ran.Before(opened.Add(24*time.Hour)) {
		t.Errorf("it says %s, then %s", ran, later)
	}
	s.move(commerce.ClockMove{Freeze: true})
	stood := s.now()
	s.move(commerce.ClockMove{Freeze: true})
	if again := s.now(); !again.Equal(stood) || stood.Before(ran) {
		t.Errorf("stopped it says %s, then %s", stood, again)
	}
	s.advance("PT1S")
	if again := s.now(); !again.Equal(stood.Add(time.Second)) {
		t.Errorf("a second on it says %s", again)
	}
}

// What is overdue when a clock is stopped happens before it stands.
func TestStoppingCarriesOutWhatIsDue(t *testing.T) {
	s := openShop(t)
	s.orders(1, businessBasic)
	s.write(func(tx commerce.Tx) error {
		return tx.Worlds().SetClock(t.Context(), "shop", commerce.Clock{Offset: -time.Since(opened.Add(90*time.Second - 500*time.Millisecond))})
	})
	s.Store = &interrupted{Store: s.Store, between: func(nth int) {
		if nth == 2 { // it is to be stopped at an instant that has passed then
			time.Sleep(time.Second)
		}
	}}
	s.move(commerce.ClockMove{Freeze: true})
	if told := s.told(); told[commerce.ChangeSettled] != 1 {
		t.Errorf("it is told %v", told)
	}
}

// Work that is overdue was due at instants before the clock's.
func TestAMoveThroughOverdueWorkNeverSetsTheClockBack(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.orders(250, businessBasic)
	stands := opened.Add(2 * time.Minute)
	s.frozenAt(stands)
	store := s.Store
	s.Store = &interrupted{Store: store, between: func(nth int) {
		if now := s.now(); now.Before(stands) {
			t.Errorf("before write %d the clock says %s", nth, now)
		}
	}}
	s.advance("PT1S")
	if !s.now().Equal(stands.Add(time.Second)) || s.told()[commerce.ChangeSettled] != 250 {
		t.Errorf("it came to %s, and tells %v", s.now(), s.told())
	}
}

func TestConcurrentMovesComeOneAfterTheOther(t *testing.T) {
	s := openShop(t)
	s.orders(20, businessBasic)
	var moving sync.WaitGroup
	for range 64 {
		moving.Go(func() {
			if _, _, err := s.MoveClock(t.Context(), s.ada, commerce.ClockMove{By: period(t, "PT1M")}); err != nil {
				t.Error(err)
			}
		})
	}
	for range 4 { // and what a timekeeper does meanwhile
		moving.Go(func() {
			for range 50 {
				if _, err := s.RunDue(t.Context(), "shop"); err != nil && !errors.Is(err, commerce.ErrTaken) {
					t.Error(err)
				}
			}
		})
	}
	moving.Wait()
	if !s.now().Equal(opened.Add(64 * time.Minute)) {
		t.Errorf("64 minutes on it is %s", s.now())
	}
	if told := s.told(); told[commerce.ChangeSettled] != 20 || told[commerce.OutcomeVisible] != 20 {
		t.Errorf("it is told %v", told)
	}
}

// A clock is never ahead of what has been done, wherever a move breaks off; who
// asks again arrives.
func TestAMoveThatBreaksOffLeavesTheClockWhereTheWorldIs(t *testing.T) {
	t.Parallel()
	for name, breakOff := range map[string]func(cancel func(), s *shop){
		"the caller hangs up":  func(cancel func(), _ *shop) { cancel() },
		"the server is killed": func(_ func(), s *shop) { panic("killed") },
	} {
		t.Run(name, func(t *testing.T) {
			const changes = 100
			s := openShop(t)
			s.InBatchesOf(20)
			for range 5 {
				s.orders(changes/5, businessBasic)
				s.frozenAt(s.now().Add(10 * time.Second))
			}
			start, store := s.now(), s.Store
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s.Store = &interrupted{Store: store, between: func(nth int) {
				if nth == 4 {
					breakOff(cancel, s)
				}
			}}
			func() {
				defer func() { _ = recover() }()
				_, _, err := s.MoveClock(ctx, s.ada, commerce.ClockMove{By: period(t, "P1D")})
				if !errors.Is(err, context.Canceled) {
					t.Errorf("it ended with %v", err)
				}
			}()
			s.Service = s.beside(store)
			s.Holder = "test" // the same server, started again
			stands, left := s.now(), s.due()
			if !stands.After(start) || !stands.Before(start.Add(24*time.Hour)) || len(left) == 0 {
				t.Fatalf("from %s it came to %s, with %d left", start, stands, len(left))
			}
			for _, d := range left {
				if d.At.Before(stands) {
					t.Fatalf("the clock says %s, and what was due at %s is not done", stands, d.At)
				}
			}
			s.advanceTo(start.Add(24 * time.Hour))
			if told := s.told(); told[commerce.ChangeSettled] != changes || told[commerce.OutcomeVisible] != changes || len(s.due()) != 0 {
				t.Errorf("it is told %v; left is %d", told, len(s.due()))
			}
		})
	}
}

func TestWorldsClocksNeverTouch(t *testing.T) {
	s := openShop(t)
	const tenant = "41d7cf1e-8a55-4d54-a1d6-6b6ffb0e1a01"
	_, _, err := s.CreateWorld(t.Context(), commerce.LocalOperator, commerce.NewWorld{
		Name: "other", Kind: commerce.Development, Tenant: tenant, Settings: commerce.DefaultSettings(),
	})
	if err != nil {
		t.Fatal(err)
	}
	other, err := s.Identify(t.Context(), commerce.Claims{Tenant: tenant, User: "olga", MFA: true}, "")
	if err != nil {
		t.Fatal(err)
	}
	// The same instant is due in both, and each stands elsewhere.
	s.orders(3, businessBasic)
	if _, _, err := s.MoveClock(t.Context(), commerce.Caller{Actor: other}, commerce.ClockMove{Freeze: true}); err != nil {
		t.Fatal(err)
	}
	stood, err := s.ReadClock(t.Context(), other)
	if err != nil || stood.Due != nil {
		t.Fatalf("the other clock says %+v, %v", stood, err)
	}
	var moving sync.WaitGroup
	for range 10 {
		moving.Go(func() {
			if _, _, err := s.MoveClock(t.Context(), s.ada, commerce.ClockMove{By: period(t, "PT6M")}); err != nil {
				t.Error(err)
			}
		})
		moving.Go(func() {
			if _, steps, err := s.MoveClock(t.Context(), commerce.Caller{Actor: other}, commerce.ClockMove{By: period(t, "P1D")}); err != nil || len(steps) > 0 {
				t.Error(steps, err)
			}
		})
	}
	moving.Wait()
	there, err := s.ReadClock(t.Context(), other)
	if err != nil || !there.Now.Equal(stood.Now.AddDate(0, 0, 10)) || !s.now().Equal(opened.Add(time.Hour)) {
		t.Errorf("the clocks say %s and %s, %v", there.Now, s.now(), err)
	}
	if told := s.told(); told[commerce.ChangeSettled] != 3 {
		t.Errorf("it is told %v", told)
	}
}

func TestAnOutcomeThatShowsIsToldThoughTheNextSettlesBeforeTheRunnerComes(t *testing.T) {
	s := openShop(t, func(settings *commerce.WorldSettings) { settings.Simulator = map[string]string{"*": "at once"} })
	if _, err := s.order(businessBasic, 5); err != nil {
		t.Fatal(err)
	}
	bought, _, err := s.Subscriptions(t.Context(), s.ada.Actor, commerce.SubscriptionQuery{Customer: shopCustomer})
	if err != nil || len(bought) != 1 {
		t.Fatal(bought, err)
	}
	id := bought[0].ID
	patch := func(body string) {
		t.Helper()
		if _, err := s.patch(id, body); err != nil {
			t.Fatal(err)
		}
	}
	patch(`{"quantity":6}`) // supersedes the five, which never show
	s.frozenAt(opened.Add(20 * time.Minute))
	patch(`{"quantity":7}`) // the six have shown since 12:15, and nobody has said so yet
	s.advance("PT1H")
	var told []int
	for _, e := range s.events(id) {
		if e.Kind == commerce.OutcomeVisible {
			told = append(told, *e.After)
			if e.Cause == "" || !e.At.Equal(tickAfter(e.At, 15*time.Minute)) {
				t.Errorf("told as %+v", e)
			}
		}
	}
	if len(told) != 2 || told[0] != 6 || told[1] != 7 {
		t.Errorf("what became visible was %v", told)
	}
}

// At the refresh itself the next outcome takes the place of the one that was to
// show.
func TestAnOutcomeThatIsSupersededAtItsRefreshIsNeverTold(t *testing.T) {
	s := openShop(t, func(settings *commerce.WorldSettings) { settings.Simulator = map[string]string{"*": "at once"} })
	if _, err := s.order(businessBasic, 5); err != nil {
		t.Fatal(err)
	}
	bought, _, err := s.Subscriptions(t.Context(), s.ada.Actor, commerce.SubscriptionQuery{Customer: shopCustomer})
	if err != nil || len(bought) != 1 {
		t.Fatal(bought, err)
	}
	s.frozenAt(tickAfter(opened, 15*time.Minute))
	if _, err := s.patch(bought[0].ID, `{"quantity":9}`); err != nil {
		t.Fatal(err)
	}
	s.advance("PT1H")
	var told []int
	for _, e := range s.events(bought[0].ID) {
		if e.Kind == commerce.OutcomeVisible {
			told = append(told, *e.After)
		}
	}
	if len(told) != 1 || told[0] != 9 {
		t.Errorf("what became visible was %v", told)
	}
}

func TestAnOutcomeThatIsSupersededIsNeverTold(t *testing.T) {
	s := openShop(t, func(settings *commerce.WorldSettings) { settings.Simulator = map[string]string{"*": "all at +30s"} })
	if _, err := s.order(businessBasic, 5); err != nil {
		t.Fatal(err)
	}
	s.advance("PT40S")
	bought, _, err := s.Subscriptions(t.Context(), s.ada.Actor, commerce.SubscriptionQuery{Customer: shopCustomer})
	if err != nil || len(bought) != 1 {
		t.Fatal(bought, err)
	}
	if _, err := s.patch(bought[0].ID, `{"quantity":9}`); err != nil {
		t.Fatal(err)
	}
	s.advance("PT1H") // both are due in one batch: the outcome, and what supersedes it
	var told []int
	for _, e := range s.events(bought[0].ID) {
		if e.Kind == commerce.OutcomeVisible {
			told = append(told, *e.After)
		}
	}
	if len(told) != 1 || told[0] != 9 {
		t.Errorf("what became visible was %v", told)
	}
}
