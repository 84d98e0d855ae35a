package sqlstore

import (
	"context"
	"errors"
	"time"

	"provost/internal/commerce"
)

type leases struct{ *tx }

func (t leases) Take(ctx context.Context, world, holder string, now, until time.Time) (int64, error) {
	epoch, err := one(ctx, t.tx, "take lease", value[int64],
		`INSERT INTO leases (world, holder, epoch, until) VALUES ($1, $2, 1, $3)
		ON CONFLICT (world) DO UPDATE SET holder = excluded.holder, epoch = leases.epoch + 1, until = excluded.until
			WHERE leases.until <= $4 OR leases.holder = excluded.holder
		RETURNING epoch`, fold(world), holder, instant{until}, instant{now})
	if errors.Is(err, commerce.ErrMissing) {
		return 0, commerce.ErrTaken
	}
	return epoch, err
}

func (t leases) Renew(ctx context.Context, world string, epoch int64, until time.Time) error {
	return t.update(ctx, "renew lease", `UPDATE leases SET until = $1 WHERE world = $2 AND epoch = $3`, instant{until}, fold(world), epoch)
}
