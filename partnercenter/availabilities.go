package partnercenter

import (
	"context"
	"iter"
)

// Availability says in what way a [SKU] can be bought in a country (reference
// 2.10).
type Availability struct {
	// ID means something together with the product's and the SKU's alone, and is
	// said to change over time.
	ID string `json:"id"`
	// ProductID and SKUID name the product and the SKU that it sells.
	ProductID string `json:"productId"`
	SKUID     string `json:"skuId"`
	// CatalogItemID is "product:sku:availability": what an order line names as
	// its offerId, and a cart line as its catalogItemId.
	CatalogItemID string `json:"catalogItemId"`
	// DefaultCurrency is that of the country's prices.
	DefaultCurrency CurrencyInfo `json:"defaultCurrency"`
	// Segment is the kind of customer that may buy.
	Segment Segment `json:"segment"`
	// Country is two letters (ISO 3166).
	Country string `json:"country"`
	// IsPurchasable says that it can be bought now.
	IsPurchasable bool `json:"isPurchasable"`
	// IsRenewable says that one term can be followed by another.
	IsRenewable bool `json:"isRenewable"`
	// RenewalInstructions say what a term can be followed by.
	RenewalInstructions []RenewalInstruction `json:"renewalInstructions,omitzero"`
	// Terms are absent where there is no term: software for good, usage.
	Terms []AvailabilityTerm `json:"terms,omitzero"`
	// Product and SKU are in the single form alone.
	Product *Product `json:"product,omitempty"`
	SKU     *SKU     `json:"sku,omitempty"`
	// Links lead to the availability itself.
	Links *AvailabilityLinks `json:"links,omitempty"`
	// Attributes name the type "Availability".
	Attributes ResourceAttributes `json:"attributes"`
}

// CurrencyInfo is a currency.
type CurrencyInfo struct {
	// Code is three letters (ISO 4217).
	Code string `json:"code"`
	// Symbol is what stands beside an amount, such as "$".
	Symbol string `json:"symbol"`
}

// RenewalInstruction says what some of an [Availability]'s terms can be
// followed by (reference 2.10).
type RenewalInstruction struct {
	// ApplicableTermIDs are the ids of the terms that it is about.
	ApplicableTermIDs []string `json:"applicableTermIds"`
	// RenewalOptions are what can follow them.
	RenewalOptions []RenewalOption `json:"renewalOptions"`
}

// RenewalOption is something that can follow a term.
type RenewalOption struct {
	// RenewToID is "product:sku".
	RenewToID string `json:"renewToId"`
	// IsAutoRenewable says that it follows unless something else is scheduled.
	IsAutoRenewable bool `json:"isAutoRenewable"`
}

// AvailabilityTerm is for how long something can be bought, and how it is paid
// (reference 2.10).
type AvailabilityTerm struct {
	// ID is what [RenewalInstruction] names the term by.
	ID string `json:"id"`
	// Duration is an ISO 8601 duration: "P1M", "P1Y", "P3Y".
	Duration string `json:"duration"`
	// Description says the term and its billing in words, for people.
	Description string `json:"description"`
	// BillingCycle is how often a bill is made within the term.
	BillingCycle BillingCycle `json:"billingCycle"`
	// RenewalOptions are an older place for what RenewalInstructions say.
	RenewalOptions []RenewalOption `json:"renewalOptions,omitzero"`
	// CancellationPolicies are absent where nothing can be cancelled.
	CancellationPolicies []CancellationPolicy `json:"cancellationPolicies,omitzero"`
}

// CancellationPolicy says what a purchase can be given back for.
type CancellationPolicy struct {
	// RefundOptions are the refunds, each with its window.
	RefundOptions []CancellationRefundOption `json:"refundOptions"`
}

// CancellationRefundOption is a refund and for how long after the purchase it
// can be had. A [RefundOption], of a subscription, says until when.
type CancellationRefundOption struct {
	// SequenceID counts from 0.
	SequenceID int `json:"sequenceId"`
	// Type is "Full" or "Partial".
	Type string `json:"type"`
	// ExpiresAfter is an ISO 8601 duration, such as "P7D".
	ExpiresAfter string `json:"expiresAfter"`
}

// AvailabilityLinks lead on from an [Availability].
type AvailabilityLinks struct {
	// Self leads to the availability in the country that it was asked for in.
	Self *Link `json:"self,omitempty"`
}

// AvailabilitiesClient asks for the ways in which a SKU can be bought.
type AvailabilitiesClient struct{ at place }

// List walks the availabilities: [Availability.CatalogItemID] is what an order
// line names.
//
// Tokens: App+User, app-only. Roles: any agent. Errors: [ErrMarket], [ErrEnum],
// [ErrProductNotFound], [ErrSKUNotFound]. Source: reference 1.6.
//
//	GET /v1/products/{product}/skus/{sku}/availabilities
//	GET /v1/customers/{customer}/products/{product}/skus/{sku}/availabilities
func (c *AvailabilitiesClient) List(ctx context.Context, q SKUQuery) iter.Seq2[*Availability, error] {
	return each[Availability](ctx, q.at(c.at), nil)
}

// ByID leads to one availability.
func (c *AvailabilitiesClient) ByID(id string) *AvailabilityClient {
	return &AvailabilityClient{at: c.at.id("availability", id)}
}

// AvailabilityClient asks for one availability.
type AvailabilityClient struct{ at place }

// Get gives the availability, with its product and SKU.
//
// Tokens: App+User, app-only. Roles: any agent. Errors: [ErrMarket],
// [ErrProductNotFound], [ErrSKUNotFound], [ErrAvailabilityNotFound]. Source:
// reference 1.6.
//
//	GET /v1/products/{product}/skus/{sku}/availabilities/{availability}
//	GET /v1/customers/{customer}/products/{product}/skus/{sku}/availabilities/{availability}
func (c *AvailabilityClient) Get(ctx context.Context) (*Availability, error) {
	return get[Availability](ctx, c.at)
}
