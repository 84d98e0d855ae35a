package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// partner is someone who calls a server, and reads what it answers.
type partner struct {
	t     *testing.T
	base  string
	token string
}

// asks makes a call and reads its answer into a T, which has to come with that
// status.
func asks[T any](p partner, method, path, body string, status int) T {
	p.t.Helper()
	got := get(p.t, p.base+path, p.token, asking(method, body), func(r *http.Request) { r.Header.Del("MS-RequestId") })
	var into T
	if got.status != status {
		p.t.Fatalf("%s %s %s\nanswered %d %s, want %d", method, path, body, got.status, got.body, status)
	}
	if err := json.Unmarshal([]byte(got.body), &into); err != nil {
		p.t.Fatalf("%s %s: %v in %s", method, path, err, got.body)
	}
	return into
}

func (p partner) clock(move string) extension.Clock {
	p.t.Helper()
	return asks[extension.Clock](p, http.MethodPost, extension.ClockPath, move, http.StatusOK)
}

// at sets the clock to an instant.
func (p partner) at(instant time.Time) {
	p.t.Helper()
	p.clock(fmt.Sprintf(`{"set":%q}`, instant.UTC().Format(time.RFC3339Nano)))
}

// view expects what a subscription's provisioning status says.
func (p partner) view(subscription string, status partnercenter.ProvisioningState, quantity int) {
	p.t.Helper()
	got := asks[partnercenter.SubscriptionProvisioningStatus](p, http.MethodGet, subscription+"/provisioningstatus", "", http.StatusOK)
	if got.Status != status || got.Quantity != quantity {
		p.t.Errorf("the provisioning status says %s %d, want %s %d", got.Status, got.Quantity, status, quantity)
	}
}

// lines expects what an order's provisioning status says, line by line.
func (p partner) lines(order string, want ...string) {
	p.t.Helper()
	got := asks[partnercenter.Collection[partnercenter.OrderLineItemProvisioningStatus]](p, http.MethodGet, order+"/provisioningstatus", "", http.StatusOK)
	var said []string
	for _, line := range got.Items {
		text := string(line.Status)
		for _, q := range line.QuantityProvisioningInformation {
			text += fmt.Sprintf(" %d %s", q.Quantity, q.Status)
		}
		said = append(said, text)
	}
	if strings.Join(said, "; ") != strings.Join(want, "; ") {
		p.t.Errorf("the order's lines say\n%s\nwant\n%s", strings.Join(said, "; "), strings.Join(want, "; "))
	}
}

func (p partner) order(path string, want partnercenter.OrderStatus) partnercenter.Order {
	p.t.Helper()
	order := asks[partnercenter.Order](p, http.MethodGet, path, "", http.StatusOK)
	if order.Status != want {
		p.t.Errorf("the order is %s, want %s", order.Status, want)
	}
	return order
}

const (
	basicOffer = "CFQ7TTC0LH18:0001:CFQ7TTC725M4"
	e3Offer    = "CFQ7TTC0LFLX:0001:CFQ7TTCX76SB"
	phoneOffer = "CFQ7TTC0HD33:0001:CFQ7TTC892RZ"
)

