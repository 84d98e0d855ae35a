package partnercenter

// AuditRecord says who wrote what, and when (reference 7.9).
type AuditRecord struct {
	// ID is made of the partner, the customer, the resource, the operation and
	// the instant.
	ID        string `json:"id"`
	PartnerID string `json:"partnerId"`
	// CustomerID and CustomerName name the customer that the operation was about.
	CustomerID   *string `json:"customerId,omitempty"`
	CustomerName *string `json:"customerName,omitempty"`
	// UserPrincipalName is the caller's; absent where an app called alone.
	UserPrincipalName *string `json:"userPrincipalName,omitempty"`
	// ApplicationID is the app that called.
	ApplicationID *string           `json:"applicationId,omitempty"`
	ResourceType  AuditResourceType `json:"resourceType"`
	// ResourceOldValue and ResourceNewValue are the resource before and after, as
	// JSON text.
	ResourceOldValue *string            `json:"resourceOldValue,omitempty"`
	ResourceNewValue *string            `json:"resourceNewValue,omitempty"`
	OperationType    AuditOperationType `json:"operationType"`
	// OriginalCorrelationID is the MS-CorrelationId of the request that wrote.
	OriginalCorrelationID *string    `json:"originalCorrelationId,omitempty"`
	OperationDate         Time       `json:"operationDate"`
	OperationStatus       string     `json:"operationStatus"`
	CustomizedData        []KeyValue `json:"customizedData,omitzero"`

	Attributes ResourceAttributes `json:"attributes"`
}

// AuditResourceType is the kind of resource that an operation wrote (reference
// 7.9).
type AuditResourceType string

// The kinds of resource whose writes are recorded here.
const (
	AuditCustomer                    AuditResourceType = "customer"
	AuditOrder                       AuditResourceType = "order"
	AuditSubscription                AuditResourceType = "subscription"
	AuditPartnerCustomerRelationship AuditResourceType = "partner_customer_relationship"
	AuditAgreement                   AuditResourceType = "agreement"
)

// AuditOperationType is what was done (reference 7.9).
type AuditOperationType string

// What is recorded here.
const (
	AuditAddCustomer          AuditOperationType = "add_customer"
	AuditDeleteCustomer       AuditOperationType = "delete_customer"
	AuditUpdateBillingProfile AuditOperationType = "update_customer_billing_profile"
	AuditRemoveRelationship   AuditOperationType = "remove_partner_customer_relationship"
	AuditCreateAgreement      AuditOperationType = "create_agreement"
	AuditCreateOrder          AuditOperationType = "create_order"
	AuditUpdateOrder          AuditOperationType = "update_order"
	AuditUpdateSubscription   AuditOperationType = "update_subscription"
	AuditOperationSucceeded                      = "succeeded"
)
