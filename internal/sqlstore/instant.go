package sqlstore

import (
	"database/sql/driver"
	"fmt"
	"math"
	"time"
)

// instant is a point in time as both engines keep it: a BIGINT that counts 100
// nanoseconds since the year 1, so that it sorts, compares and reaches beyond
// the year 9999.
type instant struct{ time.Time }

const (
	ticksPerSecond = int64(time.Second / tickLength)
	tickLength     = 100 * time.Nanosecond
	// yearOne is 0001-01-01 in Unix seconds.
	yearOne = -62135596800
)

// Value cuts the instant to whole ticks.
func (i instant) Value() (driver.Value, error) {
	seconds := i.Unix() - yearOne
	if seconds < math.MinInt64/ticksPerSecond || seconds >= math.MaxInt64/ticksPerSecond {
		return nil, fmt.Errorf("keep instant %v: out of range", i.Time)
	}
	return seconds*ticksPerSecond + int64(i.Nanosecond())/int64(tickLength), nil
}

// Scan reads ticks; the instant is in UTC.
func (i *instant) Scan(from any) error {
	ticks, ok := from.(int64)
	if !ok {
		return fmt.Errorf("read instant: %T is no count of ticks", from)
	}
	i.Time = time.Unix(ticks/ticksPerSecond+yearOne, ticks%ticksPerSecond*int64(tickLength)).UTC()
	return nil
}

// perhaps is the instant of a column that can be NULL.
func perhaps(t *time.Time) *instant {
	if t == nil {
		return nil
	}
	return &instant{*t}
}

// pointer is the inverse of perhaps.
func (i *instant) pointer() *time.Time {
	if i == nil {
		return nil
	}
	return &i.Time
}
