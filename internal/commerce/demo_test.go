package commerce

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"provost/partnercenter"
)

// demoInstants are moments at which a world may be created: in the middle of
// things, on a refresh, around midnight, at the ends of months and of a year.
func demoInstants(t *testing.T) []time.Time {
	t.Helper()
	var instants []time.Time
	for _, text := range []string{
		"2026-03-02T12:04:50.1234567Z", "2026-03-02T12:15:00Z", "2026-07-01T00:00:00Z", "2026-07-01T00:05:00Z",
		"2026-06-30T23:59:59Z", "2028-02-29T08:30:00.5Z", "2027-12-31T23:50:00Z", "2026-03-31T03:00:01Z",
	} {
		instant, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		instants = append(instants, instant)
	}
	return instants
}

func demoAt(at time.Time) demoRows { return DefaultDemo(at).rows() }

// seen gathers the words that the rows show, by what they are words of.
type seen map[string]map[string]bool

func (s seen) see(kind string, word any) {
	if s[kind] == nil {
		s[kind] = map[string]bool{}
	}
	s[kind][fmt.Sprint(word)] = true
}

func statesOf(rows demoRows, at time.Time) seen {
	s := seen{}
	for _, sub := range rows.subscriptions {
		r := sub.Resource
		s.see("status", r.Status)
		s.see("billing type", r.BillingType)
		s.see("billing cycle", *r.BillingCycle)
		s.see("contract type", r.ContractType)
		s.see("unit", r.UnitType)
		kind := "legacy"
		if r.ProductType != nil {
			kind = r.ProductType.ID
			if r.ProductType.SubType != nil {
				kind = r.ProductType.SubType.ID
			}
			s.see("term", r.TermDuration != nil && *r.TermDuration == "P3Y")
		}
		s.see("kind", kind)
		if sub.Provisioning != nil {
			s.see("provisioning", sub.Provisioning.View(at).Status)
		} else {
			s.see("provisioning", "absent")
		}
		seeMembers(s, r)
	}
	for _, o := range rows.orders {
		s.see("order", orderStatus(o.Resource.LineItems, purchasesOf(rows, o)))
	}
	for _, c := range rows.changes {
		for _, p := range c.Portions {
			s.see("portion", p.Status)
			s.see("reason", p.Status == partnercenter.Unfulfilled && p.Reason == "")
		}
	}
	return s
}

// seeMembers notes the members that a subscription has.
func seeMembers(s seen, r partnercenter.Subscription) {
	v := reflect.ValueOf(r)
	for i := range v.NumField() {
		if !v.Field(i).IsZero() {
			s.see("member", v.Type().Field(i).Name)
		}
	}
}

func purchasesOf(rows demoRows, o Order) []Change {
	var purchases []Change
	for _, c := range rows.changes {
		if c.Kind == Purchase && c.Order == o.Resource.ID {
			purchases = append(purchases, c)
		}
	}
	return purchases
}

func TestDemoShowsEveryState(t *testing.T) {
	all := map[string][]string{
		"status":        partnercenter.SubscriptionStatus("").Words(),
		"billing type":  partnercenter.BillingType("").Words(),
		"billing cycle": {"annual", "monthly", "none", "one_time", "triennial", "unknown"},
		"contract type": partnercenter.ContractType("").Words(),
		"provisioning":  {"none", "success", "pending", "failed", "absent"},
		"portion":       partnercenter.FulfillmentState("").Words(),
		"order":         {"completed", "pending", "partial_success", "error"},
		"unit":          {"Licenses", "Usage-based", "Benefit"},
		"term":          {"true", "false"},
		"reason":        {"false"},
		"kind": {"legacy", "OnlineServicesNCE", "SaaS", "DynamicAzurePlan", "AzureReservation", "AzureSavingsPlan",
			"PerpetualSoftware", "SoftwareSubscription"},
		"member": {"EntitlementID", "ParentSubscriptionID", "RefundOptions", "RefundableQuantity", "PromotionID",
			"ScheduledNextTermInstructions", "NextChargeInstructions", "SuspensionReasons", "AttentionNeeded", "AttentionReason",
			"PartnerID", "LineItems", "ProductOrderID", "MigratedFromSubscriptionID", "RenewalTermDuration", "Actions",
			"BillingCycleEndDate", "BillingCycleEndDateTime", "CancellationAllowedUntilDate", "IsTrial"},
	}
	for _, at := range demoInstants(t) {
		rows := demoAt(at)
		if len(rows.customers) < 8 || len(rows.subscriptions) < 40 {
			t.Errorf("%s: %d customers, %d subscriptions", at, len(rows.customers), len(rows.subscriptions))
		}
		states := statesOf(rows, at)
		for kind, words := range all {
			for _, word := range words {
				if !states[kind][word] {
					t.Errorf("%s: no %s %s, only %v", at, kind, word, states[kind])
				}
			}
		}
		if states["reason"]["true"] {
			t.Errorf("%s: an unfulfilled portion without a reason", at)
		}
	}
}

