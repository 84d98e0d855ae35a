package machine

import (
	"runtime"
	"testing"
)

func TestOneProcessorMoreIsUsedUnlessTheEnvironmentSaysHowMany(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	t.Setenv("GOMAXPROCS", "3")
	addProcessor()
	if got := runtime.GOMAXPROCS(0); got != before {
		t.Errorf("%d are used where the environment has its say, and %d before", got, before)
	}
	t.Setenv("GOMAXPROCS", "")
	addProcessor()
	if got := runtime.GOMAXPROCS(0); got != before+1 {
		t.Errorf("%d are used, want %d", got, before+1)
	}
}
