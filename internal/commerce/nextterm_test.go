package commerce_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// dereferenced is a resource as text, pointers and all.
func dereferenced(r partnercenter.Subscription) string {
	text, _ := json.Marshal(r)
	return string(text)
}

func TestLongerTermStartsNow(t *testing.T) {
	s := openShop(t)
	id := s.buy(microsoftE3, 5, over("P1M")).ID
	s.patched(id, `{"autoRenewEnabled":true,"scheduledNextTermInstructions":{"quantity":7}}`)
	bought := s.subscription(id)
	s.advance("P10D")
	after := s.patched(id, `{"termDuration":"P1Y","autoRenewEnabled":true}`)
	if *after.TermDuration != "P1Y" || *after.BillingCycle != "monthly" || after.ScheduledNextTermInstructions != nil || after.Quantity != 5 {
		t.Errorf("%+v", after)
	}
	if start, end := after.EffectiveStartDate.String(), after.CommitmentEndDateTime.String(); start != "2026-03-12T12:27:50Z" || end != "2027-03-11T23:59:59Z" {
		t.Errorf("the term goes from %s to %s", start, end)
	}
	if !after.CancellationAllowedUntilDate.Equal(bought.CancellationAllowedUntilDate.Time) {
		t.Errorf("another term is cancelled until %s", after.CancellationAllowedUntilDate)
	}
	if status := s.provisioning(id); status.Status != "pending" || !status.EndDate.Equal(bought.CommitmentEndDate.Time) {
		t.Errorf("before the refresh %+v", status)
	}
	s.advance("PT15M")
	if status := s.provisioning(id); status.Status != "success" || status.Quantity != 5 || !status.EndDate.Equal(after.CommitmentEndDate.Time) {
		t.Errorf("at the refresh %+v", status)
	}
	if after := s.patched(id, `{"termDuration":"P3Y","billingCycle":"Annual","autoRenewEnabled":true}`); *after.BillingCycle != "annual" || after.NextChargeInstructions != nil {
		t.Errorf("%+v", after)
	}
}

func TestTermIsRefused(t *testing.T) {
	s := openShop(t)
	year := s.buy(microsoftE3, 5).ID
	for body, want := range map[string]*partnercenter.Error{
		`{"termDuration":"P1M","autoRenewEnabled":true}`:                           partnercenter.ErrShorterTerm,
		`{"termDuration":"P2Y","autoRenewEnabled":true}`:                           partnercenter.ErrTerm,
		`{"termDuration":"long","autoRenewEnabled":true}`:                          partnercenter.ErrTerm,
		`{"termDuration":"P3Y","billingCycle":"one_time","autoRenewEnabled":true}`: partnercenter.ErrTerm,
	} {
		s.refused(year, body, want)
	}
	s.refused(s.buy(e5Trial, 5).ID, `{"termDuration":"P1Y"}`, partnercenter.ErrTrialTerm)
	s.refused(s.buy(reservation, 5).ID, `{"termDuration":"P3Y"}`, partnercenter.ErrTerm)
	s.refused(s.buy(legacyOffice, 5).ID, `{"termDuration":"P3Y","autoRenewEnabled":true}`, partnercenter.ErrLegacyUnsupported)
	s.patched(year, `{"status":"suspended"}`)
	s.refused(year, `{"termDuration":"P3Y"}`, partnercenter.ErrSuspended)
	busy := s.buy(businessBasic, 5, over("P1M")).ID
	s.patched(busy, `{"quantity":9,"autoRenewEnabled":true}`)
	s.refused(busy, `{"termDuration":"P1Y","autoRenewEnabled":true}`, partnercenter.ErrNotReady)
}

