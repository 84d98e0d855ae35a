package commerce_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/internal/fulfillment"
	"provost/partnercenter"
)

const microsoftE5 = "CFQ7TTC0LFLZ:0002:CFQ7TTCMR2Z9"

func TestRenewalOfTheSameIsVisibleAtMidnight(t *testing.T) {
	s := openShop(t)
	id := s.buy(businessBasic, 5).ID
	s.advanceTo(instant(t, "2027-03-02").Add(-time.Second))
	if status := s.provisioning(id); status.EndDate.String() != "2027-03-01T00:00:00Z" || status.Status != "success" {
		t.Errorf("before midnight %+v", status)
	}
	s.advance("PT1S")
	if status := s.provisioning(id); status.EndDate.String() != "2028-03-01T00:00:00Z" || status.Status != "success" || status.Quantity != 5 {
		t.Errorf("at midnight %+v", status)
	}
	r := s.subscription(id)
	got := fmt.Sprint(r.EffectiveStartDate, r.CommitmentEndDate, r.CommitmentEndDateTime, r.BillingCycleEndDateTime, r.CancellationAllowedUntilDate)
	want := "2027-03-02T00:00:00Z 2028-03-01T00:00:00Z 2028-03-01T23:59:59Z 2027-04-01T23:59:59Z 2027-03-09T00:00:00Z"
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
	changes := s.changes(id)
	c := changes[len(changes)-1]
	if len(changes) != 2 || c.Kind != commerce.Renewal || !c.Settled() || c.Before != 5 || c.Asked != 5 || len(c.Portions) != 1 || c.Portions[0].Quantity != 0 {
		t.Errorf("%+v", changes)
	}
	for _, e := range s.events(id) {
		if e.ChangeKind == commerce.Renewal && (e.User != "" || e.App != "" || e.Cause == "") {
			t.Errorf("%+v", e)
		}
	}
}

// What is scheduled comes with the next term: another product, term, cycle and
// quantity, delivered as a purchase is.
func TestRenewalAppliesWhatIsScheduled(t *testing.T) {
	s := openShop(t)
	id := s.buy(microsoftE3, 5, over("P1M")).ID
	basic := s.subscription(id)
	s.patched(id, `{"autoRenewEnabled":true,"scheduledNextTermInstructions":{"quantity":9,"product":{"productId":"CFQ7TTC0LFLZ","skuId":"0002",
		"availabilityId":"CFQ7TTCMR2Z9","billingCycle":"annual","termDuration":"P1Y","promotionId":"39NFJQT1PJQB:0001:39NFJQT1Q5KN"}}}`)
	sku := s.provisioning(id).SKUID
	s.advanceTo(instant(t, "2026-04-02").Add(time.Second))
	r := s.subscription(id)
	if r.OfferID != microsoftE5 || r.OfferName != "Microsoft 365 E5" || r.FriendlyName != "Microsoft 365 E5" || r.Quantity != 9 || *r.BillingCycle != "annual" ||
		*r.TermDuration != "P1Y" || r.CommitmentEndDate.String() != "2027-04-01T00:00:00Z" || r.ScheduledNextTermInstructions != nil || r.PromotionID == nil {
		t.Errorf("%+v", dereferenced(r))
	}
	if r.OrderID != basic.OrderID || !r.CreationDate.Equal(basic.CreationDate.Time) {
		t.Error("it is another subscription")
	}
	if status := s.provisioning(id); status.Status != "pending" || status.Quantity != 5 || status.SKUID != sku || status.EndDate.String() != "2026-04-01T00:00:00Z" {
		t.Errorf("on its way %+v", status)
	}
	s.refused(id, `{"quantity":10,"autoRenewEnabled":true}`, partnercenter.ErrNotReady)
	s.advanceTo(instant(t, "2026-04-02").Add(15*time.Minute - time.Second))
	if status := s.provisioning(id); status.Status != "pending" || status.Quantity != 5 || status.SKUID != sku {
		t.Errorf("before the refresh %+v", status)
	}
	s.advance("PT1S")
	if status := s.provisioning(id); status.Status != "success" || status.Quantity != 9 || status.SKUID == sku || status.EndDate.String() != "2027-04-01T00:00:00Z" {
		t.Errorf("at the refresh %+v", status)
	}
	changes := s.changes(id)
	if c := changes[len(changes)-1]; c.Offer != microsoftE5 || c.Provisioned() != 4 || c.Before != 5 || c.Asked != 9 || c.Undo != nil {
		t.Errorf("%+v", c)
	}
	for _, e := range s.events(id) {
		if e.Kind == commerce.Renewed && (*e.Before != 5 || *e.After != 9) {
			t.Errorf("from %d to %d", *e.Before, *e.After)
		}
	}
}

