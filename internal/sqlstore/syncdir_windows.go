package sqlstore

// SyncDirectory does nothing: Windows has no such thing, and keeps its directories
// in a journal.
func SyncDirectory(string) error { return nil }
