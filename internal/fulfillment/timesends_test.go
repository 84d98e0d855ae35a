package fulfillment_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// put is a change as an outside system reads it.
type put struct {
	Kind           string `json:"kind"`
	SubscriptionID string `json:"subscriptionId"`
	QuantityBefore int    `json:"quantityBefore"`
	QuantityAfter  int    `json:"quantityAfter"`
	Quantity       int    `json:"quantity"`
}

// puts are the changes that were put, one by one, as soon as there are so many.
func (w *warehouse) puts(count int) (all []put) {
	w.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end) && len(all) < count; time.Sleep(10 * time.Millisecond) {
		all = nil
		for _, c := range w.asked() {
			var p put
			if err := json.Unmarshal(c.body, &p); err != nil {
				w.t.Fatal(err)
			}
			all = append(all, p)
		}
	}
	return all
}

// delivers does at once whatever it is asked for.
func delivers(w *warehouse) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		body := w.calls[len(w.calls)-1].body
		w.mu.Unlock()
		var asked put
		_ = json.NewDecoder(bytes.NewReader(body)).Decode(&asked)
		says(200, fmt.Sprintf(`{"portions":[{"quantity":%d,"status":"fulfilled"}]}`, asked.Quantity))(rw, r)
	}
}

// An outside system is told when time takes a subscription from its customer, or
// it would leave the seats in use.
func TestOutsideSystemIsToldWhatTimeDoes(t *testing.T) {
	t.Parallel()
	w := newWarehouse(t)
	w.answers = []http.HandlerFunc{delivers(w)}
	s := openShop(t, w.system(0))
	bought := s.portions(s.buy(5), "5 fulfilled")
	asked, err := commerce.ReadPatch[partnercenter.Subscription]([]byte(`{"autoRenewEnabled":false}`), commerce.SubscriptionMembers()...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.PatchSubscription(t.Context(), s.by, customer, bought.Subscription, asked, nil); err != nil {
		t.Fatal(err)
	}
	kinds := []string{"purchase"}
	for i, duration := range []string{"P1Y", "P30D", "P90D"} {
		period, _ := commerce.ParsePeriod(duration)
		if _, _, err := s.MoveClock(t.Context(), s.by, commerce.ClockMove{By: &period}); err != nil {
			t.Fatal(err)
		}
		all := w.puts(i + 2)
		last := all[len(all)-1]
		kinds = append(kinds, last.Kind)
		if last.SubscriptionID != bought.Subscription || last.QuantityBefore != 5 || last.QuantityAfter != 5 || last.Quantity != 0 {
			t.Errorf("put %+v", last)
		}
		for end := time.Now().Add(20 * time.Second); s.outstanding() > 0 && time.Now().Before(end); {
			time.Sleep(10 * time.Millisecond)
		}
	}
	if got := strings.Join(kinds, ", "); got != "purchase, expiry, disabling, deletion" {
		t.Errorf("it was told of %s", got)
	}
}
