package disk

// SyncNames does nothing: Windows has no such thing, and keeps its directories
// in a journal.
func SyncNames(string) error { return nil }
