package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/internal/sqlstore"
	"provost/partnercenter"
)

// agreementShop has customers who sign agreements.
func agreementShop(t *testing.T, customers int) commerce.Store {
	t.Helper()
	s := open(t, sqlstore.SQLite{Path: sqlstore.Migrated(t), Ephemeral: true})
	sqlstore.Patient(s)
	must(t, s.Write(t.Context(), func(tx commerce.Tx) error {
		err := tx.Worlds().Insert(t.Context(), commerce.World{ID: "w", Name: "w"})
		for i := range customers {
			err = errors.Join(err, tx.Customers().Insert(t.Context(), commerce.Customer{World: "w", Resource: partnercenter.Customer{ID: customerNamed(i)}}))
		}
		return err
	}))
	return s
}

func customerNamed(i int) string { return fmt.Sprint("c", i) }

// sign adds an agreement that says how many there were, as was read beforehand; it
// says how often that was tried.
func sign(ctx context.Context, s commerce.Store, customer string) (tries int, err error) {
	err = s.Write(ctx, func(tx commerce.Tx) error {
		tries++
		read := func(tx commerce.Tx) ([]commerce.Agreement, error) { return tx.Agreements().Of(ctx, "w", customer) }
		if err := tx.Together(ctx, "w", customer, func(tx commerce.Tx) { _, _ = read(tx) }); err != nil {
			return err
		}
		there, err := read(tx)
		if err != nil {
			return err
		}
		return tx.Agreements().Insert(ctx, commerce.Agreement{World: "w", Customer: customer, Resource: partnercenter.Agreement{TemplateID: fmt.Sprint(len(there))}})
	})
	return tries, err
}

// signAll has many sign at once, and says how often they tried in all.
func signAll(t *testing.T, s commerce.Store, each int, customers ...string) int {
	t.Helper()
	var all sync.WaitGroup
	var tries atomic.Int64
	for _, customer := range customers {
		all.Go(func() {
			for range each {
				tried, err := sign(t.Context(), s, customer)
				tries.Add(int64(tried))
				if err != nil {
					t.Errorf("sign: %v", err)
				}
			}
		})
	}
	all.Wait()
	return int(tries.Load())
}

// Those who write at once read what others have not committed yet, or have in
// between: each counts the agreements, and no two may count the same.
func TestWhatWasReadBeforehandCountsWhileNobodyHasChangedIt(t *testing.T) {
	const writers, each = 32, 8
	s := agreementShop(t, 1)
	customers := make([]string, writers)
	for i := range customers {
		customers[i] = customerNamed(0)
	}
	if tries := signAll(t, s, each, customers...); tries == writers*each {
		t.Error("nobody has read beforehand what another has changed")
	}
	must(t, s.Read(t.Context(), func(tx commerce.Tx) error {
		there, err := tx.Agreements().Of(t.Context(), "w", customerNamed(0))
		for i, a := range there {
			if a.Resource.TemplateID != fmt.Sprint(i) {
				t.Errorf("agreement %d was signed when there were %s", i, a.Resource.TemplateID)
			}
		}
		if len(there) != writers*each {
			t.Errorf("there are %d agreements", len(there))
		}
		return err
	}))
}

func TestWritesOfOtherCustomersLeaveWhatWasReadBeforehand(t *testing.T) {
	const writers, each = 32, 8
	s := agreementShop(t, writers)
	customers := make([]string, writers)
	for i := range customers {
		customers[i] = customerNamed(i)
	}
	// Two customers may, rarely, count as one.
	if tries := signAll(t, s, each, customers...); tries > writers*each*5/4 {
		t.Errorf("%d writes took %d tries", writers*each, tries)
	}
}

// What was read while another was in front, who then commits, is old by then.
func TestWhatWasCommittedSinceIsReadAnew(t *testing.T) {
	l := newLine(t)
	var seen []int
	err := l.s.Write(t.Context(), func(tx commerce.Tx) error {
		if err := tx.Together(t.Context(), "w", "", func(tx commerce.Tx) { _, _ = tx.Worlds().List(t.Context()) }); err != nil {
			return err
		}
		there, err := tx.Worlds().List(t.Context())
		if seen = append(seen, len(there)); len(seen) == 1 {
			l.close()
			l.done.Wait() // the first one, which is in front
		}
		return errors.Join(err, tx.Worlds().Insert(t.Context(), commerce.World{ID: "second", Name: "second"}))
	})
	if want := []int{0, 1}; err != nil || !slices.Equal(seen, want) {
		t.Errorf("it saw %v worlds, not %v: %v", seen, want, err)
	}
	l.ends("first", "second")
}

