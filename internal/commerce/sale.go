package commerce

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"provost/partnercenter"
)

// sale is what a write sells to a customer: each line is held to the catalogue,
// to the customer's country and to the world's partners.
type sale struct {
	*writing
	buyer  Customer
	market Market
	// attested: who asks has declared that the resellers of record did their part.
	attested bool
	// partners are the world's, once they are read.
	partners []Partner
}

// wanted is what somebody wants to buy.
type wanted struct {
	line partnercenter.OrderLineItem
	// cycle and currency are "" and nil where all will do.
	cycle    partnercenter.BillingCycle
	currency *string
	// base is bought with it; nil: an add-on names a subscription that is there.
	base *purchase
}

// saleTo starts to sell to a customer.
func (w *writing) saleTo(ctx context.Context, customer string) (*sale, error) {
	buyer, err := w.customer(ctx, customer)
	if err != nil {
		return nil, err
	}
	market, ok := DefaultCatalogue().Market(buyer.country())
	if !ok {
		return nil, Refuse(partnercenter.ErrNotInCountry.About(buyer.country()), "nothing is sold in the customer's country: %q", buyer.country())
	}
	return &sale{writing: w, buyer: buyer, market: market}, nil
}

// read holds a line to its offer. What is refused is given as far as it was
// read.
func (s *sale) read(ctx context.Context, want wanted) (purchase, error) {
	line := want.line
	offer, ok := DefaultCatalogue().OfferAnywhere(line.OfferID)
	if !ok {
		return purchase{}, partnercenter.ErrOfferID.About(line.OfferID)
	}
	if _, ok := DefaultCatalogue().Offer(line.OfferID, s.market.Country); !ok {
		return purchase{}, partnercenter.ErrNotInCountry.About(line.OfferID, s.market.Country)
	}
	if c := want.currency; c != nil && *c != "" && !strings.EqualFold(*c, s.market.Currency) {
		return purchase{}, partnercenter.ErrCurrency.About(*c, s.market.Currency)
	}
	p := purchase{line: line, offer: offer, market: s.market, subscription: uuid.NewString()}
	for _, rule := range []func(context.Context, *purchase, wanted) error{
		s.readTerm, s.readQuantity, s.readParent, s.readPartners, s.readName,
	} {
		if err := rule(ctx, &p, want); err != nil {
			return p, err
		}
	}
	if offer.Attestation != "" && (line.AttestationAccepted == nil || !*line.AttestationAccepted) {
		return p, Refuse(partnercenter.ErrAttestation.About(offer.ID, offer.Attestation),
			"send attestationAccepted: true with the line, which declares: %s", offer.Attestation)
	}
	return p, nil
}

// readTerm finds for how long and at which pace the line is bought.
func (s *sale) readTerm(_ context.Context, p *purchase, want wanted) error {
	cycle := want.cycle
	if cycle != "" && !partnercenter.Known(cycle) {
		return partnercenter.ErrEnum.About("billingCycle", string(cycle))
	}
	if cycle == partnercenter.BillingCycleUnknown || cycle == partnercenter.BillingCycleNone && !p.offer.hasCycle(cycle) {
		cycle = "" // what fresh objects of clients say
	}
	duration := ""
	if p.line.TermDuration != nil {
		duration = *p.line.TermDuration
	}
	var ok bool
	if p.term, ok = p.offer.Term(duration, cycle); !ok {
		return Refuse(partnercenter.ErrBillingCycle.About(p.offer.ID, duration, string(cycle)),
			"%s is sold for %s", p.offer.ID, p.offer.termWords())
	}
	if renews := p.line.RenewsTo; renews != nil && renews.TermDuration != "" {
		if _, ok := p.offer.Term(renews.TermDuration, ""); !ok || p.offer.Legacy {
			return partnercenter.ErrBillingCycle.About(p.offer.ID, renews.TermDuration)
		}
	} else {
		p.line.RenewsTo = nil
	}
	return s.readTermEnd(p)
}

// readTermEnd holds a term's own end to the term: a later day than today, and no
// later one than the term's last.
func (s *sale) readTermEnd(p *purchase) error {
	end := p.line.CustomTermEndDate
	if end == nil || end.Year() <= 1 {
		p.line.CustomTermEndDate = nil
		return nil
	}
	last := spanAt(s.Now, p.term.Months, s.Now).lastDay()
	if p.offer.Legacy || p.term.Months == 0 || !end.After(s.Now.Truncate(day).Add(day-time.Nanosecond)) || end.Truncate(day).After(last) {
		return partnercenter.ErrTermEnd.About(end.String())
	}
	return nil
}

func (o Offer) hasCycle(cycle partnercenter.BillingCycle) bool {
	return slices.ContainsFunc(o.Terms, func(t OfferTerm) bool { return t.BillingCycle == cycle })
}

// termWords names the offer's terms for people.
func (o Offer) termWords() string {
	var words []string
	for _, t := range o.Terms {
		words = append(words, strings.TrimSpace(t.Duration+" "+string(t.BillingCycle)))
	}
	return strings.Join(words, ", ")
}

