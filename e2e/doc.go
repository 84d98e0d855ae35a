// Package e2e is journeys with the real binary: real HTTP, a real store, real
// signals. It has tests alone.
package e2e
