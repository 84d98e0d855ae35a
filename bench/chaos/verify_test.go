package main

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time { return noon.Add(time.Duration(seconds * float64(time.Second))) }

// written is a ledger and the world that it should have led to: an order of five
// seats, of which the sixth second brought two more, a name and a suspension;
// and an order of which no client knows what became of it.
func written() ([]*entry, *world) {
	w := &world{}
	entries := []*entry{
		{ID: "r1", Kind: placeOrder, Quantities: []int{5}, Order: "o1", Outcome: acknowledged, Status: 201, Etag: "o1v1", Sent: at(0), Answered: at(0.1)},
		{ID: "r2", Kind: setSeats, Quantities: []int{7}, Subscription: "s1", IfMatch: "s1v2", Etag: "s1v3", Outcome: acknowledged, Status: 200, Sent: at(5), Answered: at(5.1)},
		{ID: "r3", Kind: setName, Subscription: "s1", IfMatch: "s1v4", Etag: "s1v5", Outcome: acknowledged, Status: 200, Sent: at(10), Answered: at(10.1)},
		{ID: "r4", Kind: suspend, Subscription: "s1", IfMatch: "s1v5", Etag: "s1v6", Outcome: acknowledged, Status: 200, Sent: at(11), Answered: at(11.1)},
		{ID: "r5", Kind: placeOrder, Quantities: []int{3}, Outcome: unknown, Sent: at(12), Doubts: 1},
		{ID: "r6", Kind: setSeats, Quantities: []int{9}, Subscription: "s1", IfMatch: "s1v5", Outcome: refused, Status: 409, Sent: at(13), Answered: at(13.1)},
	}
	w.order("r1", "o1", "c1", "s1", 5, 0)
	w.tell(4, "became visible", "", "s1", "", w.last("settled"))
	w.ask("r2", "c2", "seat change", "s1", 5, 7, 5)
	w.settle("c2", "s1", 2, 6)
	w.tell(7, "became visible", "", "s1", "", w.last("settled"))
	w.tell(10, "changed", "r3", "s1", "", "")
	w.audit("r3")
	w.ask("r4", "c3", "suspension", "s1", 7, 7, 11)
	w.settle("c3", "s1", 0, 11)
	w.tell(11, "suspended", "", "s1", "c3", w.last("settled"))
	w.subscription("s1", 7, "suspended")
	return entries, w
}

func (w *world) order(request, order, change, subscription string, seats int, when float64) {
	var row orderRow
	row.Resource.ID = order
	w.orders = append(w.orders, row)
	w.tell(when, "order placed", request, "", "", "")
	w.events[len(w.events)-1].Order = order
	w.ask(request, change, "purchase", subscription, 0, seats, when)
	w.settle(change, subscription, seats, when+1)
}

func (w *world) ask(request, change, kind, subscription string, before, asked int, when float64) {
	w.changes = append(w.changes, changeRow{ID: change, Kind: kind, Subscription: subscription, Before: before, Asked: asked, AskedAt: at(when)})
	w.tell(when, "change asked", request, subscription, change, "")
	w.audit(request)
}

func (w *world) audit(request string) {
	var a auditRow
	a.Record.ID, a.Record.Correlation = fmt.Sprintf("a%d", len(w.audits)), request
	w.audits = append(w.audits, a)
}

func (w *world) settle(change, subscription string, seats int, when float64) {
	c := &w.changes[len(w.changes)-1]
	c.SettledAt, c.Portions = new(at(when)), []portionRow{{seats, "fulfilled"}}
	cause := w.last("change asked")
	w.tell(when, "portion fulfilled", "", subscription, change, cause)
	w.tell(when, "settled", "", subscription, change, cause)
}

func (w *world) tell(when float64, kind, request, subscription, change, cause string) {
	w.events = append(w.events, eventRow{
		ID: fmt.Sprintf("e%02d", len(w.events)), At: at(when), RealAt: at(when), Kind: kind, RequestID: request, Subscription: subscription, Change: change, Cause: cause,
	})
}

func (w *world) last(kind string) string {
	for i := len(w.events) - 1; i >= 0; i-- {
		if w.events[i].Kind == kind {
			return w.events[i].ID
		}
	}
	return ""
}

func (w *world) subscription(id string, seats int, status string) {
	var row subscriptionRow
	row.Resource.ID, row.Resource.Quantity, row.Resource.Status = id, seats, status
	row.Provisioning = new(struct {
		Provisioned struct {
			Quantity int `json:"quantity"`
		} `json:"provisioned"`
		Unsettled bool `json:"unsettled"`
	})
	row.Provisioning.Provisioned.Quantity = seats
	w.subscriptions = append(w.subscriptions, row)
}

// drop takes out the first event of a kind.
func (w *world) drop(kind string) {
	i := slices.IndexFunc(w.events, func(e eventRow) bool { return e.Kind == kind })
	w.events = slices.Delete(w.events, i, i+1)
}

