package partnercenter

// SubscriptionProvisioningStatus says how the last provisioning of a
// subscription went (documents 000 and 001; reference 2.5). It is a view,
// refreshed every fifteen minutes.
type SubscriptionProvisioningStatus struct {
	// SKUID is the SKU's provisioning id, a GUID in upper case.
	SKUID string `json:"skuId"`
	// Status is "pending" from the moment a change is accepted.
	Status ProvisioningState `json:"status"`
	// Quantity is the number of seats after the last provisioning that is
	// visible.
	Quantity int `json:"quantity"`
	// EndDate is when the term ends.
	EndDate    Time               `json:"endDate"`
	Attributes ResourceAttributes `json:"attributes"`
}

// OrderLineItemProvisioningStatus says how far one line of an order is
// provisioned (documents 002 and 003; reference 2.6).
type OrderLineItemProvisioningStatus struct {
	// OrderLineItemID equals LineItemNumber.
	OrderLineItemID int `json:"orderLineItemId"`
	// LineItemNumber counts from 0.
	LineItemNumber int              `json:"lineItemNumber"`
	Status         FulfillmentState `json:"status"`
	// QuantityProvisioningInformation splits the line's quantity by state; its
	// parts add up to it.
	QuantityProvisioningInformation []QuantityProvisioningStatus `json:"quantityProvisioningInformation"`
}

// QuantityProvisioningStatus is a part of a line's quantity and its state.
type QuantityProvisioningStatus struct {
	Quantity int              `json:"quantity"`
	Status   FulfillmentState `json:"status"`
}
