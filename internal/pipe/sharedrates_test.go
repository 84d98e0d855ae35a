package pipe

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/internal/sqlstore"
)

// late is a store on a host whose clock is off, whose writes are counted.
type late struct {
	commerce.Store
	by     time.Duration
	writes atomic.Int32
	fails  atomic.Bool
}

func (l *late) Read(ctx context.Context, fn func(commerce.Tx) error) error {
	return l.Store.Read(ctx, func(tx commerce.Tx) error { return fn(lateTx{tx, l.by}) })
}

func (l *late) Write(ctx context.Context, fn func(commerce.Tx) error) error {
	l.writes.Add(1)
	if l.fails.Load() {
		return commerce.ErrUnavailable
	}
	return l.Store.Write(ctx, fn)
}

type lateTx struct {
	commerce.Tx
	by time.Duration
}

func (l lateTx) RealTime(ctx context.Context) (time.Time, error) {
	now, err := l.Tx.RealTime(ctx)
	return now.Add(l.by), err
}

// together are servers that share a database, whose clock stands early in a
// minute.
func together(t *testing.T, n int) (*late, []*Pipe) {
	t.Helper()
	store, err := sqlstore.OpenSQLite(t.Context(), sqlstore.SQLite{Path: filepath.Join(t.TempDir(), "provost.db"), Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	now := time.Now()
	shared := &late{Store: store, by: now.Truncate(rateWindow).Add(24 * time.Hour).Sub(now)}
	var pipes []*Pipe
	for range n {
		p := New(Settings{Service: &commerce.Service{Store: shared}})
		if _, err := p.CountWithOthers(t.Context()); err != nil {
			t.Fatal(err)
		}
		pipes = append(pipes, p)
	}
	return shared, pipes
}

func (p *Pipe) admitted(key counted, times int) (n int) {
	for range times {
		if _, ok := p.rates.admit(key, time.Now()); ok {
			n++
		}
	}
	return n
}

func share(t *testing.T, pipes ...*Pipe) {
	t.Helper()
	for _, p := range pipes {
		if err := p.ShareCounts(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLimitHoldsOverAllServers(t *testing.T) {
	_, pipes := together(t, 3)
	mine, theirs := counted{"orders", "partner", "customer"}, counted{"orders", "partner", "other"}
	if a, b := pipes[0].admitted(mine, 240), pipes[1].admitted(mine, 160); a != 240 || b != 160 {
		t.Fatalf("admitted are %d and %d", a, b)
	}
	share(t, pipes...)
	share(t, pipes...) // those that have nothing to tell hear nothing
	pipes[2].admitted(theirs, 1)
	share(t, pipes[2])
	if n := pipes[2].admitted(mine, 200); n != 100 {
		t.Errorf("the third server admits %d", n)
	}
	share(t, pipes[2])
	pipes[0].admitted(theirs, 1)
	share(t, pipes[0])
	if n := pipes[0].admitted(mine, 10); n != 0 {
		t.Errorf("the first server admits %d more", n)
	}
	if n := pipes[0].admitted(theirs, 10); n != 10 {
		t.Errorf("another customer is admitted %d times", n)
	}
}

// What cannot be told is told the next time, once.
func TestCountsThatCouldNotBeToldAreToldLater(t *testing.T) {
	store, pipes := together(t, 2)
	key := counted{"orders", "partner", "customer"}
	pipes[0].admitted(key, 300)
	<-pipes[0].rates.shared.counted
	store.fails.Store(true)
	if err := pipes[0].ShareCounts(t.Context()); err == nil {
		t.Fatal("it was told")
	}
	store.fails.Store(false)
	select {
	case <-pipes[0].rates.shared.counted:
	default:
		t.Error("nobody is called to tell it")
	}
	share(t, pipes[0])
	share(t, pipes[0])
	pipes[1].admitted(key, 1)
	share(t, pipes[1])
	if n := pipes[1].admitted(key, 300); n != 199 {
		t.Errorf("the other server admits %d more", n)
	}
}

// All servers count in the minutes of the database's host, whatever their own
// clocks say; and what is counted is forgotten with its minute.
func TestMinutesAreThoseOfTheDatabase(t *testing.T) {
	store, pipes := together(t, 2)
	key := counted{"orders", "partner", "customer"}
	host := time.Now().Add(store.by)
	if wait, _ := pipes[0].rates.admit(key, time.Now()); wait > rateWindow || wait < rateWindow-10*time.Second {
		t.Errorf("the minute ends in %v, at %v", wait, host)
	}
	pipes[0].admitted(key, 499)
	share(t, pipes[0])
	store.by += rateWindow
	pipes[1].admitted(counted{"orders", "partner", "other"}, 1)
	share(t, pipes[1]) // which then has the time anew
	if n := pipes[1].admitted(key, 600); n != rateLimit {
		t.Errorf("in the next minute %d are admitted", n)
	}
	share(t, pipes[1])
	err := store.Read(t.Context(), func(tx commerce.Tx) error {
		before, err := tx.RequestCounts().AtLeast(t.Context(), host.Truncate(rateWindow), 1)
		if len(before) != 0 {
			t.Errorf("of the minute before there is %v", before)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A server that is asked for nothing writes nothing, and one that shares with
// nobody never does.
func TestNothingIsWrittenForNothing(t *testing.T) {
	store, pipes := together(t, 1)
	key := counted{"orders", "partner", "customer"}
	share(t, pipes...)
	pipes[0].admitted(key, 10)
	share(t, pipes...)
	before := store.writes.Load()
	share(t, pipes...)
	if n := store.writes.Load(); before != 2 || n != before {
		t.Errorf("ten requests cost %d writes, and nothing %d", before, n-before)
	}
	alone := New(Settings{Service: &commerce.Service{Store: store}})
	alone.admitted(key, 10)
	if alone.rates.shared != nil || store.writes.Load() != before {
		t.Error("one that is alone shares")
	}
}
