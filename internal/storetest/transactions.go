package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"provost/internal/commerce"
)

var transactionPromises = []promise{
	{"an open store is ready", func(t *testing.T, s commerce.Store) {
		if err := s.Ready(t.Context()); err != nil {
			t.Error(err)
		}
	}},
	{"a write is there once it is acknowledged", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld))
		same(t, "worlds", worldNames(t, s), []string{theWorld})
	}},
	{"an acknowledged write is there after opening again", func(t *testing.T, s commerce.Store) {
		lying, ok := s.(Reopener)
		if !ok {
			t.Skip("this store cannot be opened again")
		}
		insert(t, s, newWorld(theWorld))
		same(t, "worlds", worldNames(t, lying.Reopen(t)), []string{theWorld})
	}},
	{"what is read beside a write stood before it", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld("before"))
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			if err := add(ctx, tx, newWorld("since")); err != nil {
				return err
			}
			var beside []string
			err := tx.Before(ctx, func(tx commerce.Tx) error {
				worlds, err := tx.Worlds().List(ctx)
				beside = each(worlds, func(w commerce.World) string { return w.ID })
				return err
			})
			if errors.Is(err, errors.ErrUnsupported) {
				return nil // it says so, and each transaction reads for itself
			}
			same(t, "worlds beside", beside, []string{"before"})
			return err
		})
	}},
	{"a failed write leaves no trace", func(t *testing.T, s commerce.Store) {
		failure := errors.New("the function's own")
		refused(t, s, failure, func(ctx context.Context, tx commerce.Tx) error {
			return errors.Join(add(ctx, tx, shop()...), failure)
		})
		same(t, "worlds", worldNames(t, s), []string{})
	}},
	{"a write that panics leaves no trace and the next one goes on", func(t *testing.T, s commerce.Store) {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = s.Write(t.Context(), func(tx commerce.Tx) error {
				_ = add(t.Context(), tx, newWorld("lost"))
				panic("in the middle of a write")
			})
		}()
		insert(t, s, newWorld(theWorld))
		same(t, "worlds", worldNames(t, s), []string{theWorld})
	}},
	{"a statement that fails fails its write whatever the function says", func(t *testing.T, s commerce.Store) {
		orphan := newPartner("no world", theProvider, "a tenant", commerce.Provider)
		refused(t, s, commerce.ErrMissing, func(ctx context.Context, tx commerce.Tx) error {
			_ = add(ctx, tx, newWorld("before"))
			_ = add(ctx, tx, orphan)
			_ = add(ctx, tx, newWorld("after"))
			return nil
		})
		same(t, "worlds", worldNames(t, s), []string{})
	}},
	{"a taken key leaves the rest of its write whole", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld))
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			if err := add(ctx, tx, newWorld(theWorld)); !errors.Is(err, commerce.ErrTaken) {
				t.Errorf("insert again: %v", err)
			}
			return add(ctx, tx, newWorld("World-2"))
		})
		same(t, "worlds", worldNames(t, s), []string{theWorld, "World-2"})
	}},
	{"a taken key is heard of before anything counts that took it for free", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), newChange("Change-1"))...)
		write(t, s, claim(theWorld, "key", noon))
		other := errors.New("what is said of a world in which the key is free")
		for name, take := range map[string]func(context.Context, commerce.Tx) error{
			"answer": claim(theWorld, "key", noon),
			"change": func(ctx context.Context, tx commerce.Tx) error { return add(ctx, tx, newChange("Change-1")) },
		} {
			refused(t, s, commerce.ErrTaken, func(ctx context.Context, tx commerce.Tx) error {
				if err := take(ctx, tx); err != nil {
					return err
				}
				return other
			})
			var heard error
			write(t, s, func(ctx context.Context, tx commerce.Tx) error {
				heard = take(ctx, tx)
				err := add(ctx, tx, newWorld(name))
				if errors.Is(err, commerce.ErrTaken) {
					t.Errorf("%s: the key of a world that nobody has is taken", name)
				}
				return err
			})
			if !errors.Is(heard, commerce.ErrTaken) {
				t.Errorf("%s: the rest is whole, and it heard %v", name, heard)
			}
		}
		same(t, "worlds", len(worldNames(t, s)), 3)
	}},
	{"what is read together is what it would be one by one, and never older than what the write has done", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), newChange("Change-1"))...)
		look := func(ctx context.Context, tx commerce.Tx) string {
			worlds, _ := tx.Worlds().List(ctx)
			_, none := tx.Worlds().ByID(ctx, "nowhere")
			customer, _ := tx.Customers().ByID(ctx, theWorld, theCustomer)
			change, _ := tx.Changes().ByID(ctx, theWorld, "Change-1")
			answer, _ := tx.Answers().ByKey(ctx, theWorld, "key")
			return fmt.Sprint(worlds, errors.Is(none, commerce.ErrMissing), customer.Resource.ID, change, answer)
		}
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			apart := look(ctx, tx)
			together := func() { // which may find nothing itself
				if err := tx.Together(ctx, theWorld, theCustomer, func(tx commerce.Tx) { look(ctx, tx) }); err != nil {
					t.Errorf("read together: %v", err)
				}
			}
			together()
			same(t, "once", look(ctx, tx), apart)
			same(t, "again", look(ctx, tx), apart)
			together()
			if err := claim(theWorld, "key", noon)(ctx, tx); err != nil {
				return err
			}
			if look(ctx, tx) == apart {
				t.Error("what was claimed since is not seen")
			}
			together()
			if err := add(ctx, tx, newWorld("World-2")); err != nil {
				return err
			}
			worlds, err := tx.Worlds().List(ctx)
			same(t, "worlds", len(worlds), 2)
			return err
		})
	}},
	{"a missing row leaves the rest of its write whole", func(t *testing.T, s commerce.Store) {
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			if _, err := tx.Worlds().ByID(ctx, theWorld); !errors.Is(err, commerce.ErrMissing) {
				t.Errorf("find: %v", err)
			}
			return add(ctx, tx, newWorld(theWorld))
		})
		same(t, "worlds", worldNames(t, s), []string{theWorld})
	}},
	{"a write sees what it has written and no one else does until it is acknowledged", func(t *testing.T, s commerce.Store) {
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			if err := add(ctx, tx, newWorld(theWorld)); err != nil {
				return err
			}
			_, err := tx.Worlds().ByID(ctx, theWorld)
			same(t, "elsewhere", worldNames(t, s), []string{})
			return err
		})
	}},
	{"a read sees no later write", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld("World-1"))
		read(t, s, func(ctx context.Context, tx commerce.Tx) (int, error) {
			before, err := tx.Worlds().List(ctx)
			if err != nil {
				return 0, err
			}
			insert(t, s, newWorld("World-2"))
			later, err := tx.Worlds().List(ctx)
			same(t, "the same read", later, before)
			return 0, err
		})
		same(t, "the next read", worldNames(t, s), []string{"World-1", "World-2"})
	}},
	{"a read cannot write", func(t *testing.T, s commerce.Store) {
		var inside error
		err := s.Read(t.Context(), func(tx commerce.Tx) error {
			inside = add(t.Context(), tx, newWorld(theWorld))
			return nil
		})
		if inside == nil || err == nil {
			t.Errorf("insert within a read: %v, then the read: %v", inside, err)
		}
		same(t, "worlds", worldNames(t, s), []string{})
	}},
	{"a read gives its function's own error", func(t *testing.T, s commerce.Store) {
		failure := errors.New("the function's own")
		if err := s.Read(t.Context(), func(commerce.Tx) error { return failure }); !errors.Is(err, failure) {
			t.Errorf("read: %v", err)
		}
	}},
	{"a cancelled caller is told so and leaves no trace", func(t *testing.T, s commerce.Store) {
		ctx, cancel := context.WithCancel(t.Context())
		err := s.Write(ctx, func(tx commerce.Tx) error {
			err := add(ctx, tx, newWorld(theWorld))
			cancel()
			return err
		})
		if !errors.Is(err, context.Canceled) || errors.Is(err, commerce.ErrUnavailable) {
			t.Errorf("write: %v", err)
		}
		if err := s.Read(ctx, nothing); !errors.Is(err, context.Canceled) || errors.Is(err, commerce.ErrUnavailable) {
			t.Errorf("read: %v", err)
		}
		same(t, "worlds", worldNames(t, s), []string{})
	}},
	{"a statement after its caller left does nothing", func(t *testing.T, s commerce.Store) {
		ctx, cancel := context.WithCancel(t.Context())
		refused(t, s, context.Canceled, func(whole context.Context, tx commerce.Tx) error {
			cancel()
			_ = add(ctx, tx, newWorld("lost"))
			_ = add(whole, tx, newWorld("lost too"))
			return nil
		})
		same(t, "worlds", worldNames(t, s), []string{})
	}},
	{"a deadline that passes makes the store unavailable", func(t *testing.T, s commerce.Store) {
		ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		defer cancel()
		for _, err := range []error{s.Write(ctx, nothing), s.Read(ctx, nothing), s.Ready(ctx)} {
			if !errors.Is(err, commerce.ErrUnavailable) {
				t.Errorf("past the deadline: %v", err)
			}
		}
	}},
	{"a closed store is unavailable", func(t *testing.T, s commerce.Store) {
		for range 2 {
			if err := s.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		}
		for _, err := range []error{s.Write(t.Context(), nothing), s.Read(t.Context(), nothing), s.Ready(t.Context())} {
			if !errors.Is(err, commerce.ErrUnavailable) {
				t.Errorf("after closing: %v", err)
			}
		}
	}},
	{"real time is the host's", func(t *testing.T, s commerce.Store) {
		real := read(t, s, func(ctx context.Context, tx commerce.Tx) (time.Time, error) { return tx.RealTime(ctx) })
		if away := time.Since(real).Abs(); away > time.Minute || real.Location() != time.UTC {
			t.Errorf("real time is %v, %v away", real, away)
		}
	}},
	{"instants keep 100 nanoseconds up to the year 9999", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld))
		instants := []time.Time{
			{},
			time.Date(1969, 12, 31, 23, 59, 59, 999999900, time.UTC),
			time.Date(2026, 3, 1, 12, 0, 0, 100, time.UTC),
			time.Date(9999, 12, 31, 23, 59, 59, 999999900, time.UTC),
		}
		for _, at := range instants {
			insert(t, s, commerce.Due{World: theWorld, At: at})
		}
		rows := dueUntil(t, s, theWorld, instants[3], 10)
		same(t, "instants", each(rows, func(d commerce.Due) time.Time { return d.At }), instants)
		same(t, "up to a tick earlier", len(dueUntil(t, s, theWorld, instants[3].Add(-100*time.Nanosecond), 10)), 3)
	}},
	{"instants come back in utc", func(t *testing.T, s commerce.Store) {
		elsewhere := newWorld(theWorld)
		elsewhere.CreatedAt = noon.In(time.FixedZone("UTC+9", 9*60*60))
		insert(t, s, elsewhere)
		same(t, "created at", worldByID(t, s, theWorld).CreatedAt.String(), noon.String())
	}},
	{"texts keep every character", func(t *testing.T, s commerce.Store) {
		odd := newAccount(theUser, "someone")
		odd.Name = "\x01\x02\a\b\t\n\v\f\r\x1b\x1f\x7f\u0080\u2028\ufeff\ufffe\uffff\U0010ffff '\" \\ % _ $1 ? -- ; 漢字 🧑‍🚀"
		customer := newCustomer(theWorld, "Customer-2", noon)
		customer.Resource.CompanyProfile.CompanyName = odd.Name
		insert(t, s, append(shop(), odd, customer)...)
		same(t, "in a column", accountByID(t, s, theUser), odd)
		same(t, "in a resource", customerByID(t, s, theWorld, "Customer-2"), customer)
	}},
}

