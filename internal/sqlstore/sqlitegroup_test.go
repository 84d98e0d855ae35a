package sqlstore_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/internal/sqlstore"
)

// line is a store in which one write is held open while others line up behind it,
// so that they share its commit.
type line struct {
	t    *testing.T
	s    commerce.Store
	path string
	// let ends the write that is held, once closed for good.
	let   chan struct{}
	close func()
	done  sync.WaitGroup

	mu sync.Mutex
	// ended are what became of the writes, by name.
	ended map[string]error
}

// newLine is of those who share a commit, however slowly they line up.
func newLine(t *testing.T) *line {
	t.Helper()
	return newLineIn(t, sqlstore.Patient)
}

func newLineIn(t *testing.T, how func(commerce.Store)) *line {
	t.Helper()
	path := sqlstore.Migrated(t)
	s := open(t, sqlstore.SQLite{Path: path})
	how(s)
	l := &line{t: t, s: s, path: path, let: make(chan struct{}), ended: map[string]error{}}
	l.close = sync.OnceFunc(func() { close(l.let) })
	t.Cleanup(l.close) // for a store that waits to be closed
	inside := make(chan struct{}, 2)
	l.start(t.Context(), "first", func(commerce.Tx) error {
		inside <- struct{}{} // again, when it is done anew
		<-l.let
		return nil
	})
	<-inside
	return l
}

// start begins a write of a world of that name, and of what else it does.
func (l *line) start(ctx context.Context, name string, also func(commerce.Tx) error) {
	l.done.Go(func() {
		err := errors.New("it panicked")
		defer func() {
			_ = recover()
			l.mu.Lock()
			defer l.mu.Unlock()
			l.ended[name] = err
		}()
		err = l.s.Write(ctx, func(tx commerce.Tx) error {
			err := tx.Worlds().Insert(l.t.Context(), commerce.World{ID: name, Name: name})
			if err == nil && also != nil {
				err = also(tx)
			}
			return err
		})
	})
}

// behind starts a write and waits until it stands in the line.
func (l *line) behind(ctx context.Context, name string, also func(commerce.Tx) error) {
	l.t.Helper()
	before := sqlstore.Waiting(l.s)
	l.start(ctx, name, also)
	l.await("the write "+name+" to line up", func() bool { return sqlstore.Waiting(l.s) > before })
}

func (l *line) await(what string, is func() bool) {
	l.t.Helper()
	for began := time.Now(); !is(); time.Sleep(time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			l.t.Fatalf("waited in vain for %s", what)
		}
	}
}

func (l *line) of(name string) (err error, ended bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	err, ended = l.ended[name]
	return err, ended
}

// ends lets all writes end and expects that these are in the store, and were
// acknowledged; and no others.
func (l *line) ends(want ...string) {
	l.t.Helper()
	l.close()
	l.done.Wait()
	slices.Sort(want)
	if got := worldsOf(l.t, l.s); !slices.Equal(got, want) {
		l.t.Errorf("there are %v, not %v", got, want)
	}
	for name, err := range l.ended {
		if (err == nil) != slices.Contains(want, name) {
			l.t.Errorf("the write %s ended with %v", name, err)
		}
	}
}

func worldsOf(t *testing.T, s commerce.Store) (names []string) {
	t.Helper()
	must(t, s.Read(t.Context(), func(tx commerce.Tx) error {
		worlds, err := tx.Worlds().List(t.Context())
		for _, w := range worlds {
			names = append(names, w.ID)
		}
		return err
	}))
	slices.Sort(names)
	return names
}

// commits counts the transactions in a database's log: the last frame of each
// says how large the database is then.
func commits(t *testing.T, path string) (count int) {
	t.Helper()
	log, err := os.ReadFile(path + "-wal")
	must(t, err)
	const header, frameHeader = 32, 24
	if len(log) < header {
		return 0
	}
	page := int(binary.BigEndian.Uint32(log[8:]))
	for at := header; at+frameHeader+page <= len(log); at += frameHeader + page {
		if binary.BigEndian.Uint32(log[at+4:]) > 0 {
			count++
		}
	}
	return count
}

func TestWritesThatWaitShareACommit(t *testing.T) {
	l := newLine(t)
	before := commits(t, l.path)
	want := []string{"first"}
	for i := range 64 {
		name := fmt.Sprint("write-", i)
		l.behind(t.Context(), name, nil)
		want = append(want, name)
	}
	l.ends(want...)
	if took := commits(t, l.path) - before; took < 1 || took > 32 {
		t.Errorf("65 writes took %d commits", took)
	}
}

