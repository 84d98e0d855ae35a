// Package wall is the clock of the machine that a server runs on: what tokens,
// signatures and dates of answers go by, and a shop in a file. Shops on a shared
// database go by that one's.
package wall

import "time"

// Now is what it says.
func Now() time.Time { return time.Now().Add(shift) }