func TestDemoQuantitiesFollowFromTheChanges(t *testing.T) {
	for _, at := range demoInstants(t) {
		rows := demoAt(at)
		for _, s := range rows.subscriptions {
			fulfilled, asked, unsettled := 0, 0, 0
			for _, c := range rows.changes {
				if c.Subscription != s.Resource.ID {
					continue
				}
				fulfilled += c.Provisioned()
				asked += c.Provisioned()
				if !c.Settled() {
					unsettled++
					asked += demoChange{portions: c.Portions}.quantity() - c.Provisioned()
				}
			}
			p := s.Provisioning
			if fulfilled <= 0 || s.Resource.Quantity != asked {
				t.Errorf("%s: %s has quantity %d; fulfilled %d, asked %d", at, s.Resource.ID, s.Resource.Quantity, fulfilled, asked)
			}
			if p != nil && (p.Provisioned.Quantity != fulfilled || p.Unsettled != (unsettled == 1) || p.Unsettled != (p.NextStepAt != nil)) {
				t.Errorf("%s: %s is provisioned %+v; fulfilled %d, unsettled %d", at, s.Resource.ID, *p, fulfilled, unsettled)
			}
			if p != nil && s.Resource.CommitmentEndDate.Before(p.Provisioned.EndDate) {
				t.Errorf("%s: %s ends %s, provisioned until %s", at, s.Resource.ID, s.Resource.CommitmentEndDate, p.Provisioned.EndDate)
			}
			if unsettled > 1 {
				t.Errorf("%s: %s has %d unsettled changes", at, s.Resource.ID, unsettled)
			}
		}
	}
}

func TestDemoHoldsWhatItNames(t *testing.T) {
	rows := demoAt(demoInstants(t)[0])
	customers, subscriptions, orders := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, c := range rows.customers {
		customers[c.Resource.ID] = true
	}
	for _, s := range rows.subscriptions {
		if subscriptions[s.Resource.ID] {
			t.Errorf("subscription %s twice", s.Resource.ID)
		}
		subscriptions[s.Resource.ID] = true
	}
	for _, o := range rows.orders {
		if orders[o.Resource.ID] || !customers[o.Customer] {
			t.Errorf("order %s twice, or of nobody", o.Resource.ID)
		}
		orders[o.Resource.ID] = true
		if n := len(purchasesOf(rows, o)); n != len(o.Resource.LineItems) {
			t.Errorf("order %s has %d lines and %d purchases", o.Resource.ID, len(o.Resource.LineItems), n)
		}
		if o.Resource.LineItems[0].Pricing == nil || o.Resource.TotalPrice == nil {
			t.Errorf("order %s has no prices", o.Resource.ID)
		}
	}
	for _, s := range rows.subscriptions {
		if parent := s.Resource.ParentSubscriptionID; parent != nil && !subscriptions[*parent] {
			t.Errorf("subscription %s adds to %s, which is missing", s.Resource.ID, *parent)
		}
		if !orders[s.Resource.OrderID] {
			t.Errorf("subscription %s is of order %s, which is missing", s.Resource.ID, s.Resource.OrderID)
		}
	}
	changes := map[string]bool{}
	for _, c := range rows.changes {
		if changes[c.ID] || (c.Subscription == "") != (c.Provisioned() == 0 && c.Kind == Purchase && c.Settled()) {
			t.Errorf("change %s twice, or of subscription %q with %d provisioned", c.ID, c.Subscription, c.Provisioned())
		}
		changes[c.ID] = true
	}
	for _, g := range rows.directoryGrants {
		if !customers[g.Customer] {
			t.Errorf("user %s has a role on %s, which is missing", g.User, g.Customer)
		}
	}
}

