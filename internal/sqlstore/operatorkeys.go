package sqlstore

import (
	"context"
	"math"
	"time"

	"provost/internal/commerce"
)

type operatorKeys struct{ *tx }

const selectOperatorKeys = `SELECT key_id, COALESCE(name_cased, name), hash, created_at, created_by, last_used_at, revoked_at
	FROM operator_keys `

func (t operatorKeys) Insert(ctx context.Context, k commerce.OperatorKey) error {
	return t.insert(ctx, "insert operator key",
		`INSERT INTO operator_keys (key_id, name, name_cased, hash, created_at, created_by, last_used_at, revoked_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
		fold(k.ID), fold(k.Name), cased(k.Name), k.Hash, instant{k.CreatedAt}, k.CreatedBy, perhaps(k.LastUsedAt), perhaps(k.RevokedAt))
}

func (t operatorKeys) ByID(ctx context.Context, id string) (commerce.OperatorKey, error) {
	return one(ctx, t.tx, "find operator key", readOperatorKey, selectOperatorKeys+"WHERE key_id = $1", fold(id))
}

func (t operatorKeys) ByName(ctx context.Context, name string) (commerce.OperatorKey, error) {
	return one(ctx, t.tx, "find operator key by name", readOperatorKey, selectOperatorKeys+"WHERE name = $1", fold(name))
}

func (t operatorKeys) List(ctx context.Context) ([]commerce.OperatorKey, error) {
	return collect(ctx, t.tx, "list operator keys", readOperatorKey, selectOperatorKeys+"ORDER BY created_at, name")
}

func (t operatorKeys) Page(ctx context.Context, after *commerce.Cursor, limit int) ([]commerce.OperatorKey, error) {
	place := []any{int64(math.MinInt64), ""}
	if after != nil {
		place = []any{instant{after.CreatedAt}, fold(after.ID)}
	}
	return collect(ctx, t.tx, "list a page of operator keys", readOperatorKey,
		selectOperatorKeys+"WHERE (created_at, name) > ($1, $2) ORDER BY created_at, name LIMIT $3", place[0], place[1], limit)
}

func (t operatorKeys) Use(ctx context.Context, id string, at time.Time) error {
	_, err := t.change(ctx, "note the use of an operator key",
		`UPDATE operator_keys SET last_used_at = $1 WHERE key_id = $2`, instant{at}, fold(id))
	return err
}

func (t operatorKeys) Revoke(ctx context.Context, id string, at time.Time) error {
	_, err := t.change(ctx, "revoke operator key",
		`UPDATE operator_keys SET revoked_at = $1 WHERE key_id = $2 AND revoked_at IS NULL`, instant{at}, fold(id))
	return err
}

func readOperatorKey(row rows) (commerce.OperatorKey, error) {
	var (
		k             commerce.OperatorKey
		created       instant
		used, revoked *instant
	)
	err := row.Scan(&k.ID, &k.Name, &k.Hash, &created, &k.CreatedBy, &used, &revoked)
	k.CreatedAt, k.LastUsedAt, k.RevokedAt = created.Time, used.pointer(), revoked.pointer()
	return k, err
}
