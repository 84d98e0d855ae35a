// Package pipe is what every request passes: ids and headers, limits, the
// caller's admission, then the one place that writes answers and refusals.
//
// It knows neither the routes it carries nor where the shop is kept, and
// decides nothing about business: it asks commerce.
package pipe

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"provost/internal/commerce"
)

// Profile says how closely answers keep to what the documents print.
type Profile string

// Modern adds headers of our own and leaves the byte-order mark out; Documents
// sends what the documents print and nothing else.
const (
	Modern    Profile = "modern"
	Documents Profile = "documents"
)

// Settings are what a pipe needs to know.
type Settings struct {
	Service *commerce.Service
	// Verify reads the token that a request carries.
	Verify func(context.Context, *http.Request) (commerce.Claims, error)
	// Known reads a token that was verified before, without asking anybody; nil:
	// no answers are kept.
	Known   func(*http.Request) (commerce.Claims, bool)
	Profile Profile
	// Version is sent as Provost-Version.
	Version string
	// Development explains each 401, too.
	Development bool
	// Commands say how those are run that cures name.
	Commands Commands
	// AllowHost admits the names by which the server may be called; nil admits
	// all. It guards a server that hands out tokens against foreign pages.
	AllowHost func(host string) bool
	Log       *slog.Logger
	// Observe is told of each answer.
	Observe func(method, route string, status int, took time.Duration)
	// Keep is how many bytes of answers to keep in memory, about; 0: none.
	Keep int
	// KeepFor bounds how long an answer is given again without asking the store;
	// 0: until something changes, which the store has to know of.
	KeepFor time.Duration
	// BodyTime and RequestTime bound how long the body of a request, and all the
	// work on it, may take; 0: [DefaultBodyTime] and [DefaultRequestTime].
	BodyTime, RequestTime time.Duration
	// Requests is how many may be under way at once; 0: [DefaultRequests].
	Requests int
}

// Pipe carries requests to handlers and answers back.
type Pipe struct {
	Settings
	// server and version are values of headers, which no answer changes.
	server, version []string
	rates           throttle
	slots           slots
	// kept is nil where nothing is.
	kept *kept
}

// New returns a pipe.
func New(s Settings) *Pipe {
	if s.Profile == "" {
		s.Profile = Modern
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.Observe == nil {
		s.Observe = func(string, string, int, time.Duration) {}
	}
	s.BodyTime, s.RequestTime = cmp.Or(s.BodyTime, DefaultBodyTime), cmp.Or(s.RequestTime, DefaultRequestTime)
	return &Pipe{
		Settings: s, server: []string{newServerID()}, version: []string{s.Version}, rates: throttle{begun: time.Now()}, kept: newKept(s),
		slots: slots{most: int64(cmp.Or(s.Requests, DefaultRequests))},
	}
}

// What a request may be at most.
const (
	maxURI     = 8 << 10
	maxHeaders = 32 << 10
	maxBody    = 1 << 20
	maxDepth   = 64
	// slowTime bounds the work on slow rows.
	slowTime = 15 * time.Minute
)

// How long a body, and the work on one request, may take unless the settings
// say otherwise.
const (
	DefaultBodyTime    = 10 * time.Second
	DefaultRequestTime = 10 * time.Second
)
