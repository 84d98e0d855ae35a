package restapi

import "provost/internal/pipe"

// Rows lets the tests read the table.
func Rows() []pipe.Route { return routes(calls{}) }

// Reserved lets the tests read the words that are no ids.
var Reserved = reserved
