// Package memory sets the pace of the garbage collector for a server.
package memory

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Requests leave garbage by the megabyte and little that lasts. By itself the
// collector begins anew when twice what is alive is allocated: with a few megabytes
// alive it would do little else. Settling 100,000 changes takes a fifth less time
// with room. Room costs memory, and the more is alive, the less of it is needed: a
// full read cache leaves half of what is alive, with which a server over a million
// subscriptions stays where the system has room for it. Of very much that is alive,
// the collector is as quiet as by itself.
const (
	// most is how much garbage may lie about where little is alive.
	most = 64 << 20
	// enough is what that and what is alive may take together.
	enough = 64 << 20
)

// A server that has come to rest gives back what its work took.
const (
	restTime = 5 * time.Second
	// restBytes is what one that rests may still allocate in that time: its timers,
	// a scrape of its metrics, a probe of its health.
	restBytes = 1 << 20
)

// Keep sets the collector's pace until the context ends. One that the
// environment sets (GOGC) stands; a limit (GOMEMLIMIT) bounds either.
func Keep(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	pace()
	whenCollected(ctx, new([64]byte))
	go rest(ctx, restTime)
}

// whenCollected sets the pace when the collector finds that nobody holds the
// marker, and again each time after that.
func whenCollected(ctx context.Context, marker *[64]byte) {
	runtime.AddCleanup(marker, func(struct{}) {
		if ctx.Err() == nil {
			pace()
			whenCollected(ctx, new([64]byte))
		}
	}, struct{}{})
}

// pace has the collector begin anew when what is alive leaves as much garbage as
// there is room for.
func pace() {
	// What goroutines hold and what the program begins with count as well there.
	alive := read("/gc/heap/live:bytes") + read("/gc/scan/stack:bytes") + read("/gc/scan/globals:bytes")
	debug.SetGCPercent(percent(alive))
}

func percent(alive uint64) int {
	alive = max(alive, 1<<20)
	room := max(alive/2, alive-min(alive, enough/2))
	if alive < enough {
		room = max(room, min(most, enough-alive))
	}
	return int(room * 100 / alive)
}

// rest gives memory back to the system whenever work has ended.
func rest(ctx context.Context, each time.Duration) {
	const allocated = "/gc/heap/allocs:bytes"
	before, given := read(allocated), uint64(0)
	ticker := time.NewTicker(each)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := read(allocated)
		if now-before < restBytes && before-given > restBytes {
			debug.FreeOSMemory()
			now = read(allocated)
			given = now
		}
		before = now
	}
}

func read(name string) uint64 {
	sample := []metrics.Sample{{Name: name}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
