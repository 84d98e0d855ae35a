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

// AgentGrant gives a user an agent role.
type AgentGrant struct {
	World, Partner, User string
	Role                 AgentRole
}

// DirectoryGrant gives a user a directory role on one customer.
type DirectoryGrant struct {
	World, Partner, User, Customer string
	Role                           DirectoryRole
	// Until is when the grant lapses, in world time; nil: never.
	Until *time.Time
}

// RoleTable keeps grants. Granting twice keeps one grant, with the later words;
// revoking what is not there is no error.
type RoleTable interface {
	GrantAgent(ctx context.Context, g AgentGrant) error
	RevokeAgent(ctx context.Context, g AgentGrant) error
	AgentRoles(ctx context.Context, world, partner, user string) ([]AgentRole, error)
	GrantDirectory(ctx context.Context, g DirectoryGrant) error
	RevokeDirectory(ctx context.Context, g DirectoryGrant) error
	// DirectoryGrants gives a user's grants on one customer, lapsed ones too.
	DirectoryGrants(ctx context.Context, world, partner, user, customer string) ([]DirectoryGrant, error)
}
