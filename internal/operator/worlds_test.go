package operator_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"provost/internal/commerce"
	"provost/partnercenter/extension"
)

func TestWorldIsMadeShownAndSet(t *testing.T) {
	m := openManagement(t, "")
	made := done[extension.World](t, m, 201, "POST", "/operator/v1/worlds",
		`{"name":"shop","kind":"production","tenant":"`+freeTenant+`","company":"Contoso","mpnId":"42","mfa":"report","refreshInterval":"90s"}`)
	if made.Kind != "production" || made.Tenant != freeTenant || made.Company != "Contoso" || made.MFA != "report" || made.MFAShare != 100 ||
		made.RefreshInterval != "1m30s" || made.Start != nil {
		t.Errorf("made %+v", made)
	}
	set := done[extension.World](t, m, 200, "PATCH", "/operator/v1/worlds/SHOP", `{"mfa":"enforce","mfaShare":10}`)
	if set.MFA != "enforce" || set.MFAShare != 10 || set.RefreshInterval != "1m30s" {
		t.Errorf("set %+v", set)
	}
	if made.Sandbox || made.AgreementRequired {
		t.Errorf("made %+v", made)
	}
	set = done[extension.World](t, m, 200, "PATCH", "/operator/v1/worlds/shop", `{"sandbox":true,"agreementRequired":true}`)
	if !set.Sandbox || !set.AgreementRequired || set.MFAShare != 10 {
		t.Errorf("set %+v", set)
	}
	set = done[extension.World](t, m, 200, "PATCH", "/operator/v1/worlds/shop", `{"sandbox":false}`)
	if set.Sandbox || !set.AgreementRequired {
		t.Errorf("set %+v", set)
	}
	for _, named := range []string{"shop", freeTenant, strings.ToUpper(freeTenant)} {
		if got := done[extension.World](t, m, 200, "GET", "/operator/v1/worlds/"+named, ""); got.Name != "shop" || got.MFAShare != 10 {
			t.Errorf("%s is %+v", named, got)
		}
	}
	worlds := done[extension.Worlds](t, m, 200, "GET", "/operator/v1/worlds", "")
	if len(worlds.Items) != 2 || worlds.Items[0].Name != "demo" || worlds.Items[1].Name != "shop" {
		t.Errorf("there are %+v", worlds)
	}
}

// What a world answers to a PATCH can be chosen when it is made, and later.
func TestWorldsWaysWithAPatchAreSet(t *testing.T) {
	m := openManagement(t, "")
	ways := func(w extension.World) [3]bool { return [3]bool{w.KeepOmitted, w.PreconditionFailed, w.RetryNextDay} }
	made := done[extension.World](t, m, 201, "POST", "/operator/v1/worlds", `{"name":"shop","kind":"production","tenant":"`+freeTenant+`","retryNextDay":true}`)
	if ways(made) != [3]bool{false, false, true} {
		t.Errorf("made %+v", made)
	}
	for _, x := range []struct {
		body string
		want [3]bool
	}{
		{`{"keepOmitted":true}`, [3]bool{true, false, true}},
		{`{"preconditionFailed":true,"retryNextDay":false}`, [3]bool{true, true, false}},
		{`{"mfa":"off"}`, [3]bool{true, true, false}},
	} {
		set := done[extension.World](t, m, 200, "PATCH", "/operator/v1/worlds/shop", x.body)
		if got := done[extension.World](t, m, 200, "GET", "/operator/v1/worlds/shop", ""); ways(set) != x.want || ways(got) != x.want {
			t.Errorf("%s: %+v, then %+v", x.body, set, got)
		}
	}
}

// Production worlds throttle, development worlds do not, and either can be told
// otherwise, when it is made or later.
func TestWorldsThrottleByTheirKindUnlessTold(t *testing.T) {
	m := openManagement(t, "")
	for i, x := range []struct {
		made, set string
		want      [2]bool
	}{
		{`"kind":"production"`, `"throttle":false`, [2]bool{true, false}},
		{`"kind":"development"`, `"throttle":true`, [2]bool{false, true}},
		{`"kind":"production","throttle":false`, `"mfa":"off"`, [2]bool{false, false}},
		{`"kind":"production"`, `"mfa":"off"`, [2]bool{true, true}},
	} {
		name := fmt.Sprintf("shop%d", i)
		made := done[extension.World](t, m, 201, "POST", "/operator/v1/worlds", fmt.Sprintf(`{"name":%q,"tenant":"00000000-0000-4000-8000-%012d",%s}`, name, i, x.made))
		done[extension.World](t, m, 200, "PATCH", "/operator/v1/worlds/"+name, "{"+x.set+"}")
		if got := done[extension.World](t, m, 200, "GET", "/operator/v1/worlds/"+name, ""); [2]bool{made.Throttle, got.Throttle} != x.want {
			t.Errorf("%s, %s: %t, then %t", x.made, x.set, made.Throttle, got.Throttle)
		}
	}
}

