package main

import (
	"strings"
	"testing"
	"time"

	"provost/partnercenter"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// told is a ledger of three orders, a name, a seat, and a request whose answer has not come.
func told() *ledger {
	l := newLedger()
	l.before = map[string]bool{"old": true}
	l.orders = map[string]bool{"a": true, "b": true}
	l.names["s"], l.seats["s"] = &count{7}, &count{2}
	l.clock = noon
	return l
}

func kept(name string, seats int) found {
	return found{
		orders:        map[string]bool{"old": true, "a": true, "b": true},
		subscriptions: map[string]partnercenter.Subscription{"s": {FriendlyName: name, Quantity: boughtSeats + seats}},
		clock:         noon.Add(time.Second),
	}
}

func TestLedgerFindsEachLoss(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*ledger, *found)
		lost  int
	}{
		{"all is there", func(*ledger, *found) {}, 0},
		{"an order is gone", func(_ *ledger, f *found) { delete(f.orders, "b") }, 1},
		{"an order of the demo shop is gone", func(_ *ledger, f *found) { delete(f.orders, "old") }, 1},
		{"an order is there twice", func(_ *ledger, f *found) { f.orders["c"] = true }, 1},
		{"an order is there whose answer did not come", func(l *ledger, f *found) {
			f.orders["c"] = true
			l.begin(&request{id: "1", kind: ordering})
		}, 0},
		{"a name is two behind", func(_ *ledger, f *found) { f.subscriptions = kept("Name 5", 2).subscriptions }, 2},
		{"a name is nobody's", func(_ *ledger, f *found) { f.subscriptions = kept("Name 8", 2).subscriptions }, 1},
		{"a name's answer did not come", func(l *ledger, f *found) {
			f.subscriptions = kept("Name 8", 2).subscriptions
			l.begin(&request{id: "1", kind: renaming, subscription: "s"})
		}, 0},
		{"a seat is gone", func(_ *ledger, f *found) { f.subscriptions = kept("Name 7", 1).subscriptions }, 1},
		{"a subscription is gone", func(_ *ledger, f *found) { f.subscriptions = nil }, 9},
		{"the clock went back", func(_ *ledger, f *found) { f.clock = noon.Add(-time.Second) }, 1},
	} {
		l, f := told(), kept("Name 7", 2)
		c.spoil(l, &f)
		if v := l.judge(f); v.lost != c.lost || len(v.complaints) > 0 != (c.lost > 0) {
			t.Errorf("%s: %d lost, not %d: %v", c.name, v.lost, c.lost, v.complaints)
		}
	}
}

func TestAnswerThatSaysNothingOfTheWriteLeavesItOpen(t *testing.T) {
	for _, c := range []struct {
		status             int
		may                bool
		open, acknowledged int
		fault              string
	}{
		{201, false, 0, 1, ""},
		{503, false, 1, 0, ""},
		{409, true, 0, 0, ""},
		{409, false, 0, 0, "answered 409"},
		{401, true, 0, 0, "answered 401"},
	} {
		l, r := newLedger(), &request{id: "1", may: c.may, answered: func([]byte) error { return nil }}
		l.begin(r)
		err := l.end(r, c.status, nil)
		if len(l.waiting()) != c.open || l.acknowledged != c.acknowledged {
			t.Errorf("%d: %d are open, %d acknowledged", c.status, len(l.waiting()), l.acknowledged)
		}
		if (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%d: %v", c.status, err)
		}
	}
}
