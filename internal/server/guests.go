package server

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"provost/partnercenter"
)

// guests are the connections of one listener. Where there is no room for another,
// one that waits for its next request makes it, the longest-waiting first: idle
// connections keep nobody out. Where all are at work, the new one is refused.
type guests struct {
	most int
	// refuse is nil where words would not be understood.
	refuse refuser

	mu   sync.Mutex
	here map[*guest]struct{}
	// sending are refusals on their way.
	sending atomic.Int64
	refused atomic.Int64
	// parting are those that leave once an answer is there.
	parting atomic.Int64
}

// guest is one connection.
type guest struct {
	net.Conn
	of *guests
	// waits is since when it waits for a request, in nanoseconds; 0: one is under
	// way.
	waits atomic.Int64
}

const (
	// leastWait is how long a connection waits for a request before it has to make
	// room: whoever has just come, or been answered, may be about to send one.
	leastWait = time.Second
	// maxSending bounds what telling callers that there is no room may take.
	maxSending = 64
	// partWait is how often those that leave are counted.
	partWait = 5 * time.Millisecond
)

func newGuests(most int, refuse refuser) *guests {
	return &guests{most: most, refuse: refuse, here: map[*guest]struct{}{}}
}

// accept takes the listener's next connection for which there is room.
func (g *guests) accept(on net.Listener) (*guest, error) {
	for {
		c, err := on.Accept()
		if err != nil {
			return nil, err
		}
		if in := g.admit(c); in != nil {
			return in, nil
		}
		g.turnAway(c)
	}
}

func (g *guests) admit(c net.Conn) *guest {
	in := &guest{Conn: c, of: g}
	now := time.Now().UnixNano()
	in.waits.Store(now)
	var leaves *guest
	g.mu.Lock()
	full := len(g.here) >= g.most
	if full {
		leaves = g.longest(now - leastWait.Nanoseconds())
	}
	if full && leaves == nil {
		g.mu.Unlock()
		return nil
	}
	delete(g.here, leaves)
	g.here[in] = struct{}{}
	g.mu.Unlock()
	if leaves != nil {
		_ = leaves.Conn.Close() // net/http hears of it, and ends what it keeps for it
	}
	return in
}

// longest is who waits for the longest time, and since before then; nil: nobody.
func (g *guests) longest(before int64) (found *guest) {
	for in := range g.here {
		if since := in.waits.Load(); since != 0 && since < before {
			found, before = in, since
		}
	}
	return found
}

// turnAway tells a caller that there is no room, unless too many are being told.
func (g *guests) turnAway(c net.Conn) {
	g.refused.Add(1)
	if g.refuse == nil {
		_ = c.Close()
		return
	}
	if g.sending.Add(1) > maxSending {
		g.sending.Add(-1)
		_ = c.Close()
		return
	}
	go func() {
		defer g.sending.Add(-1)
		defer c.Close()
		if c.SetDeadline(time.Now().Add(drainTime)) != nil {
			return
		}
		if _, err := c.Write(g.refuse(partnercenter.ErrUnavailable)); err == nil {
			(&conn{Conn: c}).drain()
		}
	}()
}

func (g *guests) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.here)
}

// part waits for those that leave once an answer is there, and says whether they
// have left in time.
func (g *guests) part(ctx context.Context) bool {
	for g.parting.Load() > 0 {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(partWait):
		}
	}
	return true
}

// Close gives the room back.
func (in *guest) Close() error {
	in.of.mu.Lock()
	delete(in.of.here, in)
	in.of.mu.Unlock()
	return in.Conn.Close()
}

// CloseWrite is what net/http calls to say that it will write no more.
func (in *guest) CloseWrite() error {
	if half, ok := in.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return net.ErrClosed
}

// noteState hears from net/http which connections wait for a request: those that
// are new, and have sent no whole head yet, and those that were answered.
func noteState(c net.Conn, state http.ConnState) {
	in := guestOf(c)
	if in == nil {
		return
	}
	switch state {
	case http.StateActive:
		in.waits.Store(0)
	case http.StateIdle:
		in.waits.Store(time.Now().UnixNano())
		switch c := c.(type) {
		case *conn:
			c.rests()
		case *securedConn:
			c.rests()
		}
	}
}

// guestOf finds the guest below what net/http was given.
func guestOf(c net.Conn) *guest {
	switch c := c.(type) {
	case *guest:
		return c
	case *conn:
		return guestOf(c.Conn)
	case *securedConn:
		return guestOf(c.Conn)
	case *tls.Conn:
		return guestOf(c.NetConn())
	}
	return nil
}
