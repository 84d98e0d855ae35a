package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	// startTime is how long a server may take to be ready.
	startTime = 60 * time.Second
	// refresh is the refresh interval of the trials' worlds.
	refresh = time.Second
)

// wanted is how much is to be done to the servers.
type wanted struct{ kills, restarts, fills int }

// trial is one set of servers on one database, with its clients and faults.
type trial struct {
	name    string
	seed    uint64
	dir     string
	program string
	// shifted is the program whose clock can be shifted; "": no clock is.
	shifted string
	many    int // servers
	// databaseOn is a directory of its own for the data; "": the trial's.
	databaseOn string
	want       wanted
	clients    int
	most       time.Duration

	servers []*server
	proxies []*proxy
	cluster *cluster
	disk    *disk
	load    *load
	before  *world
	told    int
}

func (t *trial) say(format string, args ...any) {
	fmt.Printf("%-9s %s\n", t.name+":", fmt.Sprintf(format, args...))
}

// run tries the servers, and says what was lost.
func (t *trial) run(ctx context.Context) (lost bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, t.most)
	defer cancel()
	var running sync.WaitGroup
	defer running.Wait()
	serving, stop := context.WithCancel(ctx)
	defer stop()
	if err := t.start(serving, &running); err != nil {
		return false, err
	}
	defer t.close()
	if err := t.prepare(ctx); err != nil {
		return false, err
	}
	began := time.Now()
	f := &faults{trial: t, random: t.dice(1)}
	working, rest := context.WithCancel(ctx)
	defer rest()
	clients := t.load.clients(working, t.clients, t.seed)
	failed := f.run(ctx)
	for _, p := range t.proxies {
		p.heal()
	}
	close(t.load.calm)
	rest()
	clients.Wait()
	if failed != nil {
		return false, failed
	}
	return t.judge(ctx, f, time.Since(began))
}

// judge compares what the clients know with what the servers have kept.
func (t *trial) judge(ctx context.Context, f *faults, took time.Duration) (lost bool, err error) {
	after, err := t.settle(ctx)
	if err != nil {
		return false, err
	}
	entries := t.load.ledger.all()
	ours := after.without(t.before)
	losses := verify(entries, ours, refresh)
	again, err := t.ask(ctx, ours)
	if err != nil {
		return false, err
	}
	t.report(f, took, ours, append(losses, again...))
	return len(losses)+len(again)+len(t.load.ledger.broken)+t.load.ledger.late+t.bugs() > 0, nil
}

// dice are the chances of one part of a trial, the same for the same seed.
func (t *trial) dice(part uint64) *rand.Rand { return rand.New(rand.NewPCG(t.seed, part<<32)) }

// start starts the servers, each behind a proxy.
func (t *trial) start(ctx context.Context, running *sync.WaitGroup) error {
	t.load = &load{ledger: &ledger{}, calm: make(chan struct{}), over: ctx.Done()}
	if t.disk != nil {
		t.disk.refused = func() int { return t.load.ledger.tally().unavailable }
	}
	for n := range t.many {
		s := &server{name: fmt.Sprintf("server %d", n), program: t.program}
		var err error
		if s.address, err = freeAddress(); err != nil {
			return err
		}
		if s.proxy, err = newProxy(s.address); err != nil {
			return err
		}
		if s.log, err = os.Create(filepath.Join(t.dir, fmt.Sprintf("server%d.log", n))); err != nil {
			return err
		}
		t.proxies = append(t.proxies, s.proxy)
		t.load.addresses = append(t.load.addresses, s.proxy.address())
		s.args = []string{"dev", "--data", t.data(), "--listen", s.address, "--public-url", "http://" + t.load.addresses[0]}
		if t.cluster != nil {
			way, err := newProxy("127.0.0.1:" + t.cluster.port)
			if err != nil {
				return err
			}
			t.proxies = append(t.proxies, way)
			s.args = append(s.args, "--database", "postgres://postgres@"+way.address()+"/postgres?sslmode=disable")
		}
		if t.shifted != "" && n == t.many-1 {
			s.program, s.shift = t.shifted, t.shifts()
		}
		t.servers = append(t.servers, s)
		pauses := t.dice(uint64(10 + n))
		running.Go(func() {
			s.supervise(ctx, func() time.Duration { return time.Duration(pauses.IntN(300)) * time.Millisecond })
		})
	}
	return t.ready(ctx)
}

// shifts are those of one server's clock: mostly less than tokens allow for, so
// that it serves, and sometimes by hours.
func (t *trial) shifts() func() time.Duration {
	random := t.dice(2)
	return func() time.Duration {
		most := 50 * time.Second
		if random.IntN(4) == 0 {
			most = 5 * time.Hour
		}
		return time.Duration(random.Int64N(2*int64(most))) - most
	}
}

// data is the directory of the servers' own files.
func (t *trial) data() string {
	if t.databaseOn != "" {
		return filepath.Join(t.databaseOn, "data")
	}
	return filepath.Join(t.dir, "data")
}

// ready waits until all servers are.
func (t *trial) ready(ctx context.Context) error {
	for _, s := range t.servers {
		if err := s.await(ctx, startTime); err != nil {
			return err
		}
	}
	return nil
}

// prepare gives the world its settings, and the clients a token.
func (t *trial) prepare(ctx context.Context) error {
	set := []string{"world", "set", "demo", "--data", t.data(), "--refresh-interval", refresh.String()}
	for _, o := range offers {
		set = append(set, "--simulate", o.id+"="+o.script)
	}
	if _, err := t.command(ctx, set...); err != nil {
		return err
	}
	token, err := t.command(ctx, "token", "--server", "http://"+t.servers[0].address)
	if err != nil {
		return err
	}
	t.load.token = strings.TrimSpace(string(token))
	t.before, err = t.export(ctx)
	return err
}

// command runs a command of the product.
func (t *trial) command(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, t.program, args...)
	cmd.Env = append(cleanEnvironment(), "PROVOST_CONFIG_DIR="+filepath.Join(t.dir, "config"))
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("provost %s: %w\n%s", args[0], err, said.String())
	}
	return out, nil
}

// cleanEnvironment is ours without what would change the product's ways.
func cleanEnvironment() []string {
	var kept []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "PROVOST_") {
			kept = append(kept, variable)
		}
	}
	return kept
}

// export reads everything that the servers have kept.
func (t *trial) export(ctx context.Context) (*world, error) {
	lines, err := t.command(ctx, "world", "export", "demo", "--data", t.data(), "--out", "-")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(t.dir, "world.jsonl"), lines, 0o600); err != nil {
		return nil, err
	}
	return readWorld(bytes.NewReader(lines))
}

// close ends what start began; the servers end with their context.
func (t *trial) close() {
	for _, p := range t.proxies {
		p.close()
	}
	for _, s := range t.servers {
		_ = s.log.Close()
	}
}

// bugs counts panics that the servers have logged.
func (t *trial) bugs() int {
	bugs := 0
	for _, s := range t.servers {
		text, err := os.ReadFile(s.log.Name())
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.say("read a log: %v", err)
		}
		bugs += bytes.Count(text, []byte("bug: ")) + bytes.Count(text, []byte("panic: "))
	}
	return bugs
}
