// Command chaos tries whether Provost keeps what it has acknowledged, while
// everything around it fails: its servers are killed, its database is restarted,
// connections are cut and held up, the disk fills, a clock is wrong.
//
// Clients write down what was acknowledged to them; afterwards all of it has to
// be there, once. It runs the built binary, and knows of the product what an API
// and an export tell.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// settings say how much is tried.
type settings struct {
	seed     uint64
	short    bool
	only     string
	kills    int
	restarts int
	keep     string
}

// trials are the names that -only knows.
var trials = []string{"sqlite", "disk", "postgres"}

func main() {
	var s settings
	flag.Uint64Var(&s.seed, "seed", 0, "repeats the decisions of a run, not its moments; 0 picks one")
	flag.BoolVar(&s.short, "short", false, "5 kills of each kind and one database restart")
	flag.StringVar(&s.only, "only", "", "one of "+strings.Join(trials, ", "))
	flag.IntVar(&s.kills, "kills", 100, "kills in each trial")
	flag.IntVar(&s.restarts, "restarts", 10, "database restarts")
	flag.StringVar(&s.keep, "keep", "", "keep logs, ledgers and exports in this directory")
	flag.Parse()
	if s.short {
		s.kills, s.restarts = 5, 1
	}
	if s.seed == 0 {
		s.seed = rand.Uint64N(1_000_000)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	lost, err := run(ctx, s)
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
	}
	if err != nil || lost {
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings) (lost bool, err error) {
	if s.only != "" && !slices.Contains(trials, s.only) {
		return false, fmt.Errorf("there is no trial %s, but %s", s.only, strings.Join(trials, ", "))
	}
	dir := s.keep
	if dir == "" {
		if dir, err = os.MkdirTemp("", "provost-chaos-"); err != nil {
			return false, err
		}
		defer func() {
			if !lost && err == nil || ctx.Err() != nil {
				_ = os.RemoveAll(dir)
			} else {
				fmt.Println("what there is to look into lies in", dir)
			}
		}()
	}
	fmt.Printf("seed %d: -seed %d repeats its decisions\n", s.seed, s.seed)
	program, err := build(ctx, dir, "provost")
	if err != nil {
		return false, err
	}
	for _, name := range trials {
		if s.only != "" && s.only != name {
			continue
		}
		one, err := tryOne(ctx, s, name, filepath.Join(dir, name), program)
		if err != nil {
			return lost, fmt.Errorf("%s: %w", name, err)
		}
		lost = lost || one
	}
	return lost, nil
}

// tryOne makes one trial.
func tryOne(ctx context.Context, s settings, name, dir, program string) (lost bool, err error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return false, err // what an earlier run has kept there would be taken for ours
	}
	t := &trial{
		name: name, seed: s.seed, dir: dir, program: program, many: 1, clients: 8,
		want: wanted{kills: s.kills}, most: time.Minute + time.Duration(s.kills)*8*time.Second,
	}
	switch name {
	case "disk":
		return t.onFullDisk(ctx, s)
	case "postgres":
		return t.onPostgres(ctx, s)
	}
	return t.run(ctx)
}

// build builds the product with build tags.
func build(ctx context.Context, dir, name string, tags ...string) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	program := filepath.Join(dir, name)
	command := exec.CommandContext(ctx, "go", "build", "-tags", strings.Join(tags, ","), "-o", program, "./cmd/provost")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("build provost (run this from the repository's root): %w", err)
	}
	return filepath.Abs(program)
}
