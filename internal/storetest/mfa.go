package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"provost/internal/commerce"
)

func newMFACalls(user string) commerce.MFACalls {
	return commerce.MFACalls{
		World: theWorld, Partner: theProvider, App: "App-1", User: user, UPN: "Anna@Example.com", Route: "GET /v1/customers/{customer}",
		Calls: 5, Refused: 2, FirstSeen: noon, LastSeen: *after(time.Hour),
	}
}

func mfaCalls(t *testing.T, s commerce.Store, world string) []commerce.MFACalls {
	t.Helper()
	return read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.MFACalls, error) {
		return tx.MFACalls().List(ctx, world)
	})
}

func addMFACalls(t *testing.T, s commerce.Store, c commerce.MFACalls) {
	t.Helper()
	write(t, s, func(ctx context.Context, tx commerce.Tx) error { return tx.MFACalls().Add(ctx, c) })
}

var mfaPromises = []promise{
	{"calls without multifactor authentication come back whole, by app, user and route", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		first, second, third, fourth := newMFACalls("User-1"), newMFACalls("User-1"), newMFACalls("user-2"), newMFACalls("User-0")
		second.Route, second.UPN = "PATCH /v1/customers/{customer}", ""
		fourth.App = "App-2"
		others := commerce.MFACalls{World: theWorld, Partner: theReseller, Calls: 1, FirstSeen: noon, LastSeen: noon}
		insert(t, s, third, fourth, second, first, others)
		same(t, "calls", mfaCalls(t, s, "WORLD-1"), []commerce.MFACalls{others, first, second, third, fourth})
	}},
	{"later calls add up, and widen what was seen", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), newMFACalls("User-1"), newMFACalls("User-2"))...)
		later := newMFACalls("USER-1")
		later.World, later.Partner, later.App = "WORLD-1", "PROVIDER-1", "APP-1"
		later.Calls, later.Refused, later.UPN = 3, 1, "new@example.com"
		later.FirstSeen, later.LastSeen = *after(-time.Minute), *after(2 * time.Hour)
		addMFACalls(t, s, later)
		want := newMFACalls("User-1")
		want.Calls, want.Refused, want.UPN = 8, 3, "new@example.com"
		want.FirstSeen, want.LastSeen = *after(-time.Minute), *after(2 * time.Hour)
		same(t, "calls", mfaCalls(t, s, theWorld), []commerce.MFACalls{want, newMFACalls("User-2")})
		within := newMFACalls("User-1")
		within.Calls, within.Refused, within.UPN = 1, 0, ""
		within.FirstSeen, within.LastSeen = *after(time.Minute), *after(time.Minute)
		addMFACalls(t, s, within)
		want.Calls++
		same(t, "calls", mfaCalls(t, s, theWorld), []commerce.MFACalls{want, newMFACalls("User-2")})
	}},
	{"adding to calls that were not seen is missing, and leaves the write whole", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		for _, change := range []func(*commerce.MFACalls){
			func(*commerce.MFACalls) {},
			func(c *commerce.MFACalls) { c.Partner = theReseller },
			func(c *commerce.MFACalls) { c.App = "App-2" },
			func(c *commerce.MFACalls) { c.Route = "GET /v1/customers" },
		} {
			c := newMFACalls("User-1")
			change(&c)
			write(t, s, func(ctx context.Context, tx commerce.Tx) error {
				if err := tx.MFACalls().Add(ctx, c); !errors.Is(err, commerce.ErrMissing) {
					t.Errorf("add: %v", err)
				}
				return tx.MFACalls().Insert(ctx, c)
			})
		}
		same(t, "calls", len(mfaCalls(t, s, theWorld)), 4)
	}},
	{"calls without multifactor authentication are one world's", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), shopIn("World-2", "Other")...)...)
		there := newMFACalls("User-1")
		there.World = "World-2"
		insert(t, s, newMFACalls("User-1"), newMFACalls("User-2"), there)
		addMFACalls(t, s, there)
		same(t, "calls", mfaCalls(t, s, theWorld), []commerce.MFACalls{newMFACalls("User-1"), newMFACalls("User-2")})
		for world, want := range map[string]int{"WORLD-1": 2, "World-2": 1, "World-3": 0} {
			got := read(t, s, func(ctx context.Context, tx commerce.Tx) (int, error) { return tx.MFACalls().Count(ctx, world) })
			same(t, world, got, want)
		}
	}},
	{"calls without multifactor authentication are there after opening again", func(t *testing.T, s commerce.Store) {
		lying, ok := s.(Reopener)
		if !ok {
			t.Skip("this store cannot be opened again")
		}
		insert(t, s, append(shop(), newMFACalls("User-1"))...)
		same(t, "calls", mfaCalls(t, lying.Reopen(t), theWorld), []commerce.MFACalls{newMFACalls("User-1")})
	}},
}
