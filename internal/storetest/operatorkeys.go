package storetest

import (
	"context"
	"testing"
	"time"

	"provost/internal/commerce"
)

func newOperatorKey(id, name string) commerce.OperatorKey {
	return commerce.OperatorKey{ID: id, Name: name, Hash: "a hash of " + id, CreatedAt: noon, CreatedBy: "Ann"}
}

func operatorKeys(t *testing.T, s commerce.Store) []commerce.OperatorKey {
	t.Helper()
	return read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.OperatorKey, error) {
		return tx.OperatorKeys().List(ctx)
	})
}

var operatorKeyPromises = []promise{
	{"an operator key comes back whole, by id and by name, whatever the case", func(t *testing.T, s commerce.Store) {
		used := newOperatorKey("aa01", "CI")
		used.LastUsedAt, used.RevokedAt = after(time.Hour), after(2*time.Hour)
		write(t, s, func(ctx context.Context, tx commerce.Tx) error { return tx.OperatorKeys().Insert(ctx, used) })
		for _, find := range []func(context.Context, commerce.OperatorKeyTable) (commerce.OperatorKey, error){
			func(ctx context.Context, keys commerce.OperatorKeyTable) (commerce.OperatorKey, error) {
				return keys.ByID(ctx, "AA01")
			},
			func(ctx context.Context, keys commerce.OperatorKeyTable) (commerce.OperatorKey, error) {
				return keys.ByName(ctx, "ci")
			},
		} {
			same(t, "key", read(t, s, func(ctx context.Context, tx commerce.Tx) (commerce.OperatorKey, error) {
				return find(ctx, tx.OperatorKeys())
			}), used)
		}
		missing(t, s, "id", func(ctx context.Context, tx commerce.Tx) (any, error) { return tx.OperatorKeys().ByID(ctx, "none") })
		missing(t, s, "name", func(ctx context.Context, tx commerce.Tx) (any, error) { return tx.OperatorKeys().ByName(ctx, "none") })
	}},
	{"an operator key's id and name are its own", func(t *testing.T, s commerce.Store) {
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			return tx.OperatorKeys().Insert(ctx, newOperatorKey("aa01", "ci"))
		})
		for _, k := range []commerce.OperatorKey{newOperatorKey("AA01", "other"), newOperatorKey("aa02", "CI")} {
			refused(t, s, commerce.ErrTaken, func(ctx context.Context, tx commerce.Tx) error { return tx.OperatorKeys().Insert(ctx, k) })
		}
	}},
	{"operator keys come by creation, then name, at once and page by page", func(t *testing.T, s commerce.Store) {
		late, early, same1 := newOperatorKey("aa01", "a"), newOperatorKey("aa02", "c"), newOperatorKey("aa03", "b")
		late.CreatedAt = noon.Add(time.Hour)
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			for _, k := range []commerce.OperatorKey{late, early, same1} {
				if err := tx.OperatorKeys().Insert(ctx, k); err != nil {
					return err
				}
			}
			return nil
		})
		same(t, "names", each(operatorKeys(t, s), func(k commerce.OperatorKey) string { return k.Name }), []string{"b", "c", "a"})
		paged(t, []commerce.OperatorKey{same1, early, late}, func(ctx context.Context, tx commerce.Tx, after *commerce.OperatorKey, limit int) ([]commerce.OperatorKey, error) {
			if after == nil {
				return tx.OperatorKeys().Page(ctx, nil, limit)
			}
			return tx.OperatorKeys().Page(ctx, &commerce.Cursor{CreatedAt: after.CreatedAt, ID: after.Name}, limit)
		}, s)
	}},
	{"an operator key keeps its last use, and its first revocation", func(t *testing.T, s commerce.Store) {
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			keys := tx.OperatorKeys()
			if err := keys.Insert(ctx, newOperatorKey("aa01", "ci")); err != nil {
				return err
			}
			for hours := 1; hours <= 2; hours++ {
				at := noon.Add(time.Duration(hours) * time.Hour)
				if err := keys.Use(ctx, "AA01", at); err != nil {
					return err
				}
				if err := keys.Revoke(ctx, "AA01", at); err != nil {
					return err
				}
			}
			return nil
		})
		want := newOperatorKey("aa01", "ci")
		want.LastUsedAt, want.RevokedAt = after(2*time.Hour), after(time.Hour)
		same(t, "keys", operatorKeys(t, s), []commerce.OperatorKey{want})
	}},
}