func TestRenewalOpensItsWindowsAnew(t *testing.T) {
	s := openShop(t)
	id := s.buy(businessBasic, 5, over("P1M")).ID
	s.advanceTo(instant(t, "2026-04-02").Add(-time.Hour))
	s.refused(id, cancelled, partnercenter.ErrCancelDays)
	s.refused(id, `{"quantity":4,"autoRenewEnabled":true}`, partnercenter.ErrReductionWindow)
	s.advanceTo(instant(t, "2026-04-03"))
	s.seats(id, 5, 5)
	s.patched(id, `{"quantity":4,"autoRenewEnabled":true}`)
	s.advanceTo(instant(t, "2026-04-09").Add(-time.Second))
	s.seats(id, 4, 4)
	s.advance("PT1S")
	s.seats(id, 4)
	s.refused(id, cancelled, partnercenter.ErrCancelDays)
	s.advanceTo(instant(t, "2026-05-02"))
	s.patched(id, cancelled)
}

func TestRenewalThatFailsEndsTheSubscription(t *testing.T) {
	s := openShop(t)
	id := s.buy(microsoftE3, 5, over("P1M")).ID
	phone := s.buy(teamsPhone, 5, onto(id)).ID
	s.patched(id, `{"autoRenewEnabled":true,"scheduledNextTermInstructions":{"quantity":9,"product":{"productId":"CFQ7TTC0LFLZ","skuId":"0002","availabilityId":"CFQ7TTCMR2Z9"}}}`)
	s.script("all fail at +5m because the credit limit is reached")
	before, sku := s.subscription(id), s.provisioning(id).SKUID
	s.advanceTo(instant(t, "2026-04-02").Add(5 * time.Minute))
	r := s.subscription(id)
	if r.Status != "expired" || r.Quantity != 5 || r.OfferID != before.OfferID || r.FriendlyName != before.FriendlyName ||
		!r.CommitmentEndDate.Equal(before.CommitmentEndDate.Time) || *r.TermDuration != "P1M" || r.RefundableQuantity != nil || r.AutoRenewEnabled {
		t.Errorf("%s", dereferenced(r))
	}
	if status := s.provisioning(id); status.Status != "pending" || status.Quantity != 5 {
		t.Errorf("before the refresh %+v", status)
	}
	s.advance("PT10M")
	if status := s.provisioning(id); status.Status != "failed" || status.Quantity != 5 || status.SKUID != sku || status.EndDate.String() != "2026-04-01T00:00:00Z" {
		t.Errorf("at the refresh %+v", status)
	}
	s.statuses("expired expired", id, phone)
	for _, e := range s.events(id) {
		if e.Kind == commerce.Expired && (e.Reason != "the credit limit is reached" || e.Cause == "") {
			t.Errorf("%+v", e)
		}
	}
	s.advance("P1Y")
	if got := fmt.Sprint(s.lives(id)); got != "[2026-04-02T00:05:00Z expired 2026-05-02T00:05:00Z disabled 2026-07-31T00:05:00Z deleted]" {
		t.Error(got)
	}
}

func TestRenewalThatFailsInPartGoesOnWithWhatThereIs(t *testing.T) {
	s := openShop(t)
	id := s.buy(microsoftE3, 5, over("P1M")).ID
	s.patched(id, `{"autoRenewEnabled":true,"scheduledNextTermInstructions":{"quantity":9}}`)
	s.script("3 at +5m; 1 fails at +5m because the credit limit is reached")
	s.advanceTo(instant(t, "2026-04-02").Add(15 * time.Minute))
	if r := s.subscription(id); r.Status != "active" || r.Quantity != 8 || r.CommitmentEndDate.String() != "2026-05-01T00:00:00Z" {
		t.Errorf("%s", dereferenced(r))
	}
	if status := s.provisioning(id); status.Status != "failed" || status.Quantity != 8 || status.EndDate.String() != "2026-05-01T00:00:00Z" {
		t.Errorf("%+v", status)
	}
	if got := fmt.Sprint(s.lives(id)); got != "[2026-04-02T00:05:00Z renewed]" {
		t.Error(got)
	}
	s.advance("P1M")
	if status := s.provisioning(id); status.Status != "success" || status.Quantity != 8 {
		t.Errorf("the next one %+v", status)
	}
}

