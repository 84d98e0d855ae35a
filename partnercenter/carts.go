package partnercenter

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// Cart holds what a customer is about to buy (reference 2.8). It can be checked
// out once, until it expires.
type Cart struct {
	// ID is a GUID, given by the service.
	ID string `json:"id"`
	// CreationTimestamp is when the cart was made, LastModifiedTimestamp when it was
	// last written, ExpirationTimestamp until when it can be checked out. All are set
	// by the service.
	CreationTimestamp     Time `json:"creationTimestamp"`
	LastModifiedTimestamp Time `json:"lastModifiedTimestamp"`
	ExpirationTimestamp   Time `json:"expirationTimestamp"`
	// LastModifiedUser is the user's or the app's id.
	LastModifiedUser *string `json:"lastModifiedUser,omitempty"`
	// Status is "Active" or "Ordered".
	Status CartStatus `json:"status"`
	// LineItems has at least one line.
	LineItems []CartLineItem `json:"lineItems"`
	// Links lead to the cart itself.
	Links *CartLinks `json:"links,omitempty"`
	// Attributes name the type "Cart".
	Attributes ResourceAttributes `json:"attributes"`

	// Raw is the resource as the client read it. What is written back keeps those
	// members of it that this package does not know.
	Raw json.RawMessage `json:"-"`
}

// CartLinks lead on from a [Cart].
type CartLinks struct {
	// Self leads to the cart.
	Self *Link `json:"self,omitempty"`
}

// CartLineItem is one line of a [Cart].
type CartLineItem struct {
	// ID tells the cart's lines and add-ons apart; it counts from 0.
	ID CartLineItemID `json:"id"`
	// CatalogItemID is "product:sku:availability".
	CatalogItemID string `json:"catalogItemId"`
	// FriendlyName is the buyer's name for what is bought; absent: the offer's.
	FriendlyName *string `json:"friendlyName,omitempty"`
	// Quantity is how many seats or units are to be bought.
	Quantity int `json:"quantity"`
	// CurrencyCode is three letters (ISO 4217), set by the service.
	CurrencyCode *string `json:"currencyCode,omitempty"`
	// BillingCycle is how often a bill is made, one of those of the SKU.
	BillingCycle *BillingCycle `json:"billingCycle,omitempty"`
	// TermDuration is an ISO 8601 duration.
	TermDuration *string `json:"termDuration,omitempty"`
	// CustomTermEndDate is the day on which the first term is to end, before it has
	// run for TermDuration.
	CustomTermEndDate *Time `json:"customTermEndDate,omitempty"`
	// PromotionID names the promotion that lowers the price; absent: none does.
	PromotionID *string `json:"promotionId,omitempty"`
	// Participants name the resellers of record, by MPN id: under the key
	// "transaction_reseller" the one, under "additional_transaction_reseller" others.
	Participants []KeyValue `json:"participants,omitzero"`
	// ProvisioningContext is what the SKU's ProvisioningVariables ask for, by name.
	ProvisioningContext map[string]string `json:"provisioningContext,omitzero"`
	// OrderGroup is the same on all lines that are ordered together.
	OrderGroup *string `json:"orderGroup,omitempty"`
	// AddonItems go onto what the line buys.
	AddonItems []CartLineItem `json:"addonItems,omitzero"`
	// RenewsTo is the term that follows; absent: one as long as this.
	RenewsTo *RenewsTo `json:"renewsTo,omitempty"`
	// AttestationAccepted says that the buyer made the SKU's declaration; needed where
	// [AttestationProperties] enforce it.
	AttestationAccepted *bool `json:"attestationAccepted,omitempty"`
	// Pricing is there only when asked for by include_price=true.
	Pricing *Pricing `json:"pricing,omitempty"`
	// Error says why the line cannot be ordered.
	Error *CartError `json:"error,omitempty"`
}

// CartLineItemID is a number; text that is one is read as well, since the
// documents show both.
type CartLineItemID int

// UnmarshalJSON reads 3 and "3"; null and "" leave it alone.
func (i *CartLineItemID) UnmarshalJSON(body []byte) error {
	text := bytes.TrimSpace(body)
	if len(text) > 0 && text[0] == '"' {
		var quoted string
		if err := json.Unmarshal(text, &quoted); err != nil {
			return err
		}
		text = []byte(quoted)
	}
	if len(text) == 0 || string(text) == "null" {
		return nil
	}
	number, err := strconv.Atoi(string(text))
	if err != nil {
		return fmt.Errorf("read a cart line's id: %q is no number", text)
	}
	*i = CartLineItemID(number)
	return nil
}

