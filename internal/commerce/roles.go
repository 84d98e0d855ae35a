package commerce

import (
	"context"
	"time"
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
	World, Partner string
	// One of User and Group is an object id, the other is empty. Who is in a
	// group, the token says.
	User, Group string
	Role        AgentRole
}

// DirectoryGrant gives a user, or a group's users, a directory role on one
// customer.
type DirectoryGrant struct {
	World, Partner string
	// One of User and Group is an object id, the other is empty.
	User, Group string
	Customer    string
	Role        DirectoryRole
	// Until is when the grant lapses, in world time; nil: never.
	Until *time.Time
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
	// and role, lapsed ones too; "" as customer gives those on all.
	DirectoryGrantsOn(ctx context.Context, world, partner, customer string, limit int) ([]DirectoryGrant, error)
}
