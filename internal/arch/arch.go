// Package arch holds the floor plan of the house as a test: who may import
// whom. It has no code of its own.
package arch
