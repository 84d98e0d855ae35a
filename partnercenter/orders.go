package partnercenter

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"strconv"
)

// Order is one purchase by or for a customer (reference 2.7, A.5).
type Order struct {
	// ID is opaque; its form varies with the age of the order.
	ID string `json:"id"`
	// AlternateID is the short form of a legacy id; else equal to ID.
	AlternateID *string `json:"alternateId,omitempty"`
	// ReferenceCustomerID is the id of the customer that it was bought for.
	ReferenceCustomerID string `json:"referenceCustomerId"`
	// BillingCycle is how often a bill is made for its lines.
	BillingCycle BillingCycle `json:"billingCycle"`
	// CurrencyCode is three letters (ISO 4217), CurrencySymbol what stands beside an
	// amount; both follow from the customer's country.
	CurrencyCode   *string `json:"currencyCode,omitempty"`
	CurrencySymbol *string `json:"currencySymbol,omitempty"`
	// LineItems has at least one line.
	LineItems []OrderLineItem `json:"lineItems"`
	// CreationDate is when the order was placed, set by the service.
	CreationDate Time `json:"creationDate"`
	// Status follows from the lines.
	Status OrderStatus `json:"status"`
	// TransactionType is "UserPurchase", "SystemPurchase" or "SystemBilling".
	TransactionType *string `json:"transactionType,omitempty"`
	// TotalPrice is there only when asked for by include_price=true.
	TotalPrice *float64 `json:"totalPrice,omitempty"`
	// PartnerOnRecordAttestationAccepted says that the indirect reseller attested its
	// part; needed where a line names one.
	PartnerOnRecordAttestationAccepted *bool `json:"partnerOnRecordAttestationAccepted,omitempty"`
	// Links lead to the order, its provisioning status and its change.
	Links *OrderLinks `json:"links,omitempty"`
	// Client is the program that placed the order; sent with it.
	Client *PurchaseClient `json:"client,omitempty"`
	// Attributes name the type "Order"; a legacy order has an etag too.
	Attributes ResourceAttributes `json:"attributes"`

	// Raw is the resource as the client read it. What is written back keeps those
	// members of it that this package does not know.
	Raw json.RawMessage `json:"-"`
}

// PurchaseClient is the program that placed an order; empty when it did not say.
type PurchaseClient struct {
	// MarketplaceCountry is where it was bought, two letters (ISO 3166).
	MarketplaceCountry *string `json:"marketplaceCountry,omitempty"`
	// DeviceFamily is the kind of device that the program runs on.
	DeviceFamily *string `json:"deviceFamily,omitempty"`
	// Name is the program's own.
	Name *string `json:"name,omitempty"`
}

// OrderLinks lead on from an [Order].
type OrderLinks struct {
	// Self leads to the order, ProvisioningStatus to how far its lines are.
	Self               *Link `json:"self,omitempty"`
	ProvisioningStatus *Link `json:"provisioningStatus,omitempty"`
	// PatchOperation is the call that changes the order, with the method PATCH.
	PatchOperation *Link `json:"patchOperation,omitempty"`
}

