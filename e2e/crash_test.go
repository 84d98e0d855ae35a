package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/internal/sqlstore"
	"provost/partnercenter"
	"provost/partnercenter/extension"
)

const crashOrders = "/v1/customers/cf6f4266-8415-4afd-b119-1834c6391312/orders"

// send makes a write with a token.
func send(url, method, token, id, body string) (answer, error) {
	return tryGet(url, token, func(r *http.Request) {
		r.Method = method
		r.Body = http.NoBody
		if body != "" {
			fresh, err := http.NewRequest(method, url, strings.NewReader(body))
			if err == nil {
				r.Body, r.ContentLength, r.GetBody = fresh.Body, fresh.ContentLength, fresh.GetBody
			}
		}
		r.Header.Set("Content-Type", "application/json")
		if id != "" {
			r.Header["MS-RequestId"] = []string{id}
		}
	})
}

func moveClock(t *testing.T, server *process, bearer, body string) extension.Clock {
	t.Helper()
	var clock extension.Clock
	a, err := send(server.URL+extension.ClockPath, http.MethodPost, bearer, "", body)
	if err == nil {
		err = json.Unmarshal([]byte(a.body), &clock)
	}
	if err != nil || a.status != http.StatusOK {
		t.Fatalf("clock %s: %d %s, %v", body, a.status, a.body, err)
	}
	return clock
}

func readClock(t *testing.T, server *process, bearer string) time.Time {
	t.Helper()
	var clock extension.Clock
	if err := json.Unmarshal([]byte(get(t, server.URL+extension.ClockPath, bearer).body), &clock); err != nil {
		t.Fatal(err)
	}
	return clock.Now.Time
}

// crashID names the request of an order; a repeat has the same.
func crashID(i int) string { return fmt.Sprintf("7a1e6f7c-1d2b-4e9e-9d65-%012x", i) }

// place orders five seats, and gives the order's id.
func place(server *process, bearer string, i int) (string, error) {
	a, err := send(server.URL+crashOrders, http.MethodPost, bearer, crashID(i),
		`{"BillingCycle":"Monthly","LineItems":[{"LineItemNumber":0,"OfferId":"CFQ7TTC0LH18:0001:CFQ7TTC725M4","Quantity":5,"TermDuration":"P1Y"}]}`)
	if err != nil {
		return "", err
	}
	var order partnercenter.Order
	if err := json.Unmarshal([]byte(a.body), &order); err != nil || a.status != http.StatusCreated {
		return "", fmt.Errorf("answered %d %s", a.status, a.body)
	}
	return order.ID, nil
}

// The server is killed three times: while orders come in, while a move of the
// clock carries them out, and while they become visible.
func TestEveryAcknowledgedChangeReachesItsOutcomeOnceThoughTheServerIsKilled(t *testing.T) {
	const changes = 500
	data, address := t.TempDir(), freeAddress(t)
	begin := func() (*process, string) {
		server := start(t, "dev", "--data", data, "--listen", address)
		return server, token(t, server.URL)
	}
	server, bearer := begin()
	moveClock(t, server, bearer, `{"freeze":true}`)

	acknowledged := make([]string, changes)
	var mu sync.Mutex
	placed, killed := 0, make(chan int)
	var placing sync.WaitGroup
	for worker := range 8 {
		placing.Go(func() {
			for i := worker; i < changes; i += 8 {
				id, err := place(server, bearer, i)
				if err != nil {
					return // the server is gone
				}
				mu.Lock()
				acknowledged[i] = id
				if placed++; placed == changes/2 {
					close(killed)
				}
				mu.Unlock()
			}
		})
	}
	<-killed
	server.kill()
	placing.Wait()
	server, bearer = begin()
	for i := range changes { // the acknowledged ones again, too
		id, err := place(server, bearer, i)
		if err != nil || acknowledged[i] != "" && acknowledged[i] != id {
			t.Fatalf("order %d was %s and is %s, %v", i, acknowledged[i], id, err)
		}
		acknowledged[i] = id
	}

	for range 2 {
		stood := readClock(t, server, bearer)
		gone := make(chan int)
		go func() {
			defer close(gone)
			_, _ = send(server.URL+extension.ClockPath, http.MethodPost, bearer, "", `{"advance":"PT20M"}`) // cut off, as a rule
		}()
		for now := stood; now.Equal(stood); now = readClock(t, server, bearer) {
			time.Sleep(time.Millisecond)
		}
		server.kill()
		<-gone
		server, bearer = begin()
		t.Logf("killed, the move had come %s of 20m0s", readClock(t, server, bearer).Sub(stood))
	}
	moveClock(t, server, bearer, `{"advance":"PT1H"}`)
	if clock := moveClock(t, server, bearer, `{"advance":"PT0S"}`); clock.NextDue != nil && clock.NextDue.Before(clock.Now.Time) || clock.Failing != 0 {
		t.Errorf("the clock says %+v", clock)
	}
	reached(t, server, bearer, acknowledged)
	server.kill()
	toldOnce(t, shopIn(t, data), acknowledged)
}

