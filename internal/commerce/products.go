package commerce

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"provost/partnercenter"
)

// Shelf is what the catalogue sells in one country.
type Shelf struct {
	catalogue *Catalogue
	// market is zero where nothing is sold.
	market Market
}

// ProductQuery picks products of a shelf.
type ProductQuery struct {
	// View is the part of the catalogue.
	View partnercenter.CatalogView
	// Segment picks what is for that kind of customer; empty takes all.
	Segment partnercenter.Segment
	// Scope narrows reservations; with any other view it is refused.
	Scope partnercenter.ReservationScope
}

// ShelfIn gives what is sold in a country; ErrInput when the text is no
// country, ErrMarket when nothing is sold there.
func (s *Service) ShelfIn(country string) (Shelf, error) {
	if len(country) != 2 || strings.Trim(strings.ToUpper(country), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return Shelf{}, partnercenter.ErrInput.About("country", "two letters, such as US")
	}
	catalogue := DefaultCatalogue()
	market, ok := catalogue.Market(country)
	if !ok {
		var sold []string
		for _, m := range catalogue.markets {
			sold = append(sold, m.Country)
		}
		slices.Sort(sold)
		return Shelf{}, Refuse(partnercenter.ErrMarket.About(append([]string{"country"}, sold...)...),
			"nothing is sold in %s; ask for one of the countries %s", strings.ToUpper(country), strings.Join(sold, ", "))
	}
	return Shelf{catalogue, market}, nil
}

// ShelfFor gives what is sold to a customer: in the country that its bills go
// to. Where the catalogue is not sold, that is nothing.
func (s *Service) ShelfFor(ctx context.Context, actor Actor, customer string) (Shelf, error) {
	var shelf Shelf
	err := s.Store.Read(ctx, func(tx Tx) (err error) {
		shelf, err = shelfFor(ctx, tx, actor.World.ID, customer)
		return err
	})
	return shelf, err
}

func shelfFor(ctx context.Context, tx Tx, world, customer string) (Shelf, error) {
	kept, err := tx.Customers().ByID(ctx, world, customer)
	if errors.Is(err, ErrMissing) {
		return Shelf{catalogue: DefaultCatalogue()}, nil
	}
	if err != nil {
		return Shelf{}, fmt.Errorf("read customer %s: %w", customer, err)
	}
	return shelfOf(kept), nil
}

// shelfOf is what a customer can buy.
func shelfOf(c Customer) Shelf {
	shelf := Shelf{catalogue: DefaultCatalogue()}
	shelf.market, _ = shelf.catalogue.Market(c.country())
	return shelf
}

// country is where the customer's bills go, or where its company is.
func (c Customer) country() string {
	if p := c.Resource.BillingProfile; p != nil && p.DefaultAddress != nil {
		return p.DefaultAddress.Country
	}
	if p := c.Resource.CompanyProfile; p != nil && p.Address != nil {
		return p.Address.Country
	}
	return ""
}

// Products lists a view of the shelf, in the catalogue's order.
func (sh Shelf) Products(q ProductQuery) ([]partnercenter.Product, error) {
	if q.Scope != "" && !strings.HasPrefix(string(q.View), string(partnercenter.ViewAzureReservations)) {
		return nil, partnercenter.ErrView.About("reservationScope", "with a targetView of reservations alone")
	}
	var shown []partnercenter.Product
	for i := range sh.catalogue.products {
		p := &sh.catalogue.products[i]
		if p.soldIn(sh.market) && p.isFor(q.Segment) && p.inView(q.View) {
			shown = append(shown, sh.showProduct(p))
		}
	}
	return shown, nil
}

// Product gives one product.
func (sh Shelf) Product(id string) (partnercenter.Product, error) {
	p, err := sh.product(id)
	if err != nil {
		return partnercenter.Product{}, err
	}
	return sh.showProduct(p), nil
}

func (sh Shelf) product(id string) (*product, error) {
	p := sh.catalogue.byID[folded(id)]
	if p == nil || !p.soldIn(sh.market) {
		return nil, partnercenter.ErrProductNotFound.About(id)
	}
	return p, nil
}

func (p *product) isFor(segment partnercenter.Segment) bool {
	return segment == "" || segment == p.Segment
}

func (p *product) inView(view partnercenter.CatalogView) bool {
	return slices.Contains(p.kind.Views, view) || slices.Contains(p.Views, view)
}

func (sh Shelf) showProduct(p *product) partnercenter.Product {
	return partnercenter.Product{
		ID: p.ID, Title: p.Title, Description: p.Description, ProductType: p.kind.Type,
		IsMicrosoftProduct: p.isMicrosoft(), PublisherName: p.Publisher,
		Links:      &partnercenter.ProductLinks{SKUs: sh.link(p.ID, "skus"), Self: sh.link(p.ID)},
		Attributes: partnercenter.ResourceAttributes{ObjectType: "Product"},
	}
}

func (p *product) isMicrosoft() bool { return p.Publisher == microsoft }

// link leads to what is below a product, in the shelf's country: links of a
// customer's catalogue do as well (reference 8.3).
func (sh Shelf) link(product string, below ...string) *partnercenter.Link {
	path := strings.Join(append([]string{"/products", product}, below...), "/")
	return partnercenter.GetLink(path + "?country=" + sh.market.Country)
}

// links lead to the product, the SKU and the availability that an offer is;
// nil where the shelf does not have it.
func (sh Shelf) links(offer string) (product, sku, availability *partnercenter.Link) {
	o, ok := sh.catalogue.Offer(offer, sh.market.Country)
	if !ok || o.Legacy {
		return nil, nil, nil
	}
	return sh.link(o.ProductID), sh.link(o.ProductID, "skus", o.SKUID),
		sh.link(o.ProductID, "skus", o.SKUID, "availabilities", o.AvailabilityID)
}