// OrderLineItem is one line of an [Order].
type OrderLineItem struct {
	// LineItemNumber counts from 0.
	LineItemNumber int `json:"lineItemNumber"`
	// OfferID is what is bought: "product:sku:availability", or a legacy offer's id.
	OfferID string `json:"offerId"`
	// SubscriptionID is absent until the first part of the line is provisioned.
	SubscriptionID *string `json:"subscriptionId,omitempty"`
	// ParentSubscriptionID names the base subscription of an add-on.
	ParentSubscriptionID *string `json:"parentSubscriptionId,omitempty"`
	// TermDuration is an ISO 8601 duration; absent on legacy lines and where there is
	// no term.
	TermDuration *string `json:"termDuration,omitempty"`
	// CustomTermEndDate is the day on which the first term is to end, before it has
	// run for TermDuration.
	CustomTermEndDate *Time `json:"customTermEndDate,omitempty"`
	// TransactionType is "New", "Renew", "AddQuantity", "RemoveQuantity",
	// "Cancel", "Convert" or "CustomerCredit".
	TransactionType *string `json:"transactionType,omitempty"`
	// FriendlyName is what the subscription is to be called; absent: as its offer.
	FriendlyName *string `json:"friendlyName,omitempty"`
	// Quantity is how many seats or units the line buys.
	Quantity int `json:"quantity"`
	// PartnerIDOnRecord is the MPN id of the indirect reseller; absent in a direct
	// sale.
	PartnerIDOnRecord *string `json:"partnerIdOnRecord,omitempty"`
	// AdditionalPartnerIDsOnRecord are further resellers' MPN ids, five at most.
	AdditionalPartnerIDsOnRecord []string `json:"additionalPartnerIdsOnRecord,omitzero"`
	// ProvisioningContext is what the SKU's ProvisioningVariables ask for, by name.
	ProvisioningContext map[string]string `json:"provisioningContext,omitzero"`
	// RenewsTo is the term that follows; absent: one as long as this.
	RenewsTo *RenewsTo `json:"renewsTo,omitempty"`
	// AttestationAccepted says that the buyer made the SKU's declaration; needed where
	// [AttestationProperties] enforce it.
	AttestationAccepted *bool `json:"attestationAccepted,omitempty"`
	// PromotionID names the promotion that lowers the price; absent: none does.
	PromotionID *string `json:"promotionId,omitempty"`
	// Pricing is there only when asked for by include_price=true.
	Pricing *Pricing `json:"pricing,omitempty"`
	// PurchaseCommitment is what a savings plan promises to spend; absent on all else.
	PurchaseCommitment *PurchaseCommitment `json:"purchaseCommitment,omitempty"`
	// Links lead to what was bought; absent where none of them answers.
	Links *OrderLineItemLinks `json:"links,omitempty"`
}

// RenewsTo is the term that a line renews to.
type RenewsTo struct {
	// TermDuration is an ISO 8601 duration.
	TermDuration string `json:"termDuration"`
}

// UnmarshalJSON reads the object, or an array of one: the documents show both
// (reference 2.7).
func (r *RenewsTo) UnmarshalJSON(body []byte) error {
	type plain RenewsTo
	if body = bytes.TrimSpace(body); len(body) == 0 || body[0] != '[' {
		return json.Unmarshal(body, (*plain)(r))
	}
	var all []plain
	if err := json.Unmarshal(body, &all); err != nil {
		return err
	}
	if len(all) > 1 {
		return fmt.Errorf("a line renews to one term, not to %d", len(all))
	}
	if len(all) == 1 {
		*r = RenewsTo(all[0])
	}
	return nil
}

// Pricing is what a line costs, in the order's currency; there only when asked
// for by include_price=true.
type Pricing struct {
	// ListPrice is the catalogue's for one unit.
	ListPrice float64 `json:"listPrice"`
	// DiscountedPrice is that of one unit after discounts.
	DiscountedPrice float64 `json:"discountedPrice"`
	// ProratedPrice is that of one unit for what is left of the term.
	ProratedPrice float64 `json:"proratedPrice"`
	// Price is what one unit costs on this line.
	Price float64 `json:"price"`
	// ExtendedPrice is Price for the whole quantity; TotalPrice adds these up.
	ExtendedPrice float64 `json:"extendedPrice"`
}

// OrderLineItemLinks lead on from an [OrderLineItem].
type OrderLineItemLinks struct {
	// Product, SKU and Availability lead to what the line bought in the catalogue; new
	// commerce alone.
	Product      *Link `json:"product,omitempty"`
	SKU          *Link `json:"sku,omitempty"`
	Availability *Link `json:"availability,omitempty"`
	// Subscription and ProvisioningStatus lead to the line's subscription and how far
	// it is; absent until it exists.
	Subscription       *Link `json:"subscription,omitempty"`
	ProvisioningStatus *Link `json:"provisioningStatus,omitempty"`
	// ActivationLinks lead to where a marketplace purchase is activated.
	ActivationLinks *Link `json:"activationLinks,omitempty"`
}

// OrdersClient asks for a customer's orders, and places them.
type OrdersClient struct{ at place }

// OrderQuery narrows a list of orders.
type OrderQuery struct {
	// BillingCycle asks for the orders of one cycle.
	BillingCycle BillingCycle
	// IncludePrice asks for prices.
	IncludePrice bool
}

func (c *OrdersClient) list(q OrderQuery) place {
	return c.at.asked("billingType", string(q.BillingCycle), "include_price", included(q.IncludePrice))
}

