package commerce_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/internal/fulfillment"
	"provost/partnercenter"
)

// interrupted is a real store in whose writes something else happens: before
// the nth, between is called.
type interrupted struct {
	commerce.Store
	mu      sync.Mutex
	writes  int
	between func(nth int)
}

func (i *interrupted) Write(ctx context.Context, do func(commerce.Tx) error) error {
	i.mu.Lock()
	i.writes++
	nth := i.writes
	i.mu.Unlock()
	i.between(nth)
	return i.Store.Write(ctx, do)
}

// provisioner is one that a test makes.
type provisioner func(commerce.Work) (commerce.Progress, error)

func (p provisioner) Step(_ context.Context, work commerce.Work) (commerce.Progress, error) {
	return p(work)
}

// beside is another server on the same store.
func (s *shop) beside(store commerce.Store) *commerce.Service {
	return &commerce.Service{Store: store, Provisioner: fulfillment.Simulator{}, Holder: "another"}
}

// orders places as many orders of five seats.
func (s *shop) orders(count int, offer string) {
	s.t.Helper()
	for range count {
		if _, err := s.order(offer, 5); err != nil {
			s.t.Fatal(err)
		}
	}
}

// told counts the world's events by kind.
func (s *shop) told() map[commerce.EventKind]int {
	s.t.Helper()
	told := map[commerce.EventKind]int{}
	for _, e := range s.events("") {
		told[e.Kind]++
	}
	return told
}

// due is what is still to come of changes, from the first on.
func (s *shop) due() (all []commerce.Due) {
	s.t.Helper()
	s.read(func(tx commerce.Tx) (err error) {
		all, err = tx.Due().Until(s.t.Context(), "shop", opened.AddDate(200, 0, 0), 100_000)
		return err
	})
	return slices.DeleteFunc(all, func(d commerce.Due) bool { return d.Kind != commerce.DueStep && d.Kind != commerce.DueVisible })
}

// steal gives the lease to another holder, for so long.
func (s *shop) steal(holder string, span time.Duration) {
	s.t.Helper()
	s.write(func(tx commerce.Tx) error {
		later := time.Now().Add(time.Hour) // at which every lease has lapsed
		_, err := tx.Leases().Take(s.t.Context(), "shop", holder, later, time.Now().Add(span))
		return err
	})
}

func period(t *testing.T, text string) *commerce.Period {
	t.Helper()
	p, err := commerce.ParsePeriod(text)
	if err != nil {
		t.Fatal(err)
	}
	return &p
}

// frozen puts the shop's clock to an instant without anything happening.
func (s *shop) frozenAt(at time.Time) {
	s.t.Helper()
	s.write(func(tx commerce.Tx) error {
		return tx.Worlds().SetClock(s.t.Context(), "shop", commerce.Clock{FrozenAt: &at})
	})
}

func TestWhatIsDueHappensOnceHoweverManyRun(t *testing.T) {
	s := openShop(t)
	s.orders(40, businessBasic)
	s.frozenAt(opened.Add(time.Hour))
	others := []*commerce.Service{s.Service, s.beside(s.Store), s.beside(s.Store)}
	var running sync.WaitGroup
	for i := range 12 {
		running.Go(func() {
			for {
				more, err := others[i%3].RunDue(t.Context(), "SHOP")
				switch {
				case errors.Is(err, commerce.ErrTaken):
				case err != nil:
					t.Error(err)
					return
				case !more:
					return
				}
			}
		})
	}
	running.Wait()
	told := s.told()
	if told[commerce.ChangeSettled] != 40 || told[commerce.PortionFulfilled] != 40 || told[commerce.OutcomeVisible] != 40 || told[commerce.ChangeAsked] != 40 {
		t.Errorf("of 40 changes it is told: %v", told)
	}
}

func TestARunnerThatLostItsLeaseLeavesTheWorldAlone(t *testing.T) {
	s := openShop(t)
	s.orders(50, businessBasic)
	s.frozenAt(opened.Add(2 * time.Minute))
	slow := s.beside(nil)
	slow.InBatchesOf(20)
	settled := 0
	slow.Store = &interrupted{Store: s.Store, between: func(nth int) {
		if nth == 2 {
			settled = s.told()[commerce.ChangeSettled]
			s.steal("thief", time.Hour)
		}
	}}
	more, err := slow.RunDue(t.Context(), "shop")
	if !errors.Is(err, commerce.ErrTaken) {
		t.Errorf("it ended with %v, more %t", err, more)
	}
	if told := s.told(); told[commerce.ChangeSettled] != settled || settled == 0 || settled > 20 {
		t.Errorf("%d changes are settled, after a batch of %d: the second batch was carried out without the lease", told[commerce.ChangeSettled], settled)
	}
	if _, err := s.RunDue(t.Context(), "shop"); !errors.Is(err, commerce.ErrTaken) {
		t.Errorf("while the thief holds the world, a run ends with %v", err)
	}
}

