package cli

import (
	"iter"

	"github.com/spf13/cobra"

	"provost/partnercenter"
)

var availabilities = nounOf[partnercenter.Availability]("availability", "catalogItemId",
	column{title: "ID", path: "id"},
	column{title: "CATALOGUE ITEM", path: "catalogItemId"},
	column{title: "SEGMENT", path: "segment"},
	column{title: "TERMS", path: "terms.duration", tight: true},
	column{title: "CYCLES", path: "terms.billingCycle", tight: true},
	column{title: "COUNTRY", path: "country", wide: true},
	column{title: "CURRENCY", path: "defaultCurrency.code", wide: true},
	column{title: "PURCHASABLE", path: "isPurchasable", wide: true},
	column{title: "RENEWABLE", path: "isRenewable", wide: true},
)

// NewAvailabilities returns the commands about the ways in which SKUs are sold.
func NewAvailabilities() *cobra.Command {
	return holder("availabilities", "See on which terms a SKU is sold", "See on which terms a SKU is sold: an order's line names a catalogue item.",
		listing(availabilities, verb{use: "list", short: "List the availabilities of a SKU", takes: []kind{aProduct, aSKU}, flags: addNarrowingFlags,
			long: "With -o name, their catalogue items, as orders take them.", examples: []string{"provost availabilities list CFQ7TTC0LH18 0001", "provost availabilities list CFQ7TTC0LH18 0001 -o name"}},
			func(c *calling, ids []string) iter.Seq2[*partnercenter.Availability, error] {
				catalogue, err := c.catalogue()
				if err != nil {
					return failing[partnercenter.Availability](err)
				}
				return catalogue.ByID(ids[0]).SKUs.ByID(ids[1]).Availabilities.List(c.ctx, c.skuQuery())
			}),
		getting(availabilities, verb{use: "get", short: "Show an availability", takes: []kind{aProduct, aSKU, anAvailabilty}, flags: addCatalogueFlags,
			examples: []string{"provost availabilities get CFQ7TTC0LH18 0001 CFQ7TTC725M4"}},
			func(c *calling, ids []string) (*partnercenter.Availability, error) {
				catalogue, err := c.catalogue()
				if err != nil {
					return nil, err
				}
				return catalogue.ByID(ids[0]).SKUs.ByID(ids[1]).Availabilities.ByID(ids[2]).Get(c.ctx)
			}))
}
