package cli

import (
	"net/http"

	"github.com/spf13/cobra"

	"provost/partnercenter"
)

var carts = nounOf[partnercenter.Cart]("cart", "id",
	column{title: "ID", path: "id"},
	column{title: "STATUS", path: "status"},
	column{title: "EXPIRES", path: "expirationTimestamp"},
	column{title: "WHAT", path: "lineItems.catalogItemId"},
	column{title: "QUANTITY", path: "lineItems.quantity"},
	column{title: "ERROR", path: "lineItems.error.errorDescription"},
	column{title: "CHANGED", path: "lastModifiedTimestamp", wide: true},
	column{title: "BY", path: "lastModifiedUser", wide: true},
)

// aCart has no list: the service has none.
var aCart = kind{word: "cart"}

// NewCarts returns the commands about carts.
func NewCarts() *cobra.Command {
	one := []kind{aCustomer, aCart}
	return holder("carts", "Fill carts, and check them out", "Fill carts for a customer, and check them out.",
		getting(carts, verb{use: "get", short: "Show a cart", takes: one, examples: []string{"provost carts get cf6f4266 CART-ID"},
			flags: func(cmd *cobra.Command) { cmd.Flags().Bool("price", false, "with prices") },
		}, func(c *calling, ids []string) (*partnercenter.Cart, error) {
			cart := c.Customers.ByID(ids[0]).Carts.ByID(ids[1])
			if price, _ := c.cmd.Flags().GetBool("price"); price {
				return cart.GetWithPrice(c.ctx)
			}
			return cart.Get(c.ctx)
		}),
		creating(carts, verb{use: "create", short: "Make a cart", takes: []kind{aCustomer},
			long:     "The flags name one line; --file writes a cart of any number. What is wrong with a line is said with the line.",
			examples: []string{"ITEM=CFQ7TTC0LH18:0001:CFQ7TTC725M4", "provost carts create cf6f4266 --item $ITEM --term P1Y --cycle monthly"},
			flags: func(cmd *cobra.Command) {
				addLineFlags(cmd, "item", "what to buy: a catalogue item id, as provost availabilities list shows them")
			},
		}, fillCart, func(c *calling, ids []string, cart *partnercenter.Cart) (*partnercenter.Cart, error) {
			return c.Customers.ByID(ids[0]).Carts.Create(c.ctx, cart)
		}),
		patching(carts, verb{use: "patch", short: "Change what is in a cart", takes: one, method: http.MethodPut,
			examples: []string{"provost carts patch cf6f4266 CART-ID --set lineItems.0.quantity=6"},
		}, nil, func(c *calling, ids []string, change func(*partnercenter.Cart) error) (*partnercenter.Cart, error) {
			cart := c.Customers.ByID(ids[0]).Carts.ByID(ids[1])
			read, err := cart.Get(c.ctx)
			if err == nil {
				err = change(read)
			}
			if err != nil {
				return nil, err
			}
			return cart.Replace(c.ctx, read)
		}),
		newCartsCheckout(one),
	)
}

func fillCart(c *calling, cart *partnercenter.Cart) error {
	item := c.text("item")
	if item == "" {
		if len(cart.LineItems) == 0 {
			return misuse("say what to buy: --item and --quantity, or lineItems in a --file; what there is: %s availabilities list --help", program(c.cmd))
		}
		return nil
	}
	line := partnercenter.CartLineItem{ID: partnercenter.CartLineItemID(len(cart.LineItems)), CatalogItemID: item}
	var err error
	if line.Quantity, err = c.quantity(); err != nil {
		return err
	}
	if term := c.text("term"); term != "" {
		line.TermDuration = &term
	}
	if cycle := partnercenter.BillingCycle(c.text("cycle")); cycle != "" {
		line.BillingCycle = &cycle
	}
	cart.LineItems = append(cart.LineItems, line)
	return nil
}

// newCartsCheckout shows the orders that a cart has become. One that could not be
// placed makes the command fail, after what was placed is shown.
func newCartsCheckout(one []kind) *cobra.Command {
	return resourceCommand(&orders.sheet, verb{use: "checkout", short: "Buy what is in a cart", takes: one, method: http.MethodPost,
		long: "It prints the orders that the cart has become.", examples: []string{"provost carts checkout cf6f4266 CART-ID -o name"},
	}, func(c *calling, ids []string) error {
		result, err := c.Customers.ByID(ids[0]).Carts.ByID(ids[1]).Checkout(c.ctx)
		if err != nil {
			return err
		}
		placed := make([]document, len(result.Orders))
		for i := range result.Orders {
			if placed[i], err = asSaid(&result.Orders[i]); err != nil {
				return err
			}
		}
		if err := c.list(c.sheet, placed); err != nil {
			return err
		}
		if len(result.OrderErrors) == 0 {
			return nil
		}
		failed := ended{code: exitFailedPartly}
		for _, e := range result.OrderErrors {
			failed.says += "group " + e.OrderGroupID + " was not ordered: " + clean(e.Description) + " (code " + itoa(e.Code) + ")\n"
		}
		failed.says = failed.says[:len(failed.says)-1]
		return failed
	})
}
