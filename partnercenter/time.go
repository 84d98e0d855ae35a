package partnercenter

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Time is an instant as the API writes it: ISO 8601 in UTC with a Z and up to
// seven fraction digits, trailing zeros trimmed (reference 8.5).
type Time struct{ time.Time }

const wireTime = "2006-01-02T15:04:05.9999999Z"

// readableTimes are the forms that the documents and their clients send; a
// form without a zone means UTC.
var readableTimes = []string{
	time.RFC3339Nano,
	"2006-01-02T15:04:05.999999999",
	"2006-01-02",
}

// At returns the instant, cut to the precision that travels (100 ns).
func At(t time.Time) Time { return Time{t.UTC().Truncate(100 * time.Nanosecond)} }

// ParseTime reads any of the documented forms of a date.
func ParseTime(text string) (Time, error) {
	for _, form := range readableTimes {
		if t, err := time.Parse(form, text); err == nil {
			return At(t), nil
		}
	}
	return Time{}, fmt.Errorf("parse date %q: not an ISO 8601 date and time", text)
}

// String returns the instant as it travels.
func (t Time) String() string { return t.UTC().Truncate(100 * time.Nanosecond).Format(wireTime) }

// MarshalJSON writes the instant as a JSON string.
func (t Time) MarshalJSON() ([]byte, error) { return json.Marshal(t.String()) }

// UnmarshalJSON reads any documented form; null and "" mean the zero instant.
func (t *Time) UnmarshalJSON(body []byte) error {
	var text *string
	if err := json.Unmarshal(body, &text); err != nil {
		return fmt.Errorf("read date: %w", err)
	}
	if text == nil || strings.TrimSpace(*text) == "" {
		*t = Time{}
		return nil
	}
	parsed, err := ParseTime(*text)
	*t = parsed
	return err
}
