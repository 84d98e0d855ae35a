// Package storetest holds what every store promises to commerce, each promise
// in the words of the interface that makes it.
//
// It knows the promises and no engine: tests of a store hand it stores.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"provost/internal/commerce"
)

// Reopener is a store that can be closed and opened again where it lies.
type Reopener interface {
	commerce.Store
	Reopen(t *testing.T) commerce.Store
}

type promise struct {
	key  string
	kept func(t *testing.T, s commerce.Store)
}

// Run holds stores to every promise, each with a store of its own that open
// gives and closes.
func Run(t *testing.T, open func(t *testing.T) commerce.Store) {
	all := slices.Concat(transactionPromises, concurrencyPromises, briefPromises, idPromises, worldPromises, partnerPromises, accountPromises,
		rolePromises, customerPromises, agreementPromises, relationshipPromises, cartPromises, orderPromises, subscriptionPromises, changePromises, manyPromises,
		duePromises, leasePromises, rowPromises, importPromises, eventPromises, auditPromises, answerPromises,
		operatorKeyPromises, operatorLogPromises, appRegistrationPromises, refreshTokenPromises, mfaPromises, requestCountPromises, generationPromises)
	for _, p := range all {
		t.Run(p.key, func(t *testing.T) { p.kept(t, open(t)) })
	}
}

// tester is what *testing.T and *rapid.T have in common.
type tester interface {
	Helper()
	Context() context.Context
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

func write(t tester, s commerce.Store, fn func(ctx context.Context, tx commerce.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), func(tx commerce.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatalf("write: %v", err)
	}
}

// refused expects a write to end in an error.
func refused(t tester, s commerce.Store, want error, fn func(ctx context.Context, tx commerce.Tx) error) {
	t.Helper()
	err := s.Write(t.Context(), func(tx commerce.Tx) error { return fn(t.Context(), tx) })
	if !errors.Is(err, want) {
		t.Errorf("write: %v, want %v", err, want)
	}
}

func read[T any](t tester, s commerce.Store, fn func(ctx context.Context, tx commerce.Tx) (T, error)) T {
	t.Helper()
	var got T
	err := s.Read(t.Context(), func(tx commerce.Tx) (err error) {
		got, err = fn(t.Context(), tx)
		return err
	})
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return got
}

// missing expects a read to find nothing.
func missing[T any](t tester, s commerce.Store, what string, fn func(ctx context.Context, tx commerce.Tx) (T, error)) {
	t.Helper()
	err := s.Read(t.Context(), func(tx commerce.Tx) error {
		_, err := fn(t.Context(), tx)
		return err
	})
	if !errors.Is(err, commerce.ErrMissing) {
		t.Errorf("%s: %v, want %v", what, err, commerce.ErrMissing)
	}
}

func same(t tester, what string, got, want any) bool {
	t.Helper()
	diff := cmp.Diff(want, got)
	if diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
	return diff == ""
}

// paged expects a list to come whole, whatever the length of its pages.
func paged[T any](t *testing.T, want []T, page func(ctx context.Context, tx commerce.Tx, after *T, limit int) ([]T, error), s commerce.Store) {
	t.Helper()
	for _, limit := range []int{1, 2, len(want) + 1} {
		var all []T
		for {
			got := read(t, s, func(ctx context.Context, tx commerce.Tx) ([]T, error) {
				if len(all) == 0 {
					return page(ctx, tx, nil, limit)
				}
				return page(ctx, tx, &all[len(all)-1], limit)
			})
			if all = append(all, got...); len(got) < limit || len(all) > len(want) {
				break
			}
		}
		same(t, fmt.Sprintf("in pages of %d", limit), all, want)
	}
}

func each[T, U any](all []T, pick func(T) U) []U {
	picked := []U{}
	for _, one := range all {
		picked = append(picked, pick(one))
	}
	return picked
}

// insert inserts rows in one write.
func insert(t tester, s commerce.Store, rows ...any) {
	t.Helper()
	write(t, s, func(ctx context.Context, tx commerce.Tx) error { return add(ctx, tx, rows...) })
}

// add inserts rows, each into its table.
func add(ctx context.Context, tx commerce.Tx, rows ...any) error {
	for _, row := range rows {
		if err := addOne(ctx, tx, row); err != nil {
			return err
		}
	}
	return nil
}

func addOne(ctx context.Context, tx commerce.Tx, row any) error {
	for _, table := range []func() (bool, error){
		into(ctx, row, tx.Worlds().Insert),
		into(ctx, row, tx.Partners().Insert),
		into(ctx, row, tx.Accounts().Insert),
		into(ctx, row, tx.Customers().Insert),
		into(ctx, row, tx.Agreements().Insert),
		into(ctx, row, tx.Relationships().Insert),
		into(ctx, row, tx.Carts().Insert),
		into(ctx, row, tx.Orders().Insert),
		into(ctx, row, tx.Subscriptions().Insert),
		into(ctx, row, tx.Changes().Insert),
		into(ctx, row, func(ctx context.Context, d commerce.Due) error { _, err := tx.Due().Insert(ctx, d); return err }),
		into(ctx, row, tx.Events().Insert),
		into(ctx, row, tx.Audit().Insert),
		into(ctx, row, tx.MFACalls().Insert),
		into(ctx, row, tx.AppRegistrations().Put),
		into(ctx, row, tx.RefreshTokens().Insert),
		into(ctx, row, tx.Roles().GrantAgent),
		into(ctx, row, tx.Roles().GrantDirectory),
	} {
		if fits, err := table(); fits {
			return err
		}
	}
	panic("no table keeps this row")
}

// into inserts a row where it is one of the table's.
func into[T any](ctx context.Context, row any, insert func(context.Context, T) error) func() (bool, error) {
	return func() (bool, error) {
		of, fits := row.(T)
		if !fits {
			return false, nil
		}
		return true, insert(ctx, of)
	}
}
