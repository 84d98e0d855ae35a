//go:build race

package commerce_test

// raced: under the race detector everything takes ten times as long, and fewer
// rounds show the same races.
const raced = true
