package commerce

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"provost/partnercenter"
)

func (i *importing) settings(ctx context.Context, text []byte) error {
	// What the line leaves out is as in any new world.
	row := settingsRow{DefaultSettings(), spelled(DefaultSettings().RefreshInterval)}
	if err := readInto(text, &row); err != nil {
		return err
	}
	settings := row.WorldSettings
	settings.RefreshInterval = time.Duration(row.RefreshInterval)
	if err := settings.check(); err != nil {
		return err
	}
	return i.Worlds().Update(ctx, i.world.ID, settings)
}

func (i *importing) clock(ctx context.Context, text []byte) error {
	row, err := readRow[clockRow](text)
	if err != nil {
		return err
	}
	clock := Clock{Offset: time.Duration(row.Offset), FrozenAt: row.FrozenAt}
	if i.world.Kind == Production && (clock.Offset != 0 || clock.Frozen()) {
		return wrongRow("a production world's time is the real one: its clock has no offset and does not stand still")
	}
	return i.Worlds().SetClock(ctx, i.world.ID, clock)
}

// names refuses a row that names what is not there.
func (i *importing) names(kind, id string, find func() error) error {
	key := kind + " " + folded(id)
	if i.known[key] {
		return nil
	}
	err := find()
	if errors.Is(err, ErrMissing) {
		return wrongRow("it names %s %s, and no line before it is that", kind, id)
	}
	if err != nil {
		return fmt.Errorf("find %s %s: %w", kind, id, err)
	}
	i.known[key] = true
	return nil
}

func (i *importing) namesPartner(ctx context.Context, id string) error {
	return i.names("partner", id, func() error {
		partners, err := i.Partners().List(ctx, i.world.ID)
		if err == nil && !slices.ContainsFunc(partners, func(p Partner) bool { return strings.EqualFold(p.ID, id) }) {
			err = ErrMissing
		}
		return err
	})
}

func (i *importing) namesCustomer(ctx context.Context, id string) error {
	return i.names("customer", id, func() error {
		_, err := i.Customers().ByID(ctx, i.world.ID, id)
		return err
	})
}

func (i *importing) namesOrder(ctx context.Context, customer, id string) error {
	return i.names("order", id+" of customer "+customer, func() error {
		_, err := i.Orders().ByID(ctx, i.world.ID, customer, id)
		return err
	})
}

func (i *importing) namesSubscription(ctx context.Context, customer, id string) error {
	return i.names("subscription", id+" of customer "+customer, func() error {
		_, err := i.Subscriptions().Provisioning(ctx, i.world.ID, customer, id)
		return err
	})
}

// oneOf refuses a word that is not among those there are.
func oneOf[W ~string](member string, word W, words ...W) error {
	if slices.Contains(words, word) {
		return nil
	}
	return wrongRow("%s is one of %q; %q is not", member, words, word)
}

// needGUID refuses an id that is no GUID.
func needGUID(member, id string) error {
	if isTenant(id) {
		return nil
	}
	return wrongRow("%s is a GUID; %q is not", member, id)
}

func enterPartner(ctx context.Context, i *importing, p Partner) error {
	if err := errors.Join(needGUID("id", p.ID), needGUID("tenant", p.Tenant), oneOf("kind", p.Kind, Provider, Reseller)); err != nil {
		return err
	}
	p.World, p.Tenant = i.world.ID, i.tenant(p.Tenant)
	if err := i.freeTenant(ctx, p.Tenant); err != nil {
		return err
	}
	return i.Partners().Insert(ctx, p)
}

func enterAccount(ctx context.Context, i *importing, a Account) error {
	if a.ID == "" {
		return wrongRow("an account has an id")
	}
	if err := errors.Join(oneOf("kind", a.Kind, UserAccount, AppAccount), i.namesPartner(ctx, a.Partner)); err != nil {
		return err
	}
	a.World = i.world.ID
	if i.world.Kind == Development {
		a.SecretHash = i.secretHash
	}
	return i.Accounts().Insert(ctx, a)
}

func enterCustomer(ctx context.Context, i *importing, c Customer) error {
	if err := needGUID("resource.id", c.Resource.ID); err != nil {
		return err
	}
	c.World, c.CreatedAt = i.world.ID, i.since(c.CreatedAt, partnercenter.Time{})
	return i.Customers().Insert(ctx, c)
}

// since is when something was made: as it says, else as its resource does, else
// with its world.
func (i *importing) since(said time.Time, resource partnercenter.Time) time.Time {
	switch {
	case !said.IsZero():
		return said
	case !resource.IsZero():
		return resource.Time
	default:
		return i.world.CreatedAt
	}
}

