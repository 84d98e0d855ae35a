package cli

import (
	"net/http"

	"github.com/spf13/cobra"
)

var domains = sheet{
	columns: []column{{title: "DOMAIN", path: "domain"}, {title: "TAKEN", path: "taken"}}, name: "domain", fields: []string{"domain", "taken"},
}

// NewDomains returns the commands about domains.
func NewDomains() *cobra.Command {
	return holder("domains", "See whether a domain is taken", "See whether a domain is taken: a new customer needs one that nobody has.",
		resourceCommand(&domains, verb{use: "check", short: "Say whether a domain is taken", takes: []kind{{word: "domain", itself: true}}, method: http.MethodHead, examples: []string{"provost domains check contoso.onmicrosoft.com"}},
			func(c *calling, ids []string) error {
				taken, err := c.Domains.ByName(ids[0]).Exists(c.ctx)
				if err != nil {
					return err
				}
				d, err := documentOf(map[string]any{"domain": ids[0], "taken": taken})
				if err != nil {
					return err
				}
				return c.one(c.sheet, d)
			}))
}
