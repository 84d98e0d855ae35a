package commerce_test

import (
	"slices"
	"testing"
	"time"

	"provost/internal/commerce"
)

// Of two servers, the clock of one is right and that of the other is not: the
// database's says what came first.
func TestEventsSortByTheDatabasesTime(t *testing.T) {
	s := openShop(t)
	ids := func() (all []string) {
		s.t.Helper()
		s.read(func(tx commerce.Tx) error {
			events, err := tx.Events().List(t.Context(), commerce.EventQuery{World: "shop", Limit: 1000})
			for _, e := range events {
				all = append(all, e.ID)
			}
			return err
		})
		return all
	}
	real := s.Store
	place := func(by time.Duration) (fresh []string) {
		t.Helper()
		before := ids()
		server := s.beside(&ahead{Store: real, by: by})
		if _, err := server.PlaceOrder(t.Context(), s.ada, shopCustomer, s.five()); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids() {
			if !slices.Contains(before, id) {
				fresh = append(fresh, id)
			}
		}
		return fresh
	}
	later, earlier, latest := place(time.Hour), place(0), place(2*time.Hour)
	if all := slices.Concat(earlier, later, latest); len(all) < 6 || !slices.IsSorted(all) {
		t.Errorf("what was written now, in an hour and in two hours has the ids %q", all)
	}
}

func TestEventsOfOneServerSortAsTheyAreToldThoughTheClockGoesBack(t *testing.T) {
	s := openShop(t)
	last, real := "", s.Store
	for _, by := range []time.Duration{0, -time.Hour, time.Millisecond, 0} {
		s.Store = &ahead{Store: real, by: by}
		s.orders(1, businessBasic)
		var kinds []commerce.EventKind
		s.read(func(tx commerce.Tx) error {
			events, err := tx.Events().List(t.Context(), commerce.EventQuery{World: "shop", After: last, Limit: 1000})
			for _, e := range events {
				kinds, last = append(kinds, e.Kind), e.ID
			}
			return err
		})
		if !slices.Equal(kinds, []commerce.EventKind{commerce.OrderPlaced, commerce.ChangeAsked}) {
			t.Errorf("after the others come %q", kinds)
		}
	}
}
