package operator_test

import (
	"slices"
	"testing"

	"provost/internal/commerce"
	"provost/partnercenter/extension"
)

// What who says is what Authorize does, for everyone in the demo shop.
func TestWhoSaysWhatAuthorizeDoes(t *testing.T) {
	m := openManagement(t, "")
	const world = "/operator/v1/worlds/demo"
	m.ask(t, "PUT", world+"/roles", `{"role":"helpdesk-agent","group":"G-1"}`)
	m.ask(t, "PUT", world+"/roles", `{"role":"directory-reader","group":"G-2","customer":"`+koyama+`"}`)
	asked := 0
	for _, customer := range []string{harbourLane, koyama, "2c09b8c1-e217-4854-8946-05de52aa47da", "6b2da306-b894-4f0d-a4dc-ae05aa9bc43f"} {
		who := done[extension.Standings](t, m, 200, "GET", world+"/customers/"+customer+"/who", "")
		for _, claims := range []commerce.Claims{
			{Tenant: provider, User: ada}, {Tenant: provider, User: sam}, {Tenant: provider, User: hana}, {Tenant: provider, User: greta},
			{Tenant: provider, User: rita}, {Tenant: provider, User: noor}, {Tenant: reseller, User: rosa},
			{Tenant: provider, App: theApp}, {Tenant: provider, App: "6f45aedd-7961-4542-8600-39d309ba91e4"}, {Tenant: reseller, App: "67b7a5f7-ef01-4411-84cb-e419b7b4e32e"},
			{Tenant: provider, User: "nobody", Groups: []string{"G-1"}}, {Tenant: provider, User: "nobody", Groups: []string{"G-2"}},
		} {
			var said []string
			for _, s := range who.Items {
				mine := s.User == claims.User && s.User != "" || s.App == claims.App && s.App != "" || slices.Contains(claims.Groups, s.Group)
				if mine && s.Partner == claims.Tenant {
					said = append(said, s.Calls...)
					if len(s.Why) == 0 {
						t.Errorf("%+v has no reason", s)
					}
				}
			}
			claims.MFA = true
			actor, err := m.shop.Identify(t.Context(), claims, "")
			if err != nil {
				t.Fatal(err)
			}
			for _, call := range onCustomers {
				_, err := m.shop.Authorize(t.Context(), actor, call.Access, customer)
				allowed := call.Access.AdmitKind(actor) == nil && err == nil
				if allowed != slices.Contains(said, call.Name) {
					t.Errorf("%+v on %s: %s is allowed %v, and who says %v", claims, customer, call.Name, allowed, said)
				}
				asked++
			}
		}
	}
	if asked != 4*12*len(onCustomers) {
		t.Errorf("asked %d times", asked)
	}
}