// From a customer who is nobody yet to a term that was renewed, in the order in
// which a partner lives it.
func TestPurchaseAndSeatChangesMoveTheStatus(t *testing.T) {
	data := t.TempDir()
	server := start(t, "dev", "--data", data, "--listen", "127.0.0.1:0")
	if got := run(t, command(t, "world", "set", "demo", "--data", data, "--simulate", basicOffer+"=3 at +5m; all at +10m")); got.code != 0 {
		t.Fatalf("world set ended with %d: %s", got.code, got.stderr)
	}
	ada := partner{t, server.URL, token(t, server.URL)}
	began := time.Now()
	now := ada.clock(`{"freeze":true}`).Now.Time

	// A customer, a cart with two lines and an add-on, an order.
	customer := asks[partnercenter.Customer](ada, http.MethodPost, "/v1/customers", newCustomer, http.StatusCreated)
	home := "/v1/customers/" + customer.ID
	cart := asks[partnercenter.Cart](ada, http.MethodPost, home+"/carts", fmt.Sprintf(`{"lineItems":[
		{"id":0,"catalogItemId":%q,"quantity":5,"billingCycle":"monthly","termDuration":"P1Y","addonItems":[{"id":2,"catalogItemId":%q,"quantity":2,"billingCycle":"monthly","termDuration":"P1Y"}]},
		{"id":1,"catalogItemId":%q,"quantity":1,"billingCycle":"monthly","termDuration":"P1Y"}]}`, basicOffer, phoneOffer, e3Offer), http.StatusCreated)
	bought := asks[partnercenter.CartCheckoutResult](ada, http.MethodPost, home+"/carts/"+cart.ID+"/checkout", "", http.StatusCreated)
	if len(bought.Orders) != 1 || len(bought.OrderErrors) != 0 || len(bought.Orders[0].LineItems) != 3 {
		t.Fatalf("the checkout made %+v", bought)
	}
	placed := home + "/orders/" + bought.Orders[0].ID
	ada.order(placed, partnercenter.OrderPending)
	ada.at(now.Add(5 * time.Minute))
	ada.order(placed, partnercenter.OrderPending)
	lines := ada.order(placed, partnercenter.OrderPending).LineItems
	basic := lineOf(t, lines, basicOffer)
	ada.lines(placed, said(lines, map[string]string{
		basicOffer: "prefulfillmentPending 3 fulfilled 2 prefulfillmentPending",
		phoneOffer: asWaits(lines, phoneOffer), e3Offer: "fulfilled 1 fulfilled",
	})...)
	ada.at(now.Add(12 * time.Minute))
	ada.order(placed, partnercenter.OrderCompleted)
	ada.lines(placed, said(lines, map[string]string{
		basicOffer: "fulfilled 5 fulfilled", phoneOffer: "fulfilled 2 fulfilled", e3Offer: "fulfilled 1 fulfilled",
	})...)
	all := asks[partnercenter.Collection[partnercenter.Subscription]](ada, http.MethodGet, home+"/subscriptions?order_id="+url.QueryEscape(bought.Orders[0].ID), "", http.StatusOK)
	if len(all.Items) != 3 {
		t.Fatalf("%d subscriptions, want 3", len(all.Items))
	}
	for _, s := range all.Items {
		if s.Status != partnercenter.SubscriptionActive {
			t.Errorf("%s is %s", s.OfferName, s.Status)
		}
	}

	// More seats: asked for at a tick, visible at the next.
	seats := home + "/subscriptions/" + *basic.SubscriptionID
	tick := ada.clock(`{"advance":"next-tick"}`).Now.Time
	ada.view(seats, partnercenter.ProvisioningSuccess, 5)
	if run := run(t, command(t, "world", "set", "demo", "--data", data, "--simulate", basicOffer+"=all at +90s")); run.code != 0 {
		t.Fatalf("world set ended with %d: %s", run.code, run.stderr)
	}
	asked := asks[partnercenter.Subscription](ada, http.MethodPatch, seats, `{"quantity":9,"autoRenewEnabled":true}`, http.StatusOK)
	if asked.Quantity != 9 {
		t.Errorf("the subscription says %d seats, want the 9 that were asked for", asked.Quantity)
	}
	ada.view(seats, partnercenter.ProvisioningPending, 5)
	ada.at(tick.Add(15*time.Minute - time.Second))
	ada.view(seats, partnercenter.ProvisioningPending, 5)
	ada.at(tick.Add(15 * time.Minute))
	ada.view(seats, partnercenter.ProvisioningSuccess, 9)

	// Fewer: what can be given back is told, and goes down.
	before := asks[partnercenter.Subscription](ada, http.MethodGet, seats, "", http.StatusOK)
	if before.RefundableQuantity == nil || before.RefundableQuantity.TotalQuantity != 9 || len(before.RefundOptions) == 0 {
		t.Fatalf("refundable is %+v, with the options %+v; want 9 seats", before.RefundableQuantity, before.RefundOptions)
	}
	asks[partnercenter.Subscription](ada, http.MethodPatch, seats, `{"quantity":7,"autoRenewEnabled":true}`, http.StatusOK)
	ada.clock(`{"advance":"next-tick"}`)
	ada.view(seats, partnercenter.ProvisioningSuccess, 7)
	fewer := asks[partnercenter.Subscription](ada, http.MethodGet, seats, "", http.StatusOK)
	if fewer.RefundableQuantity == nil || fewer.RefundableQuantity.TotalQuantity != 7 {
		t.Errorf("refundable is %+v after two seats were given back, want 7", fewer.RefundableQuantity)
	}

	// Suspended and back.
	for body, want := range []string{`{"status":"suspended","autoRenewEnabled":true}`, `{"status":"active","autoRenewEnabled":true}`} {
		got := asks[partnercenter.Subscription](ada, http.MethodPatch, seats, want, http.StatusOK)
		if is := []partnercenter.SubscriptionStatus{partnercenter.SubscriptionSuspended, partnercenter.SubscriptionActive}[body]; got.Status != is {
			t.Errorf("%s made it %s", want, got.Status)
		}
	}

	// The next term, with other seats.
	scheduled := asks[partnercenter.Subscription](ada, http.MethodPatch, seats, `{"autoRenewEnabled":true,"scheduledNextTermInstructions":{"quantity":12}}`, http.StatusOK)
	if scheduled.ScheduledNextTermInstructions == nil || scheduled.ScheduledNextTermInstructions.Quantity != 12 {
		t.Fatalf("scheduled is %+v", scheduled.ScheduledNextTermInstructions)
	}
	end := scheduled.CommitmentEndDate.AddDate(0, 0, 1)
	ada.at(end.Add(time.Hour))
	renewed := asks[partnercenter.Subscription](ada, http.MethodGet, seats, "", http.StatusOK)
	if renewed.Quantity != 12 || !renewed.CommitmentEndDate.After(end) || renewed.ScheduledNextTermInstructions != nil || renewed.Status != partnercenter.SubscriptionActive {
		t.Errorf("after its term it has %d seats until %v, scheduled %+v, and is %s", renewed.Quantity, renewed.CommitmentEndDate, renewed.ScheduledNextTermInstructions, renewed.Status)
	}
	ada.view(seats, partnercenter.ProvisioningSuccess, 12)

	// Too late to cancel.
	ada.at(end.AddDate(0, 0, 8))
	late := asks[partnercenter.Error](ada, http.MethodPatch, seats, `{"status":"deleted","autoRenewEnabled":true}`, http.StatusBadRequest)
	if late.Code != "900117" {
		t.Errorf("cancelling late is refused with %s, want 900117", late.Code)
	}
	t.Logf("the journey took %s", time.Since(began).Round(time.Millisecond))
}

func lineOf(t *testing.T, lines []partnercenter.OrderLineItem, offer string) partnercenter.OrderLineItem {
	t.Helper()
	for _, line := range lines {
		if line.OfferID == offer {
			if line.SubscriptionID == nil {
				t.Fatalf("the line of %s has no subscription yet", offer)
			}
			return line
		}
	}
	t.Fatalf("no line is of %s", offer)
	return partnercenter.OrderLineItem{}
}

// said orders what is expected of each offer by the order's lines.
func said(lines []partnercenter.OrderLineItem, of map[string]string) []string {
	var texts []string
	for _, line := range lines {
		texts = append(texts, of[line.OfferID])
	}
	return texts
}

// asWaits is what the line of an add-on says while it waits for its base, or for
// the 90 seconds of its own that begin when the base is there.
func asWaits(lines []partnercenter.OrderLineItem, offer string) string {
	for _, line := range lines {
		if line.OfferID == offer {
			return fmt.Sprintf("prefulfillmentPending %d prefulfillmentPending", line.Quantity)
		}
	}
	return ""
}
