package storetest

import (
	"context"
	"testing"
	"time"

	"provost/internal/commerce"
)

func newOperatorKey(id, name string) commerce.OperatorKey {
	return commerce.OperatorKey{ID: id, Name: name, Hash: "a hash of " + id, CreatedAt: noon, CreatedBy: "Ann"}
}

func operatorKeys(t *testing.T, s commerce.Store) []commerce.OperatorKey {
	t.Helper()
	return read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.OperatorKey, error) {
		return tx.OperatorKeys().List(ctx)
	})
}

func acts(t *testing.T, s commerce.Store, world string, before int64, limit int) []commerce.OperatorAct {
	t.Helper()
	return read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.OperatorAct, error) {
		return tx.OperatorLog().Page(ctx, world, before, limit)
	})
}

func appended(t *testing.T, s commerce.Store, all ...commerce.OperatorAct) {
	t.Helper()
	write(t, s, func(ctx context.Context, tx commerce.Tx) error {
		for _, a := range all {
			if err := tx.OperatorLog().Append(ctx, a); err != nil {
				return err
			}
		}
		return nil
	})
}

var operatorPromises = []promise{
	{"an operator key comes back whole, by id and by name, whatever the case", func(t *testing.T, s commerce.Store) {
		used := newOperatorKey("aa01", "CI")
		used.LastUsedAt, used.RevokedAt = after(time.Hour), after(2*time.Hour)
		write(t, s, func(ctx context.Context, tx commerce.Tx) error { return tx.OperatorKeys().Insert(ctx, used) })
		for _, find := range []func(context.Context, commerce.OperatorKeyTable) (commerce.OperatorKey, error){
			func(ctx context.Context, keys commerce.OperatorKeyTable) (commerce.OperatorKey, error) {
				return keys.ByID(ctx, "AA01")
			},
			func(ctx context.Context, keys commerce.OperatorKeyTable) (commerce.OperatorKey, error) {
				return keys.ByName(ctx, "ci")
			},
		} {
			same(t, "key", read(t, s, func(ctx context.Context, tx commerce.Tx) (commerce.OperatorKey, error) {
				return find(ctx, tx.OperatorKeys())
			}), used)
		}
		missing(t, s, "id", func(ctx context.Context, tx commerce.Tx) (any, error) { return tx.OperatorKeys().ByID(ctx, "none") })
		missing(t, s, "name", func(ctx context.Context, tx commerce.Tx) (any, error) { return tx.OperatorKeys().ByName(ctx, "none") })
	}},
	{"an operator key's id and name are its own", func(t *testing.T, s commerce.Store) {
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			return tx.OperatorKeys().Insert(ctx, newOperatorKey("aa01", "ci"))
		})
		for _, k := range []commerce.OperatorKey{newOperatorKey("AA01", "other"), newOperatorKey("aa02", "CI")} {
			refused(t, s, commerce.ErrTaken, func(ctx context.Context, tx commerce.Tx) error { return tx.OperatorKeys().Insert(ctx, k) })
		}
	}},
	{"operator keys come by creation, then name", func(t *testing.T, s commerce.Store) {
		late, early, same1 := newOperatorKey("aa01", "a"), newOperatorKey("aa02", "c"), newOperatorKey("aa03", "b")
		late.CreatedAt = noon.Add(time.Hour)
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			for _, k := range []commerce.OperatorKey{late, early, same1} {
				if err := tx.OperatorKeys().Insert(ctx, k); err != nil {
					return err
				}
			}
			return nil
		})
		same(t, "names", each(operatorKeys(t, s), func(k commerce.OperatorKey) string { return k.Name }), []string{"b", "c", "a"})
	}},
	{"an operator key keeps its last use, and its first revocation", func(t *testing.T, s commerce.Store) {
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			keys := tx.OperatorKeys()
			if err := keys.Insert(ctx, newOperatorKey("aa01", "ci")); err != nil {
				return err
			}
			for hours := 1; hours <= 2; hours++ {
				at := noon.Add(time.Duration(hours) * time.Hour)
				if err := keys.Use(ctx, "AA01", at); err != nil {
					return err
				}
				if err := keys.Revoke(ctx, "AA01", at); err != nil {
					return err
				}
			}
			return nil
		})
		want := newOperatorKey("aa01", "ci")
		want.LastUsedAt, want.RevokedAt = after(2*time.Hour), after(time.Hour)
		same(t, "keys", operatorKeys(t, s), []commerce.OperatorKey{want})
	}},
	{"the operator log comes backwards, page by page, of one world or of all", func(t *testing.T, s commerce.Store) {
		first := commerce.OperatorAct{At: noon, By: "Ann", What: "create world", World: "World-1", Subject: "World-1", After: commerce.Words{"kind": "production"}}
		second := commerce.OperatorAct{At: noon, By: "Ann", What: "create operator key", Subject: "ci"}
		third := commerce.OperatorAct{At: *after(time.Hour), By: "ci", What: "set world", World: "World-1", Subject: "World-1",
			Before: commerce.Words{"mfa": "off"}, After: commerce.Words{"mfa": "enforce"}}
		appended(t, s, first, second, third)
		all := acts(t, s, "", 0, 10)
		if len(all) != 3 || all[0].ID <= all[1].ID || all[1].ID <= all[2].ID {
			t.Fatalf("there are %+v", all)
		}
		first.ID, second.ID, third.ID = all[2].ID, all[1].ID, all[0].ID
		same(t, "all", all, []commerce.OperatorAct{third, second, first})
		same(t, "a page", acts(t, s, "", 0, 2), []commerce.OperatorAct{third, second})
		same(t, "the next", acts(t, s, "", second.ID, 2), []commerce.OperatorAct{first})
		same(t, "a world's", acts(t, s, "WORLD-1", 0, 10), []commerce.OperatorAct{third, first})
		same(t, "its next", acts(t, s, "WORLD-1", third.ID, 10), []commerce.OperatorAct{first})
		same(t, "another's", len(acts(t, s, "World-2", 0, 10)), 0)
	}},
	{"a world's settings change, and nothing else of it", func(t *testing.T, s commerce.Store) {
		changed, other := newWorld("World-1"), newWorld("World-2")
		insert(t, s, changed, other)
		changed.Settings = commerce.WorldSettings{RefreshInterval: 30 * time.Second, MFA: commerce.MFAReport, MFAShare: 7}
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			return tx.Worlds().Update(ctx, "WORLD-1", changed.Settings)
		})
		same(t, "changed", worldByID(t, s, "World-1"), changed)
		same(t, "the other", worldByID(t, s, "World-2"), other)
		refused(t, s, commerce.ErrMissing, func(ctx context.Context, tx commerce.Tx) error {
			return tx.Worlds().Update(ctx, "none", changed.Settings)
		})
	}},
	{"a removed partner takes all of its own along, and nothing else", func(t *testing.T, s commerce.Store) {
		account := newAccount("Account-9", "x@example.com")
		account.Partner = theReseller
		agent, directory := agentGrant(commerce.AdminAgent), directoryGrant(commerce.GlobalReader, nil)
		agent.Partner, directory.Partner = theReseller, theReseller
		insert(t, s, append(shop(), account, agent, directory, agentGrant(commerce.SalesAgent), directoryGrant(commerce.GlobalReader, nil),
			commerce.Relationship{World: theWorld, Partner: theReseller, Customer: theCustomer, Kind: commerce.ResellerOf},
			commerce.RefreshToken{Hash: "1", World: theWorld, Partner: theReseller, User: "Account-9", App: "App-1", IssuedAt: noon, ExpiresAt: noon})...)
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			if err := tx.RefreshTokens().Register(ctx, commerce.AppRegistration{World: theWorld, Partner: theReseller, App: "Account-9"}); err != nil {
				return err
			}
			return tx.Partners().Remove(ctx, "WORLD-1", "RESELLER-1")
		})
		partners := read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.Partner, error) {
			return tx.Partners().List(ctx, theWorld)
		})
		same(t, "partners", each(partners, func(p commerce.Partner) string { return p.ID }), []string{theProvider})
		missing(t, s, "refresh token", func(ctx context.Context, tx commerce.Tx) (any, error) { return tx.RefreshTokens().ByHash(ctx, "1") })
		insert(t, s, newPartner(theWorld, theReseller, "Tenant-again", commerce.Reseller))
		same(t, "its roles", len(agentRoles(t, s, theReseller, theUser)), 0)
		same(t, "its directory roles", len(directoryGrants(t, s, theReseller, theUser, theCustomer)), 0)
		same(t, "its relationships", len(between(t, s, theReseller, theCustomer)), 0)
		same(t, "another's roles", agentRoles(t, s, theProvider, theUser), []commerce.AgentRole{commerce.SalesAgent})
		same(t, "another's directory roles", len(directoryGrants(t, s, theProvider, theUser, theCustomer)), 1)
		same(t, "another's relationships", len(between(t, s, theProvider, theCustomer)), 1)
		refused(t, s, commerce.ErrMissing, func(ctx context.Context, tx commerce.Tx) error { return tx.Partners().Remove(ctx, theWorld, "none") })
	}},
	{"a partner's relationships come by customer and kind, as they were made", func(t *testing.T, s commerce.Store) {
		second := newCustomer(theWorld, "Customer-0", noon)
		relate := func(partner, customer string, kind commerce.RelationshipKind) commerce.Relationship {
			return commerce.Relationship{World: theWorld, Partner: partner, Customer: customer, Kind: kind}
		}
		insert(t, s, append(shop(), second, relate(theReseller, theCustomer, commerce.ResellerOf),
			relate(theReseller, "Customer-0", commerce.ResellerOf), relate(theReseller, "Customer-0", commerce.DelegatedAdminOf))...)
		of := func(limit int) []commerce.Relationship {
			return read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.Relationship, error) {
				return tx.Relationships().Of(ctx, "WORLD-1", "RESELLER-1", limit)
			})
		}
		want := []commerce.Relationship{
			relate(theReseller, "Customer-0", commerce.DelegatedAdminOf), relate(theReseller, "Customer-0", commerce.ResellerOf),
			relate(theReseller, theCustomer, commerce.ResellerOf),
		}
		same(t, "all", of(10), want)
		same(t, "some", of(2), want[:2])
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
		on := func(customer string, limit int) []commerce.DirectoryGrant {
			return read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.DirectoryGrant, error) {
				return tx.Roles().DirectoryGrantsOn(ctx, theWorld, theProvider, customer, limit)
			})
		}
		same(t, "on all", on("", 10), []commerce.DirectoryGrant{here, there})
		same(t, "on one", on("CUSTOMER-2", 10), []commerce.DirectoryGrant{there})
		same(t, "some", on("", 1), []commerce.DirectoryGrant{here})
	}},
}
