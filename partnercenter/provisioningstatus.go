package partnercenter

import (
	"context"
	"iter"
	"reflect"
)

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
	EndDate Time `json:"endDate"`
	// Attributes name the type "SubscriptionProvisioningStatus"; there is no etag.
	Attributes ResourceAttributes `json:"attributes"`
}

// OrderLineItemProvisioningStatus says how far one line of an order is
// provisioned (documents 002 and 003; reference 2.6).
type OrderLineItemProvisioningStatus struct {
	// OrderLineItemID equals LineItemNumber.
	OrderLineItemID int `json:"orderLineItemId"`
	// LineItemNumber counts from 0.
	LineItemNumber int `json:"lineItemNumber"`
	// Status is [Fulfilled] once all parts of the quantity are.
	Status FulfillmentState `json:"status"`
	// QuantityProvisioningInformation splits the line's quantity by state; its
	// parts add up to it.
	QuantityProvisioningInformation []QuantityProvisioningStatus `json:"quantityProvisioningInformation"`
}

// QuantityProvisioningStatus is a part of a line's quantity and its state.
type QuantityProvisioningStatus struct {
	// Quantity is how many of the line's units the part has.
	Quantity int `json:"quantity"`
	// Status is how far this part is.
	Status FulfillmentState `json:"status"`
}

// SubscriptionProvisioningStatusClient asks how far the last change of a
// subscription is provisioned.
type SubscriptionProvisioningStatusClient struct{ at place }

// Get gives the status.
//
// Tokens: App+User. Roles: Directory Reader or Global Reader on the customer, or
// delegated admin permission. Errors: [ErrSubscriptionNotFound],
// [ErrNoProvisioning]. Source: documents 000 and 001.
//
//	GET /v1/customers/{customer}/subscriptions/{subscription}/provisioningstatus
func (c *SubscriptionProvisioningStatusClient) Get(ctx context.Context) (*SubscriptionProvisioningStatus, error) {
	return get[SubscriptionProvisioningStatus](ctx, c.at)
}

// Wait returns the status once it is no longer pending: success, failed, or
// none. It sleeps until the service says that the status can next change; where
// the service does not say, it learns from all waits of this [Partner] when the
// statuses are refreshed. A context that ends makes a [PendingError].
//
// A status that this package does not know counts as pending. What fails for a
// while is asked again until the context ends. Tokens, roles and errors are
// those of Get.
func (c *SubscriptionProvisioningStatusClient) Wait(ctx context.Context, opts WaitOptions) (*SubscriptionProvisioningStatus, error) {
	return c.wait(opts).settle(ctx)
}

// Watch yields the status, and then each one that differs, until the context or
// the loop ends; a loop that the context ends gets its error. It asks as Wait
// does.
func (c *SubscriptionProvisioningStatusClient) Watch(ctx context.Context, opts WaitOptions) iter.Seq2[*SubscriptionProvisioningStatus, error] {
	return watch(ctx, c.wait(opts), func(a, b *SubscriptionProvisioningStatus) bool {
		return a.Status == b.Status && a.Quantity == b.Quantity && a.SKUID == b.SKUID && a.EndDate == b.EndDate
	})
}

func (c *SubscriptionProvisioningStatusClient) wait(opts WaitOptions) *wait[*SubscriptionProvisioningStatus] {
	w := &wait[*SubscriptionProvisioningStatus]{at: c.at, opts: opts, read: seeSubscription}
	if c.at.partner != nil {
		w.refreshes = c.at.partner.refreshes
	}
	return w
}

func seeSubscription(got *answer) (seen[*SubscriptionProvisioningStatus], error) {
	status, err := read[SubscriptionProvisioningStatus](got)
	if err != nil {
		return seen[*SubscriptionProvisioningStatus]{}, err
	}
	pending := status.Status == ProvisioningPending || !Known(status.Status)
	return seen[*SubscriptionProvisioningStatus]{value: status, word: string(status.Status), pending: pending}, nil
}

