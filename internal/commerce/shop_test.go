package commerce_test

import (
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/internal/fulfillment"
	"provost/partnercenter"
)

// What the shop sells most.
const (
	businessBasic = "CFQ7TTC0LH18:0001:CFQ7TTC725M4" // P1Y or P1M, up to 300 seats
	microsoftE3   = "CFQ7TTC0LFLX:0001:CFQ7TTCX76SB" // P1Y, P1M or P3Y
	teamsPhone    = "CFQ7TTC0HD33:0001:CFQ7TTC892RZ" // an add-on of both
	e5Trial       = "CFQ7TTC0LFLZ:0005:CFQ7TTC2M87Z"
	legacyOffice  = "796B6B5F-613C-4E24-A17C-EBA730D49C02"
	legacyArchive = "2828BE95-46BA-4F91-B2FD-0BEF192ECF60" // an add-on of it
)

// The shop's ids.
const (
	shopCustomer    = "5b0a6a2c-5e0d-4d62-9d5c-1d9b8a3f7e11"
	shopReseller    = "7c0d4c2e-8a9b-4f0e-b1a5-3f2d6c9e8b22"
	shopResellerMPN = "4847383"
	shopProviderMPN = "1000001"
)

// opened is when the shop opens: two minutes and ten seconds before a refresh.
var opened = time.Date(2026, time.March, 2, 12, 12, 50, 0, time.UTC)

// shop is a development world in a store of its own: a provider, a reseller, a
// customer of both, and a clock that stands still until the test moves it.
type shop struct {
	*commerce.Service
	t *testing.T
	// ada may do everything for the provider, rosa for the reseller.
	ada, rosa commerce.Caller
}

var testSeal, _ = commerce.NewSeal(make([]byte, commerce.SealBytes))

// openShop opens the shop; the changes are made to its settings first.
func openShop(t *testing.T, changes ...func(*commerce.WorldSettings)) *shop {
	t.Helper()
	s := openShopAt(t, filepath.Join(t.TempDir(), "shop.db"), changes...)
	store := s.Store
	t.Cleanup(func() { _ = store.Close() })
	return s
}

// openShopAt opens a shop in a file of its own, which the caller closes.
func openShopAt(t *testing.T, path string, changes ...func(*commerce.WorldSettings)) *shop {
	t.Helper()
	store := openStore(t, path)
	world := commerce.World{
		ID: "shop", Name: "shop", Kind: commerce.Development, CreatedAt: opened, Settings: commerce.DefaultSettings(),
		Clock: commerce.Clock{FrozenAt: &opened},
	}
	for _, change := range changes {
		change(&world.Settings)
	}
	provider := commerce.Partner{World: "shop", ID: "11d7cf1e-8a55-4d54-a1d6-6b6ffb0e1a01", Tenant: "21d7cf1e-8a55-4d54-a1d6-6b6ffb0e1a01", Kind: commerce.Provider, Name: "Provider", MPNID: shopProviderMPN}
	reseller := commerce.Partner{World: "shop", ID: shopReseller, Tenant: "31d7cf1e-8a55-4d54-a1d6-6b6ffb0e1a01", Kind: commerce.Reseller, Name: "Reseller", MPNID: shopResellerMPN}
	s := &shop{t: t, Service: &commerce.Service{Store: store, Provisioner: fulfillment.Simulator{}, Holder: "test", Seal: testSeal}}
	s.ada.Actor = commerce.Actor{Claims: commerce.Claims{User: "ada", UPN: "ada@shop.example", App: "shop", Tenant: provider.Tenant, MFA: true}, World: world, Partner: provider}
	s.rosa.Actor = commerce.Actor{Claims: commerce.Claims{User: "rosa", UPN: "rosa@shop.example", App: "shop", Tenant: reseller.Tenant, MFA: true}, World: world, Partner: reseller}
	s.write(func(tx commerce.Tx) error {
		if err := tx.Worlds().Insert(t.Context(), world); err != nil {
			return err
		}
		address := partnercenter.Address{Country: "US", City: new("Redmond"), State: new("WA")}
		customer := commerce.Customer{World: "shop", CreatedAt: opened, Resource: partnercenter.Customer{
			ID: shopCustomer, CompanyProfile: &partnercenter.CustomerCompanyProfile{CompanyName: "Corner Shop", Domain: "corner.example", Address: &address},
		}}
		for _, p := range []commerce.Partner{provider, reseller} {
			if err := tx.Partners().Insert(t.Context(), p); err != nil {
				return err
			}
		}
		if err := tx.Customers().Insert(t.Context(), customer); err != nil {
			return err
		}
		for _, p := range []commerce.Partner{provider, reseller} {
			r := commerce.Relationship{World: "shop", Partner: p.ID, Customer: shopCustomer, Kind: commerce.ResellerOf}
			if err := tx.Relationships().Insert(t.Context(), r); err != nil {
				return err
			}
		}
		return nil
	})
	return s
}

