package commerce

import (
	"context"
	"errors"
	"fmt"

	"provost/partnercenter"
)

// AccountKind tells people from programs.
type AccountKind string

// The kinds of account.
const (
	UserAccount AccountKind = "user"
	AppAccount  AccountKind = "app"
)

// Account is a user or an app of a partner, known to the embedded authority.
type Account struct {
	World   string `json:"-"`
	Partner string `json:"partner"`
	// ID is a user's object id or an app's client id, a GUID.
	ID   string      `json:"id"`
	Kind AccountKind `json:"kind"`
	Name string      `json:"name"`
	// UPN is a user's sign-in name; empty for apps.
	UPN string `json:"upn,omitempty"`
	// SecretHash is how the account proves itself; empty: it cannot sign in.
	SecretHash string `json:"-"`
	// Registered apps may call for their partner with app-only tokens.
	Registered  bool   `json:"registered,omitempty"`
	Description string `json:"description,omitempty"`
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
	// All gives a world's, to walk through.
	All(world string) Rows[Account]
}

// account is the app's; an app that the store does not know is its zero value.
// A user is refused with ErrConflict.
func (g Grant) account(ctx context.Context, tx Tx, w World) (Account, error) {
	account, err := tx.Accounts().ByID(ctx, w.ID, g.By.ID, g.App)
	switch {
	case errors.Is(err, ErrMissing):
		return Account{}, nil
	case err != nil:
		return Account{}, fmt.Errorf("read app %s: %w", g.App, err)
	case account.Kind != AppAccount:
		return Account{}, Refuse(partnercenter.ErrConflict.About("app"), "%s is the user %s, no app: roles go to users by --user", g.App, account.UPN)
	}
	return account, nil
}

// register lets an app call for its partner. One that the store does not know
// is an issuer's elsewhere: it is kept by its client id, and cannot sign in
// here.
func (g Grant) register(ctx context.Context, tx Tx, w World) error {
	known, err := g.account(ctx, tx, w)
	if err != nil {
		return err
	}
	if known.ID != "" {
		return tx.Accounts().SetRegistered(ctx, w.ID, g.By.ID, g.App, true)
	}
	return tx.Accounts().Insert(ctx, Account{
		World: w.ID, Partner: g.By.ID, ID: g.App, Kind: AppAccount, Name: g.App, Registered: true,
	})
}
