package commerce

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"provost/partnercenter"
)

// Order is an order as kept: the resource with its prices, without what its
// changes say (status, the lines' subscription ids) and without links.
type Order struct {
	World     string    `json:"-"`
	Customer  string    `json:"customer"`
	CreatedAt time.Time `json:"createdAt"` // world time
	// Version grows by one with each write.
	Version int64 `json:"version"`
	// Legacy orders carry an etag in the documents' own form.
	Legacy   bool                `json:"legacy,omitempty"`
	Resource partnercenter.Order `json:"resource"`
}

// OrderTable keeps orders.
type OrderTable interface {
	Insert(ctx context.Context, o Order) error
	// Update writes what an order has become if it is still at the version (else
	// ErrMissing).
	Update(ctx context.Context, o Order, version int64) error
	ByID(ctx context.Context, world, customer, id string) (Order, error)
	// List gives a customer's orders by creation, then id; a billing cycle
	// other than "" picks those with it.
	List(ctx context.Context, world, customer string, cycle partnercenter.BillingCycle) ([]Order, error)
	// All gives a world's, to walk through.
	All(world string) Rows[Order]
}

// OrderQuery picks a customer's orders.
type OrderQuery struct {
	Customer string
	// BillingCycle picks those with it; empty takes all.
	BillingCycle partnercenter.BillingCycle
	// Prices asks for what the lines cost.
	Prices bool
}

