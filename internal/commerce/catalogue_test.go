package commerce

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"provost/partnercenter"
)

func TestCatalogueFindsOffersWhateverTheirCase(t *testing.T) {
	c := DefaultCatalogue()
	for _, id := range []string{"CFQ7TTC0LH18:0001:CFQ7TTC725M4", "cfq7ttc0lh18:0001:cfq7ttc725m4", "195416c1-3447-423a-b37b-ee59a99a19c4", "ms-azr-0145p"} {
		if offer, ok := c.Offer(id, "de"); !ok || !strings.EqualFold(offer.ID, id) || offer.Legacy == strings.Contains(id, ":") {
			t.Errorf("%s stands for %+v (%v)", id, offer, ok)
		}
	}
}

func TestCatalogueTellsUnknownFromNotSoldThere(t *testing.T) {
	c := DefaultCatalogue()
	for _, x := range []struct {
		id, country   string
		there, either bool
	}{
		{"DZH318Z09XLQ:0001:DZH318ZH5JQN", "US", true, true},
		{"DZH318Z09XLQ:0001:DZH318ZH5JQN", "FR", false, true},
		{"CFQ7TTC0LH18:0001:CFQ7TTC725M4", "AQ", false, true},
		{"CFQ7TTC0LH18:0001:CFQ7TTC725M4", "", false, true},
		{"MS-AZR-0145P", "AQ", false, true},
		{"CFQ7TTC0LH18:0001:CFQ7TTC00000", "US", false, false},
		{"CFQ7TTC0LH18", "US", false, false},
	} {
		_, there := c.Offer(x.id, x.country)
		_, either := c.OfferAnywhere(x.id)
		if there != x.there || either != x.either {
			t.Errorf("%s in %q: %v, anywhere %v", x.id, x.country, there, either)
		}
	}
}

func TestOfferHasADefaultTermAndThoseThatAreNamed(t *testing.T) {
	e3, _ := DefaultCatalogue().OfferAnywhere("CFQ7TTC0LFLX:0001:CFQ7TTCX76SB")
	for _, x := range []struct {
		duration string
		cycle    partnercenter.BillingCycle
		want     OfferTerm
		ok       bool
	}{
		{"", "", OfferTerm{"P1Y", 12, "monthly", 36, 7}, true},
		{"p3y", "triennial", OfferTerm{"P3Y", 36, "triennial", 1296, 7}, true},
		{"P1M", "", OfferTerm{"P1M", 1, "monthly", 43.2, 7}, true},
		{"", "annual", OfferTerm{"P1Y", 12, "annual", 432, 7}, true},
		{"P1M", "annual", OfferTerm{}, false},
	} {
		if got, ok := e3.Term(x.duration, x.cycle); ok != x.ok || got != x.want {
			t.Errorf("%q %q: %+v (%v), want %+v", x.duration, x.cycle, got, ok, x.want)
		}
	}
}

func TestMarketsPayInTheirOwnCurrency(t *testing.T) {
	for country, want := range map[string]float64{"US": 43.2, "GB": 34.56, "DE": 41.04, "JP": 6480} {
		if market, ok := DefaultCatalogue().Market(country); !ok || market.Price(43.2) != want {
			t.Errorf("%s pays %v %s, want %v", country, market.Price(43.2), market.Currency, want)
		}
	}
}

// What the catalogue is there for: something of each kind, and enough licences
// with every usual term to place any order with.
func TestCatalogueSellsEveryKind(t *testing.T) {
	kinds, licences, addons := map[OfferKind]int{}, 0, 0
	for _, o := range DefaultCatalogue().offers {
		kinds[o.Kind]++
		_, month := o.Term("P1M", "monthly")
		_, year := o.Term("P1Y", "annual")
		_, years := o.Term("P3Y", "triennial")
		if o.Kind == OfferLicence && !o.Addon && month && year && years {
			licences++
		}
		if o.Addon && !o.Legacy {
			addons++
		}
	}
	for kind, least := range map[OfferKind]int{
		OfferLicence: 15, OfferTrial: 3, OfferSoftware: 2, OfferPerpetual: 2, OfferUsage: 1, OfferReservation: 3, OfferSaaS: 1,
	} {
		if kinds[kind] < least {
			t.Errorf("%d offers are %s, want %d", kinds[kind], kind, least)
		}
	}
	if licences < 8 || addons < 5 {
		t.Errorf("%d licences with every term, %d add-ons", licences, addons)
	}
}

