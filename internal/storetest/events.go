package storetest

import (
	"context"
	"fmt"
	"testing"

	"provost/internal/commerce"
)

func newEvent(id string) commerce.Event {
	return commerce.Event{World: theWorld, ID: id, At: noon, RealAt: *after(100), Kind: commerce.ChangeAsked}
}

func events(t *testing.T, s commerce.Store, q commerce.EventQuery) []commerce.Event {
	t.Helper()
	return read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.Event, error) { return tx.Events().List(ctx, q) })
}

func eventIDs(t *testing.T, s commerce.Store, q commerce.EventQuery) []string {
	t.Helper()
	return each(events(t, s, q), func(e commerce.Event) string { return e.ID })
}

var eventPromises = []promise{
	{"an event comes back whole", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld))
		full, number := newEvent("event-1"), 7
		full.EventRecord = commerce.EventRecord{
			Customer: theCustomer, Order: "Order-1", Line: &number, Subscription: "Subscription-1", Change: "Change-1",
			ChangeKind: commerce.Renewal, Portion: &number, Before: new(0), After: new(-3), Cause: "event-0", User: theUser, App: "App-1",
			Partner: theProvider, RequestID: "Request-1", CorrelationID: "Correlation-1", Reason: "none \"left\"",
		}
		insert(t, s, full, newEvent("event-2"))
		same(t, "events", events(t, s, commerce.EventQuery{World: theWorld, Limit: 10}), []commerce.Event{full, newEvent("event-2")})
	}},
	{"many events come at once, or none of them", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld))
		many, ids := []commerce.Event{}, []string{}
		for i := range 137 {
			ids = append(ids, fmt.Sprintf("event-%03d", i))
			many = append(many, newEvent(ids[i]))
		}
		all := func(events []commerce.Event) func(context.Context, commerce.Tx) error {
			return func(ctx context.Context, tx commerce.Tx) error { return tx.Events().InsertAll(ctx, events) }
		}
		write(t, s, all(nil))
		write(t, s, all(many))
		refused(t, s, commerce.ErrTaken, all([]commerce.Event{newEvent("event-200"), many[5]}))
		same(t, "all", eventIDs(t, s, commerce.EventQuery{World: theWorld, Limit: 1000}), ids)
	}},
	{"events are picked by customer and subscription, and paged by id", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld), newWorld("World-2"))
		for i, of := range [][2]string{{"C-1", "S-1"}, {"C-1", "S-2"}, {"c-1", "s-1"}, {"C-2", "S-1"}} {
			e := newEvent(fmt.Sprintf("event-%d", i))
			e.Customer, e.Subscription = of[0], of[1]
			insert(t, s, e)
		}
		elsewhere := newEvent("event-0")
		elsewhere.World = "World-2"
		insert(t, s, elsewhere)
		same(t, "all", eventIDs(t, s, commerce.EventQuery{World: "WORLD-1", Limit: 10}), []string{"event-0", "event-1", "event-2", "event-3"})
		same(t, "a customer's", eventIDs(t, s, commerce.EventQuery{World: theWorld, Customer: "c-1", Limit: 10}), []string{"event-0", "event-1", "event-2"})
		same(t, "a subscription's", eventIDs(t, s, commerce.EventQuery{World: theWorld, Customer: "C-1", Subscription: "S-1", Limit: 10}), []string{"event-0", "event-2"})
		same(t, "a page", eventIDs(t, s, commerce.EventQuery{World: theWorld, After: "event-1", Limit: 1}), []string{"event-2"})
	}},
	{"an event's id is used once", func(t *testing.T, s commerce.Store) {
		insert(t, s, newWorld(theWorld), newEvent("event-1"))
		refused(t, s, commerce.ErrTaken, func(ctx context.Context, tx commerce.Tx) error { return add(ctx, tx, newEvent("event-1")) })
	}},
}
