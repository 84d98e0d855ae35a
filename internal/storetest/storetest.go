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
	all := slices.Concat(transactionPromises, concurrencyPromises, idPromises, worldPromises, partnerPromises, accountPromises,
		rolePromises, customerPromises, agreementPromises, relationshipPromises, cartPromises, orderPromises, subscriptionPromises, changePromises,
		duePromises, leasePromises, eventPromises, auditPromises, answerPromises,
		operatorKeyPromises, operatorLogPromises, appRegistrationPromises, refreshTokenPromises, mfaPromises)
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
		var err error
		switch row := row.(type) {
		case commerce.World:
			err = tx.Worlds().Insert(ctx, row)
		case commerce.Partner:
			err = tx.Partners().Insert(ctx, row)
		case commerce.Account:
			err = tx.Accounts().Insert(ctx, row)
		case commerce.Customer:
			err = tx.Customers().Insert(ctx, row)
		case commerce.Agreement:
			err = tx.Agreements().Insert(ctx, row)
		case commerce.Relationship:
			err = tx.Relationships().Insert(ctx, row)
		case commerce.Cart:
			err = tx.Carts().Insert(ctx, row)
		case commerce.Order:
			err = tx.Orders().Insert(ctx, row)
		case commerce.Subscription:
			err = tx.Subscriptions().Insert(ctx, row)
		case commerce.Change:
			err = tx.Changes().Insert(ctx, row)
		case commerce.Due:
			_, err = tx.Due().Insert(ctx, row)
		case commerce.Event:
			err = tx.Events().Insert(ctx, row)
		case commerce.AuditEntry:
			err = tx.Audit().Insert(ctx, row)
		case commerce.MFACalls:
			err = tx.MFACalls().Insert(ctx, row)
		case commerce.AppRegistration:
			err = tx.AppRegistrations().Put(ctx, row)
		case commerce.RefreshToken:
			err = tx.RefreshTokens().Insert(ctx, row)
		case commerce.AgentGrant:
			err = tx.Roles().GrantAgent(ctx, row)
		case commerce.DirectoryGrant:
			err = tx.Roles().GrantDirectory(ctx, row)
		default:
			panic("no table keeps this row")
		}
		if err != nil {
			return err
		}
	}
	return nil
}
