package operator_test

import (
	"context"
	"fmt"
	"net/url"
	"testing"

	"provost/internal/commerce"
	"provost/partnercenter/extension"
)

// pagesOf asks for a list in pages of a size, and gives what they hold as text.
func pagesOf[T any](t *testing.T, m *management, path string, size int) (all []string, pages int) {
	t.Helper()
	query := url.Values{"size": {fmt.Sprint(size)}}
	for {
		page := done[struct {
			Items []T
			Next  string
		}](t, m, 200, "GET", path+query.Encode(), "")
		for _, item := range page.Items {
			all = append(all, jsonOf(item))
		}
		pages++
		if page.Next == "" || pages > 100 {
			return all, pages
		}
		if len(page.Items) != size {
			t.Errorf("%s: a page before the last holds %d", path, len(page.Items))
		}
		query.Set("after", page.Next)
	}
}

func pagedAlike[T any](t *testing.T, m *management, path string, least int) {
	t.Helper()
	whole, once := pagesOf[T](t, m, path, 1000)
	if len(whole) < least || once != 1 {
		t.Errorf("%s gives %d in %d pages, want one page of %d at least", path, len(whole), once, least)
	}
	for size := 1; size <= 3; size++ {
		parts, pages := pagesOf[T](t, m, path, size)
		if fmt.Sprint(parts) != fmt.Sprint(whole) || pages != (len(whole)+size-1)/size {
			t.Errorf("%s in %d pages of %d is\n%v\nwant\n%v", path, pages, size, parts, whole)
		}
	}
}

func TestListsComeWholeWhateverTheLengthOfTheirPages(t *testing.T) {
	m := openManagement(t, "")
	for i, tenant := range []string{freeTenant, otherProvider} {
		m.ask(t, "POST", "/operator/v1/worlds", `{"kind":"production","tenant":"`+tenant+`"}`)
		m.ask(t, "POST", "/operator/v1/keys", fmt.Sprintf(`{"name":"Key-%d"}`, i))
		m.ask(t, "POST", "/operator/v1/worlds/demo/partners", fmt.Sprintf(`{"name":"Third","tenant":"00000000-0000-4000-8000-00000000000%d"}`, i))
	}
	const world = "/operator/v1/worlds/demo"
	m.ask(t, "PUT", world+"/roles", `{"role":"helpdesk-agent","group":"G-1"}`)
	m.ask(t, "PUT", world+"/roles", `{"role":"global-reader","group":"G-1","customer":"`+harbourLane+`"}`)
	m.ask(t, "PUT", world+"/roles", `{"role":"app","app":"Some-App"}`)
	m.ask(t, "PUT", world+"/relationships", `{"customer":"`+koyama+`","partner":"`+reseller+`","kind":"reseller"}`)

	pagedAlike[struct{ Name, Company string }](t, m, "/operator/v1/worlds?", 3) // their time goes on
	pagedAlike[struct{ ID, Name string }](t, m, "/operator/v1/keys?", 3)
	pagedAlike[extension.Partner](t, m, world+"/partners?", 4)
	pagedAlike[extension.Relationship](t, m, world+"/relationships?", 10)
	pagedAlike[extension.Relationship](t, m, world+"/relationships?partner="+reseller+"&", 2)
	pagedAlike[extension.Relationship](t, m, world+"/relationships?customer="+koyama+"&", 2)
	pagedAlike[extension.RoleGrant](t, m, world+"/roles?", 12)
	pagedAlike[extension.RoleGrant](t, m, world+"/roles?partner="+provider+"&", 9)
	pagedAlike[extension.RoleGrant](t, m, world+"/roles?customer="+harbourLane+"&", 2)
	pagedAlike[extension.RoleGrant](t, m, world+"/roles?user="+rita+"&", 2)
	pagedAlike[extension.RoleGrant](t, m, world+"/roles?role=app&", 3)
}

func TestLongListsEndNowhere(t *testing.T) {
	m := openManagement(t, "")
	const grants = 10_500
	err := m.shop.Store.Write(t.Context(), func(tx commerce.Tx) error { return manyGrants(t.Context(), tx, grants) })
	if err != nil {
		t.Fatal(err)
	}
	found, _ := pagesOf[extension.RoleGrant](t, m, "/operator/v1/worlds/demo/roles?role=sales-agent&", 1000)
	if len(found) < grants {
		t.Errorf("of %d grants %d are listed", grants, len(found))
	}
	last, _ := pagesOf[extension.RoleGrant](t, m, fmt.Sprintf("/operator/v1/worlds/demo/roles?user=u-%05d&", grants-1), 1000)
	if len(last) != 1 {
		t.Errorf("the last user's grants are %v", last)
	}
}

func manyGrants(ctx context.Context, tx commerce.Tx, n int) error {
	partners, err := tx.Partners().List(ctx, "demo")
	for i := 0; i < n && err == nil; i++ {
		err = tx.Roles().GrantAgent(ctx, commerce.AgentGrant{
			World: "demo", Partner: partners[0].ID, User: fmt.Sprintf("u-%05d", i), Role: commerce.SalesAgent,
		})
	}
	return err
}

func TestPlacesThatAreNoneAreRefused(t *testing.T) {
	m := openManagement(t, "")
	partners := done[extension.Partners](t, m, 200, "GET", "/operator/v1/worlds/demo/partners?size=1", "")
	for name, path := range map[string]string{
		"no base64":           "/operator/v1/worlds?after=!",
		"no words":            "/operator/v1/worlds?after=e30",
		"another list's":      "/operator/v1/worlds?after=" + partners.Next,
		"no instant":          "/operator/v1/keys?after=WyJhIiwiYiJd",
		"a slip in its name":  "/operator/v1/worlds/demo/partners?afer=x",
		"a parameter of none": "/operator/v1/keys?world=demo",
		"too large a page":    "/operator/v1/worlds/demo/roles?size=1001",
	} {
		if w := m.ask(t, "GET", path, ""); w.Code != 400 {
			t.Errorf("%s: answered %d %s", name, w.Code, w.Body)
		}
	}
}
