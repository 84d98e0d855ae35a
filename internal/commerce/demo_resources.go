package commerce

import (
	"strings"
	"time"

	"provost/partnercenter"
)

// term is the one that holds at an instant; of what is not renewed, the first.
func (s demoSale) term(created, at time.Time) span {
	switch {
	case s.offer.term.Months == 0:
		return span{start: created.Truncate(day), next: neverEnds.Add(day)}
	case s.ends:
		return spanAt(created, s.offer.term.Months, created)
	default:
		return spanAt(created, s.offer.term.Months, at)
	}
}

// end is the day that the term is said to end on: legacy terms name the day
// after their last one.
func (s demoSale) end(created, at time.Time) time.Time {
	term := s.term(created, at)
	if s.offer.Legacy && s.offer.term.Months > 0 {
		return term.next
	}
	return term.lastDay()
}

// outcome is how a settled change ended.
func (s demoSale) outcome(c Change) partnercenter.ProvisioningState {
	for _, p := range c.Portions {
		if p.Status == partnercenter.Unfulfilled {
			return partnercenter.ProvisioningFailed
		}
	}
	switch s.offer.Kind {
	case OfferPerpetual, OfferSaaS:
		// Keys are handed out, and a publisher's own service waits for the
		// publisher: nothing is provisioned.
		return partnercenter.ProvisioningNone
	default:
		return partnercenter.ProvisioningSuccess
	}
}

// resource is the sale's subscription but for its order and quantity.
func (s demoSale) resource(created, at time.Time) partnercenter.Subscription {
	o := s.offer
	term := s.term(created, at)
	r := partnercenter.Subscription{
		ID: s.subscription, OfferID: o.ID, OfferName: o.Name, FriendlyName: o.Name, UnitType: o.UnitType,
		CreationDate: partnercenter.At(created), EffectiveStartDate: partnercenter.At(term.start),
		CommitmentEndDate: partnercenter.At(s.end(created, at)),
		Status:            s.status, AutoRenewEnabled: s.renews(),
		BillingType: o.BillingType, BillingCycle: &o.term.BillingCycle, ContractType: o.ContractType,
		Attributes: partnercenter.ResourceAttributes{ObjectType: "Subscription"},
	}
	if s.parent != "" {
		r.ParentSubscriptionID = &s.parent
	}
	if o.BillingType == partnercenter.BilledByUsage {
		r.EntitlementID = new(demoID("entitlement", s.subscription))
	}
	if !o.Legacy {
		s.modern(&r, created, at)
	}
	return r
}

func (s demoSale) renews() bool {
	return s.status == partnercenter.SubscriptionActive && (s.offer.term.Months > 0 || s.offer.BillingType == partnercenter.BilledByUsage)
}

// modern adds what new commerce says beyond the legacy members.
func (s demoSale) modern(r *partnercenter.Subscription, created, at time.Time) {
	o := s.offer
	term := s.term(created, at)
	if term.start.Before(created) {
		r.EffectiveStartDate = partnercenter.At(created)
	}
	r.ProductType = &o.ProductType
	r.HasPurchasableAddons = &o.HasAddons
	r.IsTrial = new(o.Kind == OfferTrial)
	r.RenewalTermDuration = new("")
	r.IsMicrosoftProduct = new(o.Kind != OfferSaaS)
	r.AttentionNeeded = new(false)
	r.ActionTaken = new(false)
	r.PublisherName = &o.Publisher
	if s.promotion != "" {
		r.PromotionID = &s.promotion
	}
	if o.term.Months > 0 {
		r.TermDuration = new(o.term.Duration)
		r.CommitmentEndDateTime = new(partnercenter.At(term.lastSecond()))
	}
	if o.refundable() {
		r.CancellationAllowedUntilDate = new(partnercenter.At(r.EffectiveStartDate.AddDate(0, 0, o.term.CancelDays)))
	}
	if months := o.term.cycleMonths(); months > 0 && !s.ends {
		cycle := spanAt(created, months, at)
		r.BillingCycleEndDate = new(partnercenter.At(cycle.lastDay()))
		r.BillingCycleEndDateTime = new(partnercenter.At(cycle.lastSecond()))
	}
	switch s.status {
	case partnercenter.SubscriptionActive, partnercenter.SubscriptionSuspended:
		r.Actions = []string{"edit", "cancel"}
	case partnercenter.SubscriptionPending:
		r.Actions = []string{"cancel"}
	}
	if o.Kind == OfferReservation {
		r.ProductOrderID = new(demoID("product order", s.subscription))
	}
}

// resource is the order but for what its changes say.
func (o demoOrder) resource(placed time.Time) partnercenter.Order {
	market := marketOf(o.customer)
	r := partnercenter.Order{
		ID: o.id, AlternateID: new(shortID(o.id)), ReferenceCustomerID: o.customer,
		BillingCycle: o.sales[0].offer.term.BillingCycle, CurrencyCode: &market.Currency, CurrencySymbol: &market.Symbol,
		CreationDate: partnercenter.At(placed), TransactionType: new("UserPurchase"),
		Client:     &partnercenter.PurchaseClient{},
		Attributes: partnercenter.ResourceAttributes{ObjectType: "Order"},
	}
	if o.reseller {
		r.PartnerOnRecordAttestationAccepted = new(true)
	}
	total := 0.0
	for i, sale := range o.sales {
		line := sale.line(i, market)
		if o.reseller {
			line.PartnerIDOnRecord = new(demoResellerMPN)
		}
		total += line.Pricing.ExtendedPrice
		r.LineItems = append(r.LineItems, line)
	}
	r.TotalPrice = new(market.Round(total))
	return r
}

// line is the sale as its order names it.
func (s demoSale) line(number int, market Market) partnercenter.OrderLineItem {
	line := partnercenter.OrderLineItem{
		LineItemNumber: number, OfferID: s.offer.ID, TransactionType: new("New"), FriendlyName: &s.offer.Name,
		Quantity: s.purchase.quantity(), ProvisioningContext: s.context, PurchaseCommitment: s.commitment,
		Pricing: s.pricing(market),
	}
	if s.parent != "" {
		line.ParentSubscriptionID = &s.parent
	}
	if s.promotion != "" {
		line.PromotionID = &s.promotion
	}
	if term := s.offer.term.Duration; term != "" && !s.offer.Legacy {
		line.TermDuration = &term
		line.RenewsTo = &partnercenter.RenewsTo{TermDuration: term}
	}
	return line
}

// quantity is what was asked for.
func (c demoChange) quantity() int {
	sum := 0
	for _, p := range c.portions {
		sum += p.Quantity
	}
	return sum
}

// pricing takes a tenth off for a promotion.
func (s demoSale) pricing(market Market) *partnercenter.Pricing {
	list := market.Price(s.offer.term.Price)
	price := list
	if s.promotion != "" {
		price = market.Round(list * 0.9)
	}
	return &partnercenter.Pricing{
		ListPrice: list, DiscountedPrice: price, ProratedPrice: price, Price: price,
		ExtendedPrice: market.Round(price * float64(s.purchase.quantity())),
	}
}

func marketOf(customer string) Market {
	for _, c := range demoCustomers() {
		if c.id == customer {
			market, _ := DefaultCatalogue().Market(c.address.Country)
			return market
		}
	}
	return Market{}
}

// shortID is the short form of an order's id: twelve digits in hex.
func shortID(id string) string {
	if len(id) <= len("34b37d7340cc") {
		return id
	}
	return strings.ReplaceAll(demoID("short", id), "-", "")[:12]
}
