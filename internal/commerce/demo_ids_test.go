package commerce_test

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
)

// Everything in a demo shop by the customer, as text.
func shopText(t *testing.T, store commerce.Store, world string) string {
	t.Helper()
	var all []any
	ctx := t.Context()
	err := store.Read(ctx, func(tx commerce.Tx) error {
		partners, err := tx.Partners().List(ctx, world)
		if err != nil {
			return err
		}
		customers, err := tx.Customers().Page(ctx, commerce.CustomerQuery{World: world, Partner: partners[0].ID, Limit: 100})
		if err != nil {
			return err
		}
		accounts, err := tx.Accounts().List(ctx, world)
		if err != nil {
			return err
		}
		all = append(all, partners, customers, accounts)
		for _, p := range partners {
			agents, err := tx.Roles().AgentGrants(ctx, world, p.ID)
			if err != nil {
				return err
			}
			directory, err := tx.Roles().DirectoryGrantsPage(ctx, commerce.DirectoryGrantQuery{World: world, Partner: p.ID, Limit: 1000})
			if err != nil {
				return err
			}
			all = append(all, agents, directory)
		}
		for _, c := range customers {
			orders, err := tx.Orders().List(ctx, world, c.Resource.ID, "")
			if err != nil {
				return err
			}
			subscriptions, err := tx.Subscriptions().List(ctx, commerce.SubscriptionQuery{World: world, Customer: c.Resource.ID})
			if err != nil {
				return err
			}
			all = append(all, orders, subscriptions)
			for _, o := range orders {
				changes, err := tx.Changes().Purchases(ctx, world, c.Resource.ID, o.Resource.ID)
				if err != nil {
					return err
				}
				all = append(all, changes)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	guids    = regexp.MustCompile(`(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	sellable = regexp.MustCompile(`(?i)"(?:skuId|SKUID|offerId|provisioningId)":"([^"]+)"`)
)

func TestNewDemoShopSharesNoIDWithAnother(t *testing.T) {
	store := openStore(t, filepath.Join(t.TempDir(), "provost.db"))
	t.Cleanup(func() { _ = store.Close() })
	if err := commerce.InsertDemo(t.Context(), store, commerce.DefaultDemo(time.Now())); err != nil {
		t.Fatal(err)
	}
	s := &commerce.Service{Store: store}
	for name, tenant := range map[string]string{"one": "9f0c2f4e-6a0e-4a53-8d4b-3a9d3b9e6c01", "two": "9f0c2f4e-6a0e-4a53-8d4b-3a9d3b9e6c02"} {
		_, _, err := s.CreateWorld(t.Context(), commerce.LocalOperator, commerce.NewWorld{
			Name: name, Kind: commerce.Development, Tenant: tenant, Settings: commerce.DefaultSettings(), Demo: true,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	original := shopText(t, store, "demo")
	var sold []string
	for _, match := range sellable.FindAllStringSubmatch(original, -1) {
		sold = append(sold, match[1])
	}
	ids := map[string]string{}
	for _, world := range []string{"demo", "one", "two"} {
		text := shopText(t, store, world)
		if len(text) < len(original)*9/10 {
			t.Errorf("world %s holds %d bytes, the demo world %d", world, len(text), len(original))
		}
		for _, id := range guids.FindAllString(text, -1) {
			if first, known := ids[id]; known && first != world && !slices.Contains(sold, id) {
				t.Errorf("worlds %s and %s share the id %s", first, world, id)
			}
			ids[id] = world
		}
		for _, order := range []string{"55be48b3ad82", "jGuSU-RPmzvLf3J1kBw3YcyfTPbtwSpD1", "42519086371"} {
			if found, want := regexp.MustCompile(order).MatchString(text), world == "demo"; found != want {
				t.Errorf("world %s has the order %s: %v", world, order, found)
			}
		}
		for _, id := range sold {
			if !regexp.MustCompile(regexp.QuoteMeta(id)).MatchString(text) {
				t.Errorf("world %s does not sell %s", world, id)
			}
		}
	}
	if len(sold) < 10 || len(ids) < 300 {
		t.Errorf("compared %d ids, %d of what is sold", len(ids), len(sold))
	}
}

// What is to happen there names what is there.
func TestNewDemoShopGoesOn(t *testing.T) {
	s := openShop(t)
	entry, start, err := s.CreateWorld(t.Context(), commerce.LocalOperator, commerce.NewWorld{
		Name: "one", Kind: commerce.Development, Tenant: "9f0c2f4e-6a0e-4a53-8d4b-3a9d3b9e6c01", Settings: commerce.DefaultSettings(), Demo: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	var ada commerce.Caller
	ada.Actor = commerce.Actor{Claims: commerce.Claims{User: start.Admin, App: start.App, Tenant: entry.Provider.Tenant, MFA: true}, World: entry.World, Partner: entry.Provider}
	s.OnDueFailure = func(f commerce.DueFailure) { t.Errorf("%s of %s failed: %v", f.Due.Kind, f.Due.Subject, f.Err) }
	reading, steps, err := s.MoveClock(t.Context(), ada, commerce.ClockMove{By: period(t, "P2Y")})
	if err != nil || reading.Failing != 0 || len(steps) < 50 {
		t.Errorf("%d steps, %d of them fail, %v", len(steps), reading.Failing, err)
	}
}

func TestOperatorKeyOutlivesNoRevocationAndKeepsItsLastUse(t *testing.T) {
	store := openStore(t, filepath.Join(t.TempDir(), "provost.db"))
	t.Cleanup(func() { _ = store.Close() })
	s := &commerce.Service{Store: store}
	key, text, err := s.CreateOperatorKey(t.Context(), commerce.LocalOperator, "ci")
	if err != nil || !strings.HasPrefix(text, "provost_op_") {
		t.Fatal(text, err)
	}
	for range 3 {
		if by, err := s.IdentifyOperator(t.Context(), text); err != nil || by.Name != "ci" {
			t.Fatal(by, err)
		}
	}
	used, err := s.OperatorKeys(t.Context())
	if err != nil || used[0].LastUsedAt == nil || key.LastUsedAt != nil {
		t.Errorf("kept %+v (%v)", used, err)
	}
	for range 2 {
		if err := s.RevokeOperatorKey(t.Context(), commerce.LocalOperator, "CI"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.IdentifyOperator(t.Context(), text); err == nil {
			t.Error("a revoked key opens the door")
		}
	}
}
