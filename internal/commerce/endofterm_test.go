package commerce_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// kinds are those of a subscription's changes, in order; what is not settled has
// a mark of interrogation.
func (s *shop) kinds(id string) string {
	s.t.Helper()
	var all []string
	for _, c := range s.changes(id) {
		kind := string(c.Kind)
		if !c.Settled() {
			kind += "?"
		}
		all = append(all, kind)
	}
	return strings.Join(all, ", ")
}

// What follows a term that is not renewed is the world's choice (reference 7.10).
// All are bought on 2 March 2026.
func TestAtTheEndOfATermTheWorldChooses(t *testing.T) {
	for name, c := range map[string]struct {
		choice      commerce.EndOfTerm
		offer, term string
		body        string
		becomes     []string
		kinds       string
	}{
		"grace": {
			commerce.GraceAtEnd, businessBasic, "P1Y", ending,
			[]string{"2027-03-01 active 2027-03-01", "2027-03-02 expired 2027-03-01", "2027-04-01 disabled 2027-03-01", "2027-06-30 deleted 2027-03-01"},
			"purchase, expiry, disabling, deletion",
		},
		"cancel": {
			commerce.CancelAtEnd, businessBasic, "P1Y", ending,
			[]string{"2027-03-01 active 2027-03-01", "2027-03-02 disabled 2027-03-01", "2027-05-30 disabled 2027-03-01", "2027-05-31 deleted 2027-03-01"},
			"purchase, disabling, deletion",
		},
		"cancel, suspended": {
			commerce.CancelAtEnd, businessBasic, "P1Y", suspended,
			[]string{"2027-03-02 disabled 2027-03-01", "2027-06-29 disabled 2027-03-01", "2027-06-30 deleted 2027-03-01"},
			"purchase, suspension, disabling, deletion",
		},
		"cancel, renewing": {commerce.CancelAtEnd, businessBasic, "P1Y", renewing, []string{"2027-03-02 active 2028-03-01"}, "purchase, renewal"},
		"cancel, a trial":  {commerce.CancelAtEnd, e5Trial, "P1M", "", []string{"2026-04-02 expired 2026-04-01"}, "purchase, expiry"},
		"extend": {
			commerce.ExtendAtEnd, businessBasic, "P1Y", ending,
			[]string{"2027-03-02 active 2027-04-01", "2027-04-02 active 2027-05-01", "2027-05-02 active 2027-06-01"},
			"purchase, renewal, renewal, renewal",
		},
		"extend, what is sold by the year alone": {
			commerce.ExtendAtEnd, sqlServer, "P3Y", ending, []string{"2029-03-02 active 2029-04-01"}, "purchase, renewal",
		},
		"extend, suspended":     {commerce.ExtendAtEnd, businessBasic, "P1Y", suspended, []string{"2027-03-02 disabled 2027-03-01"}, "purchase, suspension, disabling"},
		"extend, a trial":       {commerce.ExtendAtEnd, e5Trial, "P1M", "", []string{"2026-04-02 expired 2026-04-01"}, "purchase, expiry"},
		"extend, a reservation": {commerce.ExtendAtEnd, reservation, "P1Y", "", []string{"2027-03-02 expired 2027-03-01"}, "purchase, expiry"},
		"extend, legacy":        {commerce.ExtendAtEnd, legacyOffice, "", ending, []string{"2027-03-02 deleted 2027-03-02"}, "purchase, deletion"},
	} {
		t.Run(name, func(t *testing.T) {
			s := openShop(t, func(w *commerce.WorldSettings) { w.EndOfTerm = c.choice })
			var lines []line
			if c.term != "" {
				lines = append(lines, over(c.term))
			}
			id := s.buy(c.offer, 5, lines...).ID
			if c.body != "" {
				s.patched(id, c.body)
			}
			for _, want := range c.becomes {
				s.advanceTo(instant(t, want[:10]))
				r := s.subscription(id)
				got := fmt.Sprintf("%s %s %s", want[:10], r.Status, strings.TrimSuffix(r.CommitmentEndDate.String(), "T00:00:00Z"))
				if got != want || r.Quantity != 5 {
					t.Errorf("%s, %d seats, want %s", got, r.Quantity, want)
				}
			}
			if got := s.kinds(id); got != c.kinds {
				t.Errorf("its changes are %s, want %s", got, c.kinds)
			}
		})
	}
}

// Who is extended by the month may renew at last, for as long as before, or cancel
// within the days that each month opens anew.
func TestAnExtendedTermIsRenewedOrCancelled(t *testing.T) {
	s := openShop(t, func(w *commerce.WorldSettings) { w.EndOfTerm = commerce.ExtendAtEnd })
	renewed, left := s.buy(businessBasic, 5, over("P1Y")).ID, s.buy(businessBasic, 3, over("P1Y")).ID
	addon := s.buy(teamsPhone, 2, over("P1Y"), onto(renewed)).ID
	for _, id := range []string{renewed, left, addon} {
		s.patched(id, ending)
	}
	s.advanceTo(instant(t, "2027-03-05"))
	r := s.subscription(renewed)
	if *r.TermDuration != "P1M" || *r.BillingCycle != "monthly" || *r.RenewalTermDuration != "P1Y" || r.AutoRenewEnabled || r.RefundableQuantity.TotalQuantity != 5 {
		t.Errorf("extended, it is %s", dereferenced(r))
	}
	if r := s.subscription(addon); r.Status != "active" || r.CommitmentEndDate.String() != "2027-04-01T00:00:00Z" {
		t.Errorf("its add-on is %s", dereferenced(r))
	}
	s.patched(left, cancelled)
	s.patched(renewed, renewing)
	s.advanceTo(instant(t, "2027-04-02"))
	if r := s.subscription(renewed); *r.TermDuration != "P1Y" || r.CommitmentEndDate.String() != "2028-04-01T00:00:00Z" {
		t.Errorf("renewed, it is %s", dereferenced(r))
	}
	s.statuses("deleted", left)
}

