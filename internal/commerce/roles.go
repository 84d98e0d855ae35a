package commerce

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"provost/partnercenter"
)

// AgentRole is what a partner's user may do in the partner's own shop.
type AgentRole string

// The agent roles (decision of the documents' "Appropriate roles").
const (
	AdminAgent    AgentRole = "admin-agent"
	SalesAgent    AgentRole = "sales-agent"
	HelpdeskAgent AgentRole = "helpdesk-agent"
	GlobalAdmin   AgentRole = "global-admin"
)

// AgentRoles lists the agent roles.
func AgentRoles() []AgentRole { return []AgentRole{AdminAgent, SalesAgent, HelpdeskAgent, GlobalAdmin} }

// DirectoryRole is what a partner's user may do in a customer's directory
// (granular delegated admin privileges, document 001).
type DirectoryRole string

// The directory roles that matter here.
const (
	DirectoryReader     DirectoryRole = "directory-reader"
	DirectoryWriter     DirectoryRole = "directory-writer"
	GlobalReader        DirectoryRole = "global-reader"
	GlobalAdministrator DirectoryRole = "global-administrator"
)

// DirectoryRoles lists the directory roles.
func DirectoryRoles() []DirectoryRole {
	return []DirectoryRole{DirectoryReader, DirectoryWriter, GlobalReader, GlobalAdministrator}
}

// AgentGrant gives a user, or a group's users, an agent role.
type AgentGrant struct {
	World   string `json:"-"`
	Partner string `json:"partner"`
	// One of User and Group is an object id, the other is empty. Who is in a
	// group, the token says.
	User  string    `json:"user,omitempty"`
	Group string    `json:"group,omitempty"`
	Role  AgentRole `json:"role"`
}

// DirectoryGrant gives a user, or a group's users, a directory role on one
// customer.
type DirectoryGrant struct {
	World   string `json:"-"`
	Partner string `json:"partner"`
	// One of User and Group is an object id, the other is empty.
	User     string        `json:"user,omitempty"`
	Group    string        `json:"group,omitempty"`
	Customer string        `json:"customer"`
	Role     DirectoryRole `json:"role"`
	// Until is when the grant lapses, in world time; nil: never.
	Until *time.Time `json:"until,omitempty"`
}

// Lapsed says whether the grant is over at an instant of its world.
func (g DirectoryGrant) Lapsed(now time.Time) bool { return g.Until != nil && !now.Before(*g.Until) }

// RoleTable keeps grants. Granting twice keeps one grant, with the later words;
// revoking what is not there is no error.
type RoleTable interface {
	GrantAgent(ctx context.Context, g AgentGrant) error
	RevokeAgent(ctx context.Context, g AgentGrant) error
	// AgentRoles gives the roles of a user who is in the groups, each once.
	AgentRoles(ctx context.Context, world, partner, user string, groups ...string) ([]AgentRole, error)
	// AgentGrants gives all of a partner's, by kind, id and role.
	AgentGrants(ctx context.Context, world, partner string) ([]AgentGrant, error)
	GrantDirectory(ctx context.Context, g DirectoryGrant) error
	RevokeDirectory(ctx context.Context, g DirectoryGrant) error
	// DirectoryGrants gives the grants on one customer to a user who is in the
	// groups, lapsed ones too.
	DirectoryGrants(ctx context.Context, world, partner, user, customer string, groups ...string) ([]DirectoryGrant, error)
	// DirectoryGrantsOn gives all of a partner's on one customer, by kind, id
	// and role, lapsed ones too.
	DirectoryGrantsOn(ctx context.Context, world, partner, customer string) ([]DirectoryGrant, error)
	// AgentGrantsPage gives a world's by partner, kind, id and role.
	AgentGrantsPage(ctx context.Context, q AgentGrantQuery) ([]AgentGrant, error)
	// DirectoryGrantsPage gives a world's by partner, kind, id, customer and role,
	// lapsed ones too.
	DirectoryGrantsPage(ctx context.Context, q DirectoryGrantQuery) ([]DirectoryGrant, error)
	// AllAgentGrants and AllDirectoryGrants give a world's, to walk through.
	AllAgentGrants(world string) Rows[AgentGrant]
	AllDirectoryGrants(world string) Rows[DirectoryGrant]
}

// AgentGrantQuery picks a page of agent grants.
type AgentGrantQuery struct {
	World string
	// Partner narrows the list to its own; empty: all.
	Partner string
	// After is the last one of the page before; nil: from the start.
	After *AgentGrant
	Limit int
}

