package commerce_test

import (
	"testing"
	"time"

	"provost/internal/commerce"
)

func TestRefreshesAreMultiplesOfTheIntervalSinceTheEpoch(t *testing.T) {
	for _, c := range []struct {
		at       string
		interval time.Duration
		want     string
	}{
		{"2026-03-02T12:04:50Z", 15 * time.Minute, "2026-03-02T12:15:00Z"},
		{"2026-03-02T12:15:00Z", 15 * time.Minute, "2026-03-02T12:15:00Z"},
		{"2026-03-02T12:15:00.0000001Z", 15 * time.Minute, "2026-03-02T12:30:00Z"},
		{"2026-03-02T12:15:00.9Z", time.Second, "2026-03-02T12:15:01Z"},
		{"2026-03-02T12:15:00.9Z", 0, "2026-03-02T12:15:00.9Z"},
		{"2026-03-02T12:15:00Z", 24 * time.Hour, "2026-03-03T00:00:00Z"},
		// minute 29,540,895 since the epoch is 7 × 4,220,127 + 6
		{"2026-03-02T12:15:00Z", 7 * time.Minute, "2026-03-02T12:16:00Z"},
		{"1969-12-31T23:59:59Z", 15 * time.Minute, "1970-01-01T00:00:00Z"},
		{"1969-12-31T23:44:59Z", 15 * time.Minute, "1969-12-31T23:45:00Z"},
		{"9998-12-31T23:59:59Z", 15 * time.Minute, "9999-01-01T00:00:00Z"},
	} {
		at, err := time.Parse(time.RFC3339Nano, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := commerce.Tick(at, c.interval).Format(time.RFC3339Nano); got != c.want {
			t.Errorf("after %s by %s: %s, want %s", c.at, c.interval, got, c.want)
		}
	}
}

func TestAClockRunsWithItsOffsetOrStandsStill(t *testing.T) {
	real := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	if got := (commerce.Clock{Offset: time.Hour}).At(real); !got.Equal(real.Add(time.Hour)) {
		t.Errorf("an hour ahead: %s", got)
	}
	frozen := real.Add(-time.Minute)
	if got := (commerce.Clock{Offset: time.Hour, FrozenAt: &frozen}).At(real); !got.Equal(frozen) {
		t.Errorf("standing still: %s", got)
	}
}
