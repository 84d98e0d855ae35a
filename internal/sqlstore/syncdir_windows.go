package sqlstore

// syncDirectory does nothing: Windows has no such thing, and keeps its directories
// in a journal.
func syncDirectory(string) error { return nil }
