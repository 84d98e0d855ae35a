package commerce

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"provost/partnercenter"
)

// Access is what one call asks of its caller. The zero value admits no
// app-only token, asks for no agent role and no customer.
type Access struct {
	// AppOnly admits app-only tokens.
	AppOnly bool
	// Roles names the agent roles of which a user needs one; empty: none.
	Roles []AgentRole
	// Directory names the directory roles of which a user needs one on the
	// customer; a delegated admin relationship serves as well. Empty: none.
	Directory []DirectoryRole
}

// AdmitKind refuses an app-only token where only users are admitted.
func (a Access) AdmitKind(actor Actor) error {
	if actor.AppOnly() && !a.AppOnly {
		return Refuse(partnercenter.ErrAppOnly,
			"this call takes App+User tokens alone; one: provost token")
	}
	return nil
}

// Authorize asks the store, at this moment, whether the actor may make a call
// that asks for this access on the customer ("" for calls on none). It refuses
// with ErrRole, ErrNoRelationship or ErrPrivileges, in that order; a customer
// that does not exist and one that is another partner's look the same. What was
// allowed holds that long while nobody writes: roles can lapse.
func (s *Service) Authorize(ctx context.Context, actor Actor, access Access, customer string) (holds time.Duration, err error) {
	err = s.Store.Read(ctx, func(tx Tx) error {
		holds, err = authorize(ctx, tx, actor, access, customer)
		return err
	})
	return holds, err
}

func authorize(ctx context.Context, tx Tx, actor Actor, access Access, customer string) (holds time.Duration, err error) {
	roles, err := agentRoles(ctx, tx, actor)
	if err != nil {
		return 0, err
	}
	if err := admitRole(ctx, tx, actor, access, roles); err != nil {
		return 0, err
	}
	if customer == "" {
		return ForEver, nil
	}
	kinds, err := tx.Relationships().Between(ctx, actor.World.ID, actor.Partner.ID, customer)
	if err != nil {
		return 0, fmt.Errorf("read relationships: %w", err)
	}
	if !slices.Contains(kinds, ResellerOf) {
		return 0, noRelationship(actor, customer)
	}
	if len(access.Directory) == 0 || administers(roles, kinds) {
		return ForEver, nil
	}
	m, err := momentIn(ctx, tx, actor.World.ID) // by its clock, roles lapse
	if err != nil {
		return 0, err
	}
	return admitDirectory(ctx, tx, actor, access, customer, m)
}

// Right is what a write asks of its caller, within the write itself: whoever lost
// a role or a customer before it, on whichever server, does nothing any more.
type Right struct {
	Access Access
	// asked says that there was an answer.
	asked atomic.Bool
}

// Asked says whether a write has asked, and has acted on the answer.
func (r *Right) Asked() bool { return r.asked.Load() }

// foresee asks for what [authorize] asks for.
func (r *Right) foresee(ctx context.Context, tx Tx, by Caller) {
	if by.AppOnly() {
		_, _ = tx.Accounts().ByID(ctx, by.World.ID, by.Partner.ID, by.App)
	} else {
		_, _ = agentRoles(ctx, tx, by.Actor)
	}
	if by.Customer != "" {
		_, _ = tx.Relationships().Between(ctx, by.World.ID, by.Partner.ID, by.Customer)
	}
}

// agentRoles gives the agent roles that the actor holds as a user and in
// groups, and those that the token's claims grant; an app holds none.
func agentRoles(ctx context.Context, tx Tx, actor Actor) ([]AgentRole, error) {
	if actor.AppOnly() {
		return nil, nil
	}
	roles, err := tx.Roles().AgentRoles(ctx, actor.World.ID, actor.Partner.ID, actor.User, actor.Groups...)
	if err != nil {
		return nil, fmt.Errorf("read agent roles: %w", err)
	}
	return slices.Concat(roles, actor.AgentRoles), nil
}

