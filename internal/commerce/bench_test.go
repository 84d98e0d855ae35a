//go:build unix

package commerce_test

import (
	"syscall"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/internal/memory"
)

const benchChanges = 100_000

// processTime is what this process has had of all processors: unlike the time on
// the wall it says the same on a machine that does other things too.
func processTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkSettle carries out 100,000 changes that are due at one instant, and
// then shows their outcomes, durably.
func BenchmarkSettle(b *testing.B) {
	memory.Keep(b.Context()) // as a server does
	for range b.N {
		b.StopTimer()
		at := opened
		shop := shopOfChanges(b, benchChanges, at)
		run := func(unit string) {
			began, used := time.Now(), processTime(b)
			for more := true; more; {
				var err error
				if more, err = shop.RunDue(b.Context(), "shop"); err != nil {
					b.Fatal(err)
				}
			}
			took := time.Since(began)
			b.ReportMetric(took.Seconds(), "s/"+unit)
			b.ReportMetric(benchChanges/took.Seconds(), unit+"/s")
			b.ReportMetric((processTime(b) - used).Seconds(), "cpu-s/"+unit)
		}
		b.StartTimer()
		run("settled")
		err := shop.Store.Write(b.Context(), func(tx commerce.Tx) error {
			refresh := tickAfter(at, 15*time.Minute)
			return tx.Worlds().SetClock(b.Context(), "shop", commerce.Clock{FrozenAt: &refresh})
		})
		if err != nil {
			b.Fatal(err)
		}
		run("shown")
	}
}
