//go:build unix

package server

import (
	"math"
	"syscall"
)

// openFiles is how many files this process may have open.
func openFiles() (most int, known bool) {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 0, false
	}
	return int(min(uint64(limit.Cur), math.MaxInt32)), true
}
