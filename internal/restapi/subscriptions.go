package restapi

import (
	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/partnercenter"
)

// listSubscriptions lists a customer's subscriptions, all of them or those of
// one order or one reseller of record.
//
//	GET /v1/customers/{customer}/subscriptions
func (c calls) listSubscriptions(r *pipe.Request) (pipe.Reply, error) {
	mpn, err := r.Query.Digits("mpn_id")
	if err != nil {
		return pipe.Reply{}, err
	}
	order, err := r.Query.OrderID("order_id")
	if err != nil {
		return pipe.Reply{}, err
	}
	subscriptions, outlook, err := c.shop.Subscriptions(r.Context(), r.Actor, commerce.SubscriptionQuery{
		Customer: r.Customer, Order: order, MPNID: mpn,
	})
	return pipe.Reply{Body: partnercenter.NewCollection(subscriptions), Holds: outlook.Holds}, err
}

// getSubscription gives one subscription (document 004).
//
//	GET /v1/customers/{customer}/subscriptions/{subscription}
func (c calls) getSubscription(r *pipe.Request) (pipe.Reply, error) {
	subscription, outlook, err := c.shop.Subscription(r.Context(), r.Actor, r.Customer, r.Subscription)
	return pipe.Reply{Body: &subscription, Outlook: &outlook}, err
}

// listAddons lists the add-ons of a base subscription.
//
//	GET /v1/customers/{customer}/subscriptions/{subscription}/addons
func (c calls) listAddons(r *pipe.Request) (pipe.Reply, error) {
	addons, err := c.shop.Addons(r.Context(), r.Actor, r.Customer, r.Subscription)
	return pipe.Reply{Body: partnercenter.NewCollection(addons)}, err
}

// patchRefusals are what the rules of a PATCH refuse (reference 7.6, 7.10, 7.11).
func patchRefusals() []*partnercenter.Error {
	return []*partnercenter.Error{
		partnercenter.ErrSubscriptionNotFound, partnercenter.ErrStale, partnercenter.ErrPrecondition,
		partnercenter.ErrDeleted, partnercenter.ErrExpiring, partnercenter.ErrNotReady, partnercenter.ErrPendingOperation,
		partnercenter.ErrNotActive, partnercenter.ErrSuspended, partnercenter.ErrSuspendedLegacy, partnercenter.ErrLegacyUnsupported,
		// quantity
		partnercenter.ErrQuantity, partnercenter.ErrNoDecrease, partnercenter.ErrReductionWindow, partnercenter.ErrSeatsFixed, partnercenter.ErrSeatLimit,
		// status
		partnercenter.ErrEnum, partnercenter.ErrTransition, partnercenter.ErrStatusFixed, partnercenter.ErrCancelDays,
		partnercenter.ErrCancelHours, partnercenter.ErrUsageActive, partnercenter.ErrParentInactive,
		// how it goes on
		partnercenter.ErrAutoRenew, partnercenter.ErrPartnerID, partnercenter.ErrPartnerOfRecord,
		partnercenter.ErrLegacyCycle, partnercenter.ErrCycleFixed, partnercenter.ErrTrialTerm, partnercenter.ErrTerm, partnercenter.ErrShorterTerm,
		partnercenter.ErrScheduleRenewal, partnercenter.ErrScheduleProduct, partnercenter.ErrScheduleChange, partnercenter.ErrTermEnd,
	}
}

// patchSubscription changes a subscription: its seats, its status, its name and
// how it goes on.
//
//	PATCH /v1/customers/{customer}/subscriptions/{subscription}
func (c calls) patchSubscription(r *pipe.Request) (pipe.Reply, error) {
	asked, err := pipe.DecodePatch[partnercenter.Subscription](r, commerce.SubscriptionMembers()...)
	if err != nil {
		return pipe.Reply{}, err
	}
	changed, err := c.shop.PatchSubscription(r.Context(), r.Caller(), r.Customer, r.Subscription, asked, r.Condition())
	return pipe.Reply{Body: &changed.Resource, Outlook: &changed.Outlook}, err
}
