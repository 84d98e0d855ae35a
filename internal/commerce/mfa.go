package commerce

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"provost/partnercenter"
)

// MFAMode says what happens to App+User tokens without multifactor
// authentication.
type MFAMode string

// What such a token meets: nothing, a line in the report, a refusal.
const (
	MFAOff     MFAMode = "off"
	MFAReport  MFAMode = "report"
	MFAEnforce MFAMode = "enforce"
)

// MFAPercent is the share in effect: for how many percent of the users
// MFAEnforce refuses.
func (s WorldSettings) MFAPercent() int {
	if s.MFAShare <= 0 || s.MFAShare > 100 {
		return 100
	}
	return s.MFAShare
}

// EnforcesMFA says whether the world refuses the user's calls without
// multifactor authentication. Of a share it picks the same users each time, on
// every server, and a larger share holds all of a smaller one's.
func (w World) EnforcesMFA(user string) bool {
	if w.Settings.MFA != MFAEnforce {
		return false
	}
	sum := sha256.Sum256([]byte(folded(w.ID) + "\x00" + folded(user)))
	return binary.BigEndian.Uint64(sum[:])%100 < uint64(w.Settings.MFAPercent())
}

// lacksMFA says whether the world minds that the token shows no multifactor
// authentication; an app alone has none to show.
func (a Actor) lacksMFA() bool {
	return !a.AppOnly() && !a.MFA && a.World.Settings.MFA != MFAOff
}

// admitMFA notes a user's call that shows no multifactor authentication, and
// refuses it where the world enforces that.
func (s *Service) admitMFA(actor Actor, route string, now time.Time) error {
	refused := actor.World.EnforcesMFA(actor.User)
	if s.MFA != nil {
		s.MFA.note(actor, route, refused, now)
	}
	if !refused {
		return nil
	}
	return Refuse(partnercenter.ErrMFARequired,
		"the user's token carries no mfa in its amr claim, nor what its issuer's mfa setting takes for it: a sign-in with a second factor "+
			"brings it, and provost world set %s --mfa report lets such calls through; one that has it: provost token", actor.World.ID)
}

// MFACalls are the calls that an app made for a user to one route without
// multifactor authentication.
type MFACalls struct {
	World, Partner string
	// App, User and Route are empty for the calls beyond what is kept apart.
	App, User string
	// UPN is the user's sign-in name in the latest token that had one.
	UPN string
	// Route is a method and a path that names its ids, such as "GET
	// /v1/customers/{customer}".
	Route string
	// Calls counts them all, Refused those that were refused.
	Calls, Refused int64
	// FirstSeen and LastSeen are world time.
	FirstSeen, LastSeen time.Time
}

// plus adds later calls of the same key.
func (c *MFACalls) plus(later MFACalls) {
	c.Calls += later.Calls
	c.Refused += later.Refused
	if later.FirstSeen.Before(c.FirstSeen) {
		c.FirstSeen = later.FirstSeen
	}
	if later.LastSeen.After(c.LastSeen) {
		c.LastSeen = later.LastSeen
	}
	if later.UPN != "" {
		c.UPN = later.UPN
	}
}

// others is where the calls count once a world keeps no more of them apart.
func (c MFACalls) others() MFACalls {
	c.App, c.User, c.UPN, c.Route = "", "", "", ""
	return c
}

// MFACallTable keeps what was seen of calls without multifactor
// authentication, by partner, app, user and route.
type MFACallTable interface {
	// Insert keeps the first calls of a key.
	Insert(ctx context.Context, c MFACalls) error
	// Add adds calls to those of the same key: counts add up, first and last
	// seen widen, an empty name changes none. Without such calls it is
	// ErrMissing.
	Add(ctx context.Context, c MFACalls) error
	// Count gives how many keys a world has.
	Count(ctx context.Context, world string) (int, error)
	// List gives a world's, by app, user, route and partner.
	List(ctx context.Context, world string) ([]MFACalls, error)
}

// How many keys of a world are told apart: in memory between two writes, and
// in the store. Calls beyond that are counted together, so that nobody who can
// sign in fills either by inventing users.
const (
	maxMFAPending = 1_000
	maxMFAKept    = 10_000
	maxUPN        = 256
)

// MFAWatch gathers the calls without multifactor authentication in memory, for
// someone to write them at leisure: no request waits for that.
type MFAWatch struct {
	store Store
	// noted has a value when there is something to write.
	noted chan struct{}

	flushing sync.Mutex

	mu      sync.Mutex
	pending map[string]map[mfaKey]*MFACalls // by world
	// seen and kept count calls; flushed is closed when kept grows.
	seen, kept int64
	flushed    chan struct{}
}

type mfaKey struct{ partner, app, user, route string }

// NewMFAWatch returns a watch whose [MFAWatch.Flush] writes to the store.
func NewMFAWatch(store Store) *MFAWatch {
	return &MFAWatch{
		store: store, noted: make(chan struct{}, 1),
		pending: map[string]map[mfaKey]*MFACalls{}, flushed: make(chan struct{}),
	}
}

