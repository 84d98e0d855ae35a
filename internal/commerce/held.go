package commerce

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// held are changes and subscriptions in the hand of a batch: read ahead in few
// pieces, and what becomes of them is written in few pieces too, since a
// statement for each costs more than the row does. Each row that was read is
// given away once, so that nobody shares it; whatever else looks at the tables
// has the writes that are held done first.
type held struct {
	Tx
	world string
	// changes and subscriptions are read and not given yet.
	changes       map[string]Change
	subscriptions map[SubscriptionID]Subscription
	// open are the unsettled changes that were given and are unchanged since, and
	// versions are those of the subscriptions that were.
	open     map[string]bool
	versions map[SubscriptionID]int64
	// changed and updated are yet to be written; the keys say which they are, and
	// changedOf whose the changes.
	changed     []Change
	updated     []SubscriptionUpdate
	changedKeys map[string]bool
	changedOf   map[SubscriptionID]bool
	updatedKeys map[SubscriptionID]bool
	// What was given or written once is not taken from a piece any more that shows
	// how things stood before.
	touchedChanges       map[string]bool
	touchedSubscriptions map[SubscriptionID]bool
}

func newHeld(tx Tx, world string) *held {
	return &held{
		Tx: tx, world: folded(world),
		changes: map[string]Change{}, subscriptions: map[SubscriptionID]Subscription{},
		open: map[string]bool{}, versions: map[SubscriptionID]int64{},
		changedKeys: map[string]bool{}, changedOf: map[SubscriptionID]bool{}, updatedKeys: map[SubscriptionID]bool{},
		touchedChanges: map[string]bool{}, touchedSubscriptions: map[SubscriptionID]bool{},
	}
}

func (h *held) Changes() ChangeTable             { return heldChanges{h, h.Tx.Changes()} }
func (h *held) Subscriptions() SubscriptionTable { return heldSubscriptions{h, h.Tx.Subscriptions()} }

// has says whether what a due row begins with is at hand.
func (h *held) has(d Due) (there bool) {
	if d.Kind == DueStep {
		_, there = h.changes[folded(d.Subject)]
	} else {
		_, there = h.subscriptions[subscriptionOf(d.Subject)]
	}
	return there
}

// subscriptionOf is the inverse of dueSubject.
func subscriptionOf(subject string) SubscriptionID {
	customer, id, _ := strings.Cut(subject, "/")
	return SubscriptionID{customer, id}
}

func (s SubscriptionID) folded() SubscriptionID {
	return SubscriptionID{folded(s.Customer), folded(s.ID)}
}

func (c Change) of() SubscriptionID { return SubscriptionID{c.Customer, c.Subscription}.folded() }

func (s Subscription) key() SubscriptionID {
	return SubscriptionID{s.Customer, s.Resource.ID}.folded()
}

// readAhead takes in hand what due rows begin with, as the tables have it now.
func (h *held) readAhead(ctx context.Context, rows []Due) (piece, error) {
	if err := h.flush(ctx); err != nil {
		return piece{}, err
	}
	changes, subscriptions := startsWith(slices.DeleteFunc(slices.Clone(rows), h.has))
	p, err := readPiece(ctx, h.Tx, h.world, changes, subscriptions)
	if err != nil {
		return piece{}, err
	}
	for _, c := range p.changes {
		h.changes[folded(c.ID)] = c
	}
	for _, s := range p.subscriptions {
		if _, there := h.subscriptions[s.key()]; !there {
			h.subscriptions[s.key()] = s
		}
	}
	return p, nil
}

// land takes a piece in hand that was read beside the batch, but for what the
// batch has touched.
func (h *held) land(p piece) {
	for _, c := range p.changes {
		if key := folded(c.ID); !h.touchedChanges[key] {
			h.changes[key] = c
		}
	}
	for _, s := range p.subscriptions {
		if key := s.key(); !h.touchedSubscriptions[key] {
			h.subscriptions[key] = s
		}
	}
}

