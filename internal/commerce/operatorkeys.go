package commerce

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"time"

	"provost/partnercenter"
)

// OperatorKey is what is kept of a key to the operator's door. It belongs to
// the server, not to a world.
type OperatorKey struct {
	// ID stands in the key itself, so that its row is found without comparing
	// secrets.
	ID string
	// Name is who acts with the key; it is never given twice, so that the log
	// means one key by it.
	Name string
	// Hash is the SHA-256 of the key, in hex: 256 random bits need no salt. The
	// key itself is not kept.
	Hash string
	// CreatedAt, LastUsedAt and RevokedAt are real time. LastUsedAt is exact to
	// a minute.
	CreatedAt  time.Time
	CreatedBy  string
	LastUsedAt *time.Time
	RevokedAt  *time.Time
}

// Revoked says whether the key opens nothing any more.
func (k OperatorKey) Revoked() bool { return k.RevokedAt != nil }

// OperatorKeyTable keeps operator keys.
type OperatorKeyTable interface {
	// Insert refuses an id or a name that exists with ErrTaken.
	Insert(ctx context.Context, k OperatorKey) error
	ByID(ctx context.Context, id string) (OperatorKey, error)
	ByName(ctx context.Context, name string) (OperatorKey, error)
	// List gives all keys, revoked ones too, by creation, then name.
	List(ctx context.Context) ([]OperatorKey, error)
	// Page gives them in the same order: those after a creation and a name (nil:
	// from the start).
	Page(ctx context.Context, after *Cursor, limit int) ([]OperatorKey, error)
	Use(ctx context.Context, id string, at time.Time) error
	// Revoke keeps the first instant at which a key was revoked.
	Revoke(ctx context.Context, id string, at time.Time) error
}

// Operator is who acts at the operator's door: the name of a key, or of the
// command that opened the store itself.
type Operator struct{ Name string }

// LocalOperator is who makes the first key: whoever can open the store.
var LocalOperator = Operator{"(command line)"}

const (
	// operatorKeyPrefix makes a key recognisable where it should not be.
	operatorKeyPrefix  = "provost_op_"
	operatorKeyIDBytes = 6
	operatorKeyBytes   = 32
	// operatorKeyUse is how exactly the last use of a key is kept.
	operatorKeyUse = time.Minute
)

