package server

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"provost/partnercenter"
)

// secured takes TLS connections from a listener and hands each to the server of
// the protocol that was agreed on: net/http must see a *tls.Conn to speak
// HTTP/2, and a conn of ours to have its bare answers replaced in HTTP/1.
type secured struct {
	on     net.Listener
	guests *guests
	config *tls.Config
	speech speech
	// patience is how long a handshake may take.
	patience time.Duration
	log      *slog.Logger

	begin, end sync.Once
	one, two   chan net.Conn
	ended      chan struct{}
	failure    error
}

// http2 is HTTP/2's name in the handshake.
const http2 = "h2"

func newSecured(on net.Listener, guests *guests, shown certificate, speech speech, patience time.Duration, log *slog.Logger) *secured {
	return &secured{
		on:       on,
		guests:   guests,
		config:   &tls.Config{GetCertificate: shown, MinVersion: tls.VersionTLS12, NextProtos: []string{http2, "http/1.1"}},
		speech:   speech,
		patience: patience,
		log:      log,
		one:      make(chan net.Conn),
		two:      make(chan net.Conn),
		ended:    make(chan struct{}),
	}
}

// branch is where the connections of one protocol come out.
type branch struct {
	*secured
	conns chan net.Conn
}

func (b branch) Accept() (net.Conn, error) {
	b.begin.Do(func() { go b.accept() })
	select {
	case c := <-b.conns:
		return c, nil
	case <-b.ended:
		return nil, b.failure
	}
}

// Close closes the listener for both protocols.
func (b branch) Close() (err error) {
	b.stop(net.ErrClosed, func() { err = b.on.Close() })
	return err
}

func (b branch) Addr() net.Addr { return b.on.Addr() }

func (s *secured) stop(why error, also func()) {
	s.end.Do(func() {
		s.failure = why
		close(s.ended)
		also()
	})
}

const (
	acceptWait    = 5 * time.Millisecond
	maxAcceptWait = time.Second
)

// accept greets whoever connects. What keeps it from taking the next one, such
// as too many open files, passes; the end of the listener does not.
func (s *secured) accept() {
	wait := acceptWait
	for {
		c, err := s.guests.accept(s.on)
		switch {
		case err == nil:
			wait = acceptWait
			go s.greet(c)
		case errors.Is(err, net.ErrClosed):
			s.stop(err, func() {})
			return
		default:
			s.log.Warn("cannot take a connection", "error", err, "again", wait)
			select {
			case <-s.ended:
				return
			case <-time.After(wait):
				wait = min(2*wait, maxAcceptWait)
			}
		}
	}
}

func (s *secured) greet(raw net.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), s.patience)
	defer cancel()
	c := tls.Server(raw, s.config)
	if err := c.HandshakeContext(ctx); err != nil {
		s.log.Debug("no TLS with a caller", "caller", raw.RemoteAddr().String(), "error", err)
		s.refusePlain(raw, err)
		_ = raw.Close()
		return
	}
	state := c.ConnectionState()
	to, out := s.one, net.Conn(&securedConn{conn: conn{Conn: c, speech: s.speech}, state: state})
	if state.NegotiatedProtocol == http2 {
		to, out = s.two, c
	}
	select {
	case to <- out:
	case <-s.ended:
		_ = out.Close()
	}
}

// refusePlain answers who speaks plain http to this address.
func (s *secured) refusePlain(raw net.Conn, err error) {
	var header tls.RecordHeaderError
	if !errors.As(err, &header) || header.Conn == nil || !startsHTTP(header.RecordHeader) {
		return
	}
	if raw.SetDeadline(time.Now().Add(drainTime)) != nil {
		return
	}
	if _, err := raw.Write(s.speech.refuse(partnercenter.ErrInput.About("this address speaks https: begin its URL with https://"))); err == nil {
		(&conn{Conn: raw}).drain()
	}
}

// startsHTTP says whether what stands where a TLS record begins is the begin of
// a request.
func startsHTTP(header [5]byte) bool {
	switch string(header[:]) {
	case "GET /", "HEAD ", "POST ", "PUT /", "PATCH", "DELET", "OPTIO", "PRI *":
		return true
	}
	return false
}

// securedConn is a TLS connection that speaks HTTP/1.
type securedConn struct {
	conn
	state tls.ConnectionState
}

// ConnectionState lets net/http tell handlers of the TLS that they are behind.
func (c *securedConn) ConnectionState() tls.ConnectionState { return c.state }
