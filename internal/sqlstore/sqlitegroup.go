package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"time"
)

// SQLite lets one write at a time, and waits for the disk at each commit. So those
// who write stand in a line; who is in front does its part, each part within a
// savepoint of its own, and hands the transaction to the next. Who has nobody to
// hand it to commits for all, and then all hear of it: while one commit waits for
// the disk, the next line forms. Nobody waits for company.

const (
	// mostParts and longestGroup bound for how many others, and how long, one waits
	// until the commit begins.
	mostParts    = 128
	longestGroup = 10 * time.Millisecond
)

// errLost says that a transaction ended that several shared, by what became of
// another's part.
var errLost = errors.New("another write took the shared transaction along")

// writers stand in a line for the one connection that writes.
type writers struct {
	pool *sql.DB
	// longest is how old a group becomes.
	longest time.Duration

	// generations grow by what was committed.
	generations *generations
	// lookers read for those who are not in front, and filer takes into the file what
	// was written.
	lookers *lookers
	filer   *filer

	mu sync.Mutex
	// taken says that somebody is in front.
	taken   bool
	waiting []*waiter

	// open is the transaction with which who is in front goes on; nil: none. It
	// belongs to who is in front.
	open *group
}

// waiter is one in the line.
type waiter struct {
	alone bool
	// part, where there is one, has only what it put off to do: whoever is in front
	// may carry it out ([writers.carry]).
	part *part
	// front is closed when the waiter is in front, or was carried out.
	front   chan struct{}
	carried bool
	err     error
}

// group is one transaction of several writers.
type group struct {
	conn  *sql.Conn
	began time.Time
	// parts are how many wait for the commit, and changed is what they have changed.
	parts   int
	changed concerned
	// carried are those whose parts another carried out.
	carried []*waiter
	ended   chan struct{}
	// err is how it ended; who waits reads it then.
	err error
}

// part is one writer's part of a group: the [transaction] that it sees. What it
// puts off and reads beforehand, sqliteahead.go says.
type part struct {
	ctx     context.Context
	writers *writers
	// group is nil until the part is in front.
	group *group
	// alone shares with nobody; a sure one takes nothing for granted.
	alone, sure bool
	// saved says that there is a savepoint: the first part needs none, since
	// nothing is there that would have to stay.
	saved, over bool
	foresight
	concerned concerned
}

// begin waits until it is the caller's turn, if it is to be sure of everything. A
// context that ends takes the caller out of the line, and later its own part alone
// out of the group.
func (w *writers) begin(ctx context.Context, alone, sure bool) (transaction, error) {
	p := &part{ctx: ctx, writers: w, alone: alone, sure: sure}
	if !sure {
		return p, nil
	}
	return p, p.enter()
}

// enter waits until the part is in front.
func (p *part) enter() error {
	if err := p.writers.enter(p.ctx, p.alone); err != nil {
		return err
	}
	return p.arrive()
}

// arrive has a transaction for the part, which is in front: its own, or one that
// others share.
func (p *part) arrive() error {
	w := p.writers
	if p.outdated() {
		w.goOn(false)
		return &mistakenError{errOutdated}
	}
	if w.open == nil {
		g, err := w.newGroup()
		if err != nil {
			w.goOn(p.alone)
			return err
		}
		w.open, p.group = g, g
		return nil
	}
	p.group, p.saved = w.open, true
	if err := p.do("SAVEPOINT part"); err != nil {
		p.over = true
		w.lose(err)
		return fmt.Errorf("%w: %w", errLost, err)
	}
	return nil
}

// enter waits in the line.
func (w *writers) enter(ctx context.Context, alone bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.mu.Lock()
	if !w.taken {
		w.taken = true
		w.mu.Unlock()
		return nil
	}
	p := &waiter{alone: alone, front: make(chan struct{})}
	w.waiting = append(w.waiting, p)
	w.mu.Unlock()
	return w.await(ctx, p)
}

// await waits in the line until a waiter is in front, or carried out.
func (w *writers) await(ctx context.Context, p *waiter) error {
	select {
	case <-p.front:
	case <-ctx.Done():
		if w.forget(p) {
			return ctx.Err()
		}
		<-p.front // its turn has come meanwhile
	}
	if p.carried {
		return p.err
	}
	if err := ctx.Err(); err != nil {
		w.goOn(false)
		return err
	}
	return nil
}

