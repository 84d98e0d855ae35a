package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// What is bought, and how its delivery is simulated: all of it, a part of it,
// none of it.
var offers = []struct{ id, script string }{
	{"CFQ7TTC0LCHC:0002:CFQ7TTCCBK4J", "at +1s"},
	{"CFQ7TTC0LH18:0001:CFQ7TTC725M4", "2 at +1s; at +2s"},
	{"CFQ7TTC0H9MP:0001:CFQ7TTCN3RFD", "3 at +1s; fail at +2s because no licences are left"},
	{"CFQ7TTC0LH16:0001:CFQ7TTCW5JPL", "fail at +1s because the warehouse is gone"},
}

// customers are those of the demo shop who buy.
var customers = []string{
	"cf6f4266-8415-4afd-b119-1834c6391312", "0c39d6d5-c70d-4c55-bc02-f620844f3fd1",
	"f694259f-787e-4276-a00b-66c0ba494899", "96ba4b40-b4b2-4ee6-9a11-bfd31c354445",
}

const (
	// answerTime is how long an attempt waits.
	answerTime = 6 * time.Second
	// patience is how long a client tries once the faults have ended.
	patience = 60 * time.Second
	// lately is how many of the latest subscriptions are changed most.
	lately = 12
)

// load is the clients of a trial.
type load struct {
	ledger    *ledger
	addresses []string
	token     string
	// calm is closed when all faults have ended, over when nobody waits any more.
	calm chan struct{}
	over <-chan struct{}

	mu sync.Mutex
	// sold are the subscriptions that can be changed, oldest first.
	sold []place
}

// place is where a subscription is.
type place struct{ customer, id string }

// clients let so many work until the context ends; what has been sent by then
// is still brought to an end.
func (l *load) clients(ctx context.Context, many int, seed uint64) *sync.WaitGroup {
	var all sync.WaitGroup
	for n := range many {
		all.Go(func() {
			c := &customerOf{load: l, random: rand.New(rand.NewPCG(seed, uint64(n))), http: newHTTP()}
			for ctx.Err() == nil {
				c.work()
			}
			c.http.CloseIdleConnections()
		})
	}
	return &all
}

func newHTTP() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4, IdleConnTimeout: 5 * time.Second}}
}

// customerOf is one client: it does one thing after another.
type customerOf struct {
	*load
	random *rand.Rand
	http   *http.Client
	// ordered are orders of which the subscriptions are yet to be found.
	ordered []place
}

func (c *customerOf) chance(percent int) bool { return c.random.IntN(100) < percent }

// work does one thing.
func (c *customerOf) work() {
	c.find()
	sub, there := c.pick()
	if !there || c.chance(35) {
		c.order()
		return
	}
	c.change(sub)
}

// pick chooses a subscription: mostly one of the latest, so that clients meet.
func (c *customerOf) pick() (place, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.sold) == 0 {
		return place{}, false
	}
	from := 0
	if c.chance(80) {
		from = max(0, len(c.sold)-lately)
	}
	return c.sold[from+c.random.IntN(len(c.sold)-from)], true
}

// newEntry is a write that is yet to be sent.
func (c *customerOf) newEntry(k kind, method, path, customer string, body any) *entry {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	id := fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", c.random.Uint32(), c.random.IntN(1<<16), c.random.IntN(1<<12), c.random.IntN(1<<12), c.random.Uint64N(1<<48))
	return &entry{ID: id, Kind: k, Method: method, Path: path, Customer: customer, Body: string(text), Outcome: unknown}
}

func (c *customerOf) order() {
	customer := customers[c.random.IntN(len(customers))]
	type line struct {
		LineItemNumber int    `json:"lineItemNumber"`
		OfferID        string `json:"offerId"`
		Quantity       int    `json:"quantity"`
		TermDuration   string `json:"termDuration"`
	}
	var lines []line
	var seats []int
	for n := range 1 + c.random.IntN(2) {
		offer := offers[c.random.IntN(len(offers))]
		lines = append(lines, line{n, offer.id, 3 + c.random.IntN(20), "P1Y"})
		seats = append(seats, lines[n].Quantity)
	}
	e := c.newEntry(placeOrder, http.MethodPost, "/v1/customers/"+customer+"/orders", customer, map[string]any{"billingCycle": "monthly", "lineItems": lines})
	e.Quantities = seats
	c.carry(e)
	if e.Outcome == acknowledged {
		c.ordered = append(c.ordered, place{customer, e.Order})
	}
}

// find looks for what an order has led to.
func (c *customerOf) find() {
	if len(c.ordered) == 0 {
		return
	}
	first := c.ordered[0]
	var order struct {
		Status    string `json:"status"`
		LineItems []struct {
			SubscriptionID string `json:"subscriptionId"`
		} `json:"lineItems"`
	}
	if !c.read("/v1/customers/"+first.customer+"/orders/"+first.id, &order) {
		return
	}
	if order.Status == "pending" {
		c.ordered = append(c.ordered[1:], first)
		return
	}
	c.ordered = c.ordered[1:]
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range order.LineItems {
		if l.SubscriptionID != "" {
			c.sold = append(c.sold, place{first.customer, l.SubscriptionID})
		}
	}
}

