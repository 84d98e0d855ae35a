package partnercenter

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"strconv"
	"strings"
)

// Subscription is what a customer holds of a product (documents 004; reference
// 2.4, A.3, A.4). Members that are not pointers, slices or maps are always
// there; the others are left out when they do not apply.
type Subscription struct {
	// ID is a GUID.
	ID string `json:"id"`
	// EntitlementID is the Azure subscription's id; Azure only.
	EntitlementID *string `json:"entitlementId,omitempty"`
	// OfferID is a GUID, a legacy code, or "product:sku:availability".
	OfferID string `json:"offerId"`
	// OfferName is the offer's name in the catalogue.
	OfferName string `json:"offerName"`
	// FriendlyName is the partner's own name for the subscription; the offer's
	// name unless changed.
	FriendlyName string `json:"friendlyName"`
	// ProductType is absent on legacy subscriptions.
	ProductType *ItemType `json:"productType,omitempty"`
	// Quantity is the number of seats asked for; the provisioning status tells
	// how many are provisioned.
	Quantity int `json:"quantity"`
	// UnitType is "Licenses", "Usage-based" or "Benefit".
	UnitType string `json:"unitType"`
	// ParentSubscriptionID names the base subscription of an add-on.
	ParentSubscriptionID *string `json:"parentSubscriptionId,omitempty"`
	// HasPurchasableAddons says that add-ons can be bought for it; absent on some
	// legacy subscriptions.
	HasPurchasableAddons *bool `json:"hasPurchasableAddons,omitempty"`
	// CreationDate is when it was bought.
	CreationDate Time `json:"creationDate"`
	// EffectiveStartDate is when the present term began.
	EffectiveStartDate Time `json:"effectiveStartDate"`
	// CommitmentEndDate is the last day of the term, inclusive, at midnight.
	CommitmentEndDate Time `json:"commitmentEndDate"`
	// CommitmentEndDateTime is the last second of the term.
	CommitmentEndDateTime *Time `json:"commitmentEndDateTime,omitempty"`
	// CancellationAllowedUntilDate is the last instant at which it can be given back;
	// absent on legacy subscriptions and where nothing can be.
	CancellationAllowedUntilDate *Time `json:"cancellationAllowedUntilDate,omitempty"`
	// BillingCycleEndDate is the last day of the present bill at midnight,
	// BillingCycleEndDateTime its last second; absent on legacy subscriptions and
	// where no bill recurs.
	BillingCycleEndDate     *Time `json:"billingCycleEndDate,omitempty"`
	BillingCycleEndDateTime *Time `json:"billingCycleEndDateTime,omitempty"`
	// Status is where it stands in its life; a PATCH of it suspends, resumes or
	// cancels.
	Status SubscriptionStatus `json:"status"`
	// AutoRenewEnabled says that another term follows this one; a PATCH that leaves it
	// out turns it off.
	AutoRenewEnabled bool `json:"autoRenewEnabled"`
	// IsTrial says that it is free for its term; absent on some legacy subscriptions.
	IsTrial *bool `json:"isTrial,omitempty"`
	// BillingType is what a bill counts: seats, or use.
	BillingType BillingType `json:"billingType"`
	// BillingCycle is how often a bill is made; a PATCH changes it on new commerce
	// alone.
	BillingCycle *BillingCycle `json:"billingCycle,omitempty"`
	// TermDuration is an ISO 8601 duration: "P1M", "P1Y", "P3Y".
	TermDuration *string `json:"termDuration,omitempty"`
	// RenewalTermDuration is "" when the next term is as long as this one.
	RenewalTermDuration *string `json:"renewalTermDuration,omitempty"`
	// RefundOptions are there while a refund can be had.
	RefundOptions []RefundOption `json:"refundOptions,omitzero"`
	// IsMicrosoftProduct is false for what another publisher sells; absent on legacy
	// subscriptions.
	IsMicrosoftProduct *bool `json:"isMicrosoftProduct,omitempty"`
	// PartnerID is the MPN id of the indirect reseller of record.
	PartnerID *string `json:"partnerId,omitempty"`
	// AttentionNeeded says that the customer has to act, AttentionReason why, and
	// ActionTaken that it has; absent on legacy subscriptions.
	AttentionNeeded *bool   `json:"attentionNeeded,omitempty"`
	AttentionReason *string `json:"attentionReason,omitempty"`
	ActionTaken     *bool   `json:"actionTaken,omitempty"`
	// ContractType is what the customer got: a subscription, a key or a code.
	ContractType ContractType `json:"contractType"`
	// Links holds only links that answer.
	Links *SubscriptionLinks `json:"links,omitempty"`
	// PublisherName is the company that makes the product; absent on legacy
	// subscriptions.
	PublisherName *string `json:"publisherName,omitempty"`
	// PromotionID names the promotion that lowers the price; absent: none does.
	PromotionID *string `json:"promotionId,omitempty"`
	// RefundableQuantity says how many seats can be given back, and until when.
	RefundableQuantity *RefundableQuantity `json:"refundableQuantity,omitempty"`
	// MigratedFromSubscriptionID is the legacy subscription that this one replaced;
	// absent: none.
	MigratedFromSubscriptionID *string `json:"migratedFromSubscriptionId,omitempty"`
	// ConsumptionType is "overage" where more than was bought can be used.
	ConsumptionType *string `json:"consumptionType,omitempty"`
	// ScheduledNextTermInstructions apply when the term ends.
	ScheduledNextTermInstructions *ScheduledNextTermInstructions `json:"scheduledNextTermInstructions,omitempty"`
	// NextChargeInstructions are there while a change of the billing cycle
	// waits for its date.
	NextChargeInstructions *NextChargeInstructions `json:"nextChargeInstructions,omitempty"`
	// Actions are what can be done, such as "edit" and "cancel".
	Actions []string `json:"actions,omitzero"`
	// SuspensionReasons say why it is suspended; absent when it is not.
	SuspensionReasons []string `json:"suspensionReasons,omitzero"`
	// LineItems are there for savings plans.
	LineItems []SubscriptionLineItemDetail `json:"lineItems,omitzero"`
	// OrderID names the order that bought the subscription.
	OrderID string `json:"orderId"`
	// ProductOrderID is the order of a reservation or a savings plan; absent on all
	// else.
	ProductOrderID *string `json:"productOrderId,omitempty"`
	// Attributes name the type "Subscription"; legacy ones have an etag too.
	Attributes ResourceAttributes `json:"attributes"`

	// Raw is the resource as the client read it. What is written back keeps those
	// members of it that this package does not know.
	Raw json.RawMessage `json:"-"`
}

