package storetest

import (
	"context"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
)

func worldByID(t *testing.T, s commerce.Store, id string) commerce.World {
	t.Helper()
	return read(t, s, func(ctx context.Context, tx commerce.Tx) (commerce.World, error) { return tx.Worlds().ByID(ctx, id) })
}

func worldNames(t *testing.T, s commerce.Store) []string {
	t.Helper()
	all := read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.World, error) { return tx.Worlds().List(ctx) })
	return each(all, func(w commerce.World) string { return w.ID })
}

var worldPromises = []promise{
	{"a world comes back whole", func(t *testing.T, s commerce.Store) {
		running := newWorld("World-1")
		running.Kind = commerce.Production
		running.Clock.Offset = 40*365*24*time.Hour + 7
		running.Settings = commerce.WorldSettings{RefreshInterval: 90 * time.Second, MFA: commerce.MFAReport, MFAShare: 25, Sandbox: true, AgreementRequired: true}
		frozen := newWorld("World-2")
		frozen.Clock.FrozenAt = after(time.Hour)
		frozen.Settings = commerce.WorldSettings{MFA: commerce.MFAOff}
		insert(t, s, running, frozen)
		same(t, "running", worldByID(t, s, "World-1"), running)
		same(t, "frozen", worldByID(t, s, "World-2"), frozen)
	}},
	{"worlds come by name", func(t *testing.T, s commerce.Store) {
		for id, name := range map[string]string{"World-1": "c", "World-2": "a", "World-3": "b", "World-4": "a"} {
			w := newWorld(id)
			w.Name = name
			insert(t, s, w)
		}
		same(t, "worlds", worldNames(t, s), []string{"World-2", "World-4", "World-3", "World-1"})
	}},
	{"a world's clock and settings are changed apart", func(t *testing.T, s commerce.Store) {
		world := newWorld(theWorld)
		insert(t, s, world)
		world.Clock = commerce.Clock{Offset: time.Hour, FrozenAt: after(time.Minute)}
		world.Settings.Simulator = map[string]string{"*": "never"}
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			if err := tx.Worlds().SetClock(ctx, "WORLD-1", world.Clock); err != nil {
				return err
			}
			return tx.Worlds().Update(ctx, "WORLD-1", world.Settings)
		})
		same(t, "world", worldByID(t, s, theWorld), world)
		refused(t, s, commerce.ErrMissing, func(ctx context.Context, tx commerce.Tx) error { return tx.Worlds().SetClock(ctx, "none", world.Clock) })
	}},
	{"worlds come page by page, by id", func(t *testing.T, s commerce.Store) {
		all := []commerce.World{newWorld("a"), newWorld("B"), newWorld("c")}
		all[0].Name = "z"
		insert(t, s, all[2], all[1], all[0])
		paged(t, all, func(ctx context.Context, tx commerce.Tx, after *commerce.World, limit int) ([]commerce.World, error) {
			if after == nil {
				return tx.Worlds().Page(ctx, "", limit)
			}
			return tx.Worlds().Page(ctx, strings.ToUpper(after.ID), limit)
		}, s)
	}},
	{"a world's settings change, and nothing else of it", func(t *testing.T, s commerce.Store) {
		changed, other := newWorld("World-1"), newWorld("World-2")
		insert(t, s, changed, other)
		changed.Settings = commerce.WorldSettings{RefreshInterval: 30 * time.Second, MFA: commerce.MFAReport, MFAShare: 7}
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			return tx.Worlds().Update(ctx, "WORLD-1", changed.Settings)
		})
		same(t, "changed", worldByID(t, s, "World-1"), changed)
		same(t, "the other", worldByID(t, s, "World-2"), other)
		refused(t, s, commerce.ErrMissing, func(ctx context.Context, tx commerce.Tx) error {
			return tx.Worlds().Update(ctx, "none", changed.Settings)
		})
	}},
	{"a world is held by one write at a time", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld))
		before := worldByID(t, s, theWorld)
		write(t, s, func(ctx context.Context, tx commerce.Tx) error { return tx.Worlds().Hold(ctx, "WORLD-1") })
		same(t, "world", worldByID(t, s, theWorld), before)
		refused(t, s, commerce.ErrMissing, func(ctx context.Context, tx commerce.Tx) error { return tx.Worlds().Hold(ctx, "none") })
	}},
}