func included(price bool) string {
	if !price {
		return ""
	}
	return strconv.FormatBool(price)
}

// List walks the customer's orders. Microsoft's service may show a new one
// fifteen minutes late.
//
// Tokens: App+User, app-only. Roles: any agent. Errors: [ErrEnum]. Source:
// reference 1.3.
//
//	GET /v1/customers/{customer}/orders
func (c *OrdersClient) List(ctx context.Context, q OrderQuery) iter.Seq2[*Order, error] {
	return each[Order](ctx, c.list(q), nil)
}

// Page gives all of them at once: this list has one page.
//
// Tokens: App+User, app-only. Roles: any agent. Errors: [ErrEnum]. Source:
// reference 1.3.
//
//	GET /v1/customers/{customer}/orders
func (c *OrdersClient) Page(ctx context.Context, q OrderQuery) (*Collection[Order], error) {
	return page[Order](ctx, c.list(q), nil)
}

// Create buys what the order's lines name: LineItemNumber, OfferID (a catalogue
// item id), Quantity, and TermDuration where there are several. The provisioning
// status of what is returned tells when it is there.
//
// Tokens: App+User, app-only. Roles: admin agent, sales agent, global admin.
// Errors: [ErrOfferID], [ErrLineQuantity], [ErrLineNumbers], [ErrAddon],
// [ErrNotInCountry], [ErrBillingCycle], [ErrAgreement], [ErrAttestation],
// [ErrPartnerID], [ErrSeatLimit], [ErrSubscriptionLimit] and others, one for each
// rule. Source: reference 1.3.
//
//	POST /v1/customers/{customer}/orders
func (c *OrdersClient) Create(ctx context.Context, order *Order) (*Order, error) {
	return write(ctx, c.at, http.MethodPost, order)
}

// ByID leads to one order.
func (c *OrdersClient) ByID(id string) *OrderClient {
	at := c.at.id("order", id)
	return &OrderClient{at: at, ProvisioningStatus: &OrderProvisioningStatusClient{at: at.in("provisioningstatus")}}
}

// OrderClient asks for one order.
type OrderClient struct {
	// ProvisioningStatus says how far each of its lines is provisioned.
	ProvisioningStatus *OrderProvisioningStatusClient

	at place
}

// Get gives the order, without prices.
//
// Tokens: App+User, app-only. Roles: any agent. Errors: [ErrOrderNotFound].
// Source: reference 1.3.
//
//	GET /v1/customers/{customer}/orders/{order}
func (c *OrderClient) Get(ctx context.Context) (*Order, error) {
	return get[Order](ctx, c.at)
}

// Patch changes the order to what is given: it buys add-ons by further lines that
// name their ParentSubscriptionID, cancels the order or a line, or changes the
// billing cycle of a legacy order. Members of Raw that this package does not know
// are sent back as they were; with an etag, it is changed only while it is what
// was read.
//
// Tokens: App+User, app-only. Roles: admin agent, sales agent, global admin.
// Errors: [ErrOrderNotFound], [ErrStale], [ErrLineNumbers], [ErrAddon],
// [ErrOrderPending], [ErrNotCancellable], [ErrCancelSandbox], [ErrCycleUnsold],
// [ErrPatchSubscription] and others, one for each rule. Source: reference 1.3.
//
//	PATCH /v1/customers/{customer}/orders/{order}
func (c *OrderClient) Patch(ctx context.Context, o *Order) (*Order, error) {
	return write(ctx, c.at, http.MethodPatch, o)
}

// Update reads the order, lets the function change it, and writes it with its
// etag; when somebody else has written in between, it begins again. Tokens,
// roles and errors are those of Get and Patch.
func (c *OrderClient) Update(ctx context.Context, change func(*Order) error) (*Order, error) {
	return update(ctx, c.at.partner.retry, c.Get, c.Patch, change)
}

// GetWithPrice gives the order with its prices.
//
// Tokens: App+User, app-only. Roles: any agent. Errors: [ErrOrderNotFound].
// Source: reference 1.3.
//
//	GET /v1/customers/{customer}/orders/{order}
func (c *OrderClient) GetWithPrice(ctx context.Context) (*Order, error) {
	return get[Order](ctx, c.at.asked("include_price", included(true)))
}
