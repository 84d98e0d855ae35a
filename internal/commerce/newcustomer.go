package commerce

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"provost/partnercenter"
)

// createdCustomer is the answer that creates a customer; its password is in no
// other.
type createdCustomer struct{ partnercenter.Customer }

func (createdCustomer) secret() {}

// CreateCustomer makes a customer: a directory with its first administrator, and
// the relationships that let its partners sell to it. The administrator's
// password is in this answer alone, and in its repetitions.
func (s *Service) CreateCustomer(ctx context.Context, by Caller, asked partnercenter.Customer) (partnercenter.Customer, error) {
	if s.Seal == nil {
		return partnercenter.Customer{}, Refuse(partnercenter.ErrNotHere,
			"this server has no key to seal one-time passwords with; start it with one: provost serve --seal-key-file seal.key")
	}
	made, err := once(ctx, s, by, func(ctx context.Context, w *writing) (createdCustomer, error) {
		customer, err := w.createCustomer(ctx, asked)
		return createdCustomer{customer}, err
	})
	return made.Customer, err
}

func (w *writing) createCustomer(ctx context.Context, asked partnercenter.Customer) (partnercenter.Customer, error) {
	none := partnercenter.Customer{}
	if err := checkCustomer(asked); err != nil {
		return none, err
	}
	// Who counts customers, and looks whether a domain is free, does so alone.
	if err := w.Worlds().Hold(ctx, w.World.ID); err != nil {
		return none, err
	}
	sellers, err := w.sellers(ctx, textOf(asked.AssociatedPartnerID))
	if err != nil {
		return none, err
	}
	if err := w.admitCustomer(ctx, sellers[0]); err != nil {
		return none, err
	}
	if err := w.freeDomain(ctx, asked.CompanyProfile.Domain); err != nil {
		return none, err
	}
	kept := w.newCustomer(asked, sellers)
	delegated := asked.EnableGDAPByDefault == nil || *asked.EnableGDAPByDefault
	if err := w.enterCustomer(ctx, kept, sellers, delegated); err != nil {
		return none, err
	}
	shown := kept.whole(delegated, true)
	if err := w.audit(ctx, audited{
		operation: partnercenter.AuditAddCustomer, resource: partnercenter.AuditCustomer, customer: kept, after: shown,
		data: []partnercenter.KeyValue{
			{Key: "PrimaryDomainName", Value: kept.Resource.CompanyProfile.Domain},
			{Key: "Relationship", Value: string(shown.RelationshipToPartner)},
		},
	}); err != nil {
		return none, err
	}
	shown.EnableGDAPByDefault = &delegated
	shown.UserCredentials = &partnercenter.UserCredentials{UserName: "admin", Password: newPassword()}
	return shown, nil
}

// sellers are the provider, and the reseller whose customer it is to be: the
// caller, or the one that the provider names by MPN id or tenant.
func (w *writing) sellers(ctx context.Context, named string) ([]Partner, error) {
	partners, err := w.Partners().List(ctx, w.World.ID)
	if err != nil {
		return nil, fmt.Errorf("list partners: %w", err)
	}
	if len(partners) == 0 || partners[0].Kind != Provider {
		return nil, fmt.Errorf("world %s has no provider", w.World.ID)
	}
	sellers := partners[:1:1]
	if w.by.Partner.Kind == Reseller {
		return append(sellers, w.by.Partner), nil
	}
	if named == "" {
		return sellers, nil
	}
	for _, p := range partners {
		if p.Kind == Reseller && (p.MPNID == named || strings.EqualFold(p.Tenant, named)) {
			return append(sellers, p), nil
		}
	}
	return nil, Refuse(partnercenter.ErrReseller.About("associatedPartnerId"),
		"no reseller of this world has the MPN id or tenant %q; those there are: provost partner list --world %s", named, w.World.ID)
}

func (w *writing) freeDomain(ctx context.Context, domain string) error {
	_, err := w.Customers().ByDomain(ctx, w.World.ID, domain)
	if errors.Is(err, ErrMissing) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find domain %s: %w", domain, err)
	}
	return partnercenter.ErrConflict.About("companyProfile.domain", domain)
}

