package commerce_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
)

// The command of a cure is there to be pasted: an id that its issuer chose must
// not become more than one word of it.
func TestCureQuotesTheIDsOfOthers(t *testing.T) {
	store := openStore(t, filepath.Join(t.TempDir(), "provost.db"))
	t.Cleanup(func() { _ = store.Close() })
	demo := commerce.DefaultDemo(time.Now())
	if err := commerce.InsertDemo(t.Context(), store, demo); err != nil {
		t.Fatal(err)
	}
	s := &commerce.Service{Store: store}
	agents := commerce.Access{AppOnly: true, Roles: commerce.AgentRoles()}
	readers := commerce.Access{Directory: []commerce.DirectoryRole{commerce.DirectoryReader}}
	for name, c := range map[string]struct {
		user, app string
		access    commerce.Access
		cure      string
	}{
		"a user's agent role":     {"u;$(id)", "a", agents, `provost role grant admin-agent --user 'u;$(id)' --partner ` + demo.ProviderTenant + ` --world demo`},
		"a user's directory role": {"u'&x", "a", readers, `provost role grant directory-reader --user 'u'\''&x' --customer baba9812-1316-443a-a13f-de7519ba2198 --partner `},
		"an app":                  {"", "a|b", agents, `provost role grant app --app 'a|b' --partner `},
		"a plain one":             {"88c855f3", "a", agents, `--user 88c855f3 `},
	} {
		actor, err := s.Identify(t.Context(), commerce.Claims{Tenant: demo.ProviderTenant, User: c.user, App: c.app, MFA: true}, "")
		if err != nil {
			t.Fatal(err)
		}
		var refusal *commerce.Refusal
		_, err = s.Authorize(t.Context(), actor, c.access, "baba9812-1316-443a-a13f-de7519ba2198")
		if !errors.As(err, &refusal) || !strings.Contains(refusal.Cure, c.cure) {
			t.Errorf("%s: %v, want %s", name, err, c.cure)
		}
	}
}
