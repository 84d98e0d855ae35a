package commerce

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"provost/partnercenter"
)

// What a sandbox holds at most (reference 7.12).
const (
	sandboxCustomers     = 75
	sandboxSubscriptions = 5
	sandboxSeats         = 25
)

// admitPurchase refuses what the world does not let the customer buy: anything,
// while an agreement is required and none is recorded; in a sandbox, more
// subscriptions or seats than fit. It is asked before the changes are entered,
// with the seats of each subscription to be.
func (w *writing) admitPurchase(ctx context.Context, buyer Customer, seats ...int) error {
	if w.World.Settings.AgreementRequired {
		agreements, err := w.Agreements().Of(ctx, w.World.ID, buyer.Resource.ID)
		if err != nil {
			return fmt.Errorf("list agreements: %w", err)
		}
		if len(agreements) == 0 {
			return Refuse(partnercenter.ErrAgreement,
				"no agreement of customer %s is recorded; POST /v1/customers/%s/agreements records one; this world stops asking for it: provost world set %s --agreement-required off",
				buyer.Resource.ID, buyer.Resource.ID, w.World.ID)
		}
	}
	if !w.World.Settings.Sandbox {
		return nil
	}
	for _, quantity := range seats {
		if err := w.admitSeats(quantity); err != nil {
			return err
		}
	}
	held, err := w.subscriptionsHeld(ctx, buyer)
	if err != nil || held+len(seats) <= sandboxSubscriptions {
		return err
	}
	return Refuse(partnercenter.ErrSubscriptionLimit.About(strconv.Itoa(sandboxSubscriptions)),
		"customer %s has %d subscriptions, and a sandbox allows %d; cancel some, or: provost world set %s --sandbox off",
		buyer.Resource.ID, held, sandboxSubscriptions, w.World.ID)
}

// admitSeats refuses more seats of one subscription than a sandbox allows.
func (w *writing) admitSeats(quantity int) error {
	if !w.World.Settings.Sandbox || quantity <= sandboxSeats {
		return nil
	}
	return Refuse(partnercenter.ErrSeatLimit.About(strconv.Itoa(sandboxSeats)),
		"a sandbox allows %d seats of a subscription, not %d; ask for fewer, or: provost world set %s --sandbox off", sandboxSeats, quantity, w.World.ID)
}

// subscriptionsHeld counts a customer's subscriptions that are not deleted, and
// those that are on their way.
func (w *writing) subscriptionsHeld(ctx context.Context, buyer Customer) (int, error) {
	kept, err := w.Subscriptions().List(ctx, SubscriptionQuery{World: w.World.ID, Customer: buyer.Resource.ID})
	if err != nil {
		return 0, fmt.Errorf("list subscriptions: %w", err)
	}
	held, there := 0, map[string]bool{}
	for _, s := range kept {
		there[strings.ToLower(s.Resource.ID)] = true
		if s.Resource.Status != partnercenter.SubscriptionDeleted {
			held++
		}
	}
	purchases, err := w.Changes().Purchases(ctx, w.World.ID, buyer.Resource.ID, "")
	if err != nil {
		return 0, fmt.Errorf("list purchases: %w", err)
	}
	for _, c := range purchases {
		if !c.Settled() && !there[strings.ToLower(c.Subscription)] {
			held++
		}
	}
	return held, nil
}

// admitCustomer refuses one customer more than a sandbox allows. What counts is
// whom the provider sells to, so that a deleted customer makes room.
func (w *writing) admitCustomer(ctx context.Context, provider Partner) error {
	if !w.World.Settings.Sandbox {
		return nil
	}
	there, err := w.Customers().Page(ctx, CustomerQuery{World: w.World.ID, Partner: provider.ID, Limit: sandboxCustomers})
	if err != nil || len(there) < sandboxCustomers {
		return err
	}
	return Refuse(partnercenter.ErrCustomerLimit.About(strconv.Itoa(sandboxCustomers)),
		"a sandbox allows %d customers; delete one (DELETE /v1/customers/{customer}), or: provost world set %s --sandbox off", sandboxCustomers, w.World.ID)
}