func (s *shop) write(do func(commerce.Tx) error) {
	s.t.Helper()
	if err := s.Store.Write(s.t.Context(), do); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) read(do func(commerce.Tx) error) {
	s.t.Helper()
	if err := s.Store.Read(s.t.Context(), do); err != nil {
		s.t.Fatal(err)
	}
}

// now is the shop's time.
func (s *shop) now() time.Time {
	s.t.Helper()
	reading, err := s.ReadClock(s.t.Context(), s.ada.Actor)
	if err != nil {
		s.t.Fatal(err)
	}
	return reading.Now
}

// advance moves the clock by an ISO 8601 duration, and everything that is due
// on the way happens.
func (s *shop) advance(duration string) {
	s.t.Helper()
	period, err := commerce.ParsePeriod(duration)
	if err != nil {
		s.t.Fatal(err)
	}
	s.move(commerce.ClockMove{By: &period})
}

// advanceTo moves the clock to an instant.
func (s *shop) advanceTo(at time.Time) {
	s.t.Helper()
	s.move(commerce.ClockMove{To: &at})
}

func (s *shop) move(m commerce.ClockMove) {
	s.t.Helper()
	if _, _, err := s.MoveClock(s.t.Context(), s.ada, m); err != nil {
		s.t.Fatal(err)
	}
}

// line is an order line as a test wants it.
type line func(*partnercenter.OrderLineItem)

// over buys for a duration.
func over(duration string) line {
	return func(l *partnercenter.OrderLineItem) { l.TermDuration = &duration }
}

// onto buys an add-on of a subscription.
func onto(parent string) line {
	return func(l *partnercenter.OrderLineItem) { l.ParentSubscriptionID = &parent }
}

// order buys seats of an offer.
func (s *shop) order(offer string, seats int, lines ...line) (partnercenter.Order, error) {
	one := partnercenter.OrderLineItem{OfferID: offer, Quantity: seats}
	for _, change := range lines {
		change(&one)
	}
	return s.PlaceOrder(s.t.Context(), s.ada, shopCustomer, partnercenter.Order{LineItems: []partnercenter.OrderLineItem{one}})
}

