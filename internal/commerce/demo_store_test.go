package commerce_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

const (
	documentsCustomer     = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
	documentsSubscription = "aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e"
	documentsOrder        = "34828C05-C16C-4D6F-9CFC-4D2650EF19A1"
)

// demoWorlds are the demo world and another one beside it, created a year before
// with other tenants.
func demoWorlds() [2]commerce.DemoWorld {
	now := time.Date(2026, time.March, 2, 12, 4, 50, 0, time.UTC)
	first := commerce.DefaultDemo(now)
	first.Clock.FrozenAt = &now
	second := commerce.DefaultDemo(now.AddDate(-1, 0, 0))
	second.World, second.Name = "beside", "beside"
	second.ProviderTenant = "c8e0c8a4-11b0-4d58-9b7c-0a3f4f0b6a11"
	second.ResellerTenant = "e6a5ec9b-4f5e-4f0e-9a2b-2f9f0d3b7c22"
	return [2]commerce.DemoWorld{first, second}
}

var demos = filled(func(store commerce.Store) error {
	worlds := demoWorlds()
	return errors.Join(commerce.InsertDemo(context.Background(), store, worlds[0]), commerce.InsertDemo(context.Background(), store, worlds[1]))
})

// demoStore holds both.
func demoStore(t *testing.T) (*commerce.Service, [2]commerce.DemoWorld) {
	t.Helper()
	store := openCopy(t, filepath.Join(t.TempDir(), "shop.db"), demos)
	t.Cleanup(func() { _ = store.Close() })
	return &commerce.Service{Store: store}, demoWorlds()
}