// A term's end waits for what is on its way, and the next term begins where the
// last one ended; if that is over as well, so does the one after.
func TestTermsEndWaitsForWhatIsOnItsWay(t *testing.T) {
	for _, outcome := range []string{"all", "all fail"} {
		s := openShop(t)
		id := s.buy(microsoftE3, 5, over("P1M")).ID
		s.script(outcome + " at +2160h") // 90 days
		s.advanceTo(instant(t, "2026-04-01"))
		s.patched(id, `{"quantity":6,"autoRenewEnabled":true}`)
		s.advanceTo(instant(t, "2026-06-29"))
		if r := s.subscription(id); r.Status != "active" || r.CommitmentEndDate.String() != "2026-04-01T00:00:00Z" || len(s.lives(id)) != 0 {
			t.Errorf("%v, %s", s.lives(id), r.CommitmentEndDate)
		}
		s.advanceTo(instant(t, "2026-06-30"))
		if r := s.subscription(id); r.Status != "active" || r.CommitmentEndDate.String() != "2026-07-01T00:00:00Z" || r.EffectiveStartDate.String() != "2026-06-02T00:00:00Z" {
			t.Errorf("from %s to %s", r.EffectiveStartDate, r.CommitmentEndDate)
		}
		if got := fmt.Sprint(s.lives(id)); got != "[2026-06-30 renewed 2026-06-30 renewed 2026-06-30 renewed]" || s.dueOf(id) != 1 {
			t.Errorf("%s, %d due", got, s.dueOf(id))
		}
	}
}

func TestAnotherTermMovesItsEnd(t *testing.T) {
	s := openShop(t)
	id := s.buy(microsoftE3, 5, over("P1M")).ID
	s.advance("P10D")
	s.patched(id, `{"termDuration":"P1Y","autoRenewEnabled":true}`)
	s.advance("PT15M")
	if n := s.dueOf(id); n != 1 {
		t.Errorf("%d rows are due", n)
	}
	s.advanceTo(instant(t, "2027-03-11"))
	if got := s.lives(id); len(got) != 0 {
		t.Errorf("%v", got)
	}
	s.advanceTo(instant(t, "2027-03-12"))
	if got := fmt.Sprint(s.lives(id)); got != "[2027-03-12 renewed]" {
		t.Error(got)
	}
}

// A longer term that is refused leaves the old one, even when that has ended
// meanwhile.
func TestAnotherTermThatFailsLeavesTheOldEnd(t *testing.T) {
	s := openShop(t)
	id := s.buy(microsoftE3, 5, over("P1M")).ID
	s.Provisioner = late{s.Provisioner, commerce.TermChange, 48 * time.Hour}
	s.advanceTo(instant(t, "2026-04-01"))
	s.patched(id, `{"termDuration":"P1Y","autoRenewEnabled":false}`)
	s.advanceTo(instant(t, "2026-04-03").Add(-time.Second))
	s.statuses("active", id)
	s.advance("PT1S")
	s.statuses("expired", id)
	if r := s.subscription(id); r.CommitmentEndDate.String() != "2026-04-01T00:00:00Z" {
		t.Errorf("%s", r.CommitmentEndDate)
	}
}

// late fails one kind of change, some time after it was asked for.
type late struct {
	commerce.Provisioner
	kind  commerce.ChangeKind
	after time.Duration
}

// A status that time has led further is not taken back.
func TestFailedSuspensionDoesNotUndoTheEnd(t *testing.T) {
	s := openShop(t)
	base := s.buy(businessBasic, 5, over("P1M")).ID
	phone := s.buy(teamsPhone, 5, onto(base)).ID
	s.patched(base, ending)
	s.Provisioner = late{s.Provisioner, commerce.Suspension, 48 * time.Hour}
	s.advanceTo(instant(t, "2026-04-01"))
	s.patched(phone, suspended)
	s.advanceTo(instant(t, "2026-04-02"))
	s.statuses("expired disabled", base, phone)
	s.advanceTo(instant(t, "2026-04-04"))
	s.statuses("expired disabled", base, phone)
}