// CartError is what is wrong with a line.
type CartError struct {
	// ErrorCode is the kind of fault, for programs.
	ErrorCode CartErrorCode `json:"errorCode"`
	// ErrorDescription is for people.
	ErrorDescription string `json:"errorDescription"`
	// AdditionalInformation is there where a quantity is at fault.
	AdditionalInformation *CartErrorInformation `json:"additionalInformation,omitempty"`
}

// CartErrorInformation says how much could be bought, and has been.
type CartErrorInformation struct {
	// AvailableQuantity is how many can be bought, PurchasedQuantity how many have
	// been.
	AvailableQuantity int `json:"availableQuantity"`
	PurchasedQuantity int `json:"purchasedQuantity"`
}

// CartCheckoutResult is what a cart has become: one order for each group of its
// lines, or an error in its place.
type CartCheckoutResult struct {
	// Orders are those that were placed, one for each group that could be.
	Orders []Order `json:"orders"`
	// OrderErrors are the groups that were not ordered; absent: all were.
	OrderErrors []CartOrderError `json:"orderErrors,omitzero"`
	// Attributes name the type "CartCheckoutResult".
	Attributes ResourceAttributes `json:"attributes"`
}

// CartOrderError says why a group of a cart's lines was not ordered.
type CartOrderError struct {
	// OrderGroupID is the OrderGroup of the lines that were not ordered.
	OrderGroupID string `json:"orderGroupId"`
	// Code is the number of the refusal, as in [Error], but not as text.
	Code int `json:"code"`
	// Description is for people, and names what is wrong.
	Description string `json:"description"`
}

// CartsClient makes carts.
type CartsClient struct{ at place }

// Create makes a cart of the lines: CatalogItemID, Quantity, BillingCycle and
// TermDuration. What is wrong with a line is in its Error, not in that of the
// call.
//
// Tokens: App+User, app-only. Roles: admin agent, sales agent, global admin.
// Errors: [ErrNotInCountry]. Source: reference 1.4.
//
//	POST /v1/customers/{customer}/carts
func (c *CartsClient) Create(ctx context.Context, cart *Cart) (*Cart, error) {
	return write(ctx, c.at, http.MethodPost, cart)
}

// ByID leads to one cart.
func (c *CartsClient) ByID(id string) *CartClient {
	return &CartClient{at: c.at.id("cart", id)}
}

// CartClient asks for one cart.
type CartClient struct{ at place }

// Get gives the cart, without prices.
//
// Tokens: App+User, app-only. Roles: any agent. Errors: [ErrCartNotFound].
// Source: reference 1.4.
//
//	GET /v1/customers/{customer}/carts/{cart}
func (c *CartClient) Get(ctx context.Context) (*Cart, error) {
	return get[Cart](ctx, c.at)
}

// GetWithPrice gives the cart with its prices.
//
// Tokens: App+User, app-only. Roles: any agent. Errors: [ErrCartNotFound].
// Source: reference 1.4.
//
//	GET /v1/customers/{customer}/carts/{cart}
func (c *CartClient) GetWithPrice(ctx context.Context) (*Cart, error) {
	return get[Cart](ctx, c.at.asked("include_price", included(true)))
}

// Replace puts other lines in the place of the cart's.
//
// Tokens: App+User, app-only. Roles: admin agent, sales agent, global admin.
// Errors: [ErrCartNotFound], [ErrCartOrdered], [ErrNotInCountry]. Source:
// reference 1.4.
//
//	PUT /v1/customers/{customer}/carts/{cart}
func (c *CartClient) Replace(ctx context.Context, cart *Cart) (*Cart, error) {
	return write(ctx, c.at, http.MethodPut, cart)
}

// Checkout buys what is in the cart: one order for each of its groups. A group
// that cannot be ordered is in OrderErrors, not in the error of the call.
//
// Tokens: App+User, app-only. Roles: admin agent, sales agent, global admin.
// Errors: [ErrCartNotFound], [ErrCartOrdered], [ErrNotInCountry]. Source:
// reference 1.4.
//
//	POST /v1/customers/{customer}/carts/{cart}/checkout
func (c *CartClient) Checkout(ctx context.Context) (*CartCheckoutResult, error) {
	got, err := c.at.in("checkout").send(ctx, call{method: http.MethodPost})
	if err != nil {
		return nil, err
	}
	return read[CartCheckoutResult](got)
}
