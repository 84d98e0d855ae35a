//go:build !chaos

package wall

import "time"

// shift is how wrong the clock is made on purpose: not at all.
const shift time.Duration = 0