func TestNextChargeComesWithTheNextTerm(t *testing.T) {
	s := openShop(t)
	id := s.buy(businessBasic, 5).ID
	s.advanceTo(instant(t, "2027-02-20"))
	s.patched(id, `{"billingCycle":"annual","autoRenewEnabled":true}`)
	s.advanceTo(instant(t, "2027-03-02"))
	if r := s.subscription(id); *r.BillingCycle != "annual" || r.NextChargeInstructions != nil || r.BillingCycleEndDateTime.String() != "2028-03-01T23:59:59Z" {
		t.Errorf("%s", dereferenced(r))
	}
}

func TestBillingGoesOnWhileSuspended(t *testing.T) {
	s := openShop(t)
	id := s.buy(businessBasic, 5).ID
	s.patched(id, suspended)
	s.advance("P3M")
	if end := s.subscription(id).BillingCycleEndDateTime.String(); end != "2026-07-01T23:59:59Z" {
		t.Error(end)
	}
}

func TestTermsOfAMonthsLastDayKeepIt(t *testing.T) {
	s := openShop(t)
	s.advanceTo(instant(t, "2027-01-31"))
	id := s.buy(businessBasic, 5, over("P1M")).ID
	for _, want := range []string{"2027-02-27", "2027-03-30", "2027-04-29", "2027-05-30"} {
		if end := s.subscription(id).CommitmentEndDate.String(); end != want+"T00:00:00Z" {
			t.Errorf("it ends %s, want %s", end, want)
		}
		s.advanceTo(instant(t, want).AddDate(0, 0, 1))
	}
}

func TestNextTermEndsOnTheDayThatIsAskedFor(t *testing.T) {
	s := openShop(t)
	id := s.buy(businessBasic, 5).ID
	s.patched(id, `{"autoRenewEnabled":true,"scheduledNextTermInstructions":{"quantity":5,"customTermEndDate":"2027-06-30T00:00:00Z"}}`)
	s.advanceTo(instant(t, "2027-03-02"))
	if r := s.subscription(id); r.CommitmentEndDateTime.String() != "2027-06-30T23:59:59Z" {
		t.Errorf("%s", r.CommitmentEndDateTime)
	}
	s.advanceTo(instant(t, "2027-07-01"))
	if r := s.subscription(id); r.CommitmentEndDateTime.String() != "2028-06-30T23:59:59Z" {
		t.Errorf("then %s", r.CommitmentEndDateTime)
	}
}

func TestOrderSaysForHowLongItRenews(t *testing.T) {
	s := openShop(t)
	id := s.buy(microsoftE3, 5, over("P1M"), func(l *partnercenter.OrderLineItem) { l.RenewsTo = &partnercenter.RenewsTo{TermDuration: "P1Y"} }).ID
	if r := s.subscription(id); *r.RenewalTermDuration != "P1Y" || *r.TermDuration != "P1M" {
		t.Errorf("%s", dereferenced(r))
	}
	s.advanceTo(instant(t, "2026-04-02"))
	if r := s.subscription(id); *r.TermDuration != "P1Y" || r.CommitmentEndDate.String() != "2027-04-01T00:00:00Z" {
		t.Errorf("%s", dereferenced(r))
	}
}

// What came from elsewhere changes and renews as it is, though the catalogue has no such
// offer.
func TestUnknownOfferGoesOn(t *testing.T) {
	s := openShop(t)
	id := s.buy(businessBasic, 5, over("P1M")).ID
	s.alter(id, func(k *commerce.Subscription) { k.Resource.OfferID = "CFQ7TTC0XXXX:0001:CFQ7TTCXXXXX" })
	s.patched(id, `{"quantity":6,"autoRenewEnabled":true}`)
	s.advance("P1M")
	if r := s.subscription(id); r.Status != "active" || r.Quantity != 6 || *r.TermDuration != "P1M" || r.CommitmentEndDate.String() != "2026-05-01T00:00:00Z" {
		t.Errorf("%s", dereferenced(r))
	}
}

