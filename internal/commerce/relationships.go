package commerce

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"provost/partnercenter"
)

// RelationshipKind is what a partner is to a customer.
type RelationshipKind string

// A reseller sells to the customer; a delegated admin administers its
// directory.
const (
	ResellerOf       RelationshipKind = "reseller"
	DelegatedAdminOf RelationshipKind = "delegated admin"
)

// Relationship lets a partner see a customer.
type Relationship struct {
	World    string           `json:"-"`
	Partner  string           `json:"partner"`
	Customer string           `json:"customer"`
	Kind     RelationshipKind `json:"kind"`
}

// RelationshipTable keeps relationships.
type RelationshipTable interface {
	Insert(ctx context.Context, r Relationship) error
	// End removes one; ending what is not there is no error.
	End(ctx context.Context, r Relationship) error
	// Between gives what the partner is to the customer; empty when nothing,
	// or when there is no such customer.
	Between(ctx context.Context, world, partner, customer string) ([]RelationshipKind, error)
	// Page gives a world's by partner, customer and kind; one customer's by kind
	// and partner.
	Page(ctx context.Context, q RelationshipQuery) ([]Relationship, error)
	// All gives a world's, to walk through.
	All(world string) Rows[Relationship]
}

// RelationshipQuery picks a page of relationships.
type RelationshipQuery struct {
	World string
	// Partner and Customer narrow the list to theirs; empty: all.
	Partner, Customer string
	// After is the last one of the page before; nil: from the start.
	After *Relationship
	Limit int
}

// RelationshipEntry is a relationship as it is listed.
type RelationshipEntry struct {
	Relationship
	// By is the partner.
	By Partner
	// Company is the customer's name.
	Company string
}

// relationshipKinds are the words that stand for kinds at the operator's door.
var relationshipKinds = []string{"reseller", "delegated-admin"}

// ParseRelationshipKind reads reseller or delegated-admin.
func ParseRelationshipKind(word string) (RelationshipKind, error) {
	switch word {
	case "reseller":
		return ResellerOf, nil
	case "delegated-admin":
		return DelegatedAdminOf, nil
	}
	return "", Refuse(partnercenter.ErrEnum.About(append([]string{"kind"}, relationshipKinds...)...),
		"a relationship is that of a reseller or of a delegated-admin; %q is neither", word)
}

// Word is how the operator's door spells the kind.
func (k RelationshipKind) Word() string {
	if k == DelegatedAdminOf {
		return "delegated-admin"
	}
	return string(k)
}

// SetRelationship makes a partner a customer's reseller or delegated admin.
// Doing so twice is no error.
func (s *Service) SetRelationship(ctx context.Context, by Operator, world, partner, customer string, kind RelationshipKind) (entry RelationshipEntry, err error) {
	err = s.act(ctx, by, func(tx Tx, act *OperatorAct) error {
		who, err := partyOf(ctx, tx, world, partner, customer)
		if err != nil {
			return err
		}
		entry = who.entry(kind)
		if slices.Contains(who.kinds, kind) {
			return nil
		}
		if kind == DelegatedAdminOf && !slices.Contains(who.kinds, ResellerOf) {
			return Refuse(partnercenter.ErrConflict.About("kind"),
				"%s does not sell to customer %s, and sees nothing of it before that: provost relationship set %s --kind reseller --partner %s --world %s",
				who.partner.Name, customer, customer, who.partner.Tenant, who.world.ID)
		}
		act.is("set relationship", who.world.ID, entry.Customer, nil, Words{"partner": who.partner.Tenant, "kind": kind.Word()})
		return tx.Relationships().Insert(ctx, entry.Relationship)
	})
	if err != nil {
		return RelationshipEntry{}, fmt.Errorf("set relationship with customer %s: %w", customer, err)
	}
	return entry, nil
}

// EndRelationship ends what a partner is to a customer; "" ends all of it. With
// a reseller's relationship its delegated administration ends, and its roles on
// the customer. The provider goes on selling to every customer of its world.
func (s *Service) EndRelationship(ctx context.Context, by Operator, world, partner, customer string, kind RelationshipKind) error {
	err := s.act(ctx, by, func(tx Tx, act *OperatorAct) error {
		who, err := partyOf(ctx, tx, world, partner, customer)
		if err != nil {
			return err
		}
		ending := who.kinds
		if kind == DelegatedAdminOf {
			ending = slices.DeleteFunc(slices.Clone(ending), func(k RelationshipKind) bool { return k != kind })
		}
		if slices.Contains(ending, ResellerOf) && who.partner.Kind == Provider {
			return Refuse(partnercenter.ErrConflict.About("partner"),
				"%s is the provider, which sells to every customer of its world; its delegated administration can end: --kind delegated-admin", who.partner.Name)
		}
		if len(ending) == 0 {
			return nil
		}
		before := Words{"partner": who.partner.Tenant}
		for _, k := range ending {
			before[k.Word()] = "true"
			if err := tx.Relationships().End(ctx, who.entry(k).Relationship); err != nil {
				return err
			}
		}
		if slices.Contains(ending, ResellerOf) {
			if err := who.endRoles(ctx, tx, before); err != nil {
				return err
			}
		}
		act.is("end relationship", who.world.ID, who.customer.Resource.ID, before, nil)
		return nil
	})
	if err != nil {
		return fmt.Errorf("end relationship with customer %s: %w", customer, err)
	}
	return nil
}

