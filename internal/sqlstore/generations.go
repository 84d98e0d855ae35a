package sqlstore

import (
	"hash/maphash"
	"regexp"
	"slices"
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
	return s.generations.at(concern{world, customer})
}

type concern struct{ world, customer string }

// concerned are customers whose rows were written; everyone says that the others
// are concerned as well.
type concerned struct {
	customers []concern
	everyone  bool
}

// concerns says whose rows the statements that follow are about. Those on a
// customer's tables count as everyone's until this was said.
func (t *tx) concerns(world, customer string) {
	if n := len(t.concerned.customers); n == 0 || t.concerned.customers[n-1] != (concern{world, customer}) {
		t.concerned.customers = append(t.concerned.customers, concern{world, customer})
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

// audienceOf is who can see what a statement changes.
var audienceOf = remembered(func(text string) audience {
	if found := changedTable.FindStringSubmatch(text); found != nil {
		return audiences[found[1]]
	}
	return everyone
})

// remembered knows each text after it was seen once: they are few.
func remembered(of func(text string) audience) func(text string) audience {
	var known sync.Map
	return func(text string) audience {
		if a, ok := known.Load(text); ok {
			return a.(audience)
		}
		a := of(text)
		known.Store(text, a)
		return a
	}
}

// touched notes who can see what the statement changes.
func (t *tx) touched(text string) {
	switch a := audienceOf(text); {
	case a == everyone, a == aCustomer && t.concerned.customers == nil:
		t.concerned.everyone = true
	}
}

// add has others concerned as well.
func (c *concerned) add(others concerned) {
	c.customers = append(c.customers, others.customers...)
	c.everyone = c.everyone || others.everyone
}

// touches says whether a customer is among them.
func (c *concerned) touches(one concern) bool {
	return c.everyone || slices.ContainsFunc(c.customers, func(of concern) bool {
		return fold(of.world) == fold(one.world) && fold(of.customer) == fold(one.customer)
	})
}

// grow is called once a transaction is committed, before anybody hears of it.
func (g *generations) grow(of concerned) {
	if of.everyone {
		g.everyone.Add(1)
		return
	}
	for _, c := range of.customers {
		g.of(c.world, c.customer).Add(1)
	}
}

// at is the generation of a customer.
func (g *generations) at(of concern) uint64 {
	// Both only grow: an equal sum means that neither has.
	everyone := g.everyone.Load()
	if of.customer == "" {
		return everyone
	}
	return everyone + g.of(of.world, of.customer).Load()
}
