// Package server puts the parts together, starts them and stops them.
//
// It holds no rule of the shop and answers no request itself.
package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"provost/internal/commerce"
	"provost/internal/operator"
)

// Server is a server that listens and is yet to be run.
type Server struct {
	settings Settings
	store    commerce.Store
	fronts   []front
	stopping atomic.Bool
	unready  atomic.Bool
	newDemo  bool
	// release ends what runs beside the requests.
	release []func() error
}

// front is one listener with its server.
type front struct {
	http *http.Server
	on   net.Listener
}

// Open puts a server together: its store, opened and brought up to date, its
// doors, and its listeners, which queue callers until [Server.Run]. A
// [SettingsError] lists what has to be mended first.
func Open(ctx context.Context, settings Settings) (s *Server, err error) {
	if err := settings.check(); err != nil {
		return nil, err
	}
	s = &Server{settings: settings}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
			s = nil
		}
	}()
	if err := s.openStore(ctx); err != nil {
		return s, err
	}
	on, err := listen(ctx, settings.Listen, "--listen")
	if err != nil {
		return s, err
	}
	behind, err := s.build(ctx, on.Addr())
	if err != nil {
		return s, errors.Join(err, on.Close())
	}
	s.serve(listener{on, behind.refuse}, behind.api)
	if settings.Development {
		return s, nil
	}
	on, err = listen(ctx, settings.OperatorListen, "--operator-listen")
	if err != nil {
		return s, err
	}
	s.serve(listener{on, behind.refuse}, behind.operator)
	return s, nil
}

// Limits on how long a connection may take, and on how much of a request
// net/http reads before it refuses without asking us.
const (
	headerTime = 10 * time.Second
	readTime   = 30 * time.Second
	writeTime  = 30 * time.Second
	idleTime   = 2 * time.Minute
	maxHeaders = 64 << 10

	// graceTime is how long a stopping server lets requests finish.
	graceTime = 10 * time.Second
)

func listen(ctx context.Context, address, flag string) (net.Listener, error) {
	on, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, explainListen(err, address, flag)
	}
	return on, nil
}

func (s *Server) serve(on net.Listener, handler http.Handler) {
	s.fronts = append(s.fronts, front{on: on, http: &http.Server{
		Handler:                      handler,
		DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout:            headerTime,
		ReadTimeout:                  readTime,
		WriteTimeout:                 writeTime,
		IdleTimeout:                  idleTime,
		MaxHeaderBytes:               maxHeaders,
		ErrorLog:                     slog.NewLogLogger(s.settings.Log.Handler(), slog.LevelWarn),
	}})
}

// Run serves until the context ends, then lets the requests under way finish
// and closes the store. A server runs once.
func (s *Server) Run(ctx context.Context) error {
	s.settings.Log.Info("listening", "address", s.Addr().String(), "operator", s.OperatorAddr().String(), "version", s.settings.Version, "profile", s.settings.Profile)
	s.warn(ctx)
	ended := make(chan error, len(s.fronts))
	for _, l := range s.fronts {
		go func() { ended <- l.http.Serve(l.on) }()
	}
	var failure error
	select {
	case <-ctx.Done():
	case err := <-ended:
		failure = fmt.Errorf("serve: %w", err)
	}
	s.stopping.Store(true)
	s.settings.Log.Info("stopping: requests under way get time to finish; a second signal ends at once", "grace", graceTime.String())
	return errors.Join(failure, s.stop(ctx), s.close())
}

// stop lets requests finish, those of the operator's door last, so that
// readiness can be asked for until the end.
func (s *Server) stop(ctx context.Context) error {
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceTime)
	defer cancel()
	var failures []error
	for _, l := range s.fronts {
		err := l.http.Shutdown(grace)
		if errors.Is(err, context.DeadlineExceeded) {
			s.settings.Log.Warn("requests were cut off: they did not finish in time", "grace", graceTime.String())
			err = l.http.Close()
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("stop serving %s: %w", l.on.Addr(), err))
		}
	}
	return errors.Join(failures...)
}

// Close gives back what an opened server holds, without ever running it.
func (s *Server) Close() error {
	var failures []error
	for _, l := range s.fronts {
		failures = append(failures, l.on.Close())
	}
	return errors.Join(append(failures, s.close())...)
}

func (s *Server) close() error {
	var failures []error
	for i := len(s.release) - 1; i >= 0; i-- {
		failures = append(failures, s.release[i]())
	}
	s.release = nil
	return errors.Join(failures...)
}

// Addr is where the API listens.
func (s *Server) Addr() net.Addr { return s.fronts[0].on.Addr() }

// OperatorAddr is where health and metrics listen.
func (s *Server) OperatorAddr() net.Addr { return s.fronts[len(s.fronts)-1].on.Addr() }

// URL is where callers on this machine find the API.
func (s *Server) URL() string { return baseURL(s.Addr()) }

// TokenCommand is what prints a token of this server when pasted; empty where
// the server hands out none.
func (s *Server) TokenCommand() string { return s.tokenCommand(s.Addr()) }

func (s *Server) tokenCommand(api net.Addr) string {
	if !s.settings.Development {
		return ""
	}
	command := cmp.Or(s.settings.Program, "provost") + " token"
	if url := baseURL(api); url != "http://"+DefaultListen {
		command += " --server " + url
	}
	return command
}

// DefaultListen is where a server listens unless it is told otherwise.
const DefaultListen = "127.0.0.1:4177"

// DemoIsNew says whether this start made the demo world.
func (s *Server) DemoIsNew() bool { return s.newDemo }

// ready says why the server cannot answer, and logs what the answer hides.
func (s *Server) ready(ctx context.Context) error {
	if s.stopping.Load() {
		return operator.Stopping
	}
	err := s.store.Ready(ctx)
	if was := s.unready.Swap(err != nil); err != nil && !was {
		s.settings.Log.Error("not ready", "error", err)
	}
	if err != nil {
		return operator.StoreUnready
	}
	return nil
}

// warn says aloud what the owner should know before others come.
func (s *Server) warn(ctx context.Context) {
	log := s.settings.Log
	if loopback, err := isLoopback(s.Addr().String()); err == nil && !loopback {
		if s.settings.Development {
			log.Warn("listening beyond this machine: whoever reaches this address gets tokens", "address", s.Addr().String())
		} else {
			log.Warn("listening beyond this machine over plain http: a TLS proxy must stand in front, or tokens can be read on the way", "address", s.Addr().String())
		}
	}
	if s.settings.Development {
		return
	}
	if loopback, err := isLoopback(s.OperatorAddr().String()); err == nil && !loopback {
		log.Warn("health and metrics can be read beyond this machine", "address", s.OperatorAddr().String())
	}
	worlds, err := s.worlds(ctx)
	if err == nil && len(worlds) == 0 {
		log.Warn("no tenant is known yet: the store holds no world, so every token will be refused")
	}
}
