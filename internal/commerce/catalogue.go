package commerce

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"provost/partnercenter"
)

// Catalogue is all that can be bought: products with their SKUs, and the
// offers from before new commerce. It never changes; its values are shared.
type Catalogue struct {
	markets  map[string]Market
	products []product
	byID     map[string]*product // folded product id
	offers   map[string]Offer    // folded offer id
}

// Offer is what an id of the catalogue stands for: a product's SKU in one
// availability, or an offer from before new commerce.
type Offer struct {
	// ID is "product:sku:availability", or a legacy id, as the catalogue spells
	// it.
	ID string
	// ProductID, SKUID and AvailabilityID are empty for legacy offers.
	ProductID, SKUID, AvailabilityID string
	Name, Publisher                  string
	Kind                             OfferKind
	Legacy                           bool
	ProductType                      partnercenter.ItemType // zero for legacy offers
	BillingType                      partnercenter.BillingType
	// UnitType is what is counted, as a subscription says it.
	UnitType     string
	ContractType partnercenter.ContractType
	// ProvisioningID is an upper-case GUID; empty: nothing is provisioned seat by
	// seat.
	ProvisioningID string
	Addon          bool
	// Parents are the products, or legacy offers, that an add-on goes onto.
	Parents []string
	// HasAddons says that something in the catalogue goes onto it.
	HasAddons                bool
	MinQuantity, MaxQuantity int
	// Attestation is what a buyer has to declare; empty: nothing.
	Attestation string
	// Terms has at least one; the first is the default.
	Terms []OfferTerm
	// RenewsInto are the products that it may be scheduled to become at renewal,
	// beside its own.
	RenewsInto []string
}

// OfferTerm is for how long an offer can be bought, and how it is paid.
type OfferTerm struct {
	// Duration is an ISO 8601 duration, such as "P1Y"; empty: there is no term.
	Duration string
	// Months is the same in months; 0: there is no term.
	Months       int
	BillingCycle partnercenter.BillingCycle
	// Price of one unit on one bill, in dollars; [Market.Price] turns it into
	// what the country pays.
	Price float64
	// CancelDays is for how many days a purchase can be cancelled; 0: not at all.
	CancelDays int
}

// OfferKind says by what rules an offer lives.
type OfferKind string

// The kinds of offer.
const (
	OfferLicence     OfferKind = "licence"
	OfferTrial       OfferKind = "trial"
	OfferSoftware    OfferKind = "software"
	OfferPerpetual   OfferKind = "perpetual"
	OfferUsage       OfferKind = "usage"
	OfferReservation OfferKind = "reservation"
	OfferSaaS        OfferKind = "saas"
)

// Market is a country that is sold to, and what it pays in.
type Market struct {
	// Country is two upper-case letters (ISO 3166).
	Country string `json:"country"`
	// Currency is three letters (ISO 4217).
	Currency string `json:"currency"`
	Symbol   string `json:"symbol"`
	// PerDollar is how much of the currency a dollar is.
	PerDollar float64 `json:"perDollar"`
	// Cents says that the currency has hundredths.
	Cents bool `json:"cents"`
}

// Price is a price in dollars as the market pays it.
func (m Market) Price(dollars float64) float64 { return m.Round(dollars * m.PerDollar) }

// Round rounds an amount to what can be paid in the market.
func (m Market) Round(amount float64) float64 {
	if m.Cents {
		return math.Round(amount*100) / 100
	}
	return math.Round(amount)
}

// Offer finds what an id stands for in a country, whatever the case of either;
// false when the id is unknown, or not sold there ([Catalogue.OfferAnywhere]
// tells which).
func (c *Catalogue) Offer(id, country string) (Offer, bool) {
	offer, ok := c.OfferAnywhere(id)
	if !ok {
		return Offer{}, false
	}
	market, ok := c.Market(country)
	if p := c.byID[folded(offer.ProductID)]; !ok || p != nil && !p.soldIn(market) {
		return Offer{}, false
	}
	return offer, true
}

// OfferAnywhere finds what an id stands for, in whatever country it is sold.
func (c *Catalogue) OfferAnywhere(id string) (Offer, bool) {
	offer, ok := c.offers[folded(id)]
	return offer, ok
}

