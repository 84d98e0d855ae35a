package server

import (
	"cmp"
	"time"

	"provost/internal/pipe"
)

// Limits bound what callers can take up. What is 0 is as in [DefaultLimits].
type Limits struct {
	// HeaderTime is how long the first line and the headers of a request may take,
	// and a TLS handshake; BodyTime, its body.
	HeaderTime, BodyTime time.Duration
	// RequestTime is how long a request may take from its headers to the begin of
	// its answer; AnswerTime, how long the answer may take beyond.
	RequestTime, AnswerTime time.Duration
	// IdleTime is how long a connection may wait for its next request.
	IdleTime time.Duration
	// Connections are how many a listener holds, Requests how many of the API are
	// under way at once.
	Connections, Requests int
}

// DefaultLimits are those of a server that is told of none.
func DefaultLimits() Limits {
	return Limits{
		HeaderTime: 10 * time.Second, BodyTime: pipe.DefaultBodyTime, RequestTime: pipe.DefaultRequestTime, AnswerTime: 20 * time.Second,
		IdleTime: 2 * time.Minute, Connections: 16384, Requests: pipe.DefaultRequests,
	}
}

const (
	leastConnections = 2
	leastRequests    = 4
	longestTime      = time.Hour
	// maxStreams is how many requests of one HTTP/2 connection may be under way.
	maxStreams = 100
)

// check sees that limits can be lived with, and fills in what is left out.
func (l *Limits) check(note func(string, ...any)) {
	ordinary := DefaultLimits()
	for _, t := range []struct {
		flag     string
		is       *time.Duration
		ordinary time.Duration
	}{
		{"header-timeout", &l.HeaderTime, ordinary.HeaderTime}, {"body-timeout", &l.BodyTime, ordinary.BodyTime},
		{"request-timeout", &l.RequestTime, ordinary.RequestTime}, {"answer-timeout", &l.AnswerTime, ordinary.AnswerTime},
		{"idle-timeout", &l.IdleTime, ordinary.IdleTime},
	} {
		*t.is = cmp.Or(*t.is, t.ordinary)
		if *t.is < time.Millisecond || *t.is > longestTime {
			note("--%s %v: it is between 1ms and %v", t.flag, *t.is, longestTime)
		}
	}
	if l.BodyTime > l.RequestTime {
		note("--body-timeout %v is longer than --request-timeout %v, which the body is a part of", l.BodyTime, l.RequestTime)
	}
	l.Requests = cmp.Or(l.Requests, ordinary.Requests)
	if l.Requests < leastRequests {
		note("--max-requests %d: at least %d, or writes and reads, and two tenants, have no room beside each other", l.Requests, leastRequests)
	}
	files := mostConnections()
	if l.Connections == 0 {
		l.Connections = min(ordinary.Connections, files)
	}
	if l.Connections < leastConnections {
		note("--max-connections %d: at least %d", l.Connections, leastConnections)
	}
	if l.Connections > files {
		note("--max-connections %d is more than this process may have open files for: at most %d; raise the limit (ulimit -n, LimitNOFILE)", l.Connections, files)
	}
}

// mostConnections is how many there can be beside the files that the store and
// the rest need.
func mostConnections() int {
	files, known := openFiles()
	if !known {
		return 1 << 20
	}
	return max(leastConnections, files-files/4)
}