func TestAnotherBillingCycleBeginsWithTheNextBill(t *testing.T) {
	s := openShop(t)
	id := s.buy(officeE1, 5, over("P3Y")).ID
	before := s.subscription(id)
	after := s.patched(id, `{"billingCycle":"Triennial","autoRenewEnabled":true}`)
	next := after.NextChargeInstructions
	if *after.BillingCycle != "monthly" || next == nil || next.Product.BillingCycle != "triennial" || next.Product.TermDuration != "P3Y" || next.Quantity != 5 {
		t.Fatalf("%+v", after)
	}
	whole := dereferenced(after)
	if again := s.patched(id, whole); dereferenced(again) != whole {
		t.Errorf("sent back it becomes %+v", again)
	}
	s.advanceTo(before.BillingCycleEndDateTime.Time)
	if *s.subscription(id).BillingCycle != "monthly" {
		t.Error("it begins before the bill is due")
	}
	s.advance("PT1S")
	after = s.subscription(id)
	if *after.BillingCycle != "triennial" || after.NextChargeInstructions != nil || after.BillingCycleEndDateTime.String() != after.CommitmentEndDateTime.String() {
		t.Errorf("%+v", after)
	}
	events := s.events(id)
	if last := events[len(events)-1]; last.Kind != commerce.MembersChanged || last.User != "" || !last.At.Equal(before.BillingCycleEndDateTime.Add(time.Second)) {
		t.Errorf("%+v", last)
	}
}

func TestBillingCyclesEndIsThatOfTheCycleAtHand(t *testing.T) {
	s := openShop(t)
	id := s.buy(microsoftE3, 5).ID
	for _, want := range []string{"2026-04-01T23:59:59Z", "2026-05-01T23:59:59Z", "2026-06-01T23:59:59Z"} {
		if end := s.subscription(id).BillingCycleEndDateTime.String(); end != want {
			t.Errorf("it ends at %s, want %s", end, want)
		}
		s.advance("P1M")
	}
}

func TestEachBillingCycleEnds(t *testing.T) {
	s := openShop(t)
	for _, x := range []struct{ offer, term, end string }{
		{microsoftE3, "P1M", "2026-04-01T23:59:59Z"},
		{meadowlark, "P2Y", "2028-03-01T23:59:59Z"},
		{exchange, "P3Y", "2029-03-01T23:59:59Z"},
	} {
		if end := s.buy(x.offer, 1, over(x.term)).BillingCycleEndDateTime; end == nil || end.String() != x.end {
			t.Errorf("%s for %s: its cycle ends %v, not %s", x.offer, x.term, end, x.end)
		}
	}
}

func TestBillingCycleIsRefused(t *testing.T) {
	s := openShop(t)
	legacy, basic, trial := s.buy(legacyOffice, 5).ID, s.buy(businessBasic, 5).ID, s.buy(e5Trial, 5).ID
	s.refused(legacy, `{"billingCycle":"annual","autoRenewEnabled":true}`, partnercenter.ErrLegacyCycle)
	s.refused(basic, `{"billingCycle":"triennial","autoRenewEnabled":true}`, partnercenter.ErrCycleFixed)
	s.refused(basic, `{"billingCycle":"weekly","autoRenewEnabled":true}`, partnercenter.ErrEnum)
	s.refused(trial, `{"billingCycle":"monthly"}`, partnercenter.ErrCycleFixed)
	s.patched(basic, `{"status":"suspended"}`)
	s.refused(basic, `{"billingCycle":"annual"}`, partnercenter.ErrSuspended)
}

