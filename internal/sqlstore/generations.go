package sqlstore

import (
	"hash/maphash"
	"regexp"
	"sync"
	"sync/atomic"
)

// generations count the writes that what was read can depend on: those that
// concern everyone, and those that concern a customer of a world. The latter
// share a bounded number of counters, so that two customers may, rarely, count as
// one: what was read of either is then read again once too often.
type generations struct {
	seed      maphash.Seed
	everyone  atomic.Uint64
	customers [1 << 14]atomic.Uint64
}

func (g *generations) of(world, customer string) *atomic.Uint64 {
	sum := maphash.Comparable(g.seed, concern{fold(world), fold(customer)})
	return &g.customers[sum%uint64(len(g.customers))]
}

// Generation tells the state of a customer ("" for what concerns no single one)
// from every earlier one: it grows before a write is acknowledged that changes
// what can be read of the customer, or whose reading is allowed.
func (s *Store) Generation(world, customer string) uint64 {
	// Both only grow: an equal sum means that neither has.
	everyone := s.generations.everyone.Load()
	if customer == "" {
		return everyone
	}
	return everyone + s.generations.of(world, customer).Load()
}

type concern struct{ world, customer string }

// concerns says whose rows the statements that follow are about. Those on a
// customer's tables count as everyone's until this was said.
func (t *tx) concerns(world, customer string) {
	if n := len(t.concerned); n == 0 || t.concerned[n-1] != (concern{world, customer}) {
		t.concerned = append(t.concerned, concern{world, customer})
	}
}

// audience is who can see what a statement changed.
type audience int

const (
	everyone audience = iota
	aCustomer
	nobody
)

// audiences are those of tables; a table that is not here is everyone's.
var audiences = map[string]audience{
	"customers": aCustomer, "relationships": aCustomer, "directory_grants": aCustomer, "agreements": aCustomer, "carts": aCustomer,
	"orders": aCustomer, "subscriptions": aCustomer, "changes": aCustomer,
	// What is read without being kept.
	"events": nobody, "audit": nobody, "answers": nobody, "due": nobody, "leases": nobody, "mfa_calls": nobody,
	"request_counts": nobody, "operator_log": nobody, "operator_keys": nobody, "refresh_tokens": nobody, "app_registrations": nobody,
}

var changedTable = regexp.MustCompile(`^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)`)

// audienceOf knows each text after it was seen once: they are few.
var audienceOf = func() func(text string) audience {
	var known sync.Map
	return func(text string) audience {
		if a, ok := known.Load(text); ok {
			return a.(audience)
		}
		a := everyone
		if found := changedTable.FindStringSubmatch(text); found != nil {
			a = audiences[found[1]]
		}
		known.Store(text, a)
		return a
	}
}()

// touched notes who can see what the statement changes.
func (t *tx) touched(text string) {
	switch a := audienceOf(text); {
	case a == everyone, a == aCustomer && t.concerned == nil:
		t.everyones = true
	}
}

// grow is called once the transaction is committed, before anybody hears of it.
func (t *tx) grow() {
	g := &t.store.generations
	if t.everyones {
		g.everyone.Add(1)
		return
	}
	for _, c := range t.concerned {
		g.of(c.world, c.customer).Add(1)
	}
}
