// Package server puts the parts together, starts them and stops them.
//
// It holds no rule of the shop and answers no request itself.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"time"

	"provost/internal/auth"
	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/internal/sqlstore"
	"provost/partnercenter/extension"
)

// Server is a server that listens and is yet to be run.
type Server struct {
	settings Settings
	store    commerce.Store
	jobs     *sqlstore.Store
	verifier *auth.Verifier
	keeper   *timekeeper
	fronts   []front
	stopping atomic.Bool
	unready  atomic.Bool
	newDemo  bool
	commands pipe.Commands
	// release ends what runs beside the requests.
	release []func() error
}

// front is one listener with what serves it: one server, or one for each
// protocol that TLS agrees on.
type front struct {
	on     net.Listener
	guests *guests
	parts  []part
}

type part struct {
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
	end, err := s.openData(ctx)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, end()) }()
	if err := s.openStore(ctx); err != nil {
		return s, err
	}
	api, operator, err := s.listen(ctx)
	if err != nil {
		return s, err
	}
	s.commands = s.commandsAt(api.Addr(), operator.Addr())
	behind, err := s.build(ctx, api.Addr())
	if err != nil {
		return s, errors.Join(err, api.Close(), closeOther(operator, api))
	}
	shown, err := s.openCertificate(api.Addr())
	if err != nil {
		return s, errors.Join(err, api.Close(), closeOther(operator, api))
	}
	says := speech{refuse: behind.refuse, repeat: behind.repeat, most: s.settings.Limits.AnswerTime}
	s.front(api, shown, says, behind.api)
	if operator == api {
		return s, nil
	}
	if s.operatorIsPlain(operator.Addr()) {
		shown = nil
	}
	says.repeat = nil
	s.front(operator, shown, says, behind.operator)
	return s, nil
}

// listen opens the listeners of the API and of the operator's door, which are
// one and the same in a development server.
func (s *Server) listen(ctx context.Context) (api, operator net.Listener, err error) {
	api, err = listen(ctx, s.settings.Listen, "--listen")
	if err != nil || s.settings.Development {
		return api, api, err
	}
	operator, err = listen(ctx, s.settings.OperatorListen, "--operator-listen")
	if err != nil {
		return nil, nil, errors.Join(err, api.Close())
	}
	return api, operator, nil
}

func closeOther(operator, api net.Listener) error {
	if operator == api {
		return nil
	}
	return operator.Close()
}

// operatorIsPlain says whether the operator's door speaks plain http in spite of
// a certificate: where only this machine can listen in.
func (s *Server) operatorIsPlain(on net.Addr) bool {
	loopback, err := isLoopback(on.String())
	return err == nil && loopback
}

// certificate chooses what a listener shows; nil: it speaks plain http.
type certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)

func (s *Server) openCertificate(api net.Addr) (certificate, error) {
	switch {
	case s.settings.Development && s.settings.TLS:
		ca, err := openCA(s.settings.Data, s.settings.Log)
		if err != nil {
			return nil, err
		}
		names := certificateNames(append(s.settings.names(), listenAddresses(api)...)...)
		return (&ownCertificate{ca: ca, names: names}).get, nil
	case s.settings.TLSCert != "":
		files, err := openCertificate(s.settings.TLSCert, s.settings.TLSKey, s.settings.Log)
		if err != nil {
			return nil, &SettingsError{[]string{err.Error()}}
		}
		return files.get, nil
	}
	return nil, nil
}

// How much of a request net/http reads before it refuses without asking us.
const (
	maxHeaders = 64 << 10

	maxHTTP2Headers = 1 << 20

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

// front serves a listener. Where HTTP/2 finds headers too large it answers
// barely, so that its limit is above the one that every request meets later.
func (s *Server) front(on net.Listener, shown certificate, speech speech, handler http.Handler) {
	f := front{on: on}
	if shown == nil {
		f.guests = newGuests(s.settings.Limits.Connections, speech.refuse)
		f.parts = []part{{s.newHTTP(handler, maxHeaders), listener{on, f.guests, speech}}}
	} else {
		f.guests = newGuests(s.settings.Limits.Connections, nil) // words before the handshake are no TLS
		over := newSecured(on, f.guests, shown, speech, s.settings.Limits.HeaderTime, s.settings.Log)
		f.parts = []part{
			{s.newHTTP(handler, maxHeaders), branch{over, over.one}},
			{s.newHTTP(handler, maxHTTP2Headers), branch{over, over.two}},
		}
	}
	s.fronts = append(s.fronts, f)
}

func (s *Server) newHTTP(handler http.Handler, maxHeaders int) *http.Server {
	limits := s.settings.Limits
	return &http.Server{
		Handler:                      handler,
		DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout:            limits.HeaderTime,
		ReadTimeout:                  limits.HeaderTime + limits.BodyTime,
		WriteTimeout:                 limits.RequestTime + limits.AnswerTime,
		IdleTimeout:                  limits.IdleTime,
		MaxHeaderBytes:               maxHeaders,
		ConnState:                    noteState,
		// A peer that is gone, or takes nothing in, is found out by its silence.
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: maxStreams, WriteByteTimeout: limits.AnswerTime,
			SendPingTimeout: limits.IdleTime, PingTimeout: limits.HeaderTime,
		},
		ErrorLog: slog.NewLogLogger(s.settings.Log.Handler(), slog.LevelWarn),
	}
}