// forget takes a waiter out of the line, if it still stands there.
func (w *writers) forget(p *waiter) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, other := range w.waiting {
		if other == p {
			w.waiting = append(w.waiting[:i], w.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// goOn lets the next one in: to the transaction that is open, or when that is
// committed.
func (w *writers) goOn(alone bool) {
	if g := w.open; g != nil {
		if !alone && !w.carryOthers(g) {
			return // it is lost
		}
		if w.handOn(g, alone) {
			return // what is open is the next one's by now
		}
		w.end(g, g.commit())
	}
	w.leave()
}

// handOn lets the next one go on with a transaction, unless it has to be
// committed first.
func (w *writers) handOn(g *group, alone bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if alone || !w.takesMore(g) {
		return false
	}
	w.callNext()
	return true
}

// takesMore says whether the next one in the line goes on with a transaction.
func (w *writers) takesMore(g *group) bool {
	return len(w.waiting) > 0 && !w.waiting[0].alone && g.parts < mostParts && time.Since(g.began) < w.longest
}

// leave lets the next one begin.
func (w *writers) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.taken = len(w.waiting) > 0; w.taken {
		w.callNext()
	}
}

func (w *writers) callNext() { close(w.takeNext().front) }

func (w *writers) takeNext() *waiter {
	next := w.waiting[0]
	w.waiting = w.waiting[1:]
	return next
}

// lose ends a transaction that cannot go on: those whose parts were in it do
// them anew.
func (w *writers) lose(err error) {
	g := w.open
	g.rollback()
	w.end(g, fmt.Errorf("%w: %w", errLost, err))
	w.leave()
}

// end tells all who wait for a transaction what has become of it.
func (w *writers) end(g *group, err error) {
	w.open = nil
	w.generations.grow(g.changed) // whatever became of it: a commit that failed may have been carried out
	g.err = err
	close(g.ended)
	for _, p := range g.carried {
		switch {
		case p.err == nil:
			p.err = err
		case err != nil: // what it was refused for is lost
			p.err = fmt.Errorf("%w: %w", errLost, err)
		}
		close(p.front)
	}
	if err == nil && w.filer.rest.Swap(false) {
		_ = g.do("PRAGMA wal_checkpoint(PASSIVE)") // or a later one
	}
	_ = g.conn.Close() // it goes back to the pool
	w.filer.grown()
}

// newGroup begins a transaction. What waits for it may end, and it goes on.
func (w *writers) newGroup() (*group, error) {
	conn, err := w.pool.Conn(context.Background())
	if err != nil {
		return nil, err
	}
	g := &group{conn: conn, began: time.Now(), ended: make(chan struct{})}
	if err := g.do("BEGIN IMMEDIATE"); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return g, nil
}

func (g *group) do(text string) error {
	_, err := g.conn.ExecContext(context.Background(), text)
	return err
}

func (g *group) commit() error {
	err := g.do("COMMIT")
	if err != nil {
		g.rollback()
	}
	return err
}

// rollback takes all parts back. A connection that cannot is not used again; nor
// is one whose transaction SQLite has taken back by itself, which looks the same.
func (g *group) rollback() {
	if g.do("ROLLBACK") != nil {
		_ = g.conn.Raw(func(any) error { return driver.ErrBadConn })
	}
}

func (p *part) do(text string) error { return p.group.do(text) }

// changes notes what a commit changes.
func (p *part) changes(of concerned) { p.concerned = of }

// commit returns when the whole group's is done.
func (p *part) commit() error {
	if err := p.ctx.Err(); err != nil {
		p.rollback()
		return err
	}
	if p.group == nil {
		if over, err := p.queue(); over || err != nil {
			p.over = p.over || over
			return err
		}
	}
	if err := p.front(); err != nil {
		return err
	}
	p.over = true
	w, g := p.writers, p.group
	if p.saved {
		if err := p.do("RELEASE part"); err != nil {
			w.lose(err)
			return g.err
		}
	}
	g.parts++
	g.changed.add(p.concerned)
	w.goOn(p.alone)
	<-g.ended
	return g.err
}

// rollback takes the part back, and leaves the others. It returns when the group
// has ended: why the part was given up may have been read from another's, and is
// told to nobody before that is durable.
func (p *part) rollback() {
	if p.over {
		return
	}
	p.over = true
	if p.group == nil {
		return
	}
	w := p.writers
	if !p.saved {
		p.group.rollback()
		w.end(p.group, errLost) // nobody waits for it
		w.leave()
		return
	}
	err := p.do("ROLLBACK TO part")
	if err == nil {
		err = p.do("RELEASE part")
	}
	if err != nil {
		w.lose(err) // a full disk, for one, takes everything back
		return
	}
	w.goOn(p.alone)
	<-p.group.ended
}

// misled is errLost when what others wrote before is lost.
func (p *part) misled() error {
	p.rollback()
	if p.group == nil || !p.saved || p.group.err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", errLost, p.group.err)
}

// A statement runs to its end, whoever waits for it: SQLite takes back the whole
// transaction where one that writes is interrupted.

func (p *part) exec(ctx context.Context, text string, args ...any) (int64, error) {
	if err := p.left(ctx); err != nil {
		return 0, err
	}
	p.known.forget(text)
	result, err := p.group.conn.ExecContext(context.Background(), text, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (p *part) query(ctx context.Context, text string, args ...any) (rows, error) {
	if answer, there := p.known.to(text, args); there {
		return answer, nil
	}
	if err := p.left(ctx); err != nil {
		return nil, err
	}
	return p.group.conn.QueryContext(context.Background(), text, args...)
}

func (p *part) repeat(ctx context.Context, text string, all repeated) (int64, error) {
	return p.exec(ctx, text, all)
}

// left says why a caller wants no more; who goes on is in front, with all done
// that was put off.
func (p *part) left(ctx context.Context) error {
	if err := p.ctx.Err(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return p.front()
}
