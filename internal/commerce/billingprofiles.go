package commerce

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"provost/partnercenter"
)

// BillingProfile gives whom a customer's bills go to.
func (s *Service) BillingProfile(ctx context.Context, actor Actor, customer string) (partnercenter.CustomerBillingProfile, error) {
	kept, err := s.customerOf(ctx, actor, customer)
	return kept.billingProfile(), err
}

// PutBillingProfile replaces a customer's billing profile. Its id and kind stay.
func (s *Service) PutBillingProfile(ctx context.Context, by Caller, customer string, asked partnercenter.CustomerBillingProfile, match Condition) (partnercenter.CustomerBillingProfile, error) {
	return once(ctx, s, by, func(ctx context.Context, w *writing) (partnercenter.CustomerBillingProfile, error) {
		return w.putBillingProfile(ctx, customer, asked, match)
	})
}

func (w *writing) putBillingProfile(ctx context.Context, id string, asked partnercenter.CustomerBillingProfile, match Condition) (partnercenter.CustomerBillingProfile, error) {
	none := partnercenter.CustomerBillingProfile{}
	kept, err := w.customer(ctx, id)
	if err != nil {
		return none, err
	}
	before := kept.billingProfile()
	if err := w.fresh(match, asked.Attributes.ETag, *before.Attributes.ETag, &before); err != nil {
		return none, err
	}
	if err := checkBillingProfile("", asked); err != nil {
		return none, err
	}
	profile := w.newBillingProfile(before.ID, asked)
	was := kept.Version
	kept.Version++
	kept.Resource.BillingProfile = &profile
	if err := w.Customers().Update(ctx, kept, was); errors.Is(err, ErrMissing) {
		return none, partnercenter.ErrStale
	} else if err != nil {
		return none, err
	}
	if _, err := w.tell(ctx, BillingProfileChanged, EventRecord{Customer: kept.Resource.ID}); err != nil {
		return none, err
	}
	after := kept.billingProfile()
	return after, w.audit(ctx, audited{
		operation: partnercenter.AuditUpdateBillingProfile, resource: partnercenter.AuditCustomer, customer: kept, before: before, after: after,
	})
}

// billingProfile is the profile as it is answered by itself: with its etag and
// a link to it.
func (c Customer) billingProfile() partnercenter.CustomerBillingProfile {
	profile := partnercenter.CustomerBillingProfile{}
	if c.Resource.BillingProfile != nil {
		profile = *c.Resource.BillingProfile
	}
	profile.Links = &partnercenter.ProfileLinks{Self: partnercenter.GetLink("/customers/" + c.Resource.ID + "/profiles/billing")}
	profile.Attributes = partnercenter.ResourceAttributes{ETag: profileETag(c.Resource.ID, c.Version), ObjectType: "CustomerBillingProfile"}
	return profile
}

// profileETag stands for one version of a profile: a signed number in decimal
// (reference 2.2).
func profileETag(id string, version int64) *string {
	sum := fnv.New64a()
	fmt.Fprintf(sum, "%s/%d", strings.ToLower(id), version)
	return new(strconv.FormatInt(int64(sum.Sum64()), 10))
}

// newBillingProfile is a profile as it is kept.
func (w *writing) newBillingProfile(id string, asked partnercenter.CustomerBillingProfile) partnercenter.CustomerBillingProfile {
	address := *asked.DefaultAddress
	address.Country = strings.ToUpper(address.Country)
	first, last := address.FirstName, address.LastName
	address.FirstName, address.LastName = filledOr(first, asked.FirstName), filledOr(last, asked.LastName)
	return partnercenter.CustomerBillingProfile{
		ID: id, FirstName: filledOr(asked.FirstName, first), LastName: filledOr(asked.LastName, last), Email: asked.Email, Culture: asked.Culture,
		Language: asked.Language, CompanyName: asked.CompanyName, DefaultAddress: &address,
		Attributes: partnercenter.ResourceAttributes{ObjectType: "CustomerBillingProfile"},
	}
}

// checkBillingProfile refuses what no bill can be made out to (reference 1.2
// and 2.9). Names may stand in the profile or in its address.
func checkBillingProfile(path string, b partnercenter.CustomerBillingProfile) error {
	if err := firstOf(
		checkText(path+"email", textOf(b.Email), 1, 254, emailForm),
		checkText(path+"culture", textOf(b.Culture), 1, 20, localeForm),
		checkText(path+"language", textOf(b.Language), 1, 20, localeForm),
		checkText(path+"companyName", textOf(b.CompanyName), 1, 200, nil),
	); err != nil {
		return err
	}
	address := b.DefaultAddress
	if address == nil {
		return partnercenter.ErrInput.About(path + "defaultAddress")
	}
	path += "defaultAddress."
	return firstOf(
		checkText(path+"country", address.Country, 1, 2, countryForm),
		checkText(path+"city", textOf(address.City), 1, 200, nil),
		checkText(path+"state", textOf(address.State), 0, 2, nil),
		checkText(path+"addressLine1", textOf(address.AddressLine1), 1, 200, nil),
		checkText(path+"addressLine2", textOf(address.AddressLine2), 0, 200, nil),
		checkText(path+"postalCode", textOf(address.PostalCode), 0, 40, nil),
		checkText(path+"firstName", textOf(filledOr(address.FirstName, b.FirstName)), 1, 50, nil),
		checkText(path+"lastName", textOf(filledOr(address.LastName, b.LastName)), 1, 50, nil),
		checkText(path+"phoneNumber", textOf(address.PhoneNumber), 0, 40, nil),
	)
}

func filledOr(text, other *string) *string {
	if filled(text) != nil {
		return text
	}
	return other
}
