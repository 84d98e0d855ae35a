package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
)

// report prints the tables, and puts them into a page when it is told which.
func report(s settings, results []result, shops []shopResult, seats []seatResult, settles []settlesResult) error {
	var page []byte
	var err error
	if s.report != "" {
		if page, err = os.ReadFile(s.report); err != nil {
			return err
		}
	}
	for _, table := range []struct {
		name string
		rows int
		text string
	}{
		{"measured", len(results), readsTable(s, results)},
		{"measured of shops", len(shops), shopsTable(shops)},
		{"measured of writes", len(seats), seatsTable(s, seats)},
		{"measured of settles", len(settles), settlesTable(settles)},
	} {
		if table.rows == 0 {
			continue
		}
		fmt.Println(table.text)
		if s.report == "" {
			continue
		}
		if page, err = replace(page, table.name, table.text); err != nil {
			return fmt.Errorf("%s: %w", s.report, err)
		}
	}
	if s.report == "" {
		return nil
	}
	return os.WriteFile(s.report, page, 0o644)
}

func readsTable(s settings, results []result) string {
	var text strings.Builder
	fmt.Fprintf(&text, "| work | subscriptions | floor, µs | Provost, µs | ratio | at most | throughput, of the floor's | p99, of the floor's |\n")
	fmt.Fprintf(&text, "|---|---|---|---|---|---|---|---|\n")
	for _, r := range results {
		fmt.Fprintf(&text, "| %s | %d | %.1f | %.1f | %.2f of %s | %.2f | %.2f | %.2f |\n",
			r.name, r.shop, r.floor/1e3, r.provost/1e3, r.ratio, r.of(), r.target, r.rateRatio, r.slows)
	}
	fmt.Fprintf(&text, "\nMedians of %d rounds of %s for each server in turn; wrk with one thread and %d connections; access log off, throttle off, each server with GOMAXPROCS=1. %s\n",
		s.rounds, s.round, s.connections, disturbances(results))
	return text.String() + machine()
}

func (r shopResult) line() string {
	return fmt.Sprintf("first answer %d ms after the start, %d MB resident at rest, %d MB after the reads", r.answered.Milliseconds(), r.rested>>20, r.worked>>20)
}

// largest is from how many subscriptions on a shop may take the memory of a large one.
const largest = 1_000_000

func shopsTable(shops []shopResult) string {
	var text strings.Builder
	fmt.Fprintf(&text, "| subscriptions | first answer, ms | at most | at rest, MB | at most | after the reads, MB | at most |\n")
	fmt.Fprintf(&text, "|---|---|---|---|---|---|---|\n")
	for _, r := range shops {
		rested, worked := "40", ""
		if r.subscriptions >= largest {
			rested, worked = "", "150"
		}
		fmt.Fprintf(&text, "| %d | %d | 200 | %d | %s | %d | %s |\n", r.subscriptions, r.answered.Milliseconds(), r.rested>>20, rested, r.worked>>20, worked)
	}
	fmt.Fprintf(&text, "\nFrom the start of the process to the answer of `/readyz`; resident %s after the first token, and right after the reads.\n", settleTime)
	return text.String() + machine()
}

func seatsTable(s settings, seats []seatResult) string {
	var text strings.Builder
	fmt.Fprintf(&text, "| database | callers | bare, /s | Provost, /s | ratio | at least | CPU of Provost, µs | p99, ms |\n")
	fmt.Fprintf(&text, "|---|---|---|---|---|---|---|---|\n")
	for _, r := range seats {
		fmt.Fprintf(&text, "| %s | %d | %.0f | %.0f | %.2f | %.2f | %.0f | %.1f |\n",
			r.database, r.callers, r.bare, r.provost, r.ratio(), r.target, r.cpu/1e3, float64(r.p99)/1e6)
	}
	fmt.Fprintf(&text, "\nMedians of %d rounds of %s in turn, in a shop of %d subscriptions; wrk with one thread on the same machine; access log off, throttle off.\n",
		s.rounds, s.round, s.seats)
	return text.String() + machine()
}

func settlesTable(settles []settlesResult) string {
	var text strings.Builder
	fmt.Fprintf(&text, "| settles | took, s | at most | reads before, /s | meanwhile | p99 before, ms | meanwhile | at most | CPU with the reads, s |\n")
	fmt.Fprintf(&text, "|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range settles {
		fmt.Fprintf(&text, "| %d | %.1f | 5 | %.0f | %.0f | %.1f | %.1f | twice | %.1f |\n", r.changes, r.took.Seconds(), r.before.rate, r.meanwhile.rate,
			float64(r.before.p99)/1e6, float64(r.meanwhile.p99)/1e6, (r.cpuAfter - r.cpuBefore).Seconds())
	}
	fmt.Fprintf(&text, "\nOne run; wrk with one thread on the same machine offers half of what it got without pauses; access log off, throttle off.\n")
	return text.String() + machine()
}

// replace puts a table between the page's lines for it; the rest of the page is
// by hand.
func replace(page []byte, name, text string) ([]byte, error) {
	begin, end := "<!-- "+name+" -->", "<!-- end of what was "+name+" -->"
	before, rest, begins := bytes.Cut(page, []byte(begin))
	_, after, ends := bytes.Cut(rest, []byte(end))
	if !begins || !ends {
		return nil, fmt.Errorf("it has no place for the table: lines %s and %s", begin, end)
	}
	return slices.Concat(before, []byte(begin+"\n\n"+text+"\n"+end), after), nil
}

func machine() string {
	model := "a processor without a name"
	if content, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(content)) {
			if name, found := strings.CutPrefix(line, "model name"); found {
				model = strings.TrimSpace(strings.TrimLeft(name, "\t :"))
				break
			}
		}
	}
	kernel, _ := exec.Command("uname", "-sr").Output() // a table without it is still one
	return fmt.Sprintf("%d cores of %s, %s; %s.\n", runtime.NumCPU(), model, strings.TrimSpace(string(kernel)), strings.TrimPrefix(runtime.Version(), "go"))
}
