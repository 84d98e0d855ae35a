package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"provost/bench/powercut/disk"
)

// dataDir is the server's, on the disk.
const dataDir = "data"

// trial is a server that has its power cut again and again.
type trial struct {
	settings settings
	bin      string
	env      []string
	// control says that the server does not wait for its disk.
	control bool
	dir     string
	// instants decides when the power fails, fates what becomes of what was not
	// synced, wishes what clients ask for: each is its own, so that none depends on
	// how fast the machine is.
	instants, fates, wishes *rand.Rand

	disk    *disk.Disk
	shop    *shop
	address string

	tally      tally
	complaints []string
}

const heading = "synchronous     cuts  in a start  in a stop  in a checkpoint  unsynced writes: kept/torn/dropped  names lost  acknowledged  lost  broken databases"

// tally is a line of the report.
type tally struct {
	synchronous                         string
	cuts, inStart, inStop, inCheckpoint int
	fate                                disk.Fate
	acknowledged, lost, broken          int
}

func (t tally) String() string {
	return fmt.Sprintf("%-14s  %4d  %10d  %9d  %15d  %33s  %10s  %12d  %4d  %16d", t.synchronous, t.cuts, t.inStart, t.inStop, t.inCheckpoint,
		fmt.Sprintf("%d/%d/%d", t.fate.Kept, t.fate.Torn, t.fate.Dropped), fmt.Sprintf("%d/%d", t.fate.Names, t.fate.Namings), t.acknowledged, t.lost, t.broken)
}

func newTrial(s settings, dir, bin, synchronous string, env ...string) *trial {
	stream := func(n uint64) *rand.Rand { return rand.New(rand.NewPCG(s.seed, n)) }
	return &trial{
		settings: s, dir: dir, bin: bin, env: env, control: len(env) > 0, instants: stream(1), fates: stream(2), wishes: stream(3),
		tally: tally{synchronous: synchronous},
	}
}

// run cuts the power so often. The writes of a shop that has lost some no longer
// say anything; another takes its place.
func (t *trial) run(ctx context.Context, cuts int) error {
	for t.tally.cuts < cuts {
		if err := t.life(ctx, min(t.settings.life, cuts-t.tally.cuts)); err != nil {
			return err
		}
	}
	return nil
}

// life takes a shop from an empty disk through so many power cuts. It ends early
// when something was lost.
func (t *trial) life(ctx context.Context, cuts int) (err error) {
	if t.address, err = freeAddress(); err != nil {
		return err
	}
	t.disk = disk.New(t.settings.syncTime)
	t.shop = &shop{url: "http://" + t.address, ledger: newLedger(), client: &http.Client{
		Timeout: startTime, Transport: &http.Transport{MaxIdleConnsPerHost: t.settings.workers},
	}}
	defer func() { t.tally.acknowledged += t.shop.ledger.acknowledged }()
	for n := range cuts {
		if ctx.Err() != nil {
			return errors.New("interrupted")
		}
		if lost, err := t.cut(ctx, n == 0); lost || err != nil {
			return err
		}
	}
	// Once more, to its end: what the last cut has left.
	server, unmount, err := t.start()
	if err != nil {
		return err
	}
	lost, err := t.look(ctx, server)
	if lost || err != nil {
		t.disk.Cut()
		<-server.ended
	} else {
		err = server.stop()
	}
	return errors.Join(err, unmount())
}

// occasion is what the server is about when its power fails.
type occasion int

const (
	atWork occasion = iota
	inStart
	inStop
)