// Orders lists a customer's orders.
func (s *Service) Orders(ctx context.Context, actor Actor, q OrderQuery) ([]partnercenter.Order, error) {
	var shown []partnercenter.Order
	err := s.Store.Read(ctx, func(tx Tx) error {
		orders, err := tx.Orders().List(ctx, actor.World.ID, q.Customer, q.BillingCycle)
		if err != nil {
			return err
		}
		purchases, err := tx.Changes().Purchases(ctx, actor.World.ID, q.Customer, "")
		if err != nil {
			return err
		}
		byOrder := map[string][]Change{}
		for _, c := range purchases {
			byOrder[folded(c.Order)] = append(byOrder[folded(c.Order)], c)
		}
		more, err := besideOrders(ctx, tx, SubscriptionQuery{World: actor.World.ID, Customer: q.Customer})
		if err != nil {
			return err
		}
		for _, o := range orders {
			shown = append(shown, s.showOrder(o, byOrder[folded(o.Resource.ID)], more, q.Prices))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list orders of customer %s: %w", q.Customer, err)
	}
	return shown, nil
}

// Order gives one order.
func (s *Service) Order(ctx context.Context, actor Actor, customer, id string, prices bool) (partnercenter.Order, error) {
	var shown partnercenter.Order
	err := s.Store.Read(ctx, func(tx Tx) error {
		order, purchases, err := findOrder(ctx, tx, actor.World.ID, customer, id)
		if err != nil {
			return err
		}
		more, err := besideOrders(ctx, tx, SubscriptionQuery{World: actor.World.ID, Customer: customer, Order: order.Resource.ID})
		if err != nil {
			return err
		}
		shown = s.showOrder(order, purchases, more, prices)
		return nil
	})
	return shown, err
}

// OrderProvisioningStatus says how far each line of an order is provisioned,
// and when that can next be different. Unlike the subscription's status it is
// live: no refresh stands between the truth and the answer.
func (s *Service) OrderProvisioningStatus(ctx context.Context, actor Actor, customer, id string) ([]partnercenter.OrderLineItemProvisioningStatus, Outlook, error) {
	var lines []partnercenter.OrderLineItemProvisioningStatus
	var outlook Outlook
	err := s.inWorld(ctx, actor.World.ID, func(tx Tx, m Moment) error {
		order, purchases, err := findOrder(ctx, tx, actor.World.ID, customer, id)
		if err != nil {
			return err
		}
		for _, line := range order.Resource.LineItems {
			lines = append(lines, lineStatus(line, purchaseOf(purchases, line)))
		}
		outlook = orderOutlook(purchases, m)
		return nil
	})
	return lines, outlook, err
}

func findOrder(ctx context.Context, tx Tx, world, customer, id string) (Order, []Change, error) {
	order, err := tx.Orders().ByID(ctx, world, customer, id)
	if errors.Is(err, ErrMissing) {
		return order, nil, partnercenter.ErrOrderNotFound.About(id)
	}
	if err != nil {
		return order, nil, fmt.Errorf("read order %s: %w", id, err)
	}
	purchases, err := tx.Changes().Purchases(ctx, world, customer, order.Resource.ID)
	if err != nil {
		return order, nil, fmt.Errorf("read purchases of order %s: %w", id, err)
	}
	return order, purchases, nil
}

func purchaseOf(purchases []Change, line partnercenter.OrderLineItem) Change {
	at := slices.IndexFunc(purchases, func(c Change) bool { return c.Line == line.LineItemNumber })
	if at < 0 {
		return Change{Portions: []Portion{{Quantity: line.Quantity, Status: partnercenter.PrefulfillmentPending}}}
	}
	return purchases[at]
}

func lineStatus(line partnercenter.OrderLineItem, purchase Change) partnercenter.OrderLineItemProvisioningStatus {
	status := partnercenter.OrderLineItemProvisioningStatus{
		OrderLineItemID:                 line.LineItemNumber,
		LineItemNumber:                  line.LineItemNumber,
		Status:                          fulfillment(purchase.Portions),
		QuantityProvisioningInformation: []partnercenter.QuantityProvisioningStatus{},
	}
	if isCancelled(line) {
		status.Status = partnercenter.Unfulfilled
	}
	for _, p := range purchase.Portions {
		if isCancelled(line) {
			p.Status = partnercenter.Unfulfilled
		}
		addPortion(&status, p)
	}
	return status
}

// addPortion counts a portion among those of its state: a row says how many of
// the line's items are in one (reference 2.6), not in how many steps they came.
func addPortion(line *partnercenter.OrderLineItemProvisioningStatus, p Portion) {
	parts := line.QuantityProvisioningInformation
	at := slices.IndexFunc(parts, func(part partnercenter.QuantityProvisioningStatus) bool { return part.Status == p.Status })
	if at < 0 {
		line.QuantityProvisioningInformation = append(parts, partnercenter.QuantityProvisioningStatus{Quantity: p.Quantity, Status: p.Status})
		return
	}
	parts[at].Quantity += p.Quantity
}

// fulfillment is a line's status: that of all its portions when they agree on
// an end, else still pending.
func fulfillment(portions []Portion) partnercenter.FulfillmentState {
	if len(portions) == 0 {
		return partnercenter.PrefulfillmentPending
	}
	first := portions[0].Status
	for _, p := range portions[1:] {
		if p.Status != first {
			return partnercenter.PrefulfillmentPending
		}
	}
	return first
}

// orderStatus follows from the lines' purchases. Lines that were cancelled say
// nothing while there are others.
func orderStatus(lines []partnercenter.OrderLineItem, purchases []Change) partnercenter.OrderStatus {
	there := map[partnercenter.FulfillmentState]bool{}
	for _, line := range lines {
		if isCancelled(line) {
			continue
		}
		portions := purchaseOf(purchases, line).Portions
		if len(portions) == 0 {
			there[partnercenter.PrefulfillmentPending] = true
		}
		for _, p := range portions {
			there[p.Status] = true
		}
	}
	switch {
	case there[partnercenter.PrefulfillmentPending], len(lines) == 0:
		return partnercenter.OrderPending
	case there[partnercenter.Fulfilled] && there[partnercenter.Unfulfilled]:
		return partnercenter.OrderPartialSuccess
	case there[partnercenter.Fulfilled]:
		return partnercenter.OrderCompleted
	case there[partnercenter.Unfulfilled]:
		return partnercenter.OrderError
	default:
		return partnercenter.OrderCancelled
	}
}

// cancelledLine is the transaction type of an order line whose subscription was
// cancelled (reference 2.7).
const cancelledLine = "Cancel"

func isCancelled(line partnercenter.OrderLineItem) bool {
	return line.TransactionType != nil && *line.TransactionType == cancelledLine
}

// orderOutlook is the earliest instant at which one of the unsettled purchases
// is known to move; where nobody knows, the next refresh.
func orderOutlook(purchases []Change, m Moment) Outlook {
	var next *time.Time
	pending := false
	for _, c := range purchases {
		if c.Settled() {
			continue
		}
		pending = true
		if c.NextStepAt != nil && (next == nil || c.NextStepAt.Before(*next)) {
			next = c.NextStepAt
		}
	}
	if !pending {
		return Outlook{Holds: ForEver}
	}
	return waitUntil(m, stepOrRefresh(next, m))
}

// besideOrder is what an order is shown with, of its customer's.
type besideOrder struct {
	// bought are subscriptions by their id, for the lines that bought them.
	bought map[string]Subscription
	// shelf is what the lines' products are links to.
	shelf Shelf
}

func besideOrders(ctx context.Context, tx Tx, q SubscriptionQuery) (besideOrder, error) {
	all, err := tx.Subscriptions().List(ctx, q)
	if err != nil {
		return besideOrder{}, err
	}
	more := besideOrder{bought: make(map[string]Subscription, len(all))}
	for _, s := range all {
		more.bought[folded(s.Resource.ID)] = s
	}
	more.shelf, err = shelfFor(ctx, tx, q.World, q.Customer)
	return more, err
}

// showOrder is the order as it is answered: its status and its lines'
// subscriptions from the purchases, with the links that answer.
func (s *Service) showOrder(kept Order, purchases []Change, more besideOrder, prices bool) partnercenter.Order {
	r := kept.Resource
	customer := "/customers/" + kept.Customer
	self := customer + "/orders/" + r.ID
	r.Status = orderStatus(r.LineItems, purchases)
	r.LineItems = slices.Clone(r.LineItems)
	for i := range r.LineItems {
		line := &r.LineItems[i]
		line.SubscriptionID, line.Links = nil, nil
		if product, sku, availability := more.shelf.links(line.OfferID); product != nil {
			line.Links = &partnercenter.OrderLineItemLinks{Product: product, SKU: sku, Availability: availability}
		}
		if subscription, ok := more.bought[folded(purchaseOf(purchases, *line).Subscription)]; ok {
			line.SubscriptionID = &subscription.Resource.ID
			subscription.link(line, customer)
		}
		if !prices {
			line.Pricing = nil
		}
	}
	if !prices {
		r.TotalPrice = nil
	}
	r.Links = &partnercenter.OrderLinks{
		Self:               partnercenter.GetLink(self),
		ProvisioningStatus: partnercenter.GetLink(self + "/provisioningstatus"),
		PatchOperation:     &partnercenter.Link{URI: self, Method: "PATCH", Headers: []partnercenter.KeyValue{}},
	}
	r.Attributes = s.attributes("Order", r.ID, kept.Version, kept.Legacy)
	return r
}

// link leads from an order line to the subscription that it bought, and to its
// provisioning status where it has one (reference 8.3).
func (s Subscription) link(line *partnercenter.OrderLineItem, customer string) {
	if line.Links == nil {
		line.Links = &partnercenter.OrderLineItemLinks{}
	}
	self := customer + "/subscriptions/" + s.Resource.ID
	line.Links.Subscription = partnercenter.GetLink(self)
	if s.Provisioning != nil {
		line.Links.ProvisioningStatus = partnercenter.GetLink(self + "/provisioningstatus")
	}
}
