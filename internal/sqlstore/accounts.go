package sqlstore

import (
	"context"

	"provost/internal/commerce"
)

type accounts struct{ *tx }

const selectAccounts = `SELECT COALESCE(world_cased, world), COALESCE(partner_cased, partner), COALESCE(account_cased, account),
	kind, name, COALESCE(upn_cased, upn, ''), secret_hash, registered, description FROM accounts `

func (t accounts) Insert(ctx context.Context, a commerce.Account) error {
	return t.insert(ctx, "insert account",
		`INSERT INTO accounts (world, world_cased, partner, partner_cased, account, account_cased, place,
			kind, name, upn, upn_cased, secret_hash, registered, description)
		VALUES ($1, $2, $3, $4, $5, $6, (SELECT COALESCE(MAX(place), 0) + 1 FROM accounts WHERE world = $1),
			$7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING`,
		fold(a.World), cased(a.World), fold(a.Partner), cased(a.Partner), fold(a.ID), cased(a.ID),
		string(a.Kind), a.Name, filled(fold(a.UPN)), cased(a.UPN), a.SecretHash, a.Registered, a.Description)
}

func (t accounts) ByID(ctx context.Context, world, partner, id string) (commerce.Account, error) {
	return one(ctx, t.tx, "find account", readAccount,
		selectAccounts+"WHERE world = $1 AND partner = $2 AND account = $3", fold(world), fold(partner), fold(id))
}

func (t accounts) ByUPN(ctx context.Context, world, partner, upn string) (commerce.Account, error) {
	return one(ctx, t.tx, "find account by sign-in name", readAccount,
		selectAccounts+"WHERE world = $1 AND partner = $2 AND upn = $3", fold(world), fold(partner), fold(upn))
}

func (t accounts) List(ctx context.Context, world string) ([]commerce.Account, error) {
	return collect(ctx, t.tx, "list accounts", readAccount,
		selectAccounts+"WHERE world = $1 ORDER BY place, partner, account", fold(world))
}

func (t accounts) SetRegistered(ctx context.Context, world, partner, id string, registered bool) error {
	return t.update(ctx, "register account",
		`UPDATE accounts SET registered = $1 WHERE world = $2 AND partner = $3 AND account = $4`,
		registered, fold(world), fold(partner), fold(id))
}

func readAccount(row rows) (commerce.Account, error) {
	var a commerce.Account
	err := row.Scan(&a.World, &a.Partner, &a.ID, &a.Kind, &a.Name, &a.UPN, &a.SecretHash, &a.Registered, &a.Description)
	return a, err
}
