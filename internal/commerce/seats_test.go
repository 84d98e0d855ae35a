package commerce_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

func TestSeatChangeGoesFromPendingToSuccess(t *testing.T) {
	s := openShop(t)
	bought := s.buy(businessBasic, 5)
	asked := s.patched(bought.ID, `{"quantity":9,"autoRenewEnabled":true}`)
	if asked.Quantity != 9 || s.subscription(bought.ID).Quantity != 9 {
		t.Errorf("%d seats are asked for", asked.Quantity)
	}
	s.advance("PT2M9S")
	if status := s.provisioning(bought.ID); status.Status != "pending" || status.Quantity != 5 {
		t.Errorf("before the refresh %+v", status)
	}
	s.advance("PT1S")
	if status := s.provisioning(bought.ID); status.Status != "success" || status.Quantity != 9 {
		t.Errorf("at the refresh %+v", status)
	}
	changes := s.changes(bought.ID)
	last := changes[len(changes)-1]
	if len(changes) != 2 || last.Kind != commerce.SeatChange || last.Before != 5 || last.Asked != 9 || last.Provisioned() != 4 {
		t.Errorf("%+v", changes)
	}
}

func TestSeatChangeThatFailsGivesTheSeatsBack(t *testing.T) {
	s := openShop(t)
	bought := s.buy(businessBasic, 5)
	s.script("all fail at +5m because the directory is full")
	s.patched(bought.ID, `{"quantity":9,"autoRenewEnabled":true}`)
	s.advance("PT5M")
	after := s.subscription(bought.ID)
	if after.Quantity != 5 || after.RefundableQuantity.TotalQuantity != 5 {
		t.Errorf("%d seats, %+v to give back", after.Quantity, after.RefundableQuantity)
	}
	s.script("3 at +5m; 1 fails at +6m because the directory is full")
	s.patched(bought.ID, `{"quantity":9,"autoRenewEnabled":true}`)
	s.advance("PT15M")
	if after, status := s.subscription(bought.ID), s.provisioning(bought.ID); after.Quantity != 8 || status.Quantity != 8 || status.Status != "failed" {
		t.Errorf("%d seats, %+v", after.Quantity, status)
	}
}

func TestSeatChangeIsRefused(t *testing.T) {
	s := openShop(t)
	basic := s.buy(businessBasic, 5)
	for seats, want := range map[int]*partnercenter.Error{301: partnercenter.ErrQuantity, -1: partnercenter.ErrQuantity} {
		s.refused(basic.ID, fmt.Sprintf(`{"quantity":%d,"autoRenewEnabled":true}`, seats), want)
	}
	for _, x := range []struct {
		offer string
		seats int
		lines []line
		want  *partnercenter.Error
	}{
		{sqlServer, 4, nil, partnercenter.ErrNoDecrease},
		{e5Trial, 4, nil, partnercenter.ErrNoDecrease},
		{reservation, 6, nil, partnercenter.ErrSeatsFixed},
		{server, 6, nil, partnercenter.ErrSeatsFixed},
		{meadowlark, 6, []line{over("P1Y")}, partnercenter.ErrNotActive},
	} {
		bought := s.buy(x.offer, 5, x.lines...)
		s.refused(bought.ID, fmt.Sprintf(`{"quantity":%d,"autoRenewEnabled":%v}`, x.seats, bought.AutoRenewEnabled), x.want)
	}
	legacy := s.buy(legacyOffice, 5)
	s.patched(basic.ID, `{"status":"suspended"}`)
	s.patched(legacy.ID, `{"status":"suspended"}`)
	s.refused(basic.ID, `{"quantity":6}`, partnercenter.ErrSuspended)
	s.refused(legacy.ID, `{"quantity":6}`, partnercenter.ErrSuspendedLegacy)
}

func TestSecondSeatChangeWaitsForTheFirst(t *testing.T) {
	for _, later := range []bool{false, true} {
		s := openShop(t, func(w *commerce.WorldSettings) { w.RetryNextDay = later })
		want := map[bool]*partnercenter.Error{false: partnercenter.ErrNotReady, true: partnercenter.ErrPendingOperation}[later]
		bought := s.buy(microsoftE3, 5)
		s.patched(bought.ID, `{"quantity":9,"autoRenewEnabled":true}`)
		for _, body := range []string{`{"quantity":10,"autoRenewEnabled":true}`, `{"quantity":5,"autoRenewEnabled":true}`, `{"status":"suspended"}`, `{"termDuration":"P3Y"}`} {
			s.refused(bought.ID, body, want)
		}
		s.patched(bought.ID, `{"friendlyName":"No change of its own","quantity":9,"autoRenewEnabled":true}`)
		s.advance("PT90S")
		s.patched(bought.ID, `{"quantity":11,"autoRenewEnabled":true}`) // settled, and not visible yet
	}
}

