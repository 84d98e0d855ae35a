package storetest

import (
	"context"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

func newAudit(id string, at time.Time, customer, company string) commerce.AuditEntry {
	return commerce.AuditEntry{World: theWorld, Partner: theProvider, At: at, Record: partnercenter.AuditRecord{
		ID: id, PartnerID: "Tenant-p", CustomerID: &customer, CustomerName: &company, ResourceType: partnercenter.AuditOrder,
		OperationType: partnercenter.AuditCreateOrder, OperationDate: partnercenter.At(at), OperationStatus: partnercenter.AuditSucceeded,
	}}
}

func auditPage(t *testing.T, s commerce.Store, q commerce.AuditQuery) []commerce.AuditEntry {
	t.Helper()
	q.World, q.Partner = theWorld, theProvider
	if q.Limit == 0 {
		q.Limit = 100
	}
	if q.To.IsZero() {
		q.From, q.To = noon.Add(-time.Hour), noon.Add(time.Hour)
	}
	return read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.AuditEntry, error) {
		return tx.Audit().Page(ctx, q)
	})
}

func auditIDs(t *testing.T, s commerce.Store, q commerce.AuditQuery) []string {
	t.Helper()
	return each(auditPage(t, s, q), func(a commerce.AuditEntry) string { return a.Record.ID })
}

var auditPromises = []promise{
	{"an audit record comes back whole", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		full := newAudit("Record-1", noon, theCustomer, "Kōyama \"Optics\"")
		full.Record.ResourceNewValue, full.Record.ResourceOldValue = new(`{"Quantity":9}`), new("")
		full.Record.CustomizedData = []partnercenter.AuditValue{{Key: "OrderId", Value: new("Order-1")}, {Key: "PartnerOnRecord-0"}}
		insert(t, s, full)
		same(t, "records", auditPage(t, s, commerce.AuditQuery{}), []commerce.AuditEntry{full})
	}},
	{"audit records are picked by window, customer, company and resource, and paged", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		other := newAudit("e", noon.Add(2*time.Minute), "Customer-2", "Tamarind Freight")
		other.Record.ResourceType = partnercenter.AuditSubscription
		foreign := newAudit("f", noon, theCustomer, "Harbour Lane")
		foreign.Partner = theReseller
		insert(t, s, newAudit("b", noon, theCustomer, "Harbour 100% Lane"), newAudit("a", noon, theCustomer, "harbour lane"),
			newAudit("c", noon.Add(time.Minute), theCustomer, "HARBOUR LANE"), newAudit("d", noon.Add(time.Hour), theCustomer, "Harbour Lane"), other, foreign)
		same(t, "in the window", auditIDs(t, s, commerce.AuditQuery{}), []string{"a", "b", "c", "e"})
		same(t, "a customer's", auditIDs(t, s, commerce.AuditQuery{AuditFilter: commerce.AuditFilter{Customer: "CUSTOMER-2"}}), []string{"e"})
		same(t, "a company's", auditIDs(t, s, commerce.AuditQuery{AuditFilter: commerce.AuditFilter{CompanyName: "BOUR L"}}), []string{"a", "c"})
		same(t, "with a sign of LIKE", auditIDs(t, s, commerce.AuditQuery{AuditFilter: commerce.AuditFilter{CompanyName: "0%"}}), []string{"b"})
		same(t, "of a resource", auditIDs(t, s, commerce.AuditQuery{AuditFilter: commerce.AuditFilter{ResourceType: partnercenter.AuditSubscription}}), []string{"e"})
		same(t, "a page", auditIDs(t, s, commerce.AuditQuery{After: &commerce.Cursor{CreatedAt: noon, ID: "a"}, Limit: 2}), []string{"b", "c"})
	}},
}