func enterRelationship(ctx context.Context, i *importing, r Relationship) error {
	if err := errors.Join(oneOf("kind", r.Kind, ResellerOf, DelegatedAdminOf), i.namesPartner(ctx, r.Partner), i.namesCustomer(ctx, r.Customer)); err != nil {
		return err
	}
	r.World = i.world.ID
	return i.Relationships().Insert(ctx, r)
}

// oneHolder refuses a role that neither a user nor a group holds, or both.
func oneHolder(user, group string) error {
	if (user == "") == (group == "") {
		return wrongRow("a role is held by a user or a group: name one of them")
	}
	return nil
}

func enterAgentGrant(ctx context.Context, i *importing, g AgentGrant) error {
	if err := errors.Join(oneOf("role", g.Role, AgentRoles()...), oneHolder(g.User, g.Group), i.namesPartner(ctx, g.Partner)); err != nil {
		return err
	}
	g.World = i.world.ID
	return i.Roles().GrantAgent(ctx, g)
}

func enterDirectoryGrant(ctx context.Context, i *importing, g DirectoryGrant) error {
	err := errors.Join(oneOf("role", g.Role, DirectoryRoles()...), oneHolder(g.User, g.Group), i.namesPartner(ctx, g.Partner), i.namesCustomer(ctx, g.Customer))
	if err != nil {
		return err
	}
	g.World = i.world.ID
	return i.Roles().GrantDirectory(ctx, g)
}

func enterAgreement(ctx context.Context, i *importing, a Agreement) error {
	if err := i.namesCustomer(ctx, a.Customer); err != nil {
		return err
	}
	a.World, a.CreatedAt = i.world.ID, i.since(a.CreatedAt, partnercenter.Time{})
	return i.Agreements().Insert(ctx, a)
}

func enterCart(ctx context.Context, i *importing, c Cart) error {
	if c.Resource.ID == "" {
		return wrongRow("a cart's resource has an id")
	}
	if err := i.namesCustomer(ctx, c.Customer); err != nil {
		return err
	}
	c.World, c.CreatedAt, c.Version = i.world.ID, i.since(c.CreatedAt, partnercenter.Time{}), max(c.Version, 1)
	return i.Carts().Insert(ctx, c)
}

func enterOrder(ctx context.Context, i *importing, o Order) error {
	if o.Resource.ID == "" {
		return wrongRow("an order's resource has an id")
	}
	if err := i.namesCustomer(ctx, o.Customer); err != nil {
		return err
	}
	o.World, o.CreatedAt, o.Version = i.world.ID, i.since(o.CreatedAt, o.Resource.CreationDate), max(o.Version, 1)
	return i.Orders().Insert(ctx, o)
}

func enterSubscription(ctx context.Context, i *importing, s Subscription) error {
	r := s.Resource
	err := errors.Join(needGUID("resource.id", r.ID), i.namesCustomer(ctx, s.Customer))
	if err == nil && !partnercenter.Known(r.Status) {
		err = wrongRow("resource.status is a subscription's status, such as active; %q is none", r.Status)
	}
	if err == nil && r.OrderID != "" {
		err = i.namesOrder(ctx, s.Customer, r.OrderID)
	}
	if err == nil && s.Provisioning != nil {
		err = s.Provisioning.check()
	}
	if err != nil {
		return err
	}
	s.World, s.CreatedAt, s.Version = i.world.ID, i.since(s.CreatedAt, r.CreationDate), max(s.Version, 1)
	delete(i.Awaited, dueSubject(s.Customer, r.ID))
	if s.Provisioning != nil && s.Provisioning.Unsettled {
		i.Unsettled[dueSubject(s.Customer, r.ID)] = i.Line
	}
	if parent := r.ParentSubscriptionID; parent != nil && *parent != "" {
		if _, err := i.Subscriptions().Provisioning(ctx, i.world.ID, s.Customer, *parent); errors.Is(err, ErrMissing) {
			i.Awaited[dueSubject(s.Customer, *parent)] = i.Line
		} else if err != nil {
			return fmt.Errorf("find subscription %s: %w", *parent, err)
		}
	}
	return i.Subscriptions().Insert(ctx, s)
}