func TestTrialSaysWhatItCouldBecome(t *testing.T) {
	s := openShop(t)
	r := s.buy(e5Trial, 5)
	next := r.ScheduledNextTermInstructions
	if r.AutoRenewEnabled || next == nil || next.Quantity != 5 || next.Product.ProductID+":"+next.Product.SKUID+":"+next.Product.AvailabilityID != microsoftE5 || next.Product.TermDuration != "P1M" {
		t.Errorf("%s", dereferenced(r))
	}
	lost := s.buy(e5Trial, 5)
	s.alter(lost.ID, func(k *commerce.Subscription) {
		k.Resource.AutoRenewEnabled, k.Resource.ScheduledNextTermInstructions = true, nil
	})
	// One that goes on, as those that were bought elsewhere can, becomes it.
	s.alter(r.ID, func(k *commerce.Subscription) { k.Resource.AutoRenewEnabled = true })
	s.advance("P1M")
	if r := s.subscription(r.ID); r.OfferID != microsoftE5 || *r.IsTrial || r.CancellationAllowedUntilDate == nil || r.ScheduledNextTermInstructions != nil {
		t.Errorf("%s", dereferenced(r))
	}
	s.statuses("expired", lost.ID) // a trial is no second trial
}

// The demo world goes on: what was on its way an hour after its creation, and
// then year after year. The documents' records stay as they are.
func TestDemoWorldGoesOn(t *testing.T) {
	t.Parallel()
	s, worlds := demoStore(t)
	s.Provisioner, s.Holder = fulfillment.Simulator{}, "test"
	ada := signIn(t, s, worlds[0], "Ada Admin")
	pending := func() (n int) {
		customers, _, err := s.Customers(t.Context(), ada, nil, commerce.MaxCustomersPage, commerce.CustomerFilter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range customers {
			orders, err := s.Orders(t.Context(), ada, commerce.OrderQuery{Customer: c.ID})
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range orders {
				if o.Status == partnercenter.OrderPending {
					n++
				}
			}
		}
		return n
	}
	move := func(duration string) {
		t.Helper()
		period, err := commerce.ParsePeriod(duration)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.MoveClock(t.Context(), commerce.Caller{Actor: ada}, commerce.ClockMove{By: &period}); err != nil {
			t.Fatal(err)
		}
	}
	before := pending()
	move("PT59M59S")
	if n := pending(); n != before || n == 0 {
		t.Errorf("%d orders are pending before the hour, %d at first", n, before)
	}
	move("PT1S")
	if n := pending(); n != 0 {
		t.Errorf("%d orders are pending after an hour", n)
	}
	const fjord, powerBI = "2c09b8c1-e217-4854-8946-05de52aa47da", "448f4848-fbb7-48ae-86f2-d283060c8e10"
	move("PT15M")
	if status, _, err := s.ProvisioningStatus(t.Context(), ada, fjord, powerBI); err != nil || status.Status != "success" || status.Quantity != 75 {
		t.Errorf("%+v, %v", status, err)
	}
	documents := func() string {
		r, _, err := s.Subscription(t.Context(), ada, documentsCustomer, documentsSubscription)
		if err != nil {
			t.Fatal(err)
		}
		return dereferenced(r)
	}
	was := documents()
	move("P8Y")
	if documents() != was {
		t.Errorf("the documents' record is %s", documents())
	}
	asked, err := commerce.ReadPatch[partnercenter.Subscription]([]byte(`{"quantity":6,"autoRenewEnabled":true}`), commerce.SubscriptionMembers()...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.PatchSubscription(t.Context(), commerce.Caller{Actor: ada}, documentsCustomer, documentsSubscription, asked, nil); err != nil {
		t.Fatal(err)
	}
	move("P1Y")
	if status, _, err := s.ProvisioningStatus(t.Context(), ada, documentsCustomer, documentsSubscription); err != nil || status.Quantity != 6 || status.EndDate.String() != "2018-05-10T00:00:00Z" {
		t.Errorf("after a write it is %+v, %v", status, err)
	}
	r, _, err := s.Subscription(t.Context(), ada, "cf6f4266-8415-4afd-b119-1834c6391312", "c064a387-12b6-41e8-bbdf-866164d5288e")
	if err != nil || r.Status != "active" || !strings.HasPrefix(r.OfferID, "CFQ7TTC0LFLZ:0002:") {
		t.Errorf("the trial is %s, %v", dereferenced(r), err)
	}
}

func (l late) Step(ctx context.Context, work commerce.Work) (commerce.Progress, error) {
	if work.Change.Kind != l.kind {
		return l.Provisioner.Step(ctx, work)
	}
	script := commerce.Script{{After: l.after, Fails: true, Reason: "The directory does not answer."}}
	return script.Progress(work.Change, work.Now), nil
}