// toldOnce holds the event log, read where it lies, to each order's change
// having been asked, delivered, settled and shown once.
func toldOnce(t *testing.T, database string, orders []string) {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	told, subscription := map[string]int{}, map[string]string{}
	err = store.Read(t.Context(), func(tx commerce.Tx) error {
		events, err := tx.Events().List(t.Context(), commerce.EventQuery{World: "demo", Limit: 100_000})
		for _, e := range events {
			if e.Order != "" {
				subscription[e.Order] = e.Subscription
			}
			told[e.Order+e.Subscription+string(e.Kind)]++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range orders {
		s := subscription[id]
		for _, kind := range []commerce.EventKind{commerce.ChangeAsked, commerce.PortionFulfilled, commerce.ChangeSettled} {
			if n := told[id+s+string(kind)]; n != 1 {
				t.Errorf("of order %d it is told %d times: %s", i, n, kind)
			}
		}
		if n := told[s+string(commerce.OutcomeVisible)]; n != 1 {
			t.Errorf("of order %d it is told %d times: became visible", i, n)
		}
	}
}

// reached holds each order to having been delivered once, and no others to be
// there.
func reached(t *testing.T, server *process, bearer string, orders []string) {
	t.Helper()
	var subscriptions partnercenter.Collection[partnercenter.Subscription]
	a := get(t, server.URL+strings.TrimSuffix(crashOrders, "orders")+"subscriptions", bearer)
	if err := json.Unmarshal([]byte(a.body), &subscriptions); err != nil {
		t.Fatal(err)
	}
	of := map[string][]partnercenter.Subscription{}
	for _, s := range subscriptions.Items {
		of[s.OrderID] = append(of[s.OrderID], s)
	}
	for i, id := range orders {
		if len(of[id]) != 1 || of[id][0].Quantity != 5 {
			t.Fatalf("order %d, %s, has the subscriptions %+v", i, id, of[id])
		}
		var status partnercenter.SubscriptionProvisioningStatus
		a := get(t, server.URL+strings.TrimSuffix(crashOrders, "orders")+"subscriptions/"+of[id][0].ID+"/provisioningstatus", bearer)
		if err := json.Unmarshal([]byte(a.body), &status); err != nil || status.Status != partnercenter.ProvisioningSuccess || status.Quantity != 5 {
			t.Fatalf("order %d, %s: %d %s, %v", i, id, a.status, a.body, err)
		}
	}
	var all partnercenter.Collection[partnercenter.Order]
	a = get(t, server.URL+crashOrders, bearer)
	if err := json.Unmarshal([]byte(a.body), &all); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, id := range orders {
		known[id] = true
	}
	extra := 0
	for _, o := range all.Items {
		if !known[o.ID] && time.Since(o.CreationDate.Time) < time.Hour {
			extra++
		}
	}
	if extra > 0 {
		t.Errorf("%d orders are there that nobody knows", extra)
	}
}