// ItemType is a product's type, as deep as it goes (document 004).
type ItemType struct {
	// ID is the type's word for programs, such as "OnlineServicesNCE".
	ID string `json:"id"`
	// DisplayName is for people.
	DisplayName string `json:"displayName"`
	// SubType is a narrower type; absent at the end.
	SubType *ItemType `json:"subType,omitempty"`
}

// RefundOption is a refund and its last instant (reference 2.4; document 004
// and every example say expiresAt).
type RefundOption struct {
	// Type is "Full" or "Partial".
	Type string `json:"type"`
	// ExpiresAt is the last instant at which it can be had.
	ExpiresAt Time `json:"expiresAt"`
}

// RefundableQuantity is how many seats can be given back (document 004).
type RefundableQuantity struct {
	// TotalQuantity is the sum of the details' quantities.
	TotalQuantity int `json:"totalQuantity"`
	// Details has an entry for each purchase of seats whose window is open.
	Details []RefundableQuantityDetail `json:"details"`
}

// RefundableQuantityDetail is one purchase of seats inside its window.
type RefundableQuantityDetail struct {
	// Quantity is how many seats of that purchase can be given back.
	Quantity int `json:"quantity"`
	// AllowedUntilDateTime is the last instant for it.
	AllowedUntilDateTime Time `json:"allowedUntilDateTime"`
}

// ProductTerm names what is bought and for how long (document 004).
type ProductTerm struct {
	// ProductID, SKUID and AvailabilityID are the three parts of an offer's id.
	ProductID      string `json:"productId"`
	SKUID          string `json:"skuId"`
	AvailabilityID string `json:"availabilityId"`
	// BillingCycle is how often a bill is made within the term.
	BillingCycle BillingCycle `json:"billingCycle"`
	// TermDuration is an ISO 8601 duration.
	TermDuration string `json:"termDuration"`
	// PromotionID names the promotion that lowers the price; absent: none does.
	PromotionID *string `json:"promotionId,omitempty"`
}

// ScheduledNextTermInstructions say what the next term will be (document 004).
type ScheduledNextTermInstructions struct {
	// Product is what the next term is of; absent: the same as now.
	Product *ProductTerm `json:"product,omitempty"`
	// Quantity is the number of seats of the next term.
	Quantity int `json:"quantity"`
	// CustomTermEndDate aligns the next term's end with another subscription's.
	CustomTermEndDate *Time `json:"customTermEndDate,omitempty"`
}

