package authority

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"provost/internal/commerce"
)

// home is where accounts sign in: a partner of a development world.
type home struct {
	world   commerce.World
	partner commerce.Partner
}

// isShared says whether the name stands for every tenant, so that the account
// itself says which.
func isShared(tenant string) bool {
	return strings.EqualFold(tenant, "common") || strings.EqualFold(tenant, "organizations")
}

// find gives the homes that a tenant's name may mean: the partner's of a GUID,
// those with users under a domain, all of them for common and organizations.
// It is refused when there is none.
func (a *Authority) find(ctx context.Context, tenant string) ([]home, error) {
	var homes []home
	err := a.store.Read(ctx, func(tx commerce.Tx) (err error) {
		homes, err = findHomes(ctx, tx, tenant)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(homes) == 0 {
		return nil, errUnknownTenant(tenant)
	}
	return homes, nil
}

func findHomes(ctx context.Context, tx commerce.Tx, tenant string) ([]home, error) {
	if isGUID(tenant) {
		return homeOf(ctx, tx, tenant)
	}
	if !isShared(tenant) && !strings.Contains(tenant, ".") {
		return nil, nil
	}
	all, err := allHomes(ctx, tx)
	if err != nil || isShared(tenant) {
		return all, err
	}
	var under []home
	for _, h := range all {
		accounts, err := tx.Accounts().List(ctx, h.world.ID)
		if err != nil {
			return nil, fmt.Errorf("list accounts: %w", err)
		}
		for _, account := range accounts {
			_, domain, _ := strings.Cut(account.UPN, "@")
			if strings.EqualFold(account.Partner, h.partner.ID) && strings.EqualFold(domain, tenant) {
				under = append(under, h)
				break
			}
		}
	}
	return under, nil
}

func homeOf(ctx context.Context, tx commerce.Tx, tenant string) ([]home, error) {
	partner, err := tx.Partners().ByTenant(ctx, tenant)
	if errors.Is(err, commerce.ErrMissing) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find partner of tenant %s: %w", tenant, err)
	}
	world, err := tx.Worlds().ByID(ctx, partner.World)
	if err != nil {
		return nil, fmt.Errorf("read world %s: %w", partner.World, err)
	}
	if world.Kind != commerce.Development || world.Importing {
		return nil, nil // a production world's tokens are its own issuer's to give
	}
	return []home{{world, partner}}, nil
}

func allHomes(ctx context.Context, tx commerce.Tx) ([]home, error) {
	worlds, err := tx.Worlds().List(ctx)
	if err != nil {
		return nil, fmt.Errorf("list worlds: %w", err)
	}
	var homes []home
	for _, world := range worlds {
		if world.Kind != commerce.Development || world.Importing {
			continue
		}
		partners, err := tx.Partners().List(ctx, world.ID)
		if err != nil {
			return nil, fmt.Errorf("list partners: %w", err)
		}
		for _, partner := range partners {
			homes = append(homes, home{world, partner})
		}
	}
	return homes, nil
}

// among keeps the homes in which the account is known and of that kind.
func among(homes []home, kind commerce.AccountKind, find func(home) (commerce.Account, error)) ([]resident, error) {
	var found []resident
	for _, h := range homes {
		account, err := find(h)
		if errors.Is(err, commerce.ErrMissing) || err == nil && account.Kind != kind {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("find account: %w", err)
		}
		found = append(found, resident{h, account})
	}
	return found, nil
}

// resident is an account in its home.
type resident struct {
	home
	commerce.Account
}