// change changes a subscription, based on the version that it has just read.
func (c *customerOf) change(of place) {
	path := "/v1/customers/" + of.customer + "/subscriptions/" + of.id
	var now struct {
		Quantity   int    `json:"quantity"`
		Status     string `json:"status"`
		Attributes struct {
			Etag string `json:"etag"`
		} `json:"attributes"`
	}
	if !c.read(path, &now) {
		return
	}
	k, body := c.wish(now.Quantity, now.Status)
	if k == "" {
		c.forget(of)
		return
	}
	body["autoRenewEnabled"] = true
	e := c.newEntry(k, http.MethodPatch, path, of.customer, body)
	e.Subscription, e.IfMatch = of.id, now.Attributes.Etag
	if k == setSeats {
		e.Quantities = []int{body["quantity"].(int)}
	}
	c.carry(e)
	if k == cancel && e.Outcome == acknowledged {
		c.forget(of)
	}
}

// wish chooses what to change.
func (c *customerOf) wish(seats int, status string) (kind, map[string]any) {
	switch n := c.random.IntN(100); {
	case status == "suspended" && n < 80:
		return reactivate, map[string]any{"status": "active"}
	case status != "active" && status != "suspended":
		return "", nil
	case n < 12 || status == "suspended":
		return setName, map[string]any{"friendlyName": fmt.Sprintf("name %d", c.random.Uint32())}
	case n < 24:
		return suspend, map[string]any{"status": "suspended"}
	case n < 30:
		return cancel, map[string]any{"status": "deleted"}
	}
	to := 1 + c.random.IntN(40)
	if to >= seats {
		to++
	}
	return setSeats, map[string]any{"quantity": to}
}

func (c *customerOf) forget(of place) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, p := range c.sold {
		if p == of {
			c.sold = append(c.sold[:i], c.sold[i+1:]...)
			return
		}
	}
}

// carry sends a write until it is answered, or until the client has had enough.
func (c *customerOf) carry(e *entry) {
	impatient := c.chance(15)
	hasty := c.chance(10)
	e.Sent = time.Now()
	c.ledger.note(e)
	var end <-chan time.Time
	for tries := 1; ; tries++ {
		within := answerTime
		if hasty && tries == 1 {
			within = time.Duration(1+c.random.IntN(30)) * time.Millisecond // hangs up
		}
		if c.attempt(e, within) || impatient && e.Doubts > 0 {
			return
		}
		select {
		case <-c.calm:
			if end == nil {
				end = time.After(patience)
			}
		default:
		}
		select {
		case <-c.over:
			return
		case <-end:
			c.ledger.change(func() { c.ledger.late++ })
			return
		case <-time.After(time.Duration(20+c.random.IntN(80*min(tries, 8))) * time.Millisecond):
		}
	}
}

// attempt sends a write once, to any server, and says whether that has decided
// it.
func (c *customerOf) attempt(e *entry, within time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	status, body, err := c.send(ctx, e)
	c.ledger.change(func() { e.Attempts++ })
	if err == nil && status >= 500 && status != http.StatusServiceUnavailable {
		c.ledger.mishap(fmt.Sprintf("%s: %d %s", e.Kind, status, body))
	}
	var told struct {
		ID         string `json:"id"`
		Attributes struct {
			Etag string `json:"etag"`
		} `json:"attributes"`
		Code string `json:"code"`
	}
	if err == nil && json.Unmarshal(body, &told) != nil {
		err = fmt.Errorf("an answer that is no JSON") // cut off, as a rule
	}
	answered := false
	c.ledger.change(func() {
		switch {
		case err != nil || status >= 500:
			if e.Doubts++; status == http.StatusServiceUnavailable {
				c.ledger.unavailable++
			}
		case status == http.StatusUnauthorized: // its clock is hours away
		case status >= 400:
			e.Outcome, e.Status, e.Told, e.Answered, answered = refused, status, told.Code, time.Now(), true
		default:
			e.Outcome, e.Status, e.Etag, e.Answered, answered = acknowledged, status, told.Attributes.Etag, time.Now(), true
			if e.Kind == placeOrder {
				e.Order = told.ID
			}
		}
	})
	return answered
}

// send makes the request of a write.
func (c *customerOf) send(ctx context.Context, e *entry) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, e.Method, c.anyone()+e.Path, strings.NewReader(e.Body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header["MS-RequestId"] = []string{e.ID}
	request.Header["MS-CorrelationId"] = []string{e.ID}
	if e.IfMatch != "" {
		request.Header.Set("If-Match", e.IfMatch)
	}
	return c.do(request)
}

// anyone is the address of a server.
func (c *customerOf) anyone() string { return "http://" + c.addresses[c.random.IntN(len(c.addresses))] }

// read reads a resource, if a server is there.
func (c *customerOf) read(path string, into any) bool {
	ctx, cancel := context.WithTimeout(context.Background(), answerTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.anyone()+path, nil)
	if err != nil {
		return false
	}
	status, body, err := c.do(request)
	if err == nil && status >= 500 && status != http.StatusServiceUnavailable {
		c.ledger.mishap(fmt.Sprintf("read: %d %s", status, body))
	}
	if err != nil || status != http.StatusOK || json.Unmarshal(body, into) != nil {
		time.Sleep(20 * time.Millisecond)
		return false
	}
	return true
}

func (c *customerOf) do(request *http.Request) (int, []byte, error) {
	request.Header.Set("Authorization", "Bearer "+c.token)
	response, err := c.http.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, body, err
}