// Run serves until the context ends, then lets the requests under way finish
// and closes the store. A server runs once.
func (s *Server) Run(ctx context.Context) error {
	s.settings.Log.Info("listening", "address", s.Addr().String(), "operator", s.OperatorAddr().String(), "version", s.settings.Version, "profile", s.settings.Profile)
	s.warn(ctx)
	ended := make(chan error, 2*len(s.fronts))
	for _, f := range s.fronts {
		for _, p := range f.parts {
			go func() { ended <- p.http.Serve(p.on) }()
		}
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
	for _, f := range s.fronts {
		ended := make(chan error, len(f.parts))
		for _, p := range f.parts {
			go func() { ended <- s.end(grace, p) }()
		}
		for range f.parts {
			if err := <-ended; err != nil {
				failures = append(failures, fmt.Errorf("stop serving %s: %w", f.on.Addr(), err))
			}
		}
		if !f.guests.part(grace) {
			s.warnCutOff()
		}
	}
	return errors.Join(failures...)
}

func (s *Server) end(grace context.Context, p part) error {
	err := p.http.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		s.warnCutOff()
		err = p.http.Close()
	}
	return err
}

func (s *Server) warnCutOff() {
	s.settings.Log.Warn("requests were cut off: they did not finish in time", "grace", graceTime.String())
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
func (s *Server) URL() string { return s.baseURL(s.Addr()) }

// OperatorURL is where callers on this machine find health and metrics.
func (s *Server) OperatorURL() string {
	operator := s.fronts[len(s.fronts)-1]
	return baseURL(operator.on.Addr(), len(operator.parts) > 1)
}

// PublicURL is where callers find the API.
func (s *Server) PublicURL() string { return s.publicURL(s.Addr()) }

// CAFile is the certificate of the authority that callers of a development
// server have to trust; empty: none.
func (s *Server) CAFile() string {
	if !s.settings.Development || !s.settings.TLS {
		return ""
	}
	return absolute(filepath.Join(s.settings.Data, caFile))
}

// baseURL is where callers on this machine find an API that listens there.
func (s *Server) baseURL(api net.Addr) string {
	return baseURL(api, s.settings.Development && s.settings.TLS || s.settings.TLSCert != "")
}

func (s *Server) publicURL(api net.Addr) string {
	if s.settings.PublicURL != "" {
		return s.settings.PublicURL
	}
	return s.baseURL(api)
}

// SharedDatabase is the PostgreSQL that keeps the shop, without its secrets; ""
// where a file does.
func (s *Server) SharedDatabase() string {
	if !sqlstore.IsPostgres(s.settings.Database) {
		return ""
	}
	return sqlstore.Redacted(s.settings.Database)
}

// DemoIsNew says whether this start made the demo world.
func (s *Server) DemoIsNew() bool { return s.newDemo }

// ready says how the server stands, and logs what the answer hides.
func (s *Server) ready(ctx context.Context) extension.Readiness {
	told := extension.Readiness{Status: extension.Ready, Store: extension.Ready}
	issuers, speaks := s.readyIssuers()
	told.Issuers, told.Failing = issuers, int(s.keeper.failing.Load())
	err := s.store.Ready(ctx)
	if err != nil {
		told.Store = extension.Unavailable
	}
	switch {
	case s.stopping.Load():
		told.Status = extension.Stopping
	case err != nil || !speaks:
		told.Status = extension.Unavailable
	}
	switch was := s.unready.Swap(err != nil); {
	case told.Status == extension.Stopping:
	case err != nil && !was:
		s.settings.Log.Error("not ready", "error", err)
	case err == nil && was:
		s.settings.Log.Info("ready again")
	}
	return told
}

// warn says aloud what the owner should know before others come.
func (s *Server) warn(ctx context.Context) {
	log := s.settings.Log
	if loopback, err := isLoopback(s.Addr().String()); err == nil && !loopback {
		if s.settings.Development {
			log.Warn("listening beyond this machine: whoever reaches this address gets tokens", "address", s.Addr().String())
		} else if s.settings.TLSCert == "" {
			log.Warn("listening beyond this machine over plain http: a TLS proxy must stand in front, or tokens can be read on the way; or bring a certificate: --tls-cert and --tls-key",
				"address", s.Addr().String())
		}
	}
	if s.settings.Development {
		return
	}
	if u, err := url.Parse(s.settings.PublicURL); err == nil && u.Scheme == "http" && !loopbackHost(u.Hostname()) {
		log.Warn("the public address is one of plain http: tokens can be read on the way", "address", s.settings.PublicURL)
	}
	if loopback, err := isLoopback(s.OperatorAddr().String()); err == nil && !loopback {
		text := "the operator's door, health and metrics can be reached beyond this machine"
		if s.settings.TLSCert == "" {
			text += " over plain http: operator keys can be read on the way; keep it on 127.0.0.1, or bring a certificate: --tls-cert and --tls-key"
		}
		log.Warn(text, "address", s.OperatorAddr().String())
	}
	if s.settings.SealKeyFile == "" {
		log.Warn("no customers can be created: there is no key to seal their one-time passwords with; --seal-key-file seal.key makes one")
	}
	worlds, err := s.worlds(ctx)
	if err == nil && len(worlds) == 0 {
		log.Warn(s.commands.In("no tenant is known yet: the store holds no world, so every token will be refused; this makes one: provost world create --tenant GUID --kind production"))
	}
}
