package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"provost/internal/storetest"
	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// threeServers are three over one PostgreSQL, that take each other's tokens.
func threeServers(t *testing.T, flags ...string) []*process {
	t.Helper()
	if servers > 1 {
		t.Skip("it starts three servers itself and asks each by name, however many stand for one elsewhere")
	}
	database, data, public := storetest.Postgres(t), t.TempDir(), "http://"+freeAddress(t)
	var all []*process
	for range 3 { // at once, so that they make one shop and one key
		cmd := command(t, append([]string{"dev", "--database", database, "--data", data, "--listen", "127.0.0.1:0", "--public-url", public}, flags...)...)
		all = append(all, begin(t, cmd, &lockedBuffer{}))
	}
	for _, server := range all {
		if err := server.await(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// ledTo is the path of what an order led to.
func ledTo(t *testing.T, server *process, bearer, order string) string {
	t.Helper()
	var o partnercenter.Order
	if err := json.Unmarshal([]byte(get(t, server.URL+crashOrders+"/"+order, bearer).body), &o); err != nil || len(o.LineItems) != 1 || o.LineItems[0].SubscriptionID == nil {
		t.Fatalf("the order is %+v, %v", o, err)
	}
	return strings.TrimSuffix(crashOrders, "orders") + "subscriptions/" + *o.LineItems[0].SubscriptionID
}

func TestRequestThatReachesThreeServersAtOnceIsDoneOnce(t *testing.T) {
	servers := threeServers(t)
	bearer := token(t, servers[0].URL)
	for i := range 10 {
		var all sync.WaitGroup
		var ids [3]string
		for n, server := range servers {
			all.Go(func() {
				var err error
				if ids[n], err = place(server, bearer, i); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if ids[0] == "" || ids[0] != ids[1] || ids[0] != ids[2] {
			t.Errorf("the request became the orders %q", ids)
		}
	}
}

// Of three changes of one subscription that reach three servers at once, one is
// accepted.
func TestSubscriptionHasOneUnsettledChangeOnAllServers(t *testing.T) {
	servers := threeServers(t)
	bearer := token(t, servers[0].URL)
	moveClock(t, servers[0], bearer, `{"freeze":true}`)
	order, err := place(servers[0], bearer, 1)
	if err != nil {
		t.Fatal(err)
	}
	moveClock(t, servers[1], bearer, `{"advance":"PT1H"}`)
	path := ledTo(t, servers[2], bearer, order)
	var all sync.WaitGroup
	var answers [3]answer
	for n, server := range servers {
		all.Go(func() {
			var err error
			if answers[n], err = send(server.URL+path, http.MethodPatch, bearer, "", fmt.Sprintf(`{"quantity":%d,"autoRenewEnabled":true}`, 6+n)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	accepted, refused := 0, 0
	for _, a := range answers {
		switch {
		case a.status == http.StatusOK:
			accepted++
		case a.status == http.StatusConflict && strings.Contains(a.body, "800082"):
			refused++
		}
	}
	if accepted != 1 || refused != 2 {
		t.Errorf("%d were accepted and %d refused: %+v", accepted, refused, answers)
	}
}

func TestWriteIsSeenOnItsServerAtOnceAndOnOthersWithinASecond(t *testing.T) {
	for name, flags := range map[string][]string{"with a read cache": nil, "without": {"--read-cache", "0"}} {
		t.Run(name, func(t *testing.T) {
			servers := threeServers(t, flags...)
			bearer := token(t, servers[0].URL)
			const profile = "/v1/customers/0c39d6d5-c70d-4c55-bc02-f620844f3fd1/subscriptions/aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e"
			for i := range 8 {
				writer := servers[rand.IntN(3)]
				for _, server := range servers {
					get(t, server.URL+profile, bearer) // it may be kept from here on
				}
				name := fmt.Sprintf("name %d", i)
				a, err := send(writer.URL+profile, http.MethodPatch, bearer, "", fmt.Sprintf(`{"friendlyName":%q,"autoRenewEnabled":true}`, name))
				written := time.Now()
				if err != nil || a.status != http.StatusOK {
					t.Fatalf("write %d: %+v, %v", i, a, err)
				}
				if got := get(t, writer.URL+profile, bearer); !strings.Contains(got.body, name) {
					t.Errorf("its own server answers %s", got.body)
				}
				for _, server := range servers {
					for {
						asked := time.Now()
						if strings.Contains(get(t, server.URL+profile, bearer).body, name) {
							break
						}
						if late := asked.Sub(written); flags != nil || late > time.Second {
							t.Fatalf("%v after write %d another server does not show it", late, i)
						}
						time.Sleep(20 * time.Millisecond)
					}
				}
			}
		})
	}
}

// at is one request sent to each of the servers at once.
func at(t *testing.T, servers []*process, method, path, bearer string, body func(n int) string, edit ...func(*http.Request)) []answer {
	t.Helper()
	var all sync.WaitGroup
	answers := make([]answer, len(servers))
	for n, server := range servers {
		all.Go(func() {
			var err error
			answers[n], err = tryGet(server.URL+path, bearer, append(edit, func(r *http.Request) {
				r.Method = method
				r.Header.Set("Content-Type", "application/json")
				r.Body = io.NopCloser(strings.NewReader(body(n)))
				r.ContentLength = int64(len(body(n)))
			})...)
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	return answers
}

// won counts the answers with a status, and holds all others to refusing with
// one of the codes.
func won(t *testing.T, answers []answer, status int, codes ...string) (n int) {
	t.Helper()
	for _, a := range answers {
		if a.status == status {
			n++
		} else if !slices.ContainsFunc(codes, func(code string) bool {
			return strings.Contains(a.body, `"`+code+`"`) || strings.Contains(a.body, ":"+code+",")
		}) {
			t.Errorf("answered %d %s", a.status, a.body)
		}
	}
	return n
}

func TestCartIsCheckedOutOnceOnAllServers(t *testing.T) {
	servers := threeServers(t)
	bearer := token(t, servers[0].URL)
	carts := strings.TrimSuffix(crashOrders, "orders") + "carts"
	orders := func() int {
		var all partnercenter.Collection[partnercenter.Order]
		if err := json.Unmarshal([]byte(get(t, servers[1].URL+crashOrders, bearer).body), &all); err != nil {
			t.Fatal(err)
		}
		return len(all.Items)
	}
	for i := range 5 {
		made, err := send(servers[i%3].URL+carts, http.MethodPost, bearer, "",
			`{"lineItems":[{"id":0,"catalogItemId":"CFQ7TTC0LH18:0001:CFQ7TTC725M4","quantity":5,"billingCycle":"Monthly","termDuration":"P1Y"}]}`)
		var cart partnercenter.Cart
		if err != nil || json.Unmarshal([]byte(made.body), &cart) != nil || made.status != http.StatusCreated {
			t.Fatalf("the cart is answered %d %s, %v", made.status, made.body, err)
		}
		before := orders()
		answers := at(t, servers, http.MethodPost, carts+"/"+cart.ID+"/checkout", bearer, func(int) string { return "" })
		if n := won(t, answers, http.StatusCreated, "800064", "800065"); n != 1 {
			t.Errorf("it was checked out %d times: %+v", n, answers)
		}
		time.Sleep(time.Second) // the list may be repeated so long
		if n := orders() - before; n != 1 {
			t.Errorf("it became %d orders", n)
		}
	}
}

// Of three writes that are based on the same version one is done, whatever it
// changes.
func TestEtagHoldsOnAllServers(t *testing.T) {
	servers := threeServers(t, "--read-cache", "0")
	bearer := token(t, servers[0].URL)
	for i := range 8 {
		etag := get(t, servers[i%3].URL+documentsSubscription, bearer).header.Get("ETag")
		name := func(n int) string { return fmt.Sprintf("name %d of server %d", i, n) }
		answers := at(t, servers, http.MethodPatch, documentsSubscription, bearer,
			func(n int) string { return fmt.Sprintf(`{"friendlyName":%q,"autoRenewEnabled":true}`, name(n)) },
			func(r *http.Request) { r.Header.Set("If-Match", etag) })
		if n := won(t, answers, http.StatusOK, partnercenter.ErrStale.Code); n != 1 {
			t.Fatalf("%d are done: %+v", n, answers)
		}
		for n, a := range answers {
			if a.status != http.StatusOK {
				continue
			}
			for _, server := range servers {
				if got := get(t, server.URL+documentsSubscription, bearer); !strings.Contains(got.body, name(n)) {
					t.Errorf("done was %s, and there is %s", name(n), got.body)
				}
			}
		}
	}
}

// Moves that reach three servers at once are made one after the other, and all
// servers go by them.
func TestClockOfAWorldIsTheSameOnAllServers(t *testing.T) {
	servers := threeServers(t)
	bearer := token(t, servers[0].URL)
	stood := moveClock(t, servers[0], bearer, `{"freeze":true}`).Now.Time
	for i := range 3 {
		if _, err := place(servers[i], bearer, i); err != nil {
			t.Fatal(err)
		}
	}
	answers := at(t, servers, http.MethodPost, extension.ClockPath, bearer, func(n int) string { return fmt.Sprintf(`{"advance":"PT%dH"}`, n+1) })
	if n := won(t, answers, http.StatusOK); n != 3 {
		t.Errorf("%d moves were made: %+v", n, answers)
	}
	for n, server := range servers {
		if now := readClock(t, server, bearer); !now.Equal(stood.Add(6 * time.Hour)) {
			t.Errorf("server %d has come %v of 6h0m0s", n, now.Sub(stood))
		}
	}
}

// A production world admits 500 requests a minute, whichever servers are asked.
func TestLimitOfRequestsHoldsOverAllServers(t *testing.T) {
	servers := threeServers(t)
	bearer := token(t, servers[0].URL)
	data := servers[0].cmd.Args[slices.Index(servers[0].cmd.Args, "--data")+1]
	if got := run(t, command(t, "world", "set", "demo", "--throttle", "on", "--data", data)); got.code != 0 {
		t.Fatalf("world set ended with %d: %s", got.code, got.stderr)
	}
	time.Sleep(1100 * time.Millisecond) // until every server knows
	if left := time.Until(time.Now().Truncate(time.Minute).Add(time.Minute)); left < 20*time.Second {
		time.Sleep(left) // a new minute begins with none
	}
	admitted := func(server *process) bool {
		a := get(t, server.URL+documentsCustomer, bearer)
		if a.status != http.StatusOK && a.status != http.StatusTooManyRequests {
			t.Fatalf("answered %d %s", a.status, a.body)
		}
		return a.status == http.StatusOK
	}
	for i := range 400 {
		if !admitted(servers[i%2]) {
			t.Fatalf("request %d is refused", i+1)
		}
	}
	time.Sleep(1100 * time.Millisecond) // what was asked for is told within a second
	third, begun := 0, time.Now()
	for admitted(servers[2]) && time.Since(begun) < 10*time.Second {
		third++
		time.Sleep(10 * time.Millisecond)
	}
	took := time.Since(begun)
	if most := 100 + int(1500*time.Millisecond/(10*time.Millisecond)); third < 100 || third > most {
		t.Errorf("the third server admits %d in %v; want 100 to %d", third, took, most)
	}
	eventually(t, "the first refuses as well", func() bool { return !admitted(servers[0]) })
}