// newCustomer is the customer as it is kept.
func (w *writing) newCustomer(asked partnercenter.Customer, sellers []Partner) Customer {
	id := uuid.NewString()
	billing := w.newBillingProfile(uuid.NewString(), *asked.BillingProfile)
	r := partnercenter.Customer{
		ID: id, CommerceID: new(uuid.NewString()),
		CompanyProfile: &partnercenter.CustomerCompanyProfile{
			TenantID: id, Domain: strings.ToLower(asked.CompanyProfile.Domain),
			CompanyName: cmp.Or(asked.CompanyProfile.CompanyName, *billing.CompanyName),
			Address:     billing.DefaultAddress, Email: billing.Email,
			OrganizationRegistrationNumber: filled(asked.CompanyProfile.OrganizationRegistrationNumber),
			Attributes:                     partnercenter.ResourceAttributes{ObjectType: "CustomerCompanyProfile"},
		},
		BillingProfile: &billing,
		Attributes:     partnercenter.ResourceAttributes{ObjectType: "Customer"},
	}
	if len(sellers) > 1 {
		r.AssociatedPartnerID = filled(&sellers[1].MPNID)
	}
	return Customer{World: w.World.ID, CreatedAt: w.Now, Version: 1, Resource: r}
}

// filled drops an empty text.
func filled(text *string) *string {
	if text == nil || strings.TrimSpace(*text) == "" {
		return nil
	}
	return text
}

// enterCustomer keeps a customer with its relationships. Who makes it
// administers it, unless that is declined.
func (w *writing) enterCustomer(ctx context.Context, kept Customer, sellers []Partner, delegated bool) error {
	if err := w.Customers().Insert(ctx, kept); err != nil {
		return err
	}
	var relations []Relationship
	relate := func(p Partner, kind RelationshipKind) {
		relations = append(relations, Relationship{World: w.World.ID, Partner: p.ID, Customer: kept.Resource.ID, Kind: kind})
	}
	for _, p := range sellers {
		relate(p, ResellerOf)
	}
	if delegated {
		relate(w.by.Partner, DelegatedAdminOf)
	}
	for _, r := range relations {
		if err := w.Relationships().Insert(ctx, r); err != nil {
			return err
		}
	}
	_, err := w.tell(ctx, CustomerCreated, EventRecord{Customer: kept.Resource.ID})
	return err
}

// newPassword is a one-time password of three classes of characters and 80
// random bits.
func newPassword() string {
	random := rand.Text()
	return random[:8] + "-" + strings.ToLower(random[8:16])
}

// checkCustomer refuses what no customer can be made of.
func checkCustomer(c partnercenter.Customer) error {
	switch {
	case c.CompanyProfile == nil:
		return partnercenter.ErrInput.About("companyProfile")
	case c.BillingProfile == nil:
		return partnercenter.ErrInput.About("billingProfile")
	}
	if err := firstOf(
		checkText("companyProfile.domain", c.CompanyProfile.Domain, 1, 253, domainForm),
		checkText("companyProfile.companyName", c.CompanyProfile.CompanyName, 0, 200, nil),
		checkBillingProfile("billingProfile.", *c.BillingProfile),
	); err != nil {
		return err
	}
	return checkRegistration(textOf(c.CompanyProfile.OrganizationRegistrationNumber), *c.BillingProfile.DefaultAddress)
}

// registered are the countries that ask for an organization's registration
// number and for a phone number (documented with codes 600049 and 600051).
var registered = []string{"AM", "AZ", "BY", "HU", "IN", "KZ", "KG", "MD", "RU", "TJ", "UZ", "UA"}

// registrationForm is the form of the number. The documents say that there is one
// for each country, and show none; this one all are told to fit (assumed).
var registrationForm = regexp.MustCompile(`^[0-9A-Za-z]{5,22}$`)

// checkRegistration holds a customer to what its country asks for.
func checkRegistration(number string, address partnercenter.Address) error {
	asks := slices.Contains(registered, strings.ToUpper(address.Country))
	switch {
	case !asks && number != "":
		return partnercenter.ErrNumberUnsupported.About(address.Country)
	case !asks:
		return nil
	case number == "":
		return partnercenter.ErrNumberMissing.About(address.Country)
	case !registrationForm.MatchString(number):
		return partnercenter.ErrNumberInvalid.About(registrationForm.String())
	case textOf(address.PhoneNumber) == "":
		return partnercenter.ErrPhoneMissing.About(address.Country)
	}
	return nil
}