// flush writes what is held.
func (h *held) flush(ctx context.Context) error {
	changed, updated := h.changed, h.updated
	h.changed, h.updated = nil, nil
	clear(h.changedKeys)
	clear(h.changedOf)
	clear(h.updatedKeys)
	if err := h.Tx.Changes().UpdateAll(ctx, changed); err != nil {
		return &batchFailure{fmt.Errorf("update %d changes: %w", len(changed), err)}
	}
	if err := h.Tx.Subscriptions().UpdateAll(ctx, updated); err != nil {
		return &batchFailure{fmt.Errorf("update %d subscriptions: %w", len(updated), err)}
	}
	return nil
}

func (h *held) flushIf(ctx context.Context, needed bool) error {
	if !needed {
		return nil
	}
	return h.flush(ctx)
}

// heldChanges and heldSubscriptions embed nothing, so that no way into the
// tables is left open by which a held write would not be seen.
type heldChanges struct {
	*held
	table ChangeTable
}

func (h heldChanges) Insert(ctx context.Context, c Change) error {
	key := folded(c.ID)
	delete(h.changes, key)
	delete(h.open, key)
	h.touchedChanges[key] = true
	if err := h.flushIf(ctx, h.changedOf[c.of()]); err != nil {
		return err
	}
	return h.table.Insert(ctx, c)
}

func (h heldChanges) Update(ctx context.Context, c Change) error {
	key := folded(c.ID)
	delete(h.changes, key)
	h.touchedChanges[key] = true
	if h.open[key] && folded(c.World) == h.world {
		delete(h.open, key)
		h.changedKeys[key], h.changedOf[c.of()] = true, true
		h.changed = append(h.changed, c)
		return nil
	}
	if err := h.flushIf(ctx, h.changedKeys[key]); err != nil {
		return err
	}
	return h.table.Update(ctx, c)
}