// DirectoryGrantQuery picks a page of directory grants.
type DirectoryGrantQuery struct {
	World string
	// Partner and Customer narrow the list to theirs; empty: all.
	Partner, Customer string
	// After is the last one of the page before; nil: from the start.
	After *DirectoryGrant
	Limit int
}

// AppRole is what an app holds that may call for its partner: it is registered.
const AppRole = "app"

// Grant is an agent role, a directory role or an app's registration, as an
// operator speaks of it.
type Grant struct {
	// By is the partner whose user, group or app it is.
	By   Partner
	Role string
	// One of User, Group and App is there.
	User, Group, App string
	// Name is what a known user signs in with, or the name of a known app.
	Name string
	// Customer and Until are a directory role's.
	Customer string
	Until    *time.Time
}

// GrantRole grants a role to a partner's user or group, or registers an app. A
// user is named by object id, or by a sign-in name that the store knows.
// Granting twice keeps one grant, with the later words.
func (s *Service) GrantRole(ctx context.Context, by Operator, world, partner string, g Grant) (Grant, error) {
	err := s.act(ctx, by, func(tx Tx, act *OperatorAct) error {
		w, err := s.resolve(ctx, tx, world, partner, &g)
		if err != nil {
			return err
		}
		if g.Until != nil && !act.worldTime(w).Before(*g.Until) {
			return Refuse(partnercenter.ErrInput.About("until"), "until %s is over in world %s, whose time is %s",
				g.Until.Format(time.RFC3339), w.ID, act.worldTime(w).Format(time.RFC3339))
		}
		before, held, err := g.before(ctx, tx, w)
		if err != nil {
			return err
		}
		after := g.words()
		if held && before["until"] == after["until"] {
			return nil
		}
		act.is("grant role", w.ID, g.Role, before, after)
		return g.grant(ctx, tx, w)
	})
	if err != nil {
		return Grant{}, fmt.Errorf("grant role %s: %w", g.Role, err)
	}
	return g, nil
}

// RevokeRole takes a role or a registration away. It bites with the next
// request; revoking what is not there is no error.
func (s *Service) RevokeRole(ctx context.Context, by Operator, world, partner string, g Grant) error {
	err := s.act(ctx, by, func(tx Tx, act *OperatorAct) error {
		w, err := s.resolve(ctx, tx, world, partner, &g)
		if err != nil {
			return err
		}
		before, held, err := g.before(ctx, tx, w)
		if err != nil || !held {
			return err
		}
		act.is("revoke role", w.ID, g.Role, before, nil)
		return g.revoke(ctx, tx, w)
	})
	if err != nil {
		return fmt.Errorf("revoke role %s: %w", g.Role, err)
	}
	return nil
}

// resolve finds what the grant names, in the words of the store.
func (s *Service) resolve(ctx context.Context, tx Tx, world, partner string, g *Grant) (World, error) {
	if err := g.check(); err != nil {
		return World{}, err
	}
	w, err := worldNamed(ctx, tx, world)
	if err != nil {
		return w, err
	}
	if g.By, err = partnerNamed(ctx, tx, w, partner); err != nil {
		return w, err
	}
	if g.Customer != "" {
		who, err := partyOf(ctx, tx, w.ID, g.By.ID, g.Customer)
		if err != nil {
			return w, err
		}
		if !slices.Contains(who.kinds, ResellerOf) {
			return w, Refuse(partnercenter.ErrConflict.About("customer"),
				"%s does not sell to customer %s, and no role makes up for that: provost relationship set %s --kind reseller --partner %s --world %s",
				g.By.Name, g.Customer, g.Customer, g.By.Tenant, w.ID)
		}
		g.Customer = who.customer.Resource.ID
	}
	return w, g.resolveUser(ctx, tx, w)
}

func (g *Grant) resolveUser(ctx context.Context, tx Tx, w World) error {
	if !strings.Contains(g.User, "@") {
		names, err := namesIn(ctx, tx, w)
		g.Name = names.of(g.By, g.User+g.App)
		return err
	}
	account, err := tx.Accounts().ByUPN(ctx, w.ID, g.By.ID, g.User)
	if errors.Is(err, ErrMissing) || err == nil && account.Kind != UserAccount {
		return Refuse(partnercenter.ErrNoSuch.About("user"),
			"the store knows no user %s of %s, since its sign-in is elsewhere: name the user by object id, the oid of its tokens", g.User, g.By.Name)
	}
	g.User, g.Name = account.ID, account.UPN
	return err
}

