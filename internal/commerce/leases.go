package commerce

import (
	"context"
	"time"
)

// LeaseTable keeps who runs what is due in a world, in real time. A runner that
// lost its lease finds out in the transaction in which it renews it.
type LeaseTable interface {
	// Take gives the lease to a holder if nobody else holds it at that instant
	// (else ErrTaken), and says under which epoch.
	Take(ctx context.Context, world, holder string, now, until time.Time) (epoch int64, err error)
	// Renew holds on to the lease; one that was taken meanwhile is ErrMissing.
	Renew(ctx context.Context, world string, epoch int64, until time.Time) error
}