// cut starts the server, looks what is there, and has it work until the power
// fails. It says whether something was lost of what was acknowledged before.
func (t *trial) cut(ctx context.Context, fresh bool) (lost bool, err error) {
	when, steps := t.instant(fresh)
	if when == inStart {
		t.disk.CutAt(steps)
	}
	server, unmount, err := t.start()
	if err != nil {
		return false, err
	}
	lost, err = t.look(ctx, server)
	ready := err == nil
	if ready && !lost {
		late := time.AfterFunc(workTime, t.disk.Cut)
		if when == inStop {
			late.Stop()
		} else {
			t.disk.CutAt(steps)
		}
		err = t.shop.work(t.settings.workers, t.wishes, workTime, t.disk.Dark())
		late.Stop()
		if when == inStop {
			t.disk.CutAt(steps)
			err = errors.Join(err, server.stop())
		}
	}
	t.disk.Cut()
	<-server.ended
	t.shop.client.CloseIdleConnections()
	if errors.Is(err, errDark) {
		err = nil
	}
	if err = errors.Join(err, unmount()); err != nil || lost {
		return lost, err
	}
	switch {
	case !ready:
		t.tally.inStart++
	case when == inStop:
		t.tally.inStop++
	}
	return false, t.after(ctx)
}

// workTime is how long clients write before the power fails at the latest.
const workTime = time.Second

// instant says after how many steps of the disk the power fails, counted from the
// beginning of what it is to hit.
func (t *trial) instant(fresh bool) (occasion, int) {
	lot, steps := t.instants.IntN(6), t.instants.Float64()
	switch {
	case t.control: // where nothing is written yet, nothing can be lost
		return atWork, int(8000 * steps)
	case fresh && lot < 3:
		return inStart, int(1000 * steps) // the whole shop is made
	case lot == 0:
		return inStart, int(60 * steps)
	case lot == 1:
		return inStop, int(1000 * steps) // the log is taken into the database
	default:
		return atWork, int(8000 * steps)
	}
}

// start mounts the disk and starts the server on it.
func (t *trial) start() (*process, func() error, error) {
	at := filepath.Join(t.dir, "disk")
	if err := os.MkdirAll(at, 0o755); err != nil {
		return nil, nil, err
	}
	unmount, err := mount(t.disk, at)
	if err != nil {
		return nil, nil, err
	}
	server, err := start(t.bin, filepath.Join(at, dataDir), t.address, t.disk, t.env...)
	if err != nil {
		return nil, nil, errors.Join(err, unmount())
	}
	return server, unmount, nil
}

// look waits for the server, holds what it shows to the ledger, and repeats what
// was not answered. It fails with errDark when the power failed before.
func (t *trial) look(ctx context.Context, server *process) (lost bool, err error) {
	defer func() {
		select {
		case <-t.disk.Dark():
			err = errDark // and whatever else is amiss comes of it
		default:
		}
	}()
	if err := server.wait(); err != nil {
		if errors.Is(err, errDark) {
			return false, err
		}
		return t.complain(verdict{max(t.shop.ledger.acknowledged, 1), []string{err.Error()}}), nil
	}
	if t.shop.token == "" {
		if t.shop.token, err = tokenOf(ctx, t.bin, t.shop.url); err != nil {
			return false, err
		}
	}
	f, err := t.shop.look()
	var other refused
	if errors.As(err, &other) {
		return t.complain(verdict{1, []string{err.Error()}}), nil
	}
	if err != nil {
		return false, err
	}
	if v := t.shop.ledger.judge(f); v.lost > 0 {
		return t.complain(v), nil
	}
	return false, t.shop.repeat()
}

func (t *trial) complain(v verdict) (lost bool) {
	select {
	case <-t.disk.Dark():
		return false
	default:
	}
	t.tally.lost += v.lost
	t.complaints = append(t.complaints, v.complaints...)
	return true
}

// after has the power come back: what is left of the disk takes its place.
func (t *trial) after(ctx context.Context) error {
	t.tally.cuts++
	if t.disk.Unsynced(dataDir, databaseFile) {
		t.tally.inCheckpoint++
	}
	left, fate, err := t.disk.After(t.fates)
	if err != nil {
		return err
	}
	t.disk = left
	t.tally.fate.Add(fate)
	if t.settings.verbose {
		fmt.Printf("cut %d: %+v, %d acknowledged\n", t.tally.cuts, fate, t.shop.ledger.acknowledged)
	}
	if err := intact(ctx, left, t.dir); err != nil {
		t.tally.broken++
		t.complaints = append(t.complaints, err.Error())
	}
	return nil
}

// freeAddress is a loopback address that nobody listened on a moment ago. Tokens
// name it, so that a shop keeps it.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
