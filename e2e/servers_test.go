package e2e_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"provost/internal/storetest"
	"provost/partnercenter"
)

// threeServers are three over one PostgreSQL, that take each other's tokens.
func threeServers(t *testing.T, flags ...string) []*process {
	t.Helper()
	database, data, public := storetest.Postgres(t), t.TempDir(), "http://"+freeAddress(t)
	var all []*process
	for range 3 {
		all = append(all, start(t, append([]string{"dev", "--database", database, "--data", data, "--listen", "127.0.0.1:0", "--public-url", public}, flags...)...))
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
