package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// faults is what is done to the servers of a trial.
type faults struct {
	*trial
	random *rand.Rand

	// What has been done so far.
	kills, restarts, cuts, cutConnections, stalls, fills, lulls int
}

// run does one fault after another, until there were enough of them.
func (f *faults) run(ctx context.Context) error {
	for ctx.Err() == nil {
		left := []func(context.Context) error{}
		kills := f.want.kills - f.kills
		for range min(kills, 10) {
			left = append(left, f.kill)
		}
		if n := f.want.restarts - f.restarts; n > 0 && f.kills*f.want.restarts >= f.restarts*f.want.kills {
			left = append(left, f.restart, f.restart, f.restart, f.restart)
		}
		if n := f.want.fills - f.fills; n > 0 && f.kills*f.want.fills >= f.fills*f.want.kills {
			left = append(left, f.fill, f.fill, f.fill, f.fill)
		}
		if len(left) == 0 {
			return nil
		}
		left = append(left, f.cut, f.cut, f.stall, f.stall)
		if err := left[f.random.IntN(len(left))](ctx); err != nil {
			return err
		}
		f.lull(ctx)
		f.progress()
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("interrupted after %s", f)
	}
	return fmt.Errorf("out of time after %s", f)
}

// between gives a length of time.
func (f *faults) between(least, most time.Duration) time.Duration {
	return least + time.Duration(f.random.Int64N(int64(most-least)))
}

func (f *faults) sleep(ctx context.Context, length time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(length):
	}
}

// kill kills a server: one that serves, as a rule; else one that starts, at any
// stage of it.
func (f *faults) kill(ctx context.Context) error {
	s := f.servers[f.random.IntN(len(f.servers))]
	if f.random.IntN(5) > 0 {
		if err := s.await(ctx, startTime); err != nil {
			return err
		}
		f.sleep(ctx, f.between(50*time.Millisecond, 1200*time.Millisecond))
	} else {
		f.sleep(ctx, f.between(0, 400*time.Millisecond))
	}
	if s.kill() {
		f.kills++
	}
	return nil
}

// lull leaves several servers alone for a while after each tenth kill: where the
// one that carries out what is due is killed again and again, the others wait for
// its lease to lapse, and nothing would settle under way.
func (f *faults) lull(ctx context.Context) {
	if f.many > 1 && f.kills/10 > f.lulls && f.kills < f.want.kills {
		f.lulls = f.kills / 10
		f.sleep(ctx, f.between(10*time.Second, 25*time.Second))
	}
}

// restart restarts PostgreSQL, with or without time to finish.
func (f *faults) restart(ctx context.Context) error {
	mode := "fast"
	if f.restarts%2 == 1 {
		mode = "immediate"
	}
	f.sleep(ctx, f.between(100*time.Millisecond, time.Second))
	f.restarts++
	return f.cluster.restart(ctx, mode)
}

// path is a proxy of the trial, of a server or of the database.
func (f *faults) path() *proxy { return f.proxies[f.random.IntN(len(f.proxies))] }

// cut resets all connections on one way.
func (f *faults) cut(ctx context.Context) error {
	f.sleep(ctx, f.between(0, 300*time.Millisecond))
	f.cuts++
	f.cutConnections += f.path().cut()
	return nil
}

// stall holds up what is said on one way, or the answers alone; half the time
// what is held up is then lost.
func (f *faults) stall(ctx context.Context) error {
	p := f.path()
	length := f.between(100*time.Millisecond, 2500*time.Millisecond)
	p.stall(length, f.random.IntN(2) == 0)
	f.stalls++
	if f.random.IntN(2) == 0 {
		f.sleep(ctx, length/2)
		f.cuts++
		f.cutConnections += p.cut()
		p.heal()
	}
	return nil
}

// fill fills the disk until writes are refused for it; now and then the server
// is killed meanwhile.
func (f *faults) fill(ctx context.Context) error {
	f.sleep(ctx, f.between(200*time.Millisecond, time.Second))
	f.fills++
	if err := f.servers[0].await(ctx, startTime); err != nil {
		return err
	}
	kill := f.random.IntN(3) == 0
	return f.disk.full(ctx, 1+f.random.IntN(40), 30*time.Second, func(ctx context.Context) error {
		if kill && f.servers[0].kill() {
			f.kills++
			f.sleep(ctx, time.Second) // it may try to start meanwhile
		}
		return nil
	})
}

func (f *faults) String() string {
	text := fmt.Sprintf("%d kills, %d cuts (%d connections), %d stalls", f.kills, f.cuts, f.cutConnections, f.stalls)
	if f.want.restarts > 0 {
		text += fmt.Sprintf(", %d database restarts", f.restarts)
	}
	if f.want.fills > 0 {
		text += fmt.Sprintf(", %d times a full disk", f.fills)
	}
	return text
}

// progress tells how far it is, now and then.
func (f *faults) progress() {
	if f.kills/20 > f.told {
		f.told = f.kills / 20
		t := f.load.ledger.tally()
		f.say("%s; %d writes acknowledged", f, t.acknowledged)
	}
}
