package commerce_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/internal/fulfillment"
)

func TestWorkThatFailsAgainAndAgainKeepsNobodyAndIsNotLost(t *testing.T) {
	for name, fault := range map[string]func() error{
		"an error": func() error { return errors.New("the catalogue is on fire") },
		"a panic":  func() error { panic("the catalogue is on fire") },
	} {
		t.Run(name, func(t *testing.T) {
			s := openShop(t)
			broken := true
			var failures []commerce.DueFailure
			s.OnDueFailure = func(f commerce.DueFailure) { failures = append(failures, f) }
			s.Provisioner = provisioner(func(work commerce.Work) (commerce.Progress, error) {
				if broken && work.Offer.ID == microsoftE3 && work.Now.After(work.Change.AskedAt) {
					return commerce.Progress{}, fault()
				}
				return fulfillment.Simulator{}.Step(t.Context(), work)
			})
			s.orders(10, businessBasic)
			s.orders(1, microsoftE3)
			s.orders(10, businessBasic)
			reading, _, err := s.MoveClock(t.Context(), s.ada, commerce.ClockMove{By: period(t, "PT1H")})
			if err != nil || !reading.Now.Equal(opened.Add(time.Hour)) || reading.Failing != 1 {
				t.Fatalf("the clock came to %s with %d failing, %v", reading.Now, reading.Failing, err)
			}
			if told := s.told(); told[commerce.ChangeSettled] != 20 || told[commerce.OutcomeVisible] != 20 {
				t.Errorf("of the others it is told %v", told)
			}
			if left := s.due(); len(left) != 1 || left[0].Failures != 1 || !left[0].At.Equal(opened.Add(90*time.Second)) {
				t.Errorf("left is %+v", left)
			}
			if len(failures) != 1 || !strings.Contains(failures[0].Err.Error(), "the catalogue is on fire") || failures[0].Failures != 1 {
				t.Fatalf("the failures are %v", failures)
			}
			if wait := time.Until(failures[0].RetryAt); wait > time.Second {
				t.Errorf("it is tried again in %s", wait)
			}
			// Meanwhile it is not tried; its instant is one of real time.
			worlds, wait, err := s.Due(t.Context())
			if err != nil || len(worlds) == 0 && wait > time.Until(failures[0].RetryAt)+time.Second {
				t.Errorf("due in %v, next in %s, %v", worlds, wait, err)
			}
			broken = false
			for deadline := time.Now().Add(10 * time.Second); len(s.due()) > 0 && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
				s.advance("PT0S")
			}
			s.advance("PT15M")
			if told := s.told(); told[commerce.ChangeSettled] != 21 || told[commerce.OutcomeVisible] != 21 {
				t.Errorf("when it is mended it is told %v", told)
			}
			if failing, err := s.FailingDue(t.Context()); err != nil || len(failing) != 0 {
				t.Errorf("failing is %v, %v", failing, err)
			}
		})
	}
}

func TestWorkThatFailsRestsLongerEachTime(t *testing.T) {
	s := openShop(t)
	s.orders(1, businessBasic)
	var waits []time.Duration
	s.OnDueFailure = func(f commerce.DueFailure) { waits = append(waits, time.Until(f.RetryAt).Round(time.Second)) }
	s.Provisioner = provisioner(func(commerce.Work) (commerce.Progress, error) { return commerce.Progress{}, errors.New("no") })
	s.frozenAt(opened.Add(time.Hour))
	for range 14 {
		if _, err := s.RunDue(t.Context(), "shop"); err != nil {
			t.Fatal(err)
		}
		id := s.due()[0]
		s.write(func(tx commerce.Tx) error { // as if the time had passed
			return tx.Due().Postpone(t.Context(), "shop", id.ID, id.Failures, time.Now())
		})
	}
	want := []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600}
	for i := range want {
		want[i] *= time.Second
	}
	if !slices.Equal(waits, want) {
		t.Errorf("it rests for %v", waits)
	}
}

// What a step of the same batch has born is gone when that batch fails.
func TestWorkThatIsBornOnTheWayAndFailsKeepsNobody(t *testing.T) {
	s := openShop(t, func(settings *commerce.WorldSettings) {
		settings.Simulator = map[string]string{"*": "1 at +1m; 1 at +2m; the rest at +3m"}
	})
	s.Provisioner = provisioner(func(work commerce.Work) (commerce.Progress, error) {
		if work.Offer.ID == microsoftE3 && !work.Now.Before(work.Change.AskedAt.Add(2*time.Minute)) {
			return commerce.Progress{}, errors.New("it failed")
		}
		return fulfillment.Simulator{}.Step(t.Context(), work)
	})
	s.orders(3, businessBasic)
	s.orders(2, microsoftE3)
	s.orders(3, businessBasic)
	s.advance("PT1H")
	told := s.told()
	if told[commerce.ChangeSettled] != 6 || told[commerce.PortionFulfilled] != 6*3+2 || told[commerce.OutcomeVisible] != 6 {
		t.Errorf("it is told %v", told)
	}
	if left := s.due(); len(left) != 2 || left[0].Failures == 0 || left[1].Failures == 0 {
		t.Errorf("left is %+v", left)
	}
}

func TestAStoreThatFailsIsNobodysFailure(t *testing.T) {
	s := openShop(t)
	s.orders(1, businessBasic)
	s.frozenAt(opened.Add(time.Hour))
	s.OnDueFailure = func(f commerce.DueFailure) { t.Errorf("the work is blamed: %v", &f) }
	s.Provisioner = provisioner(func(commerce.Work) (commerce.Progress, error) {
		return commerce.Progress{}, fmt.Errorf("enqueue: %w", commerce.ErrUnavailable)
	})
	if _, err := s.RunDue(t.Context(), "shop"); !errors.Is(err, commerce.ErrUnavailable) {
		t.Errorf("it ended with %v", err)
	}
	if left := s.due(); len(left) != 1 || left[0].Failures != 0 {
		t.Errorf("left is %+v", left)
	}
}

func TestAStepThatDoesNotLeadOnIsAFailureAndNoEndlessLoop(t *testing.T) {
	s := openShop(t)
	s.orders(1, businessBasic)
	var failure error
	s.OnDueFailure = func(f commerce.DueFailure) { failure = f.Err }
	s.Provisioner = provisioner(func(work commerce.Work) (commerce.Progress, error) {
		return commerce.Progress{Portions: work.Change.Portions, Next: new(work.Now)}, nil
	})
	s.advance("PT1H")
	if failure == nil || !strings.Contains(failure.Error(), "does not come after") {
		t.Errorf("it failed with %v", failure)
	}
}
