package commerce_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// wingtip is a body that makes a customer.
func wingtip(changes ...func(*partnercenter.Customer)) partnercenter.Customer {
	address := partnercenter.Address{
		Country: "us", City: new("Redmond"), State: new("WA"), AddressLine1: new("One Main Street"),
		FirstName: new("Gena"), LastName: new("Soto"), PhoneNumber: new("4255550101"),
	}
	c := partnercenter.Customer{
		CompanyProfile: &partnercenter.CustomerCompanyProfile{Domain: "WingtipToys.example"},
		BillingProfile: &partnercenter.CustomerBillingProfile{
			Email: new("gena@wingtiptoys.example"), Culture: new("EN-US"), Language: new("En"), CompanyName: new("Wingtip Toys"), DefaultAddress: &address,
		},
	}
	for _, change := range changes {
		change(&c)
	}
	return c
}

func domain(name string) func(*partnercenter.Customer) {
	return func(c *partnercenter.Customer) { c.CompanyProfile.Domain = name }
}

// keyed is the caller with a key, as a request with an id has one.
func keyed(by commerce.Caller, key string) commerce.Caller {
	by.Key = key
	return by
}

func (s *shop) create(by commerce.Caller, changes ...func(*partnercenter.Customer)) partnercenter.Customer {
	s.t.Helper()
	c, err := s.CreateCustomer(s.t.Context(), by, wingtip(changes...))
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// between is what a partner is to a customer.
func (s *shop) between(p commerce.Partner, customer string) (kinds []commerce.RelationshipKind) {
	s.t.Helper()
	s.read(func(tx commerce.Tx) (err error) {
		kinds, err = tx.Relationships().Between(s.t.Context(), "shop", p.ID, customer)
		return err
	})
	return kinds
}

func refusedWith(t *testing.T, err error, want *partnercenter.Error, data ...string) {
	t.Helper()
	var got *partnercenter.Error
	if !errors.As(err, &got) || !errors.Is(err, want) {
		t.Errorf("%v, want %v", err, want)
		return
	}
	if len(data) > 0 && !slices.Equal(got.Data, data) {
		t.Errorf("%v, want data %v", err, data)
	}
}

func TestANewCustomerIsItsPartnersToSellTo(t *testing.T) {
	s := openShop(t)
	both := []commerce.RelationshipKind{commerce.DelegatedAdminOf, commerce.ResellerOf}
	sells := []commerce.RelationshipKind{commerce.ResellerOf}
	for i, x := range []struct {
		by                 commerce.Caller
		change             func(*partnercenter.Customer)
		provider, reseller []commerce.RelationshipKind
		mpn                string
	}{
		{s.ada, func(*partnercenter.Customer) {}, both, nil, ""},
		{s.ada, func(c *partnercenter.Customer) { c.EnableGDAPByDefault = new(true) }, both, nil, ""},
		{s.ada, func(c *partnercenter.Customer) { c.EnableGDAPByDefault = new(false) }, sells, nil, ""},
		{s.ada, func(c *partnercenter.Customer) { c.AssociatedPartnerID = new(shopResellerMPN) }, both, sells, shopResellerMPN},
		{s.ada, func(c *partnercenter.Customer) { c.AssociatedPartnerID = new(strings.ToUpper(s.rosa.Tenant)) }, both, sells, shopResellerMPN},
		{s.rosa, func(*partnercenter.Customer) {}, sells, both, shopResellerMPN},
		{s.rosa, func(c *partnercenter.Customer) { c.EnableGDAPByDefault = new(false) }, sells, sells, shopResellerMPN},
	} {
		c := s.create(x.by, x.change, domain(fmt.Sprintf("d%d.example", i)))
		if provider, reseller := s.between(s.ada.Partner, c.ID), s.between(s.rosa.Partner, c.ID); !slices.Equal(provider, x.provider) || !slices.Equal(reseller, x.reseller) {
			t.Errorf("%d: provider %v, reseller %v", i, provider, reseller)
		}
		got, err := s.Customer(t.Context(), x.by.Actor, c.ID)
		if err != nil || got.UserCredentials != nil || got.EnableGDAPByDefault != nil {
			t.Errorf("%d: %+v, %v", i, got, err)
		}
		if mpn := got.AssociatedPartnerID; (mpn == nil) != (x.mpn == "") || mpn != nil && *mpn != x.mpn {
			t.Errorf("%d: reseller %v, want %q", i, mpn, x.mpn)
		}
		if *c.AllowDelegatedAccess != *c.EnableGDAPByDefault || *got.AllowDelegatedAccess != *c.AllowDelegatedAccess {
			t.Errorf("%d: delegated %t, asked %t, read %t", i, *c.AllowDelegatedAccess, *c.EnableGDAPByDefault, *got.AllowDelegatedAccess)
		}
	}
}

func TestANewCustomerCanBuyAtOnce(t *testing.T) {
	s := openShop(t)
	c := s.create(s.ada)
	if country := c.BillingProfile.DefaultAddress.Country; country != "US" {
		t.Errorf("country %s", country)
	}
	_, err := s.PlaceOrder(t.Context(), s.ada, c.ID, partnercenter.Order{LineItems: []partnercenter.OrderLineItem{{OfferID: businessBasic, Quantity: 1, TermDuration: new("P1M")}}})
	if err != nil {
		t.Error(err)
	}
}

func TestTheOneTimePasswordIsInItsAnswerAndInNothingThatIsKept(t *testing.T) {
	s := openShop(t)
	first := s.create(keyed(s.ada, "k"))
	again := s.create(keyed(s.ada, "k"))
	password := first.UserCredentials.Password
	if first.ID != again.ID || again.UserCredentials == nil || again.UserCredentials.Password != password || len(password) < 16 {
		t.Fatalf("%+v, then %+v", first.UserCredentials, again.UserCredentials)
	}
	if other := s.create(keyed(s.ada, "other"), domain("other.example")); other.UserCredentials.Password == password {
		t.Error("two customers have one password")
	}
	var kept []any
	s.read(func(tx commerce.Tx) error {
		answer, err1 := tx.Answers().ByKey(t.Context(), "shop", "k")
		customer, err2 := tx.Customers().ByID(t.Context(), "shop", first.ID)
		kept = append(kept, answer, customer)
		return errors.Join(err1, err2)
	})
	kept = append(kept, s.events(""), s.audits())
	text, err := json.Marshal(kept)
	if err != nil || strings.Contains(string(text), password) || strings.Contains(string(text), first.UserCredentials.UserName+`"`) || !strings.Contains(string(text), "sealed:") {
		t.Errorf("kept: %s, %v", text, err)
	}
}

func TestAnAnswerIsOpenedByItsSealAloneAndWhereItWasKept(t *testing.T) {
	s := openShop(t)
	s.create(keyed(s.ada, "k"))
	other, err := commerce.NewSeal(commerce.NewSealKey())
	if err != nil {
		t.Fatal(err)
	}
	s.Seal = other
	if c, err := s.CreateCustomer(t.Context(), keyed(s.ada, "k"), wingtip()); err == nil || !strings.Contains(err.Error(), "--seal-key-file") || c.ID != "" {
		t.Errorf("another key opened it: %v, %v", c.ID, err)
	}
	s.Seal = testSeal
	s.write(func(tx commerce.Tx) error {
		moved, err := tx.Answers().ByKey(t.Context(), "shop", "k")
		if err != nil {
			return err
		}
		if err := tx.Answers().Claim(t.Context(), "shop", "elsewhere", time.Now()); err != nil {
			return err
		}
		return tx.Answers().Keep(t.Context(), "shop", "elsewhere", moved.Text)
	})
	if _, err := s.CreateCustomer(t.Context(), keyed(s.ada, "elsewhere"), wingtip()); err == nil {
		t.Error("an answer was opened under another key")
	}
	if _, err := commerce.NewSeal([]byte("short")); err == nil {
		t.Error("a short key is taken")
	}
}

func TestWithoutASealNoCustomerIsCreated(t *testing.T) {
	s := openShop(t)
	s.Seal = nil
	_, err := s.CreateCustomer(t.Context(), s.ada, wingtip())
	refusedWith(t, err, partnercenter.ErrNotHere)
}

func TestWhatNoCustomerCanBeMadeOfIsRefused(t *testing.T) {
	s := openShop(t)
	company := func(number string) func(*partnercenter.Customer) {
		return func(c *partnercenter.Customer) { c.CompanyProfile.OrganizationRegistrationNumber = &number }
	}
	from := func(country string) func(*partnercenter.Customer) {
		return func(c *partnercenter.Customer) { c.BillingProfile.DefaultAddress.Country = country }
	}
	address := func(change func(*partnercenter.Address)) func(*partnercenter.Customer) {
		return func(c *partnercenter.Customer) { change(c.BillingProfile.DefaultAddress) }
	}
	long := strings.Repeat("x", 201)
	for _, x := range []struct {
		changes []func(*partnercenter.Customer)
		want    *partnercenter.Error
	}{
		{[]func(*partnercenter.Customer){func(c *partnercenter.Customer) { c.CompanyProfile = nil }}, partnercenter.ErrInput.About("companyProfile")},
		{[]func(*partnercenter.Customer){func(c *partnercenter.Customer) { c.BillingProfile = nil }}, partnercenter.ErrInput.About("billingProfile")},
		{[]func(*partnercenter.Customer){domain(" ")}, partnercenter.ErrInput.About("companyProfile.domain")},
		{[]func(*partnercenter.Customer){domain("plain")}, partnercenter.ErrProperty.About("companyProfile.domain")},
		{[]func(*partnercenter.Customer){domain("a..example")}, partnercenter.ErrProperty.About("companyProfile.domain")},
		{[]func(*partnercenter.Customer){domain("-a.example")}, partnercenter.ErrProperty.About("companyProfile.domain")},
		{[]func(*partnercenter.Customer){domain("Corner.Example")}, partnercenter.ErrConflict.About("companyProfile.domain", "Corner.Example")},
		{[]func(*partnercenter.Customer){func(c *partnercenter.Customer) { c.BillingProfile.Email = nil }}, partnercenter.ErrInput.About("billingProfile.email")},
		{[]func(*partnercenter.Customer){func(c *partnercenter.Customer) { c.BillingProfile.Email = new("a b@c") }}, partnercenter.ErrProperty.About("billingProfile.email")},
		{[]func(*partnercenter.Customer){func(c *partnercenter.Customer) { c.BillingProfile.Culture = new("") }}, partnercenter.ErrInput.About("billingProfile.culture")},
		{[]func(*partnercenter.Customer){func(c *partnercenter.Customer) { c.BillingProfile.Language = new("English, please") }}, partnercenter.ErrProperty.About("billingProfile.language")},
		{[]func(*partnercenter.Customer){func(c *partnercenter.Customer) { c.BillingProfile.CompanyName = &long }}, partnercenter.ErrProperty.About("billingProfile.companyName")},
		{[]func(*partnercenter.Customer){func(c *partnercenter.Customer) { c.BillingProfile.DefaultAddress = nil }}, partnercenter.ErrInput.About("billingProfile.defaultAddress")},
		{[]func(*partnercenter.Customer){from("USA")}, partnercenter.ErrProperty.About("billingProfile.defaultAddress.country")},
		{[]func(*partnercenter.Customer){address(func(a *partnercenter.Address) { a.AddressLine1 = nil })}, partnercenter.ErrInput.About("billingProfile.defaultAddress.addressLine1")},
		{[]func(*partnercenter.Customer){address(func(a *partnercenter.Address) { a.AddressLine2 = &long })}, partnercenter.ErrProperty.About("billingProfile.defaultAddress.addressLine2")},
		{[]func(*partnercenter.Customer){address(func(a *partnercenter.Address) { a.State = new("Washington") })}, partnercenter.ErrProperty.About("billingProfile.defaultAddress.state")},
		{[]func(*partnercenter.Customer){address(func(a *partnercenter.Address) { a.City = new("Red\nmond") })}, partnercenter.ErrProperty.About("billingProfile.defaultAddress.city")},
		{[]func(*partnercenter.Customer){address(func(a *partnercenter.Address) { a.FirstName = nil })}, partnercenter.ErrInput.About("billingProfile.defaultAddress.firstName")},
		{[]func(*partnercenter.Customer){company("12345")}, partnercenter.ErrNumberUnsupported.About("us")},
		{[]func(*partnercenter.Customer){from("hu")}, partnercenter.ErrNumberMissing.About("hu")},
		{[]func(*partnercenter.Customer){from("HU"), company("12-34")}, partnercenter.ErrNumberInvalid.About("^[0-9A-Za-z]{5,22}$")},
		{[]func(*partnercenter.Customer){from("HU"), company("12345"), address(func(a *partnercenter.Address) { a.PhoneNumber = nil })}, partnercenter.ErrPhoneMissing.About("HU")},
		{[]func(*partnercenter.Customer){func(c *partnercenter.Customer) { c.AssociatedPartnerID = new("1") }}, partnercenter.ErrReseller.About("associatedPartnerId")},
	} {
		_, err := s.CreateCustomer(t.Context(), s.ada, wingtip(x.changes...))
		refusedWith(t, err, x.want, x.want.Data...)
	}
	if len(s.audits()) != 0 || len(s.events("")) != 0 {
		t.Error("a refusal left a trace")
	}
	s.create(s.ada, from("HU"), company("12345678"))
	s.create(s.ada, domain("named.example"), address(func(a *partnercenter.Address) { a.FirstName, a.LastName = nil, nil }), func(c *partnercenter.Customer) {
		c.BillingProfile.FirstName, c.BillingProfile.LastName = new("Gena"), new("Soto")
	})
}

func TestANewCustomerIsAudited(t *testing.T) {
	s := openShop(t)
	c := s.create(s.rosa)
	s.read(func(tx commerce.Tx) error {
		records, err := tx.Audit().Page(t.Context(), commerce.AuditQuery{World: "shop", Partner: s.rosa.Partner.ID, To: opened.AddDate(1, 0, 0), Limit: 10})
		if err != nil || len(records) != 1 {
			t.Fatalf("%d records, %v", len(records), err)
		}
		r := records[0].Record
		want := commerce.AuditData([]partnercenter.KeyValue{{Key: "PrimaryDomainName", Value: "wingtiptoys.example"}, {Key: "Relationship", Value: "reseller"}})
		if r.OperationType != partnercenter.AuditAddCustomer || r.ResourceType != partnercenter.AuditCustomer || r.ResourceOldValue != nil || r.ResourceNewValue == nil || *r.CustomerID != c.ID || !reflect.DeepEqual(r.CustomizedData, want) {
			t.Errorf("%+v", r)
		}
		return nil
	})
	if events := s.events(""); len(events) != 1 || events[0].Kind != commerce.CustomerCreated || events[0].Customer != c.ID {
		t.Errorf("%+v", events)
	}
}

func TestASandboxHoldsSeventyFiveCustomersUntilOneIsDeleted(t *testing.T) {
	s := openShop(t, func(w *commerce.WorldSettings) { w.Sandbox = true })
	var last partnercenter.Customer
	for i := range 74 {
		last = s.create(s.ada, domain(fmt.Sprintf("d%d.example", i)))
	}
	_, err := s.CreateCustomer(t.Context(), s.rosa, wingtip())
	refusedWith(t, err, partnercenter.ErrCustomerLimit, "75")
	if err := s.DeleteCustomer(t.Context(), s.ada, last.ID); err != nil {
		t.Fatal(err)
	}
	s.create(s.rosa)
}

func TestADeletedCustomerLeavesItsHistoryAndNothingThatIsDue(t *testing.T) {
	s := openShop(t, func(w *commerce.WorldSettings) { w.Sandbox = true })
	s.buy(businessBasic, 2)
	if _, err := s.order(businessBasic, 3, over("P1M")); err != nil {
		t.Fatal(err)
	}
	told := len(s.events(""))
	if err := s.DeleteCustomer(t.Context(), s.ada, shopCustomer); err != nil {
		t.Fatal(err)
	}
	s.advance("P2Y")
	events := s.events("")
	if len(events) != told+1 || events[told].Kind != commerce.CustomerDeleted {
		t.Errorf("%d events, then %d", told, len(events))
	}
	if r := s.audited(partnercenter.AuditDeleteCustomer); r.ResourceOldValue == nil || r.ResourceNewValue != nil {
		t.Errorf("%+v", r)
	}
	if _, err := s.Customer(t.Context(), s.ada.Actor, shopCustomer); !errors.Is(err, partnercenter.ErrNoRelationship) {
		t.Errorf("the customer answers: %v", err)
	}
	s.create(s.ada, domain("corner.example"))
}

func TestACustomerIsDeletedInASandboxAloneAndWithoutSoftwareOrReservations(t *testing.T) {
	s := openShop(t)
	refusedWith(t, s.DeleteCustomer(t.Context(), s.ada, shopCustomer), partnercenter.ErrNotHere)

	s = openShop(t, func(w *commerce.WorldSettings) { w.Sandbox = true })
	order, err := s.order("DG7GMGF0FLR2:0001:DG7GMGF4M9KT", 1) // software by the year
	if err != nil {
		t.Fatal(err)
	}
	refusedWith(t, s.DeleteCustomer(t.Context(), s.ada, shopCustomer), partnercenter.ErrConflict, order.ID)
	s.advance("PT15M")
	refusedWith(t, s.DeleteCustomer(t.Context(), s.ada, shopCustomer), partnercenter.ErrConflict, order.ID)
}

// suspend makes all of the shop customer's subscriptions suspended.
func (s *shop) suspendAll() {
	s.t.Helper()
	s.write(func(tx commerce.Tx) error {
		all, err := tx.Subscriptions().List(s.t.Context(), commerce.SubscriptionQuery{World: "shop", Customer: shopCustomer})
		for _, one := range all {
			one.Resource.Status = partnercenter.SubscriptionSuspended
			was := one.Version
			one.Version++
			err = errors.Join(err, tx.Subscriptions().Update(s.t.Context(), one, was))
		}
		return err
	})
}

func TestARelationshipEndsOnceNothingIsActive(t *testing.T) {
	s := openShop(t)
	bought := s.buy(businessBasic, 2)
	end := func(by commerce.Caller, to partnercenter.CustomerRelationship) (partnercenter.Customer, error) {
		return s.EndCustomer(t.Context(), by, shopCustomer, to)
	}
	_, err := end(s.rosa, partnercenter.RelationshipNone)
	refusedWith(t, err, partnercenter.ErrConflict, bought.ID)
	if _, err := s.order(businessBasic, 1, over("P1M")); err != nil {
		t.Fatal(err)
	}
	s.suspendAll()
	_, err = end(s.rosa, partnercenter.RelationshipNone)
	refusedWith(t, err, partnercenter.ErrConflict) // one is on its way
	s.advance("PT15M")
	s.suspendAll()
	_, err = end(s.rosa, "")
	refusedWith(t, err, partnercenter.ErrInput)
	_, err = end(s.rosa, partnercenter.RelationshipAdvisor)
	refusedWith(t, err, partnercenter.ErrEnum)

	s.write(func(tx commerce.Tx) error {
		return tx.Roles().GrantDirectory(t.Context(), commerce.DirectoryGrant{World: "shop", Partner: s.rosa.Partner.ID, User: "rosa", Customer: shopCustomer, Role: commerce.GlobalReader})
	})
	ended, err := end(s.rosa, partnercenter.RelationshipNone)
	if err != nil || ended.RelationshipToPartner != partnercenter.RelationshipNone || *ended.AllowDelegatedAccess || ended.Links != nil {
		t.Fatalf("%+v, %v", ended, err)
	}
	if len(s.between(s.rosa.Partner, shopCustomer)) != 0 || len(s.between(s.ada.Partner, shopCustomer)) != 1 {
		t.Errorf("reseller %v, provider %v", s.between(s.rosa.Partner, shopCustomer), s.between(s.ada.Partner, shopCustomer))
	}
	s.read(func(tx commerce.Tx) error {
		grants, err := tx.Roles().DirectoryGrantsOn(t.Context(), "shop", s.rosa.Partner.ID, shopCustomer)
		if len(grants) != 0 {
			t.Errorf("roles stay: %v", grants)
		}
		return err
	})
	events := s.events("")
	if last := events[len(events)-1]; last.Kind != commerce.RelationshipEnded || last.Customer != shopCustomer || !strings.Contains(last.Reason, s.rosa.Tenant) {
		t.Errorf("%+v", last)
	}
}

func TestWhereTheProviderEndsItNobodySellsToTheCustomer(t *testing.T) {
	s := openShop(t)
	if _, err := s.EndCustomer(t.Context(), s.ada, shopCustomer, partnercenter.RelationshipNone); err != nil {
		t.Fatal(err)
	}
	if len(s.between(s.rosa.Partner, shopCustomer)) != 0 || len(s.between(s.ada.Partner, shopCustomer)) != 0 {
		t.Error("a relationship stays")
	}
	r := s.audited(partnercenter.AuditRemoveRelationship)
	if r.ResourceType != partnercenter.AuditPartnerCustomerRelationship || !strings.Contains(*r.ResourceOldValue, `"reseller"`) || !strings.Contains(*r.ResourceNewValue, `"none"`) {
		t.Errorf("%+v", r)
	}
}

func TestABillingProfileIsReplacedAtItsVersion(t *testing.T) {
	s := openShop(t)
	c := s.create(s.ada)
	read := func() partnercenter.CustomerBillingProfile {
		t.Helper()
		profile, err := s.BillingProfile(t.Context(), s.ada.Actor, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		return profile
	}
	first := read()
	next := first
	next.Email, next.ID = new("bills@wingtiptoys.example"), "another"
	second, err := s.PutBillingProfile(t.Context(), s.ada, c.ID, next, nil)
	if err != nil || second.ID != first.ID || *second.Email != *next.Email || *second.Attributes.ETag == *first.Attributes.ETag {
		t.Fatalf("%+v, %v", second, err)
	}
	if got := read(); *got.Attributes.ETag != *second.Attributes.ETag || *got.Email != *next.Email {
		t.Errorf("read %+v", got)
	}
	_, err = s.PutBillingProfile(t.Context(), s.ada, c.ID, next, nil)
	refusedWith(t, err, partnercenter.ErrStale)
	matches := func(etag string) commerce.Condition {
		return func(current string, _ any) bool { return current == etag }
	}
	_, err = s.PutBillingProfile(t.Context(), s.ada, c.ID, second, matches(*first.Attributes.ETag))
	refusedWith(t, err, partnercenter.ErrStale)
	third, err := s.PutBillingProfile(t.Context(), s.ada, c.ID, next, matches(*second.Attributes.ETag)) // the header counts, not the body
	if err != nil {
		t.Fatal(err)
	}
	third.Attributes.ETag = nil
	if _, err := s.PutBillingProfile(t.Context(), s.ada, c.ID, third, nil); err != nil {
		t.Errorf("without an etag: %v", err)
	}
	third.DefaultAddress = nil
	_, err = s.PutBillingProfile(t.Context(), s.ada, c.ID, third, nil)
	refusedWith(t, err, partnercenter.ErrInput, "defaultAddress")
	r := s.audited(partnercenter.AuditUpdateBillingProfile)
	if n := len(s.audits()); n != 4 || r.ResourceOldValue == nil || r.ResourceNewValue == nil {
		t.Errorf("%d records, %+v", n, r)
	}
}

func TestOfManyWhoReplaceOneBillingProfileOneWins(t *testing.T) {
	s := openShop(t)
	c := s.create(s.ada)
	profile, err := s.BillingProfile(t.Context(), s.ada.Actor, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	const all = 16
	answers := make(chan error, all)
	for range all {
		go func() {
			_, err := s.PutBillingProfile(t.Context(), s.ada, c.ID, profile, nil)
			answers <- err
		}()
	}
	won := 0
	for range all {
		if err := <-answers; err == nil {
			won++
		} else {
			refusedWith(t, err, partnercenter.ErrStale)
		}
	}
	if won != 1 {
		t.Errorf("%d won", won)
	}
}

func TestADomainIsTakenWithinItsWorld(t *testing.T) {
	s := openShop(t)
	for name, want := range map[string]bool{"CORNER.example": true, "example": false, "corner.example.org": false} {
		if taken, err := s.DomainTaken(t.Context(), s.rosa.Actor, name); err != nil || taken != want {
			t.Errorf("%s: %t, %v", name, taken, err)
		}
	}
}

func TestTheCompanyProfileShowsToReadersOfTheDirectory(t *testing.T) {
	s := openShop(t)
	c := s.create(s.ada, func(c *partnercenter.Customer) { c.EnableGDAPByDefault = new(false) })
	shown := func() bool {
		t.Helper()
		profile, err := s.CompanyProfile(t.Context(), s.ada.Actor, c.ID)
		if err != nil || profile.TenantID != c.ID || (profile.Address == nil) != (profile.Email == nil) {
			t.Errorf("%+v, %v", profile, err)
		}
		return profile.Address != nil
	}
	if shown() {
		t.Error("without a role the address shows")
	}
	s.write(func(tx commerce.Tx) error {
		return tx.Roles().GrantDirectory(t.Context(), commerce.DirectoryGrant{World: "shop", Partner: s.ada.Partner.ID, User: "ada", Customer: c.ID, Role: commerce.DirectoryReader})
	})
	if !shown() {
		t.Error("to a Directory Reader the address does not show")
	}
	if whole, err := s.Customer(t.Context(), s.ada.Actor, c.ID); err != nil || whole.CompanyProfile.Address != nil {
		t.Errorf("Directory Reader is enough for the customer: %v", err)
	}
}
