package commerce

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"

	"provost/partnercenter"
)

// Availabilities lists the ways in which a SKU can be bought; a segment picks
// those for that kind of customer.
func (sh Shelf) Availabilities(product, sku string, segment partnercenter.Segment) ([]partnercenter.Availability, error) {
	p, s, err := sh.sku(product, sku)
	if err != nil || !p.isFor(segment) {
		return nil, err
	}
	return []partnercenter.Availability{sh.showAvailability(p, s)}, nil
}

// Availability gives one of them, with its product and SKU.
func (sh Shelf) Availability(product, sku, id string) (partnercenter.Availability, error) {
	p, s, err := sh.sku(product, sku)
	if err != nil {
		return partnercenter.Availability{}, err
	}
	if !strings.EqualFold(s.Availability, id) {
		return partnercenter.Availability{}, partnercenter.ErrAvailabilityNotFound.About(product, sku, id)
	}
	shown := sh.showAvailability(p, s)
	shown.Product, shown.SKU = new(sh.showProduct(p)), new(sh.showSKU(p, s))
	return shown, nil
}

func (sh Shelf) showAvailability(p *product, s *sku) partnercenter.Availability {
	shown := partnercenter.Availability{
		ID: s.Availability, ProductID: p.ID, SKUID: s.ID, CatalogItemID: s.offer.ID,
		DefaultCurrency: partnercenter.CurrencyInfo{Code: sh.market.Currency, Symbol: sh.market.Symbol},
		Segment:         p.Segment, Country: sh.market.Country, IsPurchasable: true,
		Links: &partnercenter.AvailabilityLinks{
			Self: sh.link(p.ID, "skus", s.ID, "availabilities", s.Availability),
		},
		Attributes: partnercenter.ResourceAttributes{ObjectType: "Availability"},
	}
	var terms []string
	for _, t := range s.offer.Terms {
		if t.Duration == "" {
			continue
		}
		terms = append(terms, t.id())
		shown.Terms = append(shown.Terms, partnercenter.AvailabilityTerm{
			ID: t.id(), Duration: t.Duration, Description: t.words(), BillingCycle: t.BillingCycle,
			CancellationPolicies: s.offer.cancellation(t),
		})
	}
	if shown.IsRenewable = len(terms) > 0; shown.IsRenewable {
		shown.RenewalInstructions = []partnercenter.RenewalInstruction{{ApplicableTermIDs: terms, RenewalOptions: sh.renewals(p, s)}}
	}
	return shown
}

// renewals are what a term can be followed by: the same, or for a trial what is
// paid for, unless a product is scheduled that it may become.
func (sh Shelf) renewals(p *product, s *sku) []partnercenter.RenewalOption {
	var options []partnercenter.RenewalOption
	offer := func(auto bool, names ...string) {
		for _, name := range names {
			options = append(options, partnercenter.RenewalOption{RenewToID: name, IsAutoRenewable: auto})
		}
	}
	if s.Trial {
		offer(true, sh.paid(p.ID)...)
	} else {
		offer(true, p.ID+":"+s.ID)
	}
	for _, product := range p.RenewsInto {
		offer(false, sh.paid(product)...)
	}
	return options
}

// id names the term; the same term has the same id wherever it is sold.
func (t OfferTerm) id() string {
	sum := sha256.Sum256([]byte(t.Duration + " " + string(t.BillingCycle)))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:12])
}

var billedWords = map[partnercenter.BillingCycle]string{
	partnercenter.BillingCycleMonthly:   "billed monthly",
	partnercenter.BillingCycleAnnual:    "billed yearly",
	partnercenter.BillingCycleBiennial:  "billed every two years",
	partnercenter.BillingCycleTriennial: "billed every three years",
	partnercenter.BillingCycleOneTime:   "billed once",
	partnercenter.BillingCycleNone:      "not billed",
}

// words say the term to people.
func (t OfferTerm) words() string {
	n, unit := t.Months, "month"
	if n%12 == 0 {
		n, unit = n/12, "year"
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s, %s", n, unit, billedWords[t.BillingCycle])
}

// cancellation is the policy of a term: licences are refunded whole for a day
// and in part until the window closes, anything else whole until then.
func (o Offer) cancellation(t OfferTerm) []partnercenter.CancellationPolicy {
	if t.CancelDays == 0 {
		return nil
	}
	window := fmt.Sprintf("P%dD", t.CancelDays)
	refunds := []partnercenter.CancellationRefundOption{{SequenceID: 0, Type: "Full", ExpiresAfter: window}}
	if o.Kind == OfferLicence {
		refunds = []partnercenter.CancellationRefundOption{
			{SequenceID: 0, Type: "Full", ExpiresAfter: "P1D"}, {SequenceID: 1, Type: "Partial", ExpiresAfter: window},
		}
	}
	return []partnercenter.CancellationPolicy{{RefundOptions: refunds}}
}
