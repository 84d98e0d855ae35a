package commerce

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"provost/partnercenter"
)

// Customer is a customer as kept: the resource without what differs from
// caller to caller (relationship, delegated access, links).
type Customer struct {
	World     string    `json:"-"`
	CreatedAt time.Time `json:"createdAt"` // world time
	// Version grows by one with each change of the billing profile.
	Version  int64                  `json:"version"`
	Resource partnercenter.Customer `json:"resource"`
}

// CustomerQuery picks a page of the customers that a partner sees.
type CustomerQuery struct {
	World, Partner string
	// After is where the last page ended; nil: from the start.
	After *Cursor
	Limit int
	// Filter narrows the list; the zero value takes all.
	Filter CustomerFilter
}

// CustomerField is a property that customers can be filtered by.
type CustomerField string

// The fields of reference 7.7.
const (
	ByCompanyName      CustomerField = "CompanyName"
	ByDomain           CustomerField = "Domain"
	ByIndirectReseller CustomerField = "IndirectReseller"
)

// CustomerFilter compares one field, whatever the case. IndirectReseller
// compares the tenant and MPN id of the resellers that sell to the customer.
type CustomerFilter struct {
	Field CustomerField
	Value string
	// Whole asks for equality; else the field must start with the value.
	Whole bool
}

// CustomerTable keeps customers.
type CustomerTable interface {
	Insert(ctx context.Context, c Customer) error
	// Update writes what a customer has become if it is still at the version
	// (else ErrMissing).
	Update(ctx context.Context, c Customer, version int64) error
	// Remove takes a customer away with all that is its own: relationships, roles
	// on it, agreements, orders, subscriptions, changes and what is due for them.
	// What was told of it stays. An absent one is ErrMissing.
	Remove(ctx context.Context, world, id string) error
	ByID(ctx context.Context, world, id string) (Customer, error)
	// ByDomain gives the customer whose directory has the domain, the oldest if
	// there are several.
	ByDomain(ctx context.Context, world, domain string) (Customer, error)
	// Page gives the customers with a reseller relationship to the partner, by
	// creation, then id.
	Page(ctx context.Context, q CustomerQuery) ([]Customer, error)
	// All gives a world's, to walk through.
	All(world string) Rows[Customer]
}

// MaxCustomersPage is the most customers that one page holds.
const MaxCustomersPage = 10_000

