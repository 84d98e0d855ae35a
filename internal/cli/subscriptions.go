package cli

import (
	"context"
	"iter"

	"github.com/spf13/cobra"

	"provost/partnercenter"
)

var subscriptions = nounOf[partnercenter.Subscription]("subscription", "id",
	column{title: "ID", path: "id"},
	column{title: "NAME", path: "friendlyName", tight: true},
	column{title: "SEATS", path: "quantity"},
	column{title: "STATUS", path: "status"},
	column{title: "TERM", path: "termDuration", wide: true},
	column{title: "CYCLE", path: "billingCycle", wide: true},
	column{title: "ENDS", path: "commitmentEndDate", day: true},
	column{title: "RENEWS", path: "autoRenewEnabled", wide: true},
	column{title: "OFFER", path: "offerId", wide: true},
	column{title: "ORDER", path: "orderId", wide: true},
)

var aSubscription = kind{word: "subscription", whole: guid, list: func(ctx context.Context, s *session, above []string) iter.Seq2[candidate, error] {
	return candidates(s.Customers.ByID(above[0]).Subscriptions.List(ctx, partnercenter.SubscriptionQuery{}), func(s *partnercenter.Subscription) candidate {
		return candidate{s.ID, s.FriendlyName}
	})
}}

// NewSubscriptions returns the commands about subscriptions.
func NewSubscriptions() *cobra.Command {
	one := []kind{aCustomer, aSubscription}
	return holder("subscriptions", "List and change subscriptions, and wait until they are provisioned",
		"List and change a customer's subscriptions, and wait until they are provisioned.",
		listing(subscriptions, verb{use: "list", short: "List a customer's subscriptions", takes: []kind{aCustomer},
			examples: []string{"provost subscriptions list 0c39d6d5", "provost subscriptions list 0c39d6d5 -o wide", "provost subscriptions list 0c39d6d5 --fields id,quantity -o json"},
			flags: func(cmd *cobra.Command) {
				cmd.Flags().String("order", "", "those that one order bought")
				cmd.Flags().String("reseller", "", "those that are of record for a reseller, by MPN id")
			},
		}, func(c *calling, ids []string) iter.Seq2[*partnercenter.Subscription, error] {
			return c.Customers.ByID(ids[0]).Subscriptions.List(c.ctx, partnercenter.SubscriptionQuery{OrderID: c.text("order"), PartnerID: c.text("reseller")})
		}),
		getting(subscriptions, verb{use: "get", short: "Show a subscription", takes: one, examples: []string{"provost subscriptions get 0c39d6d5 aaaa0a0a -o json"}},
			func(c *calling, ids []string) (*partnercenter.Subscription, error) {
				return c.Customers.ByID(ids[0]).Subscriptions.ByID(ids[1]).Get(c.ctx)
			}),
		listing(subscriptions, verb{use: "addons", short: "List the add-ons of a subscription", takes: one, examples: []string{"provost subscriptions addons 0c39d6d5 aaaa0a0a"}},
			func(c *calling, ids []string) iter.Seq2[*partnercenter.Subscription, error] {
				return c.Customers.ByID(ids[0]).Subscriptions.ByID(ids[1]).Addons.List(c.ctx)
			}),
		newSubscriptionsPatch(one),
		newSubscriptionStatus(one),
	)
}

func newSubscriptionsPatch(one []kind) *cobra.Command {
	return patching(subscriptions, verb{use: "patch", short: "Change a subscription: its seats, status, name, renewal", takes: one,
		long: "The subscription is read, changed and written with its etag; when somebody else has written in between, that is done again.",
		examples: []string{
			"provost subscriptions patch 0c39d6d5 aaaa0a0a --quantity 10",
			"provost subscriptions patch 0c39d6d5 aaaa0a0a --status suspended",
			"provost subscriptions patch 0c39d6d5 aaaa --set autoRenewEnabled=false",
		},
		flags: func(cmd *cobra.Command) {
			cmd.Flags().Int("quantity", 0, "how many seats")
			cmd.Flags().String("name", "", "the subscription's friendly name")
			addEnumFlag[partnercenter.SubscriptionStatus](cmd, "status", "active, suspended or deleted")
			cmd.Flags().Bool("renew", true, "renew it when its term ends")
		},
	}, func(c *calling, s *partnercenter.Subscription) (err error) {
		flags := c.cmd.Flags()
		if c.sets("quantity") {
			if err := admitQuantity("--set quantity", s.Quantity); err != nil {
				return err
			}
		}
		if flags.Changed("quantity") {
			if s.Quantity, err = c.quantity(); err != nil {
				return err
			}
		}
		if flags.Changed("name") {
			s.FriendlyName = c.text("name")
		}
		if flags.Changed("status") {
			s.Status = partnercenter.SubscriptionStatus(c.text("status"))
		}
		if flags.Changed("renew") {
			s.AutoRenewEnabled, _ = flags.GetBool("renew")
		}
		return nil
	}, func(c *calling, ids []string, change func(*partnercenter.Subscription) error) (*partnercenter.Subscription, error) {
		return c.Customers.ByID(ids[0]).Subscriptions.ByID(ids[1]).Update(c.ctx, change)
	})
}