// noRelationship is one answer for customers of others and for those that do
// not exist.
func noRelationship(actor Actor, customer string) error {
	return Refuse(partnercenter.ErrNoRelationship,
		"partner %s has no reseller relationship with customer %s; the customers it has one with: GET /v1/customers; "+
			"if the provider sells to the customer, this makes one: provost relationship set %s --kind reseller%s",
		actor.Partner.Tenant, customer, customer, actor.flags())
}

// flags are those by which a command finds the actor's partner.
func (a Actor) flags() string { return " --partner " + a.Partner.Tenant + " --world " + a.World.ID }

var plainWord = regexp.MustCompile(`^[\w@%+=:,./-]+$`)

// ShellWord is a text as a shell takes it for one word: an issuer may give its
// users and apps any id, and the command is there to be pasted.
func ShellWord(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

func admitRole(ctx context.Context, tx Tx, actor Actor, access Access, roles []AgentRole) error {
	if actor.AppOnly() {
		app, err := tx.Accounts().ByID(ctx, actor.World.ID, actor.Partner.ID, actor.App)
		if err != nil && !errors.Is(err, ErrMissing) {
			return fmt.Errorf("read app %s: %w", actor.App, err)
		}
		if err != nil || app.Kind != AppAccount || !app.Registered {
			return Refuse(partnercenter.ErrRole, "app %s is not registered for its partner; this registers it: provost role grant app --app %s%s",
				actor.App, ShellWord(actor.App), actor.flags())
		}
		return nil
	}
	if len(access.Roles) == 0 || intersect(access.Roles, roles) {
		return nil
	}
	return Refuse(partnercenter.ErrRole, "user %s needs one of the agent roles %s; this grants one: provost role grant %s --user %s%s",
		actor.User, words(access.Roles), access.Roles[0], ShellWord(actor.User), actor.flags())
}

// administers says whether a delegated admin relationship stands in for a
// directory role: it does for the agents that it was made for.
func administers(roles []AgentRole, kinds []RelationshipKind) bool {
	return slices.Contains(kinds, DelegatedAdminOf) && intersect(roles, []AgentRole{AdminAgent, HelpdeskAgent, GlobalAdmin})
}

func admitDirectory(ctx context.Context, tx Tx, actor Actor, access Access, customer string, m Moment) (holds time.Duration, err error) {
	held, holds, err := heldOn(ctx, tx, actor, customer, m)
	if err != nil {
		return 0, err
	}
	if intersect(access.Directory, held) {
		return holds, nil
	}
	return 0, Refuse(partnercenter.ErrPrivileges,
		"user %s needs one of the directory roles %s on customer %s, or an admin or helpdesk agent's role with a delegated admin relationship; "+
			"this grants one: provost role grant %s --user %s --customer %s%s",
		actor.User, words(access.Directory), customer, access.Directory[0], ShellWord(actor.User), customer, actor.flags())
}

// heldOn gives the directory roles that the actor holds on the customer at the
// moment, as a user and in groups, and how long it is until the first lapses; an
// app holds none.
func heldOn(ctx context.Context, tx Tx, actor Actor, customer string, m Moment) ([]DirectoryRole, time.Duration, error) {
	if actor.AppOnly() {
		return nil, ForEver, nil
	}
	grants, err := tx.Roles().DirectoryGrants(ctx, actor.World.ID, actor.Partner.ID, actor.User, customer, actor.Groups...)
	if err != nil {
		return nil, 0, fmt.Errorf("read directory roles: %w", err)
	}
	var held []DirectoryRole
	holds := ForEver
	for _, g := range grants {
		if !g.Lapsed(m.Now) {
			held = append(held, g.Role)
			if g.Until != nil {
				holds = min(holds, m.holds(*g.Until))
			}
		}
	}
	return held, holds, nil
}

func intersect[T comparable](a, b []T) bool {
	return slices.ContainsFunc(a, func(one T) bool { return slices.Contains(b, one) })
}

func words[T ~string](all []T) string {
	text := make([]string, len(all))
	for i, one := range all {
		text[i] = string(one)
	}
	return strings.Join(text, ", ")
}