func TestDemoDatesFitTheWorldsCreation(t *testing.T) {
	for _, at := range demoInstants(t) {
		rows := demoAt(at)
		since := map[string]time.Time{}
		for _, c := range rows.customers {
			since[c.Resource.ID] = c.CreatedAt
		}
		for _, o := range rows.orders {
			if o.CreatedAt.Before(since[o.Customer]) || o.CreatedAt.After(at) {
				t.Errorf("%s: order %s of %s, its customer of %s", at, o.Resource.ID, o.CreatedAt, since[o.Customer])
			}
		}
		for _, s := range rows.subscriptions {
			if s.Customer == harbourLane {
				continue
			}
			end, over := s.Resource.CommitmentEndDate.AddDate(0, 0, 1), false
			switch s.Resource.Status {
			case partnercenter.SubscriptionExpired, partnercenter.SubscriptionDisabled:
				over = true
			case partnercenter.SubscriptionDeleted:
				continue
			}
			if over == end.After(at) {
				t.Errorf("%s: subscription %s is %s and ends %s", at, s.Resource.ID, s.Resource.Status, end)
			}
		}
	}
}

func TestDemoKeepsSomePendingUntilTheNextRefresh(t *testing.T) {
	for _, at := range demoInstants(t) {
		after := map[partnercenter.ProvisioningState]int{}
		for _, s := range demoAt(at).subscriptions {
			p := s.Provisioning
			if p == nil || p.Unsettled || p.View(at).Status != partnercenter.ProvisioningPending {
				continue
			}
			if p.View(at.Add(15*time.Minute)).Status == partnercenter.ProvisioningPending {
				t.Errorf("%s: subscription %s is pending past the next refresh: %+v", at, s.Resource.ID, *p)
			}
			after[p.Outcome]++
		}
		if after[partnercenter.ProvisioningSuccess] != 2 || after[partnercenter.ProvisioningFailed] != 1 {
			t.Errorf("%s: settled and not yet visible: %v", at, after)
		}
	}
}

func TestDemoIsTheSameForTheSameInstant(t *testing.T) {
	for _, at := range demoInstants(t) {
		if !reflect.DeepEqual(demoAt(at), demoAt(at.In(time.FixedZone("elsewhere", 3600)))) {
			t.Errorf("%s: two demo worlds differ", at)
		}
	}
}

func TestDocumentsRecordsDoNotHangOnTheWorldsCreation(t *testing.T) {
	of := func(at time.Time) []any {
		d := DefaultDemo(at)
		d.Settings.RefreshInterval = time.Second * time.Duration(at.Second()+1)
		rows := d.rows()
		var found []any
		for _, c := range rows.customers {
			if c.Resource.ID == harbourLane {
				found = append(found, c)
			}
		}
		for _, s := range rows.subscriptions {
			if s.Customer == harbourLane {
				if !at.After(s.Provisioning.VisibleAt) || s.Provisioning.Unsettled {
					t.Errorf("subscription %s moves by itself: %+v", s.Resource.ID, *s.Provisioning)
				}
				found = append(found, s)
			}
		}
		for _, o := range rows.orders {
			if o.Customer == harbourLane {
				found = append(found, o, purchasesOf(rows, o))
			}
		}
		return found
	}
	first := of(demoInstants(t)[0])
	if len(first) != 1+2+2*2 {
		t.Errorf("%d records of the documents", len(first))
	}
	for _, at := range demoInstants(t)[1:] {
		if !reflect.DeepEqual(first, of(at)) {
			t.Errorf("%s: the documents' records differ", at)
		}
	}
}

func TestMonthEndsOnItsLastDay(t *testing.T) {
	day := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 0, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		from   time.Time
		months int
		want   time.Time
	}{
		{day(time.January, 31), 1, day(time.February, 28)},
		{day(time.January, 31), 2, day(time.March, 31)},
		{day(time.March, 15), 12, day(time.March+12, 15)},
	} {
		if got := monthsAfter(c.from, c.months); !got.Equal(c.want) {
			t.Errorf("%d months after %s: got %s, want %s", c.months, c.from, got, c.want)
		}
	}
}

var (
	guid      = regexp.MustCompile(`(?i)\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`)
	shortForm = regexp.MustCompile("`([0-9a-f]{11,12}|[A-Za-z0-9_-]{32}1)`")
	address   = regexp.MustCompile(`[a-z]+@[a-z.]+`)
)

