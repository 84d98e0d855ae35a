package authority

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"provost/internal/commerce"
	"provost/partnercenter/extension"
)

// customersLooked is on how many customers a user's directory roles are looked
// up; they are listed to find a user by one, not to tell them all.
const customersLooked = 50

// accounts answers GET and POST /provost/v1/accounts.
func (a *Authority) accounts(w http.ResponseWriter, r *http.Request, _ string) error {
	if r.Method == http.MethodPost {
		return a.register(w, r)
	}
	list := extension.Accounts{Items: []extension.Account{}}
	err := a.store.Read(r.Context(), func(tx commerce.Tx) error {
		homes, err := allHomes(r.Context(), tx)
		if err != nil {
			return err
		}
		for _, h := range homes {
			accounts, err := listAccounts(r.Context(), tx, h)
			if err != nil {
				return err
			}
			list.Items = append(list.Items, accounts...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, list)
}

func listAccounts(ctx context.Context, tx commerce.Tx, h home) ([]extension.Account, error) {
	kept, err := tx.Accounts().List(ctx, h.world.ID)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	customers, err := tx.Customers().Page(ctx, commerce.CustomerQuery{
		World: h.world.ID, Partner: h.partner.ID, Limit: customersLooked,
	})
	if err != nil {
		return nil, fmt.Errorf("list customers: %w", err)
	}
	var accounts []extension.Account
	for _, account := range kept {
		if !strings.EqualFold(account.Partner, h.partner.ID) {
			continue
		}
		listed := extension.Account{
			World: h.world.ID, WorldName: h.world.Name,
			Tenant: h.partner.Tenant, Partner: h.partner.Name, PartnerKind: string(h.partner.Kind),
			ID: account.ID, Kind: extension.AccountKind(account.Kind), Name: account.Name, UserPrincipalName: account.UPN,
			Registered: account.Registered, Description: account.Description,
		}
		if account.Kind == commerce.UserAccount {
			err = addRoles(ctx, tx, h, &listed, customers)
		} else {
			err = addRegistration(ctx, tx, resident{h, account}, &listed)
		}
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, listed)
	}
	return accounts, nil
}

func addRoles(ctx context.Context, tx commerce.Tx, h home, user *extension.Account, customers []commerce.Customer) error {
	agent, err := tx.Roles().AgentRoles(ctx, h.world.ID, h.partner.ID, user.ID)
	if err != nil {
		return fmt.Errorf("read agent roles: %w", err)
	}
	for _, role := range agent {
		user.Roles = append(user.Roles, string(role))
	}
	now, err := worldTime(ctx, tx, h.world)
	if err != nil {
		return err
	}
	for _, customer := range customers {
		grants, err := tx.Roles().DirectoryGrants(ctx, h.world.ID, h.partner.ID, user.ID, customer.Resource.ID)
		if err != nil {
			return fmt.Errorf("read directory roles: %w", err)
		}
		for _, grant := range grants {
			lapsed := grant.Until != nil && !now.Before(*grant.Until)
			if !lapsed && !slices.Contains(user.DirectoryRoles, string(grant.Role)) {
				user.DirectoryRoles = append(user.DirectoryRoles, string(grant.Role))
			}
		}
	}
	return nil
}