var (
	operatorKeyText = regexp.MustCompile(`^` + operatorKeyPrefix + `([0-9a-f]{12})_[0-9a-f]{64}$`)
	operatorKeyTail = regexp.MustCompile(`(?i)(` + operatorKeyPrefix + `[0-9a-f]{12})_[0-9a-f]+`)
	operatorKeyID   = regexp.MustCompile(`(?i)^[0-9a-f]{12}$`)
	operatorKeyName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$`)
)

// HideOperatorKeys leaves of each key in a text what finds its row and opens
// nothing: people paste keys where names are asked for.
func HideOperatorKeys(text string) string { return operatorKeyTail.ReplaceAllString(text, "${1}_…") }

// CreateOperatorKey makes a key and gives its text, which nobody can be shown
// again. A name that a key has or had is refused with ErrConflict.
func (s *Service) CreateOperatorKey(ctx context.Context, by Operator, name string) (OperatorKey, string, error) {
	if !operatorKeyName.MatchString(name) {
		return OperatorKey{}, "", Refuse(partnercenter.ErrInput.About("name"),
			"a key's name is up to 64 letters, digits and . _ @ -, such as ci or ann@example.com; %q is not", name)
	}
	if operatorKeyID.MatchString(name) {
		return OperatorKey{}, "", Refuse(partnercenter.ErrInput.About("name"),
			"%q reads as the id of a key, by which another could be meant: choose a name such as ci or ann@example.com", name)
	}
	secret := make([]byte, operatorKeyIDBytes+operatorKeyBytes)
	_, _ = rand.Read(secret) // never fails
	id := hex.EncodeToString(secret[:operatorKeyIDBytes])
	text := operatorKeyPrefix + id + "_" + hex.EncodeToString(secret[operatorKeyIDBytes:])
	key := OperatorKey{ID: id, Name: name, Hash: hashOperatorKey(text), CreatedBy: by.Name}
	err := s.act(ctx, by, func(tx Tx, act *OperatorAct) error {
		key.CreatedAt = act.At
		err := tx.OperatorKeys().Insert(ctx, key)
		if errors.Is(err, ErrTaken) {
			return Refuse(partnercenter.ErrConflict.About("name"),
				"there is, or was, a key named %s, and the log means that one by it: choose another name; all there are: provost operator key list", name)
		}
		act.is("create operator key", "", name, nil, Words{"id": id})
		return err
	})
	if err != nil {
		return OperatorKey{}, "", fmt.Errorf("create operator key %s: %w", name, err)
	}
	return key, text, nil
}

func hashOperatorKey(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// OperatorKeys gives all keys, without anything that opens a door.
func (s *Service) OperatorKeys(ctx context.Context) (keys []OperatorKey, err error) {
	err = s.Store.Read(ctx, func(tx Tx) (err error) {
		keys, err = tx.OperatorKeys().List(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list operator keys: %w", err)
	}
	return keys, nil
}

// OperatorKeysPage gives a page of them, by creation, then name: those after a
// place (nil: from the start).
func (s *Service) OperatorKeysPage(ctx context.Context, after *Cursor, limit int) (keys []OperatorKey, err error) {
	err = s.Store.Read(ctx, func(tx Tx) (err error) {
		keys, err = tx.OperatorKeys().Page(ctx, after, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list operator keys: %w", err)
	}
	return keys, nil
}

// RevokeOperatorKey makes a key worthless from the next request on. It goes by
// its name, its id or, for one that was found somewhere, its own text. Revoking
// twice is no error.
func (s *Service) RevokeOperatorKey(ctx context.Context, by Operator, named string) error {
	if parts := operatorKeyText.FindStringSubmatch(named); parts != nil {
		named = parts[1]
	}
	err := s.act(ctx, by, func(tx Tx, act *OperatorAct) error {
		key, err := tx.OperatorKeys().ByName(ctx, named)
		if errors.Is(err, ErrMissing) {
			key, err = tx.OperatorKeys().ByID(ctx, named)
		}
		if errors.Is(err, ErrMissing) {
			return Refuse(partnercenter.ErrNoSuch.About("key"), "there is no key %s; all there are: provost operator key list", named)
		}
		if err != nil || key.Revoked() {
			return err
		}
		act.is("revoke operator key", "", key.Name, Words{"id": key.ID}, nil)
		return tx.OperatorKeys().Revoke(ctx, key.ID, act.At)
	})
	if err != nil {
		return fmt.Errorf("revoke operator key %s: %w", named, err)
	}
	return nil
}

// IdentifyOperator finds who shows the key. A key that is unknown, revoked or
// none at all is refused with ErrOperatorKey.
func (s *Service) IdentifyOperator(ctx context.Context, text string) (Operator, error) {
	parts := operatorKeyText.FindStringSubmatch(text)
	if parts == nil {
		return Operator{}, noOperator("the text is no operator key: one begins with " + operatorKeyPrefix)
	}
	var key OperatorKey
	var now time.Time
	err := s.Store.Read(ctx, func(tx Tx) (err error) {
		if now, err = tx.RealTime(ctx); err != nil {
			return err
		}
		key, err = tx.OperatorKeys().ByID(ctx, parts[1])
		return err
	})
	if err != nil && !errors.Is(err, ErrMissing) {
		return Operator{}, fmt.Errorf("find operator key: %w", err)
	}
	same := subtle.ConstantTimeCompare([]byte(hashOperatorKey(text)), []byte(key.Hash)) == 1
	switch {
	case err != nil || !same:
		return Operator{}, noOperator("the operator key is unknown here")
	case key.Revoked():
		return Operator{}, noOperator("the operator key " + key.Name + " was revoked")
	}
	if key.LastUsedAt == nil || now.Sub(*key.LastUsedAt) >= operatorKeyUse {
		err := s.Store.Write(ctx, func(tx Tx) error { return tx.OperatorKeys().Use(ctx, key.ID, now) })
		if err != nil {
			return Operator{}, fmt.Errorf("note the use of operator key %s: %w", key.Name, err)
		}
	}
	return Operator{key.Name}, nil
}

func noOperator(why string) error {
	return Refuse(partnercenter.ErrOperatorKey, "%s; make one: provost operator key create NAME", why)
}