func (s *sale) readQuantity(_ context.Context, p *purchase, _ wanted) error {
	n := p.line.Quantity
	if n >= p.offer.MinQuantity && n <= p.offer.MaxQuantity {
		return nil
	}
	reason := partnercenter.ErrLineQuantity
	if p.offer.Legacy {
		reason = partnercenter.ErrQuantity
	}
	return reason.About(p.offer.ID, fmt.Sprintf("%d to %d", p.offer.MinQuantity, p.offer.MaxQuantity))
}

// readParent holds an add-on to what it goes onto.
func (s *sale) readParent(ctx context.Context, p *purchase, want wanted) error {
	parent := p.line.ParentSubscriptionID
	if parent != nil && *parent == "" {
		parent, p.line.ParentSubscriptionID = nil, nil
	}
	switch {
	case want.base != nil:
		if !p.offer.goesOnto(want.base.offer) {
			return partnercenter.ErrAddon.About(p.offer.ID, want.base.offer.ID)
		}
		p.line.ParentSubscriptionID, p.waits = &want.base.subscription, true
		return nil
	case !p.offer.Addon && parent == nil:
		return nil
	case parent == nil:
		return Refuse(partnercenter.ErrAddon.About(p.offer.ID), "%s is an add-on: name the base subscription in parentSubscriptionId", p.offer.ID)
	}
	base, err := s.Subscriptions().ByID(ctx, s.World.ID, s.buyer.Resource.ID, *parent)
	if err != nil && !errors.Is(err, ErrMissing) {
		return fmt.Errorf("read subscription %s: %w", *parent, err)
	}
	of, ok := DefaultCatalogue().OfferAnywhere(base.Resource.OfferID)
	if err != nil || !ok || !p.offer.goesOnto(of) || base.Resource.Status != partnercenter.SubscriptionActive {
		return partnercenter.ErrAddon.About(p.offer.ID, *parent)
	}
	p.line.ParentSubscriptionID = &base.Resource.ID
	return nil
}

// goesOnto says whether it is an add-on of the base.
func (o Offer) goesOnto(base Offer) bool {
	return slices.ContainsFunc(o.Parents, func(parent string) bool { return strings.EqualFold(parent, cmp.Or(base.ProductID, base.ID)) })
}

// readName gives the line the partner's own name for it, or the offer's.
func (s *sale) readName(_ context.Context, p *purchase, _ wanted) error {
	name := ""
	if p.line.FriendlyName != nil {
		name = strings.TrimSpace(*p.line.FriendlyName)
	}
	if name == "" {
		p.line.FriendlyName = new(p.offer.Name)
		return nil
	}
	p.line.FriendlyName = &name
	return checkName("friendlyName", name)
}

// mostPartners is how many resellers a line can have beside the one of record.
const mostPartners = 5

// readPartners holds the resellers of record to those that sell to the customer.
// What a reseller orders is its own.
func (s *sale) readPartners(ctx context.Context, p *purchase, _ wanted) error {
	line := &p.line
	if line.PartnerIDOnRecord != nil && strings.TrimSpace(*line.PartnerIDOnRecord) == "" {
		line.PartnerIDOnRecord = nil
	}
	if len(line.AdditionalPartnerIDsOnRecord) > mostPartners {
		return partnercenter.ErrInput.About("additionalPartnerIdsOnRecord")
	}
	if s.by.Partner.Kind == Reseller {
		own := s.by.Partner.MPNID
		if line.PartnerIDOnRecord != nil && *line.PartnerIDOnRecord != own {
			return Refuse(partnercenter.ErrPartnerID.About(*line.PartnerIDOnRecord), "what a reseller orders is its own: leave partnerIdOnRecord out")
		}
		if own != "" {
			line.PartnerIDOnRecord = &own
		}
	} else if line.PartnerIDOnRecord != nil && !s.attested {
		return partnercenter.ErrPartnerAttestation.About(*line.PartnerIDOnRecord)
	}
	named := slices.Clone(line.AdditionalPartnerIDsOnRecord)
	if line.PartnerIDOnRecord != nil {
		named = append(named, *line.PartnerIDOnRecord)
	}
	for _, id := range named {
		if err := s.readPartner(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// readPartner wants an MPN id to be that of a reseller of the customer.
func (s *sale) readPartner(ctx context.Context, id string) error {
	if s.partners == nil {
		var err error
		if s.partners, err = s.Partners().List(ctx, s.World.ID); err != nil {
			return fmt.Errorf("list partners: %w", err)
		}
	}
	reason := partnercenter.ErrPartnerUnknown
	for _, p := range s.partners {
		if p.MPNID != id {
			continue
		}
		if p.Kind != Reseller {
			reason = partnercenter.ErrReseller
			continue
		}
		kinds, err := s.Relationships().Between(ctx, s.World.ID, p.ID, s.buyer.Resource.ID)
		if err != nil {
			return fmt.Errorf("read relationships: %w", err)
		}
		if slices.Contains(kinds, ResellerOf) {
			return nil
		}
		reason = partnercenter.ErrPartnerID
	}
	return reason.About(id)
}
