package disk_test

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"provost/bench/powercut/disk"
)

// fates are how many power cuts are tried where chance decides.
const fates = 200

func made(t *testing.T, d *disk.Disk, name string) disk.ID {
	t.Helper()
	file, err := d.Make(disk.Root, name, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	return file.ID
}

func do(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// afterCuts does the same to a new disk again and again, cuts its power, and shows
// what is left.
func afterCuts(t *testing.T, prepare func(*disk.Disk), look func(left *disk.Disk)) {
	t.Helper()
	for seed := range uint64(fates) {
		d := disk.New(0)
		prepare(d)
		look(cut(t, d, seed))
	}
}

func cut(t *testing.T, d *disk.Disk, seed uint64) *disk.Disk {
	t.Helper()
	d.Cut()
	left, _, err := d.After(rand.New(rand.NewPCG(seed, 0)))
	if err != nil {
		t.Fatal(err)
	}
	return left
}

func content(t *testing.T, d *disk.Disk, name string) string {
	t.Helper()
	c, err := d.Content(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(c)
}

func TestWhatWasSyncedIsThereAfterEachCut(t *testing.T) {
	afterCuts(t, func(d *disk.Disk) {
		f := made(t, d, "f")
		do(t, d.Write(f, 0, []byte("one")), d.Write(f, 3, []byte(" two")), d.Resize(f, 5), d.Sync(f), d.Sync(disk.Root))
	}, func(left *disk.Disk) {
		if got := content(t, left, "f"); got != "one t" {
			t.Fatalf("left is %q", got)
		}
	})
}

func TestWhatWasNotSyncedIsAtTimesThereAndAtTimesNot(t *testing.T) {
	seen := map[string]int{}
	afterCuts(t, func(d *disk.Disk) {
		f := made(t, d, "f")
		do(t, d.Write(f, 0, []byte("safe")), d.Sync(f), d.Sync(disk.Root), d.Write(f, 0, []byte("LOST")), d.Write(f, 4, []byte("END")))
	}, func(left *disk.Disk) { seen[content(t, left, "f")]++ })
	for _, want := range []string{"safe", "LOST", "safeEND", "LOSTEND", "safe\x00\x00\x00"} {
		if seen[want] == 0 {
			t.Errorf("%q is never left: %v", want, seen)
		}
		delete(seen, want)
	}
	delete(seen, "LOST\x00\x00\x00")
	if len(seen) > 0 {
		t.Errorf("left is what nobody wrote: %v", seen)
	}
}

func TestWriteIsTornBetweenSectorsAlone(t *testing.T) {
	old, fresh := bytes.Repeat([]byte("o"), 4*4096), bytes.Repeat([]byte("n"), 2*4096)
	torn := map[int]int{}
	afterCuts(t, func(d *disk.Disk) {
		f := made(t, d, "f")
		do(t, d.Write(f, 0, old), d.Sync(f), d.Sync(disk.Root), d.Write(f, 100, fresh))
	}, func(left *disk.Disk) {
		got := content(t, left, "f")
		for i := 1; i < len(got); i++ {
			if got[i] == got[i-1] {
				continue
			}
			switch {
			case i == 100 || i == 100+len(fresh):
			case i%4096 == 0:
				torn[4096]++
			case i%512 == 0:
				torn[512]++
			default:
				t.Fatalf("it is torn at %d", i)
			}
		}
	})
	if torn[512] == 0 || torn[4096] == 0 {
		t.Errorf("it was torn at %v", torn)
	}
}

func TestCutOffIsLostUnlessSynced(t *testing.T) {
	seen := map[string]int{}
	afterCuts(t, func(d *disk.Disk) {
		f := made(t, d, "f")
		do(t, d.Write(f, 0, []byte("long")), d.Sync(f), d.Sync(disk.Root), d.Resize(f, 0), d.Resize(f, 2))
	}, func(left *disk.Disk) { seen[content(t, left, "f")]++ })
	for _, want := range []string{"long", "lo", "", "\x00\x00"} {
		if seen[want] == 0 {
			t.Errorf("%q is never left: %v", want, seen)
		}
	}
	if len(seen) != 4 {
		t.Errorf("left is %v", seen)
	}
}

func TestSyncedFileWithoutASyncedNameIsAtTimesGone(t *testing.T) {
	gone := 0
	afterCuts(t, func(d *disk.Disk) {
		f := made(t, d, "f")
		do(t, d.Write(f, 0, []byte("x")), d.Sync(f))
	}, func(left *disk.Disk) {
		if _, err := left.Content("f"); errors.Is(err, syscall.ENOENT) {
			gone++
		}
	})
	if gone == 0 || gone == fates {
		t.Errorf("it is gone after %d of %d cuts", gone, fates)
	}
}

// renamed has one file take another's name, as programs do that write whole files.
func renamed(t *testing.T, d *disk.Disk) {
	t.Helper()
	old := made(t, d, "f")
	do(t, d.Write(old, 0, []byte("old")), d.Sync(old), d.Sync(disk.Root))
	fresh := made(t, d, "f.new")
	do(t, d.Write(fresh, 0, []byte("new")), d.Sync(fresh), d.Sync(disk.Root), d.Rename(disk.Root, "f.new", disk.Root, "f"))
}

func TestRenamingIsWholeAndLostUnlessItsDirectoryIsSynced(t *testing.T) {
	seen := map[string]int{}
	afterCuts(t, func(d *disk.Disk) { renamed(t, d) }, func(left *disk.Disk) {
		f := content(t, left, "f")
		seen[f]++
		if _, err := left.Content("f.new"); (err == nil) != (f == "old") {
			t.Fatalf("it is half done: f is %q, and of f.new one hears %v", f, err)
		}
	})
	if len(seen) != 2 || seen["old"] == 0 || seen["new"] == 0 {
		t.Errorf("left is %v", seen)
	}
	afterCuts(t, func(d *disk.Disk) {
		renamed(t, d)
		do(t, d.Sync(disk.Root))
	}, func(left *disk.Disk) {
		names, err := left.Names(disk.Root)
		if err != nil || !slices.Equal(names, []string{"f"}) || content(t, left, "f") != "new" {
			t.Fatalf("left are %v, %v", names, err)
		}
	})
}

func TestRemovedFileComesBackUnlessItsDirectoryIsSynced(t *testing.T) {
	back := 0
	afterCuts(t, func(d *disk.Disk) {
		f := made(t, d, "f")
		do(t, d.Write(f, 0, []byte("x")), d.Sync(f), d.Sync(disk.Root), d.Remove(disk.Root, "f"))
		if _, err := d.Content("f"); !errors.Is(err, syscall.ENOENT) {
			t.Fatal("it is still there, for processes")
		}
	}, func(left *disk.Disk) {
		if c, err := left.Content("f"); err == nil && string(c) == "x" {
			back++
		}
	})
	if back == 0 || back == fates {
		t.Errorf("it is back after %d of %d cuts", back, fates)
	}
}

func TestNamesAreLostFromSomePointOnOrEachForItself(t *testing.T) {
	const most = 20
	journals := 0
	afterCuts(t, func(d *disk.Disk) {
		for i := range most {
			made(t, d, string(rune('a'+i)))
		}
	}, func(left *disk.Disk) {
		names, err := left.Names(disk.Root)
		do(t, err)
		if n := len(names); n > 0 && n < most && names[n-1] == string(rune('a'+n-1)) {
			journals++
		}
	})
	if journals < fates/4 || journals > fates*3/4 {
		t.Errorf("after %d of %d cuts those are left that came first", journals, fates)
	}
}

func TestDirectoryWhoseNameIsLostTakesItsFilesAlong(t *testing.T) {
	gone := 0
	afterCuts(t, func(d *disk.Disk) {
		dir, err := d.Make(disk.Root, "dir", fs.ModeDir|0o700)
		do(t, err)
		f, err := d.Make(dir.ID, "f", 0o600)
		do(t, err, d.Write(f.ID, 0, []byte("x")), d.Sync(f.ID), d.Sync(dir.ID))
	}, func(left *disk.Disk) {
		switch c, err := left.Content("dir", "f"); {
		case errors.Is(err, syscall.ENOENT):
			gone++
		case string(c) != "x":
			t.Fatalf("left is %q, %v", c, err)
		}
	})
	if gone == 0 || gone == fates {
		t.Errorf("it is gone after %d of %d cuts", gone, fates)
	}
}

func TestSameSeedLeavesTheSame(t *testing.T) {
	left := func() []byte {
		d := disk.New(0)
		f := made(t, d, "f")
		do(t, d.Sync(disk.Root))
		for i := range 100 {
			do(t, d.Write(f, int64(i*700), bytes.Repeat([]byte{byte(i + 1)}, 1400)))
		}
		return []byte(content(t, cut(t, d, 7), "f"))
	}
	if !bytes.Equal(left(), left()) {
		t.Error("it leaves something else")
	}
}

func TestWithoutPowerNothingIsDoneAndNobodyIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := disk.New(0)
		f := made(t, d, "f")
		d.CutAt(2)
		do(t, d.Write(f, 0, []byte("a")), d.Write(f, 1, []byte("b")))
		answered := make(chan error, 1)
		go func() { answered <- d.Write(f, 2, []byte("c")) }()
		synctest.Wait()
		<-d.Dark()
		select {
		case err := <-answered:
			t.Fatalf("it was answered: %v", err)
		default:
		}
		d.Release()
		if err := <-answered; !errors.Is(err, syscall.EIO) {
			t.Errorf("it was told %v", err)
		}
		if got := content(t, d, "f"); got != "ab" {
			t.Errorf("it holds %q", got)
		}
	})
}