func (h heldChanges) UpdateAll(ctx context.Context, all []Change) error {
	for _, c := range all {
		if err := h.Update(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

func (h heldChanges) ByID(ctx context.Context, world, id string) (Change, error) {
	key := folded(id)
	h.touchedChanges[key] = true
	if c, there := h.changes[key]; there && folded(world) == h.world {
		delete(h.changes, key)
		h.open[key] = !c.Settled()
		return c, nil
	}
	if err := h.flushIf(ctx, h.changedKeys[key]); err != nil {
		return Change{}, err
	}
	return h.table.ByID(ctx, world, id)
}

func (h heldChanges) ByIDs(ctx context.Context, world string, ids []string) ([]Change, error) {
	if err := h.flush(ctx); err != nil {
		return nil, err
	}
	return h.table.ByIDs(ctx, world, ids)
}

func (h heldChanges) Unsettled(ctx context.Context, world, customer, subscription string) (bool, error) {
	if err := h.flushIf(ctx, h.changedOf[SubscriptionID{customer, subscription}.folded()]); err != nil {
		return false, err
	}
	return h.table.Unsettled(ctx, world, customer, subscription)
}

func (h heldChanges) Of(ctx context.Context, world, customer, subscription string) ([]Change, error) {
	if err := h.flush(ctx); err != nil {
		return nil, err
	}
	return h.table.Of(ctx, world, customer, subscription)
}

func (h heldChanges) Outstanding(ctx context.Context, world string) (int, error) {
	if err := h.flush(ctx); err != nil {
		return 0, err
	}
	return h.table.Outstanding(ctx, world)
}

func (h heldChanges) Outside(ctx context.Context, world string) ([]Change, error) {
	if err := h.flush(ctx); err != nil {
		return nil, err
	}
	return h.table.Outside(ctx, world)
}

func (h heldChanges) Purchases(ctx context.Context, world, customer, order string) ([]Change, error) {
	if err := h.flush(ctx); err != nil {
		return nil, err
	}
	return h.table.Purchases(ctx, world, customer, order)
}

func (h heldChanges) PurchaseOf(ctx context.Context, world, customer, order string, line int) (Change, error) {
	if err := h.flush(ctx); err != nil {
		return Change{}, err
	}
	return h.table.PurchaseOf(ctx, world, customer, order, line)
}

func (h heldChanges) All(world string) Rows[Change] {
	return flushed[Change]{h.table.All(world), h.held}
}

type heldSubscriptions struct {
	*held
	table SubscriptionTable
}

func (h heldSubscriptions) Insert(ctx context.Context, s Subscription) error {
	h.touchedSubscriptions[s.key()] = true
	return h.table.Insert(ctx, s)
}

func (h heldSubscriptions) Update(ctx context.Context, s Subscription, version int64) error {
	key := s.key()
	delete(h.subscriptions, key)
	h.touchedSubscriptions[key] = true
	if was, given := h.versions[key]; given && was == version && folded(s.World) == h.world {
		delete(h.versions, key)
		if s.Provisioning != nil {
			s.Provisioning = new(*s.Provisioning)
		}
		h.updatedKeys[key] = true
		h.updated = append(h.updated, SubscriptionUpdate{s, version})
		return nil
	}
	if err := h.flushIf(ctx, h.updatedKeys[key]); err != nil {
		return err
	}
	return h.table.Update(ctx, s, version)
}

func (h heldSubscriptions) UpdateAll(ctx context.Context, all []SubscriptionUpdate) error {
	for _, u := range all {
		if err := h.Update(ctx, u.Subscription, u.Was); err != nil {
			return err
		}
	}
	return nil
}

func (h heldSubscriptions) ByID(ctx context.Context, world, customer, id string) (Subscription, error) {
	key := SubscriptionID{customer, id}.folded()
	h.touchedSubscriptions[key] = true
	if s, there := h.subscriptions[key]; there && folded(world) == h.world {
		delete(h.subscriptions, key)
		h.versions[key] = s.Version
		return s, nil
	}
	if err := h.flushIf(ctx, h.updatedKeys[key]); err != nil {
		return Subscription{}, err
	}
	return h.table.ByID(ctx, world, customer, id)
}

func (h heldSubscriptions) ByIDs(ctx context.Context, world string, ids []SubscriptionID) ([]Subscription, error) {
	if err := h.flush(ctx); err != nil {
		return nil, err
	}
	return h.table.ByIDs(ctx, world, ids)
}

func (h heldSubscriptions) List(ctx context.Context, q SubscriptionQuery) ([]Subscription, error) {
	if err := h.flush(ctx); err != nil {
		return nil, err
	}
	return h.table.List(ctx, q)
}

func (h heldSubscriptions) Provisioning(ctx context.Context, world, customer, id string) (*Provisioning, error) {
	if err := h.flush(ctx); err != nil {
		return nil, err
	}
	return h.table.Provisioning(ctx, world, customer, id)
}

func (h heldSubscriptions) ProvisioningIn(ctx context.Context, world, customer, id string) (ProvisioningInWorld, error) {
	if err := h.flush(ctx); err != nil {
		return ProvisioningInWorld{}, err
	}
	return h.table.ProvisioningIn(ctx, world, customer, id)
}

func (h heldSubscriptions) All(world string) Rows[Subscription] {
	return flushed[Subscription]{h.table.All(world), h.held}
}

// flushed are rows that are walked through once what is held is written.
type flushed[T any] struct {
	Rows[T]
	held *held
}

func (f flushed[T]) Count(ctx context.Context) (int64, error) {
	if err := f.held.flush(ctx); err != nil {
		return 0, err
	}
	return f.Rows.Count(ctx)
}

func (f flushed[T]) Page(ctx context.Context, after Place, limit int) ([]T, Place, error) {
	if err := f.held.flush(ctx); err != nil {
		return nil, nil, err
	}
	return f.Rows.Page(ctx, after, limit)
}
