package memory

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestTheCollectorHasRoomWhereLittleIsAlive(t *testing.T) {
	for _, c := range []struct{ alive, room uint64 }{
		{4 << 20, 60 << 20}, {16 << 20, 48 << 20}, {36 << 20, 28 << 20}, // no more than 64 MB in all
		{44 << 20, 22 << 20}, {64 << 20, 32 << 20}, // half of what is alive
		{128 << 20, 96 << 20}, {1 << 40, 1 << 40}, // nearly its own pace
	} {
		got := c.alive * uint64(percent(c.alive)) / 100
		if got > c.room || got < c.room-c.alive/50 {
			t.Errorf("%d MB alive leave room for %d MB, want %d", c.alive>>20, got>>20, c.room>>20)
		}
	}
	if got := percent(0); got != 6300 {
		t.Errorf("before anything is known, the pace is %d %%", got)
	}
}

// setPace begins with one for a test alone.
func setPace(t *testing.T, percent int) {
	t.Helper()
	before := debug.SetGCPercent(percent)
	runtime.GC()
	t.Cleanup(func() { debug.SetGCPercent(before) })
}

// garbage is what requests leave.
var garbage []byte

func litter(bytes int) {
	const piece = 64 << 10
	for range bytes / piece {
		garbage = make([]byte, piece)
	}
	garbage = nil
}

func TestACollectorThatIsPacedRunsSeldom(t *testing.T) {
	t.Setenv("GOGC", "")
	collections := func() uint32 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		before := m.NumGC
		litter(512 << 20)
		runtime.ReadMemStats(&m)
		return m.NumGC - before
	}
	setPace(t, 100)
	byItself := collections()
	Keep(t.Context())
	litter(64 << 20) // until the first pace holds
	if paced := collections(); paced > 512/64*2 || paced >= byItself/2 {
		t.Errorf("the collector ran %d times, and %d by itself", paced, byItself)
	}
}

func TestWhoseEnvironmentSetsAPaceKeepsIt(t *testing.T) {
	t.Setenv("GOGC", "50")
	setPace(t, 50)
	Keep(t.Context())
	litter(256 << 20)
	if got := debug.SetGCPercent(50); got != 50 {
		t.Errorf("the pace is %d %%, and the environment said 50", got)
	}
}

func TestAServerAtRestGivesMemoryBack(t *testing.T) {
	setPace(t, 1000)
	litter(128 << 20)
	go rest(t.Context(), 20*time.Millisecond)
	for range 500 {
		if read("/memory/classes/heap/free:bytes") < 16<<20 && read("/memory/classes/heap/objects:bytes") < 16<<20 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d MB of garbage and %d MB of free memory are kept", read("/memory/classes/heap/objects:bytes")>>20, read("/memory/classes/heap/free:bytes")>>20)
}