// NextChargeInstructions say what the next bill will be for (reference 2.4).
type NextChargeInstructions struct {
	// Product is what is billed from then on, with the new billing cycle.
	Product *ProductTerm `json:"product,omitempty"`
	// Quantity is the number of seats that is billed.
	Quantity int `json:"quantity"`
}

// SubscriptionLineItemDetail is one commitment of a savings plan (document 004).
type SubscriptionLineItemDetail struct {
	// ID tells the commitments of one subscription apart.
	ID string `json:"id"`
	// FriendlyName is the partner's own name for it.
	FriendlyName string `json:"friendlyName"`
	// Quantity is how many of the commitment were bought.
	Quantity int `json:"quantity"`
	// Scope is what the commitment applies to; absent when none was told.
	Scope *Scope `json:"scope,omitempty"`
	// AutoRenewEnabled says that another term follows.
	AutoRenewEnabled bool `json:"autoRenewEnabled"`
	// Status is where the commitment stands in its life.
	Status SubscriptionStatus `json:"status"`
	// PurchaseCommitment is how much is promised, and for which period.
	PurchaseCommitment *PurchaseCommitment `json:"purchaseCommitment,omitempty"`
}

// Scope is what a commitment applies to (document 004).
type Scope struct {
	// Type is "Single", "Shared", "Resource group" or "Management group".
	Type string `json:"type"`
	// EntitlementID and SubscriptionID name an Azure subscription; absent unless it is
	// one that benefits.
	EntitlementID  *string `json:"entitlementId,omitempty"`
	SubscriptionID *string `json:"subscriptionId,omitempty"`
	// ManagementGroupID and ResourceGroupID name a group; absent unless Type asks for
	// one.
	ManagementGroupID *string `json:"managementGroupId,omitempty"`
	ResourceGroupID   *string `json:"resourceGroupId,omitempty"`
}

// PurchaseCommitment is what a savings plan promises to spend (document 004).
type PurchaseCommitment struct {
	// Amount is what is spent at least, per Grain.
	Amount float64 `json:"amount"`
	// Currency is three letters (ISO 4217).
	Currency string `json:"currency"`
	// Grain is the period of the amount, such as "Hourly".
	Grain string `json:"grain"`
}

// UnmarshalJSON reads the amount as a number or as text: the documents show both
// (reference 8.2).
func (p *PurchaseCommitment) UnmarshalJSON(body []byte) error {
	type plain PurchaseCommitment
	loose := struct {
		*plain
		Amount json.RawMessage `json:"amount"`
	}{plain: (*plain)(p)}
	if err := json.Unmarshal(body, &loose); err != nil {
		return err
	}
	amount := strings.Trim(string(loose.Amount), `"`)
	if amount == "" || amount == "null" {
		return nil
	}
	var err error
	if p.Amount, err = strconv.ParseFloat(amount, 64); err != nil {
		return fmt.Errorf("read the amount %q: it is to be a number", amount)
	}
	return nil
}

// SubscriptionLinks lead on from a [Subscription] (document 004).
type SubscriptionLinks struct {
	// Offer leads to the offer of a legacy subscription.
	Offer *Link `json:"offer,omitempty"`
	// Product, SKU and Availability lead to what was bought; new commerce alone.
	Product      *Link `json:"product,omitempty"`
	SKU          *Link `json:"sku,omitempty"`
	Availability *Link `json:"availability,omitempty"`
	// Entitlement leads to the Azure subscription behind it.
	Entitlement *Link `json:"entitlement,omitempty"`
	// ParentSubscription leads from an add-on to its base subscription.
	ParentSubscription *Link `json:"parentSubscription,omitempty"`
	// ActivationLinks lead to where a marketplace purchase is activated.
	ActivationLinks *Link `json:"activationLinks,omitempty"`
	// PendingChanges leads to what is on its way; in what form, no document says.
	PendingChanges *Link `json:"pendingChanges,omitempty"`
	// Self leads to the subscription.
	Self *Link `json:"self,omitempty"`
	// Next and Previous are named by document 004, and never there.
	Next     *Link `json:"next,omitempty"`
	Previous *Link `json:"previous,omitempty"`
}

// SubscriptionsClient asks for a customer's subscriptions.
type SubscriptionsClient struct{ at place }

// SubscriptionQuery narrows a list of subscriptions. At most one of its members
// is to be set.
type SubscriptionQuery struct {
	// OrderID asks for what one order bought.
	OrderID string
	// PartnerID asks for what is of record for one reseller, by MPN id.
	PartnerID string
}

