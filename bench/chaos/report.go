package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// shownLosses is how many of a kind are told in full.
const shownLosses = 5

// report tells what was done, what was kept, and what was lost.
func (t *trial) report(f *faults, took time.Duration, w *world, losses []loss) {
	tally := t.load.ledger.tally()
	ends := 0
	for _, s := range t.servers {
		ends += s.ends
	}
	t.say("%s, in %v; servers ended by themselves %d times", f, took.Round(time.Second), ends)
	t.say("%d writes acknowledged, %d refused, %d given up without an answer; %d attempts: %d without an answer, of which %d with 503",
		tally.acknowledged, tally.refused, tally.unknown, tally.attempts, tally.doubts, tally.unavailable)
	t.say("kept: %d orders, %d subscriptions, %d changes, %d events, %d audit records", len(w.orders), len(w.subscriptions), len(w.changes), len(w.events), len(w.audits))
	of := map[string][]string{}
	for _, l := range losses {
		of[l.what] = append(of[l.what], l.detail)
	}
	for _, what := range slices.Sorted(maps.Keys(of)) {
		t.say("%s: %d", what, len(of[what]))
		for _, detail := range of[what][:min(len(of[what]), shownLosses)] {
			t.say("  %s", detail)
		}
	}
	for what, times := range t.load.ledger.broken {
		t.say("answered %d times: %.300s", times, what)
	}
	if late := t.load.ledger.late; late > 0 {
		t.say("%d writes were not answered within %v after the faults had ended", late, patience)
	}
	if bugs := t.bugs(); bugs > 0 {
		t.say("%d panics are in the servers' logs", bugs)
	}
	t.say("losses: %d", len(losses))
	if err := t.keepLedger(); err != nil {
		t.say("keep the ledger: %v", err)
	}
}

// keepLedger writes down what the clients know, beside the export.
func (t *trial) keepLedger() error {
	file, err := os.Create(filepath.Join(t.dir, "ledger.jsonl"))
	if err != nil {
		return err
	}
	defer file.Close()
	to := json.NewEncoder(file)
	for _, e := range t.load.ledger.all() {
		if err := to.Encode(e); err != nil {
			return err
		}
	}
	return nil
}
