// Package machine says how much a server takes of its machine's memory and
// processors.
package machine

import (
	"context"
	"os"
	"runtime"
)

// Use sets both for this process until the context ends. What the environment
// says (GOGC, GOMEMLIMIT, GOMAXPROCS) stands.
func Use(ctx context.Context) {
	addProcessor()
	keepPace(ctx)
}

// addProcessor lets the process run one thread more than there are processors. A
// batch of changes and what reads for it keep two busy as long as it lasts, and Go
// looks at the network only where one has nothing to do, or ten milliseconds
// later. One more waits for the network, and the system shares processors in
// shorter turns. It ends Go's own watch over a container's limit, which a restart
// reads anew.
func addProcessor() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	}
}