// List walks the customer's subscriptions. Microsoft's service may show a new
// one fifteen minutes late.
//
// Tokens: App+User, app-only. Roles: any agent. Source: reference 1.5.
//
//	GET /v1/customers/{customer}/subscriptions
func (c *SubscriptionsClient) List(ctx context.Context, q SubscriptionQuery) iter.Seq2[*Subscription, error] {
	return each[Subscription](ctx, c.at.asked("order_id", q.OrderID, "mpn_id", q.PartnerID), nil)
}

// Page gives all of them at once: this list has one page.
//
// Tokens: App+User, app-only. Roles: any agent. Source: reference 1.5.
//
//	GET /v1/customers/{customer}/subscriptions
func (c *SubscriptionsClient) Page(ctx context.Context, q SubscriptionQuery) (*Collection[Subscription], error) {
	return page[Subscription](ctx, c.at.asked("order_id", q.OrderID, "mpn_id", q.PartnerID), nil)
}

// ByID leads to one subscription.
func (c *SubscriptionsClient) ByID(id string) *SubscriptionClient {
	at := c.at.id("subscription", id)
	return &SubscriptionClient{
		at:                 at,
		Addons:             &SubscriptionAddonsClient{at: at.in("addons")},
		ProvisioningStatus: &SubscriptionProvisioningStatusClient{at: at.in("provisioningstatus")},
	}
}

// SubscriptionClient asks for one subscription.
type SubscriptionClient struct {
	// Addons are the subscriptions that stand on this one.
	Addons *SubscriptionAddonsClient
	// ProvisioningStatus says how far the last change of it is provisioned.
	ProvisioningStatus *SubscriptionProvisioningStatusClient

	at place
}

// Get gives the subscription.
//
// Tokens: App+User, app-only. Roles: any agent. Errors: [ErrSubscriptionNotFound].
// Source: document 004.
//
//	GET /v1/customers/{customer}/subscriptions/{subscription}
func (c *SubscriptionClient) Get(ctx context.Context) (*Subscription, error) {
	return get[Subscription](ctx, c.at)
}

// Patch changes the subscription to what is given: read it first, since the
// service resets what a body leaves out (automatic renewal, the next term's
// instructions). [SubscriptionClient.Update] does both. Members of Raw that this package does not
// know are sent back as they were; with an etag, it is changed only while it is
// what was read.
//
// Where the service takes its time (202), what it says meanwhile is returned: the
// provisioning status tells when it is done.
//
// Tokens: App+User, app-only. Roles: admin agent, sales agent, global admin.
// Errors: [ErrSubscriptionNotFound], [ErrStale], [ErrNotReady],
// [ErrPendingOperation], [ErrQuantity], [ErrReductionWindow], [ErrTransition] and
// others, one for each rule. Source: reference 1.5 and 7.11.
//
//	PATCH /v1/customers/{customer}/subscriptions/{subscription}
func (c *SubscriptionClient) Patch(ctx context.Context, s *Subscription) (*Subscription, error) {
	got, err := written(ctx, c.at, http.MethodPatch, s)
	if err != nil {
		return nil, err
	}
	if got.status == http.StatusAccepted || len(got.body) == 0 {
		return c.Get(ctx)
	}
	return read[Subscription](got)
}

// Update reads the subscription, lets the function change it, and writes it with
// its etag; when somebody else has written in between, it begins again. The
// function can therefore run more than once; its error ends the update.
//
//	sub, err := partner.Customers.ByID(c).Subscriptions.ByID(s).Update(ctx, func(s *partnercenter.Subscription) error {
//		s.Quantity += 5
//		return nil
//	})
//
// Tokens, roles and errors are those of Get and Patch.
func (c *SubscriptionClient) Update(ctx context.Context, change func(*Subscription) error) (*Subscription, error) {
	return update(ctx, c.at.partner.retry, c.Get, c.Patch, change)
}

// SubscriptionAddonsClient asks for the add-ons of a subscription.
type SubscriptionAddonsClient struct{ at place }

// List walks the add-ons.
//
// Tokens: App+User, app-only. Roles: any agent. Errors: [ErrSubscriptionNotFound].
// Source: reference 1.5.
//
//	GET /v1/customers/{customer}/subscriptions/{subscription}/addons
func (c *SubscriptionAddonsClient) List(ctx context.Context) iter.Seq2[*Subscription, error] {
	return each[Subscription](ctx, c.at, nil)
}
