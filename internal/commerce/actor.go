package commerce

import (
	"context"
	"errors"
	"fmt"
	"time"

	"provost/partnercenter"
)

// Claims are what a verified token says of its bearer.
type Claims struct {
	// Tenant is the partner's.
	Tenant string
	// User is the user's object id; empty in app-only tokens.
	User string
	UPN  string
	App  string
	// MFA says whether the user has shown a second factor.
	MFA bool
	// Groups are the user's groups, as the token names them.
	Groups []string
	// AgentRoles are those that the issuer's claims grant, beside the stored ones.
	AgentRoles []AgentRole
	// Token is the digest of the token, by which it is known again.
	Token [32]byte
}

// AppOnly says whether the token stands for an app alone.
func (c Claims) AppOnly() bool { return c.User == "" }

// Actor is who calls: a partner's user, or one of its apps, in a world.
type Actor struct {
	Claims
	World   World
	Partner Partner
}

// Identify finds the partner and the world that the token's tenant belongs to.
// A tenant that is no partner here is refused with ErrUnauthenticated; a user
// without multifactor authentication, where the world enforces it, with
// ErrMFARequired, and the world's report names the route (its method and path)
// that was called.
func (s *Service) Identify(ctx context.Context, claims Claims, route string) (Actor, error) {
	actor := Actor{Claims: claims}
	var now time.Time
	err := s.Store.Read(ctx, func(tx Tx) error {
		partner, err := tx.Partners().ByTenant(ctx, claims.Tenant)
		if errors.Is(err, ErrMissing) {
			return Refuse(partnercenter.ErrUnauthenticated,
				"the token's tenant %s is no partner here: provost world create or provost partner add makes it one; a token of one: provost token", claims.Tenant)
		}
		if err != nil {
			return fmt.Errorf("find partner of tenant %s: %w", claims.Tenant, err)
		}
		actor.Partner = partner
		actor.World, err = tx.Worlds().ByID(ctx, partner.World)
		if err == nil && actor.World.Importing {
			return beingImported(actor.World)
		}
		if err != nil || !actor.lacksMFA() {
			return err
		}
		real, err := tx.RealTime(ctx)
		now = actor.World.Clock.At(real)
		return err
	})
	if err != nil {
		return Actor{}, err
	}
	if actor.lacksMFA() {
		if err := s.admitMFA(actor, route, now); err != nil {
			return Actor{}, err
		}
	}
	return actor, nil
}

// Refusal is a refusal from the catalogue with its explanation: what is
// missing and the command that cures it. The explanation is for development
// worlds; it never says more than the caller may know.
type Refusal struct {
	Reason *partnercenter.Error
	Cure   string
}

// Refuse explains a refusal.
func Refuse(reason *partnercenter.Error, cure string, args ...any) error {
	return &Refusal{Reason: reason, Cure: fmt.Sprintf(cure, args...)}
}

// Error says what was refused and what would cure it.
func (r *Refusal) Error() string { return r.Reason.Error() + ": " + r.Cure }

// Unwrap gives the refusal of the catalogue.
func (r *Refusal) Unwrap() error { return r.Reason }
