package commerce

import "time"

// neverEnds is the last day of what has no term (reference 8.5).
var neverEnds = time.Date(9999, time.December, 10, 0, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// span is a term or a billing cycle: from the midnight at which it starts to
// that at which the next one does.
type span struct{ start, next time.Time }

// lastDay is the span's last day, inclusive, at midnight.
func (s span) lastDay() time.Time { return s.next.Add(-day) }

// lastSecond is the span's last second.
func (s span) lastSecond() time.Time { return s.next.Add(-time.Second) }

// spanAt is the one of the spans of so many months from the day of the first
// instant on, in which the other instant lies; of none, the one without end.
func spanAt(first time.Time, months int, at time.Time) span {
	start := first.UTC().Truncate(day)
	if months == 0 {
		return span{start: start, next: neverEnds.Add(day)}
	}
	for n := months; ; n += months {
		if next := monthsAfter(start, n); at.Before(next) {
			return span{start: monthsAfter(start, n-months), next: next}
		}
	}
}

// monthsAfter is the same day of a later month, or that month's last day.
func monthsAfter(first time.Time, months int) time.Time {
	month := time.Date(first.Year(), first.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := month.AddDate(0, 1, -1).Day()
	return month.AddDate(0, 0, min(first.Day(), last)-1)
}