func TestNextTermIsScheduled(t *testing.T) {
	s := openShop(t)
	id := s.buy(businessBasic, 5).ID
	for _, x := range []struct{ asked, want string }{
		{`{"quantity":7}`, "CFQ7TTC0LH18 0001 CFQ7TTC725M4 monthly P1Y 7"},
		{`{"product":{"productId":"cfq7ttc0lh18","termDuration":"p1m"}}`, "CFQ7TTC0LH18 0001 CFQ7TTC725M4 monthly P1M 5"},
		{`{"Product":{"ProductId":"CFQ7TTC0LFLX","SkuId":"0001","AvailabilityId":"CFQ7TTCX76SB","BillingCycle":"Annual","TermDuration":"P3Y"},"Quantity":12,"CustomTermEndDate":null}`,
			"CFQ7TTC0LFLX 0001 CFQ7TTCX76SB annual P3Y 12"},
	} {
		after := s.patched(id, `{"autoRenewEnabled":true,"scheduledNextTermInstructions":`+x.asked+`}`)
		next := after.ScheduledNextTermInstructions
		p := next.Product
		if got := fmt.Sprint(p.ProductID, " ", p.SKUID, " ", p.AvailabilityID, " ", p.BillingCycle, " ", p.TermDuration, " ", next.Quantity); got != x.want {
			t.Errorf("%s: %s, want %s", x.asked, got, x.want)
		}
		if again := s.patched(id, dereferenced(after)); dereferenced(again) != dereferenced(after) {
			t.Errorf("sent back it becomes %+v", again)
		}
	}
	if after := s.patched(id, `{"autoRenewEnabled":true}`); after.ScheduledNextTermInstructions == nil {
		t.Error("what is omitted is gone")
	}
	// What is different counts, and what a client does not know stays.
	s.patched(id, `{"autoRenewEnabled":true,"scheduledNextTermInstructions":{"quantity":7}}`)
	for _, x := range []struct{ product, rest, want string }{
		{``, `,"customTermEndDate":"2027-06-30T00:00:00Z"`, "2027-06-30T00:00:00Z -"},
		{``, `,"customTermEndDate":"0001-01-01T00:00:00"`, "2027-06-30T00:00:00Z -"},
		{``, ``, "2027-06-30T00:00:00Z -"},
		{``, `,"customTermEndDate":"2027-07-31T00:00:00+00:00"`, "2027-07-31T00:00:00Z -"},
		{`,"promotionId":"P1"`, ``, "- P1"},
		{``, ``, "- P1"},
		{`,"promotionId":"P2"`, ``, "- P2"},
	} {
		next := s.patched(id, `{"autoRenewEnabled":true,"scheduledNextTermInstructions":{"quantity":7,"product":{"productId":"CFQ7TTC0LH18","skuId":"0001",
			"availabilityId":"CFQ7TTC725M4","billingCycle":"monthly","termDuration":"P1Y"`+x.product+`}`+x.rest+`}}`).ScheduledNextTermInstructions
		end, promotion := "-", "-"
		if next.CustomTermEndDate != nil {
			end = next.CustomTermEndDate.String()
		}
		if next.Product.PromotionID != nil {
			promotion = *next.Product.PromotionID
		}
		if end+" "+promotion != x.want {
			t.Errorf("%s%s: %s %s, want %s", x.product, x.rest, end, promotion, x.want)
		}
	}
	if after := s.patched(id, `{"autoRenewEnabled":true,"scheduledNextTermInstructions":{}}`); after.ScheduledNextTermInstructions != nil {
		t.Error("an empty object does not take the schedule back")
	}
}

// Seats that are changed now take back what was scheduled before (reference
// 7.11), unless the body says it again.
func TestSeatChangeDropsWhatWasScheduled(t *testing.T) {
	const next = `"scheduledNextTermInstructions":{"quantity":7}`
	for _, x := range []struct {
		body        string
		keepOmitted bool
		want        bool
	}{
		{`{"autoRenewEnabled":true,"quantity":6}`, false, false},
		{`{"autoRenewEnabled":true,"quantity":6,"scheduledNextTermInstructions":null}`, false, false},
		{`{"autoRenewEnabled":true,"quantity":6,` + next + `}`, false, true},
		{`{"quantity":6}`, true, true},
		{`{"autoRenewEnabled":true,"quantity":5}`, false, true}, // no other seats
	} {
		s := openShop(t, func(w *commerce.WorldSettings) { w.KeepOmitted = x.keepOmitted })
		id := s.buy(businessBasic, 5).ID
		s.patched(id, `{"autoRenewEnabled":true,`+next+`}`)
		s.patched(id, x.body)
		s.advance("PT15M")
		if after := s.subscription(id); (after.ScheduledNextTermInstructions != nil) != x.want {
			t.Errorf("%s leaves %+v", x.body, after.ScheduledNextTermInstructions)
		}
	}
	s := openShop(t)
	trial := s.buy(e5Trial, 5).ID
	s.patched(trial, `{"quantity":6}`)
	if s.subscription(trial).ScheduledNextTermInstructions == nil {
		t.Error("a trial does not say any more what it could become")
	}
}

