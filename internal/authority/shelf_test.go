package authority

import (
	"errors"
	"testing"
	"time"
)

// What anyone can ask for must not fill the memory: codes, devices, assertions.
func TestShelfHoldsSoMuchAndNoMore(t *testing.T) {
	now := time.Now()
	s := newShelf[string](2)
	put := func(key string, lasts time.Duration, want error) {
		t.Helper()
		if _, _, err := s.add(key, key, now.Add(lasts), now); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", key, err, want)
		}
	}
	put("one", time.Minute, nil)
	put("two", time.Hour, nil)
	put("three", time.Hour, errFull)
	if kept, known, err := s.add("two", "other", now.Add(time.Hour), now); kept != "two" || !known || err != nil {
		t.Errorf("what is there is %q, %v, %v", kept, known, err)
	}
	// What has expired makes room at once when there is none.
	now = now.Add(time.Minute)
	put("three", time.Hour, nil)
	put("four", time.Hour, errFull)
	if s.change("one", now, func(*string, bool) {}) || !s.change("two", now, func(*string, bool) {}) {
		t.Error("the wrong one went")
	}
}
