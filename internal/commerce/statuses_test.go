package commerce_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// Where a PATCH can lead from each status; all else is refused.
func TestStatusGoesWhereItCan(t *testing.T) {
	leads := map[[2]string]commerce.ChangeKind{
		{"active", "suspended"}: commerce.Suspension, {"suspended", "active"}: commerce.Reactivation,
		{"active", "deleted"}: commerce.Cancellation, {"suspended", "deleted"}: commerce.Cancellation, {"pending", "deleted"}: commerce.Cancellation,
	}
	words := []string{"active", "suspended", "deleted", "pending", "expired", "disabled"}
	s := openShop(t)
	for _, from := range words {
		if from == "deleted" {
			continue // nothing leads anywhere from there, see TestPatchOfADeletedSubscriptionIsRefused
		}
		for _, to := range words {
			if to == from {
				continue
			}
			id := s.buy(businessBasic, 5).ID
			s.alter(id, func(k *commerce.Subscription) { k.Resource.Status = partnercenter.SubscriptionStatus(from) })
			kind, can := leads[[2]string{from, to}]
			body := fmt.Sprintf(`{"status":%q,"autoRenewEnabled":true}`, to)
			if !can {
				s.refused(id, body, partnercenter.ErrTransition)
				continue
			}
			before := s.subscription(id)
			after := s.patched(id, body)
			if version(t, after) != version(t, before)+1 {
				t.Errorf("%s to %s takes it from version %d to %d", from, to, version(t, before), version(t, after))
			}
			changes := s.changes(id)
			last := changes[len(changes)-1]
			if string(after.Status) != to || last.Kind != kind || !last.Settled() || len(last.Portions) != 1 || last.Portions[0].Quantity != 0 || last.Asked != 5 {
				t.Errorf("%s to %s: %s by %+v", from, to, after.Status, last)
			}
		}
	}
	id := s.buy(businessBasic, 5).ID
	s.refused(id, `{"status":"frozen","autoRenewEnabled":true}`, partnercenter.ErrEnum)
	s.patched(id, `{"status":"none","autoRenewEnabled":true}`)
	s.patched(id, `{"status":"unknown","autoRenewEnabled":true}`)
}

func TestSuspensionDropsWhatIsScheduledAndSaysWhy(t *testing.T) {
	s := openShop(t)
	id := s.buy(businessBasic, 5).ID
	s.patched(id, `{"autoRenewEnabled":true,"billingCycle":"annual","scheduledNextTermInstructions":{"quantity":7}}`)
	whole := s.subscription(id)
	after := s.patched(id, `{"status":"suspended","autoRenewEnabled":true,"scheduledNextTermInstructions":{"product":{"productId":"`+whole.ScheduledNextTermInstructions.Product.ProductID+
		`","skuId":"0001","availabilityId":"CFQ7TTC725M4","billingCycle":"monthly","termDuration":"P1Y"},"quantity":7}}`)
	if after.ScheduledNextTermInstructions != nil || after.NextChargeInstructions == nil || fmt.Sprint(after.SuspensionReasons) != "[CustomerCancellation]" {
		t.Errorf("%+v", after)
	}
	if status := s.provisioning(id); status.Status != "success" || status.Quantity != 5 {
		t.Errorf("the last record is gone: %+v", status)
	}
	if after := s.patched(id, `{"status":"active","autoRenewEnabled":true,"quantity":6}`); after.Status != "active" || after.SuspensionReasons != nil || after.Quantity != 6 {
		t.Errorf("%+v", after)
	}
}

func TestSuspensionAndSeatsTogetherAreJudgedByTheNewStatus(t *testing.T) {
	s := openShop(t)
	s.refused(s.buy(businessBasic, 5).ID, `{"status":"suspended","quantity":6}`, partnercenter.ErrSuspended)
}

