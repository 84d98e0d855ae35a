//go:build !chaos

package sqlstore

// synchronous has each commit wait for the disk.
func synchronous() string { return "FULL" }