func TestCatalogueIsWhole(t *testing.T) {
	c := DefaultCatalogue()
	guid := regexp.MustCompile(`^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$`)
	skus := map[string]bool{}
	for _, o := range c.offers {
		if skus[o.ProductID+":"+o.SKUID] = true; o.Legacy == (o.ProductID != "") || o.Name == "" || len(o.Terms) == 0 {
			t.Errorf("%s says too little: %+v", o.ID, o)
		}
		if usage := o.Kind == OfferUsage; usage != (o.ProvisioningID == "") || (!usage && !guid.MatchString(o.ProvisioningID)) {
			t.Errorf("%s (%s) is provisioned as %q", o.ID, o.Kind, o.ProvisioningID)
		}
		if o.MinQuantity < 1 || o.MaxQuantity < o.MinQuantity {
			t.Errorf("%s is sold from %d to %d", o.ID, o.MinQuantity, o.MaxQuantity)
		}
		seen := map[OfferTerm]bool{}
		for _, term := range o.Terms {
			key := OfferTerm{Duration: term.Duration, BillingCycle: term.BillingCycle}
			if seen[key] || (term.Duration == "") != (term.Months == 0) || !partnercenter.Known(term.BillingCycle) {
				t.Errorf("%s has the term %+v", o.ID, term)
			}
			if free := o.Kind == OfferTrial || o.BillingType != partnercenter.BilledByLicense; free != (term.Price == 0) || (free && term.CancelDays > 0) {
				t.Errorf("%s costs %v and is billed by %s", o.ID, term.Price, o.BillingType)
			}
			seen[key] = true
		}
	}
	for _, o := range c.offers {
		for _, id := range append(append([]string{}, o.Parents...), o.RenewsInto...) {
			_, legacy := c.offers[folded(id)]
			if _, known := c.byID[folded(id)]; known == o.Legacy || legacy != o.Legacy {
				t.Errorf("%s names %s, which is not in the catalogue", o.ID, id)
			}
		}
		if o.Addon && o.HasAddons {
			t.Errorf("%s is an add-on with add-ons", o.ID)
		}
	}
	for _, p := range c.products {
		for _, s := range p.SKUs {
			for _, target := range s.UpgradesTo {
				if !skus[target] {
					t.Errorf("%s:%s upgrades to %s, which is not in the catalogue", p.ID, s.ID, target)
				}
			}
		}
		for _, country := range p.OnlyIn {
			if _, ok := c.Market(country); !ok {
				t.Errorf("%s is sold in %s, which is no market", p.ID, country)
			}
		}
	}
}

// The demo shop sells nothing that an order could not buy.
func TestDemoSellsWhatTheCatalogueSellsThere(t *testing.T) {
	rows := demoAt(demoInstants(t)[0])
	country := map[string]string{}
	for _, c := range rows.customers {
		country[c.Resource.ID] = c.Resource.BillingProfile.DefaultAddress.Country
	}
	for _, s := range rows.subscriptions {
		r := s.Resource
		offer, ok := DefaultCatalogue().Offer(r.OfferID, country[s.Customer])
		if !ok || r.Quantity > offer.MaxQuantity || (r.ParentSubscriptionID != nil) != offer.Addon {
			t.Errorf("subscription %s of %s in %s: %d of %+v", r.ID, r.OfferID, country[s.Customer], r.Quantity, offer)
		}
	}
}

// Whatever is sold can be found: by a view of the list, and by the link of
// whoever holds it.
func TestEveryProductIsInAViewOfTheShelf(t *testing.T) {
	shelf, err := (&Service{}).ShelfIn("us")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, view := range partnercenter.CatalogView("").Words() {
		products, err := shelf.Products(ProductQuery{View: partnercenter.CatalogView(view)})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range products {
			found[p.ID] = true
		}
	}
	for _, p := range shelf.catalogue.products {
		if !found[p.ID] || !partnercenter.Known(p.Segment) {
			t.Errorf("%s (%s) is in no view", p.ID, p.Segment)
		}
		for _, view := range append(append([]partnercenter.CatalogView{}, p.Views...), p.kind.Views...) {
			if !partnercenter.Known(view) {
				t.Errorf("%s is in the view %s, which is none", p.ID, view)
			}
		}
	}
	for _, o := range shelf.catalogue.offers {
		if product, sku, availability := shelf.links(strings.ToLower(o.ID)); o.Legacy != (product == nil && sku == nil && availability == nil) {
			t.Errorf("%s has the links %v %v %v", o.ID, product, sku, availability)
		}
	}
}

func TestWhereNothingIsSoldTheShelfIsEmpty(t *testing.T) {
	for country, want := range map[string]error{
		"AQ": partnercenter.ErrMarket, "": partnercenter.ErrInput, "USA": partnercenter.ErrInput, "ü": partnercenter.ErrInput,
	} {
		if _, err := (&Service{}).ShelfIn(country); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", country, err, want)
		}
	}
	shelf := Shelf{catalogue: DefaultCatalogue()} // a customer's in such a country
	products, err := shelf.Products(ProductQuery{View: partnercenter.ViewOnlineServices})
	if _, missing := shelf.Product("CFQ7TTC0LH18"); len(products) > 0 || err != nil || !errors.Is(missing, partnercenter.ErrProductNotFound) {
		t.Errorf("sells %v (%v), and %v", products, err, missing)
	}
	if product, _, _ := shelf.links("CFQ7TTC0LH18:0001:CFQ7TTC725M4"); product != nil {
		t.Errorf("links to %v", product)
	}
}