// check refuses a grant that says too little or too much.
func (g Grant) check() error {
	principals := 0
	for _, id := range []string{g.User, g.Group, g.App} {
		if id == "" {
			continue
		}
		principals++
		if len(id) > 128 || strings.ContainsFunc(id, func(c rune) bool { return c <= ' ' || c > '~' }) {
			return Refuse(partnercenter.ErrInput.About("principal"), "an id is up to 128 visible ASCII characters; %q is not", id)
		}
	}
	agent := slices.Contains(AgentRoles(), AgentRole(g.Role))
	directory := slices.Contains(DirectoryRoles(), DirectoryRole(g.Role))
	switch {
	case !agent && !directory && g.Role != AppRole:
		return noSuchRole(g.Role)
	case g.Role == AppRole && (g.App == "" || principals != 1):
		return Refuse(partnercenter.ErrInput.About("app"), "an app is registered by its client id: provost role grant app --app ID")
	case g.Role != AppRole && (g.App != "" || principals != 1):
		return Refuse(partnercenter.ErrInput.About("user", "group"),
			"the role %s goes to one user or one group: provost role grant %s --user OBJECT-ID, or --group OBJECT-ID", g.Role, g.Role)
	case directory && g.Customer == "":
		return Refuse(partnercenter.ErrInput.About("customer"), "a directory role is held on a customer: provost role grant %s --customer ID", g.Role)
	case !directory && (g.Customer != "" || g.Until != nil):
		return Refuse(partnercenter.ErrInput.About("customer", "until"),
			"%s holds on no single customer and has no end: directory roles alone do; there are: %s", g.Role, words(DirectoryRoles()))
	}
	return nil
}

func noSuchRole(word string) error {
	return Refuse(partnercenter.ErrEnum.About(append([]string{"role"}, RoleWords()...)...),
		"there is no role %q; there are: %s", word, strings.Join(RoleWords(), ", "))
}

// RoleWords are all that can be granted.
func RoleWords() []string {
	all := []string{}
	for _, r := range AgentRoles() {
		all = append(all, string(r))
	}
	for _, r := range DirectoryRoles() {
		all = append(all, string(r))
	}
	return append(all, AppRole)
}

func (g Grant) words() Words {
	said := Words{"partner": g.By.Tenant}
	for name, word := range map[string]string{"user": g.User, "group": g.Group, "app": g.App, "customer": g.Customer} {
		if word != "" {
			said[name] = word
		}
	}
	if g.Until != nil {
		said["until"] = g.Until.UTC().Format(time.RFC3339)
	}
	return said
}

func (g Grant) agent(w World) AgentGrant {
	return AgentGrant{World: w.ID, Partner: g.By.ID, User: g.User, Group: g.Group, Role: AgentRole(g.Role)}
}

func (g Grant) directory(w World) DirectoryGrant {
	return DirectoryGrant{
		World: w.ID, Partner: g.By.ID, User: g.User, Group: g.Group, Customer: g.Customer, Role: DirectoryRole(g.Role), Until: g.Until,
	}
}

// before gives the grant as it is held.
func (g Grant) before(ctx context.Context, tx Tx, w World) (Words, bool, error) {
	if g.Role == AppRole {
		app, err := g.account(ctx, tx, w)
		if err != nil || !app.Registered {
			return nil, false, err
		}
		return g.words(), true, nil
	}
	if g.Customer == "" {
		grants, err := tx.Roles().AgentGrants(ctx, w.ID, g.By.ID)
		for _, held := range grants {
			if held.Role == AgentRole(g.Role) && strings.EqualFold(held.User, g.User) && strings.EqualFold(held.Group, g.Group) {
				return g.words(), true, err
			}
		}
		return nil, false, err
	}
	grants, err := tx.Roles().DirectoryGrantsOn(ctx, w.ID, g.By.ID, g.Customer)
	for _, held := range grants {
		if held.Role == DirectoryRole(g.Role) && strings.EqualFold(held.User, g.User) && strings.EqualFold(held.Group, g.Group) {
			g.Until = held.Until
			return g.words(), true, err
		}
	}
	return nil, false, err
}

func (g Grant) grant(ctx context.Context, tx Tx, w World) error {
	switch {
	case g.Role == AppRole:
		return g.register(ctx, tx, w)
	case g.Customer == "":
		return tx.Roles().GrantAgent(ctx, g.agent(w))
	default:
		return tx.Roles().GrantDirectory(ctx, g.directory(w))
	}
}

func (g Grant) revoke(ctx context.Context, tx Tx, w World) error {
	switch {
	case g.Role == AppRole:
		return tx.Accounts().SetRegistered(ctx, w.ID, g.By.ID, g.App, false)
	case g.Customer == "":
		return tx.Roles().RevokeAgent(ctx, g.agent(w))
	default:
		return tx.Roles().RevokeDirectory(ctx, g.directory(w))
	}
}
