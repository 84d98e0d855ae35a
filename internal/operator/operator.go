// Package operator is the door for those who run the server: whether it lives,
// whether it can answer, its numbers, and what a world's own admins may know of
// it beside the shop.
//
// It tells no customer's data and nothing of the server's insides.
package operator

import (
	"context"
	"errors"
	"io"
	"net/http"
)

// Settings are what the door opens on.
type Settings struct {
	// Ready says why the server cannot answer; nil: it can.
	Ready func(context.Context) error
	// Notes are what the operator should know of a server that can answer; nil:
	// there are none.
	Notes func() []string
	// Metrics writes the numbers; nil: there are none.
	Metrics http.Handler
}

// Unready is why a server cannot answer, in a word that anyone may read.
type Unready string

// The reasons that a server gives.
const (
	StoreUnready Unready = "store"
	Stopping     Unready = "stopping"
)

// Error says that the server is not ready, and why.
func (u Unready) Error() string { return "not ready: " + string(u) }

// Paths are those that the door answers.
func Paths() []string { return []string{"/healthz", "/readyz", "/metrics"} }

// New returns the door. It answers [Paths]; other paths, and methods that are no
// reads, are the caller's to refuse.
func New(s Settings) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		say(w, http.StatusOK, "ok\n")
	})
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, r *http.Request) {
		err := s.Ready(r.Context())
		if err == nil {
			text := "ok\n"
			if s.Notes != nil {
				for _, note := range s.Notes() {
					text += note + "\n"
				}
			}
			say(w, http.StatusOK, text)
			return
		}
		reason := StoreUnready
		errors.As(err, &reason)
		w.Header().Set("Retry-After", "1")
		say(w, http.StatusServiceUnavailable, reason.Error()+"\n")
	})
	if s.Metrics != nil {
		mux.Handle("/metrics", s.Metrics)
	}
	return mux
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}
