package sqlstore

import (
	"context"
	"database/sql/driver"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// lookers are connections that read what is yet to be written about, as many as
// there are processors: more would read no more. They are none of the readers', of
// which long reads may have all.
type lookers struct {
	*readers

	// stood are answers about everyone, such as worlds and who has which role, which
	// most writes begin with, as they were at a generation.
	mu    sync.Mutex
	since uint64
	stood map[string]*foundRows
}

// mostStanding bounds the answers that are kept: actors are many.
const mostStanding = 256

func newLookers(connector driver.Connector) *lookers {
	return &lookers{readers: newReaders(connector, runtime.GOMAXPROCS(0)), stood: map[string]*foundRows{}}
}

// standing gives the answers about everyone, as far as they can be had.
func (l *lookers) standing(ctx context.Context, generation uint64, all []question) known {
	all = slices.DeleteFunc(all, func(q question) bool { return askedOf(q.text) != everyone })
	answers, err := l.ask(ctx, generation, all)
	if err != nil {
		return nil // whoever asks reads them, or fails there
	}
	return answers
}

// ask asks everything of what was committed last, at that generation of everyone
// or a later one.
func (l *lookers) ask(ctx context.Context, generation uint64, all []question) (answers known, err error) {
	var rest []question
	for _, q := range all {
		if rows := l.kept(generation, q); rows != nil {
			answers = append(answers, knownAnswer{q, rows})
		} else {
			rest = append(rest, q)
		}
	}
	if len(rest) == 0 {
		return answers, nil
	}
	t, err := l.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer t.rollback()
	for _, q := range rest {
		rows, err := find(context.WithoutCancel(ctx), t, q) // a few rows by their keys
		if err != nil {
			return nil, err
		}
		l.keep(generation, q, rows)
		answers = append(answers, knownAnswer{q, rows})
	}
	return answers, nil
}

// kept gives what is kept of an answer about everyone.
func (l *lookers) kept(generation uint64, q question) *foundRows {
	if askedOf(q.text) != everyone {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	rows := l.stood[q.key()]
	if rows == nil || l.since != generation {
		return nil
	}
	return &foundRows{values: rows.values}
}

// keep keeps an answer that was read after that generation had begun: who is of
// the same one, when in front, may go by it.
func (l *lookers) keep(generation uint64, q question, rows *foundRows) {
	if askedOf(q.text) != everyone {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if generation < l.since {
		return
	}
	if generation > l.since || len(l.stood) >= mostStanding {
		l.since = generation
		clear(l.stood)
	}
	l.stood[q.key()] = &foundRows{values: rows.values}
}

func (q question) key() string {
	var key strings.Builder
	key.WriteString(q.text)
	for _, arg := range q.args {
		fmt.Fprintf(&key, "\x00%T %v", arg, arg)
	}
	return key.String()
}

var askedTables = regexp.MustCompile(`\b(?:FROM|JOIN)\s+(\w+)`)

// askedOf is by whose writes alone the answer to a question changes. Nobody: no
// generation tells of them all.
var askedOf = remembered(func(text string) audience {
	tables := askedTables.FindAllStringSubmatch(text, -1)
	of := everyone
	for _, found := range tables {
		switch audiences[found[1]] {
		case nobody:
			return nobody
		case aCustomer:
			of = aCustomer
		}
	}
	if len(tables) == 0 {
		return nobody
	}
	return of
})
