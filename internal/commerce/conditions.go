package commerce

import (
	"strings"

	"provost/partnercenter"
)

// Condition says whether the caller's If-Match holds for a resource that has
// this etag and is shown like this; nil: the caller sent none.
type Condition func(etag string, shown any) bool

// fresh refuses a write that is based on an older version of what it changes.
// The If-Match header counts; without one, the etag in the body, if there is
// one (decision 8).
func (w *writing) fresh(match Condition, given *string, current string, shown any) error {
	switch {
	case match != nil && match(current, shown):
		return nil
	case match == nil && (given == nil || Untagged(*given) == "" || Untagged(*given) == current):
		return nil
	case w.World.Settings.PreconditionFailed:
		return partnercenter.ErrPrecondition
	default:
		return partnercenter.ErrStale
	}
}

// Untagged is an entity tag without its quotes and its mark of weakness.
func Untagged(tag string) string {
	tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
	return strings.TrimSuffix(strings.TrimPrefix(tag, `"`), `"`)
}