func TestAWriteThatFailsLeavesThoseBesideIt(t *testing.T) {
	for how, fail := range map[string]func(commerce.Tx) error{
		"an error":    func(commerce.Tx) error { return errors.New("second thoughts") },
		"a panic":     func(commerce.Tx) error { panic("a bug") },
		"a statement": func(tx commerce.Tx) error { return sqlstore.Behind(tx, "INSERT INTO nothing VALUES (1)") },
		"a key that is missing": func(tx commerce.Tx) error {
			_ = tx.Partners().Insert(t.Context(), commerce.Partner{World: "none", ID: "p", Tenant: "t"})
			return nil
		},
		// SQLite takes all back by itself at some errors.
		"the transaction": func(tx commerce.Tx) error {
			return errors.Join(sqlstore.Behind(tx, "ROLLBACK"), errors.New("it is gone"))
		},
		"the transaction unheard": func(tx commerce.Tx) error {
			must(t, sqlstore.Behind(tx, "ROLLBACK"))
			return context.Canceled
		},
	} {
		t.Run(how, func(t *testing.T) {
			l := newLine(t)
			l.behind(t.Context(), "before", nil)
			l.behind(t.Context(), "fails", fail)
			l.behind(t.Context(), "after", nil)
			l.ends("first", "before", "after")
		})
	}
}

func TestTheFirstWriteThatFailsLeavesThoseBehindIt(t *testing.T) {
	for how, fail := range map[string]func(commerce.Tx) error{
		"an error": func(commerce.Tx) error { return errors.New("second thoughts") },
		"a panic":  func(commerce.Tx) error { panic("a bug") },
		"the transaction": func(tx commerce.Tx) error {
			return errors.Join(sqlstore.Behind(tx, "ROLLBACK"), errors.New("it is gone"))
		},
	} {
		t.Run(how, func(t *testing.T) {
			l := newLine(t)
			// One that shares with nobody, so that what follows is the first of its own.
			l.behind(commerce.Alone(t.Context()), "alone", nil)
			l.behind(t.Context(), "fails", fail)
			l.behind(t.Context(), "after", nil)
			l.ends("first", "alone", "after")
		})
	}
}

func TestAFullDiskFailsTheWriteThatFillsIt(t *testing.T) {
	l := newLine(t)
	l.behind(t.Context(), "before", func(tx commerce.Tx) error {
		if err := sqlstore.Behind(tx, "PRAGMA max_page_count = 1"); err != nil { // as many as there are
			return err
		}
		return nil
	})
	fills := func(tx commerce.Tx) error {
		return tx.Worlds().Insert(t.Context(), commerce.World{ID: "too much", Name: strings.Repeat("much ", 1<<20)})
	}
	l.behind(t.Context(), "fills", fills)
	l.behind(t.Context(), "after", nil)
	l.ends("first", "before", "after")
	if err, _ := l.of("fills"); !errors.Is(err, commerce.ErrUnavailable) {
		t.Errorf("the one that fills it: %v", err)
	}
}

func TestACommitThatFailsFailsAllWhoShareIt(t *testing.T) {
	l := newLine(t)
	l.behind(t.Context(), "before", nil)
	l.behind(t.Context(), "cause", func(tx commerce.Tx) error {
		// What is wrong is found at the commit alone.
		must(t, sqlstore.Behind(tx, "PRAGMA defer_foreign_keys = ON"))
		return sqlstore.Behind(tx, "INSERT INTO leases (world, holder, epoch, until) VALUES ('none', '', 1, 1)")
	})
	l.behind(t.Context(), "after", nil)
	l.ends()
	if err, _ := l.of("before"); !errors.Is(err, commerce.ErrMissing) {
		t.Errorf("the one before it: %v", err)
	}
	must(t, l.s.Write(t.Context(), func(tx commerce.Tx) error {
		return tx.Worlds().Insert(t.Context(), commerce.World{ID: "next", Name: "next"})
	}))
}

// What it was refused for was lost with the commit: alone, it finds nothing in its
// way.
func TestAWriteThatWasRefusedForWhatIsLostIsDoneAnew(t *testing.T) {
	l := newLine(t)
	l.behind(t.Context(), "before", nil)
	l.behind(t.Context(), "refused", func(tx commerce.Tx) error {
		_, err := tx.Worlds().ByID(t.Context(), "before")
		if errors.Is(err, commerce.ErrMissing) {
			return nil
		}
		must(t, err)
		return commerce.ErrTaken
	})
	l.behind(t.Context(), "cause", func(tx commerce.Tx) error {
		must(t, sqlstore.Behind(tx, "PRAGMA defer_foreign_keys = ON"))
		return sqlstore.Behind(tx, "INSERT INTO leases (world, holder, epoch, until) VALUES ('none', '', 1, 1)")
	})
	l.ends("refused")
}

func TestWhoLeavesTheLineIsToldAtOnce(t *testing.T) {
	l := newLine(t)
	ctx, cancel := context.WithCancel(t.Context())
	l.behind(ctx, "leaves", nil)
	l.behind(t.Context(), "stays", nil)
	cancel()
	l.await("an answer while the first write is under way", func() bool { _, ended := l.of("leaves"); return ended })
	if err, _ := l.of("leaves"); !errors.Is(err, context.Canceled) {
		t.Errorf("it is told %v", err)
	}
	l.ends("first", "stays")
}

