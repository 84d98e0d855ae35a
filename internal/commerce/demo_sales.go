package commerce

import (
	"time"

	"provost/partnercenter"
)

// demoOrder is an order of the demo shop.
type demoOrder struct {
	customer, id string
	// ago is how long before the shop's own instant it was placed.
	ago time.Duration
	// reseller says that the reseller sold it.
	reseller bool
	sales    []demoSale
}

// demoSale is one line of an order, and all that became of it.
type demoSale struct {
	offer        demoOffer
	subscription string
	purchase     demoChange
	// seats are the later changes, oldest first.
	seats []demoChange
	// ends: the term is not renewed.
	ends   bool
	status partnercenter.SubscriptionStatus
	// parent is the base subscription of an add-on.
	parent     string
	promotion  string
	commitment *partnercenter.PurchaseCommitment
	context    map[string]string
	touches    []demoTouch
}

// demoTouch changes one thing about the finished subscription.
type demoTouch func(s *partnercenter.Subscription)

// demoPace is how far a change has come.
type demoPace int

const (
	// settledSoon is settled two minutes after it was asked for.
	settledSoon demoPace = iota
	// settledNow is settled as the world begins: visible at the next refresh.
	settledNow
	// onItsWay is unsettled.
	onItsWay
)

// demoChange is a purchase or a seat change.
type demoChange struct {
	ago      time.Duration
	pace     demoPace
	portions []Portion
}

// allOf is a change that went well.
func allOf(quantity int) []Portion {
	return []Portion{{Quantity: quantity, Status: partnercenter.Fulfilled}}
}

// noneYetOf is a change of which nothing is decided.
func noneYetOf(quantity int) []Portion {
	return []Portion{{Quantity: quantity, Status: partnercenter.PrefulfillmentPending}}
}

// partOf is a change of which only a part, or nothing, could be done.
func partOf(done, missing int, reason string) []Portion {
	portions := []Portion{{Quantity: missing, Status: partnercenter.Unfulfilled, Reason: reason}}
	if done > 0 {
		portions = append(allOf(done), portions...)
	}
	return portions
}

// sold is a purchase that went well.
func sold(offer demoOffer, subscription string, quantity int) demoSale {
	return demoSale{
		offer: offer, subscription: subscription,
		purchase: demoChange{portions: allOf(quantity)},
		status:   partnercenter.SubscriptionActive,
	}
}

// awaited is a purchase on its way: there is no subscription yet.
func awaited(offer demoOffer, quantity int) demoSale {
	return demoSale{offer: offer, purchase: demoChange{pace: onItsWay, portions: noneYetOf(quantity)}}
}

// refused is a purchase of which nothing was delivered: there never was a
// subscription.
func refused(offer demoOffer, quantity int, reason string) demoSale {
	return demoSale{offer: offer, purchase: demoChange{portions: partOf(0, quantity, reason)}}
}

// shortSold is a purchase of which only a part was delivered.
func shortSold(offer demoOffer, subscription string, done, missing int, reason string) demoSale {
	sale := sold(offer, subscription, done)
	sale.purchase.portions = partOf(done, missing, reason)
	return sale
}

// justSold is a purchase that is delivered as the world begins.
func justSold(offer demoOffer, subscription string, quantity int) demoSale {
	sale := sold(offer, subscription, quantity)
	sale.purchase.pace = settledNow
	return sale
}

// then adds a seat change.
func (s demoSale) then(ago time.Duration, pace demoPace, portions []Portion) demoSale {
	s.seats = append(s.seats[:len(s.seats):len(s.seats)], demoChange{ago: ago, pace: pace, portions: portions})
	return s
}

// addsTo makes it an add-on of a base subscription.
func (s demoSale) addsTo(parent string) demoSale {
	s.parent = parent
	return s
}

// now is the sale with another status.
func (s demoSale) now(status partnercenter.SubscriptionStatus) demoSale {
	s.status = status
	return s
}

// ended is the sale with another status, its first term its last.
func (s demoSale) ended(status partnercenter.SubscriptionStatus) demoSale {
	s.ends = true
	return s.now(status)
}

// promoted sells by a promotion.
func (s demoSale) promoted(promotion string) demoSale {
	s.promotion = promotion
	return s
}

// with changes what the sale's fields do not say.
func (s demoSale) with(touches ...demoTouch) demoSale {
	s.touches = append(s.touches[:len(s.touches):len(s.touches)], touches...)
	return s
}

func nextTerm(offer demoOffer, quantity int) demoTouch {
	return func(s *partnercenter.Subscription) {
		s.ScheduledNextTermInstructions = &partnercenter.ScheduledNextTermInstructions{Product: offer.product(), Quantity: quantity}
	}
}

func nextCharge(offer demoOffer) demoTouch {
	return func(s *partnercenter.Subscription) {
		s.NextChargeInstructions = &partnercenter.NextChargeInstructions{Product: offer.product(), Quantity: s.Quantity}
	}
}

func suspendedFor(reason string) demoTouch {
	return func(s *partnercenter.Subscription) { s.SuspensionReasons = []string{reason} }
}

func needsAttention(reason string) demoTouch {
	return func(s *partnercenter.Subscription) {
		s.AttentionNeeded, s.AttentionReason = new(true), &reason
	}
}

func migratedFrom(subscription string) demoTouch {
	return func(s *partnercenter.Subscription) { s.MigratedFromSubscriptionID = &subscription }
}

func renewsFor(duration string) demoTouch {
	return func(s *partnercenter.Subscription) { s.RenewalTermDuration = &duration }
}

func named(name string) demoTouch {
	return func(s *partnercenter.Subscription) { s.FriendlyName = name }
}

func cycleUnknown(s *partnercenter.Subscription) {
	s.BillingCycle = new(partnercenter.BillingCycleUnknown)
}

// scoped is a reservation's sale.
func (s demoSale) scoped(scope, duration string) demoSale {
	s.context = map[string]string{
		"subscriptionId": demoID("entitlement", s.subscription), "scope": scope, "duration": duration,
	}
	return s
}

// commits is a savings plan's sale: so much an hour.
func (s demoSale) commits(amount float64, currency string) demoSale {
	s.commitment = &partnercenter.PurchaseCommitment{Amount: amount, Currency: currency, Grain: "Hourly"}
	return s.with(func(r *partnercenter.Subscription) {
		r.LineItems = []partnercenter.SubscriptionLineItemDetail{{
			ID: demoID("line item", s.subscription), FriendlyName: s.offer.Name, Quantity: 1,
			Scope: &partnercenter.Scope{
				Type:           "Single",
				EntitlementID:  new(demoID("entitlement", s.subscription)),
				SubscriptionID: new(demoID("entitlement", s.subscription)),
			},
			AutoRenewEnabled: r.AutoRenewEnabled, Status: r.Status, PurchaseCommitment: s.commitment,
		}}
	})
}
