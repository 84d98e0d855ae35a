package commerce

import (
	"context"
	"fmt"
	"time"

	"provost/partnercenter"
)

// The window of reference 7.9.
const (
	auditAge     = 90 // days back, at most
	auditDefault = 30 // days back, unless asked otherwise
	// MaxAuditPage is the most audit records that one page holds.
	MaxAuditPage = 500
)

// AuditWindow are the days whose records are asked for; nil: the last 30 days,
// until today.
type AuditWindow struct{ Start, End *time.Time }

// AuditPage is a page of audit records.
type AuditPage struct {
	Records []partnercenter.AuditRecord
	// Start is the first instant of the window.
	Start time.Time
	// Next is where the next page starts; nil: nowhere.
	Next *Cursor
}

// AuditRecords gives a page of what the actor's partner wrote, oldest first.
// A window that begins more than 90 days back is refused with ErrInput.
func (s *Service) AuditRecords(ctx context.Context, actor Actor, w AuditWindow, f AuditFilter, after *Cursor, size int) (AuditPage, error) {
	var page AuditPage
	var kept []AuditEntry
	err := s.inWorld(ctx, actor.World.ID, func(tx Tx, m Moment) error {
		from, to, err := w.bounds(m.Now, after != nil)
		if err != nil {
			return err
		}
		page.Start = from
		kept, err = tx.Audit().Page(ctx, AuditQuery{
			World: actor.World.ID, Partner: actor.Partner.ID, From: from, To: to, AuditFilter: f, After: after, Limit: size + 1,
		})
		return err
	})
	if err != nil {
		return AuditPage{}, fmt.Errorf("list audit records: %w", err)
	}
	if len(kept) > size {
		kept = kept[:size]
		last := kept[size-1]
		page.Next = &Cursor{CreatedAt: last.At, ID: last.Record.ID}
	}
	for _, entry := range kept {
		page.Records = append(page.Records, entry.Record)
	}
	return page, nil
}

// bounds are the window's instants at an instant of the world. The end's day
// is in the window, whole where the end is a day. A walk that goes on beyond
// midnight loses the day that has become too old, and is not refused for it.
func (w AuditWindow) bounds(now time.Time, goesOn bool) (from, to time.Time, err error) {
	today := now.Truncate(24 * time.Hour)
	from, to = today.AddDate(0, 0, -auditDefault), today
	if w.Start != nil {
		from = *w.Start
	}
	if w.End != nil {
		to = *w.End
	}
	if to.Equal(to.Truncate(24 * time.Hour)) {
		to = to.AddDate(0, 0, 1)
	} else {
		to = to.Add(precision)
	}
	switch oldest := today.AddDate(0, 0, -auditAge); {
	case from.Before(oldest) && goesOn:
		from = oldest
	case from.Before(oldest):
		return from, to, partnercenter.ErrInput.About("startDate", "not before "+oldest.Format(time.DateOnly))
	}
	if !from.Before(to) {
		return from, to, partnercenter.ErrInput.About("endDate", "not before startDate")
	}
	return from, to, nil
}
