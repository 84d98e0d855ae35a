package commerce

import "context"

// AccountKind tells people from programs.
type AccountKind string

// The kinds of account.
const (
	UserAccount AccountKind = "user"
	AppAccount  AccountKind = "app"
)

// Account is a user or an app of a partner, known to the embedded authority.
type Account struct {
	World   string
	Partner string
	// ID is a user's object id or an app's client id, a GUID.
	ID   string
	Kind AccountKind
	Name string
	// UPN is a user's sign-in name; empty for apps.
	UPN string
	// SecretHash is how the account proves itself; empty: it cannot sign in.
	SecretHash string
	// Registered apps may call for their partner with app-only tokens.
	Registered  bool
	Description string
}

// AccountTable keeps accounts.
type AccountTable interface {
	Insert(ctx context.Context, a Account) error
	ByID(ctx context.Context, world, partner, id string) (Account, error)
	// ByUPN finds a user by sign-in name, whatever its case.
	ByUPN(ctx context.Context, world, partner, upn string) (Account, error)
	// List gives a world's accounts in the order in which they were inserted.
	List(ctx context.Context, world string) ([]Account, error)
	// SetRegistered changes whether an app may call for its partner; an absent
	// account is ErrMissing.
	SetRegistered(ctx context.Context, world, partner, id string, registered bool) error
}
