package storetest

import (
	"context"
	"testing"
	"time"

	"provost/internal/commerce"
)

func take(t *testing.T, s commerce.Store, holder string, now time.Time) int64 {
	t.Helper()
	var epoch int64
	write(t, s, func(ctx context.Context, tx commerce.Tx) (err error) {
		epoch, err = tx.Leases().Take(ctx, theWorld, holder, now, now.Add(time.Minute))
		return err
	})
	return epoch
}

func renew(epoch int64, until time.Time) func(context.Context, commerce.Tx) error {
	return func(ctx context.Context, tx commerce.Tx) error { return tx.Leases().Renew(ctx, theWorld, epoch, until) }
}

var leasePromises = []promise{
	{"a lease has one holder until it lapses", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld))
		first := take(t, s, "holder-1", noon)
		refused(t, s, commerce.ErrTaken, func(ctx context.Context, tx commerce.Tx) error {
			_, err := tx.Leases().Take(ctx, "WORLD-1", "holder-2", noon.Add(time.Minute-100), noon.Add(time.Hour))
			return err
		})
		write(t, s, renew(first, noon.Add(2*time.Minute)))
		refused(t, s, commerce.ErrTaken, func(ctx context.Context, tx commerce.Tx) error {
			_, err := tx.Leases().Take(ctx, theWorld, "holder-2", noon.Add(time.Minute), noon.Add(time.Hour))
			return err
		})
		second := take(t, s, "holder-2", noon.Add(2*time.Minute))
		if second <= first {
			t.Errorf("epoch %d after %d", second, first)
		}
		refused(t, s, commerce.ErrMissing, renew(first, noon.Add(time.Hour)))
	}},
	{"a holder that takes its lease again is another runner", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld))
		first := take(t, s, "holder-1", noon)
		take(t, s, "holder-1", noon)
		refused(t, s, commerce.ErrMissing, renew(first, noon.Add(time.Hour)))
	}},
}
