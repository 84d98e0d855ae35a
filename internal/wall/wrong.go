//go:build chaos

package wall

import (
	"os"
	"time"
)

// Variable says how wrong the clock is made on purpose, such as -50s; in
// binaries that were built to be tried with a wrong one.
const Variable = "PROVOST_CHAOS_SHIFT"

var shift = func() time.Duration {
	text := os.Getenv(Variable)
	if text == "" {
		return 0
	}
	wrong, err := time.ParseDuration(text)
	if err != nil {
		panic(Variable + ": " + err.Error())
	}
	return wrong
}()
