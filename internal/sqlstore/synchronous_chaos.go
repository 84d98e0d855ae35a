//go:build chaos

package sqlstore

import (
	"cmp"
	"os"
)

// synchronous lets a power cut be tried on a server that does not wait for its
// disk: a test that finds nothing lost then would find nothing at all. No other
// build has this way.
func synchronous() string { return cmp.Or(os.Getenv("CHAOS_SYNCHRONOUS"), "FULL") }
