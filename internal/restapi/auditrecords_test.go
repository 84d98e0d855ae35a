package restapi_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/partnercenter"
)

// auditSeed are writes of the frozen world's past, which the exchanges read.
var auditSeed = []struct {
	at, tenant, customer, company, upn string
	resource                           partnercenter.AuditResourceType
	operation                          partnercenter.AuditOperationType
	was, is                            string
	data                               []partnercenter.AuditValue
}{
	{
		at: "2025-12-02T00:00:00Z", tenant: frozenProvider, customer: documentsCustomer, company: "Harbour Lane Books", upn: "avery@demo.example",
		resource: partnercenter.AuditSubscription, operation: partnercenter.AuditUpdateSubscription, was: `{"Quantity":3}`, is: `{"Quantity":5}`,
	},
	{
		at: "2026-02-10T09:00:00.1234567Z", tenant: frozenProvider, customer: koyamaOptics, company: "Koyama Optics", upn: "avery@demo.example",
		resource: partnercenter.AuditPartnerCustomerRelationship, operation: partnercenter.AuditRemoveRelationship,
		was: `{"RelationshipToPartner":"reseller"}`, is: `{"RelationshipToPartner":"none"}`,
	},
	{
		at: "2026-03-01T23:59:59.9999999Z", tenant: frozenProvider, customer: documentsCustomer, company: "Harbour Lane Books",
		resource: partnercenter.AuditOrder, operation: partnercenter.AuditCreateOrder, is: `{"Id":"1a2b3c4d5e6f","AlternateId":null}`,
		data: []partnercenter.AuditValue{{Key: "OrderId", Value: new("1a2b3c4d5e6f")}, {Key: "PartnerOnRecord-0"}},
	},
	{
		at: "2026-03-02T08:30:00Z", tenant: frozenReseller, customer: fjordlysEnergi, company: "Fjordlys Energi", upn: "rowan@demo.example",
		resource: partnercenter.AuditSubscription, operation: partnercenter.AuditUpdateSubscription, was: `{"Quantity":1}`, is: `{"Quantity":2}`,
	},
}