func TestAddonsGoAlongWithTheirParent(t *testing.T) {
	s := openShop(t)
	base := s.buy(businessBasic, 5).ID
	phone, archive := s.buy(teamsPhone, 5, onto(base)).ID, s.buy(archivingAdd, 5, onto(base)).ID
	s.patched(archive, `{"status":"suspended"}`)
	s.patched(base, `{"status":"suspended"}`)
	s.statuses("suspended suspended suspended", base, phone, archive)
	if reasons := s.subscription(phone).SuspensionReasons; fmt.Sprint(reasons) != "[ParentSuspended]" {
		t.Errorf("%v", reasons)
	}
	s.refused(phone, `{"status":"active"}`, partnercenter.ErrParentInactive)
	audits := len(s.audits())
	s.patched(base, `{"status":"active"}`)
	s.statuses("active active suspended", base, phone, archive) // the archive was suspended for itself
	if n := len(s.audits()) - audits; n != 2 {
		t.Errorf("%d audit records of two subscriptions", n)
	}
	for _, id := range []string{base, phone} {
		var kinds []commerce.EventKind
		for _, e := range s.events(id) {
			if e.ChangeKind == commerce.Reactivation {
				kinds = append(kinds, e.Kind)
			}
		}
		if fmt.Sprint(kinds) != "[change asked portion fulfilled settled reactivated]" {
			t.Errorf("events %v", kinds)
		}
	}
	s.patched(base, `{"status":"deleted"}`)
	s.statuses("deleted deleted deleted", base, phone, archive)
}

func TestAddonOnItsWayKeepsItsParentAsItIs(t *testing.T) {
	s := openShop(t)
	base := s.buy(businessBasic, 5).ID
	phone := s.buy(teamsPhone, 5, onto(base)).ID
	s.patched(phone, `{"quantity":6,"autoRenewEnabled":true}`)
	s.refused(base, `{"status":"suspended"}`, partnercenter.ErrNotReady)
}

func TestReactivationEndsWithTheTerm(t *testing.T) {
	s := openShop(t)
	id := s.buy(businessBasic, 5).ID
	s.patched(id, `{"status":"suspended"}`)
	s.alter(id, func(k *commerce.Subscription) {
		k.Resource.CommitmentEndDate = partnercenter.At(s.now().AddDate(0, 0, -2))
		k.Resource.CommitmentEndDateTime = new(partnercenter.At(s.now().AddDate(0, 0, -2)))
	})
	s.refused(id, `{"status":"active"}`, partnercenter.ErrTransition)
}

func TestCancellationHasAWindow(t *testing.T) {
	s := openShop(t)
	basic := s.buy(businessBasic, 5).ID
	monthly, yearly := s.buy(meadowlark, 5, over("P1M")).ID, s.buy(meadowlark, 5, over("P1Y")).ID
	for _, id := range []string{monthly, yearly} {
		s.alter(id, func(k *commerce.Subscription) { k.Resource.Status = "active" }) // its publisher has activated it
	}
	for _, x := range []struct {
		id    string
		until time.Duration
		want  *partnercenter.Error
	}{
		{monthly, 24 * time.Hour, partnercenter.ErrCancelHours},
		{basic, 7 * 24 * time.Hour, partnercenter.ErrCancelDays},
		{yearly, 14 * 24 * time.Hour, partnercenter.ErrCancelDays},
	} {
		until := s.subscription(x.id).CancellationAllowedUntilDate.Time
		if until.Sub(s.subscription(x.id).EffectiveStartDate.Time) != x.until {
			t.Errorf("%s is cancelled until %s", x.id, until)
		}
		s.advanceTo(until)
		s.refused(x.id, `{"status":"deleted"}`, x.want)
	}
	for offer, want := range map[string]*partnercenter.Error{
		reservation: partnercenter.ErrStatusFixed, server: partnercenter.ErrStatusFixed, e5Trial: partnercenter.ErrCancelDays, legacyOffice: partnercenter.ErrTransition,
	} {
		s.refused(s.buy(offer, 5).ID, `{"status":"deleted"}`, want)
	}
}

