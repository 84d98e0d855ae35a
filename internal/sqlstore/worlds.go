package sqlstore

import (
	"context"
	"time"

	"provost/internal/commerce"
)

type worlds struct{ *tx }

const selectWorlds = `SELECT COALESCE(world_cased, world), name, kind, created_at, clock_offset, frozen_at, refresh_interval, mfa, mfa_share
	FROM worlds `

func (t worlds) Insert(ctx context.Context, w commerce.World) error {
	return t.insert(ctx, "insert world",
		`INSERT INTO worlds (world, world_cased, name, kind, created_at, clock_offset, frozen_at, refresh_interval, mfa, mfa_share)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
		fold(w.ID), cased(w.ID), w.Name, string(w.Kind), instant{w.CreatedAt}, int64(w.Clock.Offset),
		perhaps(w.Clock.FrozenAt), int64(w.Settings.RefreshInterval), string(w.Settings.MFA), w.Settings.MFAShare)
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
	return t.update(ctx, "update world",
		`UPDATE worlds SET refresh_interval = $1, mfa = $2, mfa_share = $3 WHERE world = $4`,
		int64(s.RefreshInterval), string(s.MFA), s.MFAShare, fold(id))
}

func readWorld(row rows) (commerce.World, error) {
	var (
		w        commerce.World
		created  instant
		frozen   *instant
		offset   int64
		interval int64
	)
	err := row.Scan(&w.ID, &w.Name, &w.Kind, &created, &offset, &frozen, &interval, &w.Settings.MFA, &w.Settings.MFAShare)
	w.CreatedAt = created.Time
	w.Clock = commerce.Clock{Offset: time.Duration(offset), FrozenAt: frozen.pointer()}
	w.Settings.RefreshInterval = time.Duration(interval)
	return w, err
}
