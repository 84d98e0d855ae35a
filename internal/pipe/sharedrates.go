package pipe

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"provost/internal/commerce"
)

// toldFrom is from how many requests on a server hears of what it has not been
// asked for itself. Counts below that are many, and far from the limit.
const toldFrom = rateLimit / 2

// sharing is what a throttle tells other servers, and hears of them.
type sharing struct {
	// ahead is how much later it is on the database's host, whose minutes all
	// servers count in.
	ahead time.Duration
	// counted has a value when there is something to tell; noted says so, too.
	counted chan struct{}
	noted   bool
	// forgotten is the minute whose predecessors are forgotten.
	forgotten time.Time
}

// note is all that a request pays.
func (s *sharing) note() {
	if s.noted {
		return
	}
	s.noted = true
	select {
	case s.counted <- struct{}{}:
	default:
	}
}

// CountWithOthers has the limits hold over all servers of the database, as far as
// [Pipe.ShareCounts] is called when there is a value.
func (p *Pipe) CountWithOthers(ctx context.Context) (counted <-chan struct{}, err error) {
	shared := &sharing{counted: make(chan struct{}, 1)}
	err = p.Service.Store.Read(ctx, func(tx commerce.Tx) (err error) {
		shared.ahead, err = ahead(ctx, tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the database's time: %w", err)
	}
	t := &p.rates
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shared, t.counts = shared, nil
	t.begun = time.Now().Round(0).Add(shared.ahead).Truncate(rateWindow)
	return shared.counted, nil
}

func ahead(ctx context.Context, tx commerce.Tx) (time.Duration, error) {
	here := time.Now().Round(0)
	there, err := tx.RealTime(ctx)
	return there.Sub(here), err
}

// ShareCounts tells other servers what was asked for here since the last time,
// and hears what was asked of them.
func (p *Pipe) ShareCounts(ctx context.Context) error {
	began, counts := p.rates.untold()
	if len(counts) == 0 {
		return nil
	}
	store := p.Service.Store
	err := store.Write(ctx, func(tx commerce.Tx) error { return tx.RequestCounts().Add(ctx, began, counts) })
	if err != nil {
		p.rates.again()
		return fmt.Errorf("tell what was asked for: %w", err)
	}
	p.rates.tell(began, counts)
	var known []commerce.RequestCount
	var late time.Duration
	err = store.Read(ctx, func(tx commerce.Tx) (err error) {
		if late, err = ahead(ctx, tx); err == nil {
			known, err = tx.RequestCounts().AtLeast(ctx, began, toldFrom)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("hear what was asked for: %w", err)
	}
	if !p.rates.hear(began, known, late) {
		return nil
	}
	err = store.Write(ctx, func(tx commerce.Tx) error { return tx.RequestCounts().Forget(ctx, began) })
	if err != nil {
		return fmt.Errorf("forget what was asked for: %w", err)
	}
	return nil
}

// untold gives what others do not know of yet, in an order that all servers
// keep: so none waits for one that waits for it.
func (t *throttle) untold() (began time.Time, counts []commerce.RequestCount) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shared.noted = false
	for key, count := range t.counts {
		if count.own > count.told {
			counts = append(counts, commerce.RequestCount{Kind: key.kind, Partner: key.partner, Customer: key.customer, Requests: count.own - count.told})
		}
	}
	slices.SortFunc(counts, func(a, b commerce.RequestCount) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Partner, b.Partner), cmp.Compare(a.Customer, b.Customer))
	})
	return t.begun, counts
}

// again has what could not be told be told later.
func (t *throttle) again() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shared.note()
}

func (t *throttle) tell(began time.Time, counts []commerce.RequestCount) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.begun.Equal(began) {
		return
	}
	for _, c := range counts {
		key := counted{c.Kind, c.Partner, c.Customer}
		count := t.counts[key]
		count.told += c.Requests
		t.counts[key] = count
	}
}

// hear takes notice of what all servers together were asked for, and says whether
// it is the first time in its minute.
func (t *throttle) hear(began time.Time, known []commerce.RequestCount, ahead time.Duration) (first bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shared.ahead = ahead
	first = !t.shared.forgotten.Equal(began)
	t.shared.forgotten = began
	if !t.begun.Equal(began) {
		return first
	}
	for _, c := range known {
		key := counted{c.Kind, c.Partner, c.Customer}
		count, here := t.counts[key]
		if !here && len(t.counts) >= maxCounters {
			continue
		}
		count.others = max(0, c.Requests-count.told)
		t.counts[key] = count
	}
	return first
}
