package operator

import "provost/internal/pipe"

// The rows of the two parts of the door, for tests to read.
func Rows() []pipe.Route           { return routes(calls{}) }
func ManagementRows() []pipe.Route { return managementRoutes(calls{}) }
