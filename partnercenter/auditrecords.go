package partnercenter

import (
	"context"
	"encoding/json"
	"iter"
	"strconv"
	"time"
)

// AuditRecord says who wrote what, and when (reference 7.9).
type AuditRecord struct {
	// ID is made of the partner, the customer, the resource, the operation and
	// the instant.
	ID string `json:"id"`
	// PartnerID is the tenant of the partner that wrote, a GUID.
	PartnerID string `json:"partnerId"`
	// Participants are further partners that the operation concerned.
	Participants []string `json:"participants,omitzero"`
	// CustomerID and CustomerName name the customer that the operation was about.
	CustomerID   *string `json:"customerId,omitempty"`
	CustomerName *string `json:"customerName,omitempty"`
	// UserPrincipalName is the caller's; absent where an app called alone.
	UserPrincipalName *string `json:"userPrincipalName,omitempty"`
	// ApplicationID is the app that called.
	ApplicationID *string `json:"applicationId,omitempty"`
	// SessionID is the session that it was done in; absent where none is told.
	SessionID *string `json:"sessionId,omitempty"`
	// ResourceType is the kind of resource that was written.
	ResourceType AuditResourceType `json:"resourceType"`
	// ResourceOldValue and ResourceNewValue are the resource before and after, as
	// JSON text with names in PascalCase and nulls kept.
	ResourceOldValue *string `json:"resourceOldValue,omitempty"`
	ResourceNewValue *string `json:"resourceNewValue,omitempty"`
	// OperationType is what was done to the resource.
	OperationType AuditOperationType `json:"operationType"`
	// OriginalCorrelationID is the MS-CorrelationId of the request that wrote.
	OriginalCorrelationID *string `json:"originalCorrelationId,omitempty"`
	// OperationDate is when it was done, the same instant as in ID.
	OperationDate Time `json:"operationDate"`
	// OperationStatus says whether it succeeded, failed or is on its way.
	OperationStatus AuditOperationStatus `json:"operationStatus"`
	// CustomizedData is what the operation adds to the resource.
	CustomizedData []AuditValue `json:"customizedData,omitzero"`

	// Attributes name the type "AuditRecord".
	Attributes ResourceAttributes `json:"attributes"`
}

// AuditValue is one entry of a record's customized data. Unlike the headers of
// a [Link], its value can be null.
type AuditValue struct {
	// Key is the entry's name, such as "OrderId" or "Quantity-0".
	Key string `json:"key"`
	// Value is the entry's text; nil travels as null.
	Value *string `json:"value"`
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

// Words lists the known kinds of resource.
func (AuditResourceType) Words() []string {
	return []string{
		"undefined", "customer", "customer_user", "order", "subscription", "license", "third_party_add_on", "mpn_association", "transfer",
		"application", "application_credential", "partner_user", "partner_relationship", "referral", "software_key", "software_download_link",
		"spending_limit", "invoice", "agreement", "partner_customer_relationship", "self_serve_policy", "granular_admin_relationship",
		"granular_admin_access_assignment", "partner_customer_dap", "credit", "customer_directory_role", "software_page", "device", "policy",
		"overage", "new_commerce_migration", "azure_entitlement", "indirect_provider_indirect_reseller_dap",
	}
}

// UnmarshalJSON reads a kind of resource in any spelling.
func (t *AuditResourceType) UnmarshalJSON(body []byte) error { return readEnum(body, t) }

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
)

// Words lists the known operations.
func (AuditOperationType) Words() []string {
	return []string{
		"undefined", "update_customer_qualification", "update_subscription", "upgrade_subscription", "convert_trial_subscription", "add_customer",
		"update_customer_billing_profile", "update_customer_partner_contract_company_name", "update_customer_spending_budget", "delete_customer",
		"remove_partner_customer_relationship", "create_order", "update_order", "create_customer_user", "delete_customer_user",
		"update_customer_user", "update_customer_user_licenses", "reset_customer_user_password", "update_customer_user_principal_name",
		"restore_customer_user", "create_mpn_association", "update_mpn_association", "update_sfb_customer_user_licenses", "update_transfer",
		"create_partner_relationship", "register_application", "unregister_application", "add_application_credential",
		"remove_application_credential", "create_partner_user", "update_partner_user", "remove_partner_user", "create_referral",
		"update_referral", "get_software_key", "get_software_download_link", "increase_spending_limit", "ready_invoice", "create_agreement",
		"extend_relationship", "create_transfer", "create_self_serve_policy", "update_self_serve_policy", "delete_self_serve_policy",
		"remove_partner_relationship", "delete_tip_customer", "create_related_referral", "update_related_referral",
		"granular_admin_relationship_approved", "granular_admin_relationship_activated", "granular_admin_relationship_termination_requested",
		"granular_admin_relationship_terminated", "granular_admin_relationship_expired", "granular_admin_access_assignment_created",
		"granular_admin_access_assignment_updated", "granular_admin_access_assignment_deleted", "dap_admin_relationship_approved",
		"dap_admin_relationship_terminated", "create_credit", "update_credit", "cancel_credit", "add_user_member", "remove_user_member",
		"granular_admin_access_assignment_activated", "software_attestation", "granular_admin_relationship_cleaned_up", "update_company_info",
		"policy_created", "policy_updated", "policy_deleted", "device_updated", "devices_update_attempted", "device_deleted",
		"devices_upload_to_new_batch_attempted", "devices_upload_to_existing_batch_attempted", "manage_overage",
		"dap_admin_relationship_terminated_by_microsoft", "azure_fraud_event_detected", "create_new_commerce_migration",
	}
}

