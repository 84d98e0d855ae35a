// Command speed measures what a request costs Provost, as a multiple of what it
// costs a bare net/http server that answers the same bytes without asking
// anything: no token, no routing, no store.
//
// Both run as processes of their own, one at a time and in turn, under the same
// wrk; the CPU that each took is read from /proc. It knows nothing of what is
// behind the API but how to fill a store quickly.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// settings say how long and how large a run is.
type settings struct {
	rounds      int
	round       time.Duration
	connections int
	small       int
	large       int
	seats       int
	settles     int
	again       int
	only        string
	report      string
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "floor" {
		serveFloor() // this program again, as the process that is measured
		return
	}
	var s settings
	flag.IntVar(&s.rounds, "rounds", 5, "rounds of each work; the medians count")
	flag.DurationVar(&s.round, "round", 3*time.Second, "how long a round lasts, for each of the two servers")
	flag.IntVar(&s.again, "again", 10, "times that a round of reads is done again when other processes disturb it")
	flag.StringVar(&s.only, "only", "", "leave out the reads whose names do not hold this")
	flag.IntVar(&s.connections, "connections", 64, "connections that wrk keeps open")
	flag.IntVar(&s.small, "small", 10_000, "subscriptions in the store; 0 leaves the reads out")
	flag.IntVar(&s.large, "large", 0, "subscriptions in a second, larger store; 0 leaves it out")
	flag.IntVar(&s.seats, "seats", 80_000, "subscriptions whose seats are changed, each once; 0 leaves the writes out")
	flag.IntVar(&s.settles, "settles", 100_000, "changes that settle at one instant while statuses are asked for; 0 leaves them out")
	flag.StringVar(&s.report, "write", "", "put the table into this page as well")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, s); err != nil {
		fmt.Fprintln(os.Stderr, "speed:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings) error {
	if runtime.GOOS != "linux" {
		return errors.New("CPU time is read from /proc: this runs on Linux alone")
	}
	if _, err := exec.LookPath("wrk"); err != nil {
		return errors.New("wrk is not there: apt-get install wrk")
	}
	dir, err := os.MkdirTemp("", "provost-speed-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	bin := filepath.Join(dir, "provost")
	if err := build(ctx, bin); err != nil {
		return err
	}
	var results []result
	var shops []shopResult
	for _, size := range []int{s.small, s.large} {
		if size == 0 {
			continue
		}
		var small *result
		if len(results) > 0 && results[0].name == smallStatus {
			small = &results[0]
		}
		shop, measured, err := measureShop(ctx, s, bin, filepath.Join(dir, fmt.Sprint(size)), size, small)
		if err != nil {
			return err
		}
		shops, results = append(shops, shop), append(results, measured...)
	}
	var seats []seatResult
	if s.seats > 0 {
		if seats, err = measureSeats(ctx, s, bin, dir); err != nil {
			return err
		}
	}
	var settles []settlesResult
	if s.settles > 0 {
		one, err := measureSettles(ctx, s, bin, dir)
		if err != nil {
			return fmt.Errorf("settles: %w", err)
		}
		fmt.Fprintln(os.Stderr, one.line())
		settles = append(settles, one)
	}
	return report(s, results, shops, seats, settles)
}

func build(ctx context.Context, bin string) error {
	command := exec.CommandContext(ctx, "go", "build", "-o", bin, "./cmd/provost")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("build provost (run this from the repository's root): %w", err)
	}
	return nil
}

// shopResult is what a server takes over a shop before it is asked for much, and
// after that.
type shopResult struct {
	subscriptions int
	// answered is how long the first answer took, from the start of the process.
	answered time.Duration
	// rested and worked are bytes that are resident: a while after the first token,
	// and right after the last of the reads.
	rested, worked int
}

// settleTime is what a server has to come to rest.
const settleTime = 12 * time.Second

// measureShop fills a shop of the size and measures each work on it; small is
// what the first of them cost before in a small one, or nil.
func measureShop(ctx context.Context, s settings, bin, data string, size int, small *result) (of shopResult, results []result, err error) {
	fmt.Fprintf(os.Stderr, "a shop of %d subscriptions: filling it\n", size)
	shop, err := openShop(ctx, bin, data, filepath.Join(data, "provost.db"), size)
	if err != nil {
		return of, nil, err
	}
	of.subscriptions = size
	began := time.Now()
	provost, err := startProvost(ctx, bin, data, "", oneCore)
	if err != nil {
		return of, nil, err
	}
	defer provost.stop()
	if _, err := ask(ctx, provost.url+"/readyz", "", ""); err != nil {
		return of, nil, err
	}
	of.answered = time.Since(began)
	token, err := tokenOf(ctx, bin, provost.url)
	if err != nil {
		return of, nil, err
	}
	time.Sleep(settleTime)
	if of.rested, err = provost.memory(); err != nil {
		return of, nil, err
	}
	for _, w := range shop.works(s) {
		if !strings.Contains(w.name, s.only) {
			continue
		}
		r, err := measure(ctx, s, provost, w, token, data)
		if err != nil {
			return of, nil, fmt.Errorf("%s: %w", w.name, err)
		}
		r.shop = size
		if w.grown && small != nil {
			r.ratio = r.provost / small.provost
		}
		r.grown = w.grown && small != nil
		fmt.Fprintln(os.Stderr, r.line())
		results = append(results, r)
	}
	of.worked, err = provost.memory()
	fmt.Fprintln(os.Stderr, of.line())
	return of, results, err
}