func TestCancellationInsideItsWindowLeavesNothingToRenew(t *testing.T) {
	s := openShop(t)
	id := s.buy(businessBasic, 5).ID
	s.advanceTo(s.subscription(id).CancellationAllowedUntilDate.Add(-time.Second))
	after := s.patched(id, `{"status":"Deleted","autoRenewEnabled":true}`)
	if after.Status != "deleted" || after.AutoRenewEnabled || after.RefundableQuantity != nil || after.RefundOptions != nil || after.Actions != nil {
		t.Errorf("%+v", after)
	}
	if status := s.provisioning(id); status.Quantity != 5 || status.Status != "success" {
		t.Errorf("the last record is gone: %+v", status)
	}
}

func TestUsagePlanStaysWhileItIsUsed(t *testing.T) {
	s := openShop(t)
	used, unused := s.buy(azurePlan, 1).ID, s.buy(azurePlan, 1).ID
	s.alter(used, func(k *commerce.Subscription) { k.Resource.EntitlementID = new("0b6f5a4e-7d3c-4f6a-9c53-0c1f6f0a8b77") })
	s.alter(unused, func(k *commerce.Subscription) { k.Resource.EntitlementID = nil })
	for _, status := range []string{"suspended", "deleted"} {
		s.refused(used, fmt.Sprintf(`{"status":%q,"autoRenewEnabled":true}`, status), partnercenter.ErrUsageActive)
		if after := s.patched(unused, fmt.Sprintf(`{"status":%q,"autoRenewEnabled":true}`, status)); string(after.Status) != status {
			t.Errorf("%s, want %s", after.Status, status)
		}
	}
}

// stubborn fails what is no purchase, some time after it was asked for.
type stubborn struct{ commerce.Provisioner }

func (s stubborn) Step(ctx context.Context, work commerce.Work) (commerce.Progress, error) {
	if work.Change.Kind == commerce.Purchase {
		return s.Provisioner.Step(ctx, work)
	}
	script := commerce.Script{{After: time.Minute, Fails: true, Reason: "The directory does not answer."}}
	return script.Progress(work.Change, work.Now), nil
}

func TestChangeOfStatusOrTermThatFailsIsTakenBack(t *testing.T) {
	s := openShop(t)
	s.Provisioner = stubborn{s.Provisioner}
	id := s.buy(microsoftE3, 5).ID
	s.patched(id, `{"autoRenewEnabled":true,"scheduledNextTermInstructions":{"quantity":7}}`)
	for _, body := range []string{`{"status":"suspended","autoRenewEnabled":true}`, `{"status":"deleted"}`, `{"termDuration":"P3Y","autoRenewEnabled":true}`} {
		before := s.subscription(id)
		asked, err := s.patch(id, body)
		if err != nil || asked.ScheduledNextTermInstructions != nil {
			t.Fatalf("%s: %+v, %v", body, asked, err)
		}
		if _, err := s.patch(id, `{"quantity":6,"status":"active","autoRenewEnabled":true}`); err == nil || errors.Is(err, partnercenter.ErrDeleted) != (asked.Status == "deleted") {
			t.Errorf("a second change: %v", err)
		}
		s.advance("PT1M")
		after := s.subscription(id)
		before.Attributes, after.Attributes = partnercenter.ResourceAttributes{}, partnercenter.ResourceAttributes{}
		if got, want := fmt.Sprintf("%+v", dereferenced(after)), fmt.Sprintf("%+v", dereferenced(before)); got != want {
			t.Errorf("%s is taken back to\n%s, from\n%s", body, got, want)
		}
	}
}

// version is the one that an etag stands for.
func version(t *testing.T, r partnercenter.Subscription) int64 {
	t.Helper()
	text, err := base64.StdEncoding.DecodeString(*r.Attributes.ETag)
	var tag struct{ Version int64 }
	if err != nil || json.Unmarshal(text, &tag) != nil {
		t.Fatalf("etag %s", *r.Attributes.ETag)
	}
	return tag.Version
}

// statuses holds subscriptions to their statuses.
func (s *shop) statuses(want string, ids ...string) {
	s.t.Helper()
	var got []partnercenter.SubscriptionStatus
	for _, id := range ids {
		got = append(got, s.subscription(id).Status)
	}
	if fmt.Sprint(got) != "["+want+"]" {
		s.t.Errorf("%v, want %s", got, want)
	}
}
