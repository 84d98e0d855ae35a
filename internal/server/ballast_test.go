package server

import (
	"runtime"
	"testing"
	"time"
)

func TestTheBallastGoesOnceAsMuchIsAliveBesideIt(t *testing.T) {
	carryBallast()
	alive := make([]byte, 3*ballastSize)
	for range 500 {
		runtime.GC()
		if ballast.Load() == nil {
			break
		}
		time.Sleep(time.Millisecond) // what weighs runs beside
	}
	if ballast.Load() != nil {
		t.Error("there is a ballast beside three times as much")
	}
	runtime.KeepAlive(alive)
}