// UnmarshalJSON reads an operation in any spelling.
func (t *AuditOperationType) UnmarshalJSON(body []byte) error { return readEnum(body, t) }

// AuditOperationStatus is how an operation went (reference 7.9).
type AuditOperationStatus string

// How operations go.
const (
	AuditSucceeded AuditOperationStatus = "succeeded"
	AuditFailed    AuditOperationStatus = "failed"
	AuditProgress  AuditOperationStatus = "progress"
	AuditDeclined  AuditOperationStatus = "decline"
)

// Words lists how operations are known to go.
func (AuditOperationStatus) Words() []string {
	return []string{"succeeded", "failed", "progress", "decline"}
}

// UnmarshalJSON reads how an operation went in any spelling.
func (s *AuditOperationStatus) UnmarshalJSON(body []byte) error { return readEnum(body, s) }

// AuditRecordsClient asks who wrote what.
type AuditRecordsClient struct{ at place }

// AuditQuery narrows a list of audit records. At most one of CompanyName,
// CustomerID and ResourceType is to be set.
type AuditQuery struct {
	// Start and End are days, in UTC. The defaults are thirty days ago and today;
	// records are kept for ninety days.
	Start, End time.Time
	// CompanyName is a part of a customer's name.
	CompanyName string
	// CustomerID is a customer's id.
	CustomerID string
	// ResourceType is what was written.
	ResourceType AuditResourceType
	// Size is how many a page holds; 0 leaves that to the service.
	Size int
	// Next is the link of the page before, links.next: the list begins after that
	// page, and the rest of the query does not count.
	Next *Link
}

func (c *AuditRecordsClient) list(q AuditQuery) place {
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.DateOnly)
	}
	size := ""
	if q.Size > 0 {
		size = strconv.Itoa(q.Size)
	}
	return c.at.asked("startDate", day(q.Start), "endDate", day(q.End), "filter", q.filter(), "size", size)
}

func (q AuditQuery) filter() string {
	var f struct{ Field, Value, Operator string }
	switch {
	case q.CompanyName != "":
		f.Field, f.Value, f.Operator = "CompanyName", q.CompanyName, "substring"
	case q.CustomerID != "":
		f.Field, f.Value, f.Operator = "CustomerId", q.CustomerID, "equals"
	case q.ResourceType != "":
		f.Field, f.Value, f.Operator = "ResourceType", string(q.ResourceType), "equals"
	default:
		return ""
	}
	text, _ := json.Marshal(f) // three texts can always be written
	return string(text)
}

// List walks the records, page by page, the last one first.
//
// Tokens: App+User, app-only. Roles: any agent. Errors: [ErrFilter], [ErrEnum].
// Source: reference 1.7 and 7.9.
//
//	GET /v1/auditrecords
func (c *AuditRecordsClient) List(ctx context.Context, q AuditQuery) iter.Seq2[*AuditRecord, error] {
	return each[AuditRecord](ctx, c.list(q), q.Next)
}

// Page gives one page of them: the first, or the one that q.Next leads to.
//
// Tokens: App+User, app-only. Roles: any agent. Errors: [ErrFilter], [ErrEnum].
// Source: reference 1.7 and 7.9.
//
//	GET /v1/auditrecords
func (c *AuditRecordsClient) Page(ctx context.Context, q AuditQuery) (*Collection[AuditRecord], error) {
	return page[AuditRecord](ctx, c.list(q), q.Next)
}