func TestAnExtensionThatNobodyDeliversEndsTheTerm(t *testing.T) {
	s := openShop(t, func(w *commerce.WorldSettings) { w.EndOfTerm = commerce.ExtendAtEnd })
	id := s.buy(businessBasic, 5, over("P1Y")).ID
	s.patched(id, ending)
	s.Provisioner = provisioner(func(work commerce.Work) (commerce.Progress, error) {
		return commerce.Progress{Portions: []commerce.Portion{{Status: partnercenter.Unfulfilled, Reason: "the shelf is empty"}}}, nil
	})
	s.advanceTo(instant(t, "2027-03-02"))
	if r := s.subscription(id); r.Status != "expired" || *r.TermDuration != "P1Y" || *r.RenewalTermDuration != "" {
		t.Errorf("it is %s", dereferenced(r))
	}
	kinds := strings.Split(s.kinds(id), ", ") // two of them were asked for at one instant
	if slices.Sort(kinds); strings.Join(kinds, ", ") != "expiry, purchase, renewal" {
		t.Errorf("its changes are %v", kinds)
	}
}

// Whoever delivers hears of what time does, of add-ons too; and time waits for
// nobody: what is on its way comes first, and then what has become of it.
func TestWhatTimeDoesIsHandedOn(t *testing.T) {
	s := openShop(t)
	id := s.buy(businessBasic, 5, over("P1M")).ID
	addon := s.buy(teamsPhone, 2, over("P1M"), onto(id)).ID
	s.patched(id, ending)
	var asked []string
	slow := true
	s.Provisioner = provisioner(func(work commerce.Work) (commerce.Progress, error) {
		c := work.Change
		asked = append(asked, fmt.Sprintf("%s %s of %s", work.Now.Format("2006-01-02"), c.Kind, map[bool]string{true: "the base", false: "the add-on"}[c.Subscription == id]))
		if slow && c.Subscription == id {
			return commerce.Progress{Portions: c.Portions}, nil
		}
		return commerce.Progress{Portions: []commerce.Portion{{Quantity: c.Asked - c.Before, Status: partnercenter.Fulfilled}}}, nil
	})
	s.advanceTo(instant(t, "2026-05-10"))
	want := []string{"2026-04-02 expiry of the base", "2026-04-02 expiry of the add-on", "2026-05-02 disabling of the add-on"}
	if !slices.Equal(asked, want) {
		t.Errorf("asked %s", strings.Join(asked, "; "))
	}
	s.statuses("disabled disabled", id, addon)
	etag := *s.subscription(id).Attributes.ETag
	slow = false
	open := s.changes(id)
	if _, err := s.Delivered(t.Context(), "shop", open[len(open)-1].ID, []commerce.Portion{{Status: partnercenter.Fulfilled}}); err != nil {
		t.Fatal(err)
	}
	s.advance("PT0S")
	if got := s.kinds(id); got != "purchase, expiry, disabling" || asked[len(asked)-1] != "2026-05-10 disabling of the base" {
		t.Errorf("its changes are %s, last asked %s", got, asked[len(asked)-1])
	}
	if now := *s.subscription(id).Attributes.ETag; now != etag {
		t.Errorf("nothing of it has changed, and its etag was %s and is %s", etag, now)
	}
	s.advanceTo(instant(t, "2026-07-31"))
	s.statuses("deleted deleted", id, addon)
	if got := s.kinds(id); got != "purchase, expiry, disabling, deletion" {
		t.Errorf("its changes are %s", got)
	}
	if status := s.provisioning(id); status.Status != "success" || status.Quantity != 5 {
		t.Errorf("its last record is %+v", status)
	}
}

// A delivery that refuses cannot keep time: the subscription is what it is.
func TestTimeIsNotTakenBack(t *testing.T) {
	s := openShop(t)
	id := s.buy(businessBasic, 5, over("P1M")).ID
	s.patched(id, ending)
	s.Provisioner = provisioner(func(commerce.Work) (commerce.Progress, error) {
		return commerce.Progress{Portions: []commerce.Portion{{Status: partnercenter.Unfulfilled, Reason: "no"}}}, nil
	})
	s.advanceTo(instant(t, "2026-07-31"))
	s.statuses("deleted", id)
	if got := s.kinds(id); got != "purchase, expiry, disabling, deletion" {
		t.Errorf("its changes are %s", got)
	}
	var reasons []string
	for _, e := range s.events(id) {
		if e.Kind == commerce.ChangeSettled && e.Reason != "" {
			reasons = append(reasons, string(e.ChangeKind)+": "+e.Reason)
		}
	}
	if strings.Join(reasons, ", ") != "expiry: no, disabling: no, deletion: no" {
		t.Errorf("it is told %v", reasons)
	}
}