func nothing(commerce.Tx) error { return nil }

// beside does a write that ends well (0), fails (1), panics (2) or is cancelled
// (3), and says what is wrong with its answer.
func beside(t *testing.T, s commerce.Store, name string, how int) (problem string) {
	failure := errors.New("the function's own")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	defer func() {
		if cause := recover(); (cause != nil) != (how == 2) {
			problem = fmt.Sprintf("%s: panicked: %v", name, cause)
		}
	}()
	err := s.Write(ctx, func(tx commerce.Tx) error {
		if err := add(t.Context(), tx, newWorld(name)); err != nil {
			return err
		}
		switch how {
		case 1:
			return failure
		case 2:
			panic(name)
		case 3:
			cancel()
		}
		return nil
	})
	if want := []error{nil, failure, nil, context.Canceled}[how]; !errors.Is(err, want) {
		return fmt.Sprintf("%s: %v, not %v", name, err, want)
	}
	if how > 0 {
		return ""
	}
	err = s.Read(t.Context(), func(tx commerce.Tx) error {
		_, err := tx.Worlds().ByID(t.Context(), name)
		return err
	})
	if err != nil {
		return fmt.Sprintf("%s was acknowledged, and is not there: %v", name, err)
	}
	return ""
}

var concurrencyPromises = []promise{
	{"readers are not blocked by a writer", func(t *testing.T, s commerce.Store) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		write(t, s, func(_ context.Context, tx commerce.Tx) error {
			if err := add(ctx, tx, newWorld(theWorld)); err != nil {
				return err
			}
			return s.Read(ctx, func(tx commerce.Tx) error {
				_, err := tx.Worlds().List(ctx)
				return err
			})
		})
	}},
	{"a writer is not blocked by readers", func(t *testing.T, s commerce.Store) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		read(t, s, func(_ context.Context, tx commerce.Tx) (int, error) {
			if _, err := tx.Worlds().List(ctx); err != nil {
				return 0, err
			}
			return 0, s.Write(ctx, func(tx commerce.Tx) error { return add(ctx, tx, newWorld(theWorld)) })
		})
	}},
	{"32 concurrent writers all land", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld))
		const writers, writes = 32, 8
		failures := make(chan error)
		for range writers {
			go func() {
				var err error
				for range writes {
					err = errors.Join(err, s.Write(t.Context(), func(tx commerce.Tx) error {
						return add(t.Context(), tx, commerce.Due{World: theWorld, At: noon})
					}))
				}
				failures <- err
			}()
		}
		for range writers {
			if err := <-failures; err != nil {
				t.Error(err)
			}
		}
		same(t, "rows", len(dueUntil(t, s, theWorld, noon, 1000)), writers*writes)
	}},
	{"a write that fails, panics or is cancelled leaves no trace, and those beside it whole", func(t *testing.T, s commerce.Store) {
		const writers = 64
		want, wrong := []string{}, make(chan string, writers)
		for i := range writers {
			name := fmt.Sprintf("World-%02d", i)
			if i%4 == 0 {
				want = append(want, name)
			}
			go func() { wrong <- beside(t, s, name, i%4) }()
		}
		for range writers {
			if problem := <-wrong; problem != "" {
				t.Error(problem)
			}
		}
		same(t, "worlds", worldNames(t, s), want)
	}},
	{"what is read within a write is still so when it is acknowledged", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld))
		const writers = 16
		done := make(chan error)
		for range writers {
			go func() {
				done <- s.Write(t.Context(), func(tx commerce.Tx) error {
					rows, err := tx.Due().Until(t.Context(), theWorld, noon.AddDate(1, 0, 0), 100)
					if err != nil {
						return err
					}
					return add(t.Context(), tx, commerce.Due{World: theWorld, At: noon.Add(time.Duration(len(rows)) * time.Second)})
				})
			}()
		}
		for range writers {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		instants := map[time.Time]bool{}
		for _, d := range dueUntil(t, s, theWorld, noon.AddDate(1, 0, 0), 100) {
			instants[d.At] = true
		}
		same(t, "different instants", len(instants), writers)
	}},
	{"closing waits for the transactions that run", func(t *testing.T, s commerce.Store) {
		inside, finish, written, closed := make(chan int), make(chan int), make(chan error, 1), make(chan error, 1)
		go func() {
			written <- s.Write(t.Context(), func(tx commerce.Tx) error {
				close(inside)
				<-finish
				return add(t.Context(), tx, newWorld(theWorld))
			})
		}()
		<-inside
		go func() { closed <- s.Close() }()
		select {
		case err := <-closed:
			t.Errorf("closed during a write: %v", err)
			closed <- err
		case <-time.After(50 * time.Millisecond):
		}
		close(finish)
		if err := errors.Join(<-written, <-closed); err != nil {
			t.Error(err)
		}
	}},
}
