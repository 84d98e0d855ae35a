package cli

import (
	"context"
	"iter"

	"github.com/spf13/cobra"

	"provost/partnercenter"
)

var subscriptionStatuses = nounOf[partnercenter.SubscriptionProvisioningStatus]("provisioning status", "status",
	column{title: "STATUS", path: "status"},
	column{title: "QUANTITY", path: "quantity"},
	column{title: "ENDS", path: "endDate"},
	column{title: "SKU", path: "skuId"},
)

var orderStatuses = nounOf[partnercenter.OrderLineItemProvisioningStatus]("provisioning status", "status",
	column{title: "LINE", path: "lineItemNumber"},
	column{title: "STATUS", path: "status"},
	column{title: "QUANTITY", path: "quantityProvisioningInformation.quantity"},
	column{title: "OF IT", path: "quantityProvisioningInformation.status"},
)

func newSubscriptionStatus(one []kind) *cobra.Command {
	shown := subscriptionStatuses.sheet
	shown.fields = manySheet.fields // those of several, too
	return resourceCommand(&shown, verb{use: "status", short: "Say whether subscriptions are provisioned", takes: one, several: true, flags: addStatusFlags,
		long: "--wait ends when nothing is pending any more, with an exit code for scripts; --watch shows it as it goes.",
		examples: []string{
			"provost subscriptions status 0c39d6d5 aaaa0a0a",
			"# in a script: go on once the seats are there",
			"provost subscriptions status 0c39d6d5 aaaa0a0a --wait && echo go",
			"provost subscriptions status 0c39d6d5 aaaa0a0a --watch",
			"# all of a customer's, in one budget of requests",
			"provost subscriptions status cf6f4266 --wait $(",
			"  provost subscriptions list cf6f4266 -o name)",
		},
	}, func(c *calling, ids []string) error {
		if len(ids) > len(one) {
			return manyStatuses(c, ids[0], ids[1:])
		}
		subscription := c.Customers.ByID(ids[0]).Subscriptions.ByID(ids[1])
		at := subscription.ProvisioningStatus
		asked := 0
		if watches, _ := c.cmd.Flags().GetBool(watchFlag); watches {
			// Only to tell how many seats are on their way: who may not read the
			// subscription may read its status.
			if s, err := subscription.Get(c.ctx); err == nil {
				asked = s.Quantity
			}
		}
		return follow(c, progressing[*partnercenter.SubscriptionProvisioningStatus]{
			get: at.Get, wait: at.Wait, watch: at.Watch,
			view: func(s *partnercenter.SubscriptionProvisioningStatus) outlook { return viewOfSubscription(s, asked) },
			show: func(s *partnercenter.SubscriptionProvisioningStatus) error { return showOne(c, s) },
		})
	})
}

func viewOfSubscription(s *partnercenter.SubscriptionProvisioningStatus, asked int) outlook {
	o := outlook{what: "the subscription", word: string(s.Status), outcome: partnercenter.OutcomePending}
	state := partnercenter.Fulfilled
	switch s.Status {
	case partnercenter.ProvisioningSuccess:
		o.outcome = partnercenter.OutcomeFulfilled
	case partnercenter.ProvisioningFailed, partnercenter.ProvisioningNone:
		o.outcome = partnercenter.OutcomeUnfulfilled
	}
	o.portions = append(o.portions, portion{"seats", s.Quantity, string(state)})
	if more := asked - s.Quantity; more > 0 && o.outcome == partnercenter.OutcomePending {
		o.portions = append(o.portions, portion{"seats", more, string(partnercenter.PrefulfillmentPending)})
	}
	return o
}

func newOrderStatus(one []kind) *cobra.Command {
	return resourceCommand(&orderStatuses.sheet, verb{use: "status", short: "Say how far an order is delivered", takes: one, flags: addStatusFlags,
		long: "--wait ends when nothing is pending any more, with an exit code for scripts; --watch shows it as it goes.",
		examples: []string{
			"provost orders status 0c39d6d5 34828C05",
			"provost orders status 0c39d6d5 34828C05 --wait --timeout 30m",
			"provost orders status 0c39d6d5 34828C05 --watch",
		},
	}, func(c *calling, ids []string) error {
		at := c.Customers.ByID(ids[0]).Orders.ByID(ids[1]).ProvisioningStatus
		return follow(c, progressing[*partnercenter.OrderProvisioningStatus]{
			get:  at.Get,
			wait: at.Wait,
			watch: func(ctx context.Context, opts partnercenter.WaitOptions) iter.Seq2[*partnercenter.OrderProvisioningStatus, error] {
				return at.Watch(ctx, opts)
			},
			view: viewOfOrder,
			show: func(s *partnercenter.OrderProvisioningStatus) error {
				lines := make([]document, len(s.Items))
				for i := range s.Items {
					var err error
					if lines[i], err = documentOf(&s.Items[i]); err != nil {
						return err
					}
				}
				return c.list(c.sheet, lines)
			},
		})
	})
}

func viewOfOrder(s *partnercenter.OrderProvisioningStatus) outlook {
	o := outlook{what: "the order", outcome: partnercenter.RollUp(s.Items).Outcome()}
	o.word = string(o.outcome)
	for _, line := range s.Items {
		parts := line.QuantityProvisioningInformation
		if len(parts) == 0 {
			parts = []partnercenter.QuantityProvisioningStatus{{Quantity: 1, Status: line.Status}}
		}
		for _, part := range parts {
			o.portions = append(o.portions, portion{"line " + itoa(line.LineItemNumber), part.Quantity, string(part.Status)})
		}
	}
	return o
}
