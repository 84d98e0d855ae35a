package main

import (
	"errors"
	"net"
	"sync"
	"time"
)

// proxy stands between two that speak TCP, and can hold up or cut what they say.
type proxy struct {
	on     net.Listener
	target string

	mu     sync.Mutex
	pairs  map[*net.TCPConn]*net.TCPConn // by who called
	closed bool
	// until and answersUntil are when what is held up goes on.
	until, answersUntil time.Time
}

func newProxy(target string) (*proxy, error) {
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{on: on, target: target, pairs: map[*net.TCPConn]*net.TCPConn{}}
	go p.serve()
	return p, nil
}

func (p *proxy) address() string { return p.on.Addr().String() }

func (p *proxy) serve() {
	for {
		from, err := p.on.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			go p.join(from.(*net.TCPConn))
		}
	}
}

// join brings a caller together with the target, until one of them has enough.
func (p *proxy) join(from *net.TCPConn) {
	p.wait(false)
	called, err := net.DialTimeout("tcp", p.target, 5*time.Second)
	if err != nil {
		reset(from)
		return
	}
	to := called.(*net.TCPConn)
	p.mu.Lock()
	p.pairs[from] = to
	closed := p.closed
	p.mu.Unlock()
	if closed {
		p.cut()
		return
	}
	var both sync.WaitGroup
	both.Go(func() { p.copy(to, from, false) })
	both.Go(func() { p.copy(from, to, true) })
	both.Wait()
	p.mu.Lock()
	delete(p.pairs, from)
	p.mu.Unlock()
	_, _ = from.Close(), to.Close()
}

func (p *proxy) copy(to, from *net.TCPConn, answers bool) {
	piece := make([]byte, 16<<10)
	for {
		n, err := from.Read(piece)
		if n > 0 {
			p.wait(answers)
			if _, failed := to.Write(piece[:n]); failed != nil {
				reset(from)
				return
			}
		}
		if err != nil {
			_ = to.CloseWrite()
			return
		}
	}
}

// wait waits while a direction is held up.
func (p *proxy) wait(answers bool) {
	for {
		p.mu.Lock()
		until := p.until
		if answers && p.answersUntil.After(until) {
			until = p.answersUntil
		}
		closed := p.closed
		p.mu.Unlock()
		left := time.Until(until)
		if left <= 0 || closed {
			return
		}
		time.Sleep(min(left, 20*time.Millisecond))
	}
}

// stall holds up what is said for so long; answersAlone: what is asked goes
// through, and is done.
func (p *proxy) stall(length time.Duration, answersAlone bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if answersAlone {
		p.answersUntil = time.Now().Add(length)
	} else {
		p.until = time.Now().Add(length)
	}
}

// cut resets every connection, with what is on its way in it.
func (p *proxy) cut() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for from, to := range p.pairs {
		reset(from)
		reset(to)
	}
	return len(p.pairs)
}

// heal lets everything pass again.
func (p *proxy) heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until, p.answersUntil = time.Time{}, time.Time{}
}

func (p *proxy) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	_ = p.on.Close()
	p.cut()
}

// reset closes a connection without saying goodbye.
func reset(c *net.TCPConn) {
	_ = c.SetLinger(0)
	_ = c.Close()
}
