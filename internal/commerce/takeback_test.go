package commerce_test

import (
	"fmt"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// A change that fails leaves all as it was before it, but for what was asked for
// while it was on its way.
func TestFailedChangeTakesBackItsOwnAlone(t *testing.T) {
	const (
		renewing  = `{"autoRenewEnabled":true}`
		scheduled = `{"autoRenewEnabled":true,"scheduledNextTermInstructions":{"quantity":7}}`
		annual    = `{"autoRenewEnabled":true,"billingCycle":"annual"}`
		longer    = `{"autoRenewEnabled":true,"termDuration":"P3Y"}`
		more      = `{"autoRenewEnabled":true,"quantity":9}`
	)
	for _, x := range []struct {
		kind                                 commerce.ChangeKind
		term, before, asked, meanwhile, want string
	}{
		{commerce.Suspension, "P1Y", scheduled, suspended, "", "active renews 7 - P1Y monthly"},
		{commerce.Suspension, "P1Y", scheduled, suspended, ending, "active ends 0 - P1Y monthly"},
		{commerce.Suspension, "P1Y", annual, suspended, renewing, "active renews 0 annual P1Y monthly"},
		{commerce.Reactivation, "P1Y", suspended, activated, scheduled, "suspended renews 0 - P1Y monthly"},
		{commerce.Reactivation, "P1Y", suspended, activated, ending, "suspended ends 0 - P1Y monthly"},
		{commerce.Cancellation, "P1Y", scheduled, cancelled, "", "active renews 7 - P1Y monthly"},
		{commerce.Cancellation, "P1Y", annual, cancelled, "", "active renews 0 annual P1Y monthly"},
		{commerce.SeatChange, "P1Y", scheduled, more, "", "active renews 7 - P1Y monthly"},
		{commerce.SeatChange, "P1Y", scheduled, more, ending, "active ends 0 - P1Y monthly"},
		{commerce.SeatChange, "P1Y", renewing, more, scheduled, "active renews 7 - P1Y monthly"},
		{commerce.TermChange, "P1Y", scheduled, longer, "", "active renews 7 - P1Y monthly"},
		{commerce.TermChange, "P1Y", renewing, longer, scheduled, "active renews 7 - P1Y monthly"},
		{commerce.TermChange, "P1Y", annual, longer, "", "active renews 0 annual P1Y monthly"},
		{commerce.TermChange, "P1Y", renewing, longer, annual, "active renews 0 annual P1Y monthly"},
		{commerce.TermChange, "P1M", renewing, longer, annual, "active renews 0 - P1M monthly"},
	} {
		s := openShop(t)
		id := s.buy(microsoftE3, 5, over(x.term)).ID
		s.patched(id, x.before)
		s.Provisioner = late{s.Provisioner, x.kind, time.Hour}
		s.patched(id, x.asked)
		if x.meanwhile != "" {
			s.patched(id, x.meanwhile)
		}
		s.advance("PT1H")
		if got := nextOf(s.subscription(id)); got != x.want {
			t.Errorf("%s after %s, meanwhile %s: %s, want %s", x.kind, x.before, x.meanwhile, got, x.want)
		}
	}
}

// nextOf is what a subscription is, and what comes next.
func nextOf(r partnercenter.Subscription) string {
	renews, seats, cycle := "ends", 0, "-"
	if r.AutoRenewEnabled {
		renews = "renews"
	}
	if next := r.ScheduledNextTermInstructions; next != nil {
		seats = next.Quantity
	}
	if next := r.NextChargeInstructions; next != nil {
		cycle = string(next.Product.BillingCycle)
	}
	return fmt.Sprint(r.Status, " ", renews, " ", seats, " ", cycle, " ", *r.TermDuration, " ", *r.BillingCycle)
}

// The bill from which on another cycle counts can come while nothing is to be
// billed; the cycle changes with the next one then.
func TestCycleThatIsBackComesWithTheNextBill(t *testing.T) {
	for _, x := range []struct {
		kind  commerce.ChangeKind
		asked string
	}{{commerce.Cancellation, cancelled}, {commerce.TermChange, `{"autoRenewEnabled":true,"termDuration":"P3Y"}`}} {
		s := openShop(t)
		id := s.buy(microsoftE3, 5, over("P1Y")).ID
		s.patched(id, `{"autoRenewEnabled":true,"billingCycle":"annual"}`)
		s.Provisioner = late{s.Provisioner, x.kind, 35 * 24 * time.Hour}
		s.patched(id, x.asked)
		s.advance("P35D")
		if got := nextOf(s.subscription(id)); got != "active renews 0 annual P1Y monthly" {
			t.Errorf("%s: %s", x.kind, got)
		}
		s.advanceTo(instant(t, "2026-05-02"))
		if got := nextOf(s.subscription(id)); got != "active renews 0 - P1Y annual" {
			t.Errorf("%s: %s at the next bill", x.kind, got)
		}
	}
}