// Noted gives a value when calls wait to be written.
func (w *MFAWatch) Noted() <-chan struct{} { return w.noted }

func (w *MFAWatch) note(actor Actor, route string, refused bool, at time.Time) {
	call := MFACalls{
		World: actor.World.ID, Partner: actor.Partner.ID, App: actor.App, User: actor.User,
		UPN: actor.UPN[:min(len(actor.UPN), maxUPN)], Route: route, Calls: 1, FirstSeen: at, LastSeen: at,
	}
	if refused {
		call.Refused = 1
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gather(call)
	w.seen++
	w.signal()
}

func (w *MFAWatch) signal() {
	select {
	case w.noted <- struct{}{}:
	default:
	}
}

// gather adds calls to what waits; the caller holds the lock.
func (w *MFAWatch) gather(c MFACalls) {
	waiting := w.pending[c.World]
	if waiting == nil {
		waiting = map[mfaKey]*MFACalls{}
		w.pending[c.World] = waiting
	}
	key := c.key()
	if waiting[key] == nil && len(waiting) >= maxMFAPending {
		c = c.others()
		key = c.key()
	}
	if known := waiting[key]; known != nil {
		known.plus(c)
		return
	}
	waiting[key] = &c
}

func (c MFACalls) key() mfaKey {
	return mfaKey{folded(c.Partner), folded(c.App), folded(c.User), c.Route}
}

// Flush writes what was gathered, in one write. What cannot be written waits
// for the next one.
func (w *MFAWatch) Flush(ctx context.Context) error {
	w.flushing.Lock()
	defer w.flushing.Unlock()
	w.mu.Lock()
	gathered, seen := w.pending, w.seen
	w.pending = map[string]map[mfaKey]*MFACalls{}
	w.mu.Unlock()
	if len(gathered) == 0 {
		return nil
	}
	err := w.store.Write(ctx, func(tx Tx) error {
		for world, calls := range gathered {
			if err := keepMFACalls(ctx, tx.MFACalls(), world, calls); err != nil {
				return err
			}
		}
		return nil
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		for _, calls := range gathered {
			for _, c := range calls {
				w.gather(*c)
			}
		}
		w.signal()
		return fmt.Errorf("keep calls without multifactor authentication: %w", err)
	}
	w.kept = seen
	close(w.flushed)
	w.flushed = make(chan struct{})
	return nil
}

func keepMFACalls(ctx context.Context, table MFACallTable, world string, calls map[mfaKey]*MFACalls) error {
	kept, err := table.Count(ctx, world)
	if err != nil {
		return err
	}
	for _, waiting := range calls {
		c := *waiting
		err := table.Add(ctx, c)
		if errors.Is(err, ErrMissing) && kept >= maxMFAKept {
			c = c.others()
			err = table.Add(ctx, c)
		}
		if errors.Is(err, ErrMissing) {
			kept++
			err = table.Insert(ctx, c)
			if errors.Is(err, ErrTaken) { // by another server, just now
				err = table.Add(ctx, c)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// settleTime is how long a report waits for the calls before it.
const settleTime = 2 * time.Second

// settle waits until what was noted so far is written, or for settleTime.
func (w *MFAWatch) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	w.mu.Lock()
	seen := w.seen
	w.mu.Unlock()
	for {
		w.mu.Lock()
		kept, flushed := w.kept, w.flushed
		w.mu.Unlock()
		if kept >= seen {
			return
		}
		select {
		case <-flushed:
		case <-ctx.Done():
			return
		}
	}
}

// MFASightings are what a world has seen of calls without multifactor
// authentication.
type MFASightings struct {
	// World and At are the world and its time when it was asked.
	World World
	At    time.Time
	// Partners are the world's, by whom the calls were made.
	Partners []Partner
	Calls    []MFACalls
}

// MFASightings gives what was seen in the actor's world. Its provider's admin
// agents and global admins may ask; a reseller's are refused with ErrRole,
// since the calls are not its own alone.
func (s *Service) MFASightings(ctx context.Context, actor Actor) (MFASightings, error) {
	if actor.Partner.Kind != Provider {
		return MFASightings{}, Refuse(partnercenter.ErrRole,
			"the report is the provider's; a token of its admin agent: provost token")
	}
	if s.MFA != nil {
		s.MFA.settle(ctx)
	}
	var seen MFASightings
	err := s.inWorld(ctx, actor.World.ID, func(tx Tx, m Moment) (err error) {
		seen.World, seen.At = m.World, m.Now
		if seen.Partners, err = tx.Partners().List(ctx, actor.World.ID); err != nil {
			return fmt.Errorf("list partners: %w", err)
		}
		seen.Calls, err = tx.MFACalls().List(ctx, actor.World.ID)
		return err
	})
	if err != nil {
		return MFASightings{}, fmt.Errorf("list calls without multifactor authentication: %w", err)
	}
	return seen, nil
}
