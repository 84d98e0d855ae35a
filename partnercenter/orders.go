package partnercenter

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Order is one purchase by or for a customer (reference 2.7, A.5).
type Order struct {
	// ID is opaque; its form varies with the age of the order.
	ID string `json:"id"`
	// AlternateID is the short form of a legacy id; else equal to ID.
	AlternateID         *string      `json:"alternateId,omitempty"`
	ReferenceCustomerID string       `json:"referenceCustomerId"`
	BillingCycle        BillingCycle `json:"billingCycle"`
	CurrencyCode        *string      `json:"currencyCode,omitempty"`
	CurrencySymbol      *string      `json:"currencySymbol,omitempty"`
	// LineItems has at least one line.
	LineItems    []OrderLineItem `json:"lineItems"`
	CreationDate Time            `json:"creationDate"`
	// Status follows from the lines.
	Status OrderStatus `json:"status"`
	// TransactionType is "UserPurchase", "SystemPurchase" or "SystemBilling".
	TransactionType *string `json:"transactionType,omitempty"`
	// TotalPrice is there only when asked for by include_price=true.
	TotalPrice                         *float64           `json:"totalPrice,omitempty"`
	PartnerOnRecordAttestationAccepted *bool              `json:"partnerOnRecordAttestationAccepted,omitempty"`
	Links                              *OrderLinks        `json:"links,omitempty"`
	Client                             *OrderClient       `json:"client,omitempty"`
	Attributes                         ResourceAttributes `json:"attributes"`
}

// OrderClient is the client that placed the order; empty when it did not say.
type OrderClient struct {
	MarketplaceCountry *string `json:"marketplaceCountry,omitempty"`
	DeviceFamily       *string `json:"deviceFamily,omitempty"`
	Name               *string `json:"name,omitempty"`
}

// OrderLinks lead on from an [Order].
type OrderLinks struct {
	Self               *Link `json:"self,omitempty"`
	ProvisioningStatus *Link `json:"provisioningStatus,omitempty"`
	PatchOperation     *Link `json:"patchOperation,omitempty"`
}

// OrderLineItem is one line of an [Order].
type OrderLineItem struct {
	// LineItemNumber counts from 0.
	LineItemNumber int    `json:"lineItemNumber"`
	OfferID        string `json:"offerId"`
	// SubscriptionID is absent until the first part of the line is provisioned.
	SubscriptionID *string `json:"subscriptionId,omitempty"`
	// ParentSubscriptionID names the base subscription of an add-on.
	ParentSubscriptionID *string `json:"parentSubscriptionId,omitempty"`
	TermDuration         *string `json:"termDuration,omitempty"`
	CustomTermEndDate    *Time   `json:"customTermEndDate,omitempty"`
	// TransactionType is "New", "Renew", "AddQuantity", "RemoveQuantity",
	// "Cancel", "Convert" or "CustomerCredit".
	TransactionType              *string             `json:"transactionType,omitempty"`
	FriendlyName                 *string             `json:"friendlyName,omitempty"`
	Quantity                     int                 `json:"quantity"`
	PartnerIDOnRecord            *string             `json:"partnerIdOnRecord,omitempty"`
	AdditionalPartnerIDsOnRecord []string            `json:"additionalPartnerIdsOnRecord,omitzero"`
	ProvisioningContext          map[string]string   `json:"provisioningContext,omitzero"`
	RenewsTo                     *RenewsTo           `json:"renewsTo,omitempty"`
	AttestationAccepted          *bool               `json:"attestationAccepted,omitempty"`
	PromotionID                  *string             `json:"promotionId,omitempty"`
	Pricing                      *Pricing            `json:"pricing,omitempty"`
	PurchaseCommitment           *PurchaseCommitment `json:"purchaseCommitment,omitempty"`
	Links                        *OrderLineItemLinks `json:"links,omitempty"`
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
	ListPrice       float64 `json:"listPrice"`
	DiscountedPrice float64 `json:"discountedPrice"`
	ProratedPrice   float64 `json:"proratedPrice"`
	Price           float64 `json:"price"`
	ExtendedPrice   float64 `json:"extendedPrice"`
}

// OrderLineItemLinks lead on from an [OrderLineItem].
type OrderLineItemLinks struct {
	Product            *Link `json:"product,omitempty"`
	SKU                *Link `json:"sku,omitempty"`
	Availability       *Link `json:"availability,omitempty"`
	Subscription       *Link `json:"subscription,omitempty"`
	ProvisioningStatus *Link `json:"provisioningStatus,omitempty"`
	ActivationLinks    *Link `json:"activationLinks,omitempty"`
}
