package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// world is everything that the servers have kept, as an export tells it: read
// here with words of its own, so that it depends on nothing of the product.
type world struct {
	orders        []orderRow
	subscriptions []subscriptionRow
	changes       []changeRow
	audits        []auditRow
	events        []eventRow
}

type orderRow struct {
	CreatedAt time.Time `json:"createdAt"`
	Resource  struct {
		ID string `json:"id"`
	} `json:"resource"`
}

type subscriptionRow struct {
	Customer string `json:"customer"`
	Resource struct {
		ID       string `json:"id"`
		Quantity int    `json:"quantity"`
		Status   string `json:"status"`
		OrderID  string `json:"orderId"`
	} `json:"resource"`
	Provisioning *struct {
		Provisioned struct {
			Quantity int `json:"quantity"`
		} `json:"provisioned"`
		Unsettled bool `json:"unsettled"`
	} `json:"provisioning"`
}

type changeRow struct {
	ID           string       `json:"id"`
	Kind         string       `json:"kind"`
	Customer     string       `json:"customer"`
	Order        string       `json:"order"`
	Subscription string       `json:"subscription"`
	Before       int          `json:"before"`
	Asked        int          `json:"asked"`
	AskedAt      time.Time    `json:"askedAt"`
	SettledAt    *time.Time   `json:"settledAt"`
	Portions     []portionRow `json:"portions"`
}

type portionRow struct {
	Quantity int    `json:"quantity"`
	Status   string `json:"status"`
}

// fulfilled is the sum of what was delivered.
func (c changeRow) fulfilled() int {
	sum := 0
	for _, p := range c.Portions {
		if p.Status == "fulfilled" {
			sum += p.Quantity
		}
	}
	return sum
}

// failed says whether a part of it was not delivered.
func (c changeRow) failed() bool {
	for _, p := range c.Portions {
		if p.Status == "unfulfilled" {
			return true
		}
	}
	return false
}

type auditRow struct {
	Record struct {
		ID          string `json:"id"`
		Operation   string `json:"operationType"`
		Correlation string `json:"originalCorrelationId"`
	} `json:"record"`
}

type eventRow struct {
	ID           string    `json:"id"`
	At           time.Time `json:"at"`
	RealAt       time.Time `json:"realAt"`
	Kind         string    `json:"kind"`
	Order        string    `json:"order"`
	Subscription string    `json:"subscription"`
	Change       string    `json:"change"`
	ChangeKind   string    `json:"changeKind"`
	Portion      *int      `json:"portion"`
	Cause        string    `json:"cause"`
	RequestID    string    `json:"requestId"`
}

// readWorld reads an export. What was there before the first event is the demo
// shop, and none of ours.
func readWorld(from io.Reader) (*world, error) {
	w := &world{}
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var line struct {
			Order        *orderRow        `json:"order"`
			Subscription *subscriptionRow `json:"subscription"`
			Change       *changeRow       `json:"change"`
			Audit        *auditRow        `json:"audit"`
			Event        *eventRow        `json:"event"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return nil, fmt.Errorf("read a line of the export: %w", err)
		}
		switch {
		case line.Order != nil:
			w.orders = append(w.orders, *line.Order)
		case line.Subscription != nil:
			w.subscriptions = append(w.subscriptions, *line.Subscription)
		case line.Change != nil:
			w.changes = append(w.changes, *line.Change)
		case line.Audit != nil:
			w.audits = append(w.audits, *line.Audit)
		case line.Event != nil:
			w.events = append(w.events, *line.Event)
		}
	}
	return w, lines.Err()
}

// without leaves out what was in the world before: the demo shop that it was
// made with.
func (w *world) without(before *world) *world {
	orders, changes, subscriptions := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, o := range before.orders {
		orders[o.Resource.ID] = true
	}
	for _, c := range before.changes {
		changes[c.ID], subscriptions[c.Subscription] = true, true
	}
	for _, s := range before.subscriptions {
		subscriptions[s.Resource.ID] = true
	}
	rest := &world{audits: w.audits}
	for _, o := range w.orders {
		if !orders[o.Resource.ID] {
			rest.orders = append(rest.orders, o)
		}
	}
	for _, c := range w.changes {
		if !changes[c.ID] {
			rest.changes = append(rest.changes, c)
		}
	}
	for _, s := range w.subscriptions {
		if !subscriptions[s.Resource.ID] {
			rest.subscriptions = append(rest.subscriptions, s)
		}
	}
	for _, e := range w.events {
		if !subscriptions[e.Subscription] || e.RequestID != "" {
			rest.events = append(rest.events, e)
		}
	}
	return rest
}
