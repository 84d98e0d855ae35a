package pipe

import "net/http"

// The tests of this package look at its parts by these names.
var (
	TraceID           = traceID
	CorrelationVector = correlationVector
	ParseQuery        = parseQuery
	ReadBody          = readBody
	Depth             = depth
)

// MaxBody and MaxDepth are the limits of a body.
const (
	MaxBody  = maxBody
	MaxDepth = maxDepth
)

// FoldRequest folds a request's path for the given routes.
func FoldRequest(paths []string, r *http.Request) (*http.Request, error) {
	return newFold(paths).request(r)
}