// The newest seats go back first, and what is older than a week stays.
func TestSeatsGoBackWithinAWeekTheNewestFirst(t *testing.T) {
	s := openShop(t)
	id := s.buy(businessBasic, 5).ID
	bought := opened.Add(90 * time.Second)
	s.seats(id, 5, 5)
	s.advance("P3D")
	s.patched(id, `{"quantity":8,"autoRenewEnabled":true}`)
	s.advance("PT15M")
	s.seats(id, 8, 5, 3)
	s.patched(id, `{"quantity":6,"autoRenewEnabled":true}`)
	s.seats(id, 6, 5, 3) // nothing is back before the change is settled
	s.advance("PT15M")
	s.seats(id, 6, 5, 1)
	s.patched(id, `{"quantity":4,"autoRenewEnabled":true}`)
	s.advance("PT15M")
	s.seats(id, 4, 4)
	s.patched(id, `{"quantity":10,"autoRenewEnabled":true}`)
	s.advance("PT15M")
	s.seats(id, 10, 4, 6)
	s.advanceTo(bought.AddDate(0, 0, 7).Add(-time.Second))
	s.seats(id, 10, 4, 6)
	s.advance("PT1S")
	s.seats(id, 10, 6)
	s.refused(id, `{"quantity":3,"autoRenewEnabled":true}`, partnercenter.ErrReductionWindow)
	s.patched(id, `{"quantity":4,"autoRenewEnabled":true}`)
	s.advance("P7D")
	s.seats(id, 4)
	s.refused(id, `{"quantity":3,"autoRenewEnabled":true}`, partnercenter.ErrReductionWindow)
}

func TestRefundsLapseByTheClock(t *testing.T) {
	s := openShop(t)
	id := s.buy(businessBasic, 5).ID
	bought := opened.Add(90 * time.Second)
	options := func() string {
		text := ""
		for _, o := range s.subscription(id).RefundOptions {
			text += fmt.Sprint(o.Type, " ", o.ExpiresAt, ";")
		}
		return text
	}
	day, week := bought.AddDate(0, 0, 1), bought.AddDate(0, 0, 7)
	if want := fmt.Sprintf("Full %s;Partial %s;", partnercenter.At(day), partnercenter.At(week)); options() != want {
		t.Errorf("%s, want %s", options(), want)
	}
	s.advanceTo(day)
	if want := fmt.Sprintf("Partial %s;", partnercenter.At(week)); options() != want {
		t.Errorf("%s, want %s", options(), want)
	}
	s.patched(id, `{"autoRenewEnabled":true,"friendlyName":"A day later"}`)
	if r := s.audited(partnercenter.AuditUpdateSubscription); strings.Contains(*r.ResourceOldValue, "Full") || !strings.Contains(*r.ResourceOldValue, "Partial") {
		t.Errorf("the audit record offers what has lapsed: %s", *r.ResourceOldValue)
	}
	s.advanceTo(week)
	listed, _, err := s.Subscriptions(t.Context(), s.ada.Actor, commerce.SubscriptionQuery{Customer: shopCustomer})
	if err != nil || listed[0].RefundOptions != nil || listed[0].RefundableQuantity != nil {
		t.Errorf("listed with %+v, %+v, %v", listed[0].RefundOptions, listed[0].RefundableQuantity, err)
	}
	if after := s.subscription(id); after.RefundOptions != nil || after.RefundableQuantity != nil {
		t.Errorf("%+v, %+v", after.RefundOptions, after.RefundableQuantity)
	}
}

func TestLegacySeatsGoDownToTheLeast(t *testing.T) {
	s := openShop(t)
	id := s.buy(legacyOffice, 5).ID
	s.advance("P30D")
	s.patched(id, `{"quantity":1,"autoRenewEnabled":true}`)
	s.advance("PT15M")
	if status := s.provisioning(id); status.Quantity != 1 || status.Status != "success" {
		t.Errorf("%+v", status)
	}
}

// seats holds a subscription to its quantity, and to what can be given back,
// the oldest first.
func (s *shop) seats(id string, quantity int, back ...int) {
	s.t.Helper()
	r := s.subscription(id)
	var details []int
	total, want := 0, 0
	if r.RefundableQuantity != nil {
		total = r.RefundableQuantity.TotalQuantity
		for _, d := range r.RefundableQuantity.Details {
			details = append(details, d.Quantity)
		}
	}
	for _, n := range back {
		want += n
	}
	if r.Quantity != quantity || fmt.Sprint(details) != fmt.Sprint(back) || total != want {
		s.t.Errorf("%d seats, of which %v can be given back, %d in all; want %d and %v", r.Quantity, details, total, quantity, back)
	}
}

// script has every delivery from now on go by the words.
func (s *shop) script(words string) {
	s.t.Helper()
	s.write(func(tx commerce.Tx) error {
		world, err := tx.Worlds().ByID(s.t.Context(), "shop")
		if err != nil {
			return err
		}
		world.Settings.Simulator = map[string]string{"*": words}
		return tx.Worlds().Update(s.t.Context(), "shop", world.Settings)
	})
}

// Where a simulated delivery waits for a clock that stands still, waiting is no
// cure.
func TestWhoWaitsForAStoppedClockIsToldToMoveIt(t *testing.T) {
	s := openShop(t)
	id := s.buy(businessBasic, 5).ID
	s.patched(id, `{"quantity":6}`)
	for frozen, want := range map[bool]string{true: "provost clock advance", false: "wait until it is settled"} {
		s.move(commerce.ClockMove{Freeze: frozen, Resume: !frozen})
		_, err := s.patch(id, `{"quantity":7}`)
		var refusal *commerce.Refusal
		if !errors.As(err, &refusal) || !strings.Contains(refusal.Cure, want) {
			t.Errorf("stopped %v: %v", frozen, err)
		}
	}
}
