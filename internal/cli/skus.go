package cli

import (
	"iter"

	"github.com/spf13/cobra"

	"provost/partnercenter"
)

var skus = nounOf[partnercenter.SKU]("SKU", "id",
	column{title: "ID", path: "id"},
	column{title: "TITLE", path: "title", tight: true},
	column{title: "MINIMUM", path: "minimumQuantity"},
	column{title: "MAXIMUM", path: "maximumQuantity"},
	column{title: "TRIAL", path: "isTrial"},
	column{title: "CYCLES", path: "supportedBillingCycles", wide: true},
	column{title: "PREREQUISITES", path: "purchasePrerequisites", wide: true},
	column{title: "PROVISIONING ID", path: "dynamicAttributes.provisioningId", wide: true},
)

// NewSKUs returns the commands about the forms in which products are sold.
func NewSKUs() *cobra.Command {
	return holder("skus", "See in which forms a product is sold", "See in which forms a product is sold.",
		listing(skus, verb{use: "list", short: "List the SKUs of a product", takes: []kind{aProduct}, flags: addNarrowingFlags, examples: []string{"provost skus list CFQ7TTC0LH18"}},
			func(c *calling, ids []string) iter.Seq2[*partnercenter.SKU, error] {
				catalogue, err := c.catalogue()
				if err != nil {
					return failing[partnercenter.SKU](err)
				}
				return catalogue.ByID(ids[0]).SKUs.List(c.ctx, c.skuQuery())
			}),
		getting(skus, verb{use: "get", short: "Show a SKU", takes: []kind{aProduct, aSKU}, flags: addCatalogueFlags, examples: []string{"provost skus get CFQ7TTC0LH18 0001"}},
			func(c *calling, ids []string) (*partnercenter.SKU, error) {
				catalogue, err := c.catalogue()
				if err != nil {
					return nil, err
				}
				return catalogue.ByID(ids[0]).SKUs.ByID(ids[1]).Get(c.ctx)
			}))
}

func (c *calling) skuQuery() partnercenter.SKUQuery {
	return partnercenter.SKUQuery{Segment: partnercenter.Segment(c.text("segment")), ReservationScope: partnercenter.ReservationScope(c.text("reservation-scope"))}
}
