package storetest

import (
	"context"
	"testing"

	"provost/internal/commerce"
)

var importPromises = []promise{
	{"an import comes back whole, and its world is being imported until it ends", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld), newWorld("World-2"))
		i := commerce.Import{
			World: theWorld, Line: 7, Digest: "0123", Tenants: map[string]string{"a": "b"},
			Promised: map[string]int64{"order": 9}, Entered: map[string]int64{"order": 1}, Awaited: map[string]int64{"c/s": 5},
		}
		for _, line := range []int64{7, 8} {
			i.Line = line
			write(t, s, func(ctx context.Context, tx commerce.Tx) error { return tx.Imports().Put(ctx, i) })
			kept := read(t, s, func(ctx context.Context, tx commerce.Tx) (commerce.Import, error) {
				return tx.Imports().Of(ctx, "WORLD-1")
			})
			same(t, "import", kept, i)
		}
		insertDue(t, s, commerce.Due{World: theWorld, At: noon})
		first := func(ctx context.Context, tx commerce.Tx) ([]commerce.FirstDue, error) { return tx.Due().First(ctx) }
		if !worldByID(t, s, theWorld).Importing || worldByID(t, s, "World-2").Importing || len(read(t, s, first)) != 0 {
			t.Error("while it is imported, a world says so, it alone, and nothing in it is due")
		}
		write(t, s, func(ctx context.Context, tx commerce.Tx) error { return tx.Imports().Remove(ctx, "WORLD-1") })
		missing(t, s, "import", func(ctx context.Context, tx commerce.Tx) (any, error) { return tx.Imports().Of(ctx, theWorld) })
		refused(t, s, commerce.ErrMissing, func(ctx context.Context, tx commerce.Tx) error { return tx.Imports().Remove(ctx, theWorld) })
		if worldByID(t, s, theWorld).Importing || len(read(t, s, first)) != 1 {
			t.Error("once its import has ended, a world is like any other")
		}
	}},
	{"a world is removed with all that is in it, and no other", func(t *testing.T, s commerce.Store) {
		for _, world := range []string{theWorld, "World-2"} {
			rows, _ := manyIn(world, world)
			insert(t, s, rows...)
			write(t, s, func(ctx context.Context, tx commerce.Tx) error {
				return tx.Imports().Put(ctx, commerce.Import{World: world})
			})
		}
		write(t, s, func(ctx context.Context, tx commerce.Tx) error { return tx.Worlds().Remove(ctx, "WORLD-1") })
		same(t, "worlds", worldNames(t, s), []string{"World-2"})
		err := s.Read(t.Context(), func(tx commerce.Tx) error {
			for noun, rows := range allOf(tx, "World-2") {
				if _, count, err := rows(t.Context()); err != nil || count != 5 {
					t.Errorf("%d %s are left, %v", count, noun, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		insert(t, s, newWorld(theWorld))
		rows, _ := manyIn(theWorld, theWorld)
		insert(t, s, rows[1:]...)
		refused(t, s, commerce.ErrMissing, func(ctx context.Context, tx commerce.Tx) error { return tx.Worlds().Remove(ctx, "none") })
	}},
}
