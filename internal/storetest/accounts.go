package storetest

import (
	"context"
	"testing"

	"provost/internal/commerce"
)

func accountByID(t *testing.T, s commerce.Store, id string) commerce.Account {
	t.Helper()
	return read(t, s, func(ctx context.Context, tx commerce.Tx) (commerce.Account, error) {
		return tx.Accounts().ByID(ctx, theWorld, theProvider, id)
	})
}

func newApp(id string) commerce.Account {
	return commerce.Account{World: theWorld, Partner: theProvider, ID: id, Kind: commerce.AppAccount}
}

var accountPromises = []promise{
	{"an account comes back whole", func(t *testing.T, s commerce.Store) {
		user, app := newAccount("User-9", "Anna@Example.com"), newApp("App-9")
		insert(t, s, append(shop(), user, app)...)
		same(t, "user", accountByID(t, s, "User-9"), user)
		same(t, "app", accountByID(t, s, "App-9"), app)
	}},
	{"a sign-in name is one account's", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), newAccount("User-1", "Anna@Example.com"))...)
		refused(t, s, commerce.ErrTaken, func(ctx context.Context, tx commerce.Tx) error {
			return add(ctx, tx, newAccount("User-2", "anna@example.COM"))
		})
		elsewhere := newAccount("User-2", "Anna@Example.com")
		elsewhere.Partner = theReseller
		insert(t, s, elsewhere)
	}},
	{"any number of apps have no sign-in name and none is found by it", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), newApp("App-1"), newApp("App-2"))...)
		missing(t, s, "sign-in name", func(ctx context.Context, tx commerce.Tx) (any, error) {
			return tx.Accounts().ByUPN(ctx, theWorld, theProvider, "")
		})
	}},
	{"an account is its partner's alone", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), newAccount("User-1", "anna@example.com"))...)
		missing(t, s, "id", func(ctx context.Context, tx commerce.Tx) (any, error) {
			return tx.Accounts().ByID(ctx, theWorld, theReseller, "User-1")
		})
		missing(t, s, "sign-in name", func(ctx context.Context, tx commerce.Tx) (any, error) {
			return tx.Accounts().ByUPN(ctx, theWorld, theReseller, "anna@example.com")
		})
	}},
	{"accounts come in the order in which they were inserted", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		order := []string{"User-5", "App-1", "User-2", "User-9", "App-0"}
		for _, id := range order {
			insert(t, s, newApp(id))
		}
		all := read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.Account, error) {
			return tx.Accounts().List(ctx, theWorld)
		})
		same(t, "accounts", each(all, func(a commerce.Account) string { return a.ID }), order)
	}},
	{"an account is registered and no more", func(t *testing.T, s commerce.Store) {
		account := newAccount("Account-1", "")
		insert(t, s, append(shop(), account)...)
		for _, registered := range []bool{false, true} {
			account.Registered = registered
			write(t, s, func(ctx context.Context, tx commerce.Tx) error {
				return tx.Accounts().SetRegistered(ctx, theWorld, "PROVIDER-1", "ACCOUNT-1", registered)
			})
			same(t, "account", read(t, s, func(ctx context.Context, tx commerce.Tx) (commerce.Account, error) {
				return tx.Accounts().ByID(ctx, theWorld, theProvider, "Account-1")
			}), account)
		}
		refused(t, s, commerce.ErrMissing, func(ctx context.Context, tx commerce.Tx) error {
			return tx.Accounts().SetRegistered(ctx, theWorld, theProvider, "none", true)
		})
	}},
}
