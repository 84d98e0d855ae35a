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
}

// PlaceOrder buys what an order's lines name, each as a change of its own. It
// answers the order as it is then.
func (s *Service) PlaceOrder(ctx context.Context, by Caller, customer string, asked partnercenter.Order) (partnercenter.Order, error) {
	return once(ctx, s, by, func(ctx context.Context, w *writing) (partnercenter.Order, error) {
		buyer, err := w.customer(ctx, customer)
		if err != nil {
			return partnercenter.Order{}, err
		}
		return w.placeOrder(ctx, buyer, asked)
	})
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

func (w *writing) placeOrder(ctx context.Context, buyer Customer, asked partnercenter.Order) (partnercenter.Order, error) {
	purchases, err := w.readOrder(ctx, buyer, asked)
	if err != nil {
		return partnercenter.Order{}, err
	}
	order := w.newOrder(buyer, asked, purchases)
	if err := w.Orders().Insert(ctx, order); err != nil {
		return partnercenter.Order{}, fmt.Errorf("insert order: %w", err)
	}
	changes := make([]Change, len(purchases))
	for i, p := range purchases {
		if changes[i], err = w.buy(ctx, order, p); err != nil {
			return partnercenter.Order{}, err
		}
	}
	beside, err := besideOrders(ctx, w, SubscriptionQuery{World: w.World.ID, Customer: buyer.Resource.ID, Order: order.Resource.ID})
	if err != nil {
		return partnercenter.Order{}, err
	}
	shown := w.service.showOrder(order, changes, beside, true)
	err = w.audit(ctx, audited{
		operation: partnercenter.AuditCreateOrder, resource: partnercenter.AuditOrder, customer: buyer, id: shown.ID, after: shown,
		data: orderWords(shown),
	})
	return w.service.showOrder(order, changes, beside, false), err
}

// buy enters a line as a change. Its subscription's id is decided now, and
// known to nobody before the first seat is there.
func (w *writing) buy(ctx context.Context, order Order, p purchase) (Change, error) {
	c := Change{
		World: w.World.ID, ID: uuid.NewString(), Kind: Purchase, Customer: order.Customer,
		Order: order.Resource.ID, Line: p.line.LineItemNumber, Subscription: uuid.NewString(), Offer: p.offer.ID,
		Asked: p.line.Quantity, AskedAt: w.Now,
		Portions: []Portion{{Quantity: p.line.Quantity, Status: partnercenter.PrefulfillmentPending}},
	}
	cause := w.cause
	defer func() { w.cause = cause }()
	return w.begin(ctx, c, p.offer)
}

// newOrder is the order as it is kept.
func (w *writing) newOrder(buyer Customer, asked partnercenter.Order, purchases []purchase) Order {
	id := newOrderID()
	market := purchases[0].market
	r := partnercenter.Order{
		ID: id, AlternateID: &id, ReferenceCustomerID: buyer.Resource.ID, BillingCycle: purchases[0].term.BillingCycle,
		CurrencyCode: &market.Currency, CurrencySymbol: &market.Symbol,
		CreationDate: partnercenter.At(w.Now), TransactionType: new("UserPurchase"),
		PartnerOnRecordAttestationAccepted: asked.PartnerOnRecordAttestationAccepted,
		Client:                             cmp.Or(asked.Client, &partnercenter.OrderClient{}),
		Attributes:                         partnercenter.ResourceAttributes{ObjectType: "Order"},
	}
	total := 0.0
	for _, p := range purchases {
		line := p.entered()
		total += line.Pricing.ExtendedPrice
		r.LineItems = append(r.LineItems, line)
	}
	r.TotalPrice = new(market.Round(total))
	return Order{World: w.World.ID, Customer: buyer.Resource.ID, CreatedAt: w.Now, Version: 1, Legacy: purchases[0].offer.Legacy, Resource: r}
}

// newOrderID is twelve hex digits (decision 18).
func newOrderID() string {
	var random [6]byte
	_, _ = rand.Read(random[:]) // never fails
	return hex.EncodeToString(random[:])
}

// entered is the line as the order keeps it.
func (p purchase) entered() partnercenter.OrderLineItem {
	price := p.market.Price(p.term.Price)
	line := partnercenter.OrderLineItem{
		LineItemNumber: p.line.LineItemNumber, OfferID: p.offer.ID, ParentSubscriptionID: p.line.ParentSubscriptionID,
		TransactionType: new("New"), FriendlyName: p.line.FriendlyName, Quantity: p.line.Quantity,
		PartnerIDOnRecord: p.line.PartnerIDOnRecord, AdditionalPartnerIDsOnRecord: p.line.AdditionalPartnerIDsOnRecord,
		ProvisioningContext: p.line.ProvisioningContext, RenewsTo: p.line.RenewsTo, AttestationAccepted: p.line.AttestationAccepted,
		PromotionID: p.line.PromotionID, PurchaseCommitment: p.line.PurchaseCommitment,
		Pricing: &partnercenter.Pricing{
			ListPrice: price, DiscountedPrice: price, ProratedPrice: price, Price: price,
			ExtendedPrice: p.market.Round(price * float64(p.line.Quantity)),
		},
	}
	if line.FriendlyName == nil || *line.FriendlyName == "" {
		line.FriendlyName = new(p.offer.Name)
	}
	if p.term.Duration != "" && !p.offer.Legacy {
		line.TermDuration = new(p.term.Duration)
	}
	return line
}

// readOrder holds an asked order to what can be bought.
func (w *writing) readOrder(ctx context.Context, buyer Customer, asked partnercenter.Order) ([]purchase, error) {
	if asked.ReferenceCustomerID != "" && !strings.EqualFold(asked.ReferenceCustomerID, buyer.Resource.ID) {
		return nil, partnercenter.ErrInput.About("referenceCustomerId")
	}
	if len(asked.LineItems) == 0 {
		return nil, partnercenter.ErrInput.About("lineItems")
	}
	if known := partnercenter.Known(asked.BillingCycle); asked.BillingCycle != "" && !known {
		return nil, partnercenter.ErrEnum.About("billingCycle", string(asked.BillingCycle))
	}
	market, ok := DefaultCatalogue().Market(buyer.country())
	if !ok {
		return nil, partnercenter.ErrNotInCountry.About(buyer.country())
	}
	purchases := make([]purchase, len(asked.LineItems))
	for _, line := range asked.LineItems {
		n := line.LineItemNumber
		if n < 0 || n >= len(purchases) || purchases[n].line.Quantity != 0 {
			return nil, partnercenter.ErrLineNumbers.About(fmt.Sprint(n))
		}
		p, err := w.readLine(ctx, buyer, market, asked.BillingCycle, line)
		if err != nil {
			return nil, err
		}
		purchases[n] = p
	}
	seats := make([]int, len(purchases))
	for n, p := range purchases {
		seats[n] = p.line.Quantity
	}
	return purchases, w.admitPurchase(ctx, buyer, seats...)
}

// readLine holds a line to its offer.
func (w *writing) readLine(ctx context.Context, buyer Customer, market Market, cycle partnercenter.BillingCycle, line partnercenter.OrderLineItem) (purchase, error) {
	offer, ok := DefaultCatalogue().OfferAnywhere(line.OfferID)
	if !ok {
		return purchase{}, partnercenter.ErrOfferID.About(line.OfferID)
	}
	if _, ok := DefaultCatalogue().Offer(line.OfferID, market.Country); !ok {
		return purchase{}, partnercenter.ErrNotInCountry.About(line.OfferID, market.Country)
	}
	duration := ""
	if line.TermDuration != nil {
		duration = *line.TermDuration
	}
	if cycle == partnercenter.BillingCycleUnknown || cycle == partnercenter.BillingCycleNone && !hasCycle(offer, cycle) {
		cycle = ""
	}
	term, ok := offer.Term(duration, cycle)
	if !ok {
		return purchase{}, partnercenter.ErrBillingCycle.About(line.OfferID, duration, string(cycle))
	}
	if line.Quantity < offer.MinQuantity || line.Quantity > offer.MaxQuantity {
		return purchase{}, partnercenter.ErrQuantity.About(line.OfferID, fmt.Sprintf("%d to %d", offer.MinQuantity, offer.MaxQuantity))
	}
	return purchase{line, offer, term, market}, w.readParent(ctx, buyer, offer, line)
}

func hasCycle(o Offer, cycle partnercenter.BillingCycle) bool {
	return slices.ContainsFunc(o.Terms, func(t OfferTerm) bool { return t.BillingCycle == cycle })
}

// readParent holds an add-on to the subscription that it goes onto.
func (w *writing) readParent(ctx context.Context, buyer Customer, offer Offer, line partnercenter.OrderLineItem) error {
	named := line.ParentSubscriptionID != nil && *line.ParentSubscriptionID != ""
	switch {
	case offer.Addon != named:
		return partnercenter.ErrAddon.About(line.OfferID)
	case !named:
		return nil
	}
	parent, err := findSubscription(ctx, w, w.World.ID, buyer.Resource.ID, *line.ParentSubscriptionID)
	if err != nil {
		return err
	}
	base, ok := DefaultCatalogue().OfferAnywhere(parent.Resource.OfferID)
	if !ok || !slices.Contains(offer.Parents, cmp.Or(base.ProductID, base.ID)) || parent.Resource.Status != partnercenter.SubscriptionActive {
		return partnercenter.ErrAddon.About(line.OfferID, *line.ParentSubscriptionID)
	}
	return nil
}

// orderWords are what an order's audit record names beside the resource
// (reference 7.9).
func orderWords(o partnercenter.Order) []partnercenter.KeyValue {
	words := []partnercenter.KeyValue{
		{Key: "OrderId", Value: o.ID}, {Key: "AlternateId", Value: *o.AlternateID}, {Key: "BillingCycle", Value: string(o.BillingCycle)},
	}
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
