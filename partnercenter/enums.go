package partnercenter

import (
	"encoding/json"
	"fmt"
	"strings"
)

// The enumerations are open: a word that this package does not know is kept as
// it came, so that a new one never breaks a reader. Known words match in any
// case and with or without underscores ("Monthly", "onetime"), and are written
// in lower snake case.

// SubscriptionStatus is the state of a [Subscription] (document 004).
type SubscriptionStatus string

// The states of a subscription.
const (
	SubscriptionNone      SubscriptionStatus = "none"
	SubscriptionActive    SubscriptionStatus = "active"
	SubscriptionPending   SubscriptionStatus = "pending"
	SubscriptionSuspended SubscriptionStatus = "suspended"
	SubscriptionExpired   SubscriptionStatus = "expired"
	SubscriptionDisabled  SubscriptionStatus = "disabled"
	SubscriptionDeleted   SubscriptionStatus = "deleted"
)

// BillingType says what a subscription is billed by (document 004).
type BillingType string

// What a subscription is billed by.
const (
	BilledByNone    BillingType = "none"
	BilledByUsage   BillingType = "usage"
	BilledByLicense BillingType = "license"
	BilledByBenefit BillingType = "benefit"
)

// BillingCycle says how often a bill is made (document 004; biennial appears
// there in ProductTerm alone).
type BillingCycle string

// How often a bill is made.
const (
	BillingCycleUnknown   BillingCycle = "unknown"
	BillingCycleMonthly   BillingCycle = "monthly"
	BillingCycleAnnual    BillingCycle = "annual"
	BillingCycleNone      BillingCycle = "none"
	BillingCycleOneTime   BillingCycle = "one_time"
	BillingCycleTriennial BillingCycle = "triennial"
	BillingCycleBiennial  BillingCycle = "biennial"
)

// ContractType is the kind of contract behind a subscription (document 004).
type ContractType string

// The kinds of contract.
const (
	ContractSubscription   ContractType = "subscription"
	ContractProductKey     ContractType = "product_key"
	ContractRedemptionCode ContractType = "redemption_code"
)

// ProvisioningState is the outcome of the last provisioning of a subscription
// (documents 000 and 001; reference 2.5).
type ProvisioningState string

// How the last provisioning stands.
const (
	ProvisioningNone    ProvisioningState = "none"
	ProvisioningSuccess ProvisioningState = "success"
	ProvisioningPending ProvisioningState = "pending"
	ProvisioningFailed  ProvisioningState = "failed"
)

// FulfillmentState is how far an order line, or a part of its quantity, is
// provisioned (documents 002 and 003; reference 2.6). It is not lower snake
// case: documents 002 and 003 model it as free text.
type FulfillmentState string

// How far a line is provisioned.
const (
	Fulfilled             FulfillmentState = "fulfilled"
	Unfulfilled           FulfillmentState = "unfulfilled"
	PrefulfillmentPending FulfillmentState = "prefulfillmentPending"
)

// OrderStatus is the state of an [Order] (reference 2.7).
type OrderStatus string

// The states of an order.
const (
	OrderUnknown          OrderStatus = "unknown"
	OrderCompleted        OrderStatus = "completed"
	OrderPending          OrderStatus = "pending"
	OrderCancelled        OrderStatus = "cancelled"
	OrderSuspended        OrderStatus = "suspended"
	OrderPendingReview    OrderStatus = "pending_review"
	OrderPendingPOUpload  OrderStatus = "pending_po_upload"
	OrderPOUploadComplete OrderStatus = "po_upload_complete"
	OrderPOReviewRejected OrderStatus = "po_review_rejected"
	OrderPartialSuccess   OrderStatus = "partial_success"
	OrderError            OrderStatus = "error"
)

// CartStatus is the state of a [Cart] (reference 2.8); its words travel in
// Pascal case.
type CartStatus string

// The states of a cart.
const (
	CartActive  CartStatus = "Active"
	CartOrdered CartStatus = "Ordered"
)

// CartErrorCode says what is wrong with a line of a [Cart] (reference 2.8).
type CartErrorCode string

