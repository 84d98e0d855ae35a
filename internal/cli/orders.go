package cli

import (
	"context"
	"iter"

	"github.com/spf13/cobra"

	"provost/partnercenter"
)

var orders = nounOf[partnercenter.Order]("order", "id",
	column{title: "ID", path: "id"},
	column{title: "STATUS", path: "status"},
	column{title: "CREATED", path: "creationDate", day: true},
	column{title: "QUANTITY", path: "lineItems.quantity"},
	column{title: "WHAT", path: "lineItems.friendlyName", tight: true},
	column{title: "OFFER", path: "lineItems.offerId", wide: true},
	column{title: "SUBSCRIPTION", path: "lineItems.subscriptionId", wide: true},
	column{title: "CYCLE", path: "billingCycle", wide: true},
	column{title: "TOTAL", path: "totalPrice", wide: true},
)

var anOrder = kind{word: "order", whole: longID, list: func(ctx context.Context, s *session, above []string) iter.Seq2[candidate, error] {
	return candidates(s.Customers.ByID(above[0]).Orders.List(ctx, partnercenter.OrderQuery{}), func(o *partnercenter.Order) candidate {
		return candidate{o.ID, string(o.Status) + " " + o.CreationDate.UTC().Format("2006-01-02")}
	})
}}

// NewOrders returns the commands about orders.
func NewOrders() *cobra.Command {
	one := []kind{aCustomer, anOrder}
	priced := func(cmd *cobra.Command) { cmd.Flags().Bool("price", false, "with prices") }
	return holder("orders", "List, place and change orders, and wait until they are delivered", "List, place and change a customer's orders, and wait until they are delivered.",
		listing(orders, verb{use: "list", short: "List a customer's orders", takes: []kind{aCustomer}, examples: []string{"provost orders list 0c39d6d5", "provost orders list 0c39d6d5 --price -o wide"},
			flags: func(cmd *cobra.Command) {
				priced(cmd)
				addEnumFlag[partnercenter.BillingCycle](cmd, "cycle", "those of one billing cycle")
			},
		}, func(c *calling, ids []string) iter.Seq2[*partnercenter.Order, error] {
			price, _ := c.cmd.Flags().GetBool("price")
			return c.Customers.ByID(ids[0]).Orders.List(c.ctx, partnercenter.OrderQuery{BillingCycle: partnercenter.BillingCycle(c.text("cycle")), IncludePrice: price})
		}),
		getting(orders, verb{use: "get", short: "Show an order", takes: one, flags: priced, examples: []string{"provost orders get 0c39d6d5 34828C05 -o json"}},
			func(c *calling, ids []string) (*partnercenter.Order, error) {
				order := c.Customers.ByID(ids[0]).Orders.ByID(ids[1])
				if price, _ := c.cmd.Flags().GetBool("price"); price {
					return order.GetWithPrice(c.ctx)
				}
				return order.Get(c.ctx)
			}),
		newOrdersCreate(),
		patching(orders, verb{use: "patch", short: "Change an order: buy add-ons, cancel it, change a legacy order's billing cycle", takes: one,
			examples: []string{"provost orders patch 0c39d6d5 34828C05 --set billingCycle=annual", "provost orders patch 0c39d6d5 34828C05 --file addon.yaml"},
		}, nil, func(c *calling, ids []string, change func(*partnercenter.Order) error) (*partnercenter.Order, error) {
			return c.Customers.ByID(ids[0]).Orders.ByID(ids[1]).Update(c.ctx, change)
		}),
		newOrderStatus(one),
	)
}

func addLineFlags(cmd *cobra.Command, offer, offerUsage string) {
	flags := cmd.Flags()
	flags.String(offer, "", offerUsage)
	flags.Int("quantity", 1, "how many")
	flags.String("term", "", "the term: P1M, P1Y, P3Y")
	addEnumFlag[partnercenter.BillingCycle](cmd, "cycle", "the billing cycle: monthly, annual, triennial, one_time")
}

func newOrdersCreate() *cobra.Command {
	return creating(orders, verb{use: "create", short: "Place an order", takes: []kind{aCustomer},
		long: "The flags name one line; --file writes an order of any number.",
		examples: []string{
			"# what there is: provost products list, skus list, availabilities list",
			"OFFER=CFQ7TTC0LH18:0001:CFQ7TTC725M4",
			"provost orders create cf6f4266 --offer $OFFER --quantity 5 --term P1Y",
			"# and wait until it is delivered",
			"ORDER=$(provost orders create cf6f4266 --offer $OFFER -o name)",
			"provost orders status cf6f4266 $ORDER --wait",
		},
		flags: func(cmd *cobra.Command) {
			addLineFlags(cmd, "offer", "what to buy: a catalogue item id, as provost availabilities list shows them")
		},
	}, fillOrder, func(c *calling, ids []string, o *partnercenter.Order) (*partnercenter.Order, error) {
		return c.Customers.ByID(ids[0]).Orders.Create(c.ctx, o)
	})
}

func fillOrder(c *calling, o *partnercenter.Order) error {
	if cycle := c.text("cycle"); cycle != "" {
		o.BillingCycle = partnercenter.BillingCycle(cycle)
	}
	offer := c.text("offer")
	if offer == "" {
		if len(o.LineItems) == 0 {
			return misuse("say what to buy: --offer and --quantity, or lineItems in a --file; what there is: %s availabilities list --help", program(c.cmd))
		}
		return nil
	}
	line := partnercenter.OrderLineItem{LineItemNumber: len(o.LineItems), OfferID: offer}
	var err error
	if line.Quantity, err = c.quantity(); err != nil {
		return err
	}
	if term := c.text("term"); term != "" {
		line.TermDuration = &term
	}
	o.LineItems = append(o.LineItems, line)
	return nil
}
