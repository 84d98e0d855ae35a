package restapi

import "provost/internal/pipe"

// Rows lets the tests read the table.
func Rows() []pipe.Route { return routes(calls{}) }
