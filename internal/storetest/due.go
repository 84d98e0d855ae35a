package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"provost/internal/commerce"
)

func dueUntil(t *testing.T, s commerce.Store, world string, at time.Time, limit int) []commerce.Due {
	t.Helper()
	return read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.Due, error) {
		return tx.Due().Until(ctx, world, at, limit)
	})
}

func insertDue(t *testing.T, s commerce.Store, d commerce.Due) int64 {
	t.Helper()
	var id int64
	write(t, s, func(ctx context.Context, tx commerce.Tx) (err error) {
		id, err = tx.Due().Insert(ctx, d)
		return err
	})
	return id
}

func removeDue(t *testing.T, s commerce.Store, world string, id int64) bool {
	t.Helper()
	var was bool
	write(t, s, func(ctx context.Context, tx commerce.Tx) (err error) {
		was, err = tx.Due().Remove(ctx, world, id)
		return err
	})
	return was
}

func subjects(rows []commerce.Due) []string {
	return each(rows, func(d commerce.Due) string { return d.Subject })
}

var duePromises = []promise{
	{"a due row comes back whole", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld))
		want := commerce.Due{World: theWorld, At: noon, Kind: commerce.DueStep, Subject: "Change-1", Cause: "event-1"}
		bare := commerce.Due{World: theWorld, At: noon, Kind: "step", Subject: "Change-2"}
		want.ID, bare.ID = insertDue(t, s, want), insertDue(t, s, bare)
		same(t, "rows", dueUntil(t, s, theWorld, noon, 10), []commerce.Due{want, bare})
	}},
	{"due rows come by instant, then id", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld))
		for _, row := range []struct {
			subject string
			at      time.Duration
		}{{"z", 0}, {"later", 100}, {"y", 0}, {"past", -time.Hour}, {"x", 0}} {
			insert(t, s, commerce.Due{World: theWorld, At: noon.Add(row.at), Subject: row.subject})
		}
		same(t, "all", subjects(dueUntil(t, s, theWorld, noon.Add(100), 10)), []string{"past", "z", "y", "x", "later"})
		same(t, "until noon", subjects(dueUntil(t, s, theWorld, noon, 10)), []string{"past", "z", "y", "x"})
		same(t, "the first", subjects(dueUntil(t, s, theWorld, noon, 2)), []string{"past", "z"})
		same(t, "until a tick before noon", subjects(dueUntil(t, s, theWorld, noon.Add(-100), 10)), []string{"past"})
	}},
	{"a due row is removed once", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld), newWorld("World-2"))
		id := insertDue(t, s, commerce.Due{World: theWorld, At: noon})
		same(t, "in another world", removeDue(t, s, "World-2", id), false)
		same(t, "the first time", removeDue(t, s, "WORLD-1", id), true)
		same(t, "the second time", removeDue(t, s, theWorld, id), false)
		same(t, "rows", subjects(dueUntil(t, s, theWorld, noon, 10)), []string{})
	}},
	{"a due row has an id that no other ever had", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld))
		first := insertDue(t, s, commerce.Due{World: theWorld, At: noon})
		removeDue(t, s, theWorld, first)
		second := insertDue(t, s, commerce.Due{World: theWorld, At: noon})
		if second <= first {
			t.Errorf("after %d came %d", first, second)
		}
	}},
	{"many due rows come and go at once, in their order", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld), newWorld("World-2"))
		many, names := make([]commerce.Due, 137), make([]string, 137)
		for i := range many {
			names[i] = fmt.Sprint("Change-", i)
			many[i] = commerce.Due{World: theWorld, At: noon, Kind: commerce.DueStep, Subject: names[i], Cause: "event-1"}
		}
		write(t, s, func(ctx context.Context, tx commerce.Tx) error { return tx.Due().InsertAll(ctx, many) })
		rows := dueUntil(t, s, theWorld, noon, 1000)
		same(t, "rows", subjects(rows), names)
		many[0].ID = rows[0].ID
		same(t, "the first", rows[0], many[0])
		removeAll := func(world string, ids ...int64) (removed int) {
			write(t, s, func(ctx context.Context, tx commerce.Tx) (err error) {
				removed, err = tx.Due().RemoveAll(ctx, world, ids)
				return err
			})
			return removed
		}
		ids := each(rows, func(d commerce.Due) int64 { return d.ID })
		same(t, "removed of none", removeAll(theWorld), 0)
		same(t, "removed of another world's", removeAll("World-2", ids...), 0)
		same(t, "removed of most", removeAll("WORLD-1", ids[:135]...), 135)
		same(t, "removed of all", removeAll(theWorld, ids...), 2)
	}},
	{"a subject's due rows are found and removed by kind", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld), newWorld("World-2"))
		for _, d := range []commerce.Due{
			{World: theWorld, At: noon, Kind: commerce.DueVisible, Subject: "a"}, {World: theWorld, At: noon, Kind: commerce.DueVisible, Subject: "b"},
			{World: theWorld, At: noon, Kind: commerce.DueStep, Subject: "a"}, {World: "World-2", At: noon, Kind: commerce.DueVisible, Subject: "a"},
			{World: theWorld, At: *after(time.Hour), Kind: commerce.DueVisible, Subject: "a"},
		} {
			insertDue(t, s, d)
		}
		of := read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.Due, error) {
			return tx.Due().Of(ctx, "WORLD-1", commerce.DueVisible, "a")
		})
		same(t, "instants of the subject", each(of, func(d commerce.Due) time.Time { return d.At }), []time.Time{noon, *after(time.Hour)})
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			return tx.Due().RemoveOf(ctx, "WORLD-1", commerce.DueVisible, "a")
		})
		same(t, "rows", subjects(dueUntil(t, s, theWorld, *after(time.Hour), 10)), []string{"b", "a"})
		same(t, "of another world", subjects(dueUntil(t, s, "World-2", noon, 10)), []string{"a"})
	}},
	{"each world with something due tells when the first of it is", func(t *testing.T, s commerce.Store) {
		frozen := newWorld("World-2")
		frozen.Clock.FrozenAt = after(time.Minute)
		insert(t, s, newWorld(theWorld), frozen, newWorld("World-3"))
		insertDue(t, s, commerce.Due{World: theWorld, At: noon.Add(time.Hour)})
		insertDue(t, s, commerce.Due{World: theWorld, At: noon})
		insertDue(t, s, commerce.Due{World: "World-2", At: noon.Add(time.Hour)})
		first := read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.FirstDue, error) { return tx.Due().First(ctx) })
		same(t, "first", first, []commerce.FirstDue{
			{World: theWorld, At: after(0)}, {World: "World-2", Clock: frozen.Clock, At: after(time.Hour)},
		})
	}},
	{"due work that failed comes again at an instant of real time, and others meanwhile", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld), newWorld("World-2"))
		bad := insertDue(t, s, commerce.Due{World: theWorld, At: noon, Subject: "bad"})
		insertDue(t, s, commerce.Due{World: theWorld, At: *after(time.Minute), Subject: "good"})
		postpone := func(world string, failures int, retry time.Time) func(context.Context, commerce.Tx) error {
			return func(ctx context.Context, tx commerce.Tx) error {
				return tx.Due().Postpone(ctx, world, bad, failures, retry)
			}
		}
		ready := func(real time.Time, limit int) []string {
			return subjects(read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.Due, error) {
				return tx.Due().Ready(ctx, "WORLD-1", *after(time.Minute), real, limit)
			}))
		}
		same(t, "ready before", ready(noon, 1), []string{"bad"})
		refused(t, s, commerce.ErrMissing, postpone("World-2", 1, noon))
		write(t, s, postpone("WORLD-1", 3, *after(time.Hour)))
		same(t, "ready meanwhile", ready(after(time.Hour).Add(-100), 10), []string{"good"})
		same(t, "ready again", ready(*after(time.Hour), 10), []string{"bad", "good"})
		same(t, "failures", dueUntil(t, s, theWorld, noon, 10)[0].Failures, 3)
		failing := read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.FailingDue, error) { return tx.Due().Failing(ctx) })
		same(t, "failing", failing, []commerce.FailingDue{{World: theWorld, Rows: 1}})
		first := read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.FirstDue, error) { return tx.Due().First(ctx) })
		same(t, "first", first, []commerce.FirstDue{{World: theWorld, At: after(time.Minute), RetryAt: after(time.Hour)}})
		same(t, "removed", removeDue(t, s, theWorld, bad), true)
	}},
}
