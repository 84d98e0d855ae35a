package commerce

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"provost/partnercenter"
)

// PartnerKind says what a partner is in its world.
type PartnerKind string

// A world has one provider; resellers sell through it.
const (
	Provider PartnerKind = "provider"
	Reseller PartnerKind = "reseller"
)

// Partner is a company that sells. Its tenant belongs to it alone, over all
// worlds of a store.
type Partner struct {
	World string `json:"-"`
	// ID is the partner's own id in its world, a GUID.
	ID     string      `json:"id"`
	Tenant string      `json:"tenant"`
	Kind   PartnerKind `json:"kind"`
	Name   string      `json:"name"`
	MPNID  string      `json:"mpnId,omitempty"`
}

// PartnerTable keeps partners.
type PartnerTable interface {
	// Insert refuses a tenant that any world already knows with ErrTaken.
	Insert(ctx context.Context, p Partner) error
	ByTenant(ctx context.Context, tenant string) (Partner, error)
	// Remove takes a partner away with its accounts, their tokens, its roles and
	// its relationships; an absent one is ErrMissing. What it sold stays.
	Remove(ctx context.Context, world, id string) error
	// List gives a world's partners, the provider first, then by name.
	List(ctx context.Context, world string) ([]Partner, error)
	// Page gives them in the same order: those after one (nil: from the start),
	// by its kind, name and id.
	Page(ctx context.Context, world string, after *Partner, limit int) ([]Partner, error)
	// All gives a world's, to walk through.
	All(world string) Rows[Partner]
}

// NewPartner is a reseller to be.
type NewPartner struct {
	Tenant string
	Name   string
	MPNID  string
}

// AddPartner lets a reseller's tenant into a world. A tenant that is someone's
// is refused with ErrConflict, by name.
func (s *Service) AddPartner(ctx context.Context, by Operator, world string, n NewPartner) (partner Partner, err error) {
	if !isTenant(n.Tenant) {
		return Partner{}, Refuse(partnercenter.ErrInput.About("tenant"),
			"a tenant is named by its GUID, %q is none: provost partner add --tenant GUID --name NAME", n.Tenant)
	}
	if err := errors.Join(checkName("name", n.Name), checkMPN(n.MPNID)); err != nil {
		return Partner{}, err
	}
	err = s.act(ctx, by, func(tx Tx, act *OperatorAct) error {
		w, err := worldNamed(ctx, tx, world)
		if err != nil {
			return err
		}
		if err := freeTenant(ctx, tx, n.Tenant); err != nil {
			return err
		}
		partner = Partner{World: w.ID, ID: uuid.NewString(), Tenant: n.Tenant, Kind: Reseller, Name: n.Name, MPNID: n.MPNID}
		act.is("add partner", w.ID, n.Name, nil, partner.words())
		return tx.Partners().Insert(ctx, partner)
	})
	if err != nil {
		return Partner{}, fmt.Errorf("add partner %s to world %s: %w", n.Name, world, err)
	}
	return partner, nil
}

func (p Partner) words() Words {
	said := Words{"kind": string(p.Kind), "tenant": p.Tenant, "name": p.Name}
	if p.MPNID != "" {
		said["mpnId"] = p.MPNID
	}
	return said
}

func isTenant(text string) bool { return len(text) == 36 && uuid.Validate(text) == nil }

// Partners gives a page of a world's partners, the provider first, then by
// name: those after one (nil: from the start).
func (s *Service) Partners(ctx context.Context, world string, after *Partner, limit int) (partners []Partner, err error) {
	err = s.Store.Read(ctx, func(tx Tx) error {
		w, err := worldNamed(ctx, tx, world)
		if err != nil {
			return err
		}
		partners, err = tx.Partners().Page(ctx, w.ID, after, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list partners of world %s: %w", world, err)
	}
	return partners, nil
}

// RemovePartner takes a reseller away, with its roles, relationships and
// accounts. The provider is refused with ErrConflict: a world is its own.
func (s *Service) RemovePartner(ctx context.Context, by Operator, world, named string) error {
	err := s.act(ctx, by, func(tx Tx, act *OperatorAct) error {
		w, err := worldNamed(ctx, tx, world)
		if err != nil {
			return err
		}
		p, err := partnerNamed(ctx, tx, w, named)
		if err != nil {
			return err
		}
		if p.Kind == Provider {
			return Refuse(partnercenter.ErrConflict.About("partner"),
				"%s is the provider of world %s, which is nothing without it: resellers alone can be removed", p.Name, w.ID)
		}
		act.is("remove partner", w.ID, p.Name, p.words(), nil)
		return tx.Partners().Remove(ctx, w.ID, p.ID)
	})
	if err != nil {
		return fmt.Errorf("remove partner %s of world %s: %w", named, world, err)
	}
	return nil
}

// partnerNamed finds a partner as an operator names it: by its tenant, its id
// or its name; "" is the provider. Others are refused with ErrNoSuch.
func partnerNamed(ctx context.Context, tx Tx, world World, named string) (Partner, error) {
	partners, err := tx.Partners().List(ctx, world.ID)
	if err != nil {
		return Partner{}, fmt.Errorf("list partners of world %s: %w", world.ID, err)
	}
	var found []Partner
	for _, p := range partners {
		if strings.EqualFold(p.Tenant, named) || strings.EqualFold(p.ID, named) || named == "" && p.Kind == Provider {
			return p, nil
		}
		if strings.EqualFold(p.Name, named) {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return Partner{}, Refuse(partnercenter.ErrNoSuch.About("partner"),
			"world %s has no partner %s; all there are: provost partner list --world %s", world.ID, named, world.ID)
	default:
		return Partner{}, Refuse(partnercenter.ErrConflict.About("partner"),
			"world %s has %d partners named %s: name the tenant; all there are: provost partner list --world %s", world.ID, len(found), named, world.ID)
	}
}

// partnerIDNamed is the id of a partner that narrows a list; "" stands for all
// of them.
func partnerIDNamed(ctx context.Context, tx Tx, w World, named string) (string, error) {
	if named == "" {
		return "", nil
	}
	p, err := partnerNamed(ctx, tx, w, named)
	return p.ID, err
}

func partnersByID(ctx context.Context, tx Tx, w World) (map[string]Partner, error) {
	partners, err := tx.Partners().List(ctx, w.ID)
	byID := make(map[string]Partner, len(partners))
	for _, p := range partners {
		byID[folded(p.ID)] = p
	}
	return byID, err
}