// What can be wrong with a line of a cart.
const (
	CartErrorUnknown         CartErrorCode = "unknown"
	CartCurrency             CartErrorCode = "currency_is_not_supported"
	CartCatalogItem          CartErrorCode = "catalog_item_id_is_not_valid"
	CartQuota                CartErrorCode = "quota_not_available"
	CartInventory            CartErrorCode = "inventory_not_available"
	CartParticipants         CartErrorCode = "participants_is_not_supported_for_partner"
	CartUnprocessable        CartErrorCode = "unable_to_process_cart_line_item"
	CartSubscription         CartErrorCode = "subscription_is_not_valid"
	CartNotEnabledForRI      CartErrorCode = "subscription_is_not_enabled_for_r_i"
	CartSandboxLimit         CartErrorCode = "sandbox_limit_exceeded"
	CartInvalidInput         CartErrorCode = "invalid_input"
	CartNotRegistered        CartErrorCode = "subscription_not_registered"
	CartAttestation          CartErrorCode = "attestation_not_accepted"
	CartMaxSeatsSubscription CartErrorCode = "max_allowed_seats_per_subscription_exceeded"
)

// CustomerRelationship is what a customer is to the partner (reference 2.9).
type CustomerRelationship string

// What a customer is to the partner.
const (
	RelationshipNone             CustomerRelationship = "none"
	RelationshipReseller         CustomerRelationship = "reseller"
	RelationshipAdvisor          CustomerRelationship = "advisor"
	RelationshipSyndication      CustomerRelationship = "syndication"
	RelationshipMicrosoftSupport CustomerRelationship = "microsoft_support"
	RelationshipUnknown          CustomerRelationship = "unknown"
)

// Segment is the kind of customer that an [Availability] is for (reference
// 2.10).
type Segment string

// The kinds of customer.
const (
	SegmentCommercial Segment = "commercial"
	SegmentEducation  Segment = "education"
	SegmentGovernment Segment = "government"
	SegmentNonprofit  Segment = "nonprofit"
)

// CatalogView is a part of the catalogue, as a list of products is asked for
// (reference 1.6, targetView). Unlike the other words it is written in Pascal
// case.
type CatalogView string

// The parts of the catalogue.
const (
	ViewAzure                     CatalogView = "Azure"
	ViewAzureReservations         CatalogView = "AzureReservations"
	ViewAzureReservationsVM       CatalogView = "AzureReservationsVM"
	ViewAzureReservationsSQL      CatalogView = "AzureReservationsSQL"
	ViewAzureReservationsCosmosDB CatalogView = "AzureReservationsCosmosDb"
	ViewMicrosoftAzure            CatalogView = "MicrosoftAzure"
	ViewOnlineServices            CatalogView = "OnlineServices"
	ViewSoftware                  CatalogView = "Software"
	ViewSoftwareSUSELinux         CatalogView = "SoftwareSUSELinux"
	ViewSoftwarePerpetual         CatalogView = "SoftwarePerpetual"
	ViewSoftwareSubscriptions     CatalogView = "SoftwareSubscriptions"
	ViewSpecializedOffers         CatalogView = "SpecializedOffers"
	ViewMarketplaceSaaS           CatalogView = "MarketplaceSaaS"
)

// ReservationScope narrows a list of reservations (reference 1.6).
type ReservationScope string

// ScopeAzurePlan takes the reservations that an Azure plan can use.
const ScopeAzurePlan ReservationScope = "AzurePlan"

// Words lists the known words of an enumeration, in the order of its
// documentation.
func (SubscriptionStatus) Words() []string {
	return []string{"none", "active", "pending", "suspended", "expired", "disabled", "deleted"}
}

// Words lists the known billing types.
func (BillingType) Words() []string { return []string{"none", "usage", "license", "benefit"} }

// Words lists the known billing cycles.
func (BillingCycle) Words() []string {
	return []string{"unknown", "monthly", "annual", "none", "one_time", "triennial", "biennial"}
}

// Words lists the known contract types.
func (ContractType) Words() []string {
	return []string{"subscription", "product_key", "redemption_code"}
}

// Words lists the known provisioning states.
func (ProvisioningState) Words() []string { return []string{"none", "success", "pending", "failed"} }

// Words lists the known fulfillment states.
func (FulfillmentState) Words() []string {
	return []string{"fulfilled", "unfulfilled", "prefulfillmentPending"}
}

// Words lists the known order states.
func (OrderStatus) Words() []string {
	return []string{"unknown", "completed", "pending", "cancelled", "suspended", "pending_review",
		"pending_po_upload", "po_upload_complete", "po_review_rejected", "partial_success", "error"}
}

// Words lists the known states of a cart.
func (CartStatus) Words() []string { return []string{"Active", "Ordered"} }

