package main

import (
	"strings"
	"testing"
)

func TestExportIsReadAndWhatWasThereBeforeIsLeftOut(t *testing.T) {
	const shop = `{"world":{"format":1,"id":"demo"}}
{"order":{"createdAt":"2026-03-02T12:00:00Z","resource":{"id":"o0"}}}
{"subscription":{"customer":"c","resource":{"id":"s0","quantity":2,"status":"active"}}}
{"change":{"id":"c0","kind":"purchase","subscription":"s00","before":0,"asked":2,"askedAt":"2026-03-02T12:00:00Z"}}
`
	const ours = `{"order":{"createdAt":"2026-03-02T12:00:00Z","resource":{"id":"o1"}}}
{"subscription":{"customer":"c","resource":{"id":"s1","quantity":5,"status":"active"},"provisioning":{"provisioned":{"quantity":5}}}}
{"change":{"id":"c1","kind":"purchase","subscription":"s1","before":0,"asked":5,"askedAt":"2026-03-02T12:00:00Z","settledAt":"2026-03-02T12:01:30Z","portions":[{"quantity":3,"status":"fulfilled"},{"quantity":2,"status":"unfulfilled"}]}}
{"audit":{"record":{"id":"a1","operationType":"create_order","originalCorrelationId":"r1"}}}
{"event":{"id":"e0","kind":"became visible","subscription":"s0"}}
{"event":{"id":"e1","kind":"settled","subscription":"s00","change":"c0"}}
{"event":{"id":"e2","at":"2026-03-02T12:00:00Z","realAt":"2026-03-02T12:00:00Z","kind":"change asked","subscription":"s1","change":"c1","requestId":"r1"}}
`
	before, err := readWorld(strings.NewReader(shop))
	if err != nil {
		t.Fatal(err)
	}
	after, err := readWorld(strings.NewReader(shop + ours))
	if err != nil {
		t.Fatal(err)
	}
	w := after.without(before)
	if len(w.orders) != 1 || w.orders[0].Resource.ID != "o1" || len(w.subscriptions) != 1 || w.subscriptions[0].Provisioning.Provisioned.Quantity != 5 ||
		len(w.changes) != 1 || w.changes[0].fulfilled() != 3 || !w.changes[0].failed() || w.changes[0].SettledAt == nil ||
		len(w.audits) != 1 || w.audits[0].Record.Correlation != "r1" || len(w.events) != 1 || w.events[0].RequestID != "r1" {
		t.Errorf("it is %+v", w)
	}
	if _, err := readWorld(strings.NewReader(shop + `{"order":`)); err == nil {
		t.Error("a line that is cut off is no error")
	}
}
