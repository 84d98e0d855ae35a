package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"provost/internal/auth"
	"provost/internal/commerce"
	"provost/internal/operator"
	"provost/internal/sqlstore"
	"provost/partnercenter"
)

// step is what a test has done when a change takes a step.
type step func(commerce.Work) (commerce.Progress, error)

func (s step) Step(_ context.Context, work commerce.Work) (commerce.Progress, error) { return s(work) }

// delivered is a change of which all is done.
func delivered(work commerce.Work) (commerce.Progress, error) {
	return commerce.Progress{Portions: []commerce.Portion{{Quantity: work.Change.Asked - work.Change.Before, Status: partnercenter.Fulfilled}}}, nil
}

// keeperShop is a store with worlds whose clocks run with real time, and a
// change of nothing in each, named like its world.
func keeperShop(t *testing.T, worlds ...string) *commerce.Service {
	t.Helper()
	store, err := sqlstore.OpenSQLite(t.Context(), sqlstore.SQLite{Path: filepath.Join(t.TempDir(), "keeper.db"), Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	shop := &commerce.Service{Store: store, Provisioner: step(delivered), Holder: "test"}
	for i, name := range worlds {
		demo := commerce.DefaultDemo(time.Now().UTC())
		demo.World, demo.Name = name, name
		demo.ProviderTenant = fmt.Sprintf("5e7c4a0e-0d2b-4c39-8d1f-%012x", 2*i)
		demo.ResellerTenant = fmt.Sprintf("5e7c4a0e-0d2b-4c39-8d1f-%012x", 2*i+1)
		if err := commerce.InsertDemo(t.Context(), store, demo); err != nil {
			t.Fatal(err)
		}
	}
	return shop
}

// fallDue has a change of no seats take a step at an instant; with "", a change
// that nobody knows.
func fallDue(t *testing.T, shop *commerce.Service, world, change string, at time.Time) {
	t.Helper()
	err := shop.Store.Write(t.Context(), func(tx commerce.Tx) error {
		if change != "" {
			c := commerce.Change{
				World: world, ID: change, Kind: commerce.Purchase, Customer: "0c39d6d5-c70d-4c55-bc02-f620844f3fd1", Order: "34828C05-C16C-4D6F-9CFC-4D2650EF19A1", Line: 9, Subscription: "5e7c4a0e-0d2b-4c39-8d1f-" + fmt.Sprintf("%012x", len(change)),
				Offer: "CFQ7TTC0LH18:0001:CFQ7TTC725M4", AskedAt: at, Portions: []commerce.Portion{{Status: partnercenter.PrefulfillmentPending}},
			}
			if err := tx.Changes().Insert(t.Context(), c); err != nil {
				return err
			}
		}
		_, err := tx.Due().Insert(t.Context(), commerce.Due{World: world, At: at, Kind: commerce.DueStep, Subject: change})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// settled waits until the change is.
func settled(t *testing.T, shop *commerce.Service, world, change string, most time.Duration) time.Duration {
	t.Helper()
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		var c commerce.Change
		err := shop.Store.Read(t.Context(), func(tx commerce.Tx) (err error) {
			c, err = tx.Changes().ByID(t.Context(), world, change)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if c.Settled() {
			return time.Since(began)
		}
		if time.Since(began) > most {
			t.Fatalf("change %s of world %s is not settled after %s", change, world, most)
		}
	}
}

// locked takes a log while a test reads it.
type locked struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func TestTheTimekeeperComesWhenSomethingIsDue(t *testing.T) {
	shop := keeperShop(t, "one", "two")
	fallDue(t, shop, "one", "overdue", time.Now().Add(-time.Hour))
	fallDue(t, shop, "two", "soon", time.Now().Add(300*time.Millisecond))
	keeper := startTimekeeper(shop, quiet)
	defer keeper.Close()
	settled(t, shop, "one", "overdue", 5*time.Second)
	settled(t, shop, "two", "soon", 5*time.Second)
	fallDue(t, shop, "one", "unheard", time.Now()) // nobody wakes it
	settled(t, shop, "one", "unheard", 5*time.Second)
	time.Sleep(20 * time.Millisecond)
	fallDue(t, shop, "one", "heard of", time.Now())
	shop.Wake()
	if took := settled(t, shop, "one", "heard of", 5*time.Second); took > longestSleep/2 {
		t.Errorf("woken, it took %s", took)
	}
}

func TestWorkThatFailsIsToldAndKeepsNoWorldWaiting(t *testing.T) {
	shop := keeperShop(t, "bad", "good")
	fallDue(t, shop, "bad", "", time.Now().Add(-time.Hour))
	fallDue(t, shop, "bad", "beside", time.Now().Add(-time.Minute))
	fallDue(t, shop, "good", "elsewhere", time.Now().Add(-time.Minute))
	var log locked
	keeper := startTimekeeper(shop, slog.New(slog.NewTextHandler(&log, nil)))
	defer keeper.Close()
	settled(t, shop, "bad", "beside", 5*time.Second)
	settled(t, shop, "good", "elsewhere", 5*time.Second)
	ready := (&Server{store: shop.Store, keeper: keeper, verifier: auth.New(auth.Settings{})}).ready(t.Context())
	if ready.Failing != 1 {
		t.Errorf("its readiness is %+v", ready)
	}
	metrics := operator.NewMetrics("test")
	metrics.FailingDue(func() float64 { return float64(keeper.failing.Load()) })
	w := httptest.NewRecorder()
	metrics.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if !strings.Contains(w.Body.String(), "\nprovost_due_failing 1\n") {
		t.Error("the metrics lack the row that fails")
	}
	if told := log.String(); strings.Count(told, "due work failed") != 1 || !strings.Contains(told, "world=bad") || !strings.Contains(told, "no such row") {
		t.Errorf("the log says\n%s", told)
	}
	for _, f := range []int{1, 2, 3, 4, 5, 6, 7, 8} {
		keeper.tell(commerce.DueFailure{Failures: f, Err: context.Canceled})
	}
	if told := strings.Count(log.String(), "due work failed"); told != 1+4 {
		t.Errorf("eight failures more are told %d times", told-1)
	}
}

func TestAWorldThatAnotherServerHoldsIsLeftToItAndNotHammeredAt(t *testing.T) {
	shop := keeperShop(t, "held", "free")
	err := shop.Store.Write(t.Context(), func(tx commerce.Tx) error {
		_, err := tx.Leases().Take(t.Context(), "held", "another", time.Now(), time.Now().Add(time.Hour))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	fallDue(t, shop, "held", "theirs", time.Now().Add(-time.Hour))
	fallDue(t, shop, "free", "ours", time.Now().Add(-time.Minute))
	store := &counting{Store: shop.Store}
	shop.Store = store
	keeper := startTimekeeper(shop, quiet)
	settled(t, shop, "free", "ours", 5*time.Second)
	before := store.writes.Load()
	time.Sleep(1500 * time.Millisecond)
	if writes := store.writes.Load() - before; writes > 3 {
		t.Errorf("in a second and a half it tried %d times", writes)
	}
	if err := keeper.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestClosingWaitsForTheBatchUnderWayAndCutsNone(t *testing.T) {
	shop := keeperShop(t, "one")
	inside, finish := make(chan int), make(chan int)
	var steps atomic.Int32
	shop.Provisioner = step(func(work commerce.Work) (commerce.Progress, error) {
		if steps.Add(1) == 1 {
			close(inside)
			<-finish
		}
		return delivered(work)
	})
	fallDue(t, shop, "one", "first", time.Now().Add(-time.Hour))
	fallDue(t, shop, "one", "last one", time.Now().Add(-time.Minute))
	keeper := startTimekeeper(shop, quiet)
	<-inside
	closed := make(chan error)
	go func() { closed <- keeper.Close() }()
	select {
	case err := <-closed:
		t.Errorf("it closed in the middle of a batch: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	close(finish)
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	settled(t, shop, "one", "first", 0)
	settled(t, shop, "one", "last one", 0)
}

func TestOldAnswersAreForgottenAndYoungOnesKept(t *testing.T) {
	shop := keeperShop(t, "one")
	err := shop.Store.Write(t.Context(), func(tx commerce.Tx) error {
		for key, age := range map[string]time.Duration{"old": 24*time.Hour + time.Second, "young": 24*time.Hour - time.Minute} {
			if err := tx.Answers().Claim(t.Context(), "one", key, time.Now().Add(-age)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	keeper := newTimekeeper(shop, quiet)
	keeper.round(t.Context())
	var old, young error
	_ = shop.Store.Read(t.Context(), func(tx commerce.Tx) error {
		_, old = tx.Answers().ByKey(t.Context(), "one", "old")
		_, young = tx.Answers().ByKey(t.Context(), "one", "young")
		return nil
	})
	if old == nil || young != nil {
		t.Errorf("the old one: %v, the young one: %v", old, young)
	}
	store := &counting{Store: shop.Store}
	shop.Store = store
	for range 20 {
		keeper.round(t.Context())
	}
	if writes := store.writes.Load(); writes != 0 {
		t.Errorf("in the same minute it wrote %d times more", writes)
	}
}

// What is due waits for some of many old answers alone, and all are forgotten.
func TestManyOldAnswersAreForgottenRoundByRound(t *testing.T) {
	shop := keeperShop(t, "one")
	const many = 5100
	err := shop.Store.Write(t.Context(), func(tx commerce.Tx) error {
		for n := range many {
			if err := tx.Answers().Claim(t.Context(), "one", fmt.Sprint(n), time.Now().Add(-25*time.Hour)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	store := &counting{Store: shop.Store}
	shop.Store = store
	keeper := newTimekeeper(shop, quiet)
	for _, want := range []int32{4, 8, 11, 11} {
		keeper.round(t.Context())
		if writes := store.writes.Load(); writes != want {
			t.Errorf("it wrote %d times, want %d", writes, want)
		}
	}
	for n := range many {
		err := shop.Store.Read(t.Context(), func(tx commerce.Tx) error {
			_, err := tx.Answers().ByKey(t.Context(), "one", fmt.Sprint(n))
			return err
		})
		if !errors.Is(err, commerce.ErrMissing) {
			t.Fatalf("answer %d is there: %v", n, err)
		}
	}
}

func TestTheTimekeeperIsWokenForWhatComesBeforeItLooks(t *testing.T) {
	for _, c := range []struct {
		looks, in time.Duration
		wakes     bool
	}{{time.Second, 90 * time.Second, false}, {time.Second, 0, true}, {time.Minute, time.Second, true}, {0, time.Hour, true}} {
		shop := &commerce.Service{}
		k := newTimekeeper(shop, slog.New(slog.DiscardHandler))
		if c.looks > 0 {
			k.looks.Store(time.Now().Add(c.looks).UnixNano())
		}
		shop.OnDue(c.in)
		if woken := len(k.wake) > 0; woken != c.wakes {
			t.Errorf("it looks in %v (0: it does), something is due in %v: woken: %t", c.looks, c.in, woken)
		}
	}
}
