package cli

import (
	"strings"
	"testing"

	"provost/partnercenter/extension"
)

var shop = []extension.Account{
	{WorldName: "demo", World: "w1", PartnerKind: provider, Kind: extension.AppAccount, ID: "app-unregistered", Name: "Prototype"},
	{WorldName: "demo", World: "w1", PartnerKind: provider, Kind: extension.UserAccount, ID: "ada", UserPrincipalName: "ada@shop.example",
		Roles: []string{adminAgent}, DirectoryRoles: []string{directoryReader}, Description: "may do all"},
	{WorldName: "demo", World: "w1", PartnerKind: provider, Kind: extension.UserAccount, ID: "rita", UserPrincipalName: "rita@shop.example",
		DirectoryRoles: []string{directoryReader}},
	{WorldName: "demo", World: "w1", PartnerKind: reseller, Kind: extension.UserAccount, ID: "rosa", UserPrincipalName: "rosa@sells.example",
		Roles: []string{adminAgent}},
	{WorldName: "demo", World: "w1", PartnerKind: provider, Kind: extension.AppAccount, ID: "app", Registered: true},
	{WorldName: "demo", World: "w1", PartnerKind: reseller, Kind: extension.AppAccount, ID: "reseller-app", Registered: true},
}

func TestAccountIsPickedByWhatItMay(t *testing.T) {
	for want, w := range map[string]wanted{
		"ada":          {},
		"rita":         {role: directoryReader},
		"rosa":         {role: reseller},
		"app":          {appOnly: true},
		"reseller-app": {appOnly: true, role: reseller},
	} {
		if got, err := w.pick(shop); err != nil || got.ID != want {
			t.Errorf("%+v picked %s (%v), want %s", w, got.ID, err, want)
		}
	}
	for _, name := range []string{"ROSA@sells.example", "rosa"} {
		if got, err := (wanted{user: name}).pick(shop); err != nil || got.ID != "rosa" {
			t.Errorf("user %s is %s (%v)", name, got.ID, err)
		}
	}
}

func TestPickListsTheChoices(t *testing.T) {
	two := append([]extension.Account{{WorldName: "other", World: "w2", PartnerKind: provider, Kind: extension.UserAccount,
		ID: "ada2", Roles: []string{adminAgent}}}, shop...)
	for name, c := range map[string]struct {
		wanted   wanted
		accounts []extension.Account
		says     string
	}{
		"unknown user":    {wanted{user: "eve"}, shop, "ada@shop.example  may do all"},
		"unknown world":   {wanted{world: "mars"}, two, "other, demo"},
		"two worlds":      {wanted{}, two, "--world: other, demo"},
		"nobody has it":   {wanted{role: "sales-agent"}, shop, "rita@shop.example"},
		"no world at all": {wanted{}, nil, "no development world"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := c.wanted.pick(c.accounts); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("it said %v; want %q", err, c.says)
			}
		})
	}
	if got, err := (wanted{world: "W2"}).pick(two); err != nil || got.ID != "ada2" {
		t.Errorf("in its world it is %s (%v)", got.ID, err)
	}
}
