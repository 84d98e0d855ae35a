package commerce

import (
	"context"
	"errors"
	"fmt"

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
// ErrMFARequired.
func (s *Service) Identify(ctx context.Context, claims Claims) (Actor, error) {
	actor := Actor{Claims: claims}
	err := s.Store.Read(ctx, func(tx Tx) error {
		partner, err := tx.Partners().ByTenant(ctx, claims.Tenant)
		if errors.Is(err, ErrMissing) {
			return Refuse(partnercenter.ErrUnauthenticated,
				"the token's tenant %s is no partner here; a token of one: provost token", claims.Tenant)
		}
		if err != nil {
			return fmt.Errorf("find partner of tenant %s: %w", claims.Tenant, err)
		}
		actor.Partner = partner
		actor.World, err = tx.Worlds().ByID(ctx, partner.World)
		return err
	})
	if err != nil {
		return Actor{}, err
	}
	if !claims.AppOnly() && !claims.MFA && actor.World.Settings.MFA == MFAEnforce {
		return Actor{}, Refuse(partnercenter.ErrMFARequired,
			"the user's token carries no mfa in its amr claim; a token that does: provost token")
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
