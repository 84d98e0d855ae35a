//go:build !race

package commerce_test

const raced = false