// check refuses a provisioning that a line cannot mean. Without published seats,
// those that are provisioned have been published.
func (p *Provisioning) check() error {
	switch {
	case p.SKUID == "":
		return wrongRow("provisioning.skuId names what is provisioned")
	case p.Provisioned.Quantity < 0 || p.Published.Quantity < 0:
		return wrongRow("a quantity is not below 0")
	}
	if p.Outcome == "" && !p.Unsettled {
		p.Outcome = partnercenter.ProvisioningSuccess
	}
	if p.Published == (Seats{}) {
		p.Published = p.Provisioned
	}
	return oneOf("provisioning.outcome", p.Outcome, partnercenter.ProvisioningSuccess, partnercenter.ProvisioningFailed, partnercenter.ProvisioningNone, "")
}

func enterChange(ctx context.Context, i *importing, c Change) error {
	err := errors.Join(
		oneOf("kind", c.Kind, changeKinds...),
		i.namesCustomer(ctx, c.Customer),
	)
	if err == nil && c.ID == "" {
		err = wrongRow("a change has an id")
	}
	if err == nil && c.Order != "" {
		err = i.namesOrder(ctx, c.Customer, c.Order)
	}
	if err == nil && (c.Kind != Purchase || c.Subscription != "" && c.Provisioned() > 0) {
		err = i.namesSubscription(ctx, c.Customer, c.Subscription)
	}
	if err == nil && c.Kind == Purchase && !c.Settled() {
		err = i.canDeliver(ctx, c)
	}
	for _, p := range c.Portions {
		if err == nil && !partnercenter.Known(p.Status) {
			err = wrongRow("a portion's status is %s, %s or %s; %q is none", partnercenter.Fulfilled, partnercenter.Unfulfilled, partnercenter.PrefulfillmentPending, p.Status)
		}
	}
	if err != nil {
		return err
	}
	if !c.Settled() {
		delete(i.Unsettled, dueSubject(c.Customer, c.Subscription))
	}
	c.World = i.world.ID
	return i.Changes().Insert(ctx, c)
}

// canDeliver refuses a purchase on its way that nobody could make a
// subscription of.
func (i *importing) canDeliver(ctx context.Context, c Change) error {
	if c.Provisioned() > 0 {
		return needGUID("subscription", c.Subscription)
	}
	if _, sold := DefaultCatalogue().OfferAnywhere(c.Offer); !sold {
		return wrongRow("the catalogue has no offer %q, and nothing of the purchase is there yet: nobody could make its subscription", c.Offer)
	}
	if c.Order == "" {
		return wrongRow("a purchase of which nothing is there yet names its order")
	}
	order, err := i.Orders().ByID(ctx, i.world.ID, c.Customer, c.Order)
	if err != nil {
		return fmt.Errorf("read order %s: %w", c.Order, err)
	}
	lines := order.Resource.LineItems
	if c.Line < 0 || c.Line >= len(lines) || lines[c.Line].LineItemNumber != c.Line {
		return wrongRow("line %d is none of order %s, whose lines stand in the order of their numbers, from 0", c.Line, c.Order)
	}
	return needGUID("subscription", c.Subscription)
}

func enterDue(ctx context.Context, i *importing, d Due) error {
	err := oneOf("kind", d.Kind, dueKinds...)
	switch customer, id, both := strings.Cut(d.Subject, "/"); {
	case err != nil:
	case d.Kind == DueStep:
		err = i.names("change", d.Subject, func() error {
			_, err := i.Changes().ByID(ctx, i.world.ID, d.Subject)
			return err
		})
	case !both:
		err = wrongRow("the subject of what is due for a subscription is its customer and its id, CUSTOMER/SUBSCRIPTION; %q is not", d.Subject)
	default:
		d.Subject = dueSubject(customer, id)
		err = i.namesSubscription(ctx, customer, id)
	}
	if err != nil {
		return err
	}
	d.World = i.world.ID
	_, err = i.Due().Insert(ctx, d)
	return err
}

func enterAudit(ctx context.Context, i *importing, a AuditEntry) error {
	if a.Record.ID == "" || a.Partner == "" {
		return wrongRow("an audit record has an id and a partner")
	}
	if new := i.tenant(a.Record.PartnerID); new != a.Record.PartnerID {
		if rest, own := strings.CutPrefix(a.Record.ID, folded(a.Record.PartnerID)+"_"); own {
			a.Record.ID = folded(new) + "_" + rest
		}
		a.Record.PartnerID = new
	}
	a.World = i.world.ID
	return i.Audit().Insert(ctx, a)
}

func enterEvent(ctx context.Context, i *importing, e Event) error {
	if e.ID == "" || e.Kind == "" {
		return wrongRow("an event has an id and a kind")
	}
	e.World = i.world.ID
	return i.Events().Insert(ctx, e)
}
