package operator_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter/extension"
)

// openManagementAt is a demo world whose clock stands still.
func openManagementAt(t *testing.T, world time.Time) *management {
	t.Helper()
	demo := commerce.DefaultDemo(world)
	demo.Clock = commerce.Clock{FrozenAt: &world}
	return openManagementOver(t, "", demo)
}

// A directory role ends at its instant of the world's time, for who asks and
// for what who tells, and cannot be granted once that is over.
func TestDirectoryRolesEndInTheWorldsTime(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Second).AddDate(-1, 0, 0)
	m := openManagementAt(t, now)
	const world = "/operator/v1/worlds/demo"
	grant := func(user string, until time.Time) string {
		return `{"role":"directory-reader","user":"` + user + `","customer":"` + koyama + `","until":"` + until.Format(time.RFC3339) + `"}`
	}
	// Long over on this machine's clock, ahead on the world's.
	done[extension.RoleGrant](t, m, 200, "PUT", world+"/roles", grant("lasting", now.Add(time.Second)))
	for _, until := range []time.Time{now, now.Add(-time.Second)} {
		user := "over-" + until.Format("05")
		err := m.shop.Store.Write(t.Context(), func(tx commerce.Tx) error {
			partner, err := tx.Partners().ByTenant(t.Context(), provider)
			if err != nil {
				return err
			}
			return tx.Roles().GrantDirectory(t.Context(), commerce.DirectoryGrant{
				World: "demo", Partner: partner.ID, User: user, Customer: koyama, Role: commerce.DirectoryReader, Until: &until,
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		if w := m.ask(t, "PUT", world+"/roles", grant(user, until)); w.Code != 400 || !strings.Contains(explained(w), "is over") {
			t.Errorf("granted what is over: %d %s", w.Code, w.Body)
		}
		if m.may(t, user) || m.told(t, user) {
			t.Errorf("until %s, at %s: may %v, told %v", until, now, m.may(t, user), m.told(t, user))
		}
	}
	if !m.may(t, "lasting") || !m.told(t, "lasting") {
		t.Errorf("a second before its end: may %v, told %v", m.may(t, "lasting"), m.told(t, "lasting"))
	}
}

// may says whether the provider's user may ask for a subscription's status.
func (m *management) may(t *testing.T, user string) bool {
	t.Helper()
	actor, err := m.shop.Identify(t.Context(), commerce.Claims{Tenant: provider, User: user, App: "x", MFA: true}, "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.shop.Authorize(t.Context(), actor, onCustomers[1].Access, koyama)
	return err == nil
}

// told says whether the user is among those who may do something.
func (m *management) told(t *testing.T, user string) bool {
	t.Helper()
	who := done[extension.Standings](t, m, 200, "GET", "/operator/v1/worlds/demo/customers/"+koyama+"/who", "")
	return slices.ContainsFunc(who.Items, func(s extension.Standing) bool { return s.User == user })
}