// Market finds a country that is sold to, whatever its case.
func (c *Catalogue) Market(country string) (Market, bool) {
	market, ok := c.markets[folded(country)]
	return market, ok
}

// Term finds the first of the offer's terms with the duration and the billing
// cycle; an empty one of the two takes any. Without both it is the default.
func (o Offer) Term(duration string, cycle partnercenter.BillingCycle) (OfferTerm, bool) {
	at := slices.IndexFunc(o.Terms, func(t OfferTerm) bool {
		return (duration == "" || strings.EqualFold(duration, t.Duration)) && (cycle == "" || cycle == t.BillingCycle)
	})
	if at < 0 {
		return OfferTerm{}, false
	}
	return o.Terms[at], true
}

// cancelDays are those of reference 7.10: a week for what is paid by the seat,
// a month for software for good, two weeks or a day for a publisher's own.
func (o Offer) cancelDays(t OfferTerm) int {
	switch {
	case o.Legacy, o.BillingType != partnercenter.BilledByLicense:
		return 0
	case o.Kind == OfferLicence, o.Kind == OfferSoftware:
		return 7
	case o.Kind == OfferPerpetual:
		return 30
	case o.Kind == OfferSaaS && t.Months < 12:
		return 1
	case o.Kind == OfferSaaS:
		return 14
	default:
		return 0
	}
}

//go:embed catalogue.json
var catalogueFile []byte

// DefaultCatalogue is the catalogue that is part of the program.
var DefaultCatalogue = sync.OnceValue(func() *Catalogue {
	c, err := readCatalogue(catalogueFile)
	if err != nil {
		panic(fmt.Sprintf("read the catalogue that is part of the program: %v", err))
	}
	return c
})

// The words of catalogue.json.
type (
	product struct {
		ID          string                      `json:"id"`
		Type        string                      `json:"type"` // the last id of the product's type
		Title       string                      `json:"title"`
		Description string                      `json:"description"`
		Publisher   string                      `json:"publisher"` // empty: Microsoft
		Segment     partnercenter.Segment       `json:"segment"`   // empty: commercial
		Views       []partnercenter.CatalogView `json:"views"`     // beside its type's
		OnlyIn      []string                    `json:"onlyIn"`    // countries; empty: all
		Parents     []string                    `json:"parents"`   // of an add-on
		RenewsInto  []string                    `json:"renewsInto"`
		SKUs        []sku                       `json:"skus"`

		kind productKind
	}
	productKind struct {
		Kind  OfferKind                   `json:"kind"`
		Type  partnercenter.ItemType      `json:"type"`
		Views []partnercenter.CatalogView `json:"views"`
	}
	sku struct {
		ID             string                     `json:"id"`
		Availability   string                     `json:"availability"`
		Title          string                     `json:"title"` // empty: the product's
		Trial          bool                       `json:"trial"`
		ProvisioningID string                     `json:"provisioningId"`
		Maximum        int                        `json:"maximum"`  // 0: as many as there can be
		Unit           string                     `json:"unit"`     // empty: Licenses
		Billing        partnercenter.BillingType  `json:"billing"`  // empty: by licence
		Contract       partnercenter.ContractType `json:"contract"` // empty: subscription
		UpgradesTo     []string                   `json:"upgradesTo"`
		Attestation    string                     `json:"attestation"`
		Terms          []catalogueTerm            `json:"terms"`

		offer Offer
	}
	legacyOffer struct {
		sku
		Parents []string `json:"parents"`
	}
	catalogueTerm struct {
		Duration string                     `json:"duration"`
		Cycle    partnercenter.BillingCycle `json:"cycle"`
		Price    float64                    `json:"price"`
	}
)

const (
	microsoft = "Microsoft Corporation"
	// maxSeats is the most that one subscription holds where nothing else is said.
	maxSeats = 10_000_000
)

