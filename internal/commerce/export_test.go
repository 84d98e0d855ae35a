package commerce

// What the tests of this package look at by itself.
var Tick = tick

// OutlookOf lets the tests see when a view can next be different.
func OutlookOf(p Provisioning, m Moment) Outlook { return p.outlook(m) }

// Waiting counts the keys that are held in memory.
func (w *MFAWatch) Waiting() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	keys := 0
	for _, calls := range w.pending {
		keys += len(calls)
	}
	return keys
}

// Store lets the watch write elsewhere.
func (w *MFAWatch) Store(s Store) { w.store = s }

// InBatchesOf makes one transaction carry out so many due rows at most.
func (s *Service) InBatchesOf(rows int) { s.batch = rows }

// How audit records hold resources, and what they name beside them.
var (
	AuditText = auditText
	AuditData = auditData
)
