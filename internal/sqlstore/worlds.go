package sqlstore

import (
	"context"
	"time"

	"provost/internal/commerce"
)

type worlds struct{ *tx }

const selectWorlds = `SELECT COALESCE(world_cased, world), name, kind, created_at, clock_offset, frozen_at, settings,
	EXISTS (SELECT 1 FROM imports i WHERE i.world = worlds.world) FROM worlds `

func (t worlds) Insert(ctx context.Context, w commerce.World) error {
	return t.insert(ctx, "insert world",
		`INSERT INTO worlds (world, world_cased, name, kind, created_at, clock_offset, frozen_at, settings)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
		fold(w.ID), cased(w.ID), w.Name, string(w.Kind), instant{w.CreatedAt}, int64(w.Clock.Offset),
		perhaps(w.Clock.FrozenAt), document[commerce.WorldSettings]{&w.Settings})
}

func (t worlds) ByID(ctx context.Context, id string) (commerce.World, error) {
	return one(ctx, t.tx, "find world", readWorld, selectWorlds+"WHERE world = $1", fold(id))
}

func (t worlds) List(ctx context.Context) ([]commerce.World, error) {
	return collect(ctx, t.tx, "list worlds", readWorld, selectWorlds+"ORDER BY name, world")
}

func (t worlds) Page(ctx context.Context, after string, limit int) ([]commerce.World, error) {
	return collect(ctx, t.tx, "list worlds", readWorld,
		selectWorlds+"WHERE world > $1 ORDER BY world LIMIT $2", fold(after), limit)
}

func (t worlds) Update(ctx context.Context, id string, s commerce.WorldSettings) error {
	return t.update(ctx, "update world", `UPDATE worlds SET settings = $1 WHERE world = $2`,
		document[commerce.WorldSettings]{&s}, fold(id))
}

func (t worlds) SetClock(ctx context.Context, id string, c commerce.Clock) error {
	return t.update(ctx, "set clock", `UPDATE worlds SET clock_offset = $1, frozen_at = $2 WHERE world = $3`,
		int64(c.Offset), perhaps(c.FrozenAt), fold(id))
}

func (t worlds) Hold(ctx context.Context, id string) error {
	return t.update(ctx, "hold world", `UPDATE worlds SET name = name WHERE world = $1`, fold(id))
}

// ofAWorld are the tables that hold what is in a world, each before those that
// its rows name.
var ofAWorld = []string{
	"imports", "leases", "answers", "audit", "events", "due", "changes", "subscriptions", "orders", "carts", "agreements",
	"relationships", "directory_grants", "customers", "agent_grants", "mfa_calls", "refresh_tokens", "app_registrations", "accounts", "partners",
}

func (t worlds) Remove(ctx context.Context, id string) error {
	const what = "remove world"
	for _, table := range ofAWorld {
		if _, err := t.change(ctx, what, "DELETE FROM "+table+" WHERE world = $1", fold(id)); err != nil {
			return err
		}
	}
	return t.update(ctx, what, `DELETE FROM worlds WHERE world = $1`, fold(id))
}

func readWorld(row rows) (commerce.World, error) {
	var (
		w       commerce.World
		created instant
		frozen  *instant
		offset  int64
	)
	err := row.Scan(&w.ID, &w.Name, &w.Kind, &created, &offset, &frozen, document[commerce.WorldSettings]{&w.Settings}, &w.Importing)
	w.CreatedAt = created.Time
	w.Clock = commerce.Clock{Offset: time.Duration(offset), FrozenAt: frozen.pointer()}
	return w, err
}
