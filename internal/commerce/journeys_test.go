package commerce_test

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// under is ada's request under a key.
func (s *shop) under(key string) commerce.Caller {
	by := s.ada
	by.Key = key
	return by
}

func TestAMoveThatIsAskedForAgainIsMadeOnce(t *testing.T) {
	s := openShop(t)
	s.orders(3, businessBasic)
	move := func(key string) (commerce.ClockReading, []commerce.Step) {
		t.Helper()
		reading, steps, err := s.MoveClock(t.Context(), s.under(key), commerce.ClockMove{By: period(t, "PT16M")})
		if err != nil {
			t.Fatal(err)
		}
		return reading, steps
	}
	first, steps := move("one")
	if !first.Now.Equal(opened.Add(16*time.Minute)) || len(steps) != 6 || first.Taken != 6 {
		t.Fatalf("it came to %s in %d steps of %d", first.Now, len(steps), first.Taken)
	}
	s.advance("PT1H") // another's, meanwhile
	again, same := move("one")
	if !reflect.DeepEqual(again, first) || !reflect.DeepEqual(same, steps) {
		t.Errorf("asked again it said %+v and %v, first %+v and %v", again, same, first, steps)
	}
	if now := s.now(); !now.Equal(opened.Add(76 * time.Minute)) {
		t.Errorf("it is %s", now)
	}
	if other, _ := move("two"); !other.Now.Equal(opened.Add(92 * time.Minute)) {
		t.Errorf("another request came to %s", other.Now)
	}
}

func TestAMoveThatIsAskedForByManyAtOnceIsMadeOnce(t *testing.T) {
	s := openShop(t)
	s.orders(3, businessBasic)
	var asking sync.WaitGroup
	for i := range 64 {
		by := s.under([]string{"one", "two"}[i%2])
		asking.Go(func() {
			if reading, _, err := s.MoveClock(t.Context(), by, commerce.ClockMove{By: period(t, "PT16M")}); err != nil || reading.Taken != 6 && reading.Taken != 0 {
				t.Errorf("%d steps, %v", reading.Taken, err)
			}
		})
	}
	asking.Wait()
	if now := s.now(); !now.Equal(opened.Add(32 * time.Minute)) {
		t.Errorf("it is %s", now)
	}
}

// However a move ends on its way, asked for again it leads to where it was to
// lead, and not beyond.
func TestAMoveThatWasBrokenOffLeadsToTheSameInstant(t *testing.T) {
	for name, end := range map[string]func(context.CancelFunc){
		"by its caller": func(hangUp context.CancelFunc) { hangUp() },
		"by a failure":  func(context.CancelFunc) { panic("the disk is full") },
	} {
		t.Run(name, func(t *testing.T) {
			s := openShop(t)
			s.orders(250, businessBasic)
			start, store := s.now(), s.Store
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s.Store = &interrupted{Store: store, between: func(nth int) {
				if nth == 3 {
					end(cancel)
				}
			}}
			if _, _, err := s.MoveClock(ctx, s.under("one"), commerce.ClockMove{By: period(t, "P1D"), Freeze: true}); err == nil {
				t.Fatal("it was not broken off")
			}
			s.Service = s.beside(store)
			s.Holder = "test" // the same server, started again
			if now := s.now(); !now.After(start) || !now.Before(start.Add(24*time.Hour)) {
				t.Fatalf("from %s it came to %s", start, now)
			}
			reading, _, err := s.MoveClock(t.Context(), s.under("one"), commerce.ClockMove{By: period(t, "P1D"), Freeze: true})
			if err != nil || !reading.Now.Equal(start.Add(24*time.Hour)) {
				t.Errorf("asked again it came from %s to %s, %v", start, reading.Now, err)
			}
			if told := s.told(); told[commerce.OutcomeVisible] != 250 {
				t.Errorf("it is told %v", told)
			}
		})
	}
}

func TestARefusedMoveIsJudgedAnewAndAnOldOneIsForgotten(t *testing.T) {
	s := openShop(t)
	past := commerce.ClockMove{To: new(opened.Add(-time.Hour))}
	for range 2 {
		if _, _, err := s.MoveClock(t.Context(), s.under("one"), past); !errors.Is(err, partnercenter.ErrInput) {
			t.Errorf("the past: %v", err)
		}
	}
	real := &ahead{Store: s.Store}
	s.Store = real
	for i, by := range []time.Duration{0, 23 * time.Hour, 25 * time.Hour} {
		real.by = by
		reading, _, err := s.MoveClock(t.Context(), s.under("one"), commerce.ClockMove{By: period(t, "PT1H")})
		if err != nil || !reading.Now.Equal(opened.Add([]time.Duration{1, 1, 2}[i]*time.Hour)) {
			t.Errorf("after %s it came to %s, %v", by, reading.Now, err)
		}
	}
}

// twice has each write overtaken once: what it did is taken back, and it is done
// anew.
type twice struct{ commerce.Store }

func (s twice) Write(ctx context.Context, do func(commerce.Tx) error) error {
	err := s.Store.Write(ctx, func(tx commerce.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		return errOvertaken
	})
	if err != nil && !errors.Is(err, errOvertaken) {
		return err
	}
	return s.Store.Write(ctx, do)
}

// Where servers share a database, any of its batches can be.
func TestAMoveThatIsOvertakenIsMadeOnce(t *testing.T) {
	s := openShop(t)
	s.InBatchesOf(20)
	s.orders(60, businessBasic)
	s.Store = twice{s.Store}
	first, steps, err := s.MoveClock(t.Context(), s.under("one"), commerce.ClockMove{By: period(t, "PT16M")})
	if err != nil || !first.Now.Equal(opened.Add(16*time.Minute)) || first.Taken != 120 || len(steps) != 120 {
		t.Fatalf("it came to %s in %d steps, of which %d are told, %v", first.Now, first.Taken, len(steps), err)
	}
	seen := map[commerce.Step]bool{}
	for _, step := range steps {
		if seen[step] {
			t.Errorf("step %v is told twice", step)
		}
		seen[step] = true
	}
	s.Service = s.beside(s.Store) // on another server
	again, same, err := s.MoveClock(t.Context(), s.under("one"), commerce.ClockMove{By: period(t, "PT16M")})
	if err != nil || !reflect.DeepEqual(again, first) || !reflect.DeepEqual(same, steps) || !s.now().Equal(first.Now) {
		t.Errorf("asked again it is %s, and it came to %+v in %d steps, %v", s.now(), again, len(same), err)
	}
}