// documented is what the document may and must say of the demo world.
type documented struct {
	// known ids and sign-in names; must: lines to be found as they are.
	known map[string]bool
	must  []string
	// lines start so, by the id that they are about; later is what a line says of
	// the next refresh.
	lines, later map[string]string
}

func documentedWorld(rows demoRows, at time.Time) documented {
	d := documented{known: map[string]bool{}, lines: map[string]string{}, later: map[string]string{}}
	for _, p := range rows.partners {
		d.known[p.Tenant] = true
		d.must = append(d.must, fmt.Sprintf("%s (tenant `%s`, MPN id `%s`)", p.Name, p.Tenant, p.MPNID))
	}
	for _, a := range rows.accounts {
		sign := a.UPN
		if a.Kind == AppAccount {
			sign = a.ID
		}
		d.known[sign] = true
		d.must = append(d.must, fmt.Sprintf("| %s | `%s` | %s |", a.Name, sign, a.Description))
	}
	for _, c := range demoCustomers() {
		d.known[c.id] = true
		d.must = append(d.must, fmt.Sprintf("| %s | `%s` | %s | %s | %s |", c.company, c.id, c.address.Country, yes(!c.foreign), yes(c.reseller)))
	}
	for _, s := range rows.subscriptions {
		d.lines[s.Resource.ID] = documentedSubscription(s, at)
		if next := documentedStatus(s, at.Add(15*time.Minute)); next != documentedStatus(s, at) {
			d.later[s.Resource.ID] = next + " from the next refresh"
		}
	}
	for _, o := range rows.orders {
		d.lines[o.Resource.ID] = documentedOrder(rows, o)
	}
	return d
}

func TestDemoIsAsItsDocumentSays(t *testing.T) {
	body, err := os.ReadFile("../../docs/demo-world.md")
	if err != nil {
		t.Fatal(err)
	}
	text, at := string(body), demoInstants(t)[0]
	world := documentedWorld(demoAt(at), at)
	for _, line := range world.must {
		if !strings.Contains(text, line) {
			t.Errorf("the document lacks: %s", line)
		}
	}
	ids := slices.Concat(guid.FindAllString(text, -1), address.FindAllString(text, -1))
	for _, found := range shortForm.FindAllStringSubmatch(text, -1) {
		ids = append(ids, found[1])
	}
	for _, id := range ids {
		if !world.known[id] && world.lines[id] == "" {
			t.Errorf("the document names %s, which is not in the demo world", id)
		}
	}
	for _, line := range strings.Split(text, "\n") {
		id, _, _ := strings.Cut(strings.TrimPrefix(line, "| `"), "`")
		want, later := world.lines[id], world.later[id]
		if want == "" {
			continue
		}
		if !strings.HasPrefix(line, want) || !strings.Contains(line, later) || later == "" && strings.Contains(line, "next refresh") {
			t.Errorf("the document says\n%s\nthe demo world is\n%s %s", line, want, later)
		}
	}
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

// documentedSubscription is how a subscription's line in the document starts.
func documentedSubscription(s Subscription, at time.Time) string {
	return fmt.Sprintf("| `%s` | %s | %s | `%s` %d | %s |",
		s.Resource.ID, companyOf(s.Customer), s.Resource.OfferName, s.Resource.Status, s.Resource.Quantity, documentedStatus(s, at))
}

func documentedStatus(s Subscription, at time.Time) string {
	if s.Provisioning == nil {
		return "404 `800007`"
	}
	view := s.Provisioning.View(at)
	return fmt.Sprintf("`%s` %d", view.Status, view.Quantity)
}

// documentedOrder is how an order's line in the document starts.
func documentedOrder(rows demoRows, o Order) string {
	purchases := purchasesOf(rows, o)
	var lines []string
	for _, line := range o.Resource.LineItems {
		var parts []string
		for _, p := range purchaseOf(purchases, line).Portions {
			parts = append(parts, fmt.Sprintf("%d `%s`", p.Quantity, p.Status))
		}
		lines = append(lines, strings.Join(parts, " + "))
	}
	return fmt.Sprintf("| `%s` | %s | `%s` | %s |", o.Resource.ID, companyOf(o.Customer), orderStatus(o.Resource.LineItems, purchases), strings.Join(lines, "; "))
}

func companyOf(customer string) string {
	for _, c := range demoCustomers() {
		if c.id == customer {
			return c.company
		}
	}
	return ""
}