func TestAServerThatIsDoneLeavesTheWorldToOthersAtOnce(t *testing.T) {
	s := openShop(t)
	other := s.beside(s.Store)
	for range 2 {
		for _, server := range []*commerce.Service{s.Service, other} {
			if more, err := server.RunDue(t.Context(), "shop"); err != nil || more {
				t.Fatalf("a run right after the other's ends with %v, more %t", err, more)
			}
		}
		s.advance("PT1M")
		if _, _, err := other.MoveClock(t.Context(), s.ada, commerce.ClockMove{By: period(t, "PT1M")}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAMoveThatLosesItsLeaseGoesOnWhenItHasItAgain(t *testing.T) {
	s := openShop(t)
	s.InBatchesOf(20)
	s.orders(50, businessBasic)
	s.Store = &interrupted{Store: s.Store, between: func(nth int) {
		if nth == 3 { // its lease, its first batch, then
			other := *s
			other.Service = s.beside(s.Store.(*interrupted).Store)
			other.steal("thief", 300*time.Millisecond)
		}
	}}
	began := time.Now()
	_, steps, err := s.MoveClock(t.Context(), s.ada, commerce.ClockMove{By: period(t, "PT1H")})
	if err != nil || time.Since(began) < 250*time.Millisecond {
		t.Fatalf("the move ended with %v after %s", err, time.Since(began))
	}
	if told := s.told(); told[commerce.ChangeSettled] != 50 || told[commerce.OutcomeVisible] != 50 || len(steps) != 100 || len(s.due()) != 0 {
		t.Errorf("it is told %v, in %d steps; left is %d", told, len(steps), len(s.due()))
	}
	if !s.now().Equal(opened.Add(time.Hour)) {
		t.Errorf("the clock says %s", s.now())
	}
}

func TestAMoveWaitsForAnotherServerAndThenSaysThatItIsBusy(t *testing.T) {
	s := openShop(t)
	s.steal("another", time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, _, err := s.MoveClock(ctx, s.ada, commerce.ClockMove{By: period(t, "PT1H")}); !errors.Is(err, commerce.ErrUnavailable) {
		t.Errorf("it ended with %v", err)
	}
	if !s.now().Equal(opened) {
		t.Errorf("the clock says %s", s.now())
	}
}

func TestAStoppedClockKeepsWhatLiesAhead(t *testing.T) {
	s := openShop(t)
	s.orders(1, businessBasic)
	if worlds, wait, err := s.Due(t.Context()); err != nil || len(worlds) != 0 || wait != commerce.ForEver {
		t.Errorf("due in %v, next in %s, %v", worlds, wait, err)
	}
	if more, err := s.RunDue(t.Context(), "shop"); err != nil || more || s.told()[commerce.ChangeSettled] != 0 {
		t.Errorf("it ran: %v, %t, %v", err, more, s.told())
	}
	s.frozenAt(opened.Add(90 * time.Second)) // exactly
	if worlds, _, err := s.Due(t.Context()); err != nil || !slices.Equal(worlds, []string{"shop"}) {
		t.Errorf("due in %v, %v", worlds, err)
	}
	if _, err := s.RunDue(t.Context(), "shop"); err != nil || s.told()[commerce.ChangeSettled] != 1 {
		t.Errorf("it ran: %v, %v", err, s.told())
	}
}

func TestARunningClockSaysWhenTheNextThingIsDue(t *testing.T) {
	s := openShop(t)
	s.move(commerce.ClockMove{Resume: true})
	s.orders(1, businessBasic)
	worlds, wait, err := s.Due(t.Context())
	if err != nil || len(worlds) != 0 || wait < 80*time.Second || wait > 90*time.Second {
		t.Errorf("due in %v, next in %s, %v", worlds, wait, err)
	}
}

// A server whose own clock is wrong waits no longer, and asks no more often.
func TestHowLongItIsUntilTheNextThingGoesByTheDatabasesClock(t *testing.T) {
	s := openShop(t)
	s.move(commerce.ClockMove{Resume: true})
	real := s.Store
	for _, by := range []time.Duration{-time.Hour, time.Hour} {
		s.Store = &ahead{Store: real, by: by}
		s.orders(1, businessBasic)
		if worlds, wait, err := s.Due(t.Context()); err != nil || len(worlds) != 0 || wait < 80*time.Second || wait > 90*time.Second {
			t.Errorf("by a clock that is %s ahead it is due in %v, next in %s, %v", by, worlds, wait, err)
		}
		s.frozenAt(s.now().Add(time.Hour))
		if _, err := s.RunDue(t.Context(), "shop"); err != nil {
			t.Fatal(err)
		}
		s.move(commerce.ClockMove{Resume: true})
	}
}

// crowded is a store in which others are always faster than a write that takes
// more than a few due rows away.
type crowded struct{ commerce.Store }

var errOvertaken = errors.New("overtaken")

func (c crowded) Write(ctx context.Context, do func(commerce.Tx) error) error {
	for range 20 {
		err := c.Store.Write(ctx, func(tx commerce.Tx) error {
			left := func() (rows []commerce.Due, err error) {
				return tx.Due().Until(ctx, "shop", opened.AddDate(0, 0, 1), 100_000)
			}
			before, err := left()
			if err != nil {
				return err
			}
			if err := do(tx); err != nil {
				return err
			}
			after, err := left()
			gone := map[int64]bool{}
			for _, d := range before {
				gone[d.ID] = true
			}
			for _, d := range after {
				delete(gone, d.ID)
			}
			if len(gone) > 10 {
				return errOvertaken
			}
			return err
		})
		if !errors.Is(err, errOvertaken) {
			return err
		}
	}
	return commerce.ErrUnavailable
}

// Where many write, a large batch would never be done.
func TestWhatIsDueIsCarriedOutInPiecesWhereOthersAreFaster(t *testing.T) {
	s := openShop(t)
	s.orders(100, businessBasic)
	s.frozenAt(opened.Add(90 * time.Second))
	s.Store = crowded{s.Store}
	for more := true; more; {
		var err error
		if more, err = s.RunDue(t.Context(), "shop"); err != nil {
			t.Fatal(err)
		}
	}
	if told := s.told(); told[commerce.ChangeSettled] != 100 {
		t.Errorf("it is told %v", told)
	}
}

// A jump is what living through the same time minute by minute is.
func TestAJumpIsAsGoodAsAWalk(t *testing.T) {
	t.Parallel()
	scripts := func(settings *commerce.WorldSettings) {
		settings.Simulator = map[string]string{
			businessBasic: "1 at +1m; 2 at +16m; 1 fail at +16m because of the weather; the rest at +31m", microsoftE3: "at once", e5Trial: "fail at +2m because no",
		}
	}
	live := func(walk bool) (told []string) {
		s := openShop(t, scripts)
		for i := range 70 { // each with five to eight steps: several batches
			s.orders(1, businessBasic)
			s.orders(1, []string{microsoftE3, e5Trial}[i%2])
			if i%10 == 9 {
				s.frozenAt(s.now().Add(7 * time.Second))
			}
		}
		if walk {
			for range 70 {
				s.advance("PT1M")
			}
		} else {
			s.advance("PT1H10M")
		}
		for _, e := range s.events("") {
			portion := -1
			if e.Portion != nil {
				portion = *e.Portion
			}
			after := -1
			if e.After != nil {
				after = *e.After
			}
			told = append(told, fmt.Sprint(e.At.Format(time.TimeOnly), e.Kind, portion, after, e.Reason))
		}
		if left := s.due(); len(left) != 0 {
			t.Errorf("left is %v", left)
		}
		return told
	}
	jump, walk := live(false), live(true)
	slices.Sort(jump)
	slices.Sort(walk)
	if len(jump) < 600 || !slices.Equal(jump, walk) {
		t.Errorf("a jump tells %d events, a walk %d; the same: %t", len(jump), len(walk), slices.Equal(jump, walk))
	}
}

func TestStepsComeInOrderHoweverManyAreBornOnTheWay(t *testing.T) {
	t.Parallel()
	s := openShop(t, func(settings *commerce.WorldSettings) {
		settings.Simulator = map[string]string{"*": "1 at +1m; 1 at +2m; 1 at +3m; 1 at +4m; all at +5m", microsoftE3: "all at +150s"}
	})
	for range 60 {
		s.orders(5, businessBasic)
		s.frozenAt(s.now().Add(time.Second))
	}
	reading, steps, err := s.MoveClock(t.Context(), s.ada, commerce.ClockMove{By: period(t, "PT2H")})
	if err != nil || reading.Taken < 300*5+300 || len(steps) != 1000 {
		t.Fatalf("%d steps were taken, %d are told, %v", reading.Taken, len(steps), err)
	}
	if !slices.IsSortedFunc(steps, func(a, b commerce.Step) int { return a.At.Compare(b.At) }) {
		t.Error("the steps are out of order")
	}
	_, steps, err = func() (commerce.ClockReading, []commerce.Step, error) { // and within one batch
		for range 5 {
			s.orders(1, businessBasic)
			s.orders(1, microsoftE3)
			s.frozenAt(s.now().Add(10 * time.Second))
		}
		return s.MoveClock(t.Context(), s.ada, commerce.ClockMove{By: period(t, "PT2H")})
	}()
	if err != nil || len(steps) != 40 || !slices.IsSortedFunc(steps, func(a, b commerce.Step) int { return a.At.Compare(b.At) }) {
		t.Errorf("of ten orders the steps are %v, %v", steps, err)
	}
	events := s.events("")
	if !slices.IsSortedFunc(events, func(a, b commerce.Event) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("what was written first happened later")
	}
}

// More than a batch of one instant, each of which bears one of the same instant.
func TestOfOneInstantWhatWasDueFirstComesFirst(t *testing.T) {
	t.Parallel()
	s := openShop(t, func(settings *commerce.WorldSettings) { settings.RefreshInterval = 0 })
	s.InBatchesOf(20)
	s.orders(50, businessBasic)
	_, steps, err := s.MoveClock(t.Context(), s.ada, commerce.ClockMove{By: period(t, "PT2M")})
	kinds := slices.CompactFunc(slices.Clone(steps), func(a, b commerce.Step) bool { return a.Kind == b.Kind })
	if err != nil || len(steps) != 100 || len(kinds) != 2 {
		t.Errorf("%d steps, in %d turns, %v", len(steps), len(kinds), err)
	}
}

func TestARunThatIsToEndFinishesItsBatchAndBeginsNoOther(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.InBatchesOf(20)
	s.orders(45, businessBasic)
	s.frozenAt(opened.Add(2 * time.Minute))
	ctx, cancel := context.WithCancel(t.Context())
	s.Provisioner = provisioner(func(work commerce.Work) (commerce.Progress, error) {
		cancel()
		return fulfillment.Simulator{}.Step(t.Context(), work)
	})
	if more, err := s.RunDue(ctx, "shop"); err != nil || !more {
		t.Errorf("it ended with %v, more %t", err, more)
	}
	if told := s.told(); told[commerce.ChangeSettled] != 20 {
		t.Errorf("%d changes are settled", told[commerce.ChangeSettled])
	}
}

func TestAWorldGetsATurnAndIsThenAskedToWait(t *testing.T) {
	s := openShop(t, func(settings *commerce.WorldSettings) { settings.RefreshInterval = 0 })
	s.InBatchesOf(20)
	for i := range 210 {
		s.write(func(tx commerce.Tx) error {
			_, err := tx.Due().Insert(t.Context(), commerce.Due{World: "shop", At: opened, Kind: commerce.DueStep, Subject: fmt.Sprint(i)})
			return err
		})
	}
	s.write(func(tx commerce.Tx) error { // of one change that is settled: nothing is to be done
		for i := range 210 {
			settled := commerce.Change{
				World: "shop", ID: fmt.Sprint(i), Kind: commerce.SeatChange, Customer: shopCustomer, Offer: businessBasic, AskedAt: opened, SettledAt: &opened,
				Portions: []commerce.Portion{{Status: partnercenter.Fulfilled}},
			}
			if err := tx.Changes().Insert(t.Context(), settled); err != nil {
				return err
			}
		}
		return nil
	})
	more, err := s.RunDue(t.Context(), "shop")
	if left := len(s.due()); err != nil || !more || left != 10 {
		t.Errorf("after a turn of 200, %d are left, more %t, %v", left, more, err)
	}
	if more, err = s.RunDue(t.Context(), "shop"); err != nil || more || len(s.due()) != 0 {
		t.Errorf("after the next, %d are left, more %t, %v", len(s.due()), more, err)
	}
}

// What a step says is written with what others said, and cannot be: it is found
// out whose it was.
func TestWhatCannotBeWrittenIsTheFailureOfItsRowAlone(t *testing.T) {
	s := openShop(t)
	var failures []commerce.DueFailure
	s.OnDueFailure = func(f commerce.DueFailure) { failures = append(failures, f) }
	s.orders(4, businessBasic)
	s.orders(1, microsoftE3)
	s.orders(4, businessBasic)
	s.Provisioner = provisioner(func(work commerce.Work) (commerce.Progress, error) {
		if work.Offer.ID == microsoftE3 {
			return commerce.Progress{Portions: work.Change.Portions, Next: new(time.Date(290_000, 1, 1, 0, 0, 0, 0, time.UTC))}, nil
		}
		return fulfillment.Simulator{}.Step(t.Context(), work)
	})
	reading, _, err := s.MoveClock(t.Context(), s.ada, commerce.ClockMove{By: period(t, "PT1H")})
	if err != nil || reading.Failing != 1 || !reading.Now.Equal(opened.Add(time.Hour)) {
		t.Fatalf("the clock came to %s with %d failing, %v", reading.Now, reading.Failing, err)
	}
	if told := s.told(); told[commerce.ChangeSettled] != 8 || told[commerce.OutcomeVisible] != 8 {
		t.Errorf("of the others it is told %v", told)
	}
	if len(failures) != 1 || !strings.Contains(failures[0].Err.Error(), "out of range") {
		t.Errorf("the failures are %v", failures)
	}
}