func TestSyncKeepsWhatWasThereWhenItBegan(t *testing.T) {
	var early, late int
	for seed := range uint64(fates) {
		synctest.Test(t, func(t *testing.T) {
			d := disk.New(time.Second)
			f := made(t, d, "f")
			do(t, d.Sync(disk.Root), d.Write(f, 0, []byte("a")))
			go func() {
				time.Sleep(time.Millisecond)
				if err := d.Write(f, 1, []byte("b")); err != nil {
					t.Error(err)
				}
			}()
			do(t, d.Sync(f))
			switch got := content(t, cut(t, d, seed), "f"); got {
			case "ab":
				late++
			case "a", "a\x00":
				early++
			default:
				t.Fatalf("left is %q", got)
			}
		})
	}
	if early == 0 || late == 0 {
		t.Errorf("what came during the sync was lost %d times, and kept %d times", early, late)
	}
}

func TestSyncThatThePowerCutsShortKeepsNothingForCertain(t *testing.T) {
	lost := 0
	for seed := range uint64(fates) {
		synctest.Test(t, func(t *testing.T) {
			d := disk.New(time.Second)
			f := made(t, d, "f")
			do(t, d.Sync(disk.Root), d.Write(f, 0, []byte("a")))
			time.AfterFunc(time.Millisecond, d.Cut)
			time.AfterFunc(2*time.Second, d.Release)
			if err := d.Sync(f); !errors.Is(err, syscall.EIO) {
				t.Fatalf("it was told %v", err)
			}
			if content(t, cut(t, d, seed), "f") != "a" {
				lost++
			}
		})
	}
	if lost == 0 || lost == fates {
		t.Errorf("it is lost after %d of %d cuts", lost, fates)
	}
}
