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

// report prints the table, and puts it into a page when it is told which.
func report(s settings, results []result) error {
	var text bytes.Buffer
	fmt.Fprintf(&text, "| work | subscriptions | floor, µs | Provost, µs | ratio | at most | throughput, of the floor's | p99, of the floor's |\n")
	fmt.Fprintf(&text, "|---|---|---|---|---|---|---|---|\n")
	for _, r := range results {
		fmt.Fprintf(&text, "| %s | %d | %.1f | %.1f | %.2f | %.2f | %.2f | %.2f |\n",
			r.name, r.shop, r.floor/1e3, r.provost/1e3, r.ratio, r.target, r.rateRatio, r.slows)
	}
	fmt.Fprintf(&text, "\nMedians of %d rounds of %s for each server in turn; wrk with one thread and %d connections; access log off, throttle off, each server with GOMAXPROCS=1.\n",
		s.rounds, s.round, s.connections)
	fmt.Fprintf(&text, "%s; %s.\n", machine(), strings.TrimPrefix(runtime.Version(), "go"))
	fmt.Print(text.String())
	if s.report == "" {
		return nil
	}
	page, err := os.ReadFile(s.report)
	if err != nil {
		return err
	}
	before, rest, begins := bytes.Cut(page, []byte(measuredBegin))
	_, after, ends := bytes.Cut(rest, []byte(measuredEnd))
	if !begins || !ends {
		return fmt.Errorf("%s has no place for the table: lines %s and %s", s.report, measuredBegin, measuredEnd)
	}
	page = slices.Concat(before, []byte(measuredBegin+"\n\n"), text.Bytes(), []byte("\n"+measuredEnd), after)
	return os.WriteFile(s.report, page, 0o644)
}

// Between these the page holds what was measured last; the rest of it is by
// hand.
const (
	measuredBegin = "<!-- measured -->"
	measuredEnd   = "<!-- end of what was measured -->"
)

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
	return fmt.Sprintf("%d cores of %s, %s", runtime.NumCPU(), model, strings.TrimSpace(string(kernel)))
}
