package restapi

import "provost/internal/pipe"

// Rows lets the tests read the table.
func Rows() []pipe.Route { return throttle(routes(calls{})) }

// Reserved lets the tests read the words that are no ids.
var Reserved = reserved

// Throttled lets the tests read which paths are counted.
var Throttled = throttled
