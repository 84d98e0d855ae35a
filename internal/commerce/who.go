package commerce

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Call is a call on a customer, and what it asks of its caller.
type Call struct {
	Name   string
	Access Access
}

// Standing is what someone may do on one customer, and why.
type Standing struct {
	By Partner
	// One of User, Group and App is there. What a user holds in groups stands at
	// the groups: who is in one, the token says.
	User, Group, App string
	// Name is what a known user signs in with, or the name of a known app.
	Name string
	// Agent are the agent roles; Directory the roles on the customer that have
	// not lapsed.
	Agent     []AgentRole
	Directory []DirectoryRole
	// Relationships are the partner's with the customer.
	Relationships []RelationshipKind
	// Calls are those that are allowed, by name.
	Calls []string
	// Why are the reasons, a sentence each.
	Why []string
}

// Who gives everyone who may make one of the calls on a customer, as the store
// has it at this moment. What an issuer's claims grant is the issuer's, and not
// known here.
func (s *Service) Who(ctx context.Context, world, customer string, calls []Call) (standings []Standing, err error) {
	err = s.Store.Read(ctx, func(tx Tx) error {
		w, err := worldNamed(ctx, tx, world)
		if err != nil {
			return err
		}
		m, err := momentIn(ctx, tx, w.ID)
		if err != nil {
			return err
		}
		names, err := namesIn(ctx, tx, w)
		if err != nil {
			return err
		}
		partners, err := tx.Partners().List(ctx, w.ID)
		if err != nil {
			return err
		}
		c, err := customerOf(ctx, tx, w, customer)
		if err != nil {
			return err
		}
		for _, p := range partners {
			kinds, err := tx.Relationships().Between(ctx, w.ID, p.ID, customer)
			if err != nil {
				return err
			}
			who := party{w, p, c, kinds}
			if !slices.Contains(who.kinds, ResellerOf) {
				continue
			}
			found, err := who.standings(ctx, tx, names, m)
			if err != nil {
				return err
			}
			for _, one := range found {
				if one.explain(calls); len(one.Calls) > 0 {
					standings = append(standings, *one)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("say who may do what on customer %s: %w", customer, err)
	}
	return standings, nil
}

// standings are those of the partner who hold anything: users and groups, then
// apps.
func (who party) standings(ctx context.Context, tx Tx, names accountNames, m Moment) ([]*Standing, error) {
	agents, err1 := tx.Roles().AgentGrants(ctx, who.world.ID, who.partner.ID)
	directory, err2 := tx.Roles().DirectoryGrantsOn(ctx, who.world.ID, who.partner.ID, who.customer.Resource.ID)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	var all []*Standing
	of := func(user, group string) *Standing {
		for _, s := range all {
			if strings.EqualFold(s.User, user) && strings.EqualFold(s.Group, group) {
				return s
			}
		}
		all = append(all, &Standing{
			By: who.partner, User: user, Group: group, Name: names.of(who.partner, user), Relationships: who.kinds,
		})
		return all[len(all)-1]
	}
	for _, g := range agents {
		of(g.User, g.Group).hold(g.Role)
	}
	for _, g := range directory {
		if !g.Lapsed(m.Now) {
			of(g.User, g.Group).holdHere(g.Role, g.Until)
		}
	}
	apps := names.appsOf(who.partner)
	slices.SortFunc(apps, func(a, b Grant) int { return strings.Compare(a.App, b.App) })
	for _, g := range apps {
		all = append(all, &Standing{By: who.partner, App: g.App, Name: g.Name, Relationships: who.kinds})
	}
	return all, nil
}

func (s *Standing) hold(role AgentRole) {
	s.Agent = append(s.Agent, role)
	s.Why = append(s.Why, "holds the agent role "+string(role))
}

func (s *Standing) holdHere(role DirectoryRole, until *time.Time) {
	s.Directory = append(s.Directory, role)
	why := "holds " + string(role) + " on the customer"
	if until != nil {
		why += " until " + until.UTC().Format(time.RFC3339)
	}
	s.Why = append(s.Why, why)
}

// explain finds the calls that are allowed, and completes the reasons.
func (s *Standing) explain(calls []Call) {
	delegated := false
	for _, c := range calls {
		if !s.may(c.Access) {
			continue
		}
		s.Calls = append(s.Calls, c.Name)
		delegated = delegated || len(c.Access.Directory) > 0 && !intersect(c.Access.Directory, s.Directory)
	}
	if s.App != "" {
		s.Why = append(s.Why, "is an app registered for its partner")
	}
	s.Why = append(s.Why, "the partner is the customer's reseller")
	if delegated {
		s.Why = append(s.Why, "the partner is the customer's delegated admin, which stands in for a directory role")
	}
}

// may is what [Service.Authorize] asks, of someone whose partner sells to the
// customer.
func (s *Standing) may(a Access) bool {
	if s.App != "" {
		return a.AppOnly && len(a.Directory) == 0 // of which an app holds none
	}
	return (len(a.Roles) == 0 || intersect(a.Roles, s.Agent)) &&
		(len(a.Directory) == 0 || administers(s.Agent, s.Relationships) || intersect(a.Directory, s.Directory))
}
