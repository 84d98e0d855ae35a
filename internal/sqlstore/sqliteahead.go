package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"slices"
)

// Whoever is in front keeps all others waiting. So a write does there what has to
// be done there, and no more: what it begins with it reads before, beside others,
// and what it leaves it puts off until it ends. It comes to the front to do that in
// one go, where what it has read counts if nobody has changed it since. That is
// rare; then, and where a statement does not do what was taken for granted, all of
// it is done anew, in front.

// errOutdated says that what was read beforehand is not so any more.
var errOutdated = errors.New("another write has changed what this one has read beforehand")

// foresight is what a part has read before it is in front, and has put off.
type foresight struct {
	pending []postponed
	known   known
	// of is whose rows were read, at which generation; read says that any were.
	of         concern
	generation uint64
	read       bool
}

// foresee reads while others are in front. When nobody is, the part comes to the
// front, and reads there.
func (p *part) foresee(ctx context.Context, of concern, all []question) error {
	if p.sure || p.group != nil || len(p.pending) > 0 {
		return nil
	}
	w := p.writers
	if w.enterIfFree() {
		// Nobody is beside it by whom anything could have changed.
		if err := p.arrive(); err != nil {
			return err
		}
		p.known = w.lookers.standing(ctx, w.generations.everyone.Load(), all)
		return nil
	}
	all = slices.DeleteFunc(all, func(q question) bool { return askedOf(q.text) == nobody })
	everyones, generation := w.generations.everyone.Load(), w.generations.at(of)
	answers, err := w.lookers.ask(ctx, everyones, all)
	if err != nil {
		return nil //nolint:nilerr // it is asked again in front, and fails there if it has to
	}
	p.known, p.of, p.generation, p.read = answers, of, generation, true
	return nil
}

// enterIfFree takes the place in front unless it is taken.
func (w *writers) enterIfFree() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.taken {
		return false
	}
	w.taken = true
	return true
}

// outdated says whether what was read beforehand may have changed since: by what
// was committed, or by what the others of the group have done.
func (p *part) outdated() bool {
	if !p.read {
		return false
	}
	open := p.writers.open
	return p.writers.generations.at(p.of) != p.generation || open != nil && open.changed.touches(p.of)
}

// postpone puts a statement off, with its parameters made plain: not in front.
func (p *part) postpone(s postponed) bool {
	if p.sure || plainAll(s.args) != nil {
		return false
	}
	p.known.forget(s.text)
	p.pending = append(p.pending, s)
	return true
}

func (p *part) amend(text string, amend func(args []any) bool) bool {
	for _, s := range p.pending {
		if s.text == text && amend(s.args) {
			return true
		}
	}
	return false
}

func (p *part) settle(context.Context) error {
	if len(p.pending) == 0 {
		return nil
	}
	return p.front()
}

// front comes to the front, unless the part is there, and does what was put off.
func (p *part) front() error {
	if p.group == nil {
		if err := p.enter(); err != nil {
			return err
		}
	}
	pending := p.pending
	p.pending = nil
	if len(pending) == 0 {
		return nil
	}
	return p.group.conn.Raw(func(conn any) error { return conn.(*connection).carryOut(pending) })
}

// carryOut runs what was put off: its parameters are plain, and need no detour by
// database/sql.
func (c *connection) carryOut(all []postponed) error {
	var named []driver.NamedValue
	for _, p := range all {
		s, err := c.statement(context.Background(), p.text)
		if err != nil {
			return err
		}
		named = named[:0]
		for i, arg := range p.args {
			named = append(named, driver.NamedValue{Ordinal: i + 1, Value: arg})
		}
		result, err := s.ExecContext(context.Background(), named)
		if err != nil {
			return err
		}
		if changed, err := result.RowsAffected(); err != nil || int(changed) != p.rows {
			return errors.Join(err, &mistakenError{p.fail})
		}
	}
	return nil
}

// queue stands in the line with a part that has only what it put off to do. It is
// over when another has carried that out; else it is in front.
func (p *part) queue() (over bool, err error) {
	w := p.writers
	if len(p.pending) == 0 {
		return true, nil // nothing is to be done
	}
	me := &waiter{part: p, front: make(chan struct{})}
	if !w.standIn(me) {
		return false, p.arrive()
	}
	if err := w.await(p.ctx, me); me.carried || err != nil {
		return true, err
	}
	return false, p.arrive()
}

// standIn puts a waiter into the line, unless nobody is in front any more.
func (w *writers) standIn(p *waiter) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.taken {
		w.taken = true
		return false
	}
	w.waiting = append(w.waiting, p)
	return true
}

// carryOthers carries out the parts of those who are next, as far as all that they
// have to do is known: to call each to the front takes longer than to do it. It says
// whether the transaction is still there.
func (w *writers) carryOthers(g *group) bool {
	for {
		w.mu.Lock()
		if !w.takesMore(g) || w.waiting[0].part == nil {
			w.mu.Unlock()
			return true
		}
		next := w.takeNext()
		w.mu.Unlock()
		next.carried = true
		if !w.carry(g, next) {
			return false
		}
	}
}

// carry carries a part out on behalf of who waits, who hears of it when the group
// has ended.
func (w *writers) carry(g *group, next *waiter) bool {
	p := next.part
	if next.err = p.ctx.Err(); next.err == nil && p.outdated() {
		next.err = &mistakenError{errOutdated}
	}
	if next.err != nil {
		close(next.front) // nothing was done
		return true
	}
	g.carried = append(g.carried, next)
	pending := p.pending
	err := g.do("SAVEPOINT part")
	if err == nil {
		next.err = g.conn.Raw(func(conn any) error { return conn.(*connection).carryOut(pending) })
		if next.err != nil {
			err = g.do("ROLLBACK TO part")
		}
	}
	if err == nil {
		err = g.do("RELEASE part")
	}
	if err != nil {
		next.err = nil // it is lost with the others
		w.lose(err)
		return false
	}
	if next.err == nil {
		g.parts++
		g.changed.add(p.concerned)
	}
	return true
}
