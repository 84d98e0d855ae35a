package commerce

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"provost/partnercenter"
)

// purchase is a line of a new order, with what the catalogue says of it.
type purchase struct {
	line   partnercenter.OrderLineItem
	offer  Offer
	term   OfferTerm
	market Market
	// subscription is the id of what it becomes. It is decided before the order is
	// entered, so that an add-on can name a base that is bought with it.
	subscription string
	// waits: the add-on's delivery starts when its base, a line of the same
	// order, is there.
	waits bool
}

// PlaceOrder buys what an order's lines name, each as a change of its own. It
// gives the order as it is then, with what it costs.
func (s *Service) PlaceOrder(ctx context.Context, by Caller, customer string, asked partnercenter.Order) (partnercenter.Order, error) {
	return once(ctx, s, by, func(ctx context.Context, w *writing) (partnercenter.Order, error) {
		sale, err := w.saleTo(ctx, customer)
		if err != nil {
			return partnercenter.Order{}, err
		}
		purchases, err := sale.readOrder(ctx, asked)
		if err != nil {
			return partnercenter.Order{}, err
		}
		return sale.placeOrder(ctx, asked, purchases)
	})
}

// Priced is the order without what it costs, unless that is asked for.
func Priced(o partnercenter.Order, prices bool) partnercenter.Order {
	if prices {
		return o
	}
	o.TotalPrice = nil
	o.LineItems = slices.Clone(o.LineItems)
	for i := range o.LineItems {
		o.LineItems[i].Pricing = nil
	}
	return o
}

// customer reads the customer of a write.
func (w *writing) customer(ctx context.Context, id string) (Customer, error) {
	kept, err := w.Customers().ByID(ctx, w.World.ID, id)
	if errors.Is(err, ErrMissing) {
		return kept, noRelationship(w.by.Actor, id)
	}
	if err != nil {
		return kept, fmt.Errorf("read customer %s: %w", id, err)
	}
	return kept, nil
}

// readOrder holds an asked order to what can be bought.
func (s *sale) readOrder(ctx context.Context, asked partnercenter.Order) ([]purchase, error) {
	if asked.ReferenceCustomerID != "" && !strings.EqualFold(asked.ReferenceCustomerID, s.buyer.Resource.ID) {
		return nil, Refuse(partnercenter.ErrInput.About("referenceCustomerId"),
			"the order is the customer's in the path; leave referenceCustomerId out, or let it be %s", s.buyer.Resource.ID)
	}
	if len(asked.LineItems) == 0 {
		return nil, partnercenter.ErrInput.About("lineItems")
	}
	s.attested = asked.PartnerOnRecordAttestationAccepted != nil && *asked.PartnerOnRecordAttestationAccepted
	purchases := make([]purchase, len(asked.LineItems))
	for _, line := range asked.LineItems {
		n := line.LineItemNumber
		if n < 0 || n >= len(purchases) || purchases[n].subscription != "" {
			return nil, partnercenter.ErrLineNumbers.About(fmt.Sprint(n))
		}
		var err error
		purchases[n], err = s.read(ctx, wanted{line: line, cycle: asked.BillingCycle, currency: asked.CurrencyCode})
		if err != nil {
			return nil, err
		}
	}
	return purchases, s.admit(ctx, purchases)
}

// admit asks whether the world's limits let the customer buy all that.
func (s *sale) admit(ctx context.Context, purchases []purchase) error {
	var seats []int
	for _, p := range purchases {
		seats = append(seats, p.line.Quantity)
	}
	return s.admitPurchase(ctx, s.buyer, seats...)
}

