package authority

import (
	"errors"
	"sync"
	"time"
)

// errFull: a shelf holds as much as it may.
var errFull = errors.New("no room")

// shelf remembers things until they expire, in real time, and only so many.
// They are gone with the process.
type shelf[T any] struct {
	most int

	mu     sync.Mutex
	things map[string]thing[T]
	swept  time.Time
}

type thing[T any] struct {
	is      T
	expires time.Time
}

func newShelf[T any](most int) *shelf[T] {
	return &shelf[T]{most: most, things: map[string]thing[T]{}}
}

// add puts a thing where none is; where one is, it gives that.
func (s *shelf[T]) add(key string, is T, expires, now time.Time) (before T, known bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept, ok := s.things[key]; ok && now.Before(kept.expires) {
		return kept.is, true, nil
	}
	s.sweep(now)
	if len(s.things) >= s.most {
		return before, false, errFull
	}
	s.things[key] = thing[T]{is, expires}
	return before, false, nil
}

// change finds a thing and lets it be changed, alone. Expired things are found
// until they are swept: the change is told.
func (s *shelf[T]) change(key string, now time.Time, change func(is *T, expired bool)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, ok := s.things[key]
	if !ok {
		return false
	}
	change(&kept.is, !now.Before(kept.expires))
	s.things[key] = kept
	return true
}

func (s *shelf[T]) remove(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.things, key)
}

// lingering is how long an expired thing is still told from an unknown one.
const lingering = 10 * time.Minute

func (s *shelf[T]) sweep(now time.Time) {
	if len(s.things) < s.most && now.Sub(s.swept).Abs() < time.Minute {
		return
	}
	s.swept = now
	linger := lingering
	if len(s.things) >= s.most {
		linger = 0
	}
	for key, kept := range s.things {
		if !now.Before(kept.expires.Add(linger)) {
			delete(s.things, key)
		}
	}
}
