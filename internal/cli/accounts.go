package cli

import (
	"fmt"
	"slices"
	"strings"

	"provost/partnercenter/extension"
)

// The roles that a token can be asked for by name: agent roles as the server
// spells them, and two that say it in a word.
const (
	adminAgent      = "admin-agent"
	directoryReader = "directory-reader"
	reseller        = "reseller"
	provider        = "provider"
)

func roleNames() []string {
	return []string{adminAgent, "sales-agent", "helpdesk-agent", "global-admin", directoryReader, reseller}
}

// wanted says whose token is asked for.
type wanted struct {
	world, user, role string
	appOnly           bool
}

// pick finds the account that is wanted; the error lists the choices.
func (w wanted) pick(accounts []extension.Account) (extension.Account, error) {
	inWorld, err := w.inWorld(accounts)
	if err != nil {
		return extension.Account{}, err
	}
	var found []extension.Account
	switch {
	case w.appOnly:
		found = w.apps(inWorld)
	case w.user != "":
		found = keep(users(inWorld), func(a extension.Account) bool {
			return strings.EqualFold(a.UserPrincipalName, w.user) || strings.EqualFold(a.ID, w.user)
		})
		if len(found) == 0 {
			return extension.Account{}, misuse("there is no user %s; there are:\n%s", w.user, listUsers(inWorld))
		}
	default:
		found = w.holders(users(inWorld))
	}
	if len(found) == 0 {
		return extension.Account{}, misuse("nobody here has what was asked for; there are:\n%s", listUsers(inWorld))
	}
	if worlds := worldsOf(found); len(worlds) > 1 {
		return extension.Account{}, misuse("more than one world has such an account: pick one with --world: %s", strings.Join(worlds, ", "))
	}
	return found[0], nil
}

func (w wanted) inWorld(accounts []extension.Account) ([]extension.Account, error) {
	if len(accounts) == 0 {
		return nil, fmt.Errorf("the server knows no account: its store holds no development world")
	}
	if w.world == "" {
		return accounts, nil
	}
	inWorld := keep(accounts, func(a extension.Account) bool {
		return strings.EqualFold(a.World, w.world) || strings.EqualFold(a.WorldName, w.world)
	})
	if len(inWorld) == 0 {
		return nil, misuse("there is no world %s; there are: %s", w.world, strings.Join(worldsOf(accounts), ", "))
	}
	return inWorld, nil
}

func (w wanted) apps(accounts []extension.Account) []extension.Account {
	kind := provider
	if w.role == reseller {
		kind = reseller
	}
	return keep(accounts, func(a extension.Account) bool {
		return a.Kind == extension.AppAccount && a.Registered && a.PartnerKind == kind
	})
}

// holders are the users with the role. Who has nothing else comes first: a
// token for a role should show what that role alone may do.
func (w wanted) holders(accounts []extension.Account) []extension.Account {
	role := w.role
	if role == "" {
		role = adminAgent
	}
	switch role {
	case reseller:
		return keep(accounts, func(a extension.Account) bool { return a.PartnerKind == reseller })
	case directoryReader:
		holders := keep(accounts, func(a extension.Account) bool {
			return a.PartnerKind == provider && slices.Contains(a.DirectoryRoles, directoryReader)
		})
		slices.SortStableFunc(holders, func(a, b extension.Account) int { return len(a.Roles) - len(b.Roles) })
		return holders
	default:
		return keep(accounts, func(a extension.Account) bool {
			return a.PartnerKind == provider && slices.Contains(a.Roles, role)
		})
	}
}

func users(accounts []extension.Account) []extension.Account {
	return keep(accounts, func(a extension.Account) bool { return a.Kind == extension.UserAccount })
}

func keep(accounts []extension.Account, want func(extension.Account) bool) []extension.Account {
	var kept []extension.Account
	for _, a := range accounts {
		if want(a) {
			kept = append(kept, a)
		}
	}
	return kept
}

func worldsOf(accounts []extension.Account) []string {
	var names []string
	for _, a := range accounts {
		if !slices.Contains(names, a.WorldName) {
			names = append(names, a.WorldName)
		}
	}
	return names
}

func listUsers(accounts []extension.Account) string {
	var lines []string
	for _, a := range users(accounts) {
		line := "  " + a.UserPrincipalName
		if a.Description != "" {
			line += "  " + a.Description
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
