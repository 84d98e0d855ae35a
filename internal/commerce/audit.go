package commerce

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"provost/partnercenter"
)

// AuditEntry is an audit record as kept.
type AuditEntry struct {
	World string `json:"-"`
	// Partner is whose record it is.
	Partner string                    `json:"partner"`
	At      time.Time                 `json:"at"` // world time
	Record  partnercenter.AuditRecord `json:"record"`
}

// AuditQuery picks a page of a partner's records; empty members take all.
type AuditQuery struct {
	World, Partner string
	// From and To bound the instants; To is excluded.
	From, To time.Time
	AuditFilter
	// After is where the last page ended; nil: from the start.
	After *Cursor
	Limit int
}

// AuditFilter narrows a list of records; its empty members take all.
type AuditFilter struct {
	Customer     string
	CompanyName  string // a part of it
	ResourceType partnercenter.AuditResourceType
}

// AuditTable keeps audit records.
type AuditTable interface {
	Insert(ctx context.Context, a AuditEntry) error
	// Page gives records by instant, then id.
	Page(ctx context.Context, q AuditQuery) ([]AuditEntry, error)
	// All gives a world's, to walk through.
	All(world string) Rows[AuditEntry]
}

// audited is a write as its audit record tells of it.
type audited struct {
	operation partnercenter.AuditOperationType
	resource  partnercenter.AuditResourceType
	customer  Customer
	// id is the resource's; empty where that is the customer.
	id string
	// before and after are resources; nil: there is none.
	before, after any
	// data is what the record names beside the resource; an empty value is null.
	data []partnercenter.KeyValue
}

// audit leaves the write's audit record.
func (w *writing) audit(ctx context.Context, a audited) error {
	customer := a.customer.Resource
	record := partnercenter.AuditRecord{
		PartnerID: w.by.Partner.Tenant, CustomerID: &customer.ID,
		ResourceType: a.resource, OperationType: a.operation,
		OperationStatus: partnercenter.AuditSucceeded,
		CustomizedData:  auditData(a.data),
		Attributes:      partnercenter.ResourceAttributes{ObjectType: "AuditRecord"},
	}
	if customer.CompanyProfile != nil {
		record.CustomerName = &customer.CompanyProfile.CompanyName
	}
	for into, text := range map[**string]string{
		&record.UserPrincipalName: w.by.UPN, &record.ApplicationID: w.by.App, &record.OriginalCorrelationID: w.by.CorrelationID,
	} {
		if text != "" {
			*into = &text
		}
	}
	for into, value := range map[**string]any{&record.ResourceOldValue: a.before, &record.ResourceNewValue: a.after} {
		if value == nil {
			continue
		}
		text, err := auditText(value)
		if err != nil {
			return err
		}
		*into = &text
	}
	for at := w.Now; ; at = at.Add(precision) {
		// Where the clock stands still, two writes would have one id.
		record.ID, record.OperationDate = w.auditID(a, at), partnercenter.At(at)
		err := w.Audit().Insert(ctx, AuditEntry{World: w.World.ID, Partner: w.by.Partner.ID, At: at, Record: record})
		if !errors.Is(err, ErrTaken) {
			return err
		}
	}
}

// auditID is made as the service was seen to make it: whose, about what, which
// operation, and the instant in ticks (reference 7.9).
func (w *writing) auditID(a audited, at time.Time) string {
	parts := []string{w.by.Partner.Tenant, a.customer.Resource.ID}
	if a.id != "" {
		parts = append(parts, a.id)
	}
	parts = append(parts, strings.ReplaceAll(string(a.operation), "_", ""), fmt.Sprint(ticks(at)))
	return strings.ToLower(strings.Join(parts, "_"))
}

// ticks counts 100 nanoseconds since the year 1, as .NET does.
func ticks(at time.Time) int64 {
	const yearOne = -62135596800
	return (at.Unix()-yearOne)*10_000_000 + int64(at.Nanosecond())/100
}