// signIn is the demo user, or app, as a token makes it known.
func signIn(t *testing.T, s *commerce.Service, d commerce.DemoWorld, name string) commerce.Actor {
	t.Helper()
	var claims commerce.Claims
	err := s.Store.Read(t.Context(), func(tx commerce.Tx) error {
		accounts, err := tx.Accounts().List(t.Context(), d.World)
		if err != nil {
			return err
		}
		partners, err := tx.Partners().List(t.Context(), d.World)
		if err != nil {
			return err
		}
		for _, a := range accounts {
			if a.Name != name {
				continue
			}
			claims = commerce.Claims{App: a.ID, MFA: true}
			if a.Kind == commerce.UserAccount {
				claims.User, claims.UPN = a.ID, a.UPN
			}
			for _, p := range partners {
				if p.ID == a.Partner {
					claims.Tenant = p.Tenant
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	actor, err := s.Identify(t.Context(), claims, "GET /")
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return actor
}

func TestDemoWorldsLieSideBySide(t *testing.T) {
	s, worlds := demoStore(t)
	for _, d := range worlds {
		ada := signIn(t, s, d, "Ada Admin")
		if ada.World.ID != d.World || ada.World.Kind != commerce.Development || !ada.World.CreatedAt.Equal(d.At) {
			t.Errorf("world %+v", ada.World)
		}
		customers, next, err := s.Customers(t.Context(), ada, nil, commerce.MaxCustomersPage, commerce.CustomerFilter{})
		if err != nil || next != nil || len(customers) != 10 {
			t.Fatalf("%s: %d customers, %v, %v", d.World, len(customers), next, err)
		}
		found := 0
		for _, c := range customers {
			subscriptions, _, err := s.Subscriptions(t.Context(), ada, commerce.SubscriptionQuery{Customer: c.ID})
			if err != nil {
				t.Fatal(err)
			}
			found += len(subscriptions)
			for _, one := range subscriptions {
				if _, err := s.Addons(t.Context(), ada, c.ID, one.ID); err != nil {
					t.Error(err)
				}
				orders, err := s.Order(t.Context(), ada, c.ID, one.OrderID, true)
				if err != nil || orders.TotalPrice == nil {
					t.Errorf("order of subscription %s: %v", one.ID, err)
				}
			}
		}
		if found < 40 {
			t.Errorf("%s: %d subscriptions", d.World, found)
		}
		rosa := signIn(t, s, d, "Rosa Reseller")
		customers, _, err = s.Customers(t.Context(), rosa, nil, commerce.MaxCustomersPage, commerce.CustomerFilter{})
		if err != nil || len(customers) != 2 {
			t.Errorf("%s: the reseller sees %d customers, %v", d.World, len(customers), err)
		}
	}
	if err := commerce.InsertDemo(t.Context(), s.Store, worlds[0]); !errors.Is(err, commerce.ErrTaken) {
		t.Errorf("a second insertion: %v", err)
	}
}

func TestDemoAnswersTheDocumentsExamples(t *testing.T) {
	s, worlds := demoStore(t)
	for _, d := range worlds {
		ada := signIn(t, s, d, "Ada Admin")
		status, outlook, err := s.ProvisioningStatus(t.Context(), ada, documentsCustomer, documentsSubscription)
		if err != nil || outlook.RetryAfter != nil {
			t.Fatalf("%v, %v", outlook, err)
		}
		answers(t, status, `{"skuId":"6FD2C87F-B296-42F0-B197-1E91E994B900","status":"success","quantity":5,`+
			`"endDate":"2018-05-10T00:00:00Z","attributes":{"objectType":"SubscriptionProvisioningStatus"}}`)
		lines, outlook, err := s.OrderProvisioningStatus(t.Context(), ada, documentsCustomer, documentsOrder)
		if err != nil || outlook.RetryAfter != nil {
			t.Fatalf("%v, %v", outlook, err)
		}
		answers(t, partnercenter.NewCollection(lines), `{"totalCount":1,"items":[{"orderLineItemId":0,"lineItemNumber":0,"status":"fulfilled",`+
			`"quantityProvisioningInformation":[{"quantity":1,"status":"fulfilled"}]}],"attributes":{"objectType":"Collection"}}`)
		subscription, _, err := s.Subscription(t.Context(), ada, documentsCustomer, documentsSubscription)
		if err != nil || subscription.Status != "active" || subscription.Quantity != 5 ||
			subscription.CommitmentEndDate.String() != "2018-05-10T00:00:00Z" || subscription.Attributes.ETag == nil {
			t.Errorf("subscription %+v, %v", subscription, err)
		}
	}
}

func answers(t *testing.T, got any, want string) {
	t.Helper()
	body, err := json.Marshal(got)
	if err != nil || string(body) != want {
		t.Errorf("%v: got\n%s\nwant\n%s", err, body, want)
	}
}

func TestDemoAccountsMayDoWhatTheyAreThereFor(t *testing.T) {
	s, worlds := demoStore(t)
	reads := commerce.Access{AppOnly: true, Roles: []commerce.AgentRole{
		commerce.AdminAgent, commerce.SalesAgent, commerce.HelpdeskAgent, commerce.GlobalAdmin,
	}}
	subscription := commerce.Access{Directory: []commerce.DirectoryRole{commerce.DirectoryReader, commerce.GlobalReader}}
	order := commerce.Access{Roles: []commerce.AgentRole{commerce.AdminAgent, commerce.GlobalAdmin}}
	const (
		alder   = "cf6f4266-8415-4afd-b119-1834c6391312"
		fjord   = "2c09b8c1-e217-4854-8946-05de52aa47da"
		koyama  = "baba9812-1316-443a-a13f-de7519ba2198"
		tamarin = "a62b5115-bed4-4cc6-abec-93b45b74141d"
		wattle  = "6b2da306-b894-4f0d-a4dc-ae05aa9bc43f"
	)
	for _, c := range []struct {
		name     string
		access   commerce.Access
		customer string
		want     error
	}{
		{"Ada Admin", reads, wattle, nil},
		{"Ada Admin", subscription, wattle, nil},
		{"Ada Admin", order, koyama, nil},
		{"Sam Sales", reads, alder, nil},
		{"Sam Sales", subscription, alder, partnercenter.ErrPrivileges},
		{"Sam Sales", order, alder, partnercenter.ErrRole},
		{"Hana Helpdesk", reads, koyama, nil},
		{"Hana Helpdesk", subscription, alder, nil},
		{"Hana Helpdesk", subscription, koyama, partnercenter.ErrPrivileges},
		{"Hana Helpdesk", order, alder, partnercenter.ErrRole},
		{"Greta Global", order, koyama, nil},
		{"Greta Global", subscription, alder, nil},
		{"Greta Global", subscription, wattle, partnercenter.ErrPrivileges},
		{"Rita Reader", reads, alder, partnercenter.ErrRole},
		{"Rita Reader", subscription, documentsCustomer, nil},
		{"Rita Reader", subscription, alder, nil},
		{"Rita Reader", subscription, koyama, nil},
		{"Rita Reader", subscription, wattle, partnercenter.ErrPrivileges},
		{"Rita Reader", subscription, fjord, partnercenter.ErrPrivileges},
		{"Rita Reader", order, alder, partnercenter.ErrRole},
		{"Noor Nobody", reads, alder, partnercenter.ErrRole},
		{"Noor Nobody", subscription, alder, partnercenter.ErrPrivileges},
		{"Northlight Automation", reads, alder, nil},
		{"Northlight Automation", subscription, alder, partnercenter.ErrAppOnly},
		{"Northlight Prototype", reads, alder, partnercenter.ErrRole},
		{"Rosa Reseller", reads, fjord, nil},
		{"Rosa Reseller", reads, tamarin, nil},
		{"Rosa Reseller", reads, alder, partnercenter.ErrNoRelationship},
		{"Rosa Reseller", order, tamarin, nil},
		{"Rosa Reseller", subscription, fjord, nil},
		{"Rosa Reseller", subscription, tamarin, partnercenter.ErrPrivileges},
		{"Brookside Sync", reads, fjord, nil},
		{"Brookside Sync", reads, documentsCustomer, partnercenter.ErrNoRelationship},
	} {
		actor := signIn(t, s, worlds[0], c.name)
		err := c.access.AdmitKind(actor)
		if err == nil {
			_, err = s.Authorize(t.Context(), actor, c.access, c.customer)
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s on %s: got %v, want %v", c.name, c.customer, err, c.want)
		}
	}
}
