// Command powercut cuts the power of a server under load, again and again, and
// holds it to every write that it acknowledged.
//
// The server is the product's own binary. Its data directory is on a file system
// of this program's, which drops, tears or keeps by chance whatever was not synced.
// It knows the server by its API alone. docs/reliability.md tells what it found.
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
	"syscall"
	"time"
)

// settings say how long a run is and what chance begins with.
type settings struct {
	cuts, control int
	seed          uint64
	life          int
	workers       int
	syncTime      time.Duration
	source        string
	verbose       bool
}

func main() {
	var s settings
	flag.IntVar(&s.cuts, "cuts", 200, "how often the power is cut")
	flag.IntVar(&s.control, "control", 10, "how often it is cut in each of the controls, which do not wait for the disk")
	flag.Uint64Var(&s.seed, "seed", 1, "what chance begins with: the same instants, by the disk's steps, and the same fates")
	flag.IntVar(&s.life, "life", 20, "cuts that one shop goes through, before the next begins with an empty disk")
	flag.IntVar(&s.workers, "workers", 8, "clients at once")
	flag.DurationVar(&s.syncTime, "sync", 500*time.Microsecond, "how long a sync takes")
	flag.StringVar(&s.source, "source", filepath.Join("..", ".."), "the directory of the product's module")
	flag.BoolVar(&s.verbose, "v", false, "tell of each cut")
	flag.Parse()
	// A server goes with the thread that started it. This one ends with the program.
	runtime.LockOSThread()
	if why := missing(); why != "" {
		fmt.Println("SKIPPED:", why)
		return
	}
	if os.Getenv(inside) == "" {
		os.Exit(again())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, s); err != nil {
		fmt.Fprintln(os.Stderr, "powercut:", err)
		os.Exit(1)
	}
}

// missing says what this program needs and is not here; "" when all is.
func missing() string {
	fuse, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		return fmt.Sprintf("power cuts need FUSE, which is not to be had here (%v)", err)
	}
	_ = fuse.Close()
	return ""
}

const inside = "POWERCUT_INSIDE"

// again runs this program in a mount name space of its own: however it ends, its
// mounts end with it. Who is not root becomes root of a user name space for that.
func again() int {
	self, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, "powercut:", err)
		return 1
	}
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGTERM}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if err := cmd.Start(); err != nil {
		fmt.Printf("SKIPPED: power cuts need a mount name space, which is not to be had here (%v)\n", err)
		return 0
	}
	go func() {
		for range signals {
			_ = cmd.Process.Signal(syscall.SIGTERM)
		}
	}()
	_ = cmd.Wait()
	return max(cmd.ProcessState.ExitCode(), -1) & 0xff
}

func run(ctx context.Context, s settings) (err error) {
	dir, err := os.MkdirTemp("", "provost-powercut-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	product, chaotic := filepath.Join(dir, "provost"), filepath.Join(dir, "provost-chaos")
	if err := build(ctx, s.source, product); err != nil {
		return err
	}
	if err := build(ctx, s.source, chaotic, "-tags", "chaos"); err != nil {
		return err
	}
	fmt.Printf("seed %d, %d clients, a sync takes %v\n\n%s\n", s.seed, s.workers, s.syncTime, heading)
	full := newTrial(s, dir, product, "FULL")
	if err := full.run(ctx, s.cuts); err != nil {
		return err
	}
	fmt.Println(full.tally)
	var faults []error
	if full.tally.lost > 0 || full.tally.broken > 0 {
		faults = append(faults, fmt.Errorf("with synchronous=FULL acknowledged writes were lost, or a database was broken: %v", full.complaints))
	}
	if full.tally.acknowledged == 0 {
		faults = append(faults, errors.New("nothing was acknowledged that could have been lost"))
	}
	for _, synchronous := range []string{"NORMAL", "OFF"} {
		control := newTrial(s, dir, chaotic, synchronous, "CHAOS_SYNCHRONOUS="+synchronous)
		if err := control.run(ctx, s.control); err != nil {
			return err
		}
		fmt.Println(control.tally)
		if control.tally.lost == 0 {
			faults = append(faults, fmt.Errorf("with synchronous=%s nothing was lost: these power cuts show nothing", synchronous))
		}
		if synchronous == "NORMAL" && control.tally.broken > 0 {
			faults = append(faults, fmt.Errorf("with synchronous=NORMAL, which keeps a database whole, one was broken: this disk forgets what no disk does: %v", control.complaints))
		}
	}
	if len(faults) == 0 {
		fmt.Printf("\nNo acknowledged write was lost in %d cuts: at 95 %% less than %.1f %% of cuts lose any. The controls lost some, as they must.\n", full.tally.cuts, 300/float64(full.tally.cuts))
	}
	return errors.Join(faults...)
}

func build(ctx context.Context, source, to string, flags ...string) error {
	cmd := exec.CommandContext(ctx, "go", append(append([]string{"build"}, flags...), "-o", to, "./cmd/provost")...)
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build provost: %w\n%s", err, out)
	}
	return nil
}
