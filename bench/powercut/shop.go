package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"time"

	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// customer is one of the demo shop's, which everything here is ordered for.
const customer = "/v1/customers/cf6f4266-8415-4afd-b119-1834c6391312/"

const boughtSeats = 5

// shop is a server as its clients know it.
type shop struct {
	url, token string
	client     *http.Client
	ledger     *ledger
	// subscriptions are those that our orders led to, as of the last look.
	subscriptions []partnercenter.Subscription
}

func tokenOf(ctx context.Context, bin, url string) (string, error) {
	out, err := exec.CommandContext(ctx, bin, "token", "--server", url).Output()
	if err != nil {
		return "", fmt.Errorf("ask for a token: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

func (s *shop) call(method, path, id, body string) (int, []byte, error) {
	request, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	request.Header.Set("Content-Type", "application/json")
	if id != "" {
		request.Header["MS-RequestId"] = []string{id}
	}
	response, err := s.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

func (s *shop) read(path string, into any) error {
	status, body, err := s.call(http.MethodGet, path, "", "")
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return refused{fmt.Errorf("GET %s was answered %d %s", path, status, body)}
	}
	return json.Unmarshal(bytes.TrimPrefix(body, []byte("\uFEFF")), into)
}

// refused is an answer that no server gives that is as it was.
type refused struct{ error }

// send makes a write. An answer that does not come is no error: that is what
// power cuts do.
func (s *shop) send(r *request) error {
	s.ledger.begin(r)
	status, body, err := s.call(r.method, r.path, r.id, r.body)
	if err != nil {
		return nil
	}
	return s.ledger.end(r, status, body)
}

// work has clients write for so long, or until the power fails.
func (s *shop) work(clients int, chance *rand.Rand, most time.Duration, dark <-chan struct{}) error {
	var working sync.WaitGroup
	faults := make(chan error, clients)
	late := time.Now().Add(most)
	for i := range clients {
		own := rand.New(rand.NewPCG(chance.Uint64(), uint64(i)))
		var mine []partnercenter.Subscription // nobody else's, so that each has one answer open at most
		for n := i; n < len(s.subscriptions); n += clients {
			mine = append(mine, s.subscriptions[n])
		}
		working.Go(func() {
			for time.Now().Before(late) {
				select {
				case <-dark:
					return
				default:
				}
				r := s.next(own, mine)
				if i == 0 && own.IntN(20) == 0 { // one alone: moves wait for each other
					r = s.move(own)
				}
				if err := s.send(r); err != nil {
					faults <- err
					return
				}
			}
		})
	}
	working.Wait()
	select {
	case err := <-faults:
		return err
	default:
		return nil
	}
}

// newID names a request. What chance says of the disk does not depend on it.
func newID(chance *rand.Rand) string {
	return fmt.Sprintf("%08x-0000-4000-8000-%012x", chance.Uint32(), chance.Uint64()>>16)
}

func (s *shop) next(chance *rand.Rand, mine []partnercenter.Subscription) *request {
	if len(mine) == 0 || chance.IntN(2) == 0 {
		return s.order(chance)
	}
	of := mine[chance.IntN(len(mine))]
	if chance.IntN(3) == 0 {
		return s.seat(chance, of)
	}
	return s.rename(chance, of)
}

func (s *shop) order(chance *rand.Rand) *request {
	return &request{
		id: newID(chance), kind: ordering, method: http.MethodPost, path: customer + "orders",
		body: fmt.Sprintf(`{"billingCycle":"monthly","lineItems":[{"lineItemNumber":0,"offerId":"CFQ7TTC0LH18:0001:CFQ7TTC725M4","quantity":%d,"termDuration":"P1Y"}]}`, boughtSeats),
		answered: func(body []byte) error {
			var o partnercenter.Order
			if err := json.Unmarshal(body, &o); err != nil {
				return fmt.Errorf("an order was answered %s: %w", body, err)
			}
			s.ledger.orders[o.ID] = true
			return nil
		},
	}
}

// of is a subscription's count, which begins with nothing having been said.
func of(counts map[string]*count, subscription string) *count {
	if counts[subscription] == nil {
		counts[subscription] = &count{}
	}
	return counts[subscription]
}

// rename numbers the names of a subscription, so that each says which was the last.
func (s *shop) rename(chance *rand.Rand, of partnercenter.Subscription) *request {
	number := s.following(s.ledger.names, of.ID)
	return s.patch(chance, renaming, of.ID, number, fmt.Sprintf(`{"friendlyName":"Name %d","autoRenewEnabled":true}`, number), s.ledger.names)
}

// seat buys a seat more. While another change is on its way it is refused.
func (s *shop) seat(chance *rand.Rand, of partnercenter.Subscription) *request {
	number := s.following(s.ledger.seats, of.ID)
	r := s.patch(chance, seating, of.ID, number, fmt.Sprintf(`{"quantity":%d,"autoRenewEnabled":true}`, boughtSeats+number), s.ledger.seats)
	r.may = true
	return r
}

func (s *shop) following(counts map[string]*count, subscription string) int {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	return of(counts, subscription).last + 1
}

func (s *shop) patch(chance *rand.Rand, kind kind, subscription string, number int, body string, counts map[string]*count) *request {
	return &request{
		id: newID(chance), kind: kind, subscription: subscription, number: number,
		method: http.MethodPatch, path: customer + "subscriptions/" + subscription, body: body,
		answered: func([]byte) error {
			of(counts, subscription).last = number
			return nil
		},
	}
}

// move has the world's clock go on, whereby orders and seats are delivered.
func (s *shop) move(chance *rand.Rand) *request {
	return &request{
		id: newID(chance), kind: moving, method: http.MethodPost, path: extension.ClockPath, body: `{"advance":"PT16M"}`,
		answered: func(body []byte) error {
			var c extension.Clock
			if err := json.Unmarshal(body, &c); err != nil {
				return err
			}
			if c.Now.After(s.ledger.clock) {
				s.ledger.clock = c.Now.Time
			}
			return nil
		},
	}
}

// found is what a server shows after a power cut.
type found struct {
	orders        map[string]bool
	subscriptions map[string]partnercenter.Subscription
	clock         time.Time
}

func (s *shop) look() (found, error) {
	f := found{orders: map[string]bool{}, subscriptions: map[string]partnercenter.Subscription{}}
	var orders partnercenter.Collection[partnercenter.Order]
	if err := s.read(customer+"orders", &orders); err != nil {
		return f, err
	}
	for _, o := range orders.Items {
		f.orders[o.ID] = true
	}
	var subscriptions partnercenter.Collection[partnercenter.Subscription]
	if err := s.read(customer+"subscriptions", &subscriptions); err != nil {
		return f, err
	}
	s.subscriptions = nil
	for _, each := range subscriptions.Items {
		f.subscriptions[each.ID] = each
		if s.ledger.orders[each.OrderID] {
			s.subscriptions = append(s.subscriptions, each)
		}
	}
	var clock extension.Clock
	err := s.read(extension.ClockPath, &clock)
	f.clock = clock.Now.Time
	return f, err
}

// repeat sends again what was not answered, with the ids that it had.
func (s *shop) repeat() error {
	for _, r := range s.ledger.waiting() {
		if err := s.send(r); err != nil {
			return err
		}
	}
	return nil
}