// placeOrder enters an order whose lines are fit to be bought, and starts their
// delivery.
func (s *sale) placeOrder(ctx context.Context, asked partnercenter.Order, purchases []purchase) (partnercenter.Order, error) {
	order, err := s.insertOrder(ctx, s.newOrder(asked, purchases))
	if err != nil {
		return partnercenter.Order{}, err
	}
	event, err := s.tell(ctx, OrderPlaced, EventRecord{Customer: order.Customer, Order: order.Resource.ID})
	if err != nil {
		return partnercenter.Order{}, err
	}
	if err := s.buyAll(ctx, order, purchases, event); err != nil {
		return partnercenter.Order{}, err
	}
	shown, err := s.shownOrder(ctx, order.Resource.ID)
	if err != nil {
		return shown, err
	}
	return shown, s.audit(ctx, audited{
		operation: partnercenter.AuditCreateOrder, resource: partnercenter.AuditOrder, customer: s.buyer, id: shown.ID, after: shown,
		data: orderWords(shown),
	})
}

// insertOrder gives the order an id that the customer has for no other.
func (s *sale) insertOrder(ctx context.Context, order Order) (Order, error) {
	for {
		id := newOrderID()
		order.Resource.ID, order.Resource.AlternateID = id, &id
		switch err := s.Orders().Insert(ctx, order); {
		case err == nil:
			return order, nil
		case !errors.Is(err, ErrTaken):
			return order, fmt.Errorf("insert order: %w", err)
		}
	}
}

// newOrderID is twelve hex digits (decision 18).
func newOrderID() string {
	var random [6]byte
	_, _ = rand.Read(random[:]) // never fails
	return hex.EncodeToString(random[:])
}

// buyAll enters the purchases of an order that is there, as a consequence of an
// event, and starts their delivery once all are entered: what a base lets start
// has to be there when the base is, and that can be at once.
func (w *writing) buyAll(ctx context.Context, order Order, purchases []purchase, event string) error {
	cause := w.cause
	defer func() { w.cause = cause }()
	entered, causes := make([]Change, len(purchases)), make([]string, len(purchases))
	for i, p := range purchases {
		w.cause = event
		var err error
		if entered[i], err = w.enter(ctx, w.bought(order, p)); err != nil {
			return err
		}
		causes[i] = w.cause
	}
	for i, p := range purchases {
		if p.waits {
			continue
		}
		w.cause = causes[i]
		if _, err := w.step(ctx, entered[i], p.offer); err != nil {
			return err
		}
	}
	return nil
}

// bought is a line as a change. Its subscription's id is decided, and known to
// nobody before the first seat is there.
func (w *writing) bought(order Order, p purchase) Change {
	c := Change{
		World: w.World.ID, ID: uuid.NewString(), Kind: Purchase, Customer: order.Customer,
		Order: order.Resource.ID, Line: p.line.LineItemNumber, Subscription: p.subscription, Offer: p.offer.ID,
		Cycle: p.term.BillingCycle, Asked: p.line.Quantity, AskedAt: w.Now,
		Portions: []Portion{{Quantity: p.line.Quantity, Status: partnercenter.PrefulfillmentPending}},
	}
	if !p.waits {
		c.StartedAt = new(w.Now)
	}
	return c
}

// shownOrder is an order of the buyer as it is now, with its prices.
func (s *sale) shownOrder(ctx context.Context, id string) (partnercenter.Order, error) {
	order, purchases, err := findOrder(ctx, s, s.World.ID, s.buyer.Resource.ID, id)
	if err != nil {
		return partnercenter.Order{}, err
	}
	more, err := besideOrders(ctx, s, SubscriptionQuery{World: s.World.ID, Customer: s.buyer.Resource.ID, Order: order.Resource.ID})
	if err != nil {
		return partnercenter.Order{}, fmt.Errorf("list subscriptions of order %s: %w", id, err)
	}
	return s.service.showOrder(order, purchases, more, true), nil
}

