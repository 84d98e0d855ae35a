package storetest

import (
	"context"
	"testing"
	"time"

	"provost/internal/commerce"
)

func agentRoles(t *testing.T, s commerce.Store, partner, user string) []commerce.AgentRole {
	t.Helper()
	return read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.AgentRole, error) {
		return tx.Roles().AgentRoles(ctx, theWorld, partner, user)
	})
}

func directoryGrants(t *testing.T, s commerce.Store, partner, user, customer string) []commerce.DirectoryGrant {
	t.Helper()
	return read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.DirectoryGrant, error) {
		return tx.Roles().DirectoryGrants(ctx, theWorld, partner, user, customer)
	})
}

func agentGrant(role commerce.AgentRole) commerce.AgentGrant {
	return commerce.AgentGrant{World: theWorld, Partner: theProvider, User: theUser, Role: role}
}

func directoryGrant(role commerce.DirectoryRole, until *time.Time) commerce.DirectoryGrant {
	return commerce.DirectoryGrant{World: theWorld, Partner: theProvider, User: theUser, Customer: theCustomer, Role: role, Until: until}
}

var rolePromises = []promise{
	{"an agent role granted twice is held once", func(t *testing.T, s commerce.Store) {
		again := agentGrant(commerce.AdminAgent)
		again.User = "USER-1"
		insert(t, s, append(shop(), agentGrant(commerce.SalesAgent), agentGrant(commerce.AdminAgent), again)...)
		same(t, "roles", agentRoles(t, s, theProvider, theUser), []commerce.AgentRole{commerce.AdminAgent, commerce.SalesAgent})
	}},
	{"agent roles are one user's of one partner", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), agentGrant(commerce.AdminAgent))...)
		same(t, "another user's", len(agentRoles(t, s, theProvider, "User-2")), 0)
		same(t, "another partner's", len(agentRoles(t, s, theReseller, theUser)), 0)
	}},
	{"a revoked agent role is gone and the others stay", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), agentGrant(commerce.SalesAgent), agentGrant(commerce.AdminAgent))...)
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			loud := agentGrant(commerce.AdminAgent)
			loud.User = "USER-1"
			return tx.Roles().RevokeAgent(ctx, loud)
		})
		same(t, "roles", agentRoles(t, s, theProvider, theUser), []commerce.AgentRole{commerce.SalesAgent})
	}},
	{"revoking what is not there is no error", func(t *testing.T, s commerce.Store) {
		insert(t, s, shop()...)
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			if err := tx.Roles().RevokeAgent(ctx, agentGrant(commerce.AdminAgent)); err != nil {
				return err
			}
			return tx.Roles().RevokeDirectory(ctx, directoryGrant(commerce.GlobalReader, nil))
		})
	}},
	{"a directory role granted twice is held once, with the later words", func(t *testing.T, s commerce.Store) {
		first, second := directoryGrant(commerce.GlobalReader, nil), directoryGrant(commerce.GlobalReader, after(time.Hour))
		first.User, first.Customer = "user-1", "CUSTOMER-1"
		insert(t, s, append(shop(), first, second)...)
		same(t, "grants", directoryGrants(t, s, theProvider, theUser, theCustomer), []commerce.DirectoryGrant{second})
		third := directoryGrant(commerce.GlobalReader, nil)
		insert(t, s, third)
		same(t, "grants", directoryGrants(t, s, theProvider, theUser, theCustomer), []commerce.DirectoryGrant{third})
	}},
	{"lapsed directory roles are given too", func(t *testing.T, s commerce.Store) {
		lapsed := directoryGrant(commerce.GlobalReader, &time.Time{})
		lasting := directoryGrant(commerce.DirectoryReader, nil)
		insert(t, s, append(shop(), lapsed, lasting)...)
		same(t, "grants", directoryGrants(t, s, theProvider, theUser, theCustomer), []commerce.DirectoryGrant{lasting, lapsed})
	}},
	{"directory roles are one user's of one partner on one customer", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), newCustomer(theWorld, "Customer-2", noon), directoryGrant(commerce.GlobalReader, nil))...)
		same(t, "another user's", len(directoryGrants(t, s, theProvider, "User-2", theCustomer)), 0)
		same(t, "another partner's", len(directoryGrants(t, s, theReseller, theUser, theCustomer)), 0)
		same(t, "on another customer", len(directoryGrants(t, s, theProvider, theUser, "Customer-2")), 0)
	}},
	{"a revoked directory role is gone and the others stay", func(t *testing.T, s commerce.Store) {
		gone, stays := directoryGrant(commerce.GlobalReader, after(time.Hour)), directoryGrant(commerce.DirectoryReader, nil)
		insert(t, s, append(shop(), gone, stays)...)
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			loud := directoryGrant(commerce.GlobalReader, nil)
			loud.Customer = "CUSTOMER-1"
			return tx.Roles().RevokeDirectory(ctx, loud)
		})
		same(t, "grants", directoryGrants(t, s, theProvider, theUser, theCustomer), []commerce.DirectoryGrant{stays})
	}},
	{"a group's roles are those of who is in it", func(t *testing.T, s commerce.Store) {
		agent := commerce.AgentGrant{World: theWorld, Partner: theProvider, Group: "Group-1", Role: commerce.SalesAgent}
		directory := commerce.DirectoryGrant{World: theWorld, Partner: theProvider, Group: "Group-1", Customer: theCustomer, Role: commerce.GlobalReader, Until: after(time.Hour)}
		own := agentGrant(commerce.SalesAgent)
		insert(t, s, append(shop(), agent, directory, own, agentGrant(commerce.AdminAgent))...)
		held := func(user string, groups ...string) []commerce.AgentRole {
			return read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.AgentRole, error) {
				return tx.Roles().AgentRoles(ctx, theWorld, theProvider, user, groups...)
			})
		}
		heldOn := func(user string, groups ...string) []commerce.DirectoryGrant {
			return read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.DirectoryGrant, error) {
				return tx.Roles().DirectoryGrants(ctx, theWorld, theProvider, user, theCustomer, groups...)
			})
		}
		same(t, "in it", held("User-2", "none", "GROUP-1"), []commerce.AgentRole{commerce.SalesAgent})
		same(t, "each once", held(theUser, "Group-1"), []commerce.AgentRole{commerce.AdminAgent, commerce.SalesAgent})
		same(t, "not in it", len(held("User-2", "Group-2")), 0)
		same(t, "a user of that id", len(held("Group-1")), 0)
		same(t, "a group of a user's id", len(held("User-2", theUser)), 0)
		same(t, "directory roles", heldOn("User-2", "GROUP-1"), []commerce.DirectoryGrant{directory})
		same(t, "without the group", len(heldOn("User-2", "Group-2")), 0)
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			if err := tx.Roles().RevokeAgent(ctx, agent); err != nil {
				return err
			}
			return tx.Roles().RevokeDirectory(ctx, directory)
		})
		same(t, "revoked", len(held("User-2", "Group-1")), 0)
		same(t, "revoked on the customer", len(heldOn("User-2", "Group-1")), 0)
		same(t, "the user's own", held(theUser), []commerce.AgentRole{commerce.AdminAgent, commerce.SalesAgent})
	}},
	{"grants are listed as they were made", func(t *testing.T, s commerce.Store) {
		group := commerce.AgentGrant{World: theWorld, Partner: theProvider, Group: "Group-1", Role: commerce.SalesAgent}
		user := agentGrant(commerce.AdminAgent)
		here, there := directoryGrant(commerce.GlobalReader, after(time.Hour)), directoryGrant(commerce.DirectoryReader, nil)
		there.Customer = "Customer-2"
		insert(t, s, append(shop(), newCustomer(theWorld, "Customer-2", noon), user, group, here, there)...)
		same(t, "agent roles", read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.AgentGrant, error) {
			return tx.Roles().AgentGrants(ctx, theWorld, theProvider)
		}), []commerce.AgentGrant{group, user})
		same(t, "on a customer", read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.DirectoryGrant, error) {
			return tx.Roles().DirectoryGrantsOn(ctx, theWorld, theProvider, "CUSTOMER-2")
		}), []commerce.DirectoryGrant{there})
	}},
	{"agent grants come page by page, by partner, kind, id and role", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(shop(), shopIn("World-2", "Other")...)...)
		grant := func(partner, user, group string, role commerce.AgentRole) commerce.AgentGrant {
			return commerce.AgentGrant{World: theWorld, Partner: partner, User: user, Group: group, Role: role}
		}
		all := []commerce.AgentGrant{
			grant(theProvider, "", "A", commerce.SalesAgent), grant(theProvider, "", "b", commerce.AdminAgent),
			grant(theProvider, "A", "", commerce.AdminAgent), grant(theProvider, "A", "", commerce.SalesAgent), grant(theProvider, "b", "", commerce.AdminAgent),
			grant(theReseller, "", "A", commerce.AdminAgent), grant(theReseller, "A", "", commerce.AdminAgent),
		}
		for i := range all {
			insert(t, s, all[len(all)-1-i])
		}
		insert(t, s, commerce.AgentGrant{World: "World-2", Partner: theProvider, User: "A", Role: commerce.AdminAgent})
		for partner, want := range map[string][]commerce.AgentGrant{"": all, "PROVIDER-1": all[:5], "Reseller-1": all[5:]} {
			paged(t, want, func(ctx context.Context, tx commerce.Tx, after *commerce.AgentGrant, limit int) ([]commerce.AgentGrant, error) {
				return tx.Roles().AgentGrantsPage(ctx, commerce.AgentGrantQuery{World: "WORLD-1", Partner: partner, After: after, Limit: limit})
			}, s)
		}
	}},
	{"directory grants come page by page, by partner, kind, id, customer and role", func(t *testing.T, s commerce.Store) {
		insert(t, s, append(append(shop(), shopIn("World-2", "Other")...), newCustomer(theWorld, "Customer-2", noon))...)
		grant := func(partner, user, group, customer string, role commerce.DirectoryRole) commerce.DirectoryGrant {
			return commerce.DirectoryGrant{World: theWorld, Partner: partner, User: user, Group: group, Customer: customer, Role: role, Until: after(time.Hour)}
		}
		all := []commerce.DirectoryGrant{
			grant(theProvider, "", "A", "Customer-2", commerce.GlobalReader),
			grant(theProvider, "A", "", theCustomer, commerce.DirectoryReader), grant(theProvider, "A", "", theCustomer, commerce.GlobalReader),
			grant(theProvider, "A", "", "Customer-2", commerce.DirectoryReader), grant(theProvider, "b", "", theCustomer, commerce.DirectoryReader),
			grant(theReseller, "", "A", theCustomer, commerce.DirectoryReader), grant(theReseller, "A", "", theCustomer, commerce.DirectoryReader),
		}
		for i := range all {
			insert(t, s, all[len(all)-1-i])
		}
		insert(t, s, commerce.DirectoryGrant{World: "World-2", Partner: theProvider, User: "A", Customer: theCustomer, Role: commerce.GlobalReader})
		for _, c := range []struct {
			partner, customer string
			want              []commerce.DirectoryGrant
		}{
			{"", "", all},
			{"PROVIDER-1", "", all[:5]},
			{theReseller, "", all[5:]},
			{"", "CUSTOMER-1", []commerce.DirectoryGrant{all[1], all[2], all[4], all[5], all[6]}},
			{"PROVIDER-1", "Customer-1", []commerce.DirectoryGrant{all[1], all[2], all[4]}},
		} {
			paged(t, c.want, func(ctx context.Context, tx commerce.Tx, after *commerce.DirectoryGrant, limit int) ([]commerce.DirectoryGrant, error) {
				return tx.Roles().DirectoryGrantsPage(ctx, commerce.DirectoryGrantQuery{
					World: "WORLD-1", Partner: c.partner, Customer: c.customer, After: after, Limit: limit,
				})
			}, s)
		}
	}},
}