func TestWhoLeavesInTheMiddleTakesItsOwnPartAlone(t *testing.T) {
	l := newLine(t)
	ctx, cancel := context.WithCancel(t.Context())
	l.behind(t.Context(), "before", nil)
	l.behind(ctx, "leaves", func(commerce.Tx) error { cancel(); return nil })
	l.behind(t.Context(), "after", nil)
	l.ends("first", "before", "after")
	if err, _ := l.of("leaves"); !errors.Is(err, context.Canceled) {
		t.Errorf("it is told %v", err)
	}
}

// heldGroup has two writes done that wait for the commit, while a third goes on.
func heldGroup(t *testing.T) (l *line, finish func()) {
	l = newLine(t)
	inside, end := make(chan struct{}), make(chan struct{})
	l.behind(t.Context(), "second", nil)
	l.behind(t.Context(), "third", func(commerce.Tx) error { close(inside); <-end; return nil })
	l.let <- struct{}{}
	<-inside
	return l, func() { close(end) }
}

func TestNobodySeesAPartOfAGroupBeforeItsCommit(t *testing.T) {
	l, finish := heldGroup(t)
	if got := worldsOf(t, l.s); len(got) > 0 {
		t.Errorf("a reader sees %v", got)
	}
	for _, name := range []string{"first", "second"} {
		if err, ended := l.of(name); ended {
			t.Errorf("%s was acknowledged before the commit: %v", name, err)
		}
	}
	finish()
	l.ends("first", "second", "third")
}

// Why it is refused may be what another has written, which a crash would still
// undo.
func TestAWriteIsRefusedWhenWhatItHasReadIsDurable(t *testing.T) {
	l := newLine(t)
	inside, end := make(chan struct{}), make(chan struct{})
	release := sync.OnceFunc(func() { close(end) })
	t.Cleanup(release)
	l.behind(t.Context(), "second", nil)
	l.behind(t.Context(), "refused", func(tx commerce.Tx) error {
		_, err := tx.Worlds().ByID(t.Context(), "second")
		must(t, err)
		return commerce.ErrTaken
	})
	l.behind(t.Context(), "third", func(commerce.Tx) error { close(inside); <-end; return nil })
	l.let <- struct{}{}
	<-inside
	if err, ended := l.of("refused"); ended {
		t.Errorf("it was refused before the commit: %v", err)
	}
	release()
	l.ends("first", "second", "third")
}

// asCrashed is the store as it would be found after the machine had stopped now.
func asCrashed(t *testing.T, path string) commerce.Store {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "provost.db")
	for _, companion := range []string{"", "-wal"} {
		body, err := os.ReadFile(path + companion)
		must(t, err)
		must(t, os.WriteFile(copied+companion, body, 0o600))
	}
	return open(t, sqlstore.SQLite{Path: copied})
}

func TestAStopInTheMiddleOfAGroupLeavesNothingOfIt(t *testing.T) {
	l, finish := heldGroup(t)
	if got := worldsOf(t, asCrashed(t, l.path)); len(got) > 0 {
		t.Errorf("left are %v", got)
	}
	finish()
	l.ends("first", "second", "third")
	if got := worldsOf(t, asCrashed(t, l.path)); len(got) != 3 {
		t.Errorf("acknowledged were three, and left are %v", got)
	}
}

func TestNobodyWaitsForAWriteThatIsAlone(t *testing.T) {
	l := newLine(t)
	inside, end := make(chan struct{}), make(chan struct{})
	release := sync.OnceFunc(func() { close(end) })
	t.Cleanup(release)
	l.behind(t.Context(), "second", nil)
	l.behind(commerce.Alone(t.Context()), "long", func(commerce.Tx) error { close(inside); <-end; return nil })
	l.let <- struct{}{}
	<-inside
	l.await("those before it to be acknowledged", func() bool { _, ended := l.of("second"); return ended })
	release()
	l.ends("first", "second", "long")
}

func TestNobodyWaitsForTheWholeLine(t *testing.T) {
	l := newLineIn(t, func(commerce.Store) {})
	want := []string{"first"}
	var late []string
	for i := range 100 {
		name := fmt.Sprint("write-", i)
		want = append(want, name)
		l.behind(t.Context(), name, func(commerce.Tx) error {
			time.Sleep(2 * time.Millisecond)
			if i == 99 {
				for _, early := range []string{"first", "write-0", "write-50"} {
					if _, ended := l.of(early); !ended {
						late = append(late, early)
					}
				}
			}
			return nil
		})
	}
	l.ends(want...)
	if len(late) > 0 {
		t.Errorf("when the last is written, %v are not acknowledged", late)
	}
}
