package server

import "sync/atomic"

// place is where net/http is on a connection, as far as its calls tell. Only
// between two requests does a read begin one: net/http says that the connection is
// idle, sets the deadline that idle ones have, reads until it has some bytes, and
// sets another deadline. Where it has them in hand, it does not read.
type place struct{ at atomic.Int32 }

const (
	within int32 = iota
	idle
	between
)

// readSize is how much net/http reads at most when it has nothing in hand.
const readSize = 4 << 10

// rests hears that a request was answered whole.
func (p *place) rests() { p.at.Store(idle) }

// deadline says whether the deadline that net/http sets is that of idle ones.
func (p *place) deadline() bool {
	if p.at.CompareAndSwap(idle, between) {
		return true
	}
	p.at.Store(within)
	return false
}

// begins says whether what is read next belongs to the begin of a request, and
// whether it is the very first of it; room is how much net/http reads at most.
func (p *place) begins(room int) (begins, first bool) {
	begins = p.at.CompareAndSwap(between, within)
	return begins, begins && room == readSize
}