// Customers gives a page of the customers that the actor's partner sells to,
// in their light form, and where the next page starts (nil: nowhere).
func (s *Service) Customers(ctx context.Context, actor Actor, after *Cursor, size int, filter CustomerFilter) ([]partnercenter.Customer, *Cursor, error) {
	var page []Customer
	err := s.Store.Read(ctx, func(tx Tx) (err error) {
		page, err = tx.Customers().Page(ctx, CustomerQuery{
			World: actor.World.ID, Partner: actor.Partner.ID,
			After: after, Limit: size + 1, Filter: filter,
		})
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("list customers: %w", err)
	}
	var next *Cursor
	if len(page) > size {
		page = page[:size]
		last := page[size-1]
		next = &Cursor{CreatedAt: last.CreatedAt, ID: last.Resource.ID}
	}
	customers := make([]partnercenter.Customer, len(page))
	for i, c := range page {
		customers[i] = c.light()
	}
	return customers, next, nil
}

// Customer gives one customer. Its address, e-mail and custom domains show to
// those alone who administer its directory.
func (s *Service) Customer(ctx context.Context, actor Actor, id string) (partnercenter.Customer, error) {
	// Directory Reader is not enough on this call (reference 5.7).
	kept, kinds, reveal, err := s.customerSeen(ctx, actor, id, DirectoryWriter, GlobalReader, GlobalAdministrator)
	if err != nil {
		return partnercenter.Customer{}, err
	}
	return kept.whole(slices.Contains(kinds, DelegatedAdminOf), reveal), nil
}

// CompanyProfile gives a customer as its directory knows it. Its address and
// e-mail show to those alone who may read the directory.
func (s *Service) CompanyProfile(ctx context.Context, actor Actor, id string) (partnercenter.CustomerCompanyProfile, error) {
	kept, _, reveal, err := s.customerSeen(ctx, actor, id, DirectoryReader, DirectoryWriter, GlobalReader, GlobalAdministrator)
	if err != nil {
		return partnercenter.CustomerCompanyProfile{}, err
	}
	profile := partnercenter.CustomerCompanyProfile{TenantID: kept.Resource.ID}
	if shown := kept.whole(false, reveal).CompanyProfile; shown != nil {
		profile = *shown
	}
	profile.Links = &partnercenter.ProfileLinks{Self: partnercenter.GetLink("/customers/" + kept.Resource.ID + "/profiles/company")}
	profile.Attributes = partnercenter.ResourceAttributes{ObjectType: "CustomerCompanyProfile"}
	return profile, nil
}

// customerOf reads a customer.
func (s *Service) customerOf(ctx context.Context, actor Actor, id string) (Customer, error) {
	kept, _, _, err := s.customerSeen(ctx, actor, id)
	return kept, err
}

// customerSeen reads a customer, what the actor's partner is to it, and whether
// one of the directory roles lets the actor see what belongs to its directory.
func (s *Service) customerSeen(ctx context.Context, actor Actor, id string, enough ...DirectoryRole) (kept Customer, kinds []RelationshipKind, reveal bool, err error) {
	err = s.inWorld(ctx, actor.World.ID, func(tx Tx, m Moment) error {
		var err error
		if kept, err = tx.Customers().ByID(ctx, actor.World.ID, id); err != nil {
			return fmt.Errorf("read customer %s: %w", id, err)
		}
		if kinds, err = tx.Relationships().Between(ctx, actor.World.ID, actor.Partner.ID, id); err != nil {
			return fmt.Errorf("read relationships: %w", err)
		}
		reveal, err = sees(ctx, tx, actor, id, kinds, m, enough)
		return err
	})
	if errors.Is(err, ErrMissing) {
		err = noRelationship(actor, id)
	}
	return kept, kinds, reveal, err
}

// sees says whether the actor may see what belongs to the customer's directory:
// by one of the directory roles, or as an administrator of it.
func sees(ctx context.Context, tx Tx, actor Actor, customer string, kinds []RelationshipKind, m Moment, enough []DirectoryRole) (bool, error) {
	held, _, err := heldOn(ctx, tx, actor, customer, m)
	if err != nil {
		return false, err
	}
	if intersect(enough, held) {
		return true, nil
	}
	roles, err := agentRoles(ctx, tx, actor)
	if err != nil {
		return false, err
	}
	return administers(roles, kinds), nil
}

// light is the form that lists carry.
func (c Customer) light() partnercenter.Customer {
	r := c.Resource
	light := partnercenter.Customer{
		ID:                    r.ID,
		RelationshipToPartner: partnercenter.RelationshipReseller,
		Attributes:            r.Attributes,
	}
	if p := r.CompanyProfile; p != nil {
		light.CompanyProfile = &partnercenter.CustomerCompanyProfile{
			TenantID: p.TenantID, Domain: p.Domain, CompanyName: p.CompanyName, Attributes: p.Attributes,
		}
	}
	return light
}

// whole is the single form as one caller sees it.
func (c Customer) whole(delegated, reveal bool) partnercenter.Customer {
	r := c.Resource
	r.RelationshipToPartner = partnercenter.RelationshipReseller
	r.AllowDelegatedAccess = &delegated
	r.Links = &partnercenter.CustomerLinks{Self: partnercenter.GetLink("/customers/" + r.ID)}
	if reveal {
		return r
	}
	r.CustomDomains = nil
	if r.CompanyProfile != nil {
		profile := *r.CompanyProfile
		profile.Address, profile.Email = nil, nil
		r.CompanyProfile = &profile
	}
	return r
}
