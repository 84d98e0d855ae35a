package storetest

import (
	"context"
	"testing"
	"time"

	"provost/internal/commerce"
)

// brief is a read of one question.
func brief(ctx context.Context, s commerce.Store, fn func(tx commerce.Tx) error) error {
	return s.Read(commerce.Brief(ctx), fn)
}

var briefPromises = []promise{
	{"a brief read finds what others find, and knows the time", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		var found commerce.World
		var now, before time.Time
		before = read(t, s, func(ctx context.Context, tx commerce.Tx) (time.Time, error) { return tx.RealTime(ctx) })
		err := brief(t.Context(), s, func(tx commerce.Tx) (err error) {
			if found, err = tx.Worlds().ByID(t.Context(), theWorld); err == nil {
				now, err = tx.RealTime(t.Context())
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		same(t, "world", found, read(t, s, func(ctx context.Context, tx commerce.Tx) (commerce.World, error) {
			return tx.Worlds().ByID(ctx, theWorld)
		}))
		if now.Before(before) || now.Sub(before) > time.Minute {
			t.Errorf("it is %v, and was %v just before", now, before)
		}
	}},
	{"a brief read asks once, and writes nothing", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld))
		for what, second := range map[string]func(commerce.Tx) error{
			"another question": func(tx commerce.Tx) error { _, err := tx.Worlds().List(t.Context()); return err },
			"a write":          func(tx commerce.Tx) error { return add(t.Context(), tx, newWorld("World-2")) },
		} {
			for _, given := range []bool{true, false} {
				err := brief(t.Context(), s, func(tx commerce.Tx) error {
					if _, err := tx.Worlds().ByID(t.Context(), theWorld); err != nil {
						return err
					}
					if err := second(tx); given {
						return err
					}
					return nil
				})
				if err == nil {
					t.Errorf("%s is let through", what)
				}
			}
		}
		same(t, "worlds", worldNames(t, s), []string{theWorld})
	}},
	{"what a brief read finds is of one state", func(t *testing.T, s commerce.Store) {
		one := newSubscription("Subscription-1", noon)
		one.Provisioning = newProvisioning()
		one.Provisioning.Provisioned.Quantity = 0
		insert(t, s, append(shop(), one)...)
		const writes, reading = 200, 4
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		ended := make(chan int, reading)
		for range reading {
			go func() {
				torn := 0
				for ctx.Err() == nil {
					err := brief(t.Context(), s, func(tx commerce.Tx) error {
						found, err := tx.Subscriptions().ProvisioningIn(t.Context(), theWorld, theCustomer, "Subscription-1")
						if err == nil && int(found.Clock.Offset) != found.Provisioned.Quantity {
							torn++
						}
						return err
					})
					if err != nil {
						t.Errorf("read: %v", err)
						break
					}
				}
				ended <- torn
			}()
		}
		for n := range writes {
			write(t, s, func(ctx context.Context, tx commerce.Tx) error {
				next := one
				next.Version, next.Provisioning = int64(n+2), new(*one.Provisioning)
				next.Provisioning.Provisioned.Quantity = n + 1
				if err := tx.Worlds().SetClock(ctx, theWorld, commerce.Clock{Offset: time.Duration(n + 1)}); err != nil {
					return err
				}
				return tx.Subscriptions().Update(ctx, next, int64(n+1))
			})
		}
		stop()
		for range reading {
			if torn := <-ended; torn > 0 {
				t.Errorf("%d answers are made of two states", torn)
			}
		}
	}},
}
