package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// othersMost is how much of a core other processes may take during a round: one
// that they disturb more is thrown away and done again.
const othersMost = 0.05

// quietly does a round until others leave it alone, or have disturbed as many as
// the settings bear; then the last one counts, and disturbed says so.
func quietly(ctx context.Context, s settings, server *process, do func() (round, error)) (r round, err error) {
	for range s.again + 1 {
		began := time.Now()
		before, err := foreign(server)
		if err != nil {
			return r, err
		}
		if r, err = do(); err != nil {
			return r, err
		}
		after, err := foreign(server)
		if err != nil || ctx.Err() != nil {
			return r, errors.Join(err, ctx.Err())
		}
		r.disturbed = float64(after-before) > othersMost*float64(time.Since(began))
		if !r.disturbed {
			break
		}
	}
	return r, nil
}

// foreign is the time that the machine's cores have worked for others than a
// server, this program, and what this program has waited for.
func foreign(server *process) (time.Duration, error) {
	content, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	// The first line is of all cores: cpu user nice system idle...
	all, of := time.Duration(0), bytes.Fields(content[:bytes.IndexByte(content, '\n')])
	for _, field := range of[1:4] {
		n, err := strconv.Atoi(string(field))
		if err != nil {
			return 0, err
		}
		all += time.Duration(n) * tick
	}
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var used syscall.Rusage
		if err := syscall.Getrusage(who, &used); err != nil {
			return 0, err
		}
		all -= time.Duration(used.Utime.Nano() + used.Stime.Nano())
	}
	ours, err := server.cpu()
	return all - ours, err
}

// disturbances says how many rounds count although others disturbed them.
func disturbances(results []result) string {
	disturbed, rounds := 0, 0
	for _, r := range results {
		disturbed, rounds = disturbed+r.disturbed, rounds+r.rounds
	}
	if disturbed == 0 {
		return fmt.Sprintf("Other processes took less than %.0f %% of a core in each round.", othersMost*100)
	}
	return fmt.Sprintf("In %d of %d rounds other processes took more than %.0f %% of a core: ask a quieter machine.", disturbed, rounds, othersMost*100)
}
