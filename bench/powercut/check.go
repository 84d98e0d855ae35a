package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	_ "modernc.org/sqlite"

	"provost/bench/powercut/disk"
)

// verdict is what a look at the server says about the ledger.
type verdict struct {
	lost       int
	complaints []string
}

func (v *verdict) say(lost int, text string, args ...any) {
	v.lost += lost
	v.complaints = append(v.complaints, fmt.Sprintf(text, args...))
}

// judge holds what is there to what was acknowledged: all of it is there, and
// nothing that nobody asked for.
func (l *ledger) judge(f found) verdict {
	l.mu.Lock()
	defer l.mu.Unlock()
	var v verdict
	if l.before == nil {
		l.before = f.orders
		return v
	}
	extra := 0
	for id := range l.orders {
		if !f.orders[id] {
			v.say(1, "order %s was acknowledged and is not there", id)
		}
	}
	for id := range l.before {
		if !f.orders[id] {
			v.say(1, "order %s was there from the start and is not there", id)
		}
	}
	for id := range f.orders {
		if !l.orders[id] && !l.before[id] {
			extra++
		}
	}
	if most := l.awaited(ordering, ""); extra > most {
		v.say(1, "%d orders are there that no answer named, and %d answers did not come", extra, most)
	}
	for id, name := range l.names {
		var has int
		_, _ = fmt.Sscanf(f.subscriptions[id].FriendlyName, "Name %d", &has) // another name is none of ours
		l.compare(&v, renaming, id, name.last, has)
	}
	for id, seats := range l.seats {
		l.compare(&v, seating, id, seats.last, max(f.subscriptions[id].Quantity-boughtSeats, 0))
	}
	if f.clock.Before(l.clock) {
		v.say(1, "the clock was at %v and is at %v", l.clock, f.clock)
	}
	return v
}

func (l *ledger) compare(v *verdict, of kind, id string, told, has int) {
	what := map[kind]string{renaming: "name", seating: "seat"}[of]
	switch {
	case has < told:
		v.say(told-has, "subscription %s has %s %d and was told %d", id, what, has, told)
	case has > told+l.awaited(of, id):
		v.say(1, "subscription %s has %s %d, which nobody told it: %d", id, what, has, told)
	}
}

const databaseFile = "provost.db"

// intact says whether SQLite finds the database whole that is left on a disk.
func intact(ctx context.Context, d *disk.Disk, dir string) (err error) {
	copied, err := os.MkdirTemp(dir, "copy-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(copied)) }()
	for _, suffix := range []string{"", "-wal", "-journal"} {
		content, err := d.Content(dataDir, databaseFile+suffix)
		if errors.Is(err, syscall.ENOENT) {
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(copied, databaseFile+suffix), content, 0o600)
		}
		if err != nil {
			return err
		}
	}
	db, err := sql.Open("sqlite", filepath.Join(copied, databaseFile))
	if err != nil {
		return err
	}
	defer db.Close()
	var said string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check").Scan(&said); err != nil {
		return fmt.Errorf("integrity_check: %w", err)
	}
	if said != "ok" {
		return fmt.Errorf("integrity_check says %s", said)
	}
	rows, err := db.QueryContext(ctx, "PRAGMA foreign_key_check")
	if err != nil {
		return err
	}
	defer rows.Close()
	if rows.Next() {
		return errors.New("foreign_key_check finds rows without what they refer to")
	}
	return rows.Err()
}