func TestNothingIsMissedOfAWholeWorld(t *testing.T) {
	entries, w := written()
	if losses := verify(entries, w, time.Second); len(losses) != 0 {
		t.Errorf("it is said to have lost %q", losses)
	}
	w.order("r5", "o2", "c9", "s2", 3, 12)
	w.tell(14, "became visible", "", "s2", "", w.last("settled"))
	w.subscription("s2", 3, "active")
	if losses := verify(entries, w, time.Second); len(losses) != 0 {
		t.Errorf("with what nobody knows of, it is said to have lost %q", losses)
	}
}

func TestEachLossIsNoticed(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(entries []*entry, w *world)
		what  string
	}{
		"a write that left nothing": {func(entries []*entry, w *world) {
			w.drop("changed")
			w.audits = slices.DeleteFunc(w.audits, func(a auditRow) bool { return a.Record.Correlation == "r3" })
		}, lostWrite},
		"an order that is gone": {func(_ []*entry, w *world) { w.orders = nil }, lostWrite},
		"a change that is gone": {func(_ []*entry, w *world) { w.changes = slices.Delete(w.changes, 1, 2) }, lostWrite},
		"a status that is gone": {func(_ []*entry, w *world) { w.subscriptions[0].Resource.Status = "active" }, lostWrite},
		"a subscription":        {func(_ []*entry, w *world) { w.subscriptions = nil }, lostWrite},
		"two orders of one":     {func(_ []*entry, w *world) { w.order("r1", "o9", "c9", "s9", 5, 0) }, doneTwice},
		"another order":         {func(entries []*entry, _ *world) { entries[0].Order = "o9" }, doneTwice},
		"one done twice unasked": {func(_ []*entry, w *world) {
			w.order("r5", "o8", "c8", "s8", 3, 12)
			w.order("r5", "o9", "c9", "s9", 3, 12)
		}, doneTwice},
		"a refusal that was done": {func(_ []*entry, w *world) {
			w.ask("r6", "c9", "seat change", "s1", 7, 9, 13)
		}, doneAnyway},
		"other seats": {func(_ []*entry, w *world) { w.changes[1].Asked = 8 }, doneInPart},
		"a stranger":  {func(_ []*entry, w *world) { w.tell(20, "changed", "r99", "s1", "", "") }, unasked},
		"a stranger's audit record": {func(_ []*entry, w *world) {
			w.audit("r99")
		}, unasked},
		"no word of an asked change":         {func(_ []*entry, w *world) { w.drop("change asked") }, missingEvent},
		"no word of a portion":               {func(_ []*entry, w *world) { w.drop("portion fulfilled") }, missingEvent},
		"no word of an outcome that shows":   {func(_ []*entry, w *world) { w.drop("became visible") }, missingEvent},
		"no word of a suspension":            {func(_ []*entry, w *world) { w.drop("suspended") }, missingEvent},
		"an outcome that is shown twice":     {func(_ []*entry, w *world) { w.tell(20, "became visible", "", "s1", "", w.last("settled")) }, missingEvent},
		"no audit record":                    {func(_ []*entry, w *world) { w.audits = w.audits[1:] }, missingAudit},
		"two audit records":                  {func(_ []*entry, w *world) { w.audit("r1") }, missingAudit},
		"two outcomes":                       {func(_ []*entry, w *world) { w.tell(20, "settled", "", "s1", "c1", w.last("change asked")) }, outcomes},
		"no outcome":                         {func(_ []*entry, w *world) { w.changes[1].SettledAt = nil }, outcomes},
		"an outcome that nobody was told":    {func(_ []*entry, w *world) { w.drop("settled") }, outcomes},
		"portions that make more than asked": {func(_ []*entry, w *world) { w.changes[0].Portions[0].Quantity = 6 }, outcomes},
		"a portion that is pending":          {func(_ []*entry, w *world) { w.changes[0].Portions[0].Status = "prefulfillmentPending" }, outcomes},
		"seats of nowhere":                   {func(_ []*entry, w *world) { w.subscriptions[0].Resource.Quantity = 8 }, wrongSum},
		"a change that starts from others":   {func(_ []*entry, w *world) { w.changes[2].Before = 5 }, wrongSum},
		"two changes at once":                {func(_ []*entry, w *world) { w.changes[0].SettledAt = new(at(5.5)) }, lostUpdate},
		"two writes on one version":          {func(entries []*entry, _ *world) { entries[3].IfMatch = "s1v4" }, lostUpdate},
		"an effect before its cause":         {func(_ []*entry, w *world) { w.events[0].Cause = w.last("settled") }, disorder},
		"events that change places":          {func(_ []*entry, w *world) { w.events[2], w.events[3] = w.events[3], w.events[2] }, disorder},
		"an event under an earlier id":       {func(_ []*entry, w *world) { w.events[len(w.events)-1].RealAt = at(1) }, disorder},
		"an answer that is not the order":    {func(entries []*entry, _ *world) { entries[2].Sent = at(11.2) }, disorder},
	} {
		t.Run(name, func(t *testing.T) {
			entries, w := written()
			c.spoil(entries, w)
			losses := verify(entries, w, time.Second)
			if !slices.ContainsFunc(losses, func(l loss) bool { return l.what == c.what }) {
				t.Errorf("it is not noticed as %q, but %q", c.what, losses)
			}
		})
	}
}
