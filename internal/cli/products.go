package cli

import (
	"iter"

	"github.com/spf13/cobra"

	"provost/partnercenter"
)

var products = nounOf[partnercenter.Product]("product", "id",
	column{title: "ID", path: "id"},
	column{title: "TITLE", path: "title", tight: true},
	column{title: "TYPE", path: "productType.id"},
	column{title: "PUBLISHER", path: "publisherName", wide: true},
	column{title: "DESCRIPTION", path: "description", wide: true, tight: true},
)

var (
	aProduct      = kind{word: "product"}
	aSKU          = kind{word: "SKU"}
	anAvailabilty = kind{word: "availability"}
)

// addCatalogueFlags say in whose catalogue to look.
func addCatalogueFlags(cmd *cobra.Command) {
	cmd.Flags().String("country", "US", "the country, two letters")
	cmd.Flags().String("customer", "", "the customer in whose country to look")
	_ = cmd.RegisterFlagCompletionFunc("customer", func(cmd *cobra.Command, _ []string, text string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return completeIDs(verb{takes: []kind{aCustomer}})(cmd, nil, text)
	})
}

func addNarrowingFlags(cmd *cobra.Command) {
	addCatalogueFlags(cmd)
	addEnumFlag[partnercenter.Segment](cmd, "segment", "what a kind of customer may buy")
	addEnumFlag[partnercenter.ReservationScope](cmd, "reservation-scope", "reservations of a scope")
}

// catalogue is that of the country or the customer which the flags name.
func (c *calling) catalogue() (*partnercenter.ProductsClient, error) {
	customer := c.text("customer")
	if customer == "" {
		return c.Products.ByCountry(c.text("country")), nil
	}
	if c.cmd.Flags().Changed("country") {
		return nil, misuse("a customer has a country: leave --country or --customer out")
	}
	ids, err := c.resolve(c.ctx, []kind{aCustomer}, []string{customer})
	if err != nil {
		return nil, err
	}
	return c.Customers.ByID(ids[0]).Products, nil
}

func failing[T any](err error) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) { yield(nil, err) }
}

// NewProducts returns the commands about the catalogue's products.
func NewProducts() *cobra.Command {
	return holder("products", "See what can be bought", "See what can be bought in a country, or by a customer.",
		listing(products, verb{use: "list", short: "List the products of a part of the catalogue",
			examples: []string{"provost products list", "provost products list --view Software --country GB", "provost products list --customer 0c39d6d5"},
			flags: func(cmd *cobra.Command) {
				addNarrowingFlags(cmd)
				addEnumFlag[partnercenter.CatalogView](cmd, "view", "the part of the catalogue")
				_ = cmd.Flags().Set("view", string(partnercenter.ViewOnlineServices))
				cmd.Flags().Lookup("view").Changed, cmd.Flags().Lookup("view").DefValue = false, string(partnercenter.ViewOnlineServices)
			},
		}, func(c *calling, _ []string) iter.Seq2[*partnercenter.Product, error] {
			catalogue, err := c.catalogue()
			if err != nil {
				return failing[partnercenter.Product](err)
			}
			return catalogue.List(c.ctx, partnercenter.ProductQuery{
				View: partnercenter.CatalogView(c.text("view")), Segment: partnercenter.Segment(c.text("segment")),
				ReservationScope: partnercenter.ReservationScope(c.text("reservation-scope")),
			})
		}),
		getting(products, verb{use: "get", short: "Show a product", takes: []kind{aProduct}, flags: addCatalogueFlags, examples: []string{"provost products get CFQ7TTC0LH18"}},
			func(c *calling, ids []string) (*partnercenter.Product, error) {
				catalogue, err := c.catalogue()
				if err != nil {
					return nil, err
				}
				return catalogue.ByID(ids[0]).Get(c.ctx)
			}))
}
