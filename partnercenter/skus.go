package partnercenter

import (
	"context"
	"iter"
)

// SKU is a form in which a [Product] is bought (reference 2.10).
type SKU struct {
	// ID is four letters and digits, such as "0001", and means something together
	// with the product's alone.
	ID string `json:"id"`
	// ProductID is the id of the product that it is a form of.
	ProductID string `json:"productId"`
	// Title and Description are for people.
	Title       string `json:"title"`
	Description string `json:"description"`
	// MinimumQuantity and MaximumQuantity are how many one subscription holds at
	// least and at most.
	MinimumQuantity int `json:"minimumQuantity"`
	MaximumQuantity int `json:"maximumQuantity"`
	// IsTrial says that it is free for a while, and then becomes something paid for.
	IsTrial bool `json:"isTrial"`
	// SupportedBillingCycles are those of any of its terms; [AvailabilityTerm]
	// says which go together.
	SupportedBillingCycles []BillingCycle `json:"supportedBillingCycles"`
	// PurchasePrerequisites are what has to be there before, such as
	// "MicrosoftCustomerAgreement".
	PurchasePrerequisites []string `json:"purchasePrerequisites"`
	// InventoryVariables are what a question about the inventory has to name.
	InventoryVariables []string `json:"inventoryVariables"`
	// ProvisioningVariables are what a purchase has to say in its
	// provisioningContext, such as "Scope".
	ProvisioningVariables []string `json:"provisioningVariables"`
	// DynamicAttributes are said to change without notice.
	DynamicAttributes *SKUAttributes `json:"dynamicAttributes,omitempty"`
	// AttestationProperties are absent where a buyer has nothing to declare.
	AttestationProperties *AttestationProperties `json:"attestationProperties,omitempty"`
	// ConsumptionType is "overage" where more than was bought can be used.
	ConsumptionType *string `json:"consumptionType,omitempty"`
	// MinimumPurchaseCommitment is there for savings plans alone.
	MinimumPurchaseCommitment *MinimumPurchaseCommitment `json:"minimumPurchaseCommitment,omitempty"`
	// Links lead to the SKU and its availabilities.
	Links *SKULinks `json:"links,omitempty"`
	// Attributes name the type "Sku".
	Attributes ResourceAttributes `json:"attributes"`
}

// SKUAttributes are what a [SKU] says of itself beyond its own members
// (reference 2.10 and 8.7).
type SKUAttributes struct {
	// IsMicrosoftProduct is false for what another publisher sells.
	IsMicrosoftProduct bool `json:"isMicrosoftProduct"`
	// HasConstraints says that there is a limit to how much one customer can
	// hold.
	HasConstraints bool `json:"hasConstraints"`
	// IsAddon says that it goes onto something else, which PrerequisiteSKUs name
	// as "product:sku".
	IsAddon          bool     `json:"isAddon"`
	PrerequisiteSKUs []string `json:"prerequisiteSkus"`
	// UpgradeTargetOffers name what it can be upgraded to, as "product:sku".
	UpgradeTargetOffers []string `json:"upgradeTargetOffers"`
	// ProvisioningID is what is provisioned: a GUID, and the skuId of a
	// [SubscriptionProvisioningStatus]. Absent where nothing is.
	ProvisioningID *string `json:"provisioningId,omitempty"`
}

// AttestationProperties say what a buyer has to declare (reference 2.10).
type AttestationProperties struct {
	// AttestationType is such as "Windows365".
	AttestationType string `json:"attestationType"`
	// EnforceAttestation says that nothing can be bought without it.
	EnforceAttestation bool `json:"enforceAttestation"`
}

// MinimumPurchaseCommitment is the least that a savings plan promises to spend
// (reference 2.10).
type MinimumPurchaseCommitment struct {
	// Grain is the period of the amount, such as "Hourly".
	Grain string `json:"grain"`
	// CurrencyCode has the currency's code and symbol.
	CurrencyCode map[string]string `json:"currencyCode,omitzero"`
	// Amount is per Grain, in that currency.
	Amount float64 `json:"amount"`
}

// SKULinks lead on from a [SKU].
type SKULinks struct {
	// Availabilities leads to the ways in which the SKU can be bought.
	Availabilities *Link `json:"availabilities,omitempty"`
	// Self leads to the SKU.
	Self *Link `json:"self,omitempty"`
}

// SKUsClient asks for the forms in which a product is sold.
type SKUsClient struct{ at place }

// SKUQuery narrows a list of SKUs, or of availabilities.
type SKUQuery struct {
	// Segment narrows the list to what a kind of customer may buy.
	Segment Segment
	// ReservationScope narrows it to reservations of a scope.
	ReservationScope ReservationScope
}

func (q SKUQuery) at(p place) place {
	return p.asked("targetSegment", string(q.Segment), "reservationScope", string(q.ReservationScope))
}

// List walks the SKUs.
//
// Tokens: App+User, app-only. Roles: any agent. Errors: [ErrMarket], [ErrEnum],
// [ErrProductNotFound]. Source: reference 1.6.
//
//	GET /v1/products/{product}/skus
//	GET /v1/customers/{customer}/products/{product}/skus
func (c *SKUsClient) List(ctx context.Context, q SKUQuery) iter.Seq2[*SKU, error] {
	return each[SKU](ctx, q.at(c.at), nil)
}

// ByID leads to one SKU.
func (c *SKUsClient) ByID(id string) *SKUClient {
	at := c.at.id("sku", id)
	return &SKUClient{at: at, Availabilities: &AvailabilitiesClient{at: at.in("availabilities")}}
}

// SKUClient asks for one SKU.
type SKUClient struct {
	// Availabilities are the ways in which it can be bought.
	Availabilities *AvailabilitiesClient

	at place
}

// Get gives the SKU.
//
// Tokens: App+User, app-only. Roles: any agent. Errors: [ErrMarket],
// [ErrProductNotFound], [ErrSKUNotFound]. Source: reference 1.6.
//
//	GET /v1/products/{product}/skus/{sku}
//	GET /v1/customers/{customer}/products/{product}/skus/{sku}
func (c *SKUClient) Get(ctx context.Context) (*SKU, error) {
	return get[SKU](ctx, c.at)
}
