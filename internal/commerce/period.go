package commerce

import (
	"fmt"
	"math"
	"time"

	"github.com/sosodev/duration"
)

// Period is a length of time of which a part counts by the calendar.
type Period struct {
	Months int
	Rest   time.Duration
}

// ParsePeriod reads an ISO 8601 duration, such as "PT16M", "P7D" or "P1Y".
func ParsePeriod(text string) (Period, error) {
	d, err := duration.Parse(text)
	if err != nil || d.Negative {
		return Period{}, fmt.Errorf("%q is no length of time: write it as ISO 8601 does, such as PT16M, P7D or P1Y", text)
	}
	months := d.Years*12 + d.Months
	if months != math.Trunc(months) || months > 12*9999 {
		return Period{}, fmt.Errorf("%q counts no whole months, or too many", text)
	}
	rest := d.Weeks*7*24*3600 + d.Days*24*3600 + d.Hours*3600 + d.Minutes*60 + d.Seconds
	if rest > float64(math.MaxInt64/int64(time.Second)) {
		return Period{}, fmt.Errorf("%q is too long", text)
	}
	return Period{Months: int(months), Rest: time.Duration(rest * float64(time.Second))}, nil
}

// After is the instant so much later; a month ends where it ends.
func (p Period) After(at time.Time) time.Time {
	at = at.UTC()
	midnight := at.Truncate(day)
	return monthsAfter(midnight, p.Months).Add(at.Sub(midnight) + p.Rest)
}