// newOrder is the order as it is kept.
func (s *sale) newOrder(asked partnercenter.Order, purchases []purchase) Order {
	r := partnercenter.Order{
		ReferenceCustomerID: s.buyer.Resource.ID, BillingCycle: purchases[0].term.BillingCycle,
		CurrencyCode: new(s.market.Currency), CurrencySymbol: new(s.market.Symbol),
		CreationDate: partnercenter.At(s.Now), TransactionType: new("UserPurchase"),
		PartnerOnRecordAttestationAccepted: asked.PartnerOnRecordAttestationAccepted,
		Client:                             cmp.Or(asked.Client, &partnercenter.PurchaseClient{}),
		Attributes:                         partnercenter.ResourceAttributes{ObjectType: "Order"},
	}
	order := Order{World: s.World.ID, Customer: s.buyer.Resource.ID, CreatedAt: s.Now, Version: 1, Legacy: true, Resource: r}
	for _, p := range purchases {
		order.Legacy = order.Legacy && p.offer.Legacy
	}
	order.append(s.market, purchases)
	return order
}

// append adds lines, and what they cost to the total.
func (o *Order) append(market Market, purchases []purchase) {
	total := 0.0
	if o.Resource.TotalPrice != nil {
		total = *o.Resource.TotalPrice
	}
	o.Resource.LineItems = slices.Clone(o.Resource.LineItems)
	for _, p := range purchases {
		line := p.entered()
		total += line.Pricing.ExtendedPrice
		o.Resource.LineItems = append(o.Resource.LineItems, line)
	}
	o.Resource.TotalPrice = new(market.Round(total))
}

// entered is the line as the order keeps it.
func (p purchase) entered() partnercenter.OrderLineItem {
	line := partnercenter.OrderLineItem{
		LineItemNumber: p.line.LineItemNumber, OfferID: p.offer.ID, ParentSubscriptionID: p.line.ParentSubscriptionID,
		CustomTermEndDate: p.line.CustomTermEndDate,
		TransactionType:   new("New"), FriendlyName: p.line.FriendlyName, Quantity: p.line.Quantity,
		PartnerIDOnRecord: p.line.PartnerIDOnRecord, AdditionalPartnerIDsOnRecord: p.line.AdditionalPartnerIDsOnRecord,
		ProvisioningContext: p.line.ProvisioningContext, RenewsTo: p.line.RenewsTo, AttestationAccepted: p.line.AttestationAccepted,
		PromotionID: p.line.PromotionID, PurchaseCommitment: p.line.PurchaseCommitment,
		Pricing: p.pricing(),
	}
	if p.term.Duration != "" && !p.offer.Legacy {
		line.TermDuration = new(p.term.Duration)
	}
	return line
}

func (p purchase) pricing() *partnercenter.Pricing {
	price := p.market.Price(p.term.Price)
	return &partnercenter.Pricing{
		ListPrice: price, DiscountedPrice: price, ProratedPrice: price, Price: price,
		ExtendedPrice: p.market.Round(price * float64(p.line.Quantity)),
	}
}

// orderWords are what an order's audit record names beside the resource
// (reference 7.9).
func orderWords(o partnercenter.Order) []partnercenter.KeyValue {
	words := []partnercenter.KeyValue{{Key: "OrderId", Value: o.ID}}
	if o.AlternateID != nil {
		words = append(words, partnercenter.KeyValue{Key: "AlternateId", Value: *o.AlternateID})
	}
	words = append(words, partnercenter.KeyValue{Key: "BillingCycle", Value: string(o.BillingCycle)})
	for _, line := range o.LineItems {
		number := fmt.Sprint(line.LineItemNumber)
		add := func(name string, value *string) {
			kv := partnercenter.KeyValue{Key: name + "-" + number}
			if value != nil {
				kv.Value = *value
			}
			words = append(words, kv)
		}
		add("OfferId", &line.OfferID)
		add("SubscriptionId", line.SubscriptionID)
		add("SubscriptionName", line.FriendlyName)
		add("Quantity", new(fmt.Sprint(line.Quantity)))
		add("PartnerOnRecord", line.PartnerIDOnRecord)
	}
	return words
}