// Whose parts another carries out hear of their own alone: one whose key is taken,
// and one that leaves, take nothing along.
func TestPartsThatAnotherCarriesOutStandByThemselves(t *testing.T) {
	const others = 5
	s := agreementShop(t, 0)
	claim := func(tx commerce.Tx, key string) error { return tx.Answers().Claim(t.Context(), "w", key, time.Now()) }
	must(t, s.Write(t.Context(), func(tx commerce.Tx) error { return claim(tx, "taken") }))
	inside, let := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		must(t, s.Write(commerce.Alone(t.Context()), func(commerce.Tx) error {
			close(inside)
			<-let
			return nil
		}))
	})
	<-inside
	leaving, leave := context.WithCancel(t.Context())
	defer leave()
	heard := make([]error, others+2)
	for i := range heard {
		ctx := t.Context()
		if i == others+1 {
			ctx = leaving
		}
		all.Go(func() {
			heard[i] = s.Write(ctx, func(tx commerce.Tx) error {
				err := claim(tx, fmt.Sprint("key ", i))
				if i == others {
					err = errors.Join(err, claim(tx, "taken"))
				}
				return err
			})
		})
		for began := time.Now(); sqlstore.Waiting(s) <= i; time.Sleep(time.Millisecond) {
			if time.Since(began) > 10*time.Second {
				t.Fatal("it does not line up")
			}
		}
	}
	leave()
	for sqlstore.Waiting(s) > others+1 {
		time.Sleep(time.Millisecond)
	}
	close(let)
	all.Wait()
	must(t, s.Read(t.Context(), func(tx commerce.Tx) error {
		for i, err := range heard {
			_, missing := tx.Answers().ByKey(t.Context(), "w", fmt.Sprint("key ", i))
			want := map[int]error{others: commerce.ErrTaken, others + 1: context.Canceled}[i]
			if !errors.Is(err, want) || (missing == nil) != (want == nil) {
				t.Errorf("write %d ended with %v, and its key: %v", i, err, missing)
			}
		}
		return nil
	}))
}

// What a part is refused for may be lost with the group that it was carried out in.
func TestAPartThatWasRefusedForWhatIsLostIsDoneAnew(t *testing.T) {
	s := agreementShop(t, 0)
	add := func(tx commerce.Tx, world string) error {
		return tx.Worlds().Insert(t.Context(), commerce.World{ID: world, Name: world})
	}
	must(t, s.Write(t.Context(), func(tx commerce.Tx) error { return add(tx, "other") }))
	inside, let := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		_ = s.Write(t.Context(), func(tx commerce.Tx) error { // it fails with the group
			err := errors.Join(add(tx, "front"), sqlstore.Behind(tx, "DELETE FROM worlds WHERE world = 'other'"))
			close(inside)
			<-let
			return err
		})
	})
	<-inside
	linesUp := func(most int) {
		for began := time.Now(); sqlstore.Waiting(s) <= most; time.Sleep(time.Millisecond) {
			if time.Since(began) > 10*time.Second {
				t.Fatal("it does not line up")
			}
		}
	}
	var refused error
	all.Go(func() {
		refused = s.Write(t.Context(), func(tx commerce.Tx) error { return tx.Answers().Claim(t.Context(), "other", "key", time.Now()) })
	})
	linesUp(0)
	all.Go(func() {
		err := s.Write(t.Context(), func(tx commerce.Tx) error {
			return errors.Join(add(tx, "cause"), sqlstore.Behind(tx, "PRAGMA defer_foreign_keys = ON"),
				sqlstore.Behind(tx, "INSERT INTO leases (world, holder, epoch, until) VALUES ('none', '', 1, 1)"))
		})
		if err == nil {
			t.Error("the commit did not fail")
		}
	})
	linesUp(1)
	close(let)
	all.Wait()
	if refused != nil {
		t.Errorf("in a world that is there, it is refused with %v", refused)
	}
}

// Reading takes its place in no line: who is in front keeps nobody from being
// refused for what is there.
func TestWhoIsRefusedForWhatIsThereWaitsForNobody(t *testing.T) {
	l := newLine(t)
	no := errors.New("no")
	err := l.s.Write(t.Context(), func(tx commerce.Tx) error {
		list := func(tx commerce.Tx) error {
			_, err := tx.Worlds().List(t.Context())
			return err
		}
		if err := tx.Together(t.Context(), "w", "", func(tx commerce.Tx) { _ = list(tx) }); err != nil {
			return err
		}
		return errors.Join(list(tx), no)
	})
	if !errors.Is(err, no) {
		t.Errorf("it says %v", err)
	}
	l.ends("first")
}
