package partnercenter

import (
	"context"
	"iter"
)

// Product is something that can be bought, in one of its SKUs (reference 2.10).
type Product struct {
	// ID is twelve letters and digits, such as "CFQ7TTC0LH18".
	ID string `json:"id"`
	// Title and Description are for people.
	Title       string `json:"title"`
	Description string `json:"description"`
	// ProductType says what kind of product it is, as a [Subscription] does.
	ProductType ItemType `json:"productType"`
	// IsMicrosoftProduct is false for what another publisher sells.
	IsMicrosoftProduct bool `json:"isMicrosoftProduct"`
	// PublisherName is the company that makes the product.
	PublisherName string `json:"publisherName"`
	// Links name the country that the product was asked for in.
	Links *ProductLinks `json:"links,omitempty"`
	// Attributes name the type "Product".
	Attributes ResourceAttributes `json:"attributes"`
}

// ProductLinks lead on from a [Product].
type ProductLinks struct {
	// SKUs leads to the forms in which the product is sold.
	SKUs *Link `json:"skus,omitempty"`
	// Self leads to the product.
	Self *Link `json:"self,omitempty"`
}

// CatalogClient is the catalogue of every country.
type CatalogClient struct{ at place }

// ByCountry leads to what is sold in a country: two letters (ISO 3166).
func (c *CatalogClient) ByCountry(country string) *ProductsClient {
	return &ProductsClient{at: c.at.asked("country", country)}
}

// ProductsClient asks for what is sold in a country, or to a customer.
type ProductsClient struct{ at place }

// ProductQuery says which products are asked for.
type ProductQuery struct {
	// View is needed: the catalogue is listed a part at a time.
	View CatalogView
	// Segment narrows the list to what a kind of customer may buy.
	Segment Segment
	// ReservationScope narrows it to reservations of a scope.
	ReservationScope ReservationScope
}

func (c *ProductsClient) list(q ProductQuery) place {
	return c.at.asked("targetView", string(q.View), "targetSegment", string(q.Segment), "reservationScope", string(q.ReservationScope))
}

// List walks the products of a view.
//
// Tokens: App+User, app-only. Roles: any agent. Errors: [ErrMarket], [ErrView],
// [ErrEnum]. Source: reference 1.6.
//
//	GET /v1/products
//	GET /v1/customers/{customer}/products
func (c *ProductsClient) List(ctx context.Context, q ProductQuery) iter.Seq2[*Product, error] {
	return each[Product](ctx, c.list(q), nil)
}

// Page gives one page of them.
//
// Tokens: App+User, app-only. Roles: any agent. Errors: [ErrMarket], [ErrView],
// [ErrEnum]. Source: reference 1.6.
//
//	GET /v1/products
//	GET /v1/customers/{customer}/products
func (c *ProductsClient) Page(ctx context.Context, q ProductQuery) (*Collection[Product], error) {
	return page[Product](ctx, c.list(q), nil)
}

// ByID leads to one product.
func (c *ProductsClient) ByID(id string) *ProductClient {
	at := c.at.id("product", id)
	return &ProductClient{at: at, SKUs: &SKUsClient{at: at.in("skus")}}
}

// ProductClient asks for one product.
type ProductClient struct {
	// SKUs are the forms in which it is sold.
	SKUs *SKUsClient

	at place
}

// Get gives the product.
//
// Tokens: App+User, app-only. Roles: any agent. Errors: [ErrMarket],
// [ErrProductNotFound]. Source: reference 1.6.
//
//	GET /v1/products/{product}
//	GET /v1/customers/{customer}/products/{product}
func (c *ProductClient) Get(ctx context.Context) (*Product, error) {
	return get[Product](ctx, c.at)
}
