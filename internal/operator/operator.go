// Package operator is the door for those who run the server: whether it lives,
// whether it can answer, its numbers, and what a world's own admins may know of
// it beside the shop.
//
// It tells no customer's data and nothing of the server's insides.
package operator

import (
	"context"
	"encoding/json"
	"io"
	"net/http"

	"provost/partnercenter/extension"
)

// Settings are what the door opens on.
type Settings struct {
	// Ready says how the server stands, and tells nothing else.
	Ready func(context.Context) extension.Readiness
	// Metrics writes the numbers; nil: there are none.
	Metrics http.Handler
}

// Paths are those that the door answers.
func Paths() []string { return []string{"/healthz", extension.ReadinessPath, "/metrics"} }

// New returns the door. It answers [Paths]; other paths, and methods that are no
// reads, are the caller's to refuse.
func New(s Settings) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		header(w, "text/plain; charset=utf-8", http.StatusOK)
		_, _ = io.WriteString(w, "ok\n")
	})
	mux.HandleFunc(extension.ReadinessPath, func(w http.ResponseWriter, r *http.Request) {
		told, status := s.Ready(r.Context()), http.StatusOK
		if told.Status != extension.Ready {
			status = http.StatusServiceUnavailable
			w.Header().Set("Retry-After", "1")
		}
		header(w, "application/json; charset=utf-8", status)
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(told) // a prober who is gone reads no error either
	})
	if s.Metrics != nil {
		mux.Handle("/metrics", s.Metrics)
	}
	return mux
}

func header(w http.ResponseWriter, mediaType string, status int) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
}