func TestScriptsAreSetAndTakenAwayByName(t *testing.T) {
	m := openManagement(t, "")
	set := func(body string) map[string]string {
		t.Helper()
		return done[extension.World](t, m, 200, "PATCH", "/operator/v1/worlds/demo", body).Simulator
	}
	const script = "3 at +5m; 2 fail at +15m because no licences are left"
	got := set(`{"simulator":{"cfq7ttc0lh18:0001":"` + script + `","*":" never "}}`)
	if want := map[string]string{"CFQ7TTC0LH18:0001": script, "*": "never"}; !maps.Equal(got, want) {
		t.Errorf("there are %v, want %v", got, want)
	}
	got = set(`{"simulator":{"CFQ7TTC0LH18:0001":"","CFQ7TTC0LH18":"at once","*":"at +1h"}}`)
	want := map[string]string{"CFQ7TTC0LH18": "at once", "*": "at +1h"}
	if kept := done[extension.World](t, m, 200, "GET", "/operator/v1/worlds/demo", "").Simulator; !maps.Equal(got, want) || !maps.Equal(kept, want) {
		t.Errorf("there are %v and %v, want %v", got, kept, want)
	}
	log := done[extension.OperatorLog](t, m, 200, "GET", "/operator/v1/log?size=1", "").Items[0]
	if before := log.Before["simulator CFQ7TTC0LH18:0001"]; before != script || log.After["simulator *"] != "at +1h" {
		t.Errorf("the log says %+v", log)
	}
}

func TestTakenTenantIsRefusedByName(t *testing.T) {
	m := openManagement(t, "")
	w := m.ask(t, "POST", "/operator/v1/worlds", `{"kind":"production","tenant":"`+strings.ToUpper(reseller)+`"}`)
	if w.Code != 409 || !strings.Contains(explained(w), "Brookside IT, the reseller of world demo") {
		t.Errorf("answered %d %q", w.Code, explained(w))
	}
	w = m.ask(t, "POST", "/operator/v1/worlds/demo/partners", `{"name":"X","tenant":"`+provider+`"}`)
	if w.Code != 409 || !strings.Contains(explained(w), "Northlight Cloud, the provider of world demo") {
		t.Errorf("answered %d %q", w.Code, explained(w))
	}
	w = m.ask(t, "POST", "/operator/v1/worlds", `{"name":"demo","kind":"production","tenant":"`+freeTenant+`"}`)
	if w.Code != 409 || !strings.Contains(explained(w), "a world demo already") {
		t.Errorf("answered %d %q", w.Code, explained(w))
	}
}

func TestNewDemoShopIsItsOwn(t *testing.T) {
	m := openManagement(t, "")
	for _, kind := range []string{"development", "production"} {
		tenant := map[string]string{"development": freeTenant, "production": otherProvider}[kind]
		made := done[extension.World](t, m, 201, "POST", "/operator/v1/worlds", `{"kind":"`+kind+`","demo":true,"tenant":"`+tenant+`"}`)
		if made.Name != tenant || made.Start == nil {
			t.Fatalf("made %+v", made)
		}
		if issuers := len(made.Issuers); made.Start.URL != "https://shop.example" || made.Start.TokenCommand != "" || issuers != map[string]int{"development": 0, "production": 1}[kind] {
			t.Errorf("it begins at %+v, with %d issuers", made.Start, issuers)
		}
		user := made.Start.User
		if kind == "production" {
			if user != "" || made.Start.App != "" {
				t.Errorf("a production world comes with %+v", made.Start)
			}
			grants := done[extension.RoleGrants](t, m, 200, "GET", "/operator/v1/worlds/"+tenant+"/roles", "")
			if len(grants.Items) != 0 {
				t.Errorf("a production world comes with roles: %+v", grants.Items)
			}
			user = "someone"
			done[extension.RoleGrant](t, m, 200, "PUT", "/operator/v1/worlds/"+tenant+"/roles", `{"role":"admin-agent","user":"someone"}`)
		}
		actor, err := m.shop.Identify(t.Context(), commerce.Claims{Tenant: tenant, User: user, App: "x", MFA: true}, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range onCustomers {
			if _, err := m.shop.Authorize(t.Context(), actor, call.Access, made.Start.Customer); err != nil {
				t.Errorf("%s, %s: %v", kind, call.Name, err)
			}
		}
		status, _, err := m.shop.ProvisioningStatus(t.Context(), actor, made.Start.Customer, made.Start.Subscription)
		if err != nil || status.Quantity != 5 || status.SKUID != "6FD2C87F-B296-42F0-B197-1E91E994B900" {
			t.Errorf("%s: the documents' subscription is %+v (%v)", kind, status, err)
		}
	}
}

func TestWhatFollowsATermIsTheWorldsChoice(t *testing.T) {
	m := openManagement(t, "")
	made := done[extension.World](t, m, 201, "POST", "/operator/v1/worlds", `{"name":"shop","kind":"production","tenant":"`+freeTenant+`","endOfTerm":"cancel"}`)
	if made.EndOfTerm != "cancel" {
		t.Errorf("made %+v", made)
	}
	for _, choice := range []string{"extend", "grace"} {
		if set := done[extension.World](t, m, 200, "PATCH", "/operator/v1/worlds/shop", `{"endOfTerm":"`+choice+`"}`); set.EndOfTerm != choice {
			t.Errorf("set %+v, to be %s", set, choice)
		}
	}
	if set := done[extension.World](t, m, 200, "PATCH", "/operator/v1/worlds/shop", `{"sandbox":true}`); set.EndOfTerm != "grace" {
		t.Errorf("set %+v", set)
	}
	if w := m.ask(t, "PATCH", "/operator/v1/worlds/shop", `{"endOfTerm":"never"}`); w.Code != 400 || !strings.Contains(explained(w), "grace, cancel or extend") {
		t.Errorf("answered %d %s", w.Code, explained(w))
	}
}