// Words lists the known errors of a cart's lines.
func (CartErrorCode) Words() []string {
	return []string{"unknown", "currency_is_not_supported", "catalog_item_id_is_not_valid", "quota_not_available", "inventory_not_available",
		"participants_is_not_supported_for_partner", "unable_to_process_cart_line_item", "subscription_is_not_valid",
		"subscription_is_not_enabled_for_r_i", "sandbox_limit_exceeded", "invalid_input", "subscription_not_registered",
		"attestation_not_accepted", "max_allowed_seats_per_subscription_exceeded"}
}

// Words lists the known relationships.
func (CustomerRelationship) Words() []string {
	return []string{"none", "reseller", "advisor", "syndication", "microsoft_support", "unknown"}
}

// Words lists the known segments.
func (Segment) Words() []string {
	return []string{"commercial", "education", "government", "nonprofit"}
}

// Words lists the known parts of the catalogue.
func (CatalogView) Words() []string {
	return []string{"Azure", "AzureReservations", "AzureReservationsVM", "AzureReservationsSQL", "AzureReservationsCosmosDb", "MicrosoftAzure",
		"OnlineServices", "Software", "SoftwareSUSELinux", "SoftwarePerpetual", "SoftwareSubscriptions", "SpecializedOffers", "MarketplaceSaaS"}
}

// Words lists the known scopes of reservations.
func (ReservationScope) Words() []string { return []string{"AzurePlan"} }

// Enum is any of this package's enumerations.
type Enum interface {
	~string
	Words() []string
}

// ParseEnum returns the known word that the text stands for, whatever its case
// and underscores, and whether there is one.
func ParseEnum[E Enum](text string) (E, bool) {
	var none E
	plain := strings.ReplaceAll(text, "_", "")
	for _, word := range none.Words() {
		if strings.EqualFold(plain, strings.ReplaceAll(word, "_", "")) {
			return E(word), true
		}
	}
	return none, false
}

// Known says whether this package knows the word.
func Known[E Enum](word E) bool {
	_, known := ParseEnum[E](string(word))
	return known
}

func readEnum[E Enum](body []byte, into *E) error {
	var text *string
	if err := json.Unmarshal(body, &text); err != nil {
		return fmt.Errorf("read %T: %w", *into, err)
	}
	if text == nil {
		return nil
	}
	word, known := ParseEnum[E](*text)
	if !known {
		word = E(*text)
	}
	*into = word
	return nil
}

// UnmarshalJSON reads a known word in any case and keeps an unknown one.
func (s *SubscriptionStatus) UnmarshalJSON(body []byte) error { return readEnum(body, s) }

// UnmarshalJSON reads a known word in any case and keeps an unknown one.
func (t *BillingType) UnmarshalJSON(body []byte) error { return readEnum(body, t) }

// UnmarshalJSON reads a known word in any case and keeps an unknown one.
func (c *BillingCycle) UnmarshalJSON(body []byte) error { return readEnum(body, c) }

// UnmarshalJSON reads a known word in any case and keeps an unknown one.
func (t *ContractType) UnmarshalJSON(body []byte) error { return readEnum(body, t) }

// UnmarshalJSON reads a known word in any case and keeps an unknown one.
func (s *ProvisioningState) UnmarshalJSON(body []byte) error { return readEnum(body, s) }

// UnmarshalJSON reads a known word in any case and keeps an unknown one.
func (s *FulfillmentState) UnmarshalJSON(body []byte) error { return readEnum(body, s) }

// UnmarshalJSON reads a known word in any case and keeps an unknown one.
func (s *OrderStatus) UnmarshalJSON(body []byte) error { return readEnum(body, s) }

// UnmarshalJSON reads a known word in any case and keeps an unknown one.
func (s *CartStatus) UnmarshalJSON(body []byte) error { return readEnum(body, s) }

// UnmarshalJSON reads a known word in any case and keeps an unknown one.
func (c *CartErrorCode) UnmarshalJSON(body []byte) error { return readEnum(body, c) }

// UnmarshalJSON reads a known word in any case and keeps an unknown one.
func (r *CustomerRelationship) UnmarshalJSON(body []byte) error { return readEnum(body, r) }

// UnmarshalJSON reads a known word in any case and keeps an unknown one.
func (s *Segment) UnmarshalJSON(body []byte) error { return readEnum(body, s) }

// UnmarshalJSON reads a known word in any case and keeps an unknown one.
func (v *CatalogView) UnmarshalJSON(body []byte) error { return readEnum(body, v) }

// UnmarshalJSON reads a known word in any case and keeps an unknown one.
func (s *ReservationScope) UnmarshalJSON(body []byte) error { return readEnum(body, s) }