// OrderProvisioningStatus is how far the lines of an order are provisioned.
// [RollUp] says what they come to.
type OrderProvisioningStatus = Collection[OrderLineItemProvisioningStatus]

// OrderProvisioningStatusClient asks how far an order is provisioned.
type OrderProvisioningStatusClient struct{ at place }

// Get gives the status of each line.
//
// Tokens: App+User. Roles: admin agent, global admin. Errors:
// [ErrOrderNotFound]. Source: documents 002 and 003.
//
//	GET /v1/customers/{customer}/orders/{order}/provisioningstatus
func (c *OrderProvisioningStatusClient) Get(ctx context.Context) (*OrderProvisioningStatus, error) {
	return get[OrderProvisioningStatus](ctx, c.at)
}

// Wait returns the status of each line once nothing of the order is on its way.
// It asks as the wait for a subscription's status does, but for refreshes: an
// order's status has none.
//
// Tokens, roles and errors are those of Get.
func (c *OrderProvisioningStatusClient) Wait(ctx context.Context, opts WaitOptions) (*OrderProvisioningStatus, error) {
	return c.wait(opts).settle(ctx)
}

// Watch yields the status of each line, and again whenever one differs, until
// the context or the loop ends; a loop that the context ends gets its error.
func (c *OrderProvisioningStatusClient) Watch(ctx context.Context, opts WaitOptions) iter.Seq2[*OrderProvisioningStatus, error] {
	return watch(ctx, c.wait(opts), func(a, b *OrderProvisioningStatus) bool { return reflect.DeepEqual(a.Items, b.Items) })
}

func (c *OrderProvisioningStatusClient) wait(opts WaitOptions) *wait[*OrderProvisioningStatus] {
	return &wait[*OrderProvisioningStatus]{at: c.at, opts: opts, read: seeOrder}
}

func seeOrder(got *answer) (seen[*OrderProvisioningStatus], error) {
	status, err := read[OrderProvisioningStatus](got)
	if err != nil {
		return seen[*OrderProvisioningStatus]{}, err
	}
	outcome := RollUp(status.Items).Outcome()
	return seen[*OrderProvisioningStatus]{value: status, word: string(outcome), pending: outcome == OutcomePending}, nil
}

// Fulfillment counts what has become of an order's quantities.
type Fulfillment struct {
	// Pending, Fulfilled and Unfulfilled are numbers of units: not there yet, there,
	// and never to come.
	Pending, Fulfilled, Unfulfilled int
}

// RollUp adds up the lines of an order. A state that is not known counts as
// pending.
func RollUp(lines []OrderLineItemProvisioningStatus) Fulfillment {
	var sum Fulfillment
	for _, line := range lines {
		parts := line.QuantityProvisioningInformation
		if len(parts) == 0 {
			parts = []QuantityProvisioningStatus{{Quantity: 1, Status: line.Status}}
		}
		for _, part := range parts {
			switch part.Status {
			case Fulfilled:
				sum.Fulfilled += part.Quantity
			case Unfulfilled:
				sum.Unfulfilled += part.Quantity
			default:
				sum.Pending += part.Quantity
			}
		}
	}
	return sum
}

// Outcome is what the lines of an order come to.
type Outcome string

// What the lines of an order come to.
const (
	// OutcomePending: something is still on its way, or there is no line yet.
	OutcomePending Outcome = "pending"
	// OutcomePartial: some of it was delivered, some never will be.
	OutcomePartial Outcome = "partial"
	// OutcomeFulfilled: all of it was delivered.
	OutcomeFulfilled Outcome = "fulfilled"
	// OutcomeUnfulfilled: none of it was delivered, nor will be.
	OutcomeUnfulfilled Outcome = "unfulfilled"
)

// Outcome is what the quantities come to.
func (f Fulfillment) Outcome() Outcome {
	switch {
	case f.Pending > 0 || f == Fulfillment{}:
		return OutcomePending
	case f.Unfulfilled == 0:
		return OutcomeFulfilled
	case f.Fulfilled == 0:
		return OutcomeUnfulfilled
	default:
		return OutcomePartial
	}
}