// Relationships gives a page of a world's; a partner is named as operators name
// it.
func (s *Service) Relationships(ctx context.Context, q RelationshipQuery) (entries []RelationshipEntry, err error) {
	err = s.Store.Read(ctx, func(tx Tx) error {
		w, err := worldNamed(ctx, tx, q.World)
		if err != nil {
			return err
		}
		q.World = w.ID
		if q.Partner, err = partnerIDNamed(ctx, tx, w, q.Partner); err != nil {
			return err
		}
		if q.Customer != "" {
			if _, err := customerOf(ctx, tx, w, q.Customer); err != nil {
				return err
			}
		}
		page, err := tx.Relationships().Page(ctx, q)
		if err != nil {
			return err
		}
		entries, err = relationshipEntries(ctx, tx, w, page)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list relationships of world %s: %w", q.World, err)
	}
	return entries, nil
}

func relationshipEntries(ctx context.Context, tx Tx, w World, page []Relationship) ([]RelationshipEntry, error) {
	partners, err := partnersByID(ctx, tx, w)
	if err != nil {
		return nil, err
	}
	entries := make([]RelationshipEntry, len(page))
	for i, r := range page {
		c, err := tx.Customers().ByID(ctx, w.ID, r.Customer)
		if err != nil {
			return nil, fmt.Errorf("read customer %s: %w", r.Customer, err)
		}
		entries[i] = RelationshipEntry{r, partners[folded(r.Partner)], c.company()}
	}
	return entries, nil
}

func (c Customer) company() string {
	if c.Resource.CompanyProfile == nil {
		return ""
	}
	return c.Resource.CompanyProfile.CompanyName
}

// party is a partner and a customer of a world, and what the one is to the
// other.
type party struct {
	world    World
	partner  Partner
	customer Customer
	kinds    []RelationshipKind
}

// partyOf finds them as an operator names them. What is not there is refused
// with ErrNoSuch.
func partyOf(ctx context.Context, tx Tx, world, partner, customer string) (party, error) {
	w, err := worldNamed(ctx, tx, world)
	if err != nil {
		return party{}, err
	}
	p, err := partnerNamed(ctx, tx, w, partner)
	if err != nil {
		return party{}, err
	}
	c, err := customerOf(ctx, tx, w, customer)
	if err != nil {
		return party{}, err
	}
	kinds, err := tx.Relationships().Between(ctx, w.ID, p.ID, customer)
	return party{w, p, c, kinds}, err
}

func customerOf(ctx context.Context, tx Tx, w World, id string) (Customer, error) {
	c, err := tx.Customers().ByID(ctx, w.ID, id)
	if errors.Is(err, ErrMissing) {
		return Customer{}, Refuse(partnercenter.ErrNoSuch.About("customer"),
			"world %s has no customer %s; its customers: provost relationship list --world %s", w.ID, id, w.ID)
	}
	if err != nil {
		return Customer{}, fmt.Errorf("read customer %s: %w", id, err)
	}
	return c, nil
}

func (who party) entry(kind RelationshipKind) RelationshipEntry {
	return RelationshipEntry{
		Relationship{World: who.world.ID, Partner: who.partner.ID, Customer: who.customer.Resource.ID, Kind: kind},
		who.partner, who.customer.company(),
	}
}

// endRoles revokes the directory roles that the partner's people hold on the
// customer, and says so: a relationship made later must not bring them back.
func (who party) endRoles(ctx context.Context, tx Tx, said Words) error {
	grants, err := tx.Roles().DirectoryGrantsOn(ctx, who.world.ID, who.partner.ID, who.customer.Resource.ID)
	if err != nil {
		return fmt.Errorf("list directory roles: %w", err)
	}
	for _, g := range grants {
		said[string(g.Role)+" of "+g.User+g.Group] = "revoked"
		if err := tx.Roles().RevokeDirectory(ctx, g); err != nil {
			return err
		}
	}
	return nil
}
