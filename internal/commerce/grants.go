package commerce

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// GrantQuery picks a page of grants; what is empty picks all.
type GrantQuery struct {
	Partner, Customer, User, Group, App, Role string
	// After is the last one of the page before; nil: from the start.
	After *Grant
	Limit int
}

// Grants gives a page of what was granted in a world: agent roles, directory
// roles, then apps, each by partner.
func (s *Service) Grants(ctx context.Context, world string, q GrantQuery) (grants []Grant, err error) {
	err = s.Store.Read(ctx, func(tx Tx) error {
		l, err := openGrants(ctx, tx, world, q)
		if err != nil {
			return err
		}
		grants, err = l.read(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list roles of world %s: %w", world, err)
	}
	return grants, nil
}

// grantList reads the lists that grants are kept in, one after another.
type grantList struct {
	tx       Tx
	world    World
	query    GrantQuery
	partners map[string]Partner
	names    accountNames
}

func openGrants(ctx context.Context, tx Tx, world string, q GrantQuery) (l grantList, err error) {
	l = grantList{tx: tx, query: q}
	if l.world, err = worldNamed(ctx, tx, world); err != nil {
		return l, err
	}
	if q.Role != "" && !slices.Contains(RoleWords(), q.Role) {
		return l, noSuchRole(q.Role)
	}
	if q.Customer != "" {
		if _, err := customerOf(ctx, tx, l.world, q.Customer); err != nil {
			return l, err
		}
	}
	if l.query.Partner, err = partnerIDNamed(ctx, tx, l.world, q.Partner); err != nil {
		return l, err
	}
	if l.partners, err = partnersByID(ctx, tx, l.world); err != nil {
		return l, err
	}
	l.names, err = namesIn(ctx, tx, l.world)
	return l, err
}

// grantBatch is how many grants are read at a time, of which the query may take
// few.
const grantBatch = 1000

func (l grantList) read(ctx context.Context) ([]Grant, error) {
	lists := []func(context.Context, *Grant) ([]Grant, error){l.agents, l.directory, l.apps}
	var taken []Grant
	after := l.query.After
	for _, list := range lists[after.list():] {
		for {
			batch, err := list(ctx, after)
			if err != nil {
				return nil, err
			}
			for _, g := range batch {
				if !l.query.takes(g) {
					continue
				}
				if taken = append(taken, g); len(taken) == l.query.Limit {
					return taken, nil
				}
			}
			if len(batch) < grantBatch {
				break
			}
			after = &batch[len(batch)-1]
		}
		after = nil
	}
	return taken, nil
}

// list is the number of the one that the grant is kept in; nil: the first.
func (g *Grant) list() int {
	switch {
	case g == nil:
		return 0
	case g.Role == AppRole:
		return 2
	case g.Customer != "":
		return 1
	}
	return 0
}

func (l grantList) agents(ctx context.Context, after *Grant) ([]Grant, error) {
	q := AgentGrantQuery{World: l.world.ID, Partner: l.query.Partner, Limit: grantBatch}
	if after != nil {
		q.After = new(after.agent(l.world))
	}
	page, err := l.tx.Roles().AgentGrantsPage(ctx, q)
	grants := make([]Grant, len(page))
	for i, g := range page {
		p := l.partners[folded(g.Partner)]
		grants[i] = Grant{By: p, Role: string(g.Role), User: g.User, Group: g.Group, Name: l.names.of(p, g.User)}
	}
	return grants, err
}

func (l grantList) directory(ctx context.Context, after *Grant) ([]Grant, error) {
	q := DirectoryGrantQuery{World: l.world.ID, Partner: l.query.Partner, Customer: l.query.Customer, Limit: grantBatch}
	if after != nil {
		q.After = new(after.directory(l.world))
	}
	page, err := l.tx.Roles().DirectoryGrantsPage(ctx, q)
	grants := make([]Grant, len(page))
	for i, g := range page {
		p := l.partners[folded(g.Partner)]
		grants[i] = Grant{
			By: p, Role: string(g.Role), User: g.User, Group: g.Group, Name: l.names.of(p, g.User), Customer: g.Customer, Until: g.Until,
		}
	}
	return grants, err
}

// apps are those of the accounts, which the store knows all of already.
func (l grantList) apps(_ context.Context, after *Grant) ([]Grant, error) {
	place := func(g Grant) string { return folded(g.By.ID) + " " + folded(g.App) }
	var grants []Grant
	for _, p := range l.partners {
		if l.query.Partner == "" || strings.EqualFold(l.query.Partner, p.ID) {
			grants = append(grants, l.names.appsOf(p)...)
		}
	}
	slices.SortFunc(grants, func(a, b Grant) int { return strings.Compare(place(a), place(b)) })
	if after != nil {
		grants = slices.DeleteFunc(grants, func(g Grant) bool { return place(g) <= place(*after) })
	}
	return grants[:min(len(grants), grantBatch)], nil
}

func (q GrantQuery) takes(g Grant) bool {
	user := q.User == "" || strings.EqualFold(g.User, q.User) || g.Name != "" && strings.EqualFold(g.Name, q.User)
	return user && (q.Group == "" || strings.EqualFold(g.Group, q.Group)) && (q.App == "" || strings.EqualFold(g.App, q.App)) &&
		(q.Role == "" || g.Role == q.Role) && (q.Customer == "" || strings.EqualFold(g.Customer, q.Customer))
}

// accountNames are what the store knows of the people and apps of a world.
type accountNames map[accountID]Account

type accountID struct{ partner, account string }

func namesIn(ctx context.Context, tx Tx, w World) (accountNames, error) {
	accounts, err := tx.Accounts().List(ctx, w.ID)
	names := make(accountNames, len(accounts))
	for _, a := range accounts {
		names[accountID{folded(a.Partner), folded(a.ID)}] = a
	}
	return names, err
}

// of is what a user signs in with, or an app's name; "" when it is unknown.
func (n accountNames) of(p Partner, id string) string {
	a := n[accountID{folded(p.ID), folded(id)}]
	if a.UPN != "" {
		return a.UPN
	}
	return a.Name
}

// appsOf are the registrations of a partner's apps.
func (n accountNames) appsOf(p Partner) (grants []Grant) {
	for id, a := range n {
		if a.Kind == AppAccount && a.Registered && id.partner == folded(p.ID) {
			grants = append(grants, Grant{By: p, Role: AppRole, App: a.ID, Name: a.Name})
		}
	}
	return grants
}
