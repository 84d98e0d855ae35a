package commerce_test

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/internal/fulfillment"
	"provost/partnercenter"
)

// ahead is a real store whose host's clock is ahead by so much.
type ahead struct {
	commerce.Store
	by time.Duration
}

type aheadTx struct {
	commerce.Tx
	by time.Duration
}

func (a aheadTx) RealTime(ctx context.Context) (time.Time, error) {
	real, err := a.Tx.RealTime(ctx)
	return real.Add(a.by), err
}

func (a *ahead) Write(ctx context.Context, do func(commerce.Tx) error) error {
	return a.Store.Write(ctx, func(tx commerce.Tx) error { return do(aheadTx{tx, a.by}) })
}

func (a *ahead) Read(ctx context.Context, do func(commerce.Tx) error) error {
	return a.Store.Read(ctx, func(tx commerce.Tx) error { return do(aheadTx{tx, a.by}) })
}

// place buys five seats under a request's key.
func (s *shop) place(key string) (partnercenter.Order, error) {
	s.t.Helper()
	by := s.ada
	by.Key = key
	return s.PlaceOrder(s.t.Context(), by, shopCustomer, s.five())
}

// five is an order of five seats.
func (s *shop) five() partnercenter.Order {
	return partnercenter.Order{LineItems: []partnercenter.OrderLineItem{{OfferID: businessBasic, Quantity: 5}}}
}

func TestAnAnswerIsGivenAgainForADayOfRealTime(t *testing.T) {
	s := openShop(t)
	real := &ahead{Store: s.Store}
	s.Store = real
	placed := func() string {
		t.Helper()
		order, err := s.place("key")
		if err != nil {
			t.Fatal(err)
		}
		return order.ID
	}
	first := placed()
	s.advance("P3D") // world time does not count
	real.by = 24*time.Hour - time.Minute
	if again := placed(); again != first {
		t.Errorf("within a day order %s became %s", first, again)
	}
	real.by = 24*time.Hour + time.Minute
	second := placed() // the old answer lies there still, and is not given
	if second == first {
		t.Errorf("after a day it is order %s still", first)
	}
	if again := placed(); again != second {
		t.Errorf("order %s became %s at once", second, again)
	}
	real.by = 48*time.Hour + 2*time.Minute
	if more, err := s.ForgetAnswers(t.Context()); err != nil || more {
		t.Fatal(more, err)
	}
	s.read(func(tx commerce.Tx) error {
		if _, err := tx.Answers().ByKey(t.Context(), "shop", "key"); !errors.Is(err, commerce.ErrMissing) {
			t.Errorf("after two days the answer is there: %v", err)
		}
		return nil
	})
}

func TestAnAnswerIsGivenAgainAfterARestart(t *testing.T) {
	s := openShop(t)
	first, err := s.place("key")
	if err != nil {
		t.Fatal(err)
	}
	s.Service = s.beside(s.Store) // which has no memory of it
	again, err := s.place("key")
	if err != nil || again.ID != first.ID {
		t.Errorf("order %s became %s, %v", first.ID, again.ID, err)
	}
}

func TestThoseWhoWaitForTheFirstHoldNoConnection(t *testing.T) {
	s := openShop(t)
	var writes atomic.Int32
	s.Store = &interrupted{Store: s.Store, between: func(nth int) { writes.Store(int32(nth)) }}
	finish := make(chan int)
	s.Provisioner = provisioner(func(work commerce.Work) (commerce.Progress, error) {
		<-finish
		return fulfillment.Simulator{}.Step(t.Context(), work)
	})
	answers := make(chan error)
	for range 32 {
		go func() {
			_, err := s.place("key")
			answers <- err
		}()
	}
	time.Sleep(100 * time.Millisecond)
	if began := writes.Load(); began != 1 {
		t.Errorf("%d writes have begun", began)
	}
	close(finish)
	for range 32 {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
}

func TestTwoServersGiveOneAnswer(t *testing.T) {
	s := openShop(t)
	servers := []*commerce.Service{s.Service, s.beside(s.Store)}
	answers := make(chan string)
	for i := range 32 {
		one := *s
		one.Service = servers[i%2]
		go func() {
			order, err := one.place("key")
			if err != nil {
				t.Error(err)
			}
			answers <- order.ID
		}()
	}
	ids := map[string]bool{}
	for range 32 {
		ids[<-answers] = true
	}
	if len(ids) != 1 {
		t.Errorf("there are %d orders", len(ids))
	}
}

func TestWorkThatEndsItsGoroutineIsAFailureAndNoAnswer(t *testing.T) {
	s := openShop(t)
	var tries atomic.Int32
	s.Provisioner = provisioner(func(work commerce.Work) (commerce.Progress, error) {
		if tries.Add(1) == 1 {
			runtime.Goexit()
		}
		return fulfillment.Simulator{}.Step(t.Context(), work)
	})
	if order, err := s.place("key"); err == nil {
		t.Errorf("it gave order %q", order.ID)
	}
	if order, err := s.place("key"); err != nil || order.ID == "" {
		t.Errorf("then it gave order %q, %v", order.ID, err)
	}
}
