package commerce_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// instant reads an instant; a day alone is its midnight.
func instant(t *testing.T, text string) time.Time {
	t.Helper()
	if !strings.Contains(text, "T") {
		text += "T00:00:00Z"
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// lives are the events of a subscription's life, with their instants.
func (s *shop) lives(id string) (all []string) {
	s.t.Helper()
	for _, e := range s.events(id) {
		switch e.Kind {
		case commerce.Renewed, commerce.Suspended, commerce.Reactivated, commerce.Expired, commerce.Disabled, commerce.Deleted:
			at := strings.TrimSuffix(e.At.Format(time.RFC3339), "T00:00:00Z")
			all = append(all, at+" "+string(e.Kind))
		}
	}
	return all
}

// dueOf counts what is still to happen to a subscription.
func (s *shop) dueOf(id string) (n int) {
	s.t.Helper()
	s.read(func(tx commerce.Tx) error {
		rows, err := tx.Due().Until(s.t.Context(), "shop", opened.AddDate(1000, 0, 0), 10_000)
		for _, d := range rows {
			if strings.HasSuffix(d.Subject, id) {
				n++
			}
		}
		return err
	})
	return n
}

const (
	renewing  = `{"autoRenewEnabled":true}`
	ending    = `{"autoRenewEnabled":false}`
	suspended = `{"status":"suspended","autoRenewEnabled":true}`
	activated = `{"status":"active","autoRenewEnabled":true}`
	cancelled = `{"status":"deleted"}`
)

// Each way from status to status that time leads (reference 7.10). All are
// bought on 2 March 2026 at 12:14:20.
var passages = []struct {
	sentence string
	offer    string
	term     string
	// asked are bodies, each with how long the shop waits before it is sent.
	asked [][2]string
	// becomes are instants, and what the subscription is from then on.
	becomes []string
	// lives are the events, with their instants.
	lives []string
	// due is how much is still to happen after ten years.
	due int
}{
	{
		sentence: "an active one that renews is active in its next term, and the one after",
		offer:    microsoftE3, term: "P3Y",
		becomes: []string{"2029-03-01 active", "2029-03-02 active", "2032-03-02 active"},
		lives:   []string{"2029-03-02 renewed", "2032-03-02 renewed", "2035-03-02 renewed"}, due: 1,
	},
	{
		sentence: "an active one that does not renew expires, is disabled after 30 days, and deleted after 90 more",
		offer:    businessBasic, term: "P1M", asked: [][2]string{{"PT0S", ending}},
		becomes: []string{"2026-04-02 expired", "2026-05-02 disabled", "2026-07-31 deleted"},
		lives:   []string{"2026-04-02 expired", "2026-05-02 disabled", "2026-07-31 deleted"},
	},
	{
		sentence: "a suspended one is disabled at the end of its term, and deleted as late as if it had expired",
		offer:    businessBasic, term: "P1M", asked: [][2]string{{"PT0S", suspended}},
		becomes: []string{"2026-04-02 disabled", "2026-05-02 disabled", "2026-07-31 deleted"},
		lives:   []string{"2026-03-02T12:27:50Z suspended", "2026-04-02 disabled", "2026-07-31 deleted"},
	},
	{
		sentence: "a suspended one that is active again before the end of its term renews",
		offer:    microsoftE3, term: "P3Y", asked: [][2]string{{"PT0S", suspended}, {"P30D", activated}},
		becomes: []string{"2029-03-02 active"},
		lives:   []string{"2026-03-02T12:27:50Z suspended", "2026-04-01T12:27:50Z reactivated", "2029-03-02 renewed", "2032-03-02 renewed", "2035-03-02 renewed"}, due: 1,
	},
	{
		sentence: "a cancelled one is deleted, and nothing follows",
		offer:    businessBasic, term: "P1M", asked: [][2]string{{"P1D", cancelled}},
		becomes: []string{"2026-03-10 deleted", "2026-04-02 deleted"},
		lives:   []string{"2026-03-03T12:27:50Z deleted"},
	},
	{
		sentence: "a trial expires",
		offer:    e5Trial, becomes: []string{"2026-04-02 expired", "2026-05-02 disabled", "2026-07-31 deleted"},
		lives: []string{"2026-04-02 expired", "2026-05-02 disabled", "2026-07-31 deleted"},
	},
	{
		sentence: "software by the year renews",
		offer:    sqlServer, term: "P3Y", becomes: []string{"2029-03-02 active"},
		lives: []string{"2029-03-02 renewed", "2032-03-02 renewed", "2035-03-02 renewed"}, due: 1,
	},
	{
		sentence: "a reservation ends",
		offer:    reservation, term: "P1Y", becomes: []string{"2027-03-01 active", "2027-03-02 expired", "2027-04-01 disabled", "2027-06-30 deleted"},
		lives: []string{"2027-03-02 expired", "2027-04-01 disabled", "2027-06-30 deleted"},
	},
	{sentence: "what is bought for good never ends", offer: server, becomes: []string{"2036-03-01 active"}},
	{sentence: "what is billed by usage never ends", offer: azurePlan, becomes: []string{"2036-03-01 active"}},
	{sentence: "what waits for its publisher has no term yet", offer: meadowlark, term: "P1M", becomes: []string{"2036-03-01 pending"}},
	{
		sentence: "a legacy one that does not renew is deleted at the end of its term",
		offer:    legacyOffice, asked: [][2]string{{"PT0S", ending}},
		becomes: []string{"2027-03-02 deleted"}, lives: []string{"2027-03-02 deleted"},
	},
	{
		sentence: "a legacy one that is suspended for 90 days is deleted",
		offer:    legacyOffice, asked: [][2]string{{"PT0S", suspended}},
		becomes: []string{"2026-05-31T12:27:50Z deleted"}, lives: []string{"2026-03-02T12:27:50Z suspended", "2026-05-31T12:27:50Z deleted"},
	},
	{
		sentence: "a legacy one that is suspended is deleted at the end of its term, if that comes first",
		offer:    legacyOffice, asked: [][2]string{{"P300D", suspended}},
		becomes: []string{"2027-03-02 deleted"}, lives: []string{"2026-12-27T12:27:50Z suspended", "2027-03-02 deleted"},
	},
	{
		sentence: "a legacy one that is suspended again has its 90 days again",
		offer:    legacyOffice, asked: [][2]string{{"PT0S", suspended}, {"P80D", activated}, {"P5D", suspended}},
		becomes: []string{"2026-05-31T12:27:50Z suspended", "2026-08-24T12:27:50Z deleted"},
		lives:   []string{"2026-03-02T12:27:50Z suspended", "2026-05-21T12:27:50Z reactivated", "2026-05-26T12:27:50Z suspended", "2026-08-24T12:27:50Z deleted"},
	},
	{
		sentence: "a legacy one that is active again in time lives on",
		offer:    legacyOffice, asked: [][2]string{{"PT0S", suspended}, {"P80D", activated}, {"P9Y", ending}},
		becomes: []string{"2035-06-01 active", "2036-03-02 deleted"},
		lives: []string{
			"2026-03-02T12:27:50Z suspended", "2026-05-21T12:27:50Z reactivated", "2027-03-02 renewed", "2028-03-02 renewed", "2029-03-02 renewed",
			"2030-03-02 renewed", "2031-03-02 renewed", "2032-03-02 renewed", "2033-03-02 renewed", "2034-03-02 renewed", "2035-03-02 renewed", "2036-03-02 deleted",
		},
	},
}

func TestTimeLeadsFromStatusToStatus(t *testing.T) {
	t.Parallel()
	for _, p := range passages {
		t.Run(p.sentence, func(t *testing.T) {
			s := openShop(t)
			id := s.buy(p.offer, 1, over(p.term)).ID
			for _, asked := range p.asked {
				s.advance(asked[0])
				s.patched(id, asked[1])
			}
			audits := len(s.audits())
			before := s.subscription(id).Status
			for _, becomes := range p.becomes {
				text, status, _ := strings.Cut(becomes, " ")
				at := instant(t, text)
				s.advanceTo(at.Add(-time.Second))
				if got := s.subscription(id).Status; got != before {
					t.Errorf("a second before %s it is %s, not %s any more", text, got, before)
				}
				s.advanceTo(at)
				if got := s.subscription(id).Status; string(got) != status {
					t.Errorf("at %s it is %s, want %s", text, got, status)
				}
				before = s.subscription(id).Status
				if n := s.dueOf(id); before == partnercenter.SubscriptionDeleted && n != 0 {
					t.Errorf("it is deleted, and %d things are still to happen", n)
				}
			}
			s.advanceTo(instant(t, "2036-03-02").Add(time.Hour))
			if got := s.lives(id); fmt.Sprint(got) != fmt.Sprint(p.lives) {
				t.Errorf("its life was\n%v, want\n%v", got, p.lives)
			}
			if n := s.dueOf(id); n != p.due {
				t.Errorf("%d things are still to happen, want %d", n, p.due)
			}
			if len(s.audits()) != audits {
				t.Error("time is audited")
			}
		})
	}
}

// What a subscription says is held to what it is: nothing is left of a term
// that is over.
func TestExpiredSubscriptionOffersNothingAnyMore(t *testing.T) {
	s := openShop(t)
	id := s.buy(microsoftE3, 5, over("P1M")).ID
	s.patched(id, `{"billingCycle":"monthly","autoRenewEnabled":false}`)
	s.advanceTo(instant(t, "2026-03-31"))
	s.patched(id, `{"quantity":6}`)
	status := s.provisioning(id)
	s.advanceTo(instant(t, "2026-04-02"))
	r := s.subscription(id)
	if r.Status != "expired" || r.Actions != nil || r.BillingCycleEndDate != nil || r.RefundableQuantity != nil || r.RefundOptions != nil || r.AutoRenewEnabled {
		t.Errorf("%+v", r)
	}
	s.refused(id, activated, partnercenter.ErrTransition)
	s.advance("P2Y")
	if after := s.provisioning(id); after.Status != "success" || after.Quantity != 6 || !after.EndDate.Equal(status.EndDate.Time) {
		t.Errorf("the last record is gone: %+v", after)
	}
}

func TestAddonsEndWithTheirParent(t *testing.T) {
	for _, x := range []struct{ parent, phone, archive, want string }{
		{ending, renewing, suspended, "expired expired disabled"},
		{ending, ending, ending, "expired expired expired"},
		{suspended, renewing, renewing, "disabled disabled disabled"},
	} {
		s := openShop(t)
		base := s.buy(businessBasic, 5, over("P1M")).ID
		// The phone's term ends with its parent's, the archive's goes on for months.
		phone, archive := s.buy(teamsPhone, 5, onto(base), over("P1M")).ID, s.buy(archivingAdd, 5, onto(base), over("P1Y")).ID
		s.patched(phone, x.phone)
		s.patched(archive, x.archive)
		s.patched(base, x.parent)
		s.advanceTo(instant(t, "2026-04-02"))
		s.statuses(x.want, base, phone, archive)
		for _, e := range s.events(phone) {
			if e.Kind == commerce.Renewed {
				t.Errorf("%v: the add-on was renewed first", x)
			}
		}
		s.advanceTo(instant(t, "2026-05-02"))
		s.statuses("disabled disabled disabled", base, phone, archive)
		s.advanceTo(instant(t, "2026-07-31"))
		s.statuses("deleted deleted deleted", base, phone, archive)
		s.advance("P5Y")
		for _, id := range []string{base, phone, archive} {
			if n := len(s.lives(id)); n > 4 || s.dueOf(id) != 0 {
				t.Errorf("%v: %v, and %d still to happen", x, s.lives(id), s.dueOf(id))
			}
		}
	}
}

func TestAddonsRenewWithTheirParent(t *testing.T) {
	s := openShop(t)
	base := s.buy(businessBasic, 5, over("P1M")).ID
	phone := s.buy(teamsPhone, 5, onto(base), over("P1M")).ID
	s.advance("P2M")
	s.statuses("active active", base, phone)
	a, b := s.subscription(base), s.subscription(phone)
	if !a.CommitmentEndDate.Equal(b.CommitmentEndDate.Time) || a.CommitmentEndDate.String() != "2026-06-01T00:00:00Z" {
		t.Errorf("they end %s and %s", a.CommitmentEndDate, b.CommitmentEndDate)
	}
	s.patched(phone, ending)
	s.advance("P1M")
	s.statuses("active expired", base, phone) // alone, if it is to
}

// An add-on that arrives after its parent has left its term, or is suspended, is
// what the parent is.
func TestAnAddOnThatComesTooLateIsWhatItsParentIs(t *testing.T) {
	for _, x := range []struct{ offer, term, addon, parent, then, want, later string }{
		{businessBasic, "P1M", teamsPhone, suspended, "PT2M", "suspended suspended", "active active"},
		{businessBasic, "P1M", teamsPhone, cancelled, "PT2M", "deleted deleted", "deleted deleted"},
		{businessBasic, "P1M", teamsPhone, ending, "P32D", "expired expired", "disabled disabled"},
		{legacyOffice, "P1Y", legacyArchive, suspended, "PT2M", "suspended suspended", "active active"},
	} {
		s := openShop(t)
		base := s.buy(x.offer, 5, over(x.term)).ID
		s.script("2 at +1m; the rest at +32m")
		if x.parent == ending {
			s.script("2 at +760h; the rest at +761h")
		}
		order, err := s.order(x.addon, 5, onto(base), over("P1Y"))
		if err != nil {
			t.Fatal(err)
		}
		s.patched(base, x.parent)
		s.advance(x.then)
		addon := *s.again(order.ID).LineItems[0].SubscriptionID
		s.statuses(x.want, base, addon)
		if lives := s.lives(addon); len(lives) != 1 {
			t.Errorf("its life is %v", lives)
		}
		if s.advance("PT2H"); x.parent == suspended {
			s.patched(base, activated)
		} else {
			s.advance("P30D")
		}
		s.statuses(x.later, base, addon)
		if status := s.provisioning(addon); status.Quantity != 5 || s.subscription(addon).SuspensionReasons != nil {
			t.Errorf("%d seats, %v", status.Quantity, s.subscription(addon).SuspensionReasons)
		}
	}
}

// The rows of one midnight come as they were written. An add-on whose row is
// the first does not renew before its parent expires.
func TestParentsTermEndsFirst(t *testing.T) {
	s := openShop(t)
	base := s.buy(businessBasic, 5, over("P1M")).ID
	s.advanceTo(instant(t, "2026-03-12"))
	phone := s.buy(teamsPhone, 5, onto(base)).ID
	s.patched(base, `{"termDuration":"P1Y","autoRenewEnabled":false}`)
	s.advanceTo(instant(t, "2027-03-12").Add(-time.Second))
	s.statuses("active active", base, phone)
	s.advance("PT1S")
	s.statuses("expired expired", base, phone)
	for _, id := range []string{base, phone} {
		if got := fmt.Sprint(s.lives(id)); got != "[2027-03-12 expired]" {
			t.Error(got)
		}
	}
}

// A row that is handled twice, or too late, does no harm.
func TestRowTooManyLeadsNowhere(t *testing.T) {
	s := openShop(t)
	again := func(id string) {
		t.Helper()
		before, lives, changes := s.subscription(id), s.lives(id), len(s.changes(id))
		s.write(func(tx commerce.Tx) error {
			for _, kind := range []commerce.DueKind{commerce.DueTermEnd, commerce.DueDisabled, commerce.DueDeleted, commerce.DueNextCharge} {
				for range 2 {
					due := commerce.Due{World: "shop", At: s.now(), Kind: kind, Subject: shopCustomer + "/" + id}
					if kind == commerce.DueDisabled && before.Status == "expired" || kind == commerce.DueDeleted && before.Status == "disabled" {
						continue // that is what the row is for
					}
					if _, err := tx.Due().Insert(t.Context(), due); err != nil {
						return err
					}
				}
			}
			return nil
		})
		s.advance("PT0S")
		if after := s.subscription(id); dereferenced(after) != dereferenced(before) || len(s.changes(id)) != changes || fmt.Sprint(s.lives(id)) != fmt.Sprint(lives) {
			t.Errorf("%s: %v", before.Status, s.lives(id))
		}
	}
	lives := s.buy(microsoftE3, 5, over("P1M")).ID
	ends := s.buy(microsoftE3, 5, over("P1M")).ID
	stops := s.buy(legacyOffice, 5).ID
	s.patched(ends, ending)
	s.patched(stops, ending)
	for _, at := range []string{"2026-04-01", "2026-04-02", "2026-05-01", "2026-05-02", "2026-07-31", "2027-03-02"} {
		s.advanceTo(instant(t, at))
		for _, id := range []string{lives, ends, stops} {
			again(id)
		}
	}
	s.write(func(tx commerce.Tx) error {
		_, err := tx.Due().Insert(t.Context(), commerce.Due{World: "shop", At: s.now(), Kind: commerce.DueTermEnd, Subject: shopCustomer + "/nothing"})
		return err
	})
	s.advance("PT0S")
}

// Whether the world's years pass in one leap, in steps, or while nobody looks:
// what happened, and when, is the same.
func TestHistoryIsTheSameHoweverTimePasses(t *testing.T) {
	t.Parallel()
	history := func(pass func(*shop)) string {
		s := openShop(t)
		ids := []string{
			s.buy(microsoftE3, 5, over("P1M")).ID, s.buy(businessBasic, 5, over("P1M")).ID, s.buy(e5Trial, 5).ID, s.buy(legacyOffice, 5).ID,
			s.buy(microsoftE3, 5).ID,
		}
		ids = append(ids, s.buy(teamsPhone, 5, onto(ids[0])).ID, s.buy(teamsPhone, 5, onto(ids[1]), over("P1M")).ID)
		s.patched(ids[1], ending)
		s.patched(ids[4], `{"autoRenewEnabled":true,"billingCycle":"annual","scheduledNextTermInstructions":{"quantity":9}}`)
		pass(s)
		text := ""
		for i, id := range ids {
			for _, e := range s.events(id) {
				if e.At.Before(instant(t, "2028-06-01")) {
					text += fmt.Sprintln(i, e.At.Format(time.RFC3339Nano), e.Kind, e.ChangeKind, e.Members, e.Reason)
				}
			}
		}
		return text
	}
	leap := history(func(s *shop) { s.advanceTo(instant(t, "2028-06-02")) })
	steps := history(func(s *shop) {
		for s.now().Before(instant(t, "2028-06-02")) {
			s.advance("P5DT7H")
		}
	})
	unseen := history(func(s *shop) {
		s.write(func(tx commerce.Tx) error {
			to := instant(t, "2028-06-02")
			return tx.Worlds().SetClock(t.Context(), "shop", commerce.Clock{FrozenAt: &to})
		})
		for more := true; more; {
			var err error
			if more, err = s.RunDue(t.Context(), "shop"); err != nil {
				t.Fatal(err)
			}
		}
	})
	if n := strings.Count(leap, "\n"); n < 150 {
		t.Errorf("%d events in two years", n)
	}
	if leap != steps || leap != unseen {
		t.Errorf("in one leap\n%s\nin steps\n%s\nunseen\n%s", leap, steps, unseen)
	}
}

// One midnight ends more terms than one transaction takes.
func TestManyTermsEndAtOneMidnight(t *testing.T) {
	t.Parallel()
	many := 450 // more than two batches
	if raced {
		many = 210 // more than one
	}
	s := openShop(t)
	var asked partnercenter.Order
	for n := range many {
		asked.LineItems = append(asked.LineItems, partnercenter.OrderLineItem{LineItemNumber: n, OfferID: businessBasic, Quantity: 1, TermDuration: new("P1M")})
	}
	if _, err := s.PlaceOrder(t.Context(), s.ada, shopCustomer, asked); err != nil {
		t.Fatal(err)
	}
	before := s.Store.Generation("", "")
	s.advance("P1M")
	// The clock was set to when they are provisioned, when that shows, when they
	// end, and to where it was to go; not again by each batch of an instant, which
	// would take back what is kept of every customer.
	if grown := s.Store.Generation("", "") - before; grown > 4 {
		t.Errorf("what concerns everyone has changed %d times", grown)
	}
	all, _, err := s.Subscriptions(t.Context(), s.ada.Actor, commerce.SubscriptionQuery{Customer: shopCustomer})
	if err != nil || len(all) != many {
		t.Fatalf("%d subscriptions, %v", len(all), err)
	}
	for _, r := range all {
		if r.CommitmentEndDate.String() != "2026-05-01T00:00:00Z" {
			t.Errorf("one ends %s", r.CommitmentEndDate)
		}
	}
}