func fillAudit(t testing.TB, store commerce.Store) {
	t.Helper()
	ctx := t.Context()
	err := store.Write(ctx, func(tx commerce.Tx) error {
		for _, seed := range auditSeed {
			partner, err := tx.Partners().ByTenant(ctx, seed.tenant)
			if err != nil {
				return err
			}
			at, err := partnercenter.ParseTime(seed.at)
			if err != nil {
				return err
			}
			optional := func(text string) *string {
				if text == "" {
					return nil
				}
				return &text
			}
			if err := tx.Audit().Insert(ctx, commerce.AuditEntry{World: partner.World, Partner: partner.ID, At: at.Time, Record: partnercenter.AuditRecord{
				ID:        fmt.Sprintf("%s_%s_%s", seed.tenant, seed.customer, strings.ReplaceAll(string(seed.operation), "_", "")),
				PartnerID: seed.tenant, CustomerID: &seed.customer, CustomerName: &seed.company, UserPrincipalName: optional(seed.upn),
				ApplicationID: new(bearers["app"].app), ResourceType: seed.resource, OperationType: seed.operation,
				ResourceOldValue: optional(seed.was), ResourceNewValue: optional(seed.is), OriginalCorrelationID: new("e937630b-8341-4d70-8f73-450d32ee0189"),
				OperationDate: at, OperationStatus: partnercenter.AuditSucceeded, CustomizedData: seed.data,
				Attributes: partnercenter.ResourceAttributes{ObjectType: "AuditRecord"},
			}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

type auditRecords = partnercenter.Collection[partnercenter.AuditRecord]

// The window is of days in UTC, whichever way a client writes them.
func TestAuditWindowIsReadInEveryForm(t *testing.T) {
	d := openDoor(t, "", "")
	for query, want := range map[string]int{
		"":                                    2, // the last 30 days, until today
		"startDate=2025-12-02":                3,
		"startDate=12%2F2%2F2025+12:00:00+AM": 3,
		"startDate=12/2/2025%2012%3A00%3A00%20AM&endDate=3%2F1%2F2026 12:00:00 AM": 3,
		"startDate=12/02/2025%2000:00:00":                                          3,
		"startDate=2025-12-02T00:00:00Z":                                           3,
		"startDate=2025-12-02T00:00:00.0000001Z":                                   2,
		"startDate=2025-12-02T01:00:00+01:00":                                      3,
		"startDate=2025-12-02T01:00:00%2B01:00":                                    3,
		"STARTDATE=2026-03-01&enddate=2026-03-01":                                  1, // the end's day belongs to it
		"startDate=2026-02-10&endDate=2026-02-10T09:00:00.1234567Z":                1,
		"startDate=2026-02-10&endDate=2026-02-10T09:00:00.1234566Z":                0,
		"startDate=2026-03-02":                                                     0,
		"endDate=2026-02-28":                                                       1,
		"startDate=2025-12-01T23:59:59Z":                                           -1,
		"startDate=2025-12-01":                                                     -1,
		"startDate=2026-03-02&endDate=2026-03-01":                                  -1,
		"endDate=2026-01-01":                                                       -1,
		"startDate=13/01/2026":                                                     -1,
		"startDate=yesterday":                                                      -1,
	} {
		answer := d.get(t, "admin", "/v1/auditrecords?"+strings.ReplaceAll(query, " ", "%20"))
		got := -1
		if answer.status() == 200 {
			got = decode[auditRecords](t, answer).TotalCount
		} else if code := decode[partnercenter.Error](t, answer).Code; code != "800002" {
			t.Errorf("%s: code %s", query, code)
		}
		if got != want {
			t.Errorf("%s: %d records, want %d", query, got, want)
		}
	}
}

func TestAuditRecordsAreFoundByCustomerCompanyAndResource(t *testing.T) {
	d := openDoor(t, "", "")
	for filter, want := range map[string]int{
		`{"Field":"CompanyName","Value":"LANE%20b","Operator":"substring"}`:                          2,
		`{"Field":"companyname","Value":"%25","Operator":"Substring"}`:                               0,
		`{"Field":"CustomerId","Value":"` + strings.ToUpper(koyamaOptics) + `","Operator":"equals"}`: 1,
		`{"Field":"CustomerId","Value":"` + fjordlysEnergi + `","Operator":"equals"}`:                0, // the reseller's own
		`{"Field":"ResourceType","Value":"PartnerCustomerRelationship","Operator":"equals"}`:         1,
		`{"Field":"ResourceType","Value":"order","Operator":"equals"}`:                               1,
		`{"Field":"ResourceType","Value":"order","Operator":"substring"}`:                            -1,
		`{"Field":"CompanyName","Value":"lane","Operator":"equals"}`:                                 -1,
		`{"Field":"CustomerId","Value":"koyama","Operator":"equals"}`:                                -1,
		`{"Field":"UserPrincipalName","Value":"avery","Operator":"equals"}`:                          -1,
		`{"Field":"ResourceType","Value":"parcel","Operator":"equals"}`:                              -1,
		`{"Field":"CompanyName","Operator":"substring"}`:                                             -1,
		`CompanyName`: -1,
	} {
		answer := d.get(t, "admin", "/v1/auditrecords?startDate=2025-12-02&filter="+filter)
		got := -1
		if answer.status() == 200 {
			got = decode[auditRecords](t, answer).TotalCount
		}
		if got != want {
			t.Errorf("%s: %d records, want %d: %s", filter, got, want, answer.body)
		}
	}
}

// A walk over the links meets each record once, in order, whatever the size.
func TestAuditPagesFollowEachOther(t *testing.T) {
	d := openDoor(t, "", "")
	for _, size := range []int{1, 2, 3} {
		var dates []string
		path := fmt.Sprintf("/v1/auditrecords?startDate=12/2/2025&size=%d", size)
		var headers [][2]string
		for path != "" {
			page := decode[auditRecords](t, d.get(t, "admin", path, headers...))
			for _, record := range page.Items {
				dates = append(dates, record.OperationDate.String())
			}
			if path, headers = "", nil; page.Links.Next != nil {
				path = "/v1/" + page.Links.Next.URI // as the Java SDK does, two slashes
				for _, h := range page.Links.Next.Headers {
					headers = append(headers, [2]string{h.Key, h.Value})
				}
			}
		}
		if got := strings.Join(dates, " "); got != "2025-12-02T00:00:00Z 2026-02-10T09:00:00.1234567Z 2026-03-01T23:59:59.9999999Z" {
			t.Errorf("by %d: %s", size, got)
		}
	}
}

// auditsOf counts the records that a write leaves, where that is not one. Carts
// are no kind of resource there (reference 7.9); a checkout is as many orders as
// it places.
var auditsOf = map[string]func(*testing.T, message) int{
	"createCart":  func(*testing.T, message) int { return 0 },
	"replaceCart": func(*testing.T, message) int { return 0 },
	"checkoutCart": func(t *testing.T, answer message) int {
		return len(decode[partnercenter.CartCheckoutResult](t, answer).Orders)
	},
}

// Each write leaves one audit record and tells of itself in the event log; what
// a row answers with success shows it.
func TestEachWriteLeavesAnAuditRecordAndAnEvent(t *testing.T) {
	exchanges := map[string]exchange{}
	for _, x := range readExchanges(t) {
		exchanges[x.name] = x
	}
	writes := 0
	for _, rt := range rows() {
		if rt.Method == "GET" || rt.Method == "HEAD" || declines(rt) {
			continue
		}
		writes++
		handler := handlerName(rt)
		t.Run(handler, func(t *testing.T) {
			var x exchange
			for _, success := range []string{"/200", "/201", "/202", "/204"} {
				if there, ok := exchanges[handler+success]; ok {
					x = there
				}
			}
			if x.name == "" {
				t.Fatalf("no exchange shows its success")
			}
			d := openDoor(t, x.settings["profile"], x.settings["fault"])
			d.arrange(t, x.settings["with"])
			audits, events := d.traces(t)
			answer := d.call(t, d.bear(t, x.request, x.settings["world"]))
			if answer.status() != x.answer.status() {
				t.Fatalf("%s: %s %s", x.name, answer.first, answer.body)
			}
			auditsAfter, eventsAfter := d.traces(t)
			want := 1
			if other := auditsOf[handler]; other != nil {
				want = other(t, answer)
			}
			if auditsAfter-audits != want || eventsAfter <= events {
				t.Errorf("%s leaves %d audit records, want %d, and %d events", x.name, auditsAfter-audits, want, eventsAfter-events)
			}
		})
	}
	if writes == 0 {
		t.Error("no row writes")
	}
}

// declines says that a row answers 501 and nothing else.
func declines(rt pipe.Route) bool {
	for _, refusal := range rt.Answers {
		if refusal.StatusCode == 501 {
			return true
		}
	}
	return false
}

// traces counts the audit records and events of all worlds.
func (d *door) traces(t *testing.T) (audits, events int) {
	t.Helper()
	ctx := context.Background()
	err := d.store.Read(ctx, func(tx commerce.Tx) error {
		worlds, err := tx.Worlds().List(ctx)
		if err != nil {
			return err
		}
		for _, w := range worlds {
			partners, err := tx.Partners().List(ctx, w.ID)
			if err != nil {
				return err
			}
			for _, p := range partners {
				page, err := tx.Audit().Page(ctx, commerce.AuditQuery{World: w.ID, Partner: p.ID, To: time.Now().AddDate(100, 0, 0), Limit: 10_000})
				if err != nil {
					return err
				}
				audits += len(page)
			}
			told, err := tx.Events().List(ctx, commerce.EventQuery{World: w.ID, Limit: 10_000})
			if err != nil {
				return err
			}
			events += len(told)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return audits, events
}