func readCatalogue(text []byte) (*Catalogue, error) {
	var file struct {
		Markets  []Market      `json:"markets"`
		Types    []productKind `json:"types"`
		Products []product     `json:"products"`
		Legacy   []legacyOffer `json:"legacy"`
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		return nil, err
	}
	c := &Catalogue{
		markets: map[string]Market{}, products: file.Products, byID: map[string]*product{}, offers: map[string]Offer{},
	}
	for _, m := range file.Markets {
		c.markets[folded(m.Country)] = m
	}
	for i := range c.products {
		p := &c.products[i]
		at := slices.IndexFunc(file.Types, func(k productKind) bool { return k.name() == p.Type })
		if at < 0 {
			return nil, fmt.Errorf("product %s is of no type: %q", p.ID, p.Type)
		}
		p.kind = file.Types[at]
		p.Publisher = cmp.Or(p.Publisher, microsoft)
		p.Segment = cmp.Or(p.Segment, partnercenter.SegmentCommercial)
		c.byID[folded(p.ID)] = p
		for n := range p.SKUs {
			p.addOffer(c, n)
		}
	}
	for _, l := range file.Legacy {
		offer := l.offerOf(Offer{ID: l.ID, Name: l.Title, Legacy: true, Kind: OfferLicence, Parents: l.Parents})
		if offer.BillingType == partnercenter.BilledByUsage {
			offer.Kind = OfferUsage
		}
		c.offers[folded(offer.ID)] = offer
	}
	c.noteAddons()
	return c, nil
}

// noteAddons says of each offer whether something goes onto it.
func (c *Catalogue) noteAddons() {
	parents := map[string]bool{}
	for _, offer := range c.offers {
		for _, parent := range offer.Parents {
			parents[folded(parent)] = true
		}
	}
	for id, offer := range c.offers {
		offer.HasAddons = parents[folded(cmp.Or(offer.ProductID, offer.ID))] && offer.Kind != OfferTrial
		c.offers[id] = offer
	}
}

// name is the type's most particular id.
func (k productKind) name() string {
	if k.Type.SubType != nil {
		return k.Type.SubType.ID
	}
	return k.Type.ID
}

func (p *product) addOffer(c *Catalogue, n int) {
	s := &p.SKUs[n]
	s.Title = cmp.Or(s.Title, p.Title)
	s.offer = s.offerOf(Offer{
		ID: p.ID + ":" + s.ID + ":" + s.Availability, ProductID: p.ID, SKUID: s.ID, AvailabilityID: s.Availability,
		Name: s.Title, Publisher: p.Publisher, Kind: p.kind.Kind, ProductType: p.kind.Type,
		Parents: p.Parents, RenewsInto: p.RenewsInto,
	})
	c.offers[folded(s.offer.ID)] = s.offer
}

// offerOf fills in what the SKU says of its offer.
func (s sku) offerOf(o Offer) Offer {
	if s.Trial {
		o.Kind = OfferTrial
	}
	o.Addon = len(o.Parents) > 0
	o.BillingType = cmp.Or(s.Billing, partnercenter.BilledByLicense)
	o.UnitType = cmp.Or(s.Unit, "Licenses")
	o.ContractType = cmp.Or(s.Contract, partnercenter.ContractSubscription)
	o.ProvisioningID = s.ProvisioningID
	o.Attestation = s.Attestation
	o.MinQuantity, o.MaxQuantity = 1, cmp.Or(s.Maximum, maxSeats)
	for _, given := range s.Terms {
		t := OfferTerm{Duration: given.Duration, BillingCycle: given.Cycle, Price: given.Price, Months: monthsOf(given.Duration)}
		t.CancelDays = o.cancelDays(t)
		o.Terms = append(o.Terms, t)
	}
	return o
}

// soldIn says whether the product can be bought in the market.
func (p *product) soldIn(m Market) bool {
	return m.Country != "" && (len(p.OnlyIn) == 0 || slices.Contains(p.OnlyIn, m.Country))
}

// monthsOf reads a duration of whole months or years; 0 when it is none.
func monthsOf(duration string) int {
	var n int
	var unit rune
	if count, err := fmt.Sscanf(duration, "P%d%c", &n, &unit); err != nil || count != 2 {
		return 0
	}
	switch unit {
	case 'M':
		return n
	case 'Y':
		return 12 * n
	default:
		return 0
	}
}