// buy buys seats of an offer and waits until they are delivered and visible.
func (s *shop) buy(offer string, seats int, lines ...line) partnercenter.Subscription {
	s.t.Helper()
	order, err := s.order(offer, seats, lines...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.advance("PT15M")
	bought, _, err := s.Subscriptions(s.t.Context(), s.ada.Actor, commerce.SubscriptionQuery{Customer: shopCustomer, Order: order.ID})
	if err != nil || len(bought) != 1 {
		s.t.Fatalf("%d subscriptions of order %s, %v", len(bought), order.ID, err)
	}
	return bought[0]
}

// subscription is what is there now.
func (s *shop) subscription(id string) partnercenter.Subscription {
	s.t.Helper()
	found, _, err := s.Subscription(s.t.Context(), s.ada.Actor, shopCustomer, id)
	if err != nil {
		s.t.Fatal(err)
	}
	return found
}

// provisioning is what the provisioning status says now.
func (s *shop) provisioning(id string) partnercenter.SubscriptionProvisioningStatus {
	s.t.Helper()
	status, _, err := s.ProvisioningStatus(s.t.Context(), s.ada.Actor, shopCustomer, id)
	if err != nil {
		s.t.Fatal(err)
	}
	return status
}

// patch changes a subscription by a JSON body.
func (s *shop) patch(id, body string) (partnercenter.Subscription, error) {
	s.t.Helper()
	return s.patchAs(s.ada, id, body)
}

func (s *shop) patchAs(by commerce.Caller, id, body string) (partnercenter.Subscription, error) {
	s.t.Helper()
	asked, err := commerce.ReadPatch[partnercenter.Subscription]([]byte(body), commerce.SubscriptionMembers()...)
	if err != nil {
		s.t.Fatal(err)
	}
	changed, err := s.PatchSubscription(s.t.Context(), by, shopCustomer, id, asked, nil)
	return changed.Resource, err
}

// alter makes a subscription what a test needs that no call leads to.
func (s *shop) alter(id string, change func(*commerce.Subscription)) {
	s.t.Helper()
	s.write(func(tx commerce.Tx) error {
		kept, err := tx.Subscriptions().ByID(s.t.Context(), "shop", shopCustomer, id)
		if err != nil {
			return err
		}
		version := kept.Version
		change(&kept)
		return tx.Subscriptions().Update(s.t.Context(), kept, version)
	})
}

// patched changes a subscription by a JSON body that is not to be refused.
func (s *shop) patched(id, body string) partnercenter.Subscription {
	s.t.Helper()
	changed, err := s.patch(id, body)
	if err != nil {
		s.t.Fatalf("%s: %v", body, err)
	}
	return changed
}

// refused holds a JSON body to being refused, and leaving no trace.
func (s *shop) refused(id, body string, want *partnercenter.Error) {
	s.t.Helper()
	before, events, audits := s.subscription(id), len(s.events("")), len(s.audits())
	if _, err := s.patch(id, body); !errors.Is(err, want) {
		s.t.Errorf("%s: %v, want %v", body, err, want)
	}
	if after := s.subscription(id); !reflect.DeepEqual(before, after) || len(s.events("")) != events || len(s.audits()) != audits {
		s.t.Errorf("%s is refused and leaves a trace", body)
	}
}

// changes are a subscription's, oldest first.
func (s *shop) changes(id string) (all []commerce.Change) {
	s.t.Helper()
	s.read(func(tx commerce.Tx) (err error) {
		all, err = tx.Changes().Of(s.t.Context(), "shop", shopCustomer, id)
		return err
	})
	return all
}

// events are a subscription's by the instant at which they happened; with "",
// those of the whole world.
func (s *shop) events(id string) (all []commerce.Event) {
	s.t.Helper()
	s.read(func(tx commerce.Tx) (err error) {
		all, err = tx.Events().List(s.t.Context(), commerce.EventQuery{World: "shop", Subscription: id, Limit: 10_000})
		return err
	})
	slices.SortStableFunc(all, func(a, b commerce.Event) int { return a.At.Compare(b.At) })
	return all
}

// audits are the provider's records, oldest first; those of one instant in the
// order of their ids, which are the order of nothing.
func (s *shop) audits() []partnercenter.AuditRecord {
	s.t.Helper()
	var records []partnercenter.AuditRecord
	s.read(func(tx commerce.Tx) error {
		entries, err := tx.Audit().Page(s.t.Context(), commerce.AuditQuery{World: "shop", Partner: s.ada.Partner.ID, To: opened.AddDate(100, 0, 0), Limit: 10_000})
		for _, e := range entries {
			records = append(records, e.Record)
		}
		return err
	})
	return records
}

// audited is the last of the provider's records of an operation, which are told
// apart by their instants where they are of one resource.
func (s *shop) audited(operation partnercenter.AuditOperationType) partnercenter.AuditRecord {
	s.t.Helper()
	for _, r := range slices.Backward(s.audits()) {
		if r.OperationType == operation {
			return r
		}
	}
	s.t.Fatalf("no audit record is of %s", operation)
	panic("unreachable")
}

func TestTheShopSellsAndItsClockMoves(t *testing.T) {
	s := openShop(t)
	bought := s.buy(businessBasic, 5)
	if bought.Quantity != 5 || bought.Status != partnercenter.SubscriptionActive || !s.now().Equal(opened.Add(15*time.Minute)) {
		t.Errorf("at %s there are %d seats, %s", s.now(), bought.Quantity, bought.Status)
	}
	if status := s.provisioning(bought.ID); status.Status != partnercenter.ProvisioningSuccess || status.Quantity != 5 {
		t.Errorf("provisioning %+v", status)
	}
	if len(s.changes(bought.ID)) != 1 || len(s.events(bought.ID)) < 4 || len(s.audits()) != 1 {
		t.Errorf("%d changes, %d events, %d audit records", len(s.changes(bought.ID)), len(s.events(bought.ID)), len(s.audits()))
	}
}