func TestSandboxHoldsANextTermToItsSeats(t *testing.T) {
	s := openShop(t, func(w *commerce.WorldSettings) { w.Sandbox = true })
	id := s.buy(businessBasic, 5).ID
	s.refused(id, `{"autoRenewEnabled":true,"scheduledNextTermInstructions":{"quantity":26}}`, partnercenter.ErrSeatLimit)
	s.patched(id, `{"autoRenewEnabled":true,"scheduledNextTermInstructions":{"quantity":25}}`)
}

func TestNextTermIsRefused(t *testing.T) {
	s := openShop(t)
	id := s.buy(businessBasic, 5).ID
	const premium = `"productId":"CFQ7TTC0LCHC","skuId":"0002","availabilityId":"CFQ7TTCCBK4J"`
	for next, want := range map[string]*partnercenter.Error{
		`{"product":{"productId":"CFQ7TTC00000","skuId":"0001","availabilityId":"CFQ7TTC725M4"},"quantity":5}`: partnercenter.ErrScheduleProduct,
		`{"product":{"productId":"CFQ7TTC0LCHC"},"quantity":5}`:                                                partnercenter.ErrScheduleProduct,
		`{"product":{"productId":"CFQ7TTC0LFLZ","skuId":"0002","availabilityId":"CFQ7TTCMR2Z9"},"quantity":5}`: partnercenter.ErrScheduleChange,
		`{"product":{` + premium + `,"termDuration":"P3Y"},"quantity":5}`:                                      partnercenter.ErrTerm,
		`{"product":{` + premium + `,"billingCycle":"triennial"},"quantity":5}`:                                partnercenter.ErrTerm,
		`{"product":{` + premium + `},"quantity":301}`:                                                         partnercenter.ErrQuantity,
		`{"quantity":5,"customTermEndDate":"1999-12-31T00:00:00Z"}`:                                            partnercenter.ErrTermEnd,
		`{"quantity":5,"customTermEndDate":"2027-03-01T23:59:59Z"}`:                                            partnercenter.ErrTermEnd,
		`{"quantity":5,"customTermEndDate":"2028-03-02T00:00:00Z"}`:                                            partnercenter.ErrTermEnd,
	} {
		s.refused(id, `{"autoRenewEnabled":true,"scheduledNextTermInstructions":`+next+`}`, want)
	}
	s.refused(id, `{"scheduledNextTermInstructions":{"quantity":6}}`, partnercenter.ErrScheduleRenewal)
	s.refused(s.buy(legacyOffice, 5).ID, `{"autoRenewEnabled":true,"scheduledNextTermInstructions":{"quantity":6}}`, partnercenter.ErrLegacyUnsupported)
	trial := s.buy(e5Trial, 5).ID
	s.refused(trial, `{"scheduledNextTermInstructions":{"quantity":6}}`, partnercenter.ErrScheduleChange)
	s.patched(trial, `{"scheduledNextTermInstructions":{"product":{"productId":"CFQ7TTC0LFLZ","skuId":"0002","availabilityId":"CFQ7TTCMR2Z9"},"quantity":6}}`)
	s.patched(id, `{"status":"suspended"}`)
	s.refused(id, `{"autoRenewEnabled":true,"scheduledNextTermInstructions":{"quantity":6}}`, partnercenter.ErrSuspended)
}
